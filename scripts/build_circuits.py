#!/usr/bin/env python3
"""Compile every circuit instance with circom and compare the artefacts with circuits/artifacts.lock.

Instances are data: circuits/circuits.json names the templates, params.toml the tiers. The generated main files and the
artefacts go to build/circuits/<kind>-<tier>/. `--lock` rewrites the lock file after a deliberate change of a circuit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "circuits"
LOCK = ROOT / "circuits" / "artifacts.lock"
CIRCOM = ROOT / "node_modules" / ".bin" / "circom2"
ARTIFACTS = (".r1cs", ".wasm", ".sym")


def instances() -> dict[str, tuple[dict[str, object], list[int]]]:
    """Return instance name → (circuit entry, template arguments): a number, or the name of a tier's size."""
    tiers = tomllib.loads((ROOT / "params.toml").read_text())["tier"]
    circuits = json.loads((ROOT / "circuits" / "circuits.json").read_text())
    return {
        f"{kind}-{tier}": (entry, [sizes.get(name, name) for name in entry["parameters"]])
        for kind, entry in circuits.items()
        for tier, sizes in tiers.items()
        if tier in entry.get("tiers", tiers)
    }


def source_digest() -> str:
    """Hash everything that a compiled artefact depends on."""
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    for path in sorted((ROOT / "circuits").rglob("*")):
        if path.suffix in {".circom", ".json"}:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    digest.update((ROOT / "params.toml").read_bytes())
    return digest.hexdigest()


def main_source(entry: dict[str, object], arguments: list[int]) -> str:
    """Return the generated main file of an instance."""
    public = ", ".join(entry["public"])  # type: ignore[arg-type]
    call = f"{entry['template']}({', '.join(map(str, arguments))})"
    return (
        "pragma circom 2.1.6;\n\n"
        f'include "circuits/{entry["file"]}";\n\n'
        f"component main {{public [{public}]}} = {call};\n"
    )


def compile_instance(name: str, entry: dict[str, object], arguments: list[int]) -> float:
    """Compile one instance; return the seconds it took."""
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.circom"
    source.write_text(main_source(entry, arguments))
    start = time.monotonic()
    command = [str(CIRCOM), "--r1cs", "--wasm", "--sym", "--O2", "-l", ".", "-l", "node_modules", "-o",
               str(folder.relative_to(ROOT)), str(source.relative_to(ROOT))]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"circom refused {name}:\n{done.stdout}{done.stderr}")
    os.replace(folder / f"{name}_js" / f"{name}.wasm", folder / f"{name}.wasm")
    return time.monotonic() - start


def artifact_hashes(name: str) -> dict[str, str]:
    """Return sha256 by file name of the artefacts of an instance."""
    return {
        f"{name}{suffix}": hashlib.sha256((BUILD / name / f"{name}{suffix}").read_bytes()).hexdigest()
        for suffix in ARTIFACTS
    }


def check_lock(hashes: dict[str, str], rewrite: bool) -> None:
    """Compare with the lock file, or write it."""
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    if rewrite:
        LOCK.write_text(text)
        return
    expected = LOCK.read_text() if LOCK.exists() else ""
    if expected != text:
        differing = [line.split()[1] for line in text.splitlines() if line not in expected.splitlines()]
        raise SystemExit(
            f"circuit artefacts differ from circuits/artifacts.lock: {', '.join(differing)}\n"
            "  try: python scripts/build_circuits.py --lock      after a deliberate change of a circuit"
        )


def main() -> None:
    """Compile what changed since the last run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="rewrite circuits/artifacts.lock")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    stamp = BUILD / "stamp"
    wanted = instances()
    digest = source_digest()
    complete = all((BUILD / n / f"{n}{s}").exists() for n in wanted for s in ARTIFACTS)
    if not (complete and stamp.exists() and stamp.read_text() == digest):
        with ThreadPoolExecutor(options.jobs) as pool:
            runs = {n: pool.submit(compile_instance, n, entry, args) for n, (entry, args) in wanted.items()}
            for name, run in runs.items():
                print(f"  circuit {name:<22} {run.result():6.1f} s", flush=True)
    hashes = {file: digest for name in wanted for file, digest in artifact_hashes(name).items()}
    check_lock(hashes, options.lock)
    stamp.write_text(digest)


if __name__ == "__main__":
    sys.exit(main())
