"""K27: every contract test under the IR and the legacy code generator, with the same outcome under both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Final

from scripts.test import forge
from tests.campaigns.record import ROOT, write_record

__all__ = ["check_compiler", "differences", "outcomes", "run"]

PROFILES: Final = ("default", "legacy")
PASSED: Final = "Success"
_CONTRACTS: Final = ROOT / "contracts"


def run(seed: int, arguments: list[str]) -> bool:
    """Compare the whole suite and record the differences; with filters of `forge test` as arguments compare a part."""
    check_compiler()
    began = time.monotonic()
    one, other = (outcomes(profile, *arguments, "--fuzz-seed", str(seed)) for profile in PROFILES)
    found = differences(one, other)
    note = f"{len(one)} tests under {PROFILES[0]}, {len(other)} under {PROFILES[1]}"
    if not arguments:
        write_record("pipelines", len(found), time.monotonic() - began, seed, note)
    for line in found:
        print(line, flush=True)
    print(f"{note}: {len(found)} differences", flush=True)
    return not found


def check_compiler() -> None:
    """Demand that sources, lock file and compiler name one version exactly.

    Raises:
        RuntimeError: They do not.
    """
    locked = json.loads((ROOT / "package.json").read_text())["dependencies"]["solc"]
    version = subprocess.run(
        [ROOT / "scripts" / "solc", "--version"], capture_output=True, text=True, check=True
    ).stdout
    if f"Version: {locked}+" not in version:
        raise RuntimeError(f"the compiler is not the locked {locked}: {version}")
    for source in sorted((_CONTRACTS / "src").rglob("*.sol")):
        if re.findall(r"^pragma solidity (.*);$", source.read_text(), re.MULTILINE) != [locked]:
            raise RuntimeError(f"{source.relative_to(ROOT)} does not pin solc {locked}")


def outcomes(profile: str, *arguments: str, project: Path = _CONTRACTS) -> dict[str, str]:
    """Return `file:contract.test` → status under a profile of foundry.toml.

    Raises:
        RuntimeError: forge gave no result, or ran no test.
    """
    command = ["nice", "-n", "5", forge(), "test", "--json", *arguments]
    environment = {**os.environ, "FOUNDRY_PROFILE": profile}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    start = done.stdout.find("{")
    if start < 0:
        raise RuntimeError(f"forge gave no result under {profile}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    suites = json.loads(done.stdout[start:])
    found = {
        f"{suite}.{test}": result["status"]
        for suite, results in suites.items()
        for test, result in results["test_results"].items()
    }
    if not found:
        raise RuntimeError(f"forge ran no test under {profile}")
    return found


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return a line for each test that did not pass under both."""
    return [
        f"{test}: {one.get(test, 'absent')} under {PROFILES[0]}, {other.get(test, 'absent')} under {PROFILES[1]}"
        for test in sorted(one.keys() | other.keys())
        if not one.get(test) == other.get(test) == PASSED
    ]
