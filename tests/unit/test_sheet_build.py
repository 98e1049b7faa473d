"""Prices from CSV, and what becomes of them in a sheet: refusals first."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from made_prices import LAST_DAY, NOW_UNIX, OPTIONS, UNIVERSE, closes, edited, observed

from zkrisk.book.files import canonical_bytes, canonical_sha256
from zkrisk.errors import BadFile, BadPrice, EmptyScenarios, InputError, NotFound, PricesRefused, UnknownInstrument
from zkrisk.sheet import Sheet, load_sheet, parse_sheet
from zkrisk.sheet.build import (
    ScenarioRequest,
    Severity,
    build_sheet,
    daily_sheets,
    inspect_prices,
    read_instrument_file,
    read_wide_file,
    wide_csv,
)
from zkrisk.sheet.build.observations import parse_day


def written(folder, text, name="p.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(("text", "message"), [
    ("", "empty"), ("date,value\n2026-1-01,1\n", "not YYYY-MM-DD"), ("date,value\n2026-W01-1,1\n", "not YYYY-MM-DD"),
    ("date,value\n20260101,1\n", "not YYYY-MM-DD"), ("date,value\n,1\n", "row 2: the date"),
    ("date,value\n2026-02-30,1\n", "not YYYY-MM-DD"), ("date,value\n2026-01-01T00:00:00,1\n", "no zone"),
    ("date,value\n2026-01-01 16:00:00+00:00,1\n", "not 00:00 UTC"),
    ("date,value\n2026-01-01T00:00:00+01:00,1\n", "not 00:00 UTC"),
    ("date,value\n0001-01-01T00:00:00+05:00,1\n", "not YYYY-MM-DD"),
    ("date,value\n2026-01-01,nan\n", "row 2: the price is not a finite number"),
    ("date,value\n2026-01-01,1\n2026-01-02,1e\n", "row 3: the price is not a number"),
    ('date,value\n2026-01-01,"1,5"\n', "not a number"), ("day,value\n2026-01-01,1\n", "no column 'date'"),
    ("date,close\n2026-01-01,1\n", "no column 'value'"), ("date,date,value\n", "column twice"),
    ("date,value\n2026-01-01,1,2\n", "3 columns"), (b"date,value\n\xff,1\n", "not UTF-8"), (b"a\0b", "NUL"),
])  # fmt: skip
def test_instrument_file_that_cannot_be_read_refused(tmp_path, text, message):
    with pytest.raises((BadFile, BadPrice), match=message):
        read_instrument_file("BTC", written(tmp_path, text))


@pytest.mark.parametrize(("text", "error", "message"), [
    ("date,BTC,DOGE\n2026-01-01,1,2\n", UnknownInstrument, "DOGE"),
    ("date,BTC,USD\n2026-01-01,1,1\n", InputError, "cash"),
    ("date,BTC\n2026-01-01,x\n", BadPrice, "row 2"), ("BTC\n1\n", BadFile, "no column 'date'"),
])  # fmt: skip
def test_wide_file_that_cannot_be_read_refused(tmp_path, text, error, message):
    with pytest.raises(error, match=message):
        read_wide_file(UNIVERSE, written(tmp_path, text))
    with pytest.raises(BadFile, match="no column 'NOTE'"):
        read_wide_file(UNIVERSE, written(tmp_path, "date,BTC\n2026-01-01,1\n"), ignored=["NOTE"])


@pytest.mark.parametrize("text", [
    "2026-01-02", " 2026-01-02 ", "2026-01-02T00:00:00Z", "2026-01-02 00:00:00+00:00", "2026-01-02T02:00:00+02:00",
    "2026-01-01T19:00:00-05:00",
])  # fmt: skip
def test_days_are_plain_or_moments_at_midnight_utc(text):
    assert parse_day(text, 2, "p.csv") == date(2026, 1, 2)


def test_instrument_file_keeps_every_row_in_order_and_hashes_the_bytes(tmp_path):
    content = b"\xef\xbb\xbf,code,date,value\n7,X,2026-01-02,0.0769\n6,X,2026-01-01,\n6,X,2026-01-02,-1e-3\n"
    rows = read_instrument_file("BTC", written(tmp_path, content))
    assert [(e.row, e.day.day, e.price) for e in rows.entries] == [
        (2, 2, Decimal("0.0769")), (3, 1, None), (4, 2, Decimal("-0.001")),
    ]  # fmt: skip
    assert rows.source.sha256 == "sha256:" + hashlib.sha256(content).hexdigest()
    assert rows.source.name == "p.csv"


def test_wide_file_round_trips_and_leaves_out_what_is_ignored(tmp_path):
    market = edited("SOL", lambda rows: rows[:5] + rows[7:])
    path = written(tmp_path, wide_csv(market))
    again = read_wide_file(UNIVERSE, path)
    assert wide_csv(again) == path.read_text()
    noted = path.read_text().replace("\n", ",n\n").replace("SOL,n", "SOL,note", 1)
    assert wide_csv(read_wide_file(UNIVERSE, written(tmp_path, noted, "n.csv"), ignored=["note"])) == path.read_text()
    first, second = (inspect_prices(UNIVERSE, m, OPTIONS, now_unix=NOW_UNIX).history() for m in (market, again))
    assert first == second
    with pytest.raises(InputError, match="two prices"):
        wide_csv(edited("SOL", lambda rows: [*rows, replace(rows[-1], price=Decimal(1))]))


def test_refused_build_leaves_its_report_behind():
    reports = {}
    with pytest.raises(PricesRefused):
        build_sheet(UNIVERSE, edited("SOL", lambda rows: rows[:-3] + rows[-2:]), OPTIONS, now_unix=NOW_UNIX,
                    reports=reports)  # fmt: skip
    assert [finding.severity for finding in reports["prices"].errors] == [Severity.ERROR]


def test_built_sheet_says_where_it_comes_from_and_reads_back():
    market = edited("SOL", lambda rows: rows[:-3] + rows[-2:])
    built = build_sheet(UNIVERSE, market, replace(OPTIONS, fill_previous=True), now_unix=NOW_UNIX)
    sheet, origin = built.sheet, built.sheet.origin
    assert (sheet.synthetic, sheet.window.seeded, sheet.as_of_unix) == (False, 0, NOW_UNIX - 33 * 3_600)
    assert sheet.epoch == sheet.as_of_unix // 86_400
    assert sheet.warnings == (
        "PROXY: closes of another instrument stand in for ETH-PERP (ETH), USDC (USD)",
        "FILLED: SOL: filled with the close before: 1 day, 2026-11-18",
    )
    assert origin.options == (
        "--fill previous", "--last-day 2026-11-20", "--max-fill 3", "--proxy ETH-PERP=ETH", "--proxy USDC=USD",
        "--stamp close", "--scenarios rolling",
    )  # fmt: skip
    assert [source.name for source in origin.sources] == ["BTC.csv", "ETH.csv", "SOL.csv"]
    assert origin.report_sha256 == canonical_sha256(built.report_document)
    again = parse_sheet(canonical_bytes(sheet.to_dict()).decode())
    assert again == sheet and again.sha256 == sheet.sha256


def test_same_input_gives_the_same_sheet_whatever_the_clock_says():
    first, later = (
        build_sheet(UNIVERSE, observed(closes()), OPTIONS, now_unix=now).sheet for now in (NOW_UNIX, NOW_UNIX + 10**7)
    )
    assert canonical_bytes(first.to_dict()) == canonical_bytes(later.to_dict())


def test_built_sheet_equals_the_history_path_but_for_its_origin():
    inspected = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX)
    plain = Sheet.from_history(UNIVERSE, inspected.history())
    built = build_sheet(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX, epoch=1).sheet
    assert replace(built, origin=None, warnings=plain.warnings) == plain
    assert built.sha256 != plain.sha256


def edit_origin(sheet, change):
    document = json.loads(canonical_bytes(sheet.to_dict()))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize("change", [
    lambda d: d["origin"].pop("rules"), lambda d: d["origin"].update(more=1), lambda d: d["origin"].update(options="x"),
    lambda d: d["origin"].update(report_sha256="sha256:0"), lambda d: d["origin"]["sources"][0].update(name="a\nb"),
    lambda d: d["origin"]["window"].update(name=""), lambda d: d["origin"]["sources"].extend([1]),
    lambda d: d.update(origin=None), lambda d: d.update(unknown=1), lambda d: d["origin"].update(rules="x" * 401),
])  # fmt: skip
def test_malformed_origin_or_unknown_field_refused(change):
    sheet = build_sheet(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).sheet
    with pytest.raises(BadFile):
        parse_sheet(edit_origin(sheet, change))


def test_hash_covers_the_origin():
    sheet = build_sheet(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).sheet
    changed = parse_sheet(edit_origin(sheet, lambda d: d["origin"]["sources"][0].update(name="other.csv")))
    assert changed.prices == sheet.prices and changed.sha256 != sheet.sha256


def test_generated_prices_and_hypothetical_windows_are_marked_synthetic(tmp_path):
    made = build_sheet(UNIVERSE, observed(closes()), replace(OPTIONS, synthetic=True), now_unix=NOW_UNIX).sheet
    assert (made.synthetic, made.window.seeded) == (True, 16) and made.warnings[0].startswith("SYNTHETIC")
    request = ScenarioRequest(window="correlation-0.9")
    moved = build_sheet(UNIVERSE, observed(closes()), OPTIONS, request, now_unix=NOW_UNIX).sheet
    assert (moved.synthetic, moved.window.seeded) == (True, 16) and moved.warnings[0].startswith("HYPOTHETICAL")
    moved.save(tmp_path / "s.json")
    assert load_sheet(tmp_path / "s.json") == moved


@pytest.mark.parametrize("request_of", [{"lead": "a\nb"}, {"spreads": {"a\nb": "ETH"}}, {"spreads": {"ETH": "x"}}])
def test_symbols_that_are_none_refused_even_where_they_are_not_used(request_of):
    with pytest.raises(UnknownInstrument):
        build_sheet(UNIVERSE, observed(closes()), OPTIONS, ScenarioRequest(**request_of), now_unix=NOW_UNIX)


def test_name_of_a_file_that_does_not_print_is_readable_in_the_sheet(tmp_path):
    market = read_wide_file(UNIVERSE, written(tmp_path, wide_csv(observed(closes())), "a\nb\x1b.csv"))
    sheet = build_sheet(UNIVERSE, market, OPTIONS, now_unix=NOW_UNIX).sheet
    assert sheet.origin.sources[0].name == "a?b?.csv"
    assert parse_sheet(canonical_bytes(sheet.to_dict()).decode()) == sheet


@pytest.mark.parametrize("name", ["correlation", "correlation-x", "spread-x", "mars-2020", "worst:2020-01-01"])
def test_unknown_scenarios_refused(name):
    for request in (ScenarioRequest(window=name), ScenarioRequest(stresses=(name,))):
        with pytest.raises(NotFound):
            build_sheet(UNIVERSE, observed(closes()), OPTIONS, request, now_unix=NOW_UNIX)


def test_daily_sheets_differ_in_one_row_a_day_and_equal_those_made_alone():
    inspected = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX, closes=120)
    history = inspected.history()
    sheets = list(daily_sheets(UNIVERSE, history))
    assert len(sheets) == 120 - 16 and sheets[-1].window.last_day == LAST_DAY.isoformat()
    for before, after in pairwise(sheets):
        changed = [a != b for a, b in zip(before.window.returns, after.window.returns, strict=True)]
        assert sum(changed) == 1 and changed[after.window_ordinal % 16]
        assert (after.epoch, after.window_ordinal) == (before.epoch + 1, before.window_ordinal + 1)
    for place in (0, 7, 103):
        alone = replace(history, days=history.days[: place + 17], closes=history.closes[: place + 17])
        expected = Sheet.from_history(
            UNIVERSE, alone, epoch=sheets[place].epoch, window_ordinal=sheets[place].window_ordinal
        )
        assert replace(sheets[place], warnings=expected.warnings) == expected


def test_daily_sheets_need_a_whole_window():
    inspected = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX, closes=16)
    with pytest.raises(EmptyScenarios):
        next(daily_sheets(UNIVERSE, inspected.history()))


def test_daily_prices_of_proxies_follow_their_source():
    history = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).history()
    eth, perp, usdc = (UNIVERSE.slot_of(symbol) for symbol in ("ETH", "ETH-PERP", "USDC"))
    assert all(row[eth] == row[perp] and row[usdc] == 10**8 for row in history.closes)
    assert history.proxies == ("ETH-PERP", "USDC")
    assert history.days[0] == LAST_DAY - timedelta(days=16)
