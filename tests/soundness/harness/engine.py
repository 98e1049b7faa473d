"""What the client says of a state: its engine, its policy and its circuit inputs, from the classes that users meet."""

from __future__ import annotations

import copy
from datetime import date
from functools import cache

from harness.oracle import STATEMENTS, State
from harness.random_states import S, with_limit
from harness.specs import BPS, commitment
from zkrisk.book import BookVector, Leg
from zkrisk.errors import RangeExceeded
from zkrisk.metrics import check, is_healthy, tail_threshold
from zkrisk.params import Assurance
from zkrisk.policy import Limits, Policy
from zkrisk.policy.models import SectorLimits
from zkrisk.sheet import Parameters, Sheet, load_universe, synthetic_history
from zkrisk.witness import ComplianceStatement, circuit_inputs


@cache
def _sheet() -> Sheet:
    universe = load_universe("micro-8")
    return Sheet.from_history(universe, synthetic_history(universe, seed=1, last_day=date(2026, 11, 20)))


def sheet_of(state: State) -> Sheet:
    """Return the state's sheet, rows checked; prices are those of the state, 0 too, which no feed could give."""
    sheet = copy.copy(_sheet())
    old = sheet.parameters
    parameters = Parameters(
        liquidation_threshold_bps=tuple(state.lt),
        borrow_factor_bps=tuple(state.bf),
        sector=tuple(map(tuple, state.sector)),
        stress_return=tuple(map(tuple, state.stress)),
        stress_ids=old.stress_ids,
        stress_names=old.stress_names,
        sector_names=old.sector_names,
    )
    window = copy.copy(sheet.window)
    object.__setattr__(window, "returns", tuple(map(tuple, state.window)))
    parameters.check(sheet.tier)
    window.check(sheet.tier)
    changes = {"prices": tuple(state.price), "blocked": tuple(state.blocked), "parameters": parameters}
    for name, value in (changes | {"window": window}).items():
        object.__setattr__(sheet, name, value)
    return sheet


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02d}%"


def policy_of(state: State) -> Policy:
    """Return the policy that a person would write for the state's enabled limits."""
    names = {n: f"{n}_min" if n == "health" else f"{n}_max" for n in STATEMENTS if state.enabled[n]}
    frame = {"name": "p", "version": 1, "max_age_s": 60, "min_assurance": "SELF_DECLARED"}
    sectors = dict(zip(_sheet().parameters.sector_names, state.sector_limit, strict=True))
    if names and (not state.enabled["health"] or state.limit["health"]):
        limits = {field: _percent(state.limit[n]) for n, field in names.items() if n != "sector"}
        limits |= {"sector_max": {k: _percent(v) for k, v in sectors.items()}} if state.enabled["sector"] else {}
        return Policy(**frame, limits=Limits(**limits), confidence=_percent(confidence_bps(state)))
    # A policy that limits nothing, or health at 0, cannot be written; the engine is asked all the same.
    bps = {field: state.limit[n] for n, field in names.items() if n != "sector"}
    bps |= {"sector_max": SectorLimits.model_construct(by_name=sectors)} if state.enabled["sector"] else {}
    frame["min_assurance"] = Assurance.SELF_DECLARED
    return Policy.model_construct(**frame, limits=Limits.model_construct(**bps), confidence_bps=confidence_bps(state))


def confidence_bps(state: State) -> int:
    """Return the confidence level behind tail_mass."""
    return BPS - state.tail_mass // S


def _lots(state: State) -> tuple[BookVector, Leg]:
    return BookVector(tuple(state.long), tuple(state.short)), Leg(tuple(state.leg_long), tuple(state.leg_short))


def engine_verdicts(state: State) -> tuple[bool, bool]:
    """Return (compliant, healthy) as the engine says; what it refuses to look at counts as neither."""
    try:
        book, leg = (
            BookVector(tuple(state.long), tuple(state.short)),
            Leg(tuple(state.leg_long), tuple(state.leg_short)),
        )
    except RangeExceeded:
        return False, False
    sheet, policy = sheet_of(state), policy_of(state)
    healthy = is_healthy(book, leg, sheet, state.threshold)
    try:
        return check(policy, book, leg, sheet, threshold=state.t).holds, healthy
    except RangeExceeded:
        return False, healthy


def honest_threshold(state: State) -> int:
    """Return the t that the client proves with."""
    book, leg = _lots(state)
    return tail_threshold(policy_of(state), book, leg, sheet_of(state))


class _Opening:
    def __init__(self, state: State) -> None:
        self.long, self.short, self.salt = tuple(state.long), tuple(state.short), state.salt


def client_inputs(state: State) -> dict[str, tuple[int, ...]]:
    """Return the circuit inputs that the client makes; limits that the policy does not enable are 0 there."""
    sheet, policy = sheet_of(state), policy_of(state)
    rows = sheet.parameters
    statement = ComplianceStatement(
        tier=sheet.tier,
        commitment=commitment(state.long, state.short, state.owner, state.salt),
        owner=state.owner,
        context=state.context,
        leg=_lots(state)[1],
        prices=sheet.prices,
        blocked=sheet.blocked,
        policy_values=tuple(policy.public_values(sheet.tier, rows.sector_names)),
        liquidation_threshold_bps=rows.liquidation_threshold_bps,
        borrow_factor_bps=rows.borrow_factor_bps,
        sector=rows.sector,
        stress_return=rows.stress_return,
        window_return=sheet.window.returns,
    )
    return circuit_inputs(statement, _Opening(state), state.t)


def without_idle_limits(state: State) -> State:
    """Return the state with the limits that its policy does not enable at 0, as the client writes them."""
    for name in STATEMENTS:
        state = state if state.enabled[name] else with_limit(state, name, 0)
    return state
