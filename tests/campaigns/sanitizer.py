"""The native crate's tests under the address sanitizer: `python -m tests.campaigns.sanitizer`.

All of its unsafe code is loads, stores and arithmetic of vectors; the sanitizer sees every load and store outside its
object. It needs a nightly toolchain (`rustup toolchain install nightly`), because Rust has sanitizers there alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from typing import Final

from tests.campaigns.record import ROOT, measures, recording
from zkrisk import _prover

MEASURE: Final = "sanitizer-tests"


def main() -> int:
    """Run the command; return 1 when a test fails or the sanitizer stops one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the kernels' random inputs")
    given = parser.parse_args()
    ask = ["rustc", "+nightly", "-vV"]
    version = subprocess.run(ask, capture_output=True, text=True, check=False)
    host = re.search(r"^host: (\S+)$", version.stdout, re.MULTILINE)
    if version.returncode != 0 or host is None:
        print("there is no nightly toolchain: rustup toolchain install nightly", file=sys.stderr)
        return 1
    # A target of its own name keeps the sanitizer out of build scripts and procedural macros.
    command = ["cargo", "+nightly", "test", "--profile", "checked", "--features", "oracle", "--target", host[1]]
    environment = os.environ | {
        "RUSTFLAGS": "-Zsanitizer=address",
        "KERNEL_SEED": str(given.seed),
        "CARGO_TARGET_DIR": str(ROOT / "prover" / "target" / "sanitizer"),
    }
    with recording(MEASURE, given.seed) as reached:
        done = subprocess.run(
            command, cwd=ROOT / "prover", env=environment, capture_output=True, text=True, check=False
        )
        passed = sum(map(int, re.findall(r"^test result: ok\. (\d+) passed", done.stdout, re.MULTILINE)))
        if done.returncode != 0:
            print(done.stdout[-4_000:], done.stderr[-4_000:], file=sys.stderr)
            raise SystemExit(1)
        reached["figure"] = passed
        reached["note"] = f"on the paths {', '.join(_prover.kernels())}"
    print(f"{passed} tests passed under the address sanitizer")
    return 0 if measures()[MEASURE].reached(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
