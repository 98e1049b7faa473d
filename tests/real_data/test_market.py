"""Value at risk of a book of equal USD in five coins, on the 253 observed closes up to 2022-11-30."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

from tests.oracles import risk as oracle
from tests.real_data.market import COINS, real_market, real_series
from zkrisk.metrics import expected_shortfall, exposures_of, historical_var, loss_order, scenario_losses, tail_count

CONFIDENCE_BPS = 9_500


def real_losses():
    book, sheet = real_market()
    return book, sheet, scenario_losses(exposures_of(book, None, sheet.prices).cents, sheet.window.returns)


def test_window_is_252_observed_days():
    _, sheet, losses = real_losses()
    assert (sheet.window.first_day, sheet.window.last_day, len(losses)) == ("2022-03-24", "2022-11-30", 252)
    assert (sheet.synthetic, sheet.window.seeded, sheet.warnings) == (False, 0, ())


def test_var_is_the_13th_largest_loss_and_the_count_pins_it():
    _, _, losses = real_losses()
    threshold = historical_var(losses, CONFIDENCE_BPS)
    assert (tail_count(252, CONFIDENCE_BPS), loss_order(252, CONFIDENCE_BPS)) == (12, 13)
    assert threshold == sorted(losses, reverse=True)[12]
    assert sum(loss > threshold for loss in losses) <= 12
    assert sum(loss > threshold - 1 for loss in losses) > 12


def test_var_and_shortfall_agree_with_floats_on_the_raw_prices():
    """A second route that shares nothing: float returns of the printed prices, equal weights."""
    _, _, losses = real_losses()
    series = [real_series(coin) for coin in COINS]
    days = [day for day in sorted(series[0]) if date(2022, 3, 23) <= day <= date(2022, 11, 30)]
    assert len(days) == 253
    raw = []
    for before, after in pairwise(days):
        raw.append(-sum(20_000 * (float(s[after]) / float(s[before]) - 1) for s in series))
    raw.sort(reverse=True)
    slack_usd = 32 * 2 / 100 + 100_000 * 1e-6
    assert abs(historical_var(losses, CONFIDENCE_BPS) / 1e8 - raw[12]) < slack_usd
    mean = (sum(raw[:12]) + 0.6 * raw[12]) / 12.6
    shortfall = expected_shortfall(losses, CONFIDENCE_BPS)
    assert abs(shortfall.numerator / shortfall.denominator / 1e8 - mean) < slack_usd


def test_losses_agree_with_the_oracle_and_are_on_the_strict_side():
    book, sheet, losses = real_losses()
    for loss, row in zip(losses, sheet.window.returns, strict=True):
        assert Fraction(loss, 10**8) == oracle.loss_usd(book.long, book.short, sheet.prices, row)
        exact = oracle.exact_loss_usd(book.long, book.short, sheet.prices, row)
        assert 0 <= Fraction(loss, 10**8) - exact < Fraction(64, 100)
