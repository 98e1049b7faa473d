"""Random states of the micro tier, and the limit at which each statement just holds."""

from __future__ import annotations

import random

from harness.oracle import ROOM, STATEMENTS, State, base_state, representable
from harness.specs import CASH

N, S, R_ROWS, K = 8, 16, 4, 2
LARGEST_RATIO = (1 << 20) - 1


def random_state(rng: random.Random, style: str) -> State:
    """Return a solvent state within the widths.

    Args:
        rng: Source of randomness.
        style: ``real`` has prices and sizes as markets have; ``cents`` whole cents, so that the floors are exact;
            ``flat`` also no returns, so that a loss is the slack of the floors alone; ``units`` a few 10^-16 dollars,
            where one unit decides.
    """
    draw = {"real": _real, "cents": _cents, "flat": _flat, "units": _units}[style]
    for _ in range(1000):
        state = draw(rng)
        if state.equity > 0 and representable(state):
            return state
    raise RuntimeError(f"no solvent state in style {style}")


def _real(rng: random.Random) -> State:
    def size() -> int:
        return rng.choice((0, rng.getrandbits(rng.randint(1, 44))))

    return _state(rng, size, [rng.getrandbits(rng.randint(1, 44)) for _ in range(N - 1)], 200_000)


def _cents(rng: random.Random) -> State:
    return _state(rng, lambda: rng.randint(0, 9), [10**14 * rng.randint(0, 3) for _ in range(N - 1)], 3)


def _flat(rng: random.Random) -> State:
    return _state(rng, lambda: rng.randint(0, 9), [10**14 * rng.randint(0, 3) for _ in range(N - 1)], 0)


def _units(rng: random.Random) -> State:
    state = _state(rng, lambda: rng.randint(0, 4), [rng.randint(0, 3) for _ in range(N - 1)], 200_000)
    none = [0, *state.long[1:]], [0, *state.short[1:]], [0, *state.leg_long[1:]], [0, *state.leg_short[1:]]
    return state.with_(long=none[0], short=none[1], leg_long=none[2], leg_short=none[3])


def _state(rng: random.Random, size, prices: list[int], spread: int) -> State:
    def side(times: int = 1) -> list[int]:
        return [times * size() for _ in range(N)]

    def rows(count: int) -> list[list[int]]:
        return [[0] + [rng.randint(-spread, spread) for _ in range(N - 1)] for _ in range(count)]

    confidence = rng.choice((9_000, 9_500, 9_900, 5_000, 0, 10_000))
    state = base_state().with_(
        long=side(3),
        short=side(),
        leg_long=side(),
        leg_short=side(),
        price=[CASH, *prices],
        lt=[rng.choice((0, 10_000, rng.randint(0, 10_000))) for _ in range(N)],
        bf=[rng.choice((10_000, rng.randint(10_000, 20_000))) for _ in range(N)],
        sector=[[0] + [rng.randint(0, 1) for _ in range(N - 1)] for _ in range(K)],
        stress=rows(R_ROWS),
        window=rows(S),
        tail_count=(10_000 - confidence) * S // 10_000,
        tail_mass=(10_000 - confidence) * S,
        owner=rng.getrandbits(160),
        salt=rng.getrandbits(248),
        context=rng.getrandbits(250),
    )
    losses = sorted(state.losses(state.window), reverse=True)
    quantile = losses[min(state.tail_count, S - 1)]
    return state.with_(t=rng.choice((quantile, quantile, rng.choice(losses), quantile - 1, quantile + 1)))


def with_limit(state: State, name: str, bps: int) -> State:
    """Return the state with one limit set; both sectors get the same."""
    return state.with_(sector_limit=[bps] * K) if name == "sector" else state.with_(li={name: bps})


def tightest(state: State, name: str) -> int | None:
    """Return the strictest limit at which a statement holds, or None when no limit decides."""

    def holds(bps: int) -> bool:
        return ROOM[name](with_limit(state, name, bps)) >= 0

    # The health factor is bounded from below, everything else from above.
    strict, loose = (LARGEST_RATIO, 0) if name == "health" else (0, LARGEST_RATIO)
    if holds(strict) or not holds(loose):
        return None
    while abs(strict - loose) > 1:
        middle = (strict + loose) // 2
        strict, loose = (strict, middle) if holds(middle) else (middle, loose)
    return loose


def random_policy(rng: random.Random, state: State) -> State:
    """Return the state under a policy whose limits lie at or one step beside the point where they decide."""
    bits = {}
    for name in STATEMENTS:
        edge = tightest(state, name)
        bps = rng.randint(0, LARGEST_RATIO) if edge is None else edge + rng.choice((0, 0, 0, 0, -1, 1))
        state = with_limit(state, name, min(max(bps, 0), LARGEST_RATIO))
        bits[name] = int(rng.random() < (0.1 if edge is None else 0.5))
    blocked = [0] + [int(rng.random() < 0.02) for _ in range(N - 1)]
    return state.with_(en=bits, blocked=blocked)
