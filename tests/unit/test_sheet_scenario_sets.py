"""Scenario sets: files, correlations, spreads, crises; as windows and as stress rows. Refusals first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from made_prices import LAST_DAY, NOW_UNIX, OPTIONS, UNIVERSE, closes, observed

from zkrisk.book.files import canonical_text
from zkrisk.errors import BadFile, EmptyScenarios, InputError, UnknownInstrument
from zkrisk.sheet import load_universe, parse_universe, synthetic_history
from zkrisk.sheet.build import (
    ScenarioRequest,
    ScenarioSet,
    build_sheet,
    find_crisis,
    inspect_prices,
    parse_scenarios,
    transformed,
    window_set,
)
from zkrisk.sheet.build.crises import CRISES, crisis_set, default_lead
from zkrisk.sheet.build.hypothetical import spread_pairs, with_correlation, with_spreads
from zkrisk.sheet.build.scenario_sets import rolling_set

SYMBOLS = UNIVERSE.symbols[1:]
HEADER = "id," + ",".join(SYMBOLS)
ROW = "0.1,-0.05,0.2,0,-1"


def made_set(rows, *, symbols=("A", "B"), hypothetical=False):
    ids = tuple(f"r{place}" for place in range(len(rows)))
    return ScenarioSet("made", "a test", hypothetical, symbols, ids, ids, tuple(rows))


@pytest.mark.parametrize(("text", "message"), [
    ("", "empty"), (HEADER + "\n", "and rows"), (f"{HEADER[3:]}\n{ROW}\n", "column 'id' or 'date'"),
    (f"{HEADER}\nA,{ROW}\n", "an id is"), (f"{HEADER}\na,{ROW}\na,{ROW}\n", "twice"),
    (f"{HEADER}\na,nan,0,0,0,0\n", "not a finite"), (f"{HEADER}\na,,0,0,0,0\n", "not a number"),
    (f"{HEADER}\na,-1.0000001,0,0,0,0\n", "not in -1"), (f"{HEADER}\na,8.388608,0,0,0,0\n", "not in -1"),
    (f"{HEADER}\na,5%,0,0,0,0\n", "not a number"), ("id,ETH\na,0\n", "no return of USDC"),
    (f"{HEADER},USD\na,{ROW},0\n", "cash does not move"), (f"{HEADER}\na,0,0,0,0\n", "5 columns"),
    ("{", "not JSON"), ("{}", "schema"), ('{"schema": "urn:zkrisk:scenarios/v1"}', "rows being a list"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "rows": [], "x": 1}', "have the fields"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "rows": []}', "no rows"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "rows": [1]}', "not an object of"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "rows": [{"id": "a", "returns": []}]}', "no object"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "rows": [{"id": "a", "returns": {"ETH": "0"}}]}', "no return of"),
    ('{"schema": "urn:zkrisk:scenarios/v1", "name": "a\\n", "rows": []}', "name: not a printable"),
])  # fmt: skip
def test_malformed_file_refused(text, message):
    with pytest.raises(BadFile, match=message):
        parse_scenarios(text, UNIVERSE)


def test_unknown_column_refused():
    with pytest.raises(UnknownInstrument, match="DOGE"):
        parse_scenarios(f"{HEADER},DOGE\na,{ROW},0\n", UNIVERSE)


def test_csv_rounds_toward_minus_infinity_and_counts_as_hypothetical():
    found = parse_scenarios(f"{HEADER},name\na,0.0000019,-0.0000011,0,8.388607,-1,Worst\n", UNIVERSE, where="own.csv")
    assert found.returns == ((1, -2, 0, 8_388_607, -1_000_000),)
    assert (found.name, found.names, found.ids, found.hypothetical) == ("own", ("Worst",), ("a",), True)
    moved = ["id", *reversed(SYMBOLS)]
    turned = parse_scenarios(",".join(moved) + "\na,-1,8.388607,0,-0.0000011,0.0000019\n", UNIVERSE, where="own.csv")
    assert (turned.returns, turned.sha256) == (found.returns, found.sha256)


def test_json_is_what_a_set_writes():
    history = inspect_prices(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX).history()
    rolling = rolling_set(UNIVERSE, history)
    again = parse_scenarios(canonical_text(rolling.to_dict()), UNIVERSE)
    assert (again.returns, again.ids, again.sha256, again.name) == (
        rolling.returns, rolling.ids, rolling.sha256, "rolling",
    )  # fmt: skip
    assert again.hypothetical and not rolling.hypothetical


@pytest.mark.parametrize("make", [
    lambda: made_set([]), lambda: made_set([(1,)]), lambda: made_set([(1, 1 << 23)]),
    lambda: made_set([(1, -1_000_001)]),
    lambda: made_set([(1, 2)], symbols=("A", "A")), lambda: replace(made_set([(1, 2)]), ids=("a", "b")),
])  # fmt: skip
def test_inconsistent_set_refused(make):
    with pytest.raises((InputError, EmptyScenarios)):
        make()


def random_set(rows, count, *, seed=1):
    made = np.random.Generator(np.random.PCG64(seed))
    factor = made.standard_t(5, (rows, 1)) * 20_000
    values = np.rint(factor * made.uniform(0.3, 1, count) + made.standard_normal((rows, count)) * 15_000).astype(int)
    return made_set([tuple(map(int, row)) for row in values], symbols=tuple(f"S{n}" for n in range(count)))


@pytest.mark.parametrize("target", ["0.9", "0", "0.5", "0.99"])
@pytest.mark.parametrize(("rows", "count"), [(16, 5), (252, 31), (504, 127)])
def test_correlation_becomes_the_target_and_volatility_and_mean_stay(rows, count, target):
    base = random_set(rows, count)
    moved = with_correlation(base, Decimal(target))
    before, after = (np.array(s.returns, dtype=float) for s in (base, moved))
    pairs = np.corrcoef(after.T)[np.triu_indices(count, 1)]
    assert np.abs(pairs - float(target)).max() < 1e-3
    assert np.abs(after.std(axis=0) / before.std(axis=0) - 1).max() < 1e-3
    assert np.abs(after.mean(axis=0) - before.mean(axis=0)).max() <= 1
    assert (moved.hypothetical, moved.ids, moved.clamped) == (True, base.ids, 0)


def test_correlation_does_not_depend_on_the_order_of_instruments():
    base = random_set(60, 6)
    turned = replace(base, symbols=base.symbols[::-1], returns=tuple(row[::-1] for row in base.returns))
    first, second = (np.array(with_correlation(s, Decimal("0.9")).returns) for s in (base, turned))
    assert np.abs(first - second[:, ::-1]).max() <= 1


def test_correlation_moves_nothing_that_is_where_it_should_be():
    once = with_correlation(random_set(120, 8), Decimal("0.9"))
    twice = with_correlation(once, Decimal("0.9"))
    assert np.abs(np.array(once.returns) - np.array(twice.returns)).max() <= 5


def test_correlation_keeps_proxies_equal_and_the_still_still():
    base = random_set(40, 3)
    rows = [(*row, row[0], 0) for row in base.returns]
    moved = with_correlation(made_set(rows, symbols=(*base.symbols, "PROXY", "STILL")), Decimal("0.9"))
    assert all(row[3] == row[0] and row[4] == 0 for row in moved.returns)


def test_correlation_clamps_and_counts_what_no_row_can_hold():
    base = made_set([(-990_000, 5_000), (900_000, -4_000), (-980_000, -6_000), (950_000, 7_000)])
    moved = with_correlation(base, Decimal("0.99"))
    assert moved.clamped > 0 and min(min(row) for row in moved.returns) == -1_000_000


@pytest.mark.parametrize(("rows", "correlation", "message"), [
    ([(1, 2), (3, 5), (4, 4)], "1", "below 1"), ([(1, 2), (3, 5), (4, 4)], "-0.1", "below 1"),
    ([(1, 2), (3, 5)], "0.9", "too few"), ([(1, 0), (3, 0), (5, 0)], "0.9", "too few"),
    ([(1, 2), (2, 4), (5, 10)], "0.9", "follow exactly"),
])  # fmt: skip
def test_correlation_that_cannot_be_made_refused(rows, correlation, message):
    with pytest.raises(InputError, match=message):
        with_correlation(made_set(rows), Decimal(correlation))


def test_spread_widens_the_distance_to_the_base_toward_minus_infinity():
    base = made_set([(10_000, 12_000, 500), (-10_000, -10_003, -7)], symbols=("X", "X-PERP", "STABLE"))
    moved = with_spreads(base, Decimal("2.5"), {"X-PERP": "X", "STABLE": "USD"})
    assert moved.returns == ((10_000, 15_000, 1_250), (-10_000, -10_008, -18))
    assert moved.hypothetical and moved.name == "spread-x2.5"
    huge = with_spreads(base, Decimal(1_000), {"X-PERP": "X", "STABLE": "USD"})
    assert huge.clamped == 0 and with_spreads(huge, Decimal(1_000), {"X-PERP": "X", "STABLE": "USD"}).clamped == 4


@pytest.mark.parametrize(("factor", "pairs"), [
    ("0", {"B": "A"}), ("-1", {"B": "A"}), ("1001", {"B": "A"}), ("2.0000001", {"B": "A"}), ("2", {}),
])  # fmt: skip
def test_spread_out_of_range_refused(factor, pairs):
    with pytest.raises(InputError):
        with_spreads(made_set([(1, 2)]), Decimal(factor), pairs)


def test_spread_pairs_are_stablecoins_perpetuals_and_what_is_added():
    assert spread_pairs(UNIVERSE) == {"USDC": "USD", "ETH-PERP": "ETH"}
    standard = load_universe("standard-32")
    pairs = spread_pairs(standard, {"WSTETH": "ETH"})
    assert pairs["WSTETH"] == "ETH" and pairs["SOL-PERP"] == "SOL" and pairs["DAI"] == "USD"
    for bad in ({"ETH": "ETH-PERP"}, {"ETH": "ETH"}, {"USD": "ETH"}):
        with pytest.raises(InputError):
            spread_pairs(standard, bad)


def test_every_transform_works_on_the_window_of_a_standard_sheet():
    standard = load_universe("standard-32")
    history = synthetic_history(standard, seed=7, last_day=LAST_DAY)
    base = rolling_set(standard, history)
    for name in ("rolling", "correlation-0.9", "spread-x10"):
        found = transformed(base, name, standard)
        window = found.window(standard, observed=True)
        assert (len(window.returns), window.seeded, window.first_day) == (252, 252, base.ids[0])


def test_window_of_a_sheet_comes_back_in_order_of_time():
    for ordinal in (16, 17, 40):
        built = build_sheet(UNIVERSE, observed(closes()), OPTIONS, now_unix=NOW_UNIX, window_ordinal=ordinal)
        again = window_set(built.sheet)
        assert (again.ids, again.returns, again.sha256) == (built.window.ids, built.window.returns, built.window.sha256)


def crash(first, horizon, *, factor="0.5"):
    """Closes in which all coins fall on one day and come back after so many."""
    rows = closes(130)
    for coin in rows:
        rows[coin] = [
            replace(e, price=e.price * Decimal(factor)) if 0 <= place - first < horizon else e
            for place, e in enumerate(rows[coin])
        ]
    return rows


def span(text):
    first, last = LAST_DAY - timedelta(days=60), LAST_DAY
    return f"worst:{first}:{last}:{text}"


@pytest.mark.parametrize("horizon", ["1", "7", "peak"])
def test_crisis_takes_the_days_of_the_leads_worst_move_for_all(horizon):
    crisis = find_crisis(span(horizon))
    rows = crash(100, 40)
    history = inspect_prices(UNIVERSE, observed(rows), replace(OPTIONS, last_day=crisis.last_day), now_unix=NOW_UNIX,
                             closes=61).history()  # fmt: skip
    found = crisis_set(UNIVERSE, history, crisis, "BTC")
    slot = UNIVERSE.slot_of("BTC")
    btc = [row[slot] for row in history.closes]
    if horizon == "peak":
        pairs = [(a, b) for a in range(61) for b in range(a + 1, 61)]
    else:
        pairs = [(a, a + int(horizon)) for a in range(61 - int(horizon))]
    start, end = min(pairs, key=lambda pair: btc[pair[1]] / btc[pair[0]])
    for symbol, value in zip(found.symbols, found.returns[0], strict=True):
        column = [row[UNIVERSE.slot_of(symbol)] for row in history.closes]
        assert value == (column[end] - column[start]) * 10**6 // column[start]
    assert f"{history.days[start]} to {history.days[end]}" in found.source


@pytest.mark.parametrize("text", [
    "worst:2026-02-30:2026-03-01:1", "worst:2026-03-02:2026-03-01:1", "worst:2026-03-01:2026-03-05:5",
    "worst:2026-03-01:2026-03-05:0",
])  # fmt: skip
def test_span_that_is_none_refused(text):
    with pytest.raises(InputError):
        find_crisis(text)


def test_crises_are_found_by_name_and_by_row():
    assert find_crisis("mar-2020") == CRISES[0] and find_crisis("nothing") is None
    assert find_crisis("mar-2020-7d").horizons == (7,)
    assert default_lead(UNIVERSE) == "BTC"
    document = UNIVERSE.model_dump(mode="json", by_alias=True)
    document["instruments"] = document["instruments"][:2]
    document["stresses"] = []
    with pytest.raises(InputError, match="leads"):
        default_lead(parse_universe(document))


def test_stress_rows_join_those_of_the_universe_or_take_their_place():
    request = ScenarioRequest(stresses=(span("1"),))
    with pytest.raises(InputError, match="5 stress rows are more than the 4"):
        build_sheet(UNIVERSE, observed(crash(100, 40)), OPTIONS, request, now_unix=NOW_UNIX)
    own = made_set([(-1, -2, -3, -4, -5)], symbols=SYMBOLS, hypothetical=True)
    same = replace(own, ids=(UNIVERSE.stresses[1].id,), names=("Mine",))
    sheet = build_sheet(
        UNIVERSE, observed(closes()), OPTIONS, ScenarioRequest(stresses=(same,)), now_unix=NOW_UNIX
    ).sheet
    assert sheet.parameters.stress_ids == tuple(stress.id for stress in UNIVERSE.stresses)
    assert (sheet.parameters.stress_names[1], sheet.parameters.stress_return[1][:6]) == (
        "Mine",
        (0, -1, -2, -3, -4, -5),
    )
    assert not sheet.synthetic and sheet.origin.stresses[0].sha256 == same.sha256
    alone = replace(request, stresses=(span("1"), own), replace_stresses=True)
    built = build_sheet(UNIVERSE, observed(crash(100, 40)), OPTIONS, alone, now_unix=NOW_UNIX)
    assert built.sheet.parameters.stress_ids[1:] == ("r0", "unused-2", "unused-3")
    assert built.sheet.parameters.stress_return[2:] == ((0,) * 8,) * 2
    assert len(built.reports) == 2


def test_set_of_another_size_or_universe_makes_no_window():
    own = made_set([(-1, -2, -3, -4, -5)], symbols=SYMBOLS)
    with pytest.raises(EmptyScenarios, match="1 rows are not the 16"):
        build_sheet(UNIVERSE, observed(closes()), OPTIONS, ScenarioRequest(window=own), now_unix=NOW_UNIX)
    with pytest.raises(InputError, match="no returns of USDC"):
        made_set([(1, 2)], symbols=("ETH", "BTC")).rows(UNIVERSE)
    with pytest.raises(UnknownInstrument):
        made_set([(1, 2)]).rows(UNIVERSE)
    with pytest.raises(InputError, match="moves cash"):
        made_set([(1,)], symbols=("USD",)).rows(UNIVERSE)


def test_window_from_a_file_is_the_rows_of_the_file(tmp_path):
    rows = "\n".join(f"day-{place:02},{place}e-6,0,-{place}e-6,0,0" for place in range(16))
    own = parse_scenarios(f"{HEADER}\n{rows}\n", UNIVERSE)
    sheet = build_sheet(UNIVERSE, observed(closes()), OPTIONS, ScenarioRequest(window=own), now_unix=NOW_UNIX).sheet
    assert sheet.synthetic and (sheet.window.first_day, sheet.window.last_day) == ("day-00", "day-15")
    assert {row[:4] for row in sheet.window.returns} == {(0, n, 0, -n) for n in range(16)}
    assert json.loads(json.dumps(sheet.origin.to_dict()))["window"]["sha256"] == own.sha256
