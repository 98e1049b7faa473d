"""The attack on a guessable salt: commit to every position of a grid and compare (C18).

`python -m tests.campaigns.grid --bits 20 --seed S` tries 2^20 candidates on a commitment under a drawn salt, which must
not be found, and first the same search on one whose salt it knows, which must.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.campaigns.record import write_record
from zkrisk.commitment import draw_salt
from zkrisk.commitment.pack import pack
from zkrisk.params import POSEIDON_DOMAIN_BOOK, POSEIDON_DOMAIN_COMMITMENT
from zkrisk.poseidon import poseidon

__all__ = ["GridBook", "grid_search"]

INSTRUMENTS, OWNER = 8, 0xABCDEF
SALT_BITS = 3
"""Every position is tried under 2^SALT_BITS guesses of the salt."""


@dataclass(frozen=True, slots=True)
class GridBook:
    """Books with lots in two slots, all else empty, as an attacker who knows what somebody trades would list them."""

    first: int
    second: int

    def state(self, first_lots: int, second_lots: int) -> int:
        """Return the inner hash of a position; it depends on no salt, so it serves all guesses."""
        long = [0] * INSTRUMENTS
        long[self.first], long[self.second] = first_lots, second_lots
        return poseidon([POSEIDON_DOMAIN_BOOK, INSTRUMENTS, *pack(_Lots(tuple(long), (0,) * INSTRUMENTS))])

    def commitment(self, first_lots: int, second_lots: int, salt: int) -> int:
        """Return the commitment to a position, under a salt that the client itself might refuse."""
        return _closed(self.state(first_lots, second_lots), salt)


@dataclass(frozen=True, slots=True)
class _Lots:
    long: tuple[int, ...]
    short: tuple[int, ...]


def _closed(state: int, salt: int) -> int:
    return poseidon([POSEIDON_DOMAIN_COMMITMENT, state, OWNER, salt])


def _positions(bits: int) -> Iterator[tuple[int, int]]:
    """Yield 2^bits positions, a rectangle of lots from 0."""
    columns = 1 << (bits // 2)
    return (divmod(index, columns) for index in range(1 << bits))


def grid_search(target: int, book: GridBook, *, bits: int, known_salt: int) -> tuple[int, int, int] | None:
    """Return the position and salt behind a commitment, or None after 2^bits candidates.

    Args:
        known_salt: One that the attacker has seen used before; tried with the obvious ones.
    """
    guesses = (0, 1, 2, OWNER, (1 << 128) - 1, 1 << 128, (1 << 248) - 1, known_salt)
    for first, second in _positions(bits - SALT_BITS):
        state = book.state(first, second)
        for salt in guesses:
            if _closed(state, salt) == target:
                return first, second, salt
    return None


def main() -> int:
    """Run the search twice.

    Returns:
        1 when the drawn salt did not hide the position, or the known one did.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=20, help="candidates, as a power of two")
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    rng, began = random.Random(seed), time.monotonic()  # noqa: S311 (the seed makes the run repeatable)
    book, known = GridBook(*rng.sample(range(INSTRUMENTS), 2)), rng.getrandbits(248)
    # The position stands a 64th into the grid, so that the search that must succeed is short.
    position = divmod(1 << max(given.bits - SALT_BITS - 6, 0), 1 << ((given.bits - SALT_BITS) // 2))
    found = grid_search(book.commitment(*position, known), book, bits=given.bits, known_salt=known)
    print(f"salt known: position {'found' if found == (*position, known) else 'NOT found'}", flush=True)
    hidden = grid_search(book.commitment(*position, draw_salt()), book, bits=given.bits, known_salt=known)
    print(f"salt drawn: position {'not found' if hidden is None else 'FOUND'} among 2^{given.bits}", flush=True)
    if found != (*position, known) or hidden is not None:
        print(f"FAIL again: python -m tests.campaigns.grid --bits {given.bits} --seed {seed}")
        return 1
    write_record("grid-search", 1 << given.bits, time.monotonic() - began, seed, "the same search finds a known salt's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
