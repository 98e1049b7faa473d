"""The demonstration as a newcomer runs it: a process of its own, real proofs, and a last line that works."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leak import shows
from zkrisk.chain.gas import gas_limit

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = {"PolicyNotMet", "ProofInvalid", "NonceUsed", "EpochStale", "DebtOutstanding", "ReadersOutdated"}
ACTIONS = {
    "attest first": "attest",
    "bind": "bind",
    "answer": "answer",
    "draw": "draw",
    "liquidate unanswered": "liquidateUnanswered",
    "liquidate": "liquidate",
    "snapshot": "snapshot",
    "fold compliance": "fold",
}

pytestmark = [pytest.mark.slow, pytest.mark.chain, pytest.mark.xdist_group("demo")]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900)


def test_the_runner_keeps_a_group_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Two demonstrations at once in one folder disturb each other; a runner that drops the group must be noticed."""
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@demo")


def test_demo_tells_the_whole_story_and_its_last_line_works() -> None:
    done = run(sys.executable, "-m", "zkrisk.demo", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    last = events[-1]
    assert last["event"] == "finished" and last["step"] == 15
    refused = [event["error"] for event in events if event.get("result") == "REFUSED" and "error" in event]
    names = {message.split("(")[0].strip() for message in refused}
    assert names - {"POLICY_NOT_MET"} == REFUSALS - {"PolicyNotMet"}
    for action, function in ACTIONS.items():
        assert 4 * last["gas"][action] <= 3 * gas_limit(function), f"the gas limit of {function} is too near"
    health = [event["health_bps"] for event in events if "health_bps" in event]
    assert health[0] > 12_500 and 9_650 <= health[-1] <= 9_750
    shown = run(*shlex.split(last["next"]))
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_demo_prints_no_private_quantity() -> None:
    book = json.loads((ROOT / "zkrisk" / "demo" / "book.json").read_text())
    done = run(sys.executable, "-m", "zkrisk.demo", "--fresh")
    assert done.returncode == 0, done.stderr
    assert "first run" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    document = json.loads((ROOT / "build" / "demo" / "attest.zkrisk.json").read_text())
    del document["material"]["sheet"]  # public, and full of numbers that may be equal to a quantity by chance
    bundle = json.dumps(document)
    for position in book["positions"]:
        for side in ("long", "short"):
            quantity = position.get(side)
            if quantity and len(quantity) > 4:
                assert not shows(done.stdout, quantity)
                assert not shows(bundle, quantity) and not shows(bundle, quantity.replace(".", ""))
