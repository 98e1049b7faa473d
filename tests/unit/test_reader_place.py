"""Which wrap of a binding is for a reader's key: keepers first, then whoever was the auditor when it was bound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from zkrisk.chain import bindings
from zkrisk.chain.bindings import BoundBook, reader_place
from zkrisk.commitment import Ciphertext
from zkrisk.edwards import Point, public_key

KEEPERS = tuple(public_key(number) for number in (5, 6))
OLD, NEW = (public_key(number) for number in (7, 8))
BLOCK, TIME = 100, 1_800_000_000


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns where a key's wrap stands, for auditors that were set: block, key, from, until."""

    def find(key: Point, *auditors: tuple[int, Point, int, int], wraps: tuple[int, ...] = (1, 2, 3)) -> int | None:
        found = tuple(
            SimpleNamespace(block_number=block, args={"x": x, "y": y, "from": start, "until": end})
            for block, (x, y), start, end in auditors
        )
        monkeypatch.setattr(bindings, "read_events", lambda *_, **__: found)
        chain: Any = SimpleNamespace(
            rpc=SimpleNamespace(block_time=lambda _: TIME),
            deployment=SimpleNamespace(readers="0x"),
            file=SimpleNamespace(block=0),
            read=lambda asked: asked,
            readers=SimpleNamespace(functions=SimpleNamespace(keepersOf=lambda _: KEEPERS)),
        )
        return reader_place(chain, BoundBook("0x", Ciphertext(1, OLD, wraps, ()), 1, BLOCK), key)

    return find


def test_keepers_stand_first_in_their_order(place: Any) -> None:
    assert [place(key) for key in KEEPERS] == [0, 1]
    assert place(KEEPERS[1], (50, KEEPERS[1], 0, TIME)) == 1


def test_auditor_of_the_time_follows_and_one_before_or_after_does_not(place: Any) -> None:
    assert place(OLD, (50, OLD, TIME, TIME)) == 2
    assert place(OLD) is None
    for period in ((0, TIME - 1), (TIME + 1, TIME + 2)):
        assert place(OLD, (50, OLD, *period)) is None
    replaced = (50, OLD, 0, TIME), (60, NEW, 0, TIME)
    assert (place(OLD, *replaced), place(NEW, *replaced)) == (None, 2)
    assert place(OLD, (50, OLD, 0, TIME), (60, (0, 0), 0, 0)) is None


def test_auditor_replaced_in_the_block_of_the_binding_may_be_either(place: Any) -> None:
    """Else an owner who binds and changes the auditor in one block would hide the book from who can read it."""
    both = (50, OLD, 0, TIME), (BLOCK, NEW, 0, TIME)
    assert (place(OLD, *both), place(NEW, *both)) == (2, 2)
    removed = (50, OLD, 0, TIME), (BLOCK, (0, 0), 0, 0)
    assert place(OLD, *removed) == 2


@pytest.mark.parametrize("wraps", [(1, 2), (1, 2, 0)])
def test_auditor_set_after_the_binding_in_its_block_has_no_wrap(place: Any, wraps: tuple[int, ...]) -> None:
    assert place(NEW, (BLOCK, NEW, 0, TIME), wraps=wraps) is None
