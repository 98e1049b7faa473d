"""The compiled contracts that `make build` leaves beside the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from zkrisk.errors import ArtifactMismatch

__all__ = ["CompiledContract", "Contracts", "default_contracts"]

_REPAIR = "make build"
Abi = list[dict[str, Any]]


@dataclass(frozen=True)
class CompiledContract:
    """One compiled contract.

    Attributes:
        bytecode: Creation code, 0x and hex.
        size: Bytes of deployed code.
        storage: Storage slot of each state variable.
    """

    name: str
    abi: Abi
    bytecode: str
    size: int
    storage: dict[str, int]

    def constructor_values(self, arguments: tuple[Any, ...]) -> list[Any]:
        """Return constructor arguments as the encoder takes them; structs may be given by field name."""
        inputs = next((entry["inputs"] for entry in self.abi if entry["type"] == "constructor"), [])
        return [abi_value(item, value) for item, value in zip(inputs, arguments, strict=True)]


@dataclass(frozen=True)
class Contracts:
    """A folder of compiled contracts."""

    folder: Path

    def load(self, name: str) -> CompiledContract:
        """Return one contract.

        Raises:
            ArtifactMismatch: It was not compiled.
        """
        path = self.folder / f"{name}.json"
        try:
            document = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ArtifactMismatch(f"contract {name} is not compiled", where=str(path), hint=_REPAIR) from error
        return CompiledContract(name, document["abi"], document["bytecode"], document["size"], document["storage"])

    def abi(self, name: str) -> Abi:
        """Return the interface of one contract."""
        return self.load(name).abi

    def fields(self, name: str, function: str) -> tuple[str, ...]:
        """Return the field names of the struct that a view returns, so that reading does not depend on their order."""
        entry = next(item for item in self.abi(name) if item["type"] == "function" and item["name"] == function)
        return tuple(part["name"] for part in entry["outputs"][0]["components"])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all compiled contracts."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.json")))

    @cached_property
    def errors(self) -> Abi:
        """The custom errors of all contracts, each signature once."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.names:
            for entry in self.abi(name):
                if entry["type"] == "error":
                    found[error_signature(entry)] = entry
        return [found[signature] for signature in sorted(found)]


def error_signature(entry: dict[str, Any]) -> str:
    """Return ``Name(type,…)`` of an ABI entry."""
    return f"{entry['name']}({','.join(abi_type(item) for item in entry['inputs'])})"


def abi_type(item: dict[str, Any]) -> str:
    """Return the canonical type of an ABI parameter, tuples expanded."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(abi_type(part) for part in item["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def abi_value(item: dict[str, Any], value: Any) -> Any:
    """Return a value as the encoder takes it: structs given by field name become tuples in the ABI's order."""
    if item["type"].endswith("]"):
        inner = {**item, "type": item["type"][: item["type"].rindex("[")]}
        return [abi_value(inner, entry) for entry in value]
    if item["type"] == "tuple" and isinstance(value, dict):
        return tuple(abi_value(part, value[part["name"]]) for part in item["components"])
    return value


def default_contracts() -> Contracts:
    """Return the contracts of this repository."""
    return Contracts(Path(__file__).resolve().parents[2] / "build" / "contracts")
