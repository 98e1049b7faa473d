"""Attacks on the contracts: `python -m tests.campaigns.contracts NAME --seed S`, each in a module of its own."""

from __future__ import annotations

import argparse
import importlib
import secrets
import sys
from typing import Final

PARTS: Final = ("invariants", "fuzz", "pipelines", "slither", "symbolic")
"""Modules of tests/campaigns/solidity with `run(seed, arguments) -> bool`: whether everything held."""


def main() -> int:
    """Run one campaign; return 1 when something gave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PARTS)
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    given, rest = parser.parse_known_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    part = importlib.import_module(f"tests.campaigns.solidity.{given.name}")
    if part.run(seed, rest):
        return 0
    print(f"again: python -m tests.campaigns.contracts {given.name} --seed {seed} {' '.join(rest)}", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
