"""The book of today at other days' prices: refusals, then figures that a slow version works out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from zkrisk.book import parse_csv_book, quantise
from zkrisk.errors import EmptyScenarios, InputError
from zkrisk.metrics import historical_var, risk, scenario_losses
from zkrisk.report.replay import in_sample_forecasts, out_of_sample_forecasts, replay_history, replay_window
from zkrisk.sheet import Sheet, load_universe, synthetic_history

MICRO = load_universe("micro-8")
LAST = date(2026, 11, 20)
HISTORY = synthetic_history(MICRO, seed=5, last_day=LAST, days=40)
BOOK = quantise(
    parse_csv_book("instrument,long,short\nUSD,90000,0\nETH,20,0\nSOL,0,150\nUSDC,0,4000", MICRO, name="m"), MICRO
)


def report(ordinal=None):
    return risk(BOOK, Sheet.from_history(MICRO, HISTORY, window_ordinal=ordinal))


def test_history_of_another_universe_is_refused():
    other = replace(HISTORY, universe_id="standard-32")
    for call in (replay_history, lambda *args: out_of_sample_forecasts(*args, 9_000)):
        with pytest.raises(InputError):
            call(BOOK, MICRO, other)


def test_history_too_short_for_a_forecast_is_refused():
    count = MICRO.tier.scenarios
    short = replace(HISTORY, days=HISTORY.days[: count + 1], closes=HISTORY.closes[: count + 1])
    with pytest.raises(EmptyScenarios, match=str(count + 2)):
        out_of_sample_forecasts(BOOK, MICRO, short, 9_000)


@pytest.mark.parametrize("ordinal", [None, 21, 24])
def test_replay_of_the_window_ends_at_the_equity_and_meets_the_closes(ordinal):
    found, values = replay_window(report(ordinal)), replay_history(BOOK, MICRO, HISTORY)
    assert list(found.days) == sorted(found.days) == list(values.days[-len(found.days) :])
    assert found.equities[-1] == report().values.equity
    for walked, valued in zip(found.equities, values.equities[-len(found.days) :], strict=True):
        assert abs(Fraction(walked - valued, valued)) < Fraction(1, 10_000)  # returns are rounded to 10^-6


def test_replay_of_the_window_stops_where_a_held_price_came_from_nothing():
    sheet = Sheet.from_history(MICRO, HISTORY)
    rows = [list(row) for row in sheet.window.returns]
    rows[4][MICRO.slot_of("ETH")] = -(10**6)
    cut = replace(sheet, window=replace(sheet.window, returns=tuple(map(tuple, rows))))
    assert list(replay_window(risk(BOOK, cut)).days) == sorted(
        day for day in sheet.window.days if day >= sheet.window.days[4]
    )


def test_in_sample_exceptions_are_as_many_as_the_order_lets():
    found = in_sample_forecasts(report(), 9_000)
    assert not found.out_of_sample
    assert sum(loss > level for loss, level in zip(found.losses, found.value_at_risk, strict=True)) == 1
    assert sorted(found.losses) == sorted(report().losses)


def test_forecasts_use_the_days_before_alone():
    found = out_of_sample_forecasts(BOOK, MICRO, HISTORY, 9_000)
    count = MICRO.tier.scenarios
    assert found.out_of_sample and len(found.days) == len(HISTORY.days) - count - 1
    for place, day in enumerate(range(count + 1, len(HISTORY.days))):
        known = replace(HISTORY, days=HISTORY.days[:day], closes=HISTORY.closes[:day])
        sheet = Sheet.from_history(MICRO, known)
        before = risk(BOOK, sheet)
        assert found.value_at_risk[place] == historical_var(
            scenario_losses(before.exposures.cents, sheet.window.returns), 9_000
        )
        after = Sheet.from_history(
            MICRO, replace(HISTORY, days=HISTORY.days[: day + 1], closes=HISTORY.closes[: day + 1])
        )
        fall = before.values.equity - risk(BOOK, after).values.equity
        assert found.losses[place] == -(-fall // 10**8)
        assert found.days[place] == HISTORY.days[day].isoformat()
