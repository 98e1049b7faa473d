"""States at the ends of the widths: every number as large as the protocol admits, or one larger."""

from __future__ import annotations

import random

from harness.knobs import LARGEST_PRICE, LARGEST_QUANTITY, LARGEST_RETURN, LARGEST_VALUE
from harness.oracle import State
from harness.random_states import LARGEST_RATIO, R_ROWS, N, S, random_state
from harness.specs import BPS, CASH


def wide_state(rng: random.Random) -> State:
    """Return a state whose slots are anything up to the largest value, with returns up to the largest."""
    price = [CASH, *(_up_to(rng, LARGEST_PRICE) for _ in range(N - 1))]
    most = [min(LARGEST_QUANTITY, LARGEST_VALUE // max(p, 1)) for p in price]
    owed = [_up_to(rng, lots) if rng.random() < 0.4 else 0 for lots in most]
    held = [_up_to(rng, lots) for lots in most]
    half = rng.random() < 0.3
    return random_state(rng, "units").with_(
        price=price,
        long=[lots // 2 if half else lots for lots in held],
        leg_long=[lots // 2 if half else 0 for lots in held],
        short=[0 if half else lots for lots in owed],
        leg_short=[lots if half else 0 for lots in owed],
        lt=[_up_to(rng, BPS) for _ in range(N)],
        bf=[_up_to(rng, LARGEST_RATIO) for _ in range(N)],
        window=[_row(rng) for _ in range(S)],
        stress=[_row(rng) for _ in range(R_ROWS)],
    )


def _up_to(rng: random.Random, most: int) -> int:
    """Return 0 to `most`, of any magnitude, and the end itself often."""
    return rng.choice((most, most, rng.randint(0, most), min(rng.getrandbits(rng.randint(1, 64)), most)))


def _row(rng: random.Random) -> list[int]:
    ends = (-(10**6), LARGEST_RETURN, 0)
    return [0] + [rng.choice((*ends, rng.randint(-(10**6), LARGEST_RETURN))) for _ in range(N - 1)]


def widths_edge(rng: random.Random, state: State) -> State:
    """Return the state with something at the end of its width or one beyond; t stays within reach unless it is that."""
    slot, step = rng.randrange(1, N), rng.choice((-1, 0, 1))
    what = rng.choice(("exposure", "lowest exposure", "quantity", "threshold", "all"))
    if what == "quantity":
        side = rng.choice(("long", "short"))
        lots = [*getattr(state, side)[:slot], LARGEST_QUANTITY + step, *getattr(state, side)[slot + 1 :]]
        state = state.with_(**{side: lots}, price=[*state.price[:slot], rng.choice((0, 1)), *state.price[slot + 1 :]])
    elif what in ("exposure", "lowest exposure"):
        state = _one_slot(state, slot, "long" if what == "exposure" else "short", (1 << 63) + step)
    elif what == "all":
        full = [LARGEST_QUANTITY] * N
        state = state.with_(leg_long=full, leg_short=full, long=full, short=[lots - step % 2 for lots in full])
        state = state.with_(price=[CASH] + [LARGEST_PRICE] * (N - 1), bf=[LARGEST_RATIO] * N, lt=[BPS] * N)
    losses = state.losses(state.window)
    if what == "threshold":
        return state.with_(t=rng.choice((min(losses) + (1 << 82) - 1, max(losses) - (1 << 82))) + step)
    return state.with_(t=sorted(losses, reverse=True)[state.tail_count])


def _one_slot(state: State, slot: int, side: str, lots: int) -> State:
    """Return the state with one slot on one side, of lots worth 5^14 units: 2^63 of them are 2^49 cents.

    The slot after it (or before) holds nearly as much, and cash too, so that equity is positive in any case.
    """
    none, beside = [0] * N, slot + 1 if slot + 1 < N else slot - 1
    held = {"long": none, "short": none, "leg_long": [(1 << 49) * 9_999, *none[1:]], "leg_short": none}
    held[side] = [*none[:slot], lots, *none[slot + 1 :]]
    held["leg_long"][beside] = (1 << 63) - 1
    price = list(state.price)
    price[slot] = price[beside] = 5**14
    return state.with_(**held, price=price)
