"""Account addresses as integers and back."""

from __future__ import annotations

import re

from eth_utils.address import to_checksum_address

from zkrisk.errors import InputError

ADDRESS_BITS = 160
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def parse_address(owner: int | str) -> int:
    """Read an account address.

    Args:
        owner: ``0x`` and 40 hexadecimal digits, or the integer they stand for. Mixed case must be a valid checksum.

    Raises:
        InputError: Not an address, a wrong checksum, or the zero address.
    """
    if isinstance(owner, str):
        owner = _parse_text(owner)
    if type(owner) is not int or not 0 < owner < 1 << ADDRESS_BITS:
        raise InputError("an account is a non-zero address of 20 bytes")
    return owner


def format_address(owner: int) -> str:
    """Write an address with its EIP-55 checksum."""
    return str(to_checksum_address(parse_address(owner).to_bytes(20, "big")))


def _parse_text(text: str) -> int:
    if _ADDRESS.fullmatch(text) is None:
        raise InputError("an account is written as 0x and 40 hexadecimal digits")
    owner = int(text, 16)
    digits = text[2:]
    if owner and digits not in (digits.lower(), digits.upper()) and format_address(owner) != text:
        raise InputError(f"{text} is mistyped: its letters do not give the EIP-55 checksum")
    return owner
