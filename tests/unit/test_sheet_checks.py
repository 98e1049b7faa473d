"""What validation finds in prices: each thing where it is, and not where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from made_prices import (
    LAST_DAY,
    NOW_UNIX,
    OPTIONS,
    UNIVERSE,
    closes,
    edited,
    found,
    observed,
    priced,
)

from zkrisk.errors import InputError, PricesRefused, UnknownInstrument
from zkrisk.sheet import parse_universe
from zkrisk.sheet.build import (
    ALLOWABLE,
    FindingKind,
    Observation,
    Severity,
    Split,
    Stamp,
    Thresholds,
    inspect_prices,
)
from zkrisk.sheet.build.alignment import correlation_bps

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def kinds(findings):
    return [(finding.kind.value, finding.severity, finding.symbol, finding.count) for finding in findings]


def level(rows, start, factor):
    """All rows from a place on times a factor."""
    return rows[:start] + [priced(entry, factor) for entry in rows[start:]]


def test_clean_prices_have_no_finding():
    assert found(observed(closes())) == ()


DAY = -6
TABLE = {
    "gap": (lambda rows: rows[:DAY] + rows[DAY + 1 :], [("GAP", ERROR, "SOL", 1)]),
    "empty cell": (lambda rows: [*rows[:DAY], replace(rows[DAY], price=None), *rows[DAY + 1 :]],
                   [("GAP", ERROR, "SOL", 1)]),
    "late start": (lambda rows: rows[-5:], [("GAP", ERROR, "SOL", 12), ("UNCHECKED", INFO, "ETH, BTC, SOL", 1)]),
    "gap before the span": (lambda rows: rows[:-40] + rows[-39:], []),
    "the same day twice": (lambda rows: [*rows[:DAY], rows[DAY], *rows[DAY:]], [("DUPLICATE", WARNING, "SOL", 1)]),
    "two prices of a day": (lambda rows: [*rows[:DAY], priced(rows[DAY], "1.001"), *rows[DAY:]],
                            [("DUPLICATE", ERROR, "SOL", 1)]),
    "not in order": (lambda rows: [*rows[:DAY], rows[DAY + 1], rows[DAY], *rows[DAY + 2 :]],
                     [("UNSORTED", WARNING, "SOL", 1)]),
    "newest first": (lambda rows: rows[::-1], [("UNSORTED", WARNING, "SOL", 129)]),
    "zero": (lambda rows: [*rows[:DAY], replace(rows[DAY], price=Decimal(0)), *rows[DAY + 1 :]],
             [("NON_POSITIVE", ERROR, "SOL", 1)]),
    "negative": (lambda rows: [*rows[:DAY], replace(rows[DAY], price=Decimal(-2)), *rows[DAY + 1 :]],
                 [("NON_POSITIVE", ERROR, "SOL", 1)]),
    "next to nothing": (lambda rows: [*rows[:DAY], replace(rows[DAY], price=Decimal("1e-25")), *rows[DAY + 1 :]],
                        [("NON_POSITIVE", ERROR, "SOL", 1)]),
    "negative long ago": (lambda rows: [priced(rows[0], "-1"), *rows[1:]], []),
    "a wrong tick": (lambda rows: [*rows[:DAY], priced(rows[DAY], "1.6"), *rows[DAY + 1 :]],
                     [("OUTLIER", ERROR, "SOL", 1)]),
    "a wrong tick of a tenth": (lambda rows: [*rows[:DAY], priced(rows[DAY], "0.1"), *rows[DAY + 1 :]],
                                [("OUTLIER", ERROR, "SOL", 1)]),
    "a move that stays": (lambda rows: level(rows, DAY, "1.42"), [("OUTLIER", WARNING, "SOL", 1)]),
    "beyond any bound": (lambda rows: level(rows, DAY, "0.013"), [("OUTLIER", ERROR, "SOL", 1)]),
    "a move long ago": (lambda rows: level(rows, 20, "1.42"), []),
    "2:1": (lambda rows: level(rows, DAY, "0.5"), [("SPLIT", ERROR, "SOL", 1)]),
    "10:1": (lambda rows: level(rows, DAY, "0.1"), [("SPLIT", ERROR, "SOL", 1)]),
    "1:8": (lambda rows: level(rows, DAY, "8"), [("SPLIT", ERROR, "SOL", 1)]),
    "stale": (lambda rows: [*rows[:-5], *(replace(entry, price=rows[-6].price) for entry in rows[-5:])],
              [("STALE", WARNING, "SOL", 6)]),
    "stale for long": (lambda rows: [*rows[:-9], *(replace(entry, price=rows[-10].price) for entry in rows[-9:])],
                       [("STALE", ERROR, "SOL", 10)]),
    "four equal": (lambda rows: [*rows[:-3], *(replace(entry, price=rows[-4].price) for entry in rows[-3:])], []),
    "a day late": (lambda rows: [replace(entry, day=entry.day + timedelta(days=1)) for entry in rows],
                   [("MISALIGNED", ERROR, "SOL", 1)]),
    "a day early": (lambda rows: [replace(e, day=e.day - timedelta(days=1)) for e in rows]
                    + [Observation(999, LAST_DAY, priced(rows[-1], "1.01").price)],
                    [("MISALIGNED", ERROR, "SOL", 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_finding_where_it_is(name):
    change, expected = TABLE[name]
    assert kinds(found(edited("SOL", change))) == expected


def test_day_that_is_not_over_is_an_error_and_a_last_day_leaves_it_out():
    rows = closes()
    for coin in rows:
        rows[coin] += [Observation(200 + n, LAST_DAY + timedelta(days=n), rows[coin][-1].price) for n in (1, 2)]
    assert kinds(found(observed(rows))) == [("FUTURE", ERROR, coin, 1) for coin in rows]
    assert found(observed(rows), replace(OPTIONS, last_day=LAST_DAY + timedelta(days=1))) == ()


def test_a_crash_of_all_is_no_split():
    rows = {coin: level(entries, DAY, "0.5") for coin, entries in closes().items()}
    assert {(f.kind, f.severity) for f in found(observed(rows))} == {(FindingKind.OUTLIER, WARNING)}


@pytest.mark.parametrize(("factors", "kind"), [
    ({"SOL": "0.5"}, FindingKind.SPLIT), ({"SOL": "0.5", "BTC": "0.5"}, FindingKind.OUTLIER),
    ({"SOL": "2", "BTC": "2", "ETH": "2"}, FindingKind.OUTLIER), ({"SOL": "2"}, FindingKind.SPLIT),
])  # fmt: skip
def test_split_is_judged_by_the_lower_median_of_the_others(factors, kind):
    rows = closes()
    for coin, factor in factors.items():
        rows[coin] = level(rows[coin], DAY, factor)
    assert {(f.symbol, f.kind) for f in found(observed(rows))} == {(coin, kind) for coin in factors}


def test_two_instruments_that_do_not_fit_are_both_named():
    rows = closes()
    late = [replace(entry, day=entry.day + timedelta(days=1)) for entry in rows["BTC"]]
    pair = {"ETH": rows["ETH"], "BTC": late}
    options = replace(OPTIONS, proxies={**OPTIONS.proxies, "SOL": "ETH"})
    findings = found(observed(pair), options)
    assert kinds(findings) == [("MISALIGNED", ERROR, "ETH", 1), ("MISALIGNED", ERROR, "BTC", 1)]
    assert "a day early" in findings[0].message and "a day late" in findings[1].message


@pytest.mark.parametrize("count", [20, 60])
def test_too_few_days_are_not_compared_and_it_is_said(count):
    findings = found(observed(closes(count)))
    assert kinds(findings) == [("UNCHECKED", INFO, "ETH, BTC, SOL", 1)]


def test_independent_instruments_are_not_called_misaligned():
    rows = {coin: closes(seed=place)[coin] for place, coin in enumerate(("ETH", "BTC", "SOL"))}
    assert found(observed(rows)) == ()


def test_weekends_are_no_gap_for_a_calendar_without_them():
    document = UNIVERSE.model_dump(mode="json", by_alias=True) | {"calendar": [1, 2, 3, 4, 5]}
    working = parse_universe(document)
    rows = {c: [e for e in entries if e.day.isoweekday() < 6] for c, entries in closes().items()}
    report = inspect_prices(working, observed(rows), OPTIONS, now_unix=NOW_UNIX).report
    assert report.findings == () and report.closes == 17 and report.first_day == date(2026, 10, 29)
    every_day = inspect_prices(working, observed(closes()), OPTIONS, now_unix=NOW_UNIX).report
    assert {f.kind for f in every_day.findings} == {FindingKind.OFF_CALENDAR} and every_day.errors == ()


ALLOWED = {"a wrong tick": "OUTLIER", "2:1": "SPLIT", "stale for long": "STALE", "a day late": "MISALIGNED"}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_may_be_true_can_be_allowed_by_its_name_alone(name):
    change, kind = TABLE[name][0], FindingKind(ALLOWED[name])
    allowed = found(edited("SOL", change), replace(OPTIONS, allow=frozenset({kind})))
    assert [finding.severity for finding in allowed] == [WARNING]
    others = found(edited("SOL", change), replace(OPTIONS, allow=ALLOWABLE - {kind}))
    assert [finding.severity for finding in others] == [ERROR]


@pytest.mark.parametrize("kind", sorted(set(FindingKind) - ALLOWABLE))
def test_what_cannot_be_true_cannot_be_allowed(kind):
    with pytest.raises(InputError, match="can be allowed"):
        replace(OPTIONS, allow=frozenset({kind}))


def test_fill_repeats_the_close_before_and_says_so():
    market = edited("SOL", lambda rows: rows[:DAY] + rows[DAY + 1 :])
    inspected = inspect_prices(UNIVERSE, market, replace(OPTIONS, fill_previous=True), now_unix=NOW_UNIX)
    assert kinds(inspected.report.warnings) == [("FILLED", WARNING, "SOL", 1)]
    history, slot = inspected.history(), UNIVERSE.slot_of("SOL")
    assert history.closes[DAY][slot] == history.closes[DAY - 1][slot]
    plain = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).history()
    assert [row for place, row in enumerate(history.closes) if place != 17 + DAY] == [
        row for place, row in enumerate(plain.closes) if place != 17 + DAY
    ]


@pytest.mark.parametrize(("missing", "expected"), [
    (3, [("FILLED", WARNING, "SOL", 3)]),
    (4, [("GAP", ERROR, "SOL", 1), ("FILLED", WARNING, "SOL", 3)]),
])  # fmt: skip
def test_fill_ends_after_three_days(missing, expected):
    market = edited("SOL", lambda rows: rows[:-10] + rows[-10 + missing :])
    assert kinds(found(market, replace(OPTIONS, fill_previous=True))) == expected


def test_fill_has_nothing_to_repeat_before_the_first_close():
    market = edited("SOL", lambda rows: rows[-16:])
    findings = found(market, replace(OPTIONS, fill_previous=True))
    assert ("GAP", ERROR, "SOL", 1) in kinds(findings)


def test_split_applied_gives_the_prices_without_it():
    day = closes()["SOL"][DAY].day
    market = edited("SOL", lambda rows: level(rows, DAY, "0.1"))
    options = replace(OPTIONS, splits=(Split("SOL", day, 10),))
    inspected = inspect_prices(UNIVERSE, market, options, now_unix=NOW_UNIX)
    assert kinds(inspected.report.warnings) == [("SPLIT_APPLIED", WARNING, "SOL", 124)]
    tenth = edited("SOL", lambda rows: level(rows, 0, "0.1"))
    assert inspected.history() == inspect_prices(UNIVERSE, tenth, OPTIONS, now_unix=NOW_UNIX).history()


def test_split_by_three_rounds_down_to_the_feed_exactly():
    day = closes()["SOL"][DAY].day
    options = replace(OPTIONS, splits=(Split("SOL", day, 3),))
    history = inspect_prices(
        UNIVERSE, edited("SOL", lambda rows: level(rows, DAY, "0.3333")), options, now_unix=NOW_UNIX
    ).history()
    slot = UNIVERSE.slot_of("SOL")
    whole = [int(entry.price * 10**8) for entry in closes()["SOL"][-17:DAY]]
    assert [row[slot] for row in history.closes[: 17 + DAY]] == [value // 3 for value in whole]


def test_shift_moves_the_dates_back_and_says_so():
    change, _ = TABLE["a day late"]
    market = edited("SOL", change)
    inspected = inspect_prices(UNIVERSE, market, replace(OPTIONS, shifts={"SOL": -1}), now_unix=NOW_UNIX)
    assert kinds(inspected.report.warnings) == [("SHIFTED", WARNING, "SOL", 130)]
    assert inspected.history() == inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).history()


def test_open_stamp_dates_every_price_a_day_back():
    rows = {c: [replace(e, day=e.day + timedelta(days=1)) for e in entries] for c, entries in closes().items()}
    opened = inspect_prices(UNIVERSE, observed(rows), replace(OPTIONS, stamp=Stamp.OPEN), now_unix=NOW_UNIX)
    closed = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX)
    assert opened.history() == closed.history()


def test_rounding_is_down_and_counted():
    market = edited("SOL", lambda rows: [*rows[:-1], replace(rows[-1], price=Decimal("199.999999999"))])
    inspected = inspect_prices(UNIVERSE, market, OPTIONS, now_unix=NOW_UNIX)
    assert [(f.kind.value, f.symbol, f.count) for f in inspected.report.findings] == [("ROUNDED", "SOL", 1)]
    assert inspected.history().closes[-1][UNIVERSE.slot_of("SOL")] == 19_999_999_999


def test_report_with_an_error_refuses_its_history_and_names_everything():
    inspected = inspect_prices(
        UNIVERSE, edited("SOL", lambda rows: rows[:DAY] + rows[DAY + 1 :]), OPTIONS, now_unix=NOW_UNIX
    )
    with pytest.raises(PricesRefused, match="GAP in SOL: no close on 1 of 17 days: 2026-11-15") as caught:
        inspected.history()
    assert (caught.value.exit_code, caught.value.code) == (3, "PRICES_REFUSED")
    assert caught.value.details["findings"] == inspected.report.to_dict()["findings"]


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"proxies": {}}, InputError, "USDC has no prices and no proxy"),
    ({"proxies": {"USDC": "USD", "ETH-PERP": "USDC"}}, InputError, "ETH-PERP has no prices and no proxy"),
    ({"proxies": {"USDC": "USD", "ETH-PERP": "DOGE"}}, UnknownInstrument, "DOGE"),
    ({"stress_proxies": {"SOL": "a\nb"}}, UnknownInstrument, "not in universe"),
    ({"shifts": {"USDC": 1}}, InputError, "USDC has no prices to repair"),
    ({"splits": (Split("SOL", date(1990, 1, 1), 2),)}, InputError, "both sides"),
])  # fmt: skip
def test_options_that_fit_nothing_refused(changes, error, message):
    with pytest.raises(error, match=message):
        inspect_prices(UNIVERSE, observed(closes()), replace(OPTIONS, **changes), now_unix=NOW_UNIX)


@pytest.mark.parametrize("make", [
    lambda: Split("SOL", LAST_DAY, 2, 2), lambda: Split("SOL", LAST_DAY, 0), lambda: replace(OPTIONS, max_fill_days=0),
    lambda: replace(OPTIONS, shifts={"SOL": 400}), lambda: Thresholds(stale_days=1), lambda: Thresholds(sigmas=0),
])  # fmt: skip
def test_options_out_of_range_refused(make):
    with pytest.raises(InputError):
        make()


def test_correlation_is_exact_at_its_ends_and_none_without_movement():
    assert correlation_bps([1, 2, 3], [10, 20, 30]) == 10_000
    assert correlation_bps([1, 2, 3], [3, 2, 1]) == -10_000
    assert correlation_bps([1, 2, 3], [5, 5, 5]) == 0
