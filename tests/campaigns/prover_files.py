"""Mutated .r1cs, .wtns and .zkey files to the native readers (P1); the attack itself is prover/tests/files.rs."""

from __future__ import annotations

import os
import re
import subprocess

from tests.campaigns.record import ROOT, recording

__all__ = ["main"]

_TEST = "test_p1_mutated_files_never_panic_at_length"


def main(seed: int, count: int, only: int | None) -> int:
    """Mutate `count` files, or file number `only`; return 1 when one of them crashes a reader or what uses it."""
    first, last = (0, count) if only is None else (only, only + 1)
    if only is not None:
        return 1 if _run(seed, first, last) is None else 0
    with recording("prover-files", seed) as reached:
        note = _run(seed, first, last)
        if note is None:
            raise SystemExit(1)
        reached["figure"], reached["note"] = count, note
    return 0


def _run(seed: int, first: int, last: int) -> str | None:
    """Run the Rust test; return its figures, None when it failed."""
    environment = os.environ | {"MUTATE_SEED": str(seed), "MUTATE_FIRST": str(first), "MUTATE_LAST": str(last)}
    command = ["cargo", "test", "--profile", "checked", "--test", "files", "--", "--ignored", "--nocapture", _TEST]
    with subprocess.Popen(
        command, cwd=ROOT / "prover", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(("files:", "CRASH", "thread")):
                print(line, end="", flush=True)
    crashed = re.search(r"CRASH file (\d+)", "".join(lines))
    if crashed is not None:
        print(f"  python -m tests.campaigns.verifiers --files --seed {seed} --only {crashed[1]}")
    done = [line.removeprefix("files:").strip() for line in lines if line.startswith("files:")]
    if process.returncode != 0 or not done:
        print("".join(lines[-20:]) if crashed is None else "", end="")
        return None
    return done[-1]
