"""Dishonest witnesses of circuits/lib."""

from __future__ import annotations

from harness.case import OUT_OF_FIELD_SENSE, Case, Honest, bits
from harness.constraints import R

D = 10**14

HONEST: dict[str, dict[str, object]] = {
    "bit": {"in": 1},
    "range_1": {"in": 1},
    "range_8": {"in": 77},
    "range_64": {"in": 77},
    "range_252": {"in": 5},
    "signed_8": {"in": -3},
    "signed_251": {"in": -3},
    "at_most_8": {"enabled": 1, "value": 7, "limit": 9},
    "absolute_8": {"in": -5},
    "absolute_251": {"in": -5},
    "floor": {"dividend": 123 * D + 7},
    "floor_small": {"dividend": 7},
}

_EDGES: dict[str, list[int]] = {
    "bit": [0, 1],
    "range_1": [0, 1],
    "range_8": [0, 1, 255],
    "range_64": [0, 1, (1 << 64) - 1],
    "range_252": [0, 1, (1 << 252) - 1],
    "signed_8": [-256, -1, 0, 255],
    "signed_251": [-(1 << 251), -1, 0, (1 << 251) - 1],
    "absolute_8": [0, 1, -1, 255, -255],
    "absolute_251": [0, 1, -1, (1 << 251) - 1, 1 - (1 << 251)],
}

EDGES = [
    *(Honest(name, str(value), {"in": value}) for name, values in _EDGES.items() for value in values),
    *(
        Honest("floor", why, {"dividend": value})
        for why, value in {
            "zero": 0,
            "one below zero": -1,
            "largest remainder": D - 1,
            "one divisor": D,
            "smallest": -D << 49,
            "largest": (D << 49) - 1,
        }.items()
    ),
    Honest("at_most_8", "equal", {"value": 9}),
    Honest("at_most_8", "widest", {"value": -246}),
    Honest("at_most_8", "disabled", {"enabled": 0, "value": 10}),
    Honest("at_most_8", "both negative", {"value": -10, "limit": -10}),
]


def _ranges() -> list[Case]:
    cases = [Case("bit", "in is 0 or 1", f"in {v}", ("",), {"in": v}) for v in (2, R - 1, 1 << 64, (R + 1) // 2)]
    beyond = {
        "range_1": (2, R - 1),
        "range_8": (256, *OUT_OF_FIELD_SENSE),
        "range_64": OUT_OF_FIELD_SENSE,
        "range_252": (1 << 252, R - 1, R - (1 << 64)),
    }
    for name, values in beyond.items():
        cases += [Case(name, "0 <= in < 2^BITS", f"in {v}", ("",), {"in": v}) for v in values]
    clause = "0 <= in < 2^BITS"
    alias, top = 5 + R, 251
    cases += [
        Case("range_1", clause, "a bit of 2", ("",), {"in": 2}, {"bit[0]": 2}),
        Case("range_8", clause, "top bit of 2", ("",), {"in": 256}, {"bit[7]": 2}),
        Case("range_8", clause, "bit of -1", ("",), {"in": R - 1}, bits(0, 8) | {"bit[0]": R - 1}),
        Case("range_8", clause, "another value's bits", ("",), {"in": 77}, bits(78, 8)),
        Case("range_252", clause, "c3 bits of in + r, cut", ("",), {}, bits(alias, 252)),
        Case("range_252", clause, "c3 bits of in + r, top bit takes the rest", ("",), {},
             bits(alias, 252) | {f"bit[{top}]": alias >> top}),
    ]  # fmt: skip
    cases += [
        Case("signed_8", "-2^BITS <= in < 2^BITS", f"in {v}", ("range",), {"in": v})
        for v in (256, -257, 1 << 64, -(1 << 64), R // 2)
    ]
    cases += [
        Case("signed_251", "-2^BITS <= in < 2^BITS", why, ("range",), {"in": v})
        for why, v in {"above": 1 << 251, "below": -(1 << 251) - 1}.items()
    ]
    return [*cases, Case("signed_8", "-2^BITS <= in", "the shift left out", ("",), {"in": -3}, {"range.in": 3})]


def _limits() -> list[Case]:
    clause = "value <= limit"
    return [
        Case("at_most_8", clause, "one above the limit", ("range",), {"value": 10}),
        Case("at_most_8", clause, "c1 value -2^64", ("range",), {"value": R - (1 << 64)}),
        Case("at_most_8", clause, "headroom claimed 0", ("",), {"value": 10}, {"headroom": 0}),
        Case("at_most_8", clause, "headroom of another sign", ("",), {"value": 10}, {"headroom": 1}),
        Case("at_most_8", clause, "range of another number", ("",), {"value": 10}, {"range.in": 0}),
        Case("at_most_8", "limit - value < 2^BITS", "limit far above", ("range",), {"value": 9 - 256}),
    ]


def _signs() -> list[Case]:
    either, size = "out = in or out = -in", "out < 2^BITS, which picks the sign"
    return [
        Case("absolute_8", either, "one more", ("",), {}, {"out": 6}),
        Case("absolute_8", either, "one less", ("",), {}, {"out": 4}),
        Case("absolute_8", either, "zero", ("",), {}, {"out": 0}),
        Case("absolute_8", "|in|, below", "-1 kept as r - 1", ("range",), {"in": -1}, {"out": -1}),
        Case("absolute_8", size, "sign kept", ("range",), {}, {"out": -5}),
        Case("absolute_8", size, "sign turned", ("range",), {"in": 5}, {"out": -5}),
        Case("absolute_8", size, "too large", ("range",), {"in": 256}),
        Case("absolute_8", size, "too small", ("range",), {"in": -256}),
        Case("absolute_8", size, "range of another number", ("",), {}, {"out": -5, "range.in": 5}),
        Case("absolute_251", size, "sign kept at full width", ("range",), {"in": -(1 << 250)}, {"out": -(1 << 250)}),
        Case("absolute_251", size, "sign turned at full width", ("range",), {"in": (1 << 251) - 1},
             {"out": 1 - (1 << 251)}),
    ]  # fmt: skip


def _floors() -> list[Case]:
    """C4: the other floors that a bare 47-bit remainder or quotient would admit."""
    division, width = "0 <= remainder <= DIVISOR - 1", "-2^QUOTIENT_BITS <= quotient < 2^QUOTIENT_BITS"
    identity, q = "dividend = quotient * DIVISOR + remainder", 123
    high = {"dividend": q * D + D - 5}
    return [
        Case("floor", identity, "quotient one more", ("",), {}, {"quotient": q + 1}),
        Case("floor", identity, "remainder one more", ("",), {}, {"remainder": 8}),
        Case("floor", identity, "zero for everything", ("",), {}, {"quotient": 0, "remainder": 0}),
        Case("floor", division, "rounded up", ("lower",), high, {"quotient": q + 1, "remainder": -5}),
        Case("floor", division, "two floors: rounded down twice", ("upper",), {},
             {"quotient": q - 1, "remainder": 7 + D}),
        Case("floor", division, "lower check of another number", ("",), high,
             {"quotient": q + 1, "remainder": -5, "lower.in": 5}),
        Case("floor", division, "upper check of another number", ("",), {},
             {"quotient": q - 1, "remainder": 7 + D, "upper.in": 5}),
        Case("floor", "floor(dividend / DIVISOR)", "rounded towards zero", ("lower",), {"dividend": -1},
             {"quotient": 0, "remainder": -1}),
        Case("floor", width, "quotient of field division", ("range.range",), {},
             {"quotient": (q * D + 7) * pow(D, -1, R), "remainder": 0}),
        Case("floor", width, "quotient check of another number", ("",), {},
             {"quotient": (q * D + 7) * pow(D, -1, R), "remainder": 0, "range.in": 0}),
        Case("floor", width, "dividend too large", ("range.range",), {"dividend": D << 49}),
        Case("floor", width, "dividend too small", ("range.range",), {"dividend": -(D << 49) - 1}),
        Case("floor", "dividend = quotient", "c1 dividend -2^250", ("range.range",), {"dividend": -(1 << 250)}),
    ]  # fmt: skip


CASES = [*_ranges(), *_limits(), *_signs(), *_floors()]
