"""The contracts' fuzz tests with many more runs: `contracts fuzz [--money N] [--others N]`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from typing import Final

from scripts.test import forge
from tests.campaigns.record import ROOT, inputs_hash, measures, write_record

__all__ = ["run", "runs_of"]

MEASURE: Final = "fuzz-runs-money"
MONEY: Final = "testFuzz_(Money|Fold|PriceTable|AddSmall|Packing|Return|Leg|Liquidate|Policy|Erc4626|K17|K20)"
"""Amounts, prices, rounding, folding, packing."""
_LINE: Final = re.compile(r"\[(\w+)[^\]]*\] (testFuzz_\w+)\([^)]*\) \(runs: (\d+)")


def run(seed: int, arguments: list[str]) -> bool:
    """Run them; keep the fewest runs that a test of money maths had, unless the inputs were changed meanwhile."""
    parser = argparse.ArgumentParser(prog="contracts fuzz")
    parser.add_argument("--money", type=int, default=int(measures()[MEASURE].target))
    parser.add_argument("--others", type=int, default=10_000)
    given = parser.parse_args(arguments)
    before = inputs_hash(measures()[MEASURE])
    began = time.monotonic()
    money = _fuzz(seed, given.money, ["--match-test", MONEY])
    others = _fuzz(seed, given.others, ["--match-test", "testFuzz_", "--no-match-test", MONEY])
    if money is None or others is None:
        return False
    for name, runs in sorted({**money, **others}.items()):
        print(f"{runs:8} {name}")
    if inputs_hash(measures()[MEASURE]) != before:
        print("the inputs changed meanwhile: nothing is kept")
        return True
    note = f"{len(money)} properties; {len(others)} others with {min(others.values())}"
    write_record(MEASURE, min(money.values()), time.monotonic() - began, seed, note)
    return True


def runs_of(output: str) -> dict[str, int] | None:
    """Return the runs of each fuzz test that forge reports; None when one failed, or there was none."""
    found = _LINE.findall(output)
    if not found or any(verdict != "PASS" for verdict, _, _ in found):
        return None
    return {name: int(runs) for _, name, runs in found}


def _fuzz(seed: int, runs: int, selection: list[str]) -> dict[str, int] | None:
    command = [forge(), "test", *selection, "--fuzz-seed", str(seed)]
    environment = {**os.environ, "FOUNDRY_PROFILE": "deep", "FOUNDRY_FUZZ_RUNS": str(runs)}
    done = subprocess.run(
        command, cwd=ROOT / "contracts", env=environment, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode == 0:
        return runs_of(done.stdout)
    print(done.stdout, file=sys.stderr)
    return None
