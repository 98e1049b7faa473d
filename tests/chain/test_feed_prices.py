"""Closes read again from the feeds of a deployment, and sheets built of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from zkrisk.chain.feed_prices import feed_observations
from zkrisk.chain.feeds import push_prices, unix_day
from zkrisk.errors import BadPrice, PricesRefused
from zkrisk.fixedpoint import from_scaled
from zkrisk.sheet.build import BuildOptions, build_sheet

SPAN = timedelta(days=16)


def days_of(stage):
    """First and last day of the window on the chain."""
    last = stage.scene.plan.history(stage.chain.universe).days[-1]
    return last - SPAN, last


def test_closes_are_those_that_were_published(stage):
    chain, universe = stage.chain.pinned(), stage.chain.universe
    first, last = days_of(stage)
    history = stage.scene.plan.history(universe)
    found = feed_observations(chain, first, last)
    assert set(found) == set(universe.symbols[1:])
    for entry in universe.instruments[1:]:
        published = {
            day: from_scaled(row[entry.slot], entry.feed_decimals)
            for day, row in zip(history.days, history.closes, strict=True)
        }
        assert [(e.day, e.price) for e in found[entry.symbol].entries] == [
            (first + timedelta(days=n), published[first + timedelta(days=n)]) for n in range(17)
        ]
        assert found[entry.symbol].source.name == f"chain:31337:{chain.file.feeds[entry.symbol]}"


def test_sheet_built_from_feeds_has_the_window_of_the_chain(stage):
    chain = stage.chain.pinned()
    first, last = days_of(stage)
    onchain = chain.sheet(chain.newest_epoch())
    now_unix = chain.block_time()
    built = build_sheet(
        chain.universe,
        feed_observations(chain, first, last),
        BuildOptions(synthetic=True),
        now_unix=now_unix,
        window_ordinal=onchain.window_ordinal,
    ).sheet
    assert built.window.last_day == onchain.window.last_day
    assert (built.window.returns, built.window.days) == (onchain.window.returns, onchain.window.days)
    assert built.synthetic and built.as_of_unix == (unix_day(last) + 1) * 86_400


def test_feed_without_a_round_before_the_first_day_is_named(stage):
    first, _ = days_of(stage)
    long_ago = first - timedelta(days=4_000)
    with pytest.raises(BadPrice, match="has no round before"):
        feed_observations(stage.chain.pinned(), long_ago, long_ago)


def test_answer_that_is_none_is_a_gap_and_a_silent_feed_repeats_itself(stage):
    chain, universe = stage.chain, stage.chain.universe
    first, last = days_of(stage)
    quiet = last + timedelta(days=12)
    push_prices(stage.actor("deployer"), chain.file, {"SOL": 0}, (unix_day(last) + 2) * 86_400 - 60)
    found = feed_observations(chain.pinned(), first, quiet)
    assert found["SOL"].entries[-12].price is None
    assert len({entry.price for entry in found["ETH"].entries[-13:]}) == 1
    options = replace(BuildOptions(synthetic=True), last_day=quiet)
    with pytest.raises(PricesRefused) as caught:
        build_sheet(universe, found, options, now_unix=(unix_day(quiet) + 1) * 86_400)
    kinds = {(f["kind"], f["instrument"]) for f in caught.value.details["findings"] if f["severity"] == "ERROR"}
    assert {("GAP", "SOL"), ("STALE", "ETH")} <= kinds
