"""One local chain for all tests here: the micro tier, deployed with real keys; reverted after each test."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chain_stage import MicroPlan, Stage

from zkrisk.chain.anvil import Anvil
from zkrisk.demo.scene import open_scene
from zkrisk.demo.screen import Screen
from zkrisk.proof.artifacts import default_artifacts


@pytest.fixture(scope="session")
def session_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    plan = MicroPlan(universe="micro-8", seed=2026, interest_bps=0)
    screen = Screen(io.StringIO(), False, time.monotonic)
    cache: Path = tmp_path_factory.mktemp("states")
    with Anvil.start(start_unix=plan.start_unix) as anvil:
        scene = open_scene(anvil, default_artifacts(), plan, cache, screen)
        scene.new_sheet()
        yield Stage(scene)


@pytest.fixture
def stage(session_stage: Stage) -> Iterator[Stage]:
    rpc = session_stage.chain.rpc
    snapshot = rpc.raw("evm_snapshot", [])
    answers = dict(session_stage.scene.answers)
    yield session_stage
    rpc.raw("evm_revert", [snapshot])
    session_stage.scene.answers = answers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one chain, so one worker runs them."""
    for item in items:
        if "tests/chain" in str(item.path):
            item.add_marker(pytest.mark.chain)
            item.add_marker(pytest.mark.xdist_group("chain"))
