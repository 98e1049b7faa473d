"""Settings: precedence, origins, and what a project file may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkrisk.config import ENVIRONMENT, Config, Settings, load_config, printable_url, user_config_path
from zkrisk.errors import BadFile, InputError, NotFound

URL = "https://user:987654321@node.example:8545/v2/987654321?key=987654321"


def load(tmp_path: Path, project: str = "", user: str = "", environ: dict | None = None, **flags: object) -> Config:
    """Load with a project file, a user's file, variables and flags."""
    (tmp_path / "zkrisk.toml").write_text(project)
    (tmp_path / "config.toml").write_text(user)
    return load_config(flags, environ or {}, folder=tmp_path, user_file=tmp_path / "config.toml")


def test_precedence_flag_environment_project_user_default(tmp_path):
    project, user, environ = 'backend = "snarkjs"\nthreads = 2', "threads = 3\nchain_id = 1", {"ZKRISK_THREADS": "4"}
    everything = load(tmp_path, project, user, environ, threads=5)
    assert (everything.settings.threads, everything.origins["threads"]) == (5, "flag")
    without = load(tmp_path, project, user, environ)
    assert (without.settings.threads, without.origins["threads"]) == (4, "environment ZKRISK_THREADS")
    files = load(tmp_path, project, user)
    assert (files.settings.threads, files.origins["threads"]) == (2, "zkrisk.toml")
    assert (files.settings.chain_id, files.origins["chain_id"]) == (1, "config.toml")
    assert (files.settings.tier, files.origins["tier"]) == ("auto", "default")


def test_profile_comes_before_the_top_level_of_its_file(tmp_path):
    user = 'chain_id = 1\n[profile.local]\nchain_id = 31337\nrpc_url = "http://127.0.0.1:8545"'
    chosen = load(tmp_path, "", user, profile="local")
    assert chosen.settings.chain_id == 31337
    assert chosen.origins["chain_id"] == "config.toml [profile.local]"
    assert load(tmp_path, "", user, {"ZKRISK_PROFILE": "local"}).settings.chain_id == 31337
    with pytest.raises(NotFound):
        load(tmp_path, "", user, profile="base")


def test_rpc_url_falls_back_to_eth_rpc_url(tmp_path):
    both = {"ETH_RPC_URL": "http://a", "ZKRISK_RPC_URL": "http://b"}
    assert load(tmp_path, environ=both).settings.rpc_url == "http://b"
    assert load(tmp_path, environ={"ETH_RPC_URL": "http://a"}).origins["rpc_url"] == "environment ETH_RPC_URL"


@pytest.mark.parametrize("text", ["colour = 1", "[profile.local]\nrpc = 1", "backend = 3", "not toml ="])
@pytest.mark.parametrize("which", ["project", "user"])
def test_unknown_or_malformed_refused(tmp_path, text, which):
    with pytest.raises(InputError):
        load(tmp_path, **{which: text})


@pytest.mark.parametrize(
    "text",
    ['signer = "x"', 'trust = "x"', 'home = "/tmp/x"', "keyring = true",
     'rpc_url = "http://x"', "chain_id = 31337", '[profile.a]\nsigner = "x"', '[profile.a]\nrpc_url = "http://x"'],
)  # fmt: skip
def test_project_file_may_not_choose_whom_to_trust(tmp_path, text):
    with pytest.raises(BadFile, match="project file"):
        load(tmp_path, project=text)
    load(tmp_path, user=text)


@pytest.mark.parametrize("key", ["passphrase", "private_key", "MNEMONIC", "api_key", "signer_password"])
def test_secret_in_a_file_refused_without_showing_it(tmp_path, key):
    with pytest.raises(BadFile, match="secrets do not belong") as caught:
        load(tmp_path, user=f'{key} = "987654321"')
    assert "987654321" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "variable", [{"ZKRISK_CHAIN_ID": "987654321x"}, {"ZKRISK_TIER": "987654321"}, {"ZKRISK_ACCOUNT": "0x987654321"}]
)
def test_bad_value_names_its_origin_and_not_itself(tmp_path, variable):
    with pytest.raises(InputError) as caught:
        load(tmp_path, environ=variable)
    assert next(iter(variable)) in str(caught.value.where)
    assert "987654321" not in str(caught.value)


def test_url_is_shown_without_path_query_and_user(tmp_path):
    config = load(tmp_path, environ={"ZKRISK_RPC_URL": URL})
    shown = repr(config.settings) + repr(config.items())
    assert "987654321" not in shown and "https://node.example:8545" in shown
    assert printable_url("http://[bad") == "(not a URL)"
    assert config.settings.rpc_url == URL


def test_every_variable_is_a_setting():
    assert set(ENVIRONMENT) <= set(Settings.model_fields)


def test_config_variable_names_the_file(tmp_path):
    assert user_config_path({"ZKRISK_CONFIG": "/x/y.toml"}, tmp_path) == Path("/x/y.toml")
    assert user_config_path({}, tmp_path) == tmp_path
