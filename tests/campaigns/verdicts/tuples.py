"""A key, public signals and a proof of which everything is known, and the answer that scalar arithmetic gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.campaigns.verdicts.known import G1_SIZE, G2_SIZE, Part, g1, g2
from zkrisk.params import SCALAR_MODULUS as R

__all__ = ["Known", "Tuple", "World", "fresh_key", "is_forgeable", "simulate"]


@dataclass(frozen=True)
class Tuple:
    """What a verifier is given, and what it has to say.

    Attributes:
        kind: Name of the edit.
        expected: Accepted.
    """

    kind: str
    material: bytes
    public: tuple[int, ...]
    proof: bytes
    expected: bool


@dataclass(frozen=True)
class Known:
    """A tuple as points with their logarithms.

    Attributes:
        head: alpha (in G1), beta, gamma, delta (in G2).
        ic: IC_0 … IC_nPublic.
        points: A (in G1), B (in G2), C (in G1).
    """

    head: tuple[Part, Part, Part, Part]
    ic: tuple[Part, ...]
    public: tuple[int, ...]
    points: tuple[Part, Part, Part]

    @property
    def material(self) -> bytes:
        """The key's bytes."""
        return b"".join(part.data for part in (*self.head, *self.ic))

    @property
    def proof(self) -> bytes:
        """The proof's bytes."""
        return b"".join(part.data for part in self.points)

    def x(self) -> int:
        """Return the logarithm of vk_x."""
        return sum((p.dlog or 0) * s for p, s in zip(self.ic, (1, *self.public), strict=True)) % R

    def is_valid(self) -> bool:
        """Say whether the tuple has to be accepted: canonical points that are not the identity, a key that nobody can
        forge for, as many reduced signals as the key takes, and the equation in the exponent."""
        dlogs = [part.dlog for part in (*self.head, *self.ic, *self.points)]
        if any(not dlog for dlog in dlogs) or any(not 0 <= value < R for value in self.public):
            return False
        if len(self.public) != len(self.ic) - 1 or is_forgeable(self.head):
            return False
        alpha, beta, gamma, delta = dlogs[:4]
        a, b, c = dlogs[-3:]
        return (a * b - alpha * beta - self.x() * gamma - c * delta) % R == 0  # type: ignore[operator]

    def sent(self, kind: str) -> Tuple:
        """Return the bytes with the answer."""
        return Tuple(kind, self.material, self.public, self.proof, self.is_valid())

    def with_point(self, index: int, part: Part) -> Known:
        """Return the tuple with another A (0), B (1) or C (2)."""
        points = [*self.points]
        points[index] = part
        return replace(self, points=tuple(points))

    def with_key(self, index: int, part: Part) -> Known:
        """Return the tuple with another alpha (0), beta (1), gamma (2), delta (3) or IC_j (4 + j)."""
        key = [*self.head, *self.ic]
        key[index] = part
        return replace(self, head=tuple(key[:4]), ic=tuple(key[4:]))


def is_forgeable(head: Sequence[Part]) -> bool:
    """Say whether two of beta, gamma, delta are equal up to the sign, or delta is the generator up to the sign."""
    beta, gamma, delta = (part.dlog or 0 for part in head[1:])
    pairs = ((delta, gamma), (delta, 1), (beta, gamma), (beta, delta))
    return any((one - other) * (one + other) % R == 0 for one, other in pairs)


def fresh_key(rng: random.Random, signals: int) -> Known:
    """Return a key with a known trapdoor and, as a placeholder, a proof of nothing."""
    secret = [rng.randrange(2, R) for _ in range(4 + 1 + signals)]
    head = (g1(secret[0]), g2(secret[1]), g2(secret[2]), g2(secret[3]))
    ic = tuple(g1(dlog) for dlog in secret[4:])
    return Known(head, ic, (0,) * signals, (g1(1), g2(1), g1(1)))


def simulate(key: Known, public: Sequence[int], a: int, b: int, *, fast: Part | None = None) -> Known:
    """Return a proof that holds, from the trapdoor. `fast` is b·G2 when it is at hand."""
    alpha, beta, gamma, delta = (part.dlog or 0 for part in key.head)
    given = replace(key, public=tuple(public))
    c = (a * b - alpha * beta - given.x() * gamma) * pow(delta, -1, R) % R
    return replace(given, points=(g1(a), fast or g2(b), g1(c)))


@dataclass
class World:
    """Keys and honest proofs that the edits start from; the same for the same seed.

    Attributes:
        keys: With 2 to 4 signals each.
        proofs: Honest ones, under all keys.
    """

    seed: int
    key_count: int = 6
    proofs_each: int = 12
    keys: list[Known] = field(init=False)
    proofs: list[Known] = field(init=False)

    def __post_init__(self) -> None:
        rng = random.Random(f"world {self.seed}")  # noqa: S311
        self.keys = [fresh_key(rng, 2 + index % 3) for index in range(self.key_count)]
        self.proofs = [self.honest(rng, key) for key in self.keys for _ in range(self.proofs_each)]

    def honest(self, rng: random.Random, key: Known | None = None) -> Known:
        """Return a new honest proof of random signals, under one of the keys."""
        key = key or rng.choice(self.keys)
        public = [rng.choice((rng.randrange(R), rng.randrange(1 << 64))) for _ in key.public]
        return simulate(key, public, rng.randrange(1, R), rng.randrange(1, R))

    def any_proof(self, rng: random.Random) -> Known:
        """Return one of the honest proofs."""
        return rng.choice(self.proofs)

    def sizes(self, known: Known) -> list[tuple[int, int]]:
        """Return offset and size of every point in the key."""
        sizes = [G1_SIZE, G2_SIZE, G2_SIZE, G2_SIZE, *(G1_SIZE for _ in known.ic)]
        return [(sum(sizes[:i]), size) for i, size in enumerate(sizes)]
