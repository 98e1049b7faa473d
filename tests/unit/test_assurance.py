"""The verdict of `make assurance`: a reason excuses a figure that is short, and nothing else."""

from __future__ import annotations

import pytest

from scripts.assurance import all_answered


@pytest.mark.parametrize(
    ("state", "explained", "expected"),
    [
        ("ok", False, True),
        ("ok", True, True),
        ("short", True, True),
        ("short", False, False),
        ("stale", True, False),
        ("not run", True, False),
    ],
)
def test_reason_excuses_a_short_figure_alone(state: str, explained: bool, expected: bool) -> None:
    rows: list[dict[str, object]] = [{"id": "other", "state": "ok"}, {"id": "one", "state": state}]
    assert all_answered(rows, {"one"} if explained else set()) is expected
