"""Verifying keys in a bundle: G1 points in 32 bytes each, because the bases are most of a packed bundle.

A compressed point is x, big-endian, with the parity of y in the highest bit; x is below 2^254, so the bit is free.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from zkrisk.errors import BadFile, KeyFileInvalid
from zkrisk.params import BASE_MODULUS, CircuitKind, Tier
from zkrisk.proof.keys import HEAD_BYTES, POINT_BYTES, CircuitKey

__all__ = ["compress_points", "decode_key", "encode_key", "expand_points"]

_PARITY: Final = 1 << 255
_CURVE_B: Final = 3


def compress_points(points: bytes) -> bytes:
    """Return 32 bytes for every 64-byte point; none may be the identity."""
    words = [int.from_bytes(points[i : i + 32], "big") for i in range(0, len(points), 32)]
    pairs = zip(words[::2], words[1::2], strict=True)
    return b"".join((x | (_PARITY if y & 1 else 0)).to_bytes(32, "big") for x, y in pairs)


def expand_points(compressed: bytes) -> bytes:
    """Return the 64-byte points.

    Raises:
        BadFile: Not a whole number of points, or one that is not canonical or not on the curve.
    """
    if len(compressed) % 32:
        raise BadFile("the bases of the bundle are not a whole number of points")
    return b"".join(_expand(compressed[i : i + 32], i // 32) for i in range(0, len(compressed), 32))


def _expand(data: bytes, index: int) -> bytes:
    word = int.from_bytes(data, "big")
    x = word & (_PARITY - 1)
    square = (x * x * x + _CURVE_B) % BASE_MODULUS
    # The modulus is 3 mod 4, so a root is the power (p + 1) / 4.
    y = pow(square, (BASE_MODULUS + 1) // 4, BASE_MODULUS)
    if x >= BASE_MODULUS or y * y % BASE_MODULUS != square:
        raise BadFile(f"base {index} of the bundle is not a point of the curve")
    if (y & 1) != bool(word & _PARITY):
        y = BASE_MODULUS - y
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")


def encode_key(key: CircuitKey) -> tuple[str, str]:
    """Return (alpha … delta, compressed IC points) of a key, both in base64."""
    head, bases = key.material[:HEAD_BYTES], compress_points(key.material[HEAD_BYTES:])
    return base64.b64encode(head).decode(), base64.b64encode(bases).decode()


def decode_key(kind: CircuitKind, tier: Tier, head_b64: str, bases_b64: str) -> CircuitKey:
    """Return the key of a packed bundle; whether it may be trusted is not decided here.

    Raises:
        BadFile: Not base64, the wrong number of points, or a point off the curve.
    """
    try:
        head, bases = (base64.b64decode(text, validate=True) for text in (head_b64, bases_b64))
    except (binascii.Error, ValueError) as error:
        raise BadFile("the key of the bundle is not base64") from error
    if len(head) != HEAD_BYTES or len(bases) % 32:
        raise BadFile("the key of the bundle has another length than its circuit needs")
    try:
        # The count is checked with a stand-in before any root is taken.
        CircuitKey(kind, tier, head + bytes(len(bases) // 32 * POINT_BYTES))
        return CircuitKey(kind, tier, head + expand_points(bases))
    except KeyFileInvalid as error:
        raise BadFile(error.message) from error
