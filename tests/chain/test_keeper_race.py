"""A small race of keepers on a real chain; `python -m tests.campaigns.keepers` is the long one."""

from __future__ import annotations

import random
from typing import Any

from chain_stage import Stage

from tests.campaigns.keepers import Plan, Race


def test_keepers_that_race_and_are_killed_liquidate_each_finding_once(stage: Stage, tmp_path: Any) -> None:
    race = Race(stage, tmp_path)
    race.fresh_keepers("race")
    race.round(Plan(kills=3, reorganisations=1, percent=60), random.Random(2026))  # noqa: S311
    assert race.seen["kills"] > 0 and race.seen["liquidations"] > 0
    assert race.seen["all blocks dropped"] + race.seen["newest blocks dropped"] == 1
