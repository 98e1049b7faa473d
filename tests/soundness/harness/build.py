"""Compiles generated mains without simplification, so that every signal of the source is a wire.

The artefacts rest in build/soundness/<digest of the circuits>/; a second run compiles nothing. circom sees only files
below the working directory, so everything is generated inside the repository and circom runs from its root.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CIRCUITS = ROOT / "circuits"
CIRCOM = ROOT / "node_modules" / ".bin" / "circom2"

_ASSERTION = re.compile(r"^[^/;{}\n]*===[^;{}\n]*;", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Build:
    """The artefacts of one main."""

    r1cs: Path
    sym: Path
    wasm: Path


@cache
def source_digest() -> str:
    """Return a digest of every circuit and of the compiler's version."""
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    for path in sorted(CIRCUITS.rglob("*.circom")):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def compile_main(name: str, source: str, *, lax: bool = False) -> Build:
    """Compile a generated main with ``--O0``, or return the artefacts of an earlier run.

    Args:
        name: File name without ending.
        source: circom source that includes from ``circuits/``.
        lax: Compile a copy of the circuits without their ``===`` lines. Its generator never refuses, so it computes
            what a dishonest prover would: every signal as honest code does, whatever the statement. (The WASM backend
            of circom 2.2.3 ignores ``--sanity_check``.) Signals and labels are those of the real circuit; the R1CS is
            not, and nothing is checked against it.
    """
    folder = ROOT / "build" / "soundness" / source_digest() / hashlib.sha256(source.encode()).hexdigest()[:8]
    folder = folder.with_name(f"{name}-{'lax-' if lax else ''}{folder.name}")
    build = Build(folder / f"{name}.r1cs", folder / f"{name}.sym", folder / f"{name}_js" / f"{name}.wasm")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _compile(folder, name, source, lax)
            (folder / "complete").touch()
    return build


def _compile(folder: Path, name: str, source: str, lax: bool) -> None:
    if lax:
        _copy_without_assertions(folder / "circuits")
        source = source.replace('include "circuits/', f'include "{(folder / "circuits").relative_to(ROOT)}/')
    main = folder / f"{name}.circom"
    main.write_text(source)
    command = [
        str(CIRCOM), "--r1cs", "--wasm", "--sym", "--O0", "-l", ".", "-l", "node_modules",
        "-o", str(folder.relative_to(ROOT)), str(main.relative_to(ROOT)),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"CI": "1"})
    if done.returncode != 0:
        raise RuntimeError(f"circom refused {name}:\n{done.stdout}{done.stderr}")


def _copy_without_assertions(target: Path) -> None:
    for path in CIRCUITS.rglob("*.circom"):
        copy = target / path.relative_to(CIRCUITS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_ASSERTION.sub("", path.read_text()))
