"""The compiled contracts that `make build` leaves beside the package."""

from __future__ import annotations

import hashlib
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
        runtime: Deployed code with zeros where immutables go.
        immutables: Offset and length of each.
    """

    name: str
    abi: Abi
    bytecode: str
    size: int
    storage: dict[str, int]
    runtime: bytes
    immutables: tuple[tuple[int, int], ...]

    def is_code(self, code: bytes) -> bool:
        """Say whether deployed code is this contract's, whatever its immutables are."""
        masked = bytearray(code)
        for offset, length in self.immutables:
            masked[offset : offset + length] = bytes(length)
        return len(code) == len(self.runtime) and bytes(masked) == self.runtime

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
            ArtifactMismatch: It was not compiled, or its file is not the one that the compiler wrote.
        """
        path = self.folder / f"{name}.json"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ArtifactMismatch(f"contract {name} is not compiled", where=str(path), hint=_REPAIR) from error
        if hashlib.sha256(content).hexdigest() != self._recorded.get(path.name):
            raise ArtifactMismatch(f"{path.name} is not the file that was compiled", where=str(path), hint=_REPAIR)
        document = json.loads(content)
        return CompiledContract(
            name,
            document["abi"],
            document["bytecode"],
            document["size"],
            document["storage"],
            bytes.fromhex(document["deployedBytecode"].removeprefix("0x")),
            tuple((offset, length) for offset, length in document["immutables"]),
        )

    @cached_property
    def _recorded(self) -> dict[str, str]:
        """File name → hash, as the build wrote them down."""
        try:
            lines = (self.folder / "sha256").read_text().splitlines()
        except OSError as error:
            raise ArtifactMismatch("the contracts are not compiled", where=str(self.folder), hint=_REPAIR) from error
        return {name: digest for digest, name in (line.split() for line in lines)}

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
