"""By which function of ours each published case is computed. Another convention than ours has a function by its name.

A rule takes a case and the folder of the data, and returns a figure for each expected one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from zkrisk.analytics import (
    Mean,
    basel_zone,
    binomial_cumulative,
    drawdown,
    ewma_covariance,
    kupiec_pof,
    okx_maintenance_margin,
    parametric_var,
    scan_risk,
    value_at_risk_by,
)
from zkrisk.fixedpoint import div_down
from zkrisk.metrics import (
    HEALTH_RULES,
    Status,
    accrued_index_aave,
    balance_aave,
    health_factor,
    historical_var,
    scenario_losses,
)
from zkrisk.pricing import OptionType, black_scholes
from zkrisk.sheet import return_e6_down

Case = Mapping[str, Any]
Inputs = Mapping[str, Any]
BPS: Final = 10_000
SLOT_SLACK_CENTS: Final = 1


@dataclass(frozen=True)
class Figure:
    """One figure of ours.

    Attributes:
        name: Of the expected figure.
        expected: Where the expected figure is not one number of the case: what it means here.
        slack: How far above the expected figure a stated rounding may put ours, beyond the tolerance.
        note: Told apart from another figure of the same name.
    """

    name: str
    ours: object
    by: str
    expected: object = None
    slack: Fraction = Fraction(0)
    note: str = ""

    @property
    def label(self) -> str:
        """Name and note."""
        return f"{self.name} ({self.note})" if self.note else self.name


Rule = Callable[[Case, Path], list[Figure]]


def _bps(level: Fraction) -> int:
    scaled = level * BPS
    if scaled.denominator != 1:
        raise ValueError("a confidence level is finer than a basis point")
    return int(scaled)


# Hull's four indices. The sheet's returns are whole 10^-6; the published figures are finer. So each figure is computed
# twice: by the engine's functions on returns of 10^-12, to be compared at the published tolerance, and on the sheet's
# own, whose losses may lie above by a millionth of the book and a cent a slot, as documented, and never below.

FINE: Final = 10**12
CENTS_PER_USD_K: Final = 10**5


def hull_closes(inputs: Inputs, folder: Path) -> list[tuple[Fraction, ...]]:
    """Dollar values of the four indices by day, as exact fractions of the printed numbers."""
    with (folder / inputs["data"]).open(encoding="utf-8") as stream:
        rows = [{key: Fraction(value) for key, value in row.items()} for row in csv.DictReader(stream)]
    return [(r["DJIA"], r["FTSE100"] * r["USDGBP"], r["CAC40"] / r["EURUSD"], r["Nikkei"] / r["YENUSD"]) for r in rows]


def hull_returns(inputs: Inputs, folder: Path, scale: int) -> list[tuple[int, ...]]:
    """Daily returns with cash in slot 0, in 1 / scale, rounded down; the sheet's own rule at 10^6."""
    closes = hull_closes(inputs, folder)
    count = int(inputs["scenarios"])

    def move(before: Fraction, after: Fraction) -> int:
        common = before.denominator * after.denominator
        if scale == 10**6:
            return return_e6_down(int(before * common), int(after * common))
        return div_down(int((after - before) * common) * scale, int(before * common))

    return [(0, *map(move, closes[day], closes[day + 1])) for day in range(count)]


def hull_losses(inputs: Inputs, folder: Path, scale: int) -> tuple[int, ...]:
    """Losses of the published book by the engine, in cents / scale."""
    exposures = (0, *(int(weight) * CENTS_PER_USD_K for weight in inputs["weights_usd_k"]))
    return scenario_losses(exposures, hull_returns(inputs, folder, scale))


def sheet_slack_usd_k(inputs: Inputs) -> Fraction:
    """How far the sheet's losses may lie above exact ones: 10^-6 of the book and a cent a slot."""
    book = sum(int(weight) for weight in inputs["weights_usd_k"])
    slots = len(inputs["weights_usd_k"]) + 1
    return Fraction(book, 10**6) + Fraction(slots * SLOT_SLACK_CENTS, CENTS_PER_USD_K)


def _usd_k(loss: int | Fraction, scale: int) -> Fraction:
    return Fraction(loss) / (scale * CENTS_PER_USD_K)


def _hull_pair(case: Case, folder: Path, name: str, by: str, pick: Callable[[Sequence[int]], Any]) -> list[Figure]:
    inputs = case["inputs"]
    fine, sheet = (_usd_k(pick(hull_losses(inputs, folder, scale)), scale) for scale in (FINE, 10**6))
    return [
        Figure(name, fine, by),
        Figure(name, sheet, by, note="on the sheet's 10^-6", slack=sheet_slack_usd_k(inputs)),
    ]


def _hull_losses(case: Case, folder: Path) -> list[Figure]:
    found = []
    for index in range(3):
        by = "metrics.scenario_losses"
        found += _hull_pair(case, folder, f"loss_{index + 1}", by, lambda losses, at=index: losses[at])
    return found


def _hull_infimum(case: Case, folder: Path) -> list[Figure]:
    level = _bps(case["inputs"]["confidence"])
    return _hull_pair(case, folder, "var_usd_k", "metrics.historical_var", lambda s: historical_var(s, level))


def _hull_linear(case: Case, folder: Path) -> list[Figure]:
    inputs = case["inputs"]
    losses = hull_losses(inputs, folder, FINE)
    value = value_at_risk_by("linear", losses, _bps(inputs["confidence"]))
    return [Figure("var_usd_k", _usd_k(value, FINE), "analytics.value_at_risk_by('linear')")]


def _hull_ewma(case: Case, folder: Path) -> list[Figure]:
    inputs = case["inputs"]
    rows = hull_returns(inputs, folder, FINE)
    exposures = (0, *(int(weight) for weight in inputs["weights_usd_k"]))
    covariance = ewma_covariance(rows, decay=float(inputs["lambda_"]))
    found = parametric_var(
        exposures, covariance, _bps(inputs["confidence"]), method="ewma, lambda 0.94", mean=Mean.ZERO
    )
    finer = FINE // 10**6
    by = "analytics.ewma_covariance, parametric_var"
    return [
        Figure("sd", found.deviation_cents / finer, by),
        Figure("var_usd_k", found.loss_cents / finer, by),
    ]


# Aave.

NO_DEBT_ENCODINGS: Final = dict.fromkeys((-1, str(2**256 - 1), None, "inf"), str(Status.NO_DEBT))


def _no_debt(case: Case, _: Path) -> list[Figure]:
    """Four published numbers for one thing that is no number: each of them is our tag."""
    inputs = case["inputs"]
    collateral, threshold = int(inputs["collateral"]), inputs["liquidation_threshold_bps"]
    found = {
        str(health_factor([collateral], [int(inputs["debt"])], [10**8], [threshold], [BPS], rule=rule).status)
        for rule in HEALTH_RULES
    }
    ours = ", ".join(sorted(found))
    return [
        Figure(name, ours, "metrics.health_factor, every rule", expected=NO_DEBT_ENCODINGS.get(value, value))
        for name, value in case["expected"].items()
    ]


def _scaled_balance(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    index, rate = int(inputs["liquidity_index"]), int(inputs["liquidity_rate"])
    accrued = accrued_index_aave(index, rate, inputs["now"] - inputs["last_update"])
    ours = balance_aave(int(inputs["scaled_balance"]), accrued, rule="aave-v3.0")
    return [Figure("balance", str(ours), "metrics.balance_aave('aave-v3.0')")]


# Backtests.


def _kupiec(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    found = kupiec_pof(inputs["observations"], inputs["failures"], BPS - _bps(inputs["p"]))
    by = "analytics.kupiec_pof"
    return [Figure("lr", found.statistic, by), Figure("p_value", found.p_value, by)]


def _multipliers(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    pairs = zip(inputs["exceptions"], case["expected"]["multiplier"], strict=True)
    return [
        Figure(
            "multiplier", Fraction(basel_zone(count).multiplier), "analytics.basel_zone", expected, note=f"at {count}"
        )
        for count, expected in pairs
    ]


def _cumulative(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    chance, by = _bps(inputs["p"]), "analytics.binomial_cumulative"
    counts = {name: int(name.removeprefix("P_le_")) for name in case["expected"]}
    return [Figure(name, binomial_cumulative(count, inputs["n"], chance), by) for name, count in counts.items()]


# Margins, other libraries, drawdown.


def _span(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    gains = {"future": inputs["long_future_array"], "call": inputs["long_call_array"]}
    losses = {name: [-gain for gain in array] for name, array in gains.items()}
    positions = {"future_alone": {"future": 1}, "long_call_alone": {"call": 1}, "covered_write": inputs["position"]}
    return [Figure(name, scan_risk(losses, held).margin, "analytics.scan_risk") for name, held in positions.items()]


def _okx(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    cents = [Fraction(inputs["MR"][f"MR{number}"]) * 100 for number in range(1, 8)]
    if any(value.denominator != 1 for value in cents):
        raise ValueError("a margin component is finer than a cent")
    ours = Fraction(okx_maintenance_margin([int(value) for value in cents]), 100)
    return [Figure("MMR", ours, "analytics.okx_maintenance_margin")]


def _empyrical(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    losses = [-value for value in inputs["returns"]]
    ours = -value_at_risk_by("linear", losses, BPS - _bps(inputs["cutoff"]))
    return [Figure("q", ours, "analytics.value_at_risk_by('linear')")]


def _mixed_drawdown(case: Case, _: Path) -> list[Figure]:
    inputs = case["inputs"]
    moves = inputs["returns_pct"]
    equities = [100 ** len(moves)]
    for move in moves:
        equities.append(equities[-1] * (100 + move) // 100)
    largest = drawdown(equities).largest
    return [Figure("mdd", -Fraction(largest.numerator, largest.denominator), "analytics.drawdown")]


def _option(case: Case, _: Path) -> list[Figure]:
    terms = case["inputs"]
    kind = {"C": OptionType.CALL, "P": OptionType.PUT}[terms["type"]]
    numbers = (float(terms[name]) for name in ("spot", "strike", "T", "vol"))
    found = black_scholes(kind, *numbers, rate=float(terms["r"]), carry=float(terms["q"]))
    return [Figure(name, getattr(found, name), "pricing.black_scholes") for name in case["expected"]]


RULES: Final[dict[str, Rule]] = {
    "aave_hf_utils_zero_debt": _no_debt,
    "aave_scaled_balance_real_user": _scaled_balance,
    "hull_scenario_losses": _hull_losses,
    "hull_hist_var_inf_convention": _hull_infimum,
    "hull_hist_var_numpy_linear": _hull_linear,
    "hull_ewma_var": _hull_ewma,
    "kupiec_pof_17": _kupiec,
    "frtb_multiplier_table": _multipliers,
    "basel_green_zone_cumprob": _cumulative,
    "span_covered_write": _span,
    "okx_pm_mmr_combination": _okx,
    "empyrical_var_2": _empyrical,
    "empyrical_var_3": _empyrical,
    "empyrical_mdd_mixed": _mixed_drawdown,
    "haug_01_delta": _option,
    "haug_02_delta": _option,
    "haug_04_vega": _option,
    "haug_09_price": _option,
    "haug_rq_1": _option,
}
