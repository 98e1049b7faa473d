"""Static analysis of contracts/src: docs/static-analysis.md has a reason for every finding, and for nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.campaigns.record import ROOT, recording
from tests.campaigns.solidity.tools import environment, flat_copy, tool

__all__ = ["explained", "found", "run"]

PAGE: Final = ROOT / "docs" / "static-analysis.md"
_CANARY: Final = ("Canary.sol", "reentrancy-no-eth", "Canary.leave")
"""A contract with a known flaw beside ours, with a base from the dependencies: what is found when the tool works."""
_CANARY_SOURCE: Final = """
pragma solidity 0.8.37;
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
contract Canary is AccessControl {
    mapping(address => uint256) public owed;
    function leave(IERC20 token) external {
        require(token.transfer(msg.sender, owed[msg.sender]));
        owed[msg.sender] = 0;
    }
}
"""
_SECTION: Final = re.compile(r"^### ([a-z0-9-]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_PLACE: Final = re.compile(r"^- `([\w.]+)`(?: \((\d+)\))?", re.MULTILINE)

Findings = Counter[tuple[str, str]]
"""(check, place) → how often."""


def run(seed: int, arguments: list[str]) -> bool:
    """Analyse; record what is not explained; explanations that nothing needs fail as well. Neither argument is used."""
    with recording("slither") as reached:
        seen, reasons = found(), explained()
        new, stale = seen - reasons, reasons - seen
        reached["figure"] = new.total()
        reached["note"] = f"{seen.total()} findings, all but these explained in docs/static-analysis.md"
    for check, place in sorted(new):
        print(f"not explained: {check} in {place}", flush=True)
    for check, place in sorted(stale):
        print(f"explained and not found: {check} in {place}", flush=True)
    print(f"{seen.total()} findings, {new.total()} not explained, {stale.total()} explanations stale", flush=True)
    return not new and not stale


def found() -> Findings:
    """Return slither's findings about contracts/src, all detectors.

    Raises:
        RuntimeError: It failed, skipped a contract or missed the planted flaw.
    """
    slither = tool("slither")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat_copy(folder, "src")
        (folder / "src" / _CANARY[0]).write_text(_CANARY_SOURCE)
        command = ["nice", "-n", "5", slither, ".", "--json", "findings.json", "--filter-paths", "node_modules/"]
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
        report = folder / "findings.json"
        if not report.exists() or "Failed to" in done.stderr:
            raise RuntimeError(f"slither did not understand the contracts\n{done.stderr[-2000:]}")
        results = json.loads(report.read_text())["results"].get("detectors", [])
    seen: Findings = Counter((result["check"], _place(result["elements"][0])) for result in results)
    if seen[_CANARY[1:]] != 1:
        raise RuntimeError("slither missed the planted flaw")
    return Counter({key: count for key, count in seen.items() if key[1].partition(".")[0] != "Canary"})


def explained(page: Path = PAGE) -> Findings:
    """Return the findings that the page explains: a section a check, an item a place."""
    reasons: Findings = Counter()
    for check, body in _SECTION.findall(page.read_text()):
        for place, times in _PLACE.findall(body):
            reasons[check, place] += int(times or 1)
    return reasons


def _place(element: dict[str, Any]) -> str:
    """Return contract, function and perhaps variable of an element, without lines: edits elsewhere do not change it."""
    names: list[str] = []
    part: dict[str, Any] | None = element
    while part is not None and part.get("type") in ("contract", "function", "variable", "pragma"):
        names.append(part["name"])
        part = part.get("type_specific_fields", {}).get("parent")
    return ".".join(reversed(names))
