"""Properties of contracts/test/symbolic for all inputs, with halmos; each is seen to fail on broken contracts."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from tests.campaigns.record import ROOT, recording
from tests.campaigns.solidity.tools import environment, flat_copy, tool

__all__ = ["breaks", "named", "outcomes", "run"]

_PAIRING: Final = ("libraries/Groth16.sol", "staticcall(gasCap, 8, input, 768", "staticcall(gasCap, 0x9a1, input, 768")
"""halmos models the pairing of one pair only: the copy asks a contract whose answer is any function of the input."""
_LOOP: Final = "8"
"""Turns of a loop that are followed; none of the properties needs more, and halmos says so if one does."""
_PASS, _COUNTEREXAMPLE = 0, 1


def run(seed: int, arguments: list[str]) -> bool:
    """Prove every property, then see every one fail; record how many were proved. Neither argument is used."""
    wanted = named()
    with recording("symbolic") as reached:
        honest = outcomes([])
        proved = {name for name in wanted if honest.get(name) == (_PASS, 0)}
        broken = outcomes(breaks())
        shown = {name for name in wanted if broken.get(name, (None, 0))[0] == _COUNTEREXAMPLE}
        reached["figure"] = len(proved & shown)
        reached["note"] = f"of {len(wanted)}; each fails on contracts made to break it"
    for name in sorted(wanted - proved):
        print(f"not proved: {name} {honest.get(name)}", flush=True)
    for name in sorted(wanted - shown):
        print(f"not seen to fail: {name} {broken.get(name)}", flush=True)
    print(f"{len(proved & shown)} of {len(wanted)} properties proved, and seen to fail", flush=True)
    return wanted == proved & shown


def named() -> set[str]:
    """Return the names of the properties."""
    sources = (ROOT / "contracts" / "test" / "symbolic").glob("*.t.sol")
    return {name for source in sources for name in re.findall(r"function (check_\w+)", source.read_text())}


def breaks() -> list[tuple[str, str, str]]:
    """Return file, text and what stands there instead, for every property.

    Raises:
        RuntimeError: A property has no break, or a break no property.
    """
    rows = tomllib.loads(Path(__file__).with_name("breaks.toml").read_text())["break"]
    if sorted(row["property"] for row in rows) != sorted(named()):
        raise RuntimeError("breaks.toml does not name every property once")
    return [(row["file"], row["old"], row["new"]) for row in rows]


def outcomes(edits: list[tuple[str, str, str]]) -> dict[str, tuple[int, int]]:
    """Return property → halmos' exit code and the loops it cut short, on a copy of the contracts with edits.

    Raises:
        RuntimeError: An edit's text is not there once, or halmos gave no result.
    """
    halmos = tool("halmos")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat_copy(folder, "src", "test/symbolic", "test/utils")
        for file, old, new in [_PAIRING, *edits]:
            path = folder / "src" / file
            text = path.read_text()
            if text.count(old) != 1:
                raise RuntimeError(f"{file} has {text.count(old)} times: {old}")
            path.write_text(text.replace(old, new))
        command = ["nice", "-n", "5", halmos, "--match-contract", "^Symbolic", "--loop", _LOOP]
        command += ["--solver-threads", "1", "--early-exit", "--json-output", "outcomes.json"]
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
        report = folder / "outcomes.json"
        if not report.exists():
            raise RuntimeError(f"halmos gave no result\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        results = json.loads(report.read_text())["test_results"]
    return {
        test["name"].partition("(")[0]: (test["exitcode"], test["num_bounded_loops"])
        for suite in results.values()
        for test in suite
    }
