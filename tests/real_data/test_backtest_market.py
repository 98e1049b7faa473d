"""The value at risk that is proved, of five real coins, forecast every day from 252 days, against the next day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from tests.real_data.market import COINS, real_series
from zkrisk.analytics import Backtest, backtest, rolling_forecasts
from zkrisk.sheet import return_e6_down

WINDOW = 252
EXPOSURES = (0, *(2_000_000 for _ in COINS))
FIRST_DAY, LAST_DAY = date(2021, 1, 1), date(2024, 12, 31)


@pytest.fixture(scope="module")
def history():
    """Days and returns of the closes that all coins have; a day that one lacks is left out."""
    series = [real_series(coin) for coin in COINS]
    days = sorted(day for day in set.intersection(*map(set, series)) if FIRST_DAY <= day <= LAST_DAY)
    closes = [[int(prices[day] * 10**10) for prices in series] for day in days]
    return days[1:], [(0, *map(return_e6_down, before, after)) for before, after in pairwise(closes)]


def run(history, level) -> Backtest:
    days, rows = history
    return backtest(
        *rolling_forecasts(EXPOSURES, rows, WINDOW, level), level, days=[d.isoformat() for d in days[WINDOW:]]
    )


@pytest.mark.parametrize("level", [9_500, 9_750, 9_900])
def test_real_exceptions_are_as_rare_as_forecast(history, level):
    found = run(history, level)
    assert found.observations > 1_000
    assert found.kupiec.p_value > 0.05


def test_real_exceptions_cluster_at_95_percent(history):
    """Crashes come in rows: the test of independence says so where there are enough exceptions to see it."""
    found = run(history, 9_500)
    assert found.transitions.n11 > found.expected_exceptions * len(found.exceptions) / found.observations
    assert found.independence.p_value < 0.05


def test_real_last_250_days_are_in_the_green_zone(history):
    assert str(run(history, 9_900).basel.zone) == "GREEN"


def test_real_exceptions_agree_with_floats(history):
    """A second route that shares nothing: equal weights of float returns, a sorted window."""
    _, rows = history
    moves = [sum(row) / len(COINS) for row in rows]
    float_exceptions = [
        day - WINDOW
        for day in range(WINDOW, len(moves))
        if moves[day] < sorted(moves[day - WINDOW : day])[WINDOW * 100 // 10_000]
    ]
    assert float_exceptions == list(run(history, 9_900).exceptions)
