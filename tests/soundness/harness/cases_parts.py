"""Dishonest witnesses of the sum of parts, its coverage, and the list of values."""

from __future__ import annotations

from harness.case import OUT_OF_FIELD_SENSE, Case, Honest
from harness.constraints import R

LARGEST, UNIT = (1 << 64) - 1, 10**10
# 18 of 28 units are signed: 6,428 basis points and a part.
_LONG, _PRICES, _COVERED, _ALL = [[10, 1, 2], [5, 1, 1]], [2 * UNIT, 3 * UNIT], 18 * UNIT, 28 * UNIT

HONEST: dict[str, dict[str, object]] = {
    "sum": {"long": [[5, 6], [7, 8]], "short": [[1, 2], [3, 4]]},
    "one": {"long": [[5, 6]], "short": [[1, 2]]},
    "coverage": {"long": _LONG, "signed": [1, 0], "price": _PRICES, "coverage_bps": 6_428},
    "list": {"value": [3, 4, 5], "at": 7},
}

EDGES = [
    Honest("sum", "largest sum", {"long": [[LARGEST, 0], [0, LARGEST]], "short": [[LARGEST - 1, 0], [1, 0]]}),
    Honest("sum", "nothing", {"long": [[0, 0], [0, 0]], "short": [[0, 0], [0, 0]]}),
    Honest("one", "largest", {"long": [[LARGEST, LARGEST]]}),
    Honest("coverage", "none claimed", {"coverage_bps": 0}),
    Honest("coverage", "all signed", {"signed": [1, 1], "coverage_bps": 10_000}),
    Honest("coverage", "nothing there", {"long": [[0] * 3] * 2, "coverage_bps": 10_000}),
    Honest("coverage", "largest", {"long": [[LARGEST] * 3] * 2, "price": [LARGEST] * 2, "coverage_bps": 5_000}),
    Honest("list", "at 0", {"at": 0}),
    Honest("list", "zeros", {"value": [0, 0, 0]}),
]


def _sums() -> list[Case]:
    part, whole, output = "every quantity of a part", "of the book is in [0, 2^QUANTITY_BITS)", "lots of the book"
    below = {"long": [[5, 6], [R - 1, 8]]}
    debts_below = {"short": [[1, R - 1], [3, 4]]}
    much = {"long": [[LARGEST, 6], [1, 8]]}
    debts = {"short": [[1, 1 << 63], [3, 1 << 63]]}
    cases = [
        Case("one", part, f"c1 {side} {value}", (f"{side}_range[0][1]",), {side: [[1, value]]})
        for value in OUT_OF_FIELD_SENSE
        for side in ("long", "short")
    ]
    return [
        *cases,
        Case("sum", part, "c1 assets below zero in one part", ("long_range[1][0]",), below),
        Case("sum", part, "c1 debts below zero in one part", ("short_range[0][1]",), debts_below),
        Case("sum", part, "range of another asset", ("",), below, {"long_range[1][0].in": 7}),
        Case("sum", part, "range of another debt", ("",), debts_below, {"short_range[0][1].in": 2}),
        Case("sum", whole, "assets that do not fit", ("total_long_range[0]",), much),
        Case("sum", whole, "debts that do not fit", ("total_short_range[1]",), debts),
        Case("sum", whole, "range of another sum", ("",), much, {"total_long_range[0].in": 0}),
        Case("sum", whole, "range of another sum of debts", ("",), debts, {"total_short_range[1].in": 0}),
        Case("sum", output, "an asset more", ("",), {}, {"total_long[0]": 13}),
        Case("sum", output, "c11 a debt left out", ("",), {}, {"total_short[1]": 2}),
    ]


def _coverage() -> list[Case]:
    clause, more = "value of the signed parts", {"coverage_bps": 6_429}
    return [
        Case("coverage", clause, "one basis point more", ("range",), more),
        Case("coverage", clause, "all of it", ("range",), {"coverage_bps": 10_000}),
        Case("coverage", clause, "nothing signed", ("range",), {"signed": [0, 0], "coverage_bps": 1}),
        Case("coverage", clause, "less required", ("",), more, {"required": 6_428 * _ALL}),
        Case("coverage", clause, "signed cash worth more", ("",), more, {"slot_value[0][0]": 11 * UNIT}),
        Case("coverage", clause, "unsigned asset worth nothing", ("",), more, {"slot_value[1][1]": 0}),
        Case("coverage", clause, "signed part worth more", ("",), more, {"signed_value[0]": _COVERED + UNIT}),
        Case("coverage", clause, "range of another number", ("",), more, {"range.in": 0}),
    ]


def _list() -> list[Case]:
    bent = {"partial[0]": 4, "partial[1]": 0, "partial[2]": 1, "out": 1}
    return [Case("list", "at^(COUNT - 1 - i)", f"{name} replaced", ("",), {}, {name: v}) for name, v in bent.items()]


CASES = [*_sums(), *_coverage(), *_list()]
