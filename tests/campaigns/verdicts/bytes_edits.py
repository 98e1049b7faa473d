"""Edits of bytes: encodings that no verifier may take. What they leave is refused before any pairing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.campaigns.verdicts.known import G1_SIZE, Part, identity, outside, unknown
from tests.campaigns.verdicts.tuples import Tuple, World
from zkrisk.params import BASE_MODULUS as Q
from zkrisk.params import SCALAR_MODULUS as R

__all__ = ["BYTE_EDITS"]

_PROOF: Final = 3
Encode = Callable[[random.Random, bytes], bytes]


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]


def _join(words: list[int]) -> bytes:
    return b"".join((word % (1 << 256)).to_bytes(32, "big") for word in words)


def _bit_flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _plus_q(rng: random.Random, data: bytes) -> bytes:
    words = _words(data)
    index = rng.randrange(len(words))
    room = ((1 << 256) - 1 - words[index]) // Q
    words[index] += rng.randint(1, room) * Q
    return _join(words)


def _swap(rng: random.Random, data: bytes) -> bytes:
    """x for y in G1; in G2 also c1 for c0, of both or of one."""
    words = _words(data)
    if len(words) == 2:
        return _join(words[::-1])
    x1, x0, y1, y0 = words
    return _join(rng.choice(([x0, x1, y0, y1], [x0, x1, y1, y0], [y1, y0, x1, x0], [x1, x0, y0, y1])))


def _off_curve(rng: random.Random, data: bytes) -> bytes:
    words = _words(data)
    index = rng.randrange(len(words))
    words[index] = rng.choice((words[index] + 1, words[index] - 1, rng.randrange(Q), 0, 1)) % Q
    return _join(words)


def _filler(rng: random.Random, data: bytes) -> bytes:
    byte = rng.choice((b"\x01", b"\x7f", b"\x80", b"\xff"))
    return rng.choice((byte * len(data), rng.randbytes(len(data))))


def _false_identity(rng: random.Random, data: bytes) -> bytes:
    """Encodings that some library takes for the point at infinity."""
    half = len(data) // 64
    zero, one, q = [0] * half, [0] * (half - 1) + [1], [Q] * half
    choices = [zero + one, one + zero, q + q, q + zero, zero + q, one + one]
    flag = 1 << rng.choice((254, 255))
    return rng.choice((_join(rng.choice(choices)), _join([flag] + [0] * (2 * half - 1))))


def _other_form(rng: random.Random, data: bytes) -> bytes:
    """Little-endian, Montgomery, compressed (the flag bits of several libraries)."""
    words = _words(data)
    flagged = [words[0] | 1 << rng.choice((254, 255)), *words[1:]]
    forms = (
        b"".join(data[i : i + 32][::-1] for i in range(0, len(data), 32)),
        data[::-1],
        _join([word * (1 << 256) % Q for word in words]),
        _join(flagged),
        _join([flagged[0]] + [0] * (len(words) - 1)),
    )
    return rng.choice(forms)


def _everywhere(name: str, encode: Encode) -> dict[str, Callable[[random.Random, World], Tuple]]:
    """Make an edit of one point, of the proof or of the key."""

    def in_proof(rng: random.Random, world: World) -> Tuple:
        known, index = world.any_proof(rng), rng.randrange(_PROOF)
        return known.with_point(index, _encoded(rng, known.points[index], encode)).sent(f"{name} in proof")

    def in_key(rng: random.Random, world: World) -> Tuple:
        known = world.any_proof(rng)
        index = rng.randrange(4 + len(known.ic))
        return known.with_key(index, _encoded(rng, (*known.head, *known.ic)[index], encode)).sent(f"{name} in key")

    return {f"{name} in proof": in_proof, f"{name} in key": in_key}


def _encoded(rng: random.Random, part: Part, encode: Encode) -> Part:
    data = encode(rng, part.data)
    return part if data == part.data else unknown(data)


def identity_point(rng: random.Random, world: World) -> Tuple:
    """Replace one or more points by the identity."""
    known = world.any_proof(rng)
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.5:
            index = rng.randrange(_PROOF)
            known = known.with_point(index, identity(len(known.points[index].data)))
        else:
            index = rng.randrange(4 + len(known.ic))
            known = known.with_key(index, identity(len((*known.head, *known.ic)[index].data)))
    return known.sent("identity point")


def wrong_subgroup(rng: random.Random, world: World) -> Tuple:
    """P3: B, beta, gamma or delta on the twist and outside the subgroup of order r."""
    known, place = world.any_proof(rng), rng.randrange(4)
    if place == 0:
        return known.with_point(1, outside(known.points[1], rng)).sent("wrong subgroup")
    return known.with_key(place, outside(known.head[place], rng)).sent("wrong subgroup")


def aliased_signal(rng: random.Random, world: World) -> Tuple:
    """K1: a signal plus a multiple of r, minus r, or any number from r on."""
    known = world.any_proof(rng)
    public, index = [*known.public], rng.randrange(len(known.public))
    most = ((1 << 256) - 1 - public[index]) // R
    aliases = (public[index] + rng.randint(1, most) * R, rng.randrange(R, 1 << 256), (1 << 256) - 1, R)
    public[index] = rng.choice(aliases)
    return replace(known, public=tuple(public)).sent("aliased signal")


def negative_signal(rng: random.Random, world: World) -> Tuple:
    """A signal minus r: the same residue to whoever reduces."""
    known = world.any_proof(rng)
    public, index = [*known.public], rng.randrange(len(known.public))
    public[index] -= R
    return replace(known, public=tuple(public)).sent("negative signal")


def signal_count(rng: random.Random, world: World) -> Tuple:
    """S7: signals left out, added, doubled."""
    known, extra = world.any_proof(rng), rng.choice((0, 1, rng.randrange(R)))
    public = known.public
    cut = rng.randrange(len(public))
    wrong = rng.choice((public[:cut], public[cut + 1 :], (*public, extra), (extra, *public), public + public, ()))
    return replace(known, public=wrong).sent("signal count")


def key_length(rng: random.Random, world: World) -> Tuple:
    """A key cut anywhere, or with something behind it."""
    honest = world.any_proof(rng).sent("key length")
    material = honest.material
    cut = rng.choice((rng.randrange(len(material)), 64 * rng.randrange(len(material) // 64), 448))
    longer = material + rng.choice((rng.randbytes(rng.randint(1, 70)), bytes(64), material[-64:], material))
    return replace(honest, material=rng.choice((material[:cut], longer)), expected=False)


def proof_length(rng: random.Random, world: World) -> Tuple:
    """A proof cut anywhere, or with something behind it."""
    honest = world.any_proof(rng).sent("proof length")
    proof = honest.proof
    longer = proof + rng.choice((rng.randbytes(rng.randint(1, 40)), bytes(1), bytes(32), proof))
    return replace(honest, proof=rng.choice((proof[: rng.randrange(len(proof))], longer)), expected=False)


def two_bytes(rng: random.Random, world: World) -> Tuple:
    """Bytes of proof and key at once, all over the place."""
    known = world.any_proof(rng)
    for _ in range(rng.randint(2, 4)):
        index = rng.randrange(_PROOF)
        known = known.with_point(index, unknown(_bit_flip(rng, known.points[index].data)))
        known = known.with_key(4 + rng.randrange(len(known.ic)), unknown(_filler(rng, bytes(G1_SIZE))))
    return known.sent("several bytes")


_POINT_EDITS: Final[dict[str, Encode]] = {
    "bit flip": _bit_flip,
    "coordinate + q": _plus_q,
    "swapped coordinates": _swap,
    "off the curve": _off_curve,
    "filler": _filler,
    "false identity": _false_identity,
    "other form": _other_form,
}
BYTE_EDITS: Final[dict[str, Callable[[random.Random, World], Tuple]]] = {
    **{kind: edit for name, encode in _POINT_EDITS.items() for kind, edit in _everywhere(name, encode).items()},
    "identity point": identity_point,
    "wrong subgroup": wrong_subgroup,
    "aliased signal": aliased_signal,
    "negative signal": negative_signal,
    "signal count": signal_count,
    "key length": key_length,
    "proof length": proof_length,
    "several bytes": two_bytes,
}
