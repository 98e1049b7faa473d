"""Parts of the owner's document that are drawn: bars, bins, waterfalls. Integers with their unit in the name.

Big integers are decimal text, as in every document of the command line. Losses round up, assets down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from zkrisk.fixedpoint import div_down, div_up, from_scaled
from zkrisk.metrics import Components, LimitCheck, Ratio, RiskReport
from zkrisk.metrics.distance import is_risky
from zkrisk.metrics.health import health_sums
from zkrisk.params import BPS, RETURN_SCALE, VALUE_PER_CENT

__all__ = [
    "component_section",
    "distance_section",
    "exposure_section",
    "loss_section",
    "margin_section",
    "position_section",
    "stress_section",
]

_BINS: Final = 24
_MOVES_BPS: Final = tuple(range(-9_000, 5_001, 500))


def _cents_up(loss: int) -> str:
    return str(div_up(loss, RETURN_SCALE))


def _limit_cents(report: RiskReport, statement: str) -> str | None:
    """Limit of a loss in cents, rounded down; None when the policy has none, or there is no equity."""
    check: LimitCheck | None = None if report.verdict is None else report.verdict[statement]
    if check is None or check.limit_bps is None or report.exposures.equity_cents <= 0:
        return None
    return str(div_down(check.limit_bps * report.exposures.equity_cents, BPS))


def margin_section(report: RiskReport) -> list[dict[str, str]]:
    """Assets, haircuts, what is left, weighted debt, headroom: steps that add up to the cent.

    The debt is weighted with the borrow factors; headroom below zero is liquidation.
    """
    rows, sheet, held = report.sheet.parameters, report.sheet, report.exposures
    collateral, debt = health_sums(
        held.long, held.short, sheet.prices, rows.liquidation_threshold_bps, rows.borrow_factor_bps
    )
    assets = div_down(report.values.assets, VALUE_PER_CENT)
    after = div_down(collateral, BPS * VALUE_PER_CENT)
    owed = div_up(debt, BPS * VALUE_PER_CENT)
    steps = (
        ("assets", "TOTAL", assets),
        ("haircuts", "STEP", after - assets),
        ("after haircuts", "TOTAL", after),
        ("weighted debt", "STEP", -owed),
        ("headroom", "TOTAL", after - owed),
    )
    return [{"label": label, "kind": kind, "amount_cents": str(amount)} for label, kind, amount in steps]


def _nice_step(width: int) -> int:
    """Smallest 1, 2 or 5 times a power of ten that is at least the width, and at least one."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= width:
                return digit * power
        power *= 10


def loss_section(report: RiskReport) -> dict[str, Any]:
    """Distribution of the window's losses in bins, with value at risk, expected shortfall and limits."""
    step = _nice_step(div_up(max(report.losses) - min(report.losses), RETURN_SCALE * _BINS))
    edge = step * RETURN_SCALE
    first, last = (div_down(loss, edge) for loss in (min(report.losses), max(report.losses)))
    counts = dict.fromkeys(range(first, last + 1), 0)
    for loss in report.losses:
        counts[div_down(loss, edge)] += 1
    return {
        "scenarios_count": len(report.losses),
        "largest_loss_cents": _cents_up(max(report.losses)),
        "smallest_loss_cents": _cents_up(min(report.losses)),
        "bins": [
            {"from_cents": str(place * step), "to_cents": str((place + 1) * step), "count": count}
            for place, count in counts.items()
        ],
        "tails": [line.to_dict() for line in report.tails],
        "limit_confidence_bps": report.policy_confidence_bps,
        "var_limit_cents": _limit_cents(report, "var"),
        "expected_shortfall_limit_cents": _limit_cents(report, "expected_shortfall"),
    }


def stress_section(report: RiskReport) -> dict[str, Any]:
    """Loss of every stress row that says something, the worst first, with the limit."""
    used = {stress.id for stress in report.sheet.universe.stresses}
    lines = [line.to_dict() for line in report.stresses if line.stress_id in used]
    return {"rows": lines, "limit_cents": _limit_cents(report, "stress")}


def exposure_section(report: RiskReport) -> dict[str, Any]:
    """Long and short value by instrument, the largest net first, and by sector; longs down, shorts up, cents."""
    sheet, held = report.sheet, report.exposures
    rows = []
    for slot in range(len(sheet.universe.instruments)):
        long, short = held.long[slot] * sheet.prices[slot], held.short[slot] * sheet.prices[slot]
        if long or short:
            rows.append((slot, div_down(long, VALUE_PER_CENT), div_up(short, VALUE_PER_CENT)))
    instruments = sorted(rows, key=lambda row: (-abs(held.net[row[0]]), row[0]))
    return {
        "instruments": [
            {"instrument": sheet.universe.symbol_of(slot), **_sides(long, short)} for slot, long, short in instruments
        ],
        "sectors": list(_sectors(report, rows)),
    }


def position_section(report: RiskReport) -> list[dict[str, Any]]:
    """Units held and owed of every instrument, exact decimal text, with net value and share of equity."""
    universe = report.sheet.universe
    rows = []
    for line in report.positions:
        decimals = universe.decimals_of(universe.slot_of(line.symbol))
        units = [format(from_scaled(lots, decimals), "f") for lots in (line.long_lots, line.short_lots)]
        long, short = (text.rstrip("0").rstrip(".") if "." in text else text for text in units)
        share = line.share.bps_up()
        rows.append(
            {
                "instrument": line.symbol,
                "long_units": long,
                "short_units": short,
                "net_cents": str(line.net_cents),
                "status": str(line.share.status),
                "share_of_equity_bps": None if share is None else str(share),
            }
        )
    return rows


def _sides(long: int, short: int) -> dict[str, str]:
    return {"long_cents": str(long), "short_cents": str(short), "net_cents": str(long - short)}


def _sectors(report: RiskReport, rows: list[tuple[int, int, int]]) -> Iterator[dict[str, Any]]:
    parameters = report.sheet.parameters
    for place, (name, share) in enumerate(report.sectors):
        members = [row for row in rows if parameters.sector[place][row[0]]]
        if members:
            long, short = (sum(row[side] for row in members) for side in (1, 2))
            bps = share.bps_up()
            yield {
                "sector": name,
                **_sides(long, short),
                "status": str(share.status),
                "share_of_equity_bps": None if bps is None else str(bps),
            }


def component_section(report: RiskReport, parts: Components) -> dict[str, Any]:
    """Parts of value at risk and expected shortfall by instrument, the largest first, and the slack.

    The parts in 10^-6 cents add up exactly; those in cents are each rounded up.
    """
    sheet = report.sheet
    slots = [slot for slot, cents in enumerate(report.exposures.cents) if cents]
    order = sorted(slots, key=lambda slot: (-parts.shortfall_parts[slot], slot))
    return {
        "confidence_bps": parts.confidence_bps,
        "scenario_day": sheet.window.days[parts.scenario],
        "var_loss_e6_cents": str(parts.var_loss),
        "var_loss_cents": _cents_up(parts.var_loss),
        "slack_e6_cents": str(parts.slack),
        "slack_cents": _cents_up(parts.slack),
        "shortfall_cents": str(_ratio_cents_up(parts.shortfall)),
        "shortfall_denominator": str(parts.shortfall.denominator),
        "marginal": "VALUE_AT_RISK_MINUS_THAT_WITHOUT_THE_POSITION",
        "rows": [
            {
                "instrument": sheet.universe.symbol_of(slot),
                "var_part_e6_cents": str(parts.var_parts[slot]),
                "var_part_cents": _cents_up(parts.var_parts[slot]),
                "shortfall_part_numerator": str(parts.shortfall_parts[slot]),
                "shortfall_part_cents": str(_ratio_cents_up(parts.shortfall_part(slot))),
                "marginal_var_cents": _cents_up(parts.marginal[slot]),
            }
            for slot in order
        ],
    }


def _ratio_cents_up(ratio: Ratio) -> int:
    return div_up(ratio.numerator, ratio.denominator * RETURN_SCALE)


def distance_section(report: RiskReport) -> dict[str, Any]:
    """Health factor after common moves of all risky assets, rounded down, and the moves to each level."""
    sheet, held, rows = report.sheet, report.exposures, report.sheet.parameters
    slots = range(len(sheet.prices))
    risky = [is_risky(sheet, slot) for slot in slots]
    curve = []
    for move in _MOVES_BPS if report.health_factor.is_defined else ():
        moved = [sheet.prices[slot] * (BPS + move if risky[slot] else BPS) for slot in slots]
        sums = health_sums(held.long, held.short, moved, rows.liquidation_threshold_bps, rows.borrow_factor_bps)
        if sums[1]:
            curve.append({"move_bps": move, "health_factor_bps": str(Ratio(*sums).scaled_down(BPS))})
    limit = None if report.verdict is None else report.verdict["health"].limit_bps
    return {"curve": curve, "limit_bps": limit, "levels": [distance.to_dict() for distance in report.distances]}
