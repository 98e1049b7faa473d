#!/usr/bin/env python3
"""Build the wheel, install it where there is neither Rust nor this repository's environment, and prove there.

The wheel is left in build/wheels. It has no circuits: the proof takes those of this repository's build.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "build" / "wheels"

PROVE = """
import sys
from pathlib import Path
import zkrisk
from zkrisk.params import TIERS, CircuitKind
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.benchmark import example_case
from zkrisk.proof.groth16 import VERIFIERS
from zkrisk.witness import circuit_inputs

root, tier = Path(sys.argv[1]), TIERS["micro"]
assert root not in Path(zkrisk.__file__).parents, "the installed package, not the repository's"
artifacts = Artifacts(root / "build" / "circuits", root / "circuits" / "artifacts.lock")
instance = artifacts.instance(CircuitKind.COMPLIANCE, tier)
statement, opening, threshold = example_case(tier)
proof = zkrisk.prove(instance, statement, opening, threshold)
VERIFIERS["py_ecc"](instance.key().material, statement.public_signals(), proof)
print(f"proved {instance.name} with kernel {zkrisk.Prover.load(instance.zkey).kernel}, and py_ecc accepts it")
"""


def main() -> int:
    """Run the steps; return 1 when one fails."""
    start = time.monotonic()
    maturin = [sys.executable, "-m", "maturin", "build", "--release", "--quiet", "--out", str(WHEELS)]
    subprocess.run(maturin, cwd=ROOT, check=True)
    wheel = max(WHEELS.glob("zkrisk-*.whl"), key=lambda path: path.stat().st_mtime)
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s", flush=True)
    if "-abi3-" not in wheel.name:
        print("FAIL: the wheel is for one version of Python alone")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        bare = {
            name: value for name, value in os.environ.items() if name in {"HOME", "LANG"} or name.startswith("PIP_")
        }
        bare["PATH"] = str(python.parent)
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], cwd=folder, env=bare, check=True)
        return subprocess.run([python, "-I", "-c", PROVE, str(ROOT)], cwd=folder, env=bare, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
