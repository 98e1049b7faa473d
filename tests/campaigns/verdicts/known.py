"""Points whose discrete logarithms are known, and points that are in no group that matters."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import Final

from zkrisk import _prover
from zkrisk.params import BASE_MODULUS as Q
from zkrisk.params import SCALAR_MODULUS as R
from zkrisk.proof.curve import curve

__all__ = ["G1_SIZE", "G2_SIZE", "Part", "add_g2", "g1", "g2", "identity", "outside", "twist_points", "unknown"]

G1_SIZE: Final = 64
G2_SIZE: Final = 128
_G1: Final = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
_WINDOW: Final = 8

Point2 = tuple[curve.FQ2, curve.FQ2, curve.FQ2]


@dataclass(frozen=True)
class Part:
    """A point as it is sent.

    Attributes:
        data: Its bytes, in the order of the pairing precompile.
        dlog: Its logarithm to the generator of its group; None when the bytes are no canonical point of that group.
    """

    data: bytes
    dlog: int | None


def unknown(data: bytes) -> Part:
    """Return bytes that are no point of the group."""
    return Part(data, None)


def identity(size: int) -> Part:
    """Return the identity as the precompiles encode it."""
    return Part(bytes(size), 0)


def g1(dlog: int) -> Part:
    """Return dlog·G1."""
    return Part(_prover.fold(_G1, [dlog % R]), dlog % R)


def g2(dlog: int) -> Part:
    """Return dlog·G2."""
    return Part(_encode(_times_generator(dlog % R)), dlog % R)


@cache
def _table() -> list[list[Point2]]:
    """Row i, column j: j·2^(8i)·G2."""
    rows, base = [], curve.G2
    for _ in range(0, 256, _WINDOW):
        row = [curve.Z2]
        for _ in range((1 << _WINDOW) - 1):
            row.append(curve.add(row[-1], base))
        rows.append(row)
        base = curve.add(row[-1], base)
    return rows


def _times_generator(scalar: int) -> Point2:
    total = curve.Z2
    for row in _table():
        total = curve.add(total, row[scalar & ((1 << _WINDOW) - 1)])
        scalar >>= _WINDOW
    return total


def _encode(point: Point2) -> bytes:
    if curve.is_inf(point):
        return bytes(G2_SIZE)
    return b"".join(int(c).to_bytes(32, "big") for pair in curve.normalize(point) for c in reversed(pair.coeffs))


def _decode(data: bytes) -> Point2:
    x1, x0, y1, y0 = (int.from_bytes(data[i : i + 32], "big") for i in range(0, G2_SIZE, 32))
    return (curve.FQ2((x0, x1)), curve.FQ2((y0, y1)), curve.FQ2.one())


def add_g2(left: bytes, right: bytes, times: int = 1) -> bytes:
    """Return left + times·right on the twist, for any of its points."""
    return _encode(curve.add(_decode(left), curve.multiply(_decode(right), times)))


def _root(value: int) -> int | None:
    """A square root in the base field, whose modulus is 3 mod 4."""
    found = pow(value, (Q + 1) // 4, Q)
    return found if found * found % Q == value % Q else None


def _root_of_pair(real: int, imaginary: int) -> tuple[int, int] | None:
    """A square root of real + imaginary·i."""
    norm = _root(real * real + imaginary * imaginary)
    for sign in (1, -1):
        first = None if norm is None else _root((real + sign * norm) * pow(2, -1, Q))
        if first:
            return first, imaginary * pow(2 * first, -1, Q) % Q
    return None


@cache
def twist_points(count: int = 6) -> tuple[bytes, ...]:
    """Return points of the twist that are not of order r: nearly every point, and of small order 10069.

    The twist has r·(2q - r) points, and 10069 is the least prime factor of 2q - r.
    """
    found: list[bytes] = []
    rng = random.Random(5)  # noqa: S311
    while len(found) < count:
        x = curve.FQ2((rng.randrange(Q), rng.randrange(Q)))
        y = _root_of_pair(*(int(c) for c in (x * x * x + curve.b2).coeffs))
        if y is None:
            continue
        point = (x, curve.FQ2(y), curve.FQ2.one())
        small = curve.multiply(point, R * ((2 * Q - R) // 10069))
        found += [_encode(chosen) for chosen in (point, small) if not curve.is_inf(curve.multiply(chosen, R))]
    return tuple(found)


def outside(part: Part, rng: random.Random) -> Part:
    """Return a point of the twist outside the subgroup: of small order, any one, or one of these added to the point."""
    other = rng.choice(twist_points())
    return unknown(add_g2(part.data, other) if rng.random() < 0.5 else other)
