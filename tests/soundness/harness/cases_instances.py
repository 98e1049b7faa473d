"""Dishonest witnesses of the three whole circuits, at the micro tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.case import OUT_OF_FIELD_SENSE
from harness.constraints import R
from harness.oracle import STATEMENTS, State, at_quantile, base_state
from harness.specs import commitment

ALL_OFF = dict.fromkeys(STATEMENTS, 0)


@dataclass(frozen=True, slots=True)
class WholeCase:
    """An edit of a whole circuit's witness.

    Attributes:
        kind: compliance, healthy or liquidation.
        attack: What the prover tries; the name of the test.
        caught: Components below main that hold the violated constraints, and no others.
        state: The state whose inputs are used; the commitment opens to its book.
        inputs: Inputs that differ from the state's.
        lies: Inner signals that the prover sets.
    """

    kind: str
    attack: str
    caught: tuple[str, ...]
    state: State
    inputs: Mapping[str, object] = field(default_factory=dict)
    lies: Mapping[str, int] = field(default_factory=dict)


def sound() -> State:
    """Return a state that meets every statement."""
    return at_quantile(base_state())


def sick() -> State:
    """Return a state whose health factor is below 1, with positive equity."""
    state = base_state()
    return at_quantile(state.with_(short=[270_000 * 10**6, *state.short[1:]]))


def only(name: str, state: State, **changes: object) -> State:
    """Return a state in which one statement alone is enabled."""
    return state.with_(en=ALL_OFF | {name: 1}, **changes)


def _failing() -> dict[str, tuple[State, str, str]]:
    """Return statement → (state that fails it alone, component of its switch, component that must refuse)."""
    tight = {name: sound().with_(li={name: 1}) for name in STATEMENTS if name != "sector"}
    tight["health"] = sick()
    tight["sector"] = sound().with_(sector_limit=[1, 1])
    where = {
        "health": ("health", "health.limit.range"),
        "leverage": ("leverage", "leverage.limit.range"),
        "position": ("position", None),
        "sector": ("sectors", None),
        "hhi": ("herfindahl", "herfindahl.limit.range"),
        "var": ("tail", "tail.var_limit.range"),
        "expected_shortfall": ("tail", "tail.es_limit.range"),
        "stress": ("stress", None),
    }
    return {name: (only(name, tight[name]), *where[name]) for name in STATEMENTS}  # type: ignore[misc]


_ROWS = {"position": 7, "sector": 2, "stress": 4}
_SWITCH = {"var": "tail.var_enabled", "expected_shortfall": "tail.es_enabled"}


def _switches() -> list[WholeCase]:
    """C9 and the rule that a prover never decides whether a check runs."""
    cases = []
    for i, (name, (state, component, refuses)) in enumerate(_failing().items()):
        switch = _SWITCH.get(name, f"{component}.enabled")
        rows = _ROWS.get(name, 0)
        caught = tuple(f"{component}.limit[{j}].range" for j in range(rows)) if rows else (refuses,)
        bits = [0] * len(STATEMENTS)
        cases += [
            WholeCase("compliance", f"{name} fails", caught, state),
            WholeCase("compliance", f"{name} switched off inside", ("",), state, {}, {switch: 0}),
            # With a bit of -1 the violated inequality turns around and would hold.
            WholeCase("compliance", f"c9 bit of {name} is -1", (f"bit[{i}]",), state,
                      {"enabled": [*bits[:i], R - 1, *bits[i + 1 :]]}),
            WholeCase("compliance", f"c9 bit of {name} is 2", (f"bit[{i}]",), only(name, sound()),
                      {"enabled": [*bits[:i], 2, *bits[i + 1 :]]}),
        ]  # fmt: skip
    return cases


def _books() -> list[WholeCase]:
    cases = []
    for kind in ("compliance", "healthy", "liquidation"):
        # Nothing but the range may refuse: the position has no weight in any statement.
        state = weightless(sick() if kind == "liquidation" else sound())
        for value in OUT_OF_FIELD_SENSE:
            for side in ("long", "short"):
                book = [*getattr(state, side)[:7], value]
                cases.append(WholeCase(kind, f"c1 {side} {value}", (f"account.{side}_range[7]",),
                                       state.with_(**{side: book})))  # fmt: skip
        other = {"owner": state.owner + 1}, {"salt": state.salt + 1}, {"commitment": 0}
        cases += [WholeCase(kind, f"another {next(iter(change))}", ("account",), state, change) for change in other]
        cases += [
            WholeCase(kind, "owner of the commitment kept inside", ("",), state, {"owner": 1},
                      {"account.owner": state.owner}),
            WholeCase(kind, "commitment kept inside", ("",), state, {"commitment": 0},
                      {"account.commitment": commitment(state.long, state.short, state.owner, state.salt)}),
            WholeCase(kind, "context left free inside", ("account",), state, {}, {"account.context_square": 0}),
        ]  # fmt: skip
    return cases


def weightless(state: State) -> State:
    """Return the state with slot 7 unused: price, factors and returns 0."""

    def cut(row: list[int]) -> list[int]:
        return [*row[:7], 0]

    return at_quantile(
        state.with_(
            price=cut(state.price),
            lt=cut(state.lt),
            bf=cut(state.bf),
            sector=[cut(row) for row in state.sector],
            stress=[cut(row) for row in state.stress],
            window=[cut(row) for row in state.window],
        )
    )


def _blocked() -> list[WholeCase]:
    state = sound()
    empty = state.with_(
        long=[*state.long[:7], 0], short=[*state.short[:7], 0], leg_long=[*state.leg_long[:7], 0],
        leg_short=[*state.leg_short[:7], 0], blocked=[0] * 7 + [1],
    )  # fmt: skip
    one = [*empty.long[:7], 1]
    return [
        WholeCase("compliance", "a blocked long position", ("open",), at_quantile(empty.with_(long=one))),
        WholeCase("compliance", "a blocked escrow", ("open",), at_quantile(empty.with_(leg_long=[0] * 7 + [1]))),
        WholeCase("compliance", "a blocked debt", ("open",), at_quantile(empty.with_(leg_short=[0] * 7 + [1]))),
        # Long 1 and short -1 sum to 0; only the range of the book tells.
        WholeCase("compliance", "blocked positions that cancel in the field", ("account.short_range[7]",),
                  weightless(empty.with_(long=one, short=[*empty.short[:7], R - 1]))),
        WholeCase("compliance", "block hidden inside", ("",), at_quantile(empty.with_(long=one)), {},
                  {"open.blocked[6]": 0}),
    ]  # fmt: skip


def _equity() -> list[WholeCase]:
    """E > 0 with every statement off; C7: a loss never counts as collateral."""
    flat = sound().with_(en=ALL_OFF, leg_long=[0] * 8, leg_short=[0] * 8, t=0)
    names = {"0": [5] * 8, "-1 cash lot": [6] + [5] * 7, "-2^62 cash lots": [(1 << 62) + 5] + [5] * 7}
    return [
        WholeCase("compliance", f"c7 equity {name}", ("solvent.range",), flat.with_(long=[5] * 8, short=short))
        for name, short in names.items()
    ]


def _health() -> list[WholeCase]:
    off = {"health.enabled": 0}
    return [
        WholeCase("healthy", "below the threshold", ("health.limit.range",), sick()),
        WholeCase("healthy", "switched off inside", ("health",), sick(), {}, off),
        WholeCase("healthy", "another gap inside", ("",), sick(), {}, {"health.gap": 0}),
        WholeCase("healthy", "threshold lowered inside", ("",), sick(), {}, {"gap.threshold_bps": 0}),
        WholeCase("healthy", "a debt not valued", ("",), sick(), {}, {"valuation.total_short[0]": 0}),
        WholeCase("liquidation", "above the threshold", ("below.range",), sound()),
        WholeCase("liquidation", "another gap inside", ("",), sound(), {}, {"below.gap": -1}),
        WholeCase("liquidation", "threshold raised inside", ("",), sound(), {}, {"gap.threshold_bps": (1 << 30)}),
        WholeCase("liquidation", "an asset not valued", ("",), sound(), {},
                  {f"valuation.total_long[{i}]": 0 for i in range(8)}),
    ]  # fmt: skip


def _threshold() -> list[WholeCase]:
    """C1 for t, the one free private number."""
    state = sound()
    loose = state.with_(en=ALL_OFF)
    far = (1 << 83, -(1 << 83), R // 2, 1 << 200)
    parts = tuple(f"tail.part[{s}].range" for s in range(16))
    cases = [WholeCase("compliance", f"c1 threshold {t}", parts, loose.with_(t=t)) for t in far]
    on = only("var", state)
    return [
        *cases,
        WholeCase("compliance", "c1 threshold -1", ("tail.tail.range",), only("var", state, t=R - 1)),
        WholeCase("compliance", "c1 threshold 2^64", ("tail.var_limit.range",), on.with_(t=1 << 64)),
        WholeCase("compliance", "c1 threshold -2^64", ("tail.tail.range",), on.with_(t=R - (1 << 64))),
        WholeCase("compliance", "a scenario left out", ("",), on.with_(t=state.t - 1), {},
                  {f"tail.loss[{state.losses(state.window).index(state.t)}]": 0}),
    ]  # fmt: skip


CASES = [*_switches(), *_books(), *_blocked(), *_equity(), *_health(), *_threshold()]
