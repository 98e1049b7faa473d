"""Secret sharing over the order of the subgroup (Shamir 1979), with shares that can be checked (Feldman 1987)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zkrisk.edwards import NEUTRAL, Point, add_points, multiply, public_key
from zkrisk.errors import InputError, ProofRejected, RangeExceeded
from zkrisk.params import EDWARDS_ORDER
from zkrisk.viewing.proofs import check_given

__all__ = ["MAX_MEMBERS", "Polynomial", "combine_points", "evaluate_commitments", "lagrange_at_zero"]

MAX_MEMBERS = 64


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A polynomial modulo the order; its value at 0 is the secret. Private.

    Attributes:
        coefficients: t of them, the constant one first.
    """

    coefficients: tuple[int, ...] = field(repr=False)

    @classmethod
    def draw(cls, threshold: int, secret: int | None = None) -> Polynomial:
        """Draw one of degree threshold - 1 from the operating system.

        Args:
            secret: Its value at 0; drawn too where not given.
        """
        drawn = [1 + secrets.randbelow(EDWARDS_ORDER - 1) for _ in range(threshold)]
        return cls((drawn[0] if secret is None else secret, *drawn[1:]))

    def at(self, number: int) -> int:
        """Return the share of a member, 1 <= number."""
        total = 0
        for coefficient in reversed(self.coefficients):
            total = (total * number + coefficient) % EDWARDS_ORDER
        return total

    def commitments(self) -> tuple[Point, ...]:
        """Return coefficient·BASE of each: public, and enough to check every share."""
        return tuple(public_key(coefficient) for coefficient in self.coefficients)


def evaluate_commitments(commitments: Sequence[Point], number: int) -> Point:
    """Return share·BASE of a member from the public commitments alone."""
    total = NEUTRAL
    for commitment in reversed(commitments):
        total = add_points(multiply(total, number), commitment)
    return total


def lagrange_at_zero(numbers: Sequence[int]) -> dict[int, int]:
    """Return the weights by which the shares of these members add up to the secret.

    Raises:
        InputError: A number is repeated or out of range.
    """
    if len(set(numbers)) != len(numbers) or not all(1 <= number <= MAX_MEMBERS for number in numbers):
        raise InputError(f"members are numbered from 1 to {MAX_MEMBERS}, each once")
    weights = {}
    for number in numbers:
        top = bottom = 1
        for other in numbers:
            if other != number:
                top = top * other % EDWARDS_ORDER
                bottom = bottom * (other - number) % EDWARDS_ORDER
        weights[number] = top * pow(bottom, -1, EDWARDS_ORDER) % EDWARDS_ORDER
    return weights


def combine_points(points: Mapping[int, Point]) -> Point:
    """Return secret·P from share·P of as many members as the threshold."""
    total = NEUTRAL
    for number, weight in lagrange_at_zero(tuple(points)).items():
        total = add_points(total, multiply(points[number], weight))
    return total


def check_threshold(threshold: int, members: int) -> None:
    """Refuse sizes that make no sense.

    Raises:
        RangeExceeded: Not 1 <= threshold <= members <= 64.
    """
    if not 1 <= threshold <= members <= MAX_MEMBERS:
        raise RangeExceeded(f"a threshold is in 1 … members, and there are at most {MAX_MEMBERS} members")


def check_commitments(commitments: Sequence[Point], threshold: int, what: str) -> None:
    """Refuse commitments that are not `threshold` points of the subgroup.

    Raises:
        ProofRejected: They are not; the message says whose.
    """
    if len(commitments) != threshold:
        raise ProofRejected(f"{what} has {len(commitments)} commitments, not {threshold}")
    for point in commitments:
        check_given(point, what)
