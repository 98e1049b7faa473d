"""Every kernel against arkworks on a million inputs, on every path: `python -m tests.campaigns.kernels`.

Field and extension operations, transforms, sums in G1 and G2, and whole proofs: random inputs, and 0, 1, p - 1, halves,
equal points, opposite points, the point at infinity, equal scalars, all in one bucket. The tests are
prover/tests/kernels.rs; paths that this processor cannot run are named in the note.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys

from tests.campaigns.record import ROOT, measures, recording
from zkrisk import _prover

MEASURE = "kernel-inputs"


def main() -> int:
    """Run the command; return 1 when a kernel differs from arkworks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=int(measures()[MEASURE].target), help="of each kernel and path")
    parser.add_argument("--seed", type=int, help="default: drawn, and printed")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    command = [
        "cargo",
        "test",
        "--profile",
        "checked",
        "--features",
        "oracle",
        "--test",
        "kernels",
        "--",
        "--nocapture",
    ]
    environment = os.environ | {"KERNEL_SEED": str(seed), "KERNEL_INPUTS": str(given.inputs)}
    with recording(MEASURE, seed) as reached:
        if subprocess.run(command, cwd=ROOT / "prover", env=environment, check=False).returncode != 0:
            raise SystemExit(1)
        reached["figure"] = given.inputs
        reached["note"] = f"of each kernel, on the paths {', '.join(_prover.kernels())}"
    return 0 if measures()[MEASURE].reached(given.inputs) else 1


if __name__ == "__main__":
    sys.exit(main())
