"""Volatility surfaces: a strict reader, no free calendar spread, and the interpolation rule."""

from __future__ import annotations

import json
import math
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkrisk.errors import BadFile, InputError
from zkrisk.pricing import parse_surface

DAY = 86_400
NOW = 1_800_000_000
WEEK, QUARTER = NOW + 7 * DAY, NOW + 90 * DAY


def points(*pairs):
    return [{"at": at, "vol": vol} for at, vol in pairs]


DOCUMENT = {
    "schema": "urn:zkrisk:vol-surface/v1",
    "underlying": "BTC",
    "as_of_unix": NOW,
    "spot": "100000",
    "axis": "moneyness",
    "smiles": [
        {"expiry_unix": WEEK, "forward": "100100", "points": points(("0.8", "0.7"), ("1", "0.5"), ("1.25", "0.6"))},
        {"expiry_unix": QUARTER, "forward": "102000", "points": points(("0.5", "0.8"), ("1", "0.55"), ("2", "0.65"))},
    ],
}


def surface_of(document=DOCUMENT):
    return parse_surface(json.dumps(document), "surface.json")


def edited(path, value):
    document = deepcopy(DOCUMENT)
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return document


FIRST = ["smiles", 0]
BAD = [
    (["schema"], "urn:zkrisk:vol-surface/v2", "schema"),
    (["extra"], "1", "extra"),
    (["axis"], "delta", "axis"),
    (["spot"], "0", "spot"),
    (["spot"], "NaN", "spot"),
    (["spot"], True, "spot"),
    (["underlying"], "1BTC", "underlying"),
    (["as_of_unix"], "1.5", "as_of_unix"),
    (["as_of_unix"], WEEK, "expiries"),
    (["smiles"], [], "smiles"),
    ([*FIRST, "expiry_unix"], QUARTER, "expiries"),
    ([*FIRST, "forward"], "-1", "forward"),
    ([*FIRST, "points"], [], "points"),
    ([*FIRST, "points", 0, "vol"], "0", "vol"),
    ([*FIRST, "points", 0, "vol"], "101", "vol"),
    ([*FIRST, "points", 0, "vol"], [], "vol"),
    ([*FIRST, "points", 0, "at"], "1", "rising"),
    ([*FIRST, "points", 0, "at"], "1e999", "at"),
    ([*FIRST, "points", 1, "vol"], "2.5", "total variance falls"),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD)
def test_parse_surface_bad_document_is_refused(path, value, message):
    with pytest.raises(BadFile, match=message) as found:
        surface_of(edited(path, value))
    assert found.value.where == "surface.json"


@pytest.mark.parametrize("text", ["", "[]", "null", '{"schema": 1}', '{"a": 1, "a": 2}', "[" * 40])
def test_parse_surface_not_a_surface_is_refused(text):
    with pytest.raises(BadFile):
        parse_surface(text)


def test_surface_calendar_spread_that_is_free_between_the_points_only_of_one_expiry_is_refused():
    document = edited(["smiles", 1, "points"], points(("0.5", "0.8"), ("1.25", "0.12"), ("2", "0.65")))
    with pytest.raises(BadFile, match="calendar spread"):
        surface_of(document)


def test_surface_that_is_equal_in_total_variance_is_no_free_spread():
    flat = edited(["smiles", 0, "points"], points(("1", "0.6")))
    late = 0.6 * math.sqrt(7 / 90)
    flat["smiles"][1]["points"] = points(("1", repr(late)))
    assert surface_of(flat).volatility(QUARTER, 0.3) == pytest.approx(late)


def test_surface_round_trips_and_hashes_by_content():
    surface = surface_of()
    again = parse_surface(json.dumps(surface.to_dict()))
    assert again == surface and hash(again) == hash(surface) and again.sha256 == surface.sha256
    assert surface_of(edited(["smiles", 0, "points", 0, "vol"], "0.71")).sha256 != surface.sha256


def test_surface_json_numbers_are_taken_as_written():
    text = json.dumps(DOCUMENT).replace('"0.7"', "0.70000000000000000001")
    assert str(parse_surface(text).smiles[0].points[0].vol) == "0.70000000000000000001"


def test_volatility_at_a_point_is_the_point_s():
    surface = surface_of()
    for smile in surface.smiles:
        for point in smile.points:
            found = surface.volatility(smile.expiry_unix, math.log(point.at))
            assert found == pytest.approx(float(point.vol), rel=1e-12)


def test_volatility_by_strike_is_volatility_by_moneyness():
    document = deepcopy(DOCUMENT) | {"axis": "strike"}
    for smile in document["smiles"]:
        for point in smile["points"]:
            point["at"] = repr(float(point["at"]) * float(smile["forward"]))
    strikes, surface = surface_of(document), surface_of()
    for moneyness in (-1.0, -0.1, 0.0, 0.07, 0.5):
        for expiry in (NOW + DAY, WEEK, NOW + 30 * DAY, QUARTER, NOW + 300 * DAY):
            assert strikes.volatility(expiry, moneyness) == pytest.approx(surface.volatility(expiry, moneyness))


def test_volatility_between_points_is_linear_in_total_variance():
    surface = surface_of()
    middle = math.log(1.25) / 2
    assert surface.volatility(WEEK, middle) ** 2 == pytest.approx((0.5**2 + 0.6**2) / 2)
    days = 30
    share = (days - 7) / (90 - 7)
    expected = (1 - share) * 0.5**2 * 7 + share * 0.55**2 * 90
    assert surface.volatility(NOW + days * DAY, 0.0) ** 2 * days == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expiry", "moneyness", "expected"),
    [(WEEK, -9, 0.7), (WEEK, 9, 0.6), (NOW + 1, 0, 0.5), (NOW + 9_000 * DAY, 0, 0.55), (NOW + 9_000 * DAY, 9, 0.65)],
)
def test_volatility_outside_the_points_is_flat(expiry, moneyness, expected):
    assert surface_of().volatility(expiry, moneyness) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("expiry", "moneyness"), [(NOW, 0), (NOW - 1, 0), (NOW + 51 * 365 * DAY, 0), (WEEK, math.nan)])
def test_volatility_of_the_past_or_of_nothing_is_refused(expiry, moneyness):
    with pytest.raises(InputError):
        surface_of().volatility(expiry, moneyness)


@given(st.integers(1, 1000 * 24), st.integers(0, 1000 * 24), st.floats(-3, 3))
def test_total_variance_never_falls_with_time(hours, more, moneyness):
    surface = surface_of()

    def variance(after):
        return surface.volatility(NOW + after * 3600, moneyness) ** 2 * after

    assert variance(hours) <= variance(hours + more) * (1 + 1e-12)


def test_basis_is_quoted_for_quoted_expiries_only():
    surface = surface_of()
    assert surface.basis(WEEK) * 100_000 == 100_100
    assert surface.basis(WEEK + 1) is None


def test_butterfly_warnings_name_the_expiry_that_is_not_convex():
    assert surface_of().butterfly_warnings() == ()
    bent = edited(["smiles", 0, "points"], points(("0.98", "0.5"), ("1", "0.9"), ("1.02", "0.5")))
    bent["smiles"][1]["points"] = points(("1", "1.2"))
    assert [str(WEEK) in line for line in surface_of(bent).butterfly_warnings()] == [True]
