"""The types of a bundle's fields: each value has exactly one encoding.

Integers are JSON numbers up to 2^53 - 1 and decimal strings above; field elements are always decimal strings. Addresses
have their checksum, hashes are lower-case.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from eth_utils.address import is_checksum_address
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

__all__ = [
    "JSON_INT_LIMIT", "U8", "U32", "U64", "U256", "Address", "Base64", "Bytes32", "Day", "Element", "HexBytes", "Name",
    "Part", "Sha256", "Text", "printable",
]  # fmt: skip

JSON_INT_LIMIT: Final = 1 << 53
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)


def _read_integer(value: Any) -> Any:
    if type(value) is str:
        if _DECIMAL.fullmatch(value) and int(value) >= JSON_INT_LIMIT:
            return int(value)
        raise ValueError("an integer is a number up to 2^53 - 1 and a decimal string above")
    return value


def _read_element(value: Any) -> Any:
    if type(value) is str:
        if not _DECIMAL.fullmatch(value):
            raise ValueError("a field element is a decimal string")
        return int(value)
    raise ValueError("a field element is a decimal string")


def _write_integer(value: int) -> int | str:
    return value if value < JSON_INT_LIMIT else str(value)


def _checksummed(value: str) -> str:
    if not is_checksum_address(value) or int(value, 16) == 0:
        raise ValueError("an address is not zero and has its checksum")
    return value


def printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a text has characters that cannot be printed")
    return value


def _integer(bits: int) -> Any:
    return Annotated[
        int,
        BeforeValidator(_read_integer),
        Field(strict=True, ge=0, lt=1 << bits),
        PlainSerializer(_write_integer, when_used="always"),
    ]


U8 = _integer(8)
U32 = _integer(32)
U64 = _integer(64)
U256 = _integer(256)
Element = Annotated[
    int, BeforeValidator(_read_element), Field(strict=True, ge=0, lt=1 << 256), PlainSerializer(str, when_used="always")
]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$"), AfterValidator(_checksummed)]
Bytes32 = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Sha256 = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
HexBytes = Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$", max_length=1 << 16)]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\[\]-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)]


class Part(BaseModel):
    """A frozen part of a bundle: unknown fields are refused, inputs are not repeated in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
