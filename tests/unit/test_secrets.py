"""Passphrases: the order of sources, what is refused, and what children see."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zkrisk.cli.secrets import SecretSources, child_environment, take_passphrase
from zkrisk.errors import InputError, StoreLocked

SECRET = "correct horse 987654321"  # noqa: S105


def private_file(tmp_path, content: bytes = SECRET.encode() + b"\n", mode: int = 0o600) -> str:
    """A file with a passphrase."""
    path = tmp_path / "secret.txt"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def descriptor(content: bytes) -> str:
    """An open descriptor with a passphrase."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return str(reader)


def test_order_is_descriptor_file_variable_prompt(tmp_path):
    file = private_file(tmp_path, b"from file")
    prompt = lambda text: "from prompt"  # noqa: E731
    assert SecretSources(descriptor(b"from fd\n"), file, None, "from variable", prompt).read("x") == "from fd"
    assert SecretSources(None, file, None, "from variable", prompt).read("x") == "from file"
    assert SecretSources(None, None, None, "from variable", prompt).read("x") == "from variable"
    assert SecretSources(None, None, None, None, prompt).read("x") == "from prompt"


def test_descriptor_is_read_once_for_the_keystore_and_the_store():
    sources = SecretSources(descriptor(b"from fd\n"))
    assert [sources.read("commit main"), sources.read("commit main")] == ["from fd", "from fd"]
    assert "from fd" not in repr(sources)


def test_keyring_comes_before_the_variable_when_opted_in(monkeypatch):
    monkeypatch.setattr("zkrisk.cli.secrets.read_keyring", lambda name: "from keyring" if name == "home" else None)
    assert SecretSources(keyring_name="home", variable="v").read("x") == "from keyring"
    assert SecretSources(keyring_name="other", variable="v").read("x") == "v"
    assert SecretSources(variable="v").read("x") == "v"


def test_no_source_names_the_way_out():
    with pytest.raises(StoreLocked) as caught:
        SecretSources().read("commit main")
    assert caught.value.exit_code == 10
    assert caught.value.hint == "zkrisk commit main --passphrase-fd 3 3</run/secrets/zkrisk"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_file_that_others_can_read_refused(tmp_path, mode):
    with pytest.raises(InputError, match="read by others") as caught:
        SecretSources(file=private_file(tmp_path, mode=mode), variable="v").read("x")
    assert SECRET not in repr(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 4097])
def test_file_that_is_no_passphrase_refused(tmp_path, content):
    with pytest.raises(InputError):
        SecretSources(file=private_file(tmp_path, content)).read("x")


@pytest.mark.parametrize("number", ["99", "-1", "three", ""])
def test_descriptor_that_is_not_open_refused(number):
    with pytest.raises(InputError, match="descriptor"):
        SecretSources(descriptor=number).read("x")


def test_missing_file_refused(tmp_path):
    with pytest.raises(InputError):
        SecretSources(file=str(tmp_path / "missing")).read("x")


def test_new_passphrase_is_asked_twice():
    answers = iter(["one", "two", "three", "three", ""])
    sources = SecretSources(prompt=lambda text: next(answers))
    with pytest.raises(StoreLocked, match="differ"):
        sources.read("x", confirm=True)
    assert sources.read("x", confirm=True) == "three"
    with pytest.raises(StoreLocked, match="no passphrase was typed"):
        sources.read("x")


def test_repr_shows_no_secret():
    assert SECRET not in repr(SecretSources(variable=SECRET))


def test_variable_is_read_once_and_removed():
    environ = {"ZKRISK_PASSPHRASE": SECRET, "PATH": "/bin"}
    assert take_passphrase(environ) == SECRET
    assert environ == {"PATH": "/bin"}
    assert take_passphrase(environ) is None


def test_child_sees_no_secret():
    environ = {
        "PATH": os.environ["PATH"], "LC_ALL": "C", "ZKRISK_PASSPHRASE": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET,
        "ETH_RPC_URL": SECRET, "ZKRISK_RPC_URL": SECRET, "NODE_OPTIONS": SECRET,
    }  # fmt: skip
    code = "import os; print(sorted(os.environ.values()))"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=child_environment(environ), capture_output=True, text=True, check=True
    )
    assert SECRET not in ran.stdout
    assert set(child_environment(environ)) == {"PATH", "LC_ALL"}
