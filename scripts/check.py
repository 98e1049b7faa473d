#!/usr/bin/env python3
"""The checks that need no build: formatting, lint, layers, generated files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("ruff", [str(BIN / "ruff"), "check", "zkrisk", "tests", "scripts"]),
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "zkrisk", "tests", "scripts"]),
    ("layers", [str(BIN / "lint-imports")]),
    ("params", [str(BIN / "python"), "scripts/generate_params.py", "--check"]),
    ("properties", [str(BIN / "python"), "scripts/assurance.py", "--properties"]),
    ("rustfmt", ["cargo", "fmt", "--check", "--manifest-path", "prover/Cargo.toml"]),
)


def main() -> int:
    """Run every check; print the output of those that fail."""
    failed = 0
    for name, command in CHECKS:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"  {name:<10} {'ok' if done.returncode == 0 else 'FAIL'}", flush=True)
        if done.returncode != 0:
            failed += 1
            print(done.stdout + done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
