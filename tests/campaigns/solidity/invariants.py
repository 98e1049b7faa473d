"""Random calls on all contracts together: `contracts invariants`; the properties are in contracts/test/invariant."""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from scripts.test import forge
from tests.campaigns.record import ROOT, inputs_hash, measures, write_record

__all__ = ["counts", "run"]

MEASURE: Final = "invariant-calls"
DEPTH: Final = 500
"""Calls a run; a run starts from a fresh deployment (`depth` in contracts/foundry.toml)."""
ATTACKS: Final = ("foreign", "lie", "re-enter", "replay", "seize again", "tamper", "trespass")
"""Kinds of call that must never pass."""
_CONTRACTS: Final = ROOT / "contracts"
_TEST: Final = ["--match-contract", "SystemInvariants", "--match-test", "invariant_"]
_PASSED: Final = re.compile(r"\[PASS\] invariant_\w+\(\) \(runs: \d+, calls: (\d+), reverts: 0\)")
_PROGRESS_S: Final = 60


def run(seed: int, arguments: list[str]) -> bool:
    """Play `--calls` calls in `--jobs` processes with the seeds from `seed` on; return whether every property held.

    The figure is kept, unless contracts or campaign were changed meanwhile.
    """
    parser = argparse.ArgumentParser(prog="contracts invariants")
    parser.add_argument("--calls", type=int, default=int(measures()[MEASURE].target))
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    before = inputs_hash(measures()[MEASURE])
    began = time.monotonic()
    runs = math.ceil(given.calls / (DEPTH * given.jobs))
    outputs, tally = _play([seed + i for i in range(given.jobs)], runs)
    made = [_PASSED.search(output) for output in outputs]
    for output, found, used in zip(outputs, made, range(seed, seed + given.jobs), strict=True):
        if found is None:
            print(f"{output}\nthis process alone: --seed {used} --jobs 1 --calls {runs * DEPTH}")
    kinds = counts(tally)
    for name, (passed, refused) in kinds.items():
        print(f"{name:22} passed {passed:8}  refused {refused:8}")
    idle = [name for name, (passed, refused) in kinds.items() if (refused if name in ATTACKS else passed) == 0]
    if None in made or idle or not kinds:
        print(f"never reached: {idle}")
        return False
    if inputs_hash(measures()[MEASURE]) != before:
        print("the inputs changed meanwhile: nothing is kept")
        return True
    calls = sum(int(found[1]) for found in made if found is not None)
    note = f"{given.jobs} processes, {len(kinds)} kinds of call"
    write_record(MEASURE, calls, time.monotonic() - began, seed, note)
    return True


def counts(tally: str) -> dict[str, tuple[int, int]]:
    """Return how often each kind of call passed and was refused over all runs.

    Args:
        tally: A line a run, in it `name,passed,refused;` for each kind that occurred.
    """
    passed: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for entry in tally.replace("\n", "").split(";"):
        if entry:
            name, yes, no = entry.split(",")
            passed[name.rstrip("\0")] += int(yes)
            refused[name.rstrip("\0")] += int(no)
    return {name: (passed[name], refused[name]) for name in sorted(passed.keys() | refused.keys())}


def _play(seeds: list[int], runs: int) -> tuple[list[str], str]:
    """Run one forge a seed and print now and then how many calls are done; return what they printed, and the tally."""
    # Compiled once, before several processes would do it at the same time.
    subprocess.run([forge(), "build"], cwd=_CONTRACTS, check=True, stdout=subprocess.DEVNULL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_CONTRACTS / "cache")))
        outputs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in seeds]
        tallies = [folder / str(seed) for seed in seeds]
        started = [_start(seed, runs, tally, out) for seed, tally, out in zip(seeds, tallies, outputs, strict=True)]
        for process in started:
            while True:
                try:
                    process.wait(_PROGRESS_S)
                    break
                except subprocess.TimeoutExpired:
                    done = _read(tallies).count("\n")
                    print(f"{done * DEPTH} of {len(seeds) * runs * DEPTH} calls", flush=True)
        for output in outputs:
            output.seek(0)
        return [output.read() for output in outputs], _read(tallies)


def _read(tallies: list[Path]) -> str:
    return "".join(tally.read_text() for tally in tallies if tally.exists())


def _start(seed: int, runs: int, tally: Path, output: IO[str]) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "FOUNDRY_PROFILE": "deep",
        "FOUNDRY_INVARIANT_RUNS": str(runs),
        "FOUNDRY_INVARIANT_DEPTH": str(DEPTH),
        "FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR": f"{tally}-failures",
        "ZKRISK_TALLY": str(tally),
    }
    command = [forge(), "test", *_TEST, "--fuzz-seed", str(seed)]
    return subprocess.Popen(command, cwd=_CONTRACTS, env=environment, stdout=output, stderr=subprocess.STDOUT)
