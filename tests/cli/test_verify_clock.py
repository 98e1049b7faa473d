"""Which clock decides on expiry: a node that stopped must not make what has expired look alive."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from zkrisk.cli.commands.verify import _lag, _time

NOW = 1_800_000_000


@dataclass
class Node:
    """A chain whose newest block has a time."""

    time: int
    chain_id: int = 1
    rpc: Any = field(default_factory=lambda: SimpleNamespace(name="node"))

    def block_time(self) -> int:
        return self.time


SESSION: Any = SimpleNamespace(now_unix=lambda: NOW)


@pytest.mark.parametrize("at", [None, "now"])
@pytest.mark.parametrize(("chain", "expected"), [
    (None, NOW), (Node(NOW - 86_400), NOW), (Node(NOW + 12), NOW + 12), (Node(NOW - 86_400, chain_id=31337), None),
])  # fmt: skip
def test_the_later_clock_counts_on_a_real_chain(at, chain, expected):
    assert _time(SESSION, at, chain) == expected


def test_a_time_that_was_asked_for_counts_alone():
    assert _time(SESSION, "2026-11-21T12:00Z", Node(NOW)) == 1_795_262_400
    assert _time(SESSION, "5", Node(NOW)) is None


@pytest.mark.parametrize(("chain", "at", "warned"), [
    (Node(NOW - 901), None, True), (Node(NOW - 900), None, False), (Node(NOW - 901), "5", False),
    (Node(NOW - 901, chain_id=31337), None, False), (None, None, False),
])  # fmt: skip
def test_a_node_that_is_behind_is_said(chain, at, warned):
    assert [code for code, _ in _lag(SESSION, at, chain)] == ["NODE_BEHIND"] * warned
