"""Settings: where each value comes from, and who may set what.

Precedence: flag > environment > ``./zkrisk.toml`` > ``config.toml`` of the user > default. Within a file the chosen
profile comes before the top level. A project file may not say whom to trust, who signs or where secrets lie: a cloned
repository must not choose that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zkrisk.errors import BadFile, InputError, NotFound

__all__ = ["ENVIRONMENT", "Config", "Setting", "Settings", "load_config", "printable_url", "user_config_path"]

PROJECT_FILE = "zkrisk.toml"
ENVIRONMENT = {
    "home": ("ZKRISK_HOME",),
    "profile": ("ZKRISK_PROFILE",),
    "rpc_url": ("ZKRISK_RPC_URL", "ETH_RPC_URL"),
    "chain_id": ("ZKRISK_CHAIN_ID",),
    "account": ("ZKRISK_ACCOUNT",),
    "signer": ("ZKRISK_SIGNER",),
    "backend": ("ZKRISK_BACKEND",),
    "tier": ("ZKRISK_TIER",),
    "threads": ("ZKRISK_THREADS",),
    "no_input": ("ZKRISK_NO_INPUT",),
}
"""Variables of each setting, the first that is set counts. ``ZKRISK_CONFIG`` names the user's file itself."""

USER_ONLY = frozenset({"home", "signer", "signers", "trust", "keyring", "rpc_url", "chain_id"})
"""A project file may not set these."""

SECRET_WORDS = ("passphrase", "password", "private_key", "mnemonic", "secret", "api_key", "salt")
_TRUE = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


class Settings(BaseModel):
    """Every setting with its type and default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: str | None = None
    profile: str | None = None
    rpc_url: str | None = Field(default=None, repr=False)
    chain_id: int | None = Field(default=None, ge=1, lt=1 << 64)
    account: str | None = Field(default=None, pattern=r"^0x[0-9a-fA-F]{40}$")
    signer: str | None = None
    backend: Literal["native", "native-ifma", "native-scalar", "snarkjs"] = "native"
    tier: Literal["auto", "micro", "standard"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    no_input: bool = False
    keyring: bool = False
    trust: str | None = None
    universe: str = "standard-32"
    policy: str | None = None
    book: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it came from."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, and the origin of each."""

    settings: Settings
    origins: dict[str, str]

    def items(self) -> list[tuple[str, Setting]]:
        """Name, value and origin, in the order of the model; addresses of services without path and query."""
        shown = []
        for name in Settings.model_fields:
            value = getattr(self.settings, name)
            value = printable_url(value) if name == "rpc_url" and value else value
            shown.append((name, Setting(value, self.origins[name])))
        return shown


def load_config(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    folder: Path,
    user_file: Path,
) -> Config:
    """Merge all sources.

    Args:
        flags: Values from the command line; None is not set.
        environ: Environment variables.
        folder: Where ``zkrisk.toml`` is looked for.
        user_file: The user's file; it may be missing.

    Raises:
        BadFile: A file is malformed, or has an unknown or forbidden key.
        NotFound: The chosen profile does not exist.
        InputError: A value is not acceptable; the message names its origin, never the value.
    """
    layers: list[tuple[str, dict[str, Any]]] = [("flag", {k: v for k, v in flags.items() if v is not None})]
    variables = _from_environment(environ)
    project_file = folder / PROJECT_FILE
    documents = [
        (PROJECT_FILE, _read(project_file, USER_ONLY)),
        (user_file.name, _read(user_file, frozenset())),
    ]
    profile = _profile_name(layers[0][1], variables, documents)
    layers += [(origin, {name: value}) for name, (origin, value) in variables.items()]
    layers += _file_layers(documents, profile)
    return _merge(layers)


def printable_url(url: str) -> str:
    """Scheme, host and port only: path, query and user may hold keys."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a URL)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def user_config_path(environ: Mapping[str, str], default: Path) -> Path:
    """The user's file: ``ZKRISK_CONFIG``, else the platform's."""
    named = environ.get("ZKRISK_CONFIG")
    return Path(named) if named else default


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for name, variables in ENVIRONMENT.items():
        for variable in variables:
            if environ.get(variable):
                found[name] = (f"environment {variable}", _typed(name, environ[variable]))
                break
    return found


def _typed(name: str, text: str) -> Any:
    if name in ("chain_id", "threads") and text.isascii() and text.isdecimal():
        return int(text)
    return _TRUE.get(text.lower(), text) if name == "no_input" else text


def _read(path: Path, forbidden: frozenset[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = f", {str(error).rpartition('(')[2].rstrip(')')}" if "(at line" in str(error) else ""
        raise BadFile(f"not a TOML file{line}", where=str(path)) from None
    profiles = document.get("profile", {})
    sections = [document] if isinstance(profiles, str) else [document, *profiles.values()]
    for section in sections:
        for key in section:
            _check_key(key, forbidden, path)
    return document


def _check_key(key: str, forbidden: frozenset[str], path: Path) -> None:
    if any(word in key.lower() for word in SECRET_WORDS):
        raise BadFile(f"key '{key}': secrets do not belong into a configuration file", where=str(path))
    if key in forbidden:
        raise BadFile(
            f"key '{key}' may not stand in a project file: it would choose whom you trust",
            where=str(path),
            hint="move it to your own configuration: zkrisk config --path",
        )
    if key not in Settings.model_fields:
        raise BadFile(f"unknown key '{key}'", where=str(path), hint="zkrisk config")


def _profile_name(
    flags: Mapping[str, Any], variables: Mapping[str, tuple[str, Any]], documents: list[tuple[str, dict[str, Any]]]
) -> str | None:
    if flags.get("profile"):
        name: str | None = flags["profile"]
    else:
        name = variables["profile"][1] if "profile" in variables else None
    if name and not any(name in _profiles(document) for _, document in documents):
        raise NotFound(
            "the chosen profile is in no configuration file", hint=f"add [profile.{name}], see: zkrisk config"
        )
    return name


def _profiles(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    profiles = document.get("profile", {})
    return profiles if isinstance(profiles, dict) else {}


def _file_layers(documents: list[tuple[str, dict[str, Any]]], profile: str | None) -> list[tuple[str, dict[str, Any]]]:
    layers = []
    for origin, document in documents:
        if profile in _profiles(document):
            layers.append((f"{origin} [profile.{profile}]", _profiles(document)[str(profile)]))
        layers.append((origin, {key: value for key, value in document.items() if key != "profile"}))
    return layers


def _merge(layers: list[tuple[str, dict[str, Any]]]) -> Config:
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for origin, layer in reversed(layers):
        for name, value in layer.items():
            values[name], origins[name] = value, origin
    try:
        return Config(Settings(**values), origins)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(problem["loc"][0])
        raise InputError(f"setting '{name}' is not valid: {problem['msg']}", where=origins.get(name)) from None
