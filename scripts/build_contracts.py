#!/usr/bin/env python3
"""Compile the contracts to build/contracts/<Name>.json: abi, bytecode, size, and for the audit storage and immutables.

The hash of each file is kept beside them; the client uses no file with another one.

Compiler settings are those of contracts/foundry.toml, so that what is tested with forge is what is deployed. A native
solc of the locked version is used when one is installed, else the locked solcjs behind scripts/solc. Nothing is
compiled again unless a source, a setting or a tool changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import solcx

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
BUILD = ROOT / "build" / "contracts"
STAMP = BUILD / "stamp"
CODE_SIZE_LIMIT = 24_576
"""EIP-170: no chain takes a bigger contract."""


def profile() -> dict[str, Any]:
    """Return the default profile of foundry.toml."""
    document = tomllib.loads((CONTRACTS / "foundry.toml").read_text())
    settings: dict[str, Any] = document["profile"]["default"]
    return settings


def locked_version() -> str:
    """Return the version of solc that package.json pins."""
    version: str = json.loads((ROOT / "package.json").read_text())["dependencies"]["solc"]
    return version


def compiler() -> str:
    """Return an installed native solc of exactly the locked version, else the wrapper around the locked solcjs."""
    native = shutil.which("solc")
    if native is not None:
        done = subprocess.run([native, "--version"], capture_output=True, text=True, check=False)
        if re.search(rf"Version: {re.escape(locked_version())}\b", done.stdout):
            return native
    return str(ROOT / "scripts" / "solc")


def remappings(settings: dict[str, Any]) -> list[str]:
    """Return foundry's remappings relative to the repository instead of contracts/."""
    moved = []
    for entry in settings["remappings"]:
        prefix, target = entry.split("=", 1)
        relative = (CONTRACTS / target).resolve().relative_to(ROOT)
        moved.append(f"{prefix}={relative}/")
    return moved


def sources(settings: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return source unit name → content of every contract of ours."""
    folder = CONTRACTS / settings["src"]
    return {str(path.relative_to(ROOT)): {"content": path.read_text()} for path in sorted(folder.rglob("*.sol"))}


def standard_input(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the compiler's standard JSON input."""
    units = sources(settings)
    deployed = ["evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
    wanted = ["abi", "evm.bytecode.object", *deployed, "storageLayout"]
    return {
        "language": "Solidity",
        "sources": units,
        "settings": {
            "remappings": remappings(settings),
            "optimizer": {"enabled": settings["optimizer"], "runs": settings["optimizer_runs"]},
            "viaIR": settings["via_ir"],
            "evmVersion": settings["evm_version"],
            "metadata": {"bytecodeHash": settings["bytecode_hash"]},
            "outputSelection": {unit: {"*": wanted} for unit in units},
        },
    }


def fingerprint(document: dict[str, Any]) -> str:
    """Hash what the artefacts depend on: sources, settings, the tools' lock file and this script."""
    state = hashlib.sha256(json.dumps(document, sort_keys=True).encode())
    for path in (ROOT / "package-lock.json", Path(__file__)):
        state.update(path.read_bytes())
    return state.hexdigest()


def artifact(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of one compiled contract."""
    deployed = entry["evm"]["deployedBytecode"]["object"]
    places = entry["evm"]["deployedBytecode"].get("immutableReferences", {}).values()
    return {
        "abi": entry["abi"],
        "bytecode": "0x" + entry["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed,
        "immutables": sorted([place["start"], place["length"]] for each in places for place in each),
        "size": len(deployed) // 2,
        "storage": {item["label"]: int(item["slot"]) for item in entry["storageLayout"]["storage"]},
    }


def compile_all(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Compile; return contract name → artefact.

    Raises:
        SystemExit: The compiler refused; its messages are printed.
    """
    try:
        output = solcx.compile_standard(document, base_path=str(ROOT), allow_paths=[str(ROOT)], solc_binary=compiler())
    except solcx.exceptions.SolcError as error:
        print(f"error[ENVIRONMENT]: the contracts do not compile\n{error.message}", file=sys.stderr)
        raise SystemExit(12) from None
    found: dict[str, dict[str, Any]] = {}
    for unit in document["sources"]:
        for name, entry in output["contracts"].get(unit, {}).items():
            if name in found:
                print(f"error[ENVIRONMENT]: two contracts are called {name}", file=sys.stderr)
                raise SystemExit(12)
            found[name] = artifact(entry)
    return found


def write(found: dict[str, dict[str, Any]]) -> None:
    """Replace the folder of artefacts and the list of their hashes."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for stale in BUILD.glob("*.json"):
        if stale.stem not in found:
            stale.unlink()
    lines = []
    for name, entry in sorted(found.items()):
        text = json.dumps(entry, indent=1, sort_keys=True) + "\n"
        (BUILD / f"{name}.json").write_text(text)
        lines.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}.json\n")
    (BUILD / "sha256").write_text("".join(lines))


def main() -> None:
    """Compile what changed."""
    document = standard_input(profile())
    stamp = fingerprint(document)
    if STAMP.exists() and STAMP.read_text() == stamp:
        return
    start = time.monotonic()
    found = compile_all(document)
    for name, entry in sorted(found.items()):
        size = entry["size"]
        if size > CODE_SIZE_LIMIT:
            print(f"error[ENVIRONMENT]: {name} has {size} bytes, a chain takes {CODE_SIZE_LIMIT}", file=sys.stderr)
            raise SystemExit(12)
    write(found)
    STAMP.write_text(stamp)
    print(f"  contracts {len(found):>3}                  {time.monotonic() - start:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
