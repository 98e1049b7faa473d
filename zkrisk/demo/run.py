"""The demonstration from its first line to its last."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from zkrisk.chain.anvil import Anvil
from zkrisk.demo.attack_story import attack_story
from zkrisk.demo.bind_story import bind_story
from zkrisk.demo.challenge_story import challenge_story
from zkrisk.demo.crash_story import crash_story
from zkrisk.demo.credit_story import Story, credit_story
from zkrisk.demo.scene import ScenePlan, open_scene
from zkrisk.demo.screen import Screen
from zkrisk.proof.artifacts import Artifacts, default_artifacts

__all__ = ["BUNDLE_NAME", "DemoOptions", "run_demo"]

BUNDLE_NAME = "attest.zkrisk.json"


@dataclass(frozen=True)
class DemoOptions:
    """How to run it.

    Attributes:
        folder: For the bundle, the store and cached states.
        shown_folder: How the folder is written in the last line.
        command: How `zkrisk` is called in the last line.
        json_lines: One event object a line instead of text.
        fresh: Build the deployment even when it is cached.
        clock: Seconds, for durations.
    """

    folder: Path
    shown_folder: str
    command: str
    json_lines: bool
    fresh: bool
    clock: Callable[[], float]
    plan: ScenePlan = ScenePlan()  # noqa: RUF009  (frozen)
    artifacts: Artifacts | None = None


def run_demo(options: DemoOptions, out: TextIO) -> dict[str, int]:
    """Play the story; every step and every refusal is an assertion.

    Returns:
        Gas by action.

    Raises:
        ExpectationUnmet: The chain accepted what it must refuse, or a figure is not what the story says.
        ZkRiskError: A step failed.
    """
    screen = Screen(out, options.json_lines, options.clock)
    screen.title("zkrisk demo: a private book borrows, and is liquidated, on a local chain")
    options.folder.mkdir(parents=True, exist_ok=True)
    cache = options.folder / "states"
    if options.fresh:
        shutil.rmtree(cache, ignore_errors=True)
    artifacts = options.artifacts or default_artifacts()
    with Anvil.start(start_unix=options.plan.start_unix, log=options.folder / "anvil.log") as anvil:
        scene = open_scene(anvil, artifacts, options.plan, cache, screen)
        screen.chain_time = scene.chain.block_time
        state = "from the cache" if scene.world.cached else "rolled day by day"
        screen.done("set-up", f"{scene.universe.tier.scenarios}-day window {state}", cached=scene.world.cached)
        story = Story(scene, screen, options.folder)
        credit_story(story, bind_story)
        attack_story(story)
        challenge_story(story)
        crash_story(story)
        at = datetime.fromtimestamp(story.attested_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        screen.title("")
        screen.finish(
            "proofs are real,\nprices are synthetic, keys are DEVELOPMENT keys.",
            f"{options.command} verify {options.shown_folder}/{BUNDLE_NAME} --offline"
            f" --expect-assurance CUSTODIAN_SIGNED --at {at}",
            gas=story.gas,
        )
        return story.gas
