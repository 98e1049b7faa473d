#!/usr/bin/env python3
"""Set up everything that a clone needs, and nothing twice.

Prerequisites: Python 3.11, Node 20 and Rust 1.89 or newer. Each step is skipped when the content that it depends
on has not changed since it last succeeded. Only the standard library: it runs before the virtual environment exists.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / "build" / "stamps"
LOGS = ROOT / "build" / "logs"
PYTHON = VENV / "bin" / "python"
MINIMUM = {"python": (3, 11), "node": (20,), "rust": (1, 89)}


def fail(message: str) -> None:
    """Stop with one line and the exit code of a broken environment."""
    print(f"error[ENVIRONMENT]: {message}", file=sys.stderr)
    raise SystemExit(12)


def tool_version(command: list[str]) -> tuple[int, ...] | None:
    """Return the version that a tool prints, None when it is not installed."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else None


def check_prerequisites() -> None:
    """Name the first missing or too old prerequisite in one line."""
    if sys.version_info[:2] < MINIMUM["python"]:
        fail(f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old; install Python 3.11 or newer")
    for name, command, where in (
        ("node", ["node", "--version"], "install Node.js 20 or newer, with npm"),
        ("rust", ["cargo", "--version"], "install Rust 1.89 or newer, e.g. with rustup"),
    ):
        version = tool_version(command)
        minimum = ".".join(map(str, MINIMUM[name]))
        if version is None:
            fail(f"{name} is not installed ({command[0]} not found); {where}")
        elif version < MINIMUM[name]:
            fail(f"{name} {'.'.join(map(str, version))} is older than {minimum}; {where}")
    if shutil.which("npm") is None:
        fail("npm is not installed; install Node.js 20 or newer, with npm")


def digest(paths: Iterable[Path], *extra: str) -> str:
    """Hash files (folders recursively) and strings."""
    state = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(paths):
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "target" in file.relative_to(ROOT).parts:
                continue
            state.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return state.hexdigest()


def run(name: str, *command: str | Path, echo: bool = False) -> None:
    """Run a command with its output in a log file; show the end of the log when it fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "VIRTUAL_ENV": str(VENV)}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment['PATH']}"
    if echo:
        done = subprocess.run(list(map(str, command)), cwd=ROOT, env=environment, check=False)
    else:
        with log.open("wb") as output:
            done = subprocess.run(
                list(map(str, command)), cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
            )
    if done.returncode != 0:
        if not echo:
            print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-25:]), file=sys.stderr)
        fail(f"step '{name}' failed; the whole output is in {log.relative_to(ROOT)}")


def step(name: str, fingerprint: str, present: bool, action: Callable[[], None]) -> None:
    """Do a step unless its stamp holds the same fingerprint."""
    stamp = STAMPS / name
    if present and stamp.exists() and stamp.read_text() == fingerprint:
        return
    start = time.monotonic()
    print(f"  {name} …", flush=True)
    action()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)
    print(f"  {name:<14} {time.monotonic() - start:6.1f} s", flush=True)


def install_python() -> None:
    """Create the virtual environment and install the locked packages."""
    if not PYTHON.exists():
        run("venv", sys.executable, "-m", "venv", VENV)
    run("pip", PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements.lock")


def install_native() -> None:
    """Build the Rust crate and link the package into the environment."""
    run("native", PYTHON, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "-e", ".")


def install_apart(name: str, proof: str) -> None:
    """Install requirements-NAME.lock, hashes checked, to an environment of its own: build/NAME-venv.

    Nothing is done when the lock file and Python are those of the last time.

    Args:
        name: Which lock file and which environment.
        proof: A path in the environment that exists when it is complete.
    """
    environment, lock = ROOT / "build" / f"{name}-venv", ROOT / f"requirements-{name}.lock"

    def install() -> None:
        run(f"{name}-venv", sys.executable, "-m", "venv", "--clear", environment)
        python = environment / "bin" / "python"
        run(f"{name}-pip", python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)

    version = ".".join(map(str, sys.version_info[:3]))
    step(name, digest([lock], version), any(environment.glob(proof)), install)


def main() -> None:
    """Run every step that is not up to date."""
    start = time.monotonic()
    check_prerequisites()
    version = ".".join(map(str, sys.version_info[:3]))
    lock = ROOT / "requirements.lock"
    step("python", digest([lock], version), PYTHON.exists(), install_python)
    step(
        "node",
        digest([ROOT / "package-lock.json"]),
        (ROOT / "node_modules").is_dir(),
        lambda: run("npm", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
    )
    run("tools", PYTHON, "scripts/tools.py")
    native = [ROOT / "prover", ROOT / "pyproject.toml", lock]
    built = any((ROOT / "zkrisk").glob("_prover*.so"))
    step("native", digest(native, version), built, install_native)
    for name, script in (
        ("circuits", "build_circuits.py"),
        ("keys", "build_keys.py"),
        ("contracts", "build_contracts.py"),
    ):
        # These keep their own content hashes, finer than a stamp here could.
        run(name, PYTHON, f"scripts/{script}", echo=True)
    print(f"set-up ready  {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
