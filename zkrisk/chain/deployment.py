"""The file that says where a deployment lives: written by `chain deploy`, read by everybody else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from zkrisk.book.files import parse_json, read_text, write_whole
from zkrisk.commitment import format_address
from zkrisk.errors import BadFile, InputError
from zkrisk.proof.view import Deployment
from zkrisk.sheet import Universe, bundled_universes, load_universe, parse_universe

__all__ = ["DeploymentFile"]

_SCHEMA: Final = "urn:zkrisk:deployment/v1"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_POLICY_ID: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_CONTRACTS: Final = tuple(entry.name for entry in fields(Deployment) if entry.name != "vaults")


@dataclass(frozen=True)
class DeploymentFile:
    """Addresses of one deployment and what they belong to. Public.

    Attributes:
        universe: Whose prices the sheet keeps.
        tokens: Symbol → token of the slot, for those that vaults hold.
        feeds: Symbol → price feed.
        policies: Name → id of policies registered by the deployer, ``0x…``.
        block: Number of the block in which it began; events are searched from there.
        key_class: DEVELOPMENT or CEREMONY.
        synthetic: Prices are made up.
    """

    chain_id: int
    universe: Universe
    contracts: Deployment
    tokens: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    block: int = 0
    key_class: str = "DEVELOPMENT"
    synthetic: bool = False

    def with_vault(self, name: str, address: str) -> Self:
        """Return the deployment with one more vault."""
        vaults = {**self.contracts.vaults, name: address}
        return replace(self, contracts=replace(self.contracts, vaults=vaults))

    def with_policy(self, name: str, policy_id: bytes) -> Self:
        """Return the deployment with one more policy."""
        return replace(self, policies={**self.policies, name: "0x" + policy_id.hex()})

    def policy_id(self, name: str) -> bytes:
        """Return the id of a policy by name.

        Raises:
            InputError: It is not in the file.
        """
        if name not in self.policies:
            raise InputError(f"the deployment has no policy '{name}'", hint="zkrisk policy list")
        return bytes.fromhex(self.policies[name].removeprefix("0x"))

    def to_dict(self) -> dict[str, Any]:
        """JSON form. A universe that comes with zkrisk is named by its hash, another one is written out."""
        universe: dict[str, Any] = {"id": self.universe.id, "sha256": self.universe.sha256}
        if self.universe.id not in bundled_universes():
            universe["document"] = self.universe.to_dict()
        return {
            "schema": _SCHEMA,
            "chain_id": self.chain_id,
            "universe": universe,
            "contracts": {name: getattr(self.contracts, name) for name in _CONTRACTS},
            "vaults": self.contracts.vaults,
            "tokens": self.tokens,
            "feeds": self.feeds,
            "policies": self.policies,
            "block": self.block,
            "key_class": self.key_class,
            "synthetic": self.synthetic,
        }

    def save(self, path: Path) -> None:
        """Write the file; it appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(self.to_dict(), indent=2, sort_keys=True) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            BadFile: Missing or malformed, or made for another version of the universe.
        """
        try:
            document = parse_json(read_text(path), str(path))
        except BadFile as error:
            raise BadFile(
                f"the deployment file is missing or not JSON: {error.message}",
                where=str(path),
                hint="zkrisk chain deploy",
            ) from None
        return cls.parse(document, str(path))

    @classmethod
    def parse(cls, document: Any, where: str | None = None) -> Self:
        """Build it from parsed JSON; errors as `load`."""
        if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
            raise BadFile(f"not a deployment of schema {_SCHEMA}", where=where)
        try:
            addresses = {name: _address(document["contracts"][name]) for name in _CONTRACTS}
            vaults = _addresses(document["vaults"])
            return cls(
                chain_id=int(document["chain_id"]),
                universe=_universe(document["universe"], where),
                contracts=Deployment(**addresses, vaults=vaults),
                tokens=_addresses(document["tokens"]),
                feeds=_addresses(document["feeds"]),
                policies={_name(name): _policy_id(value) for name, value in document["policies"].items()},
                block=int(document["block"]),
                key_class=str(document["key_class"]),
                synthetic=_flag(document["synthetic"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            if isinstance(error, BadFile):
                raise
            raise BadFile(f"the deployment is malformed: {error}", where=where) from None


def _address(value: object) -> str:
    return format_address(int(str(value), 16))


def _addresses(values: dict[str, str]) -> dict[str, str]:
    return {_name(name): _address(value) for name, value in values.items()}


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name is not 1 to 64 letters, digits, dots, dashes or underscores")
    return value


def _policy_id(value: str) -> str:
    if not _POLICY_ID.fullmatch(value):
        raise ValueError("the id of a policy is not 0x and 64 hexadecimal digits")
    return str(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("'synthetic' is neither true nor false")
    return value


def _universe(entry: dict[str, Any], where: str | None) -> Universe:
    if "document" not in entry and entry["id"] not in bundled_universes():
        raise BadFile("the deployment names a universe that does not come with zkrisk", where=where)
    universe = parse_universe(entry["document"], where) if "document" in entry else load_universe(entry["id"])
    if universe.sha256 != entry["sha256"]:
        raise BadFile(
            f"the deployment was made for another version of universe {universe.id}",
            where=where,
            hint="use the version of zkrisk that deployed it, or deploy again",
        )
    return universe
