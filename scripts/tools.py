#!/usr/bin/env python3
"""Compare the compilers and libraries that decide what is built with scripts/tools.lock, on every build (T2).

npm checks a package when it unpacks it and never again. What stands in node_modules afterwards compiles the circuits
and the contracts and verifies proofs: a byte changed there would be in the artefacts, and noticed by nobody.
`--lock` rewrites the lock file after a deliberate change of package-lock.json.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = Path(__file__).with_name("tools.lock")
TREES: Final = (
    "@openzeppelin/contracts",
    "circom2",
    "circomlib/circuits",
    "circomlibjs/build",
    "ffjavascript/build",
    "snarkjs/build",
    "solc",
    "wasmcurves/build",
)


def tree_hash(folder: Path) -> str:
    """Return the hash of every file below a folder, by name and content."""
    state = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        state.update(f"{content}  {file.relative_to(folder).as_posix()}\n".encode())
    return state.hexdigest()


def hashes(modules: Path) -> dict[str, str]:
    """Return the hash of each tree below node_modules."""
    return {name: tree_hash(modules / name) for name in TREES}


def differing(modules: Path, lock: Path = LOCK) -> list[str]:
    """Return the trees that are not the locked ones."""
    locked = {name: digest for digest, name in (line.split() for line in lock.read_text().splitlines())}
    return [name for name, digest in hashes(modules).items() if locked.get(name) != digest]


def main() -> int:
    """Compare, or write the lock file.

    Returns:
        1 when a tree differs.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="rewrite scripts/tools.lock")
    modules = ROOT / "node_modules"
    if parser.parse_args().lock:
        LOCK.write_text("".join(f"{digest}  {name}\n" for name, digest in hashes(modules).items()))
        return 0
    wrong = differing(modules)
    if wrong:
        print(
            f"error[ENVIRONMENT]: node_modules differs from scripts/tools.lock: {', '.join(wrong)}\n"
            "  try: rm -rf node_modules && make build      to unpack the locked packages again",
            file=sys.stderr,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
