# ruff: noqa: S311  (random cases, no secrets)
"""What a person writes, through every file and back, into lots and into metrics, against exact fractions (L1, L2).

`python -m tests.campaigns.client --cases 100000 --seed 7`. A case is a book of texts (boundaries of 2^53, 2^64 and the
format, long fractions, exponents, signs, blanks, and texts that are no numbers) read from CSV and from JSON, and a
market; `--case N` repeats one.
"""

from __future__ import annotations

import argparse
import random

from tests.campaigns.client_books import check_files, random_book
from tests.campaigns.client_metrics import check_metrics, check_policy
from tests.campaigns.record import recording

__all__ = ["check_case", "main"]

_POLICY_EVERY = 20
_PROGRESS_EVERY = 10_000


def check_case(number: int, seed: int) -> None:
    """Check one case.

    Raises:
        AssertionError: A reading, a rounding or a metric differs.
    """
    rng = random.Random(f"{seed} {number}")
    vector = check_files(random_book(rng), rng)
    check_metrics(vector, rng)
    if number % _POLICY_EVERY == 0:
        check_policy(vector, rng)


def _all(cases: int, seed: int) -> None:
    for number in range(cases):
        try:
            check_case(number, seed)
        except Exception:
            print(f"FAIL case {number}\nagain: python -m tests.campaigns.client --seed {seed} --case {number}")
            raise
        if (number + 1) % _PROGRESS_EVERY == 0:
            print(f"  {number + 1} cases", flush=True)


def main() -> None:
    """Run the command line; ends with the error of the first case that differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.client")
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--case", type=int, help="repeat one")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    if given.case is not None:
        check_case(given.case, seed)
        return
    with recording("client-cases", seed) as reached:
        _all(given.cases, seed)
        reached |= {"figure": given.cases, "note": f"every {_POLICY_EVERY}th with all statements of a policy"}


if __name__ == "__main__":
    main()
