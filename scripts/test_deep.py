#!/usr/bin/env python3
"""The long attacks at their full counts, one after the other: hours on two cores. What `make test-deep` runs.

`make test-deep ARGS="--seed 7 --only store"` repeats a part. Every campaign goes on where another one failed.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = ROOT / ".venv" / "bin" / "python"

CAMPAIGNS: Final[dict[str, tuple[str, ...]]] = {
    "store": ("tests.campaigns.store", "--kills", "1000", "--full", "100"),
    "keepers": ("tests.campaigns.keepers", "--kills", "100"),
    "client": ("tests.campaigns.client", "--cases", "100000"),
    "determinism": ("tests.campaigns.determinism", "--all"),
    "circuits": ("tests.campaigns.circuits", "--cases", "100000"),
    "grid": ("tests.campaigns.grid", "--bits", "20"),
    "files": ("tests.campaigns.verifiers", "--files"),
    "kernels": ("tests.campaigns.kernels",),
    "sanitizer": ("tests.campaigns.sanitizer",),
    "verifiers": ("tests.campaigns.verifiers", "--tuples", "100000"),
    "pipelines": ("tests.campaigns.contracts", "pipelines"),
    "slither": ("tests.campaigns.contracts", "slither"),
    "symbolic": ("tests.campaigns.contracts", "symbolic"),
    "fuzz": ("tests.campaigns.contracts", "fuzz"),
    "invariants": ("tests.campaigns.contracts", "invariants"),
    "reverts": ("tests.campaigns.mutation", "--kind", "reverts"),
    "others": ("tests.campaigns.mutation", "--kind", "others"),
}


def run(name: str, seed: int) -> tuple[bool, float]:
    """Run one campaign; return whether it held, and its seconds."""
    command = [str(PYTHON), "-m", *CAMPAIGNS[name], "--seed", str(seed)]
    print(f"── {name}: {' '.join(['python', *command[1:]])}", flush=True)
    began = time.monotonic()
    held = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    return held, time.monotonic() - began


def main() -> int:
    """Run the campaigns, or those that are named, and print the table of what they reached.

    Returns:
        1 when a campaign failed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    parser.add_argument("--only", nargs="+", choices=sorted(CAMPAIGNS), help="these campaigns alone")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}: make test-deep ARGS='--seed {seed}' repeats this run", flush=True)
    began = time.monotonic()
    outcome = {name: run(name, seed) for name in given.only or CAMPAIGNS}
    for name, (held, seconds) in outcome.items():
        print(f"  {name:<12} {'ok' if held else 'FAIL':<5} {seconds:8.0f} s")
        if not held:
            print(f"    again: make test-deep ARGS='--seed {seed} --only {name}'")
    print(f"{time.monotonic() - began:.0f} s in all, seed {seed}", flush=True)
    subprocess.run([str(PYTHON), "scripts/assurance.py"], cwd=ROOT, check=False)
    return 0 if all(held for held, _ in outcome.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
