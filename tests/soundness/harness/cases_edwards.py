"""Dishonest witnesses of circuits/lib: the curve, multiples, and the test for zero."""

from __future__ import annotations

from harness.case import Case, Honest
from harness.constraints import R
from zkrisk.edwards import BASE, NEUTRAL, add_points, multiply
from zkrisk.params import EDWARDS_A, EDWARDS_D

P, Q, S = (multiply(BASE, scalar) for scalar in (5, 9, 14))
ORDER_TWO = (0, R - 1)
# Windows of 0, 6 and 1, the highest filled up with constants.
_BASE_BITS = [0, 0, 0, 0, 1, 1, 1]
# Windows of 3, 1 and 2, from the highest.
_BITS = [0, 1, 1, 0, 1, 1]

HONEST: dict[str, dict[str, object]] = {
    "on_curve": {"point": P},
    "add": {"p": P, "q": Q},
    "double": {"p": P},
    "base": {"bit": _BASE_BITS},
    "select": {"bit": [1, 1, 1]},
    "multiply": {"bit": _BITS, "point": P},
    "point": {"bit": [1, 1], "one": P, "two": Q, "three": S},
    "zero": {"in": 5},
}

EDGES = [
    *(Honest("on_curve", f"point {i}", {"point": p}) for i, p in enumerate((NEUTRAL, ORDER_TWO, BASE))),
    Honest("add", "doubling", {"q": P}),
    Honest("add", "neutral", {"q": NEUTRAL}),
    Honest("add", "opposite", {"q": (R - P[0], P[1])}),
    Honest("add", "outside the subgroup", {"q": add_points(P, ORDER_TWO)}),
    Honest("double", "neutral", {"p": NEUTRAL}),
    Honest("double", "order two", {"p": ORDER_TWO}),
    *(Honest("base", f"all {bit}", {"bit": [bit] * 7}) for bit in (0, 1)),
    *(Honest("select", str(i), {"bit": [i & 1, i >> 1 & 1, i >> 2]}) for i in range(8)),
    *(Honest("multiply", f"all {bit}", {"bit": [bit] * 6}) for bit in (0, 1)),
    Honest("multiply", "neutral", {"point": NEUTRAL}),
    Honest("multiply", "order two", {"point": ORDER_TWO}),
    *(Honest("point", str(i), {"bit": [i & 1, i >> 1]}) for i in range(4)),
    *(Honest("zero", str(value), {"in": value}) for value in (0, 1, R - 1)),
]


def _bent(instance: str, clause: str, *signals: str) -> list[Case]:
    """Return a case for each signal that is given another value, with all that follows from it."""
    return [Case(instance, clause, f"{name} replaced", ("",), {}, {name: 12_345}) for name in signals]


def _on_curve() -> list[Case]:
    clause, (x, y) = "a x² + y² = 1 + d x² y²", (5, 2)
    # The square that would put (5, 2) on the curve.
    x_square = (y * y - 1) * pow(EDWARDS_D * y * y - EDWARDS_A, -1, R) % R
    y_square = (EDWARDS_A * x * x - 1) * pow(EDWARDS_D * x * x - 1, -1, R) % R
    return [
        *(Case("on_curve", clause, f"{p}", ("",), {"point": p}) for p in ((1, 1), (0, 0), (P[0], P[1] + 1))),
        Case("on_curve", clause, "square of another x", ("",), {"point": (x, y)}, {"x_square": x_square}),
        Case("on_curve", clause, "square of another y", ("",), {"point": (x, y)}, {"y_square": y_square}),
    ]


def _zero() -> list[Case]:
    bit = "1 for 0, else 0"
    return [
        Case("zero", bit, "zero called another number", ("",), {"in": 0}, {"out": 0}),
        Case("zero", bit, "another number called zero", ("",), {}, {"inverse": 0, "out": 1}),
        Case("zero", "one value for 0", "an inverse of zero", ("",), {"in": 0}, {"inverse": 7, "out": 1}),
    ]


CASES = [
    *_on_curve(),
    *_bent("add", "p + q, on the curve", "beta", "gamma", "delta", "tau", "sum[0]", "sum[1]"),
    *_bent("double", "p + p, on the curve", "beta", "delta", "tau", "double[0]", "double[1]"),
    *_bent("base", "·BASE, on the curve", "window[1].bit[0]", "sum[0].p[0]", "sum[0].q[1]", "sum[1].p[0]",
           "sum[1].q[0]", "product[1]"),
    Case("base", "·BASE, on the curve", "a bit more than the scalar has", ("window[2]",), {}, {"window[2].bit[1]": 1}),
    *_bent("select", "·POINT", "b01", "b02", "b12", "b012", "multiple[0]", "multiple[1]"),
    *_bent("multiply", "·point, on the curve", "double.p[0]", "triple.p[0]", "triple.q[0]", "window[1].bit[0]",
           "window[1].one[0]", "window[2].two[0]", "window[0].three[0]", "twice[0].p[0]", "twice[1].p[0]",
           "fourfold[0].p[0]", "sum[0].p[0]", "sum[0].q[0]", "product[0]"),
    *_bent("point", "the one with the number", "difference[0]", "low[1]", "high[0]", "selected[1]"),
    *_zero(),
]  # fmt: skip
