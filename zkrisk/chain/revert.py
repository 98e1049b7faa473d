"""From the bytes of a revert to a named error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak

from zkrisk.chain.contracts import Contracts, abi_type, error_signature
from zkrisk.chain.refusals import REFUSALS
from zkrisk.errors import ContractRefused

__all__ = ["ErrorDecoder", "revert_data", "selector"]

_STRING = keccak(text="Error(string)")[:4]
_PANIC = keccak(text="Panic(uint256)")[:4]
_SHOWN_BYTES = 10


def selector(entry: dict[str, Any]) -> bytes:
    """Return the four bytes that name a custom error."""
    return bytes(keccak(text=error_signature(entry))[:4])


@dataclass(frozen=True)
class ErrorDecoder:
    """Names custom errors by their selectors."""

    entries: Mapping[bytes, dict[str, Any]]

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """Collect the errors of all compiled contracts."""
        return cls({selector(entry): entry for entry in contracts.errors})

    def refusal(self, data: bytes) -> ContractRefused:
        """Return the error for revert data; `details` has its name and arguments."""
        head, body = data[:4], data[4:]
        if head == _STRING:
            return _plain("Error", {"reason": decode(["string"], body)[0]}, None)
        if head == _PANIC:
            return _plain("Panic", {"code": decode(["uint256"], body)[0]}, "a bug of the contracts; please report it")
        entry = self.entries.get(head)
        if entry is None:
            text = f"0x{data[:_SHOWN_BYTES].hex()}" if data else "no reason"
            return _plain(f"unknown error {text}", {}, "is the deployment of this version of zkrisk?")
        return _named(entry, body)


def _named(entry: dict[str, Any], body: bytes) -> ContractRefused:
    types = [abi_type(item) for item in entry["inputs"]]
    try:
        values = decode(types, body)
    except DecodingError:
        return _plain(entry["name"], {}, None)
    names = [item["name"] or f"argument{index}" for index, item in enumerate(entry["inputs"])]
    args = {name: _shown(value) for name, value in zip(names, values, strict=True)}
    chosen = REFUSALS.get(entry["name"])
    if chosen is None:
        return _plain(entry["name"], args, None)
    return chosen(_sentence(entry["name"], args), hint=chosen.help, details={"error": entry["name"], "args": args})


def _plain(name: str, args: dict[str, object], hint: str | None) -> ContractRefused:
    return ContractRefused(_sentence(name, args), hint=hint, details={"error": name, "args": args})


def _shown(value: object) -> object:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _sentence(name: str, args: dict[str, object]) -> str:
    return f"{name}({', '.join(f'{key}={value}' for key, value in args.items())})"


def revert_data(error: BaseException) -> bytes | None:
    """Return the revert data of a web3 error, None when it is not a revert."""
    data: object = getattr(error, "data", None)
    response = getattr(error, "rpc_response", None)
    if data is None and isinstance(response, dict):
        problem = response.get("error")
        data = problem.get("data") if isinstance(problem, dict) else None
    if isinstance(data, dict):
        data = data.get("data")
    if isinstance(data, str) and data.startswith("0x"):
        return bytes.fromhex(data[2:])
    return b"" if "execution reverted" in str(error) else None
