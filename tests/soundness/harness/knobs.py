"""Single numbers of a state that can be moved until a statement changes its mind."""

from __future__ import annotations

import random
from collections.abc import Callable

from harness.oracle import State
from harness.random_states import LARGEST_RATIO, N
from harness.specs import BPS, CENT

Knob = tuple[Callable[[int], State], int, int]
LARGEST_QUANTITY, LARGEST_PRICE, LARGEST_RETURN = (1 << 64) - 1, (1 << 64) - 1, (1 << 23) - 1
LARGEST_VALUE = (CENT << 49) - 1


def crossing(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return a value where `holds` differs from what it is one above, or None when both ends agree."""
    below = holds(low)
    if below == holds(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) == below else (low, middle)
    return low


def knobs(rng: random.Random, state: State, name: str) -> list[Knob]:
    """Return (state at a value, smallest value, largest value) for numbers that the statement reads."""
    side, slot = rng.choice(("long", "short", "leg_long", "leg_short")), rng.randrange(N)
    risky = rng.randrange(1, N)
    found = [_lots(state, side, slot), _lots(state, side, risky), _price(state, risky)]
    if name == "health":
        found += [_factor(state, "lt", slot, BPS), _factor(state, "bf", slot, LARGEST_RATIO)]
    if name in ("var", "expected_shortfall", "stress"):
        rows = "stress" if name == "stress" else "window"
        found += [_return(state, rows, row, risky) for row in rng.sample(range(len(getattr(state, rows))), 2)]
    if name in ("var", "expected_shortfall"):
        found += [(lambda t: state.with_(t=t), state.t - (1 << 80), state.t + (1 << 80))]
    return found


def _set(values: list[int], index: int, value: int) -> list[int]:
    return [*values[:index], value, *values[index + 1 :]]


def _honest(state: State) -> State:
    return state.with_(t=sorted(state.losses(state.window), reverse=True)[state.tail_count])


def _lots(state: State, side: str, slot: int) -> Knob:
    """Lots of one side, as many as the widths of a value admit."""
    most = min(LARGEST_QUANTITY, LARGEST_VALUE // max(state.price[slot], 1))
    return lambda lots: _honest(state.with_(**{side: _set(getattr(state, side), slot, lots)})), 0, most


def _price(state: State, slot: int) -> Knob:
    held = max(state.total("long")[slot], state.total("short")[slot], 1)
    most = min(LARGEST_PRICE, LARGEST_VALUE // held)
    return lambda price: _honest(state.with_(price=_set(state.price, slot, price))), 0, most


def _factor(state: State, row: str, slot: int, most: int) -> Knob:
    return lambda bps: state.with_(**{row: _set(getattr(state, row), slot, bps)}), 0, most


def _return(state: State, rows: str, row: int, slot: int) -> Knob:
    def turned(value: int) -> State:
        matrix = getattr(state, rows)
        changed = state.with_(**{rows: [*matrix[:row], _set(matrix[row], slot, value), *matrix[row + 1 :]]})
        return _honest(changed) if rows == "window" else changed

    return turned, -(10**6), LARGEST_RETURN
