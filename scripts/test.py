#!/usr/bin/env python3
"""Every test of the project, in the order in which a failure is cheapest to find. What `make test` and CI run."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
FORGE_PLATFORMS = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def forge() -> str:
    """Return the native forge binary: the npm launcher exits 0 when tests fail."""
    system = sys.platform.removesuffix("2")
    machine = FORGE_PLATFORMS[platform.machine()]
    return str(ROOT / "node_modules" / "@foundry-rs" / f"forge-{system}-{machine}" / "bin" / "forge")


def stages() -> list[tuple[str, list[str], Path, bool]]:
    """Return (name, command, folder, whether it must succeed)."""
    contracts = ROOT / "contracts"
    return [
        ("checks", [str(PYTHON), "scripts/check.py"], ROOT, True),
        ("rust lint", ["cargo", "clippy", "--release", "--all-targets", "--quiet", "--", "-D", "warnings"],
         ROOT / "prover", True),
        ("rust", ["cargo", "test", "--release", "--quiet"], ROOT / "prover", True),
        ("contracts", [forge(), "test", "--no-match-path", "test/canary/*"], contracts, True),
        # T1: a runner that reports a failing test as passed would make every line above worthless.
        ("canary", [forge(), "test", "--match-path", "test/canary/*"], contracts, False),
        ("python", [str(PYTHON), "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"], ROOT, True),
    ]  # fmt: skip


def main() -> int:
    """Run the stages; stop at the first that fails."""
    start = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZKRISK_")}
    only = set(sys.argv[1:])
    for name, command, folder, must_pass in stages():
        if only and name not in only:
            continue
        began = time.monotonic()
        print(f"── {name}", flush=True)
        if must_pass:
            done = subprocess.run(command, cwd=folder, env=environment, check=False)
        else:
            done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
        if (done.returncode == 0) != must_pass:
            print(f"FAIL {name} (exit {done.returncode})", flush=True)
            return 1
        print(f"   {name}: ok, {time.monotonic() - began:.0f} s", flush=True)
    print(f"all stages passed, {time.monotonic() - start:.0f} s in all", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
