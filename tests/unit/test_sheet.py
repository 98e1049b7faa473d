"""Sheets: universes, prices, windows and synthetic histories; refusals first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from zkrisk.errors import BadFile, BadPrice, EmptyScenarios, InputError, NotFound, UnknownInstrument, ZkRiskError
from zkrisk.params import CASH_PRICE, MICRO
from zkrisk.sheet import (
    Parameters,
    Sheet,
    bundled_universes,
    history_from_files,
    history_from_series,
    load_sheet,
    load_universe,
    parse_series,
    parse_sheet,
    parse_universe,
    parse_wide,
    price_lots,
    return_e6_down,
    return_row,
    synthetic_history,
    window_from_closes,
)

MICRO_UNIVERSE = load_universe("micro-8")
LAST_DAY = date(2026, 11, 20)


def micro_dict():
    return json.loads(json.dumps(MICRO_UNIVERSE.to_dict()))


def micro_sheet(**changes):
    return Sheet.from_history(MICRO_UNIVERSE, synthetic_history(MICRO_UNIVERSE, seed=3, last_day=LAST_DAY), **changes)


def edited(path, value):
    document = micro_dict()
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return document


BAD_UNIVERSE = [
    (["tier"], "huge", "tier is not one of"),
    (["calendar"], [0], "calendar"),
    (["calendar"], [2, 1], "rising"),
    (["sectors"], ["A", "B", "C"], "2 sectors"),
    (["sectors"], ["STABLE", "OTHER"], "not in the list"),
    (["instruments", 1, "slot"], 2, "in order"),
    (["instruments", 1, "symbol"], "ETH", "twice"),
    (["instruments", 1, "symbol"], "1.5", "pattern"),
    (["instruments", 1, "kind"], "CASH", "only slot 0"),
    (["instruments", 0, "decimals"], 8, "cash has 6 decimals"),
    (["instruments", 0, "borrow_factor_bps"], 10_001, "counts in full"),
    (["instruments", 2, "decimals"], 9, "truncated"),
    (["instruments", 2, "liquidation_threshold_bps"], 10_001, "less than or equal"),
    (["instruments", 2, "borrow_factor_bps"], 9_999, "greater than or equal"),
    (["instruments", 2, "borrow_factor_bps"], 1 << 20, "less than"),
    (["instruments", 2, "note"], "x", "Extra"),
    (["stresses", 0, "returns"], {"DOGE": "-0.5"}, "not in the universe"),
    (["stresses", 0, "returns"], {"USD": "-0.5"}, "moves cash"),
    (["stresses", 0, "default"], "-1.000001", "stress return"),
    (["stresses", 0, "default"], "0.0000001", "decimals"),
    (["stresses", 0, "default"], "8.388608", "stress return"),
    (["schema"], "urn:zkrisk:universe/v2", "schema"),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD_UNIVERSE)
def test_universe_bad_field_raises(path, value, message):
    with pytest.raises(BadFile, match=message):
        parse_universe(edited(path, value))


def test_universe_unknown_name_or_symbol_raises():
    with pytest.raises(NotFound):
        load_universe("standard-33")
    with pytest.raises(UnknownInstrument, match="'DOGE' is not in universe micro-8"):
        MICRO_UNIVERSE.slot_of("DOGE")
    with pytest.raises(BadFile):
        parse_universe([])


def test_universe_bundled_ones_fill_their_tier_and_read_back():
    assert bundled_universes() == ("micro-8", "standard-32")
    for name in bundled_universes():
        universe = load_universe(name)
        assert parse_universe(json.loads(json.dumps(universe.to_dict()))).sha256 == universe.sha256
        assert len(universe.stresses) == universe.tier.stresses
        assert len(universe.sectors) == universe.tier.sectors
        assert any(stress.hypothetical for stress in universe.stresses)
        assert all(s.name.startswith("Hypothetical") == s.hypothetical for s in universe.stresses)
    standard = load_universe("standard-32")
    assert len(standard.instruments) == 32
    assert len(MICRO_UNIVERSE.instruments) < MICRO_UNIVERSE.size


def test_universe_perpetuals_carry_the_maintenance_margin_on_both_sides():
    for entry in load_universe("standard-32").instruments:
        if entry.kind == "PERPETUAL":
            assert entry.borrow_factor_bps - 10_000 == 10_000 - entry.liquidation_threshold_bps > 0


def test_stress_observed_figures_are_the_documented_ones():
    stresses = {s.id: s for s in load_universe("standard-32").stresses}
    figures = [
        ("mar-2020-7d", "BTC", -467_000),
        ("mar-2020-7d", "ETH", -508_000),
        ("mar-2020-30d", "BTC", -530_000),
        ("mar-2020-30d", "ETH", -583_000),
        ("may-2021-30d", "BTC", -431_000),
        ("may-2021-peak", "BTC", -463_000),
        ("hyp-l1-collapse", "NEAR", -999_960),
        ("ftx-2022-11-2d", "BTC", -230_000),
        ("ftx-2022-11", "BTC", -260_000),
        ("ftx-2022-11", "SOL", -605_000),
    ]
    for stress_id, symbol, expected in figures:
        assert stresses[stress_id].return_e6(symbol) == expected


def test_parameters_unused_slots_are_zero_in_every_row():
    rows, used = Parameters.from_universe(MICRO_UNIVERSE), len(MICRO_UNIVERSE.instruments)
    assert len(rows.rows()) == 2 + MICRO.sectors + MICRO.stresses
    assert all(len(row) == 8 and not any(row[used:]) for row in rows.rows())
    assert all(row[0] == 0 for row in rows.rows()[2:])


@pytest.mark.parametrize(
    "change",
    [
        {"liquidation_threshold_bps": (10_001, *(0,) * 7)},
        {"borrow_factor_bps": (1 << 20, *(0,) * 7)},
        {"borrow_factor_bps": (0,) * 7},
        {"sector": ((0,) * 8,)},
        {"sector": ((0, 2, 0, 0, 0, 0, 0, 0), (0,) * 8)},
        {"sector": ((1, 0, 0, 0, 0, 0, 0, 0), (0,) * 8)},
        {"stress_return": ((1, *(0,) * 7), *((0,) * 8,) * 3)},
        {"stress_return": ((0, -1_000_001, *(0,) * 6), *((0,) * 8,) * 3)},
        {"stress_return": ((0, 1 << 23, *(0,) * 6), *((0,) * 8,) * 3)},
    ],
)
def test_parameters_out_of_range_raises(change):
    with pytest.raises(InputError):
        replace(Parameters.from_universe(MICRO_UNIVERSE), **change).check(MICRO)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 0), (-1, 1)])
def test_return_close_not_positive_raises(before, after):
    with pytest.raises(BadPrice):
        return_e6_down(before, after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (100, 100, 0),
        (100, 110, 100_000),
        (3, 2, -333_334),
        (3, 4, 333_333),
        (10**12, 1, -1_000_000),
        (1, 10**6, (1 << 23) - 1),
        (1_000_000, 999_999, -1),
        (10_000_000, 9_999_999, -1),
    ],
)
def test_return_rounds_toward_minus_infinity_and_clamps(before, after, expected):
    assert return_e6_down(before, after) == expected


def test_return_row_cash_and_unused_slots_are_zero():
    assert return_row((5, 100), (9, 110), 4) == (0, 100_000, 0, 0)


def closes(count):
    return [f"2026-01-{day:02d}" for day in range(1, count + 1)], [(1, 100 + day) for day in range(count)]


def test_window_too_few_closes_raises():
    with pytest.raises(EmptyScenarios, match="16 closes give fewer than the 16 returns"):
        window_from_closes(MICRO, *closes(16))
    with pytest.raises(InputError, match="not complete"):
        window_from_closes(MICRO, *closes(17), ordinal=15)


@pytest.mark.parametrize("ordinal", [16, 17, 31, 32, 500])
def test_window_return_of_ordinal_o_lives_in_row_o_mod_s(ordinal):
    days, answers = closes(25)
    window = window_from_closes(MICRO, days, answers, ordinal=ordinal)
    for age in range(16):
        number, index = ordinal - age, 24 - age
        assert window.days[number % 16] == days[index]
        assert window.returns[number % 16] == return_row(answers[index - 1], answers[index], 8)
    assert (window.first_day, window.last_day) == (days[9], days[24])


def test_window_at_genesis_newest_return_is_in_row_0_as_in_the_contract():
    days, answers = closes(17)
    assert window_from_closes(MICRO, days, answers).days == (days[16], *days[1:16])


WIDE = "date,USDC,ETH,BTC,ETH-PERP,SOL\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("day,value\n", "no column 'date'"),
        ("date,price\n2026-01-01,1\n", "no column 'value'"),
        ("date,value\n2026-13-01,1\n", "row 2: the date"),
        ("date,value\n2026-01-01\n", "row 2: 1 columns"),
        ("date,value\n2026-01-01,0\n", "row 2: the price is not positive"),
        ("date,value\n2026-01-01,-1\n", "not positive"),
        ("date,value\n2026-01-01,nan\n", "not a finite number"),
        ("date,value\n2026-01-01,\n", "not a number"),
        ("date,value\n2026-01-01,1\n2026-01-01,2\n", "row 3: 2026-01-01 is there twice"),
    ],
)
def test_series_bad_row_raises(text, message):
    with pytest.raises(ZkRiskError, match=message):
        parse_series(text)


def wide(days):
    return parse_wide(WIDE + "".join(f"2026-01-{day:02d},1,3000.123456789,90000,3001,140\n" for day in days))


def test_history_gap_raises_with_the_day():
    with pytest.raises(BadPrice, match="USDC has no price of 2026-01-03"):
        history_from_series(MICRO_UNIVERSE, wide([1, 2, 4]))


def test_history_weekend_is_no_gap_when_the_calendar_has_none():
    weekdays = parse_universe(edited(["calendar"], [1, 2, 3, 4, 5]))
    history = history_from_series(weekdays, wide([1, 2, 5]))
    assert [day.day for day in history.days] == [1, 2, 5]


def test_history_missing_or_unknown_instrument_raises():
    series = wide([1, 2])
    with pytest.raises(UnknownInstrument):
        history_from_series(MICRO_UNIVERSE, {**series, "DOGE": series["ETH"]})
    del series["SOL"]
    with pytest.raises(InputError, match="SOL has no prices and no proxy"):
        history_from_series(MICRO_UNIVERSE, series)
    history = history_from_series(MICRO_UNIVERSE, series, proxies={"SOL": "ETH"})
    assert (history.proxies, history.closes[0][5]) == (("SOL",), history.closes[0][2])


def test_history_price_out_of_range_raises():
    series = wide([1])
    for price, message in (("0.000000001", "below one unit"), ("1e13", "2\\^64")):
        changed = {**series, "ETH": parse_series(f"date,value\n2026-01-01,{price}\n")}
        with pytest.raises(BadPrice, match=message):
            history_from_series(MICRO_UNIVERSE, changed)


def test_history_from_files_both_forms_agree(tmp_path):
    rows = {"USDC": "1", "ETH": "3000", "BTC": "90000", "ETH-PERP": "3001", "SOL": "140"}
    (tmp_path / "wide.csv").write_text(WIDE + "2026-01-01," + ",".join(rows.values()) + "\n")
    files = {}
    for symbol, price in rows.items():
        files[symbol] = tmp_path / f"{symbol}.csv"
        files[symbol].write_text(f"date,value\n2026-01-01,{price}\n")
    assert history_from_files(MICRO_UNIVERSE, files) == history_from_files(MICRO_UNIVERSE, tmp_path / "wide.csv")


def test_price_lots_is_exact():
    assert price_lots(MICRO_UNIVERSE, 2, 3000 * 10**8) == 3000 * 10**8
    assert price_lots(MICRO_UNIVERSE, 1, 10**8) == 10**10
    with pytest.raises(BadPrice):
        price_lots(MICRO_UNIVERSE, 2, 0)


def test_synthetic_bad_arguments_raise():
    for arguments in ({"seed": -1}, {"seed": 1, "days": 1}):
        with pytest.raises(InputError):
            synthetic_history(MICRO_UNIVERSE, last_day=LAST_DAY, **arguments)


def test_synthetic_same_seed_same_closes_other_seed_others():
    first, again, other = (synthetic_history(MICRO_UNIVERSE, seed=s, last_day=LAST_DAY) for s in (5, 5, 6))
    assert first == again
    assert first.closes != other.closes
    assert first.synthetic
    assert (len(first.days), first.days[-1]) == (17, LAST_DAY)


def test_synthetic_is_correlated_and_fat_tailed():
    universe = load_universe("standard-32")
    history = synthetic_history(universe, seed=11, last_day=LAST_DAY, days=2001)
    moves = {}
    for symbol in ("BTC", "ETH", "EUR", "WSTETH"):
        slot = universe.slot_of(symbol)
        column = [row[slot] for row in history.closes]
        moves[symbol] = [b / a - 1 for a, b in pairwise(column)]

    def moment(x, y):
        return sum(a * b for a, b in zip(x, y, strict=True)) / len(x)

    def correlation(a, b):
        return moment(moves[a], moves[b]) / (moment(moves[a], moves[a]) * moment(moves[b], moves[b])) ** 0.5

    assert 0.5 < correlation("BTC", "ETH") < 0.95
    assert correlation("ETH", "WSTETH") > 0.98
    assert abs(correlation("BTC", "EUR")) < 0.4
    squares = [m * m for m in moves["BTC"]]
    assert moment(squares, squares) / moment(moves["BTC"], moves["BTC"]) ** 2 > 4, "kurtosis above the normal's 3"


def test_sheet_is_marked_synthetic_wherever_it_shows():
    sheet = micro_sheet()
    assert sheet.synthetic
    assert sheet.window.seeded == 16
    assert "synthetic" in repr(sheet)
    assert sheet.warnings[0].startswith("SYNTHETIC")
    assert sheet.to_dict()["synthetic"] is True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prices": (1,) * 8}, "cash"),
        ({"prices": (CASH_PRICE, 0, 1, 1, 1, 1, 0, 0)}, "price is not in"),
        ({"prices": (CASH_PRICE, 2**64, 1, 1, 1, 1, 0, 0)}, "price is not in"),
        ({"prices": (CASH_PRICE, 1, 1, 1, 1, 1, 1, 0)}, "unused slot"),
        ({"prices": (CASH_PRICE,)}, "not 8 prices"),
        ({"blocked": (1, *(0,) * 7)}, "cash is blocked"),
        ({"blocked": (0, 2, *(0,) * 6)}, "blocked"),
        ({"epoch": -1}, "negative"),
    ],
)
def test_sheet_bad_value_raises(change, message):
    with pytest.raises(InputError, match=message):
        micro_sheet(**change)


def test_sheet_history_of_another_universe_raises():
    with pytest.raises(InputError, match="universe micro-8, not standard-32"):
        Sheet.from_history(load_universe("standard-32"), synthetic_history(MICRO_UNIVERSE, seed=1, last_day=LAST_DAY))


def test_sheet_saved_and_loaded_is_the_same(tmp_path):
    sheet = micro_sheet(epoch=490, window_ordinal=21, prices=(CASH_PRICE, 2**64 - 1, 5, 5, 5, 5, 0, 0))
    sheet.save(tmp_path / "sheet.json")
    loaded = load_sheet(tmp_path / "sheet.json")
    assert loaded == sheet
    assert (loaded.sha256, loaded.prices_sha256) == (sheet.sha256, sheet.prices_sha256)
    assert loaded.sha256 != micro_sheet(epoch=491).sha256
    assert f'"{2**64 - 1}"' in (tmp_path / "sheet.json").read_text(), "prices are decimal text"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epoch", "x"),
        ("epoch", 1.5),
        ("prices_e16", 5),
        ("synthetic", 1),
        ("schema", "v9"),
        ("window", {}),
        ("warnings", [1]),
    ],
)
def test_sheet_malformed_document_raises(field, value):
    with pytest.raises(BadFile):
        parse_sheet(json.dumps({**micro_sheet().to_dict(), field: value}))
