"""Random calls on the whole system of contracts: `contracts invariants [--calls N]`, properties in contracts/test/invariant."""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from scripts.test import forge
from tests.campaigns.record import ROOT, inputs_hash, measures, write_record

MEASURE: Final = "invariant-calls"
DEPTH: Final = 500
"""Calls a run; a run starts from a fresh deployment (`depth` in contracts/foundry.toml)."""
_PROGRESS_S: Final = 60


def run(seed: int, arguments: list[str]) -> bool:
    """Run the campaign and keep how many calls it made; whether every property held.

    Nothing is kept when the contracts or the campaign were changed meanwhile.
    """
    parser = argparse.ArgumentParser(prog="contracts invariants")
    parser.add_argument("--calls", type=int, default=int(measures()[MEASURE].target))
    calls = parser.parse_args(arguments).calls
    before = inputs_hash(measures()[MEASURE])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=ROOT / "contracts" / "cache") as folder:
        tally = Path(folder) / "tally"
        output = _play(seed, calls, tally)
        kinds = counts(tally.read_text()) if tally.exists() else {}
    made = re.search(r"\[PASS\] invariant_\w+\(\) \(runs: \d+, calls: (\d+), reverts: 0\)", output)
    if made is None:
        print(output)
        return False
    _print_kinds(kinds)
    if inputs_hash(measures()[MEASURE]) != before:
        print("the inputs changed meanwhile: nothing is kept")
        return True
    note = f"{len(kinds)} kinds of call"
    write_record(MEASURE, int(made[1]), time.monotonic() - began, seed, note)
    return True


def counts(tally: str) -> dict[str, tuple[int, int]]:
    """Return how often each kind of call passed and was refused, over all runs; a line a run, `name,passed,refused;…`."""
    passed: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for entry in tally.replace("\n", "").split(";"):
        if entry:
            name, yes, no = entry.split(",")
            passed[name.rstrip("\0")] += int(yes)
            refused[name.rstrip("\0")] += int(no)
    return {name: (passed[name], refused[name]) for name in sorted(passed.keys() | refused.keys())}


def _play(seed: int, calls: int, tally: Path) -> str:
    """Run forge, printing now and then how many calls are done; return what it printed."""
    runs = math.ceil(calls / DEPTH)
    environment = {
        **os.environ,
        "FOUNDRY_PROFILE": "deep",
        "FOUNDRY_INVARIANT_RUNS": str(runs),
        "FOUNDRY_INVARIANT_DEPTH": str(DEPTH),
        "ZKRISK_TALLY": str(tally),
    }
    command = [forge(), "test", "--match-contract", "SystemInvariants", "--match-test", "invariant_"]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [*command, "--fuzz-seed", str(seed)],
            cwd=ROOT / "contracts",
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        while True:
            try:
                process.wait(_PROGRESS_S)
                break
            except subprocess.TimeoutExpired:
                done = tally.read_text().count("\n") if tally.exists() else 0
                print(f"{done * DEPTH} of {runs * DEPTH} calls", flush=True)
        output.seek(0)
        return output.read()


def _print_kinds(kinds: dict[str, tuple[int, int]]) -> None:
    for name, (passed, refused) in kinds.items():
        print(f"{name:22} passed {passed:8}  refused {refused:8}")
