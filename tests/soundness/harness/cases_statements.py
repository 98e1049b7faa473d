"""Dishonest witnesses of circuits/statements. The honest inputs meet every inequality exactly."""

from __future__ import annotations

from harness.case import Case, Honest
from harness.constraints import R

CENT = 10**14
OFF = {"es_enabled": 0}

HONEST: dict[str, dict[str, object]] = {
    "blocked": {"blocked": [1, 0], "total_long": [5, 0, 4], "total_short": [3, 0, 2]},
    "valuation": {"total_long": [10, 20, 30], "total_short": [1, 2, 3], "price": [7, 11]},
    "exposure": {"long_value": [5 * CENT + 3, 7 * CENT, 2 * CENT], "short_value": [CENT, 9 * CENT + 1, 0]},
    "solvent": {"equity": 1},
    "gap": {
        "long_value": [100, 200, 300], "short_value": [10, 20, 30], "liquidation_threshold_bps": [9000, 8000, 7000],
        "borrow_factor_bps": [10_000, 11_000, 12_000], "threshold_bps": 12_500,
    },
    "healthy": {"enabled": 1, "gap": 0},
    "liquidatable": {"gap": -1},
    "leverage": {"enabled": 1, "gross": 3, "equity": 1, "limit_bps": 30_000},
    "position": {"enabled": 1, "magnitude": [3, 2], "equity": 10, "limit_bps": 3000},
    "sectors": {"enabled": 1, "magnitude": [3, 2], "equity": 10, "sector": [[1, 1, 1], [1, 0, 1]],
                "limit_bps": [5000, 2000]},
    "herfindahl": {"enabled": 1, "magnitude": [1, 1], "limit_bps": 5000},
    "scenario": {"exposure_cents": [5, -7, 9], "return_e6": [0, -100_000, 50_000]},
    "part": {"loss": 10, "t": 4},
    "tail": {
        "var_enabled": 1, "es_enabled": 1, "loss": [1000, 2000, 3000, 4000], "tail_threshold": 3000, "equity_cents": 1,
        "tail_count": 1, "tail_mass": 10_000, "var_max_bps": 30, "es_max_bps": 40,
    },
    "stress": {"enabled": 1, "loss": [2000, 1000], "equity_cents": 1, "limit_bps": 20},
}  # fmt: skip

EDGES = [
    Honest("blocked", "nothing blocked", {"blocked": [0, 0], "total_long": [1, 1, 1]}),
    Honest("solvent", "largest", {"equity": 1 << 98}),
    Honest("healthy", "largest", {"gap": (1 << 171) - 1}),
    Honest("healthy", "disabled", {"enabled": 0, "gap": -1}),
    Honest("liquidatable", "smallest", {"gap": -(1 << 171)}),
    Honest("leverage", "disabled", {"enabled": 0, "gross": 4}),
    Honest("leverage", "nothing held", {"gross": 0}),
    Honest("position", "disabled", {"enabled": 0, "magnitude": [4, 4]}),
    Honest("sectors", "disabled", {"enabled": 0, "magnitude": [4, 4]}),
    Honest("herfindahl", "empty book", {"magnitude": [0, 0], "limit_bps": 0}),
    Honest("herfindahl", "disabled", {"enabled": 0, "magnitude": [2, 1]}),
    Honest("part", "equal", {"loss": 4}),
    Honest("part", "farthest above", {"loss": 4 + (1 << 82)}),
    Honest("part", "farthest below", {"loss": 5 - (1 << 82)}),
    Honest("part", "negative threshold", {"loss": -3, "t": -4}),
    Honest("tail", "both disabled", {"var_enabled": 0, "es_enabled": 0, "tail_threshold": 0, "equity_cents": -1}),
    Honest("tail", "var disabled", {"var_enabled": 0, "var_max_bps": 0}),
    Honest("tail", "expected shortfall disabled", OFF | {"es_max_bps": 0}),
    Honest("stress", "disabled", {"enabled": 0, "loss": [2001, 2001]}),
    Honest("exposure", "floor at its lowest", {"long_value": [0, 0, 0], "short_value": [CENT << 49] * 3}),
]


def _blocked() -> list[Case]:
    return [
        Case("blocked", "blocked[i] = 0, or total_long", "a long position", ("",), {"total_long": [5, 1, 4]}),
        Case("blocked", "total_short of that slot are both 0", "a short position", ("",), {"total_short": [0, 1, 2]}),
        Case("blocked", "total_long", "largest position", ("",), {"total_long": [0, (1 << 65) - 2, 0]}),
        Case("blocked", "total_long", "another slot", ("",), {"blocked": [0, 1]}),
    ]


def _valued() -> list[Case]:
    outputs = {"long_value": (100_000_000_000, 140, 330), "short_value": (10_000_000_000, 14, 33)}
    cases = [
        Case("valuation", name, f"{name} {i} one {word}", ("",), {}, {f"{name}[{i}]": value + step})
        for name, values in outputs.items()
        for i, value in enumerate(values)
        for word, step in (("more", 1), ("less", -1))
    ]
    lies = {
        "weighted_long[1]": 200 * 8000 + 1, "weighted_short[1]": 20 * 11_000 - 1, "weighted_short[0]": 0,
        "required": 0, "gap": 0,
    }  # fmt: skip
    cases += [Case("gap", "gap", name, ("",), {}, {name: value}) for name, value in lies.items()]
    lies = {"gain[0]": 1, "gain[1]": 0, "loss": 0}
    return cases + [Case("scenario", "loss", name, ("",), {}, {name: value}) for name, value in lies.items()]


def _exposed() -> list[Case]:
    floor, size = "the floor is the floor", "magnitude is |net|"
    up = {"floor[1].quotient": -2, "floor[1].remainder": -1}
    wide = {"long_value": [0, 3 << 95, 0], "short_value": [0, 0, 0]}
    cash = {"long_value": [CENT << 49, 0, 0], "short_value": [0, 0, 0]}
    return [
        Case("exposure", floor, "short slot rounded up", ("floor[1].lower",), {}, up),
        Case("exposure", floor, "cash slot rounded up", ("floor[0].lower",),
             {"long_value": [6 * CENT - 1, 0, 0]}, {"floor[0].quotient": 5, "floor[0].remainder": -1}),
        Case("exposure", floor, "floor of another number", ("",), {}, {"floor[1].dividend": 0}),
        Case("exposure", floor, "cash too large", ("floor[0].range.range",), cash),
        Case("exposure", "exposure_cents", "one more", ("",), {}, {"exposure_cents[1]": -2}),
        Case("exposure", size, "sign kept", ("absolute[0].range",), {}, {"absolute[0].out": -2 * CENT - 1}),
        Case("exposure", size, "of another number", ("",), {}, {"absolute[0].in": 0}),
        Case("exposure", size, "too large", ("absolute[0].range", "floor[1].range.range"), wide),
        Case("exposure", "magnitude", "none", ("",), {}, {"magnitude[0]": 0}),
        *(Case("exposure", name, "one more", ("",), {}, {name: 1}) for name in ("equity", "equity_cents", "gross")),
        *(Case("solvent", "equity >= 1", f"equity {v}", ("range",), {"equity": v})
          for v in (0, -1, -(1 << 63), -(1 << 64), (1 << 98) + 1)),
        Case("solvent", "equity >= 1", "another number", ("",), {"equity": 0}, {"range.in": 0}),
    ]  # fmt: skip


def _healthy() -> list[Case]:
    clause, short = "enabled = 0, or gap >= 0", {"gap": -1}
    return [
        *(Case("healthy", clause, f"gap {v}", ("limit.range",), {"gap": v}) for v in (-1, -(1 << 64), -(1 << 171))),
        Case("healthy", clause, "beyond every honest gap", ("limit.range",), {"gap": 1 << 171}),
        Case("healthy", clause, "switched off by the prover", ("",), short, {"limit.enabled": 0}),
        Case("healthy", clause, "another gap", ("",), short, {"limit.limit": 0}),
        Case("healthy", clause, "a lower bound", ("limit",), short, {"limit.value": -1}),
        Case("healthy", clause, "headroom 0", ("limit",), short, {"limit.headroom": 0}),
        *(Case("liquidatable", "gap <= -1", f"gap {v}", ("range",), {"gap": v}) for v in (0, 1, 1 << 64, 1 << 170)),
        Case("liquidatable", "gap <= -1", "beyond every honest gap", ("range",), {"gap": -(1 << 171) - 1}),
        Case("liquidatable", "gap <= -1", "the strict sign left out", ("",), {"gap": 0}, {"range.in": 0}),
    ]


def _shares() -> list[Case]:
    """Leverage, position, sectors and concentration: one unit beyond, and every inner signal bent."""
    cases = []
    broken = {
        "leverage": ("10^4 * gross <= limit * equity", "limit", {"gross": 4}, {"allowed": 40_000}),
        "position": ("10^4 * magnitude[i] <= limit * equity", "limit[0]", {"magnitude": [4, 2]}, {"allowed": 40_000}),
        "sectors": ("<= limit * equity for every sector", "limit[0]", {"magnitude": [4, 2]}, {"allowed[0]": 60_000}),
        "herfindahl": ("10^4 * sum of squares", "limit", {"magnitude": [2, 1]}, {"allowed": 50_000}),
        "stress": ("loss[r] <= 100 * limit * equity_cents", "limit[1]", {"loss": [0, 2001]}, {"allowed": 2001}),
    }
    for name, (clause, limit, inputs, allowed) in broken.items():
        cases += [
            Case(name, clause, "one unit beyond", (f"{limit}.range",), inputs),
            Case(name, clause, "a larger allowance", ("",), inputs, allowed),
            Case(name, clause, "switched off by the prover", ("",), inputs, {f"{limit}.enabled": 0}),
            Case(name, clause, "headroom 0", (limit,), inputs, {f"{limit}.headroom": 0}),
            Case(name, clause, "a smaller value", ("",), inputs, {f"{limit}.value": 0}),
            Case(name, clause, "another allowance", ("",), inputs, {f"{limit}.limit": 1 << 60}),
        ]
    every = {"leverage": "limit.range", "position": "limit[0].range", "stress": "limit[0].range"}
    tight = {"leverage": 29_999, "position": 2999, "stress": 19}
    cases += [Case(n, broken[n][0], "limit one less", (p,), {"limit_bps": tight[n]}) for n, p in every.items()]
    return [
        *cases,
        Case("leverage", "limit * equity", "c7 negative equity", ("limit.range",), {"equity": -1}),
        Case("position", "magnitude[i]", "the other slot", ("limit[1].range",), {"magnitude": [3, 4]}),
        Case("position", "limit * equity", "c7 negative equity", ("limit[0].range", "limit[1].range"),
             {"equity": -(1 << 63)}),
        Case("sectors", "every sector", "shared slot", ("limit[0].range", "limit[1].range"), {"magnitude": [3, 3]}),
        Case("sectors", "every sector", "second limit", ("limit[1].range",), {"limit_bps": [5000, 1999]}),
        Case("sectors", "sum of the sector", "a slot left out", ("",), {"magnitude": [4, 2]}, {"part[0][0]": 0}),
        Case("sectors", "every sector", "cash column free", ("",), {}, {"cash_square[0]": 0}),
        Case("herfindahl", "sum of squares", "a square left out", ("",), {"magnitude": [2, 1]}, {"square[0]": 0}),
        Case("herfindahl", "(sum)^2", "a larger total", ("",), {"magnitude": [2, 1]}, {"total_square": 10}),
        Case("stress", "every row", "the first row", ("limit[0].range",), {"loss": [2001, 0]}),
    ]  # fmt: skip


def _tail_part() -> list[Case]:
    bit, side = "beyond is a bit", "(2 beyond - 1)(loss - t) - beyond is in [0, 2^LOSS_BITS)"
    return [
        Case("part", bit, "c9 beyond 2", ("",), {}, {"beyond": 2}),
        Case("part", bit, "c9 beyond -1", ("", "range"), {}, {"beyond": R - 1}),
        Case("part", bit, "beyond one half", ("", "range"), {}, {"beyond": (R + 1) // 2}),
        Case("part", side, "a loss beyond denied", ("range",), {}, {"beyond": 0}),
        Case("part", side, "a loss beyond by one denied", ("range",), {"loss": 5}, {"beyond": 0}),
        Case("part", side, "a loss below counted", ("range",), {"loss": 3}, {"beyond": 1}),
        Case("part", side, "equality counted", ("range",), {"loss": 4}, {"beyond": 1}),
        Case("part", side, "distance of another sign", ("",), {}, {"beyond": 0, "distance": 6}),
        Case("part", side, "range of another number", ("",), {}, {"beyond": 0, "range.in": 6}),
        Case("part", side, "loss too far above", ("range",), {"loss": 5 + (1 << 82)}),
        Case("part", side, "loss too far below", ("range",), {"loss": 4 - (1 << 82)}),
        Case("part", side, "c1 threshold -2^100", ("range",), {"t": -(1 << 100)}),
        Case("part", "beyond", "c1 threshold r/2 away", ("range",), {"t": R // 2}),
        Case("part", "excess", "none", ("",), {}, {"excess": 0}),
        Case("part", "excess", "negative", ("",), {}, {"excess": -6}),
    ]


def _tail() -> list[Case]:
    count, bound, shortfall = "#{loss > t} <= tail_count", "t <= 100 * var_max * equity_cents", "es_enabled = 0"
    low = OFF | {"tail_threshold": 2999}
    tight, mean = OFF | {"var_max_bps": 29}, {"es_max_bps": 39}
    return [
        Case("tail", count, "threshold one lower", ("tail.range",), low),
        Case("tail", count, "c1 threshold -2^64", ("tail.range",), OFF | {"tail_threshold": -(1 << 64)}),
        Case("tail", count, "a loss hidden", ("part[2].range",), low, {"part[2].beyond": 0}),
        Case("tail", count, "a smaller loss", ("",), low, {"part[2].loss": 0}),
        Case("tail", count, "another threshold in a row", ("",), low, {"part[2].t": 3000}),
        Case("tail", count, "switched off by the prover", ("",), low, {"tail.enabled": 0}),
        Case("tail", count, "another count allowed", ("",), low, {"tail.limit": 2}),
        Case("tail", count, "another count", ("",), low, {"tail.value": 1}),
        Case("tail", bound, "limit one less", ("var_limit.range",), tight),
        Case("tail", bound, "threshold one higher", ("var_limit.range",), OFF | {"tail_threshold": 3001}),
        Case("tail", bound, "c1 threshold 2^64", ("var_limit.range",), OFF | {"tail_threshold": 1 << 64}),
        Case("tail", bound, "c7 negative equity", ("var_limit.range",), OFF | {"equity_cents": -1}),
        Case("tail", bound, "switched off by the prover", ("",), tight, {"var_limit.enabled": 0}),
        Case("tail", bound, "a larger allowance", ("",), tight, {"var_allowed": 3000}),
        Case("tail", bound, "another allowance", ("",), tight, {"var_limit.limit": 3000}),
        Case("tail", bound, "another threshold", ("",), tight, {"var_limit.value": 0}),
        Case("tail", shortfall, "limit one less", ("es_limit.range",), mean),
        Case("tail", shortfall, "threshold off the quantile", ("es_limit.range",),
             {"var_enabled": 0, "tail_threshold": 2999}),
        Case("tail", shortfall, "c7 negative equity", ("es_limit.range",), {"var_enabled": 0, "equity_cents": -1}),
        Case("tail", shortfall, "an excess of 0", ("part[3]",), {"es_max_bps": 30}, {"part[3].excess": 0}),
        Case("tail", shortfall, "switched off by the prover", ("",), mean, {"es_limit.enabled": 0}),
        Case("tail", shortfall, "a larger allowance", ("",), mean, {"es_allowed": 4000}),
        Case("tail", shortfall, "more room", ("",), mean, {"es_room": 10**7}),
        Case("tail", shortfall, "other room", ("",), mean, {"es_limit.limit": 10**7}),
        Case("tail", shortfall, "a smaller value", ("",), mean, {"es_limit.value": 0}),
    ]  # fmt: skip


CASES = [*_blocked(), *_valued(), *_exposed(), *_healthy(), *_shares(), *_tail_part(), *_tail()]
