"""Solvent books on sheets, of every shape and size, and the limits at which they decide a statement."""

from __future__ import annotations

import random

from harness.extremes import wide_state
from harness.oracle import State, representable
from harness.random_states import LARGEST_RATIO, N, S, random_state, tightest
from harness.specs import BPS, CASH

STYLES = ("real", "cents", "units", "flat", "wide")
TRIES = 12


def requantiled(state: State) -> State:
    """Return the state with t at the value at risk, where an honest prover puts it."""
    return state.with_(t=sorted(state.losses(state.window), reverse=True)[state.tail_count])


def confident(state: State, confidence_bps: int) -> State:
    """Return the state at a confidence level that a policy can have, with the t that goes with it."""
    mass = (BPS - confidence_bps) * S
    return requantiled(state.with_(tail_mass=mass, tail_count=mass // BPS))


def base(rng: random.Random, styles: tuple[str, ...] = STYLES) -> State:
    """Return a solvent state with an honest t, often with extreme factors, tied losses or idle slots."""
    style = rng.choice(styles)
    for _ in range(1000):
        state = wide_state(rng) if style == "wide" else random_state(rng, style)
        for change in (_masked, _tied, _extreme_factors, _worthless):
            if rng.random() < 0.2:
                state = change(rng, state)
        if state.equity > 0 and representable(state.with_(t=0)):
            level = rng.choice((9_500, 9_900, 5_000, 9_999, 1, rng.randint(1, 9_999)))
            return confident(state.with_(blocked=[0] * N), level)
    raise RuntimeError(f"no solvent state in style {style}")


def _masked(rng: random.Random, state: State) -> State:
    """Empty sides, or all but one slot of them: one-sided books, cash alone, a leg without a book."""
    sides = {}
    for side in ("long", "short", "leg_long", "leg_short"):
        keep = rng.choice((set(range(N)), set(), {0}, {rng.randrange(N)}))
        sides[side] = [lots if i in keep else 0 for i, lots in enumerate(getattr(state, side))]
    return state.with_(**sides)


def _tied(rng: random.Random, state: State) -> State:
    """Few different scenarios, so that losses tie, also at the value at risk."""
    kinds = rng.sample(state.window, rng.randint(1, 3))
    return state.with_(window=[rng.choice(kinds) for _ in state.window])


def _extreme_factors(rng: random.Random, state: State) -> State:
    lt = [rng.choice((0, 1, BPS - 1, BPS)) for _ in range(N)]
    return state.with_(lt=lt, bf=[rng.choice((0, 1, BPS, LARGEST_RATIO)) for _ in range(N)])


def _worthless(rng: random.Random, state: State) -> State:
    """Slots that are held, at a price of 0."""
    return state.with_(price=[CASH, *(p * rng.randint(0, 1) for p in state.price[1:])])


def decided(rng: random.Random, name: str, styles: tuple[str, ...] = STYLES) -> tuple[State, int]:
    """Return a state and the strictest limit at which a statement holds; any limit when none decides."""
    for _ in range(TRIES):
        state = base(rng, styles)
        edge = tightest(state, name)
        if edge is not None:
            return state, edge
    return state, rng.randint(0, LARGEST_RATIO)
