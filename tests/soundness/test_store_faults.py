"""The store under kills, full disks, power cuts and damage, a few of each (L5); `tests.campaigns.store` runs many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns.sqlite_io import is_available
from tests.campaigns.store import Failed, full_disks, kills, powers, workshop
from tests.campaigns.store_work import OPERATIONS, Base
from tests.campaigns.store_worker import UNAVAILABLE, Case, run
from zkrisk.store import database

pytestmark = pytest.mark.skipif(not is_available(), reason="the SQLite of this Python cannot be reached")

SEED = 20_261_121


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Base, Path]]:
    with workshop() as found:
        yield found


def test_l5_kills_at_steps_and_moments_lose_nothing(place):
    killed = kills(40, SEED, *place)
    assert killed.total() == 40
    assert len(killed) > len(OPERATIONS) // 2


def test_l5_full_disks_and_short_writes_lose_nothing_and_are_named(place):
    reached = full_disks(24, SEED, *place)
    assert reached.total() - reached[UNAVAILABLE] == 24
    assert {"full", "short", "limit"} <= reached.keys()


@pytest.mark.parametrize("case", ["rekey:full:11", "rekey:sync-error:16", "rekey:remove-error:1", "backup:full:16"])
def test_l5_what_once_lost_a_commitment_or_left_as_a_bug_does_no_more(place, case):
    told = run(Case.parse(case), *place).told
    assert any(line.startswith("failed STORE 10 the ") for line in told)
    assert any(line.startswith("confirmed ") for line in told)


def test_l5_power_cuts_lose_nothing_and_damage_is_refused_or_without_effect(place):
    reached = powers(24, 24, SEED, *place)
    assert reached["cuts"] >= 24
    assert reached["refused"] > 0


def weaken(monkeypatch: pytest.MonkeyPatch, *pragmas: str) -> None:
    """Take a guarantee away, so that the tests above can be seen to fail."""
    real = database._connect

    def connect(path: Path) -> sqlite3.Connection:
        connection = real(path)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    monkeypatch.setattr(database, "_connect", connect)


def test_l5_kills_find_a_store_without_a_journal_on_the_disk(place, monkeypatch):
    weaken(monkeypatch, "journal_mode=MEMORY")
    with pytest.raises(Failed, match="--case update:"):
        kills(60, SEED, *place, operations=("update",))


def test_l5_power_cuts_find_a_store_that_does_not_sync(place, monkeypatch):
    weaken(monkeypatch, "synchronous=OFF")
    with pytest.raises(Failed, match=":power:"):
        powers(400, 0, SEED, *place)
