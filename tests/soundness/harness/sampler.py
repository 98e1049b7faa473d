"""States for the campaign over the circuits: one a seed and index, most of them where a single unit decides."""

# ruff: noqa: S311 (seeds make the cases repeatable)

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.books import TRIES, base, decided, requantiled
from harness.extremes import widths_edge
from harness.knobs import crossing, knobs
from harness.oracle import ROOM, STATEMENTS, State, health_gap, representable
from harness.random_states import LARGEST_RATIO, K, N, random_policy, tightest, with_limit
from harness.specs import BPS, CASH

ALL_OFF = dict.fromkeys(STATEMENTS, 0)
GROUP = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """A state, and why it was drawn.

    Attributes:
        family: Name of the function that drew it.
        statement: The one that stands at its limit; None when no single one does.
    """

    state: State
    family: str
    statement: str | None = None


def draw(seed: int, group: int) -> list[Drawn]:
    """Return the states of a group: one book on one sheet under `GROUP` policies; the first has a reason of its own.

    Each state's health limit is also the threshold of the two health circuits.
    """
    rng = random.Random(f"{seed} {group}")
    family = FAMILIES[group % len(FAMILIES)]
    state, statement = family(rng)
    drawn = [Drawn(state, family.__name__, statement), *policies(rng, state)]
    return [replace(d, state=d.state.with_(threshold=d.state.limit["health"])) for d in drawn]


def policies(rng: random.Random, state: State) -> list[Drawn]:
    """Return the state with one limit where it decides and one basis point to either side, and with another t."""
    found = []
    for name in rng.sample(STATEMENTS, 2):
        edge = tightest(state, name)
        at = rng.randint(1, LARGEST_RATIO - 1) if edge is None else edge
        found += [
            Drawn(_just(with_limit(state, name, _clipped(at + step)), name), "triple", name) for step in (-1, 0, 1)
        ]
    name = rng.choice(("var", "expected_shortfall"))
    edge = tightest(state, name)
    tight = state if edge is None else with_limit(state, name, edge)
    t = rng.choice(state.losses(state.window)) + rng.choice((-1, 0, 1))
    return [*found, Drawn(_just(tight.with_(t=t), name), "quantile", name)]


def _just(state: State, name: str) -> State:
    return state.with_(en=ALL_OFF | {name: 1})


def _clipped(bps: int) -> int:
    return min(max(bps, 0), LARGEST_RATIO)


def _alone(rng: random.Random, state: State, name: str) -> State:
    """One statement enabled; the limits of the others, which must not count, are left as drawn."""
    others = [n for n in STATEMENTS if n != name]
    for other in others:
        state = with_limit(state, other, rng.choice((0, LARGEST_RATIO, rng.getrandbits(20))))
    return state.with_(en=ALL_OFF | {name: 1})


def policy(rng: random.Random) -> tuple[State, None]:
    """Some statements enabled, their limits about where they decide, some slots blocked."""
    return random_policy(rng, base(rng)), None


def limit(rng: random.Random) -> tuple[State, str]:
    """One statement, its limit where it decides or one basis point beside."""
    name = rng.choice(STATEMENTS)
    state, edge = decided(rng, name)
    at = _alone(rng, with_limit(state, name, _clipped(edge + rng.choice((-1, 0, 1)))), name)
    if name == "sector" and rng.random() < 0.5:
        # Only one of the two sectors is tight.
        at = at.with_(sector_limit=rng.sample([at.sector_limit[0], LARGEST_RATIO], K))
    return at, name


def book(rng: random.Random) -> tuple[State, str]:
    """One statement, a book or a sheet where it decides: lots, price, return, factor or t one unit to either side."""
    name = rng.choice(STATEMENTS)
    for _ in range(TRIES):
        state, edge = decided(rng, name)
        state = _alone(rng, with_limit(state, name, edge), name)
        knob, low, high = rng.choice(knobs(rng, state, name))
        at = crossing(lambda value, turn=knob: ROOM[name](turn(value)) >= 0, low, high)
        if at is not None:
            moved = knob(min(max(at + rng.choice((-1, 0, 1, 2)), low), high))
            if moved.equity > 0 and representable(moved):
                return moved, name
    return state, name


def every(rng: random.Random) -> tuple[State, str]:
    """Every statement enabled at its own limit; one of them, perhaps, a basis point beyond."""
    state = base(rng)
    for name in STATEMENTS:
        edge = tightest(state, name)
        state = with_limit(state, name, (0 if name == "health" else LARGEST_RATIO) if edge is None else edge)
    name = rng.choice(STATEMENTS)
    now = state.sector_limit[0] if name == "sector" else state.limit[name]
    bits = {n: int(rng.random() < 0.95) for n in STATEMENTS}
    return with_limit(state, name, _clipped(now + rng.choice((-1, 0, 0, 1)))).with_(en=bits), name


def threshold(rng: random.Random) -> tuple[State, str]:
    """t at every loss and beside it, at what the limit allows and beside it, far off, and beyond the widths."""
    name = rng.choice(("var", "expected_shortfall"))
    state, edge = decided(rng, name)
    state = with_limit(state, name, _clipped(edge + rng.choice((0, 0, 1))))
    losses = state.losses(state.window)
    allowed = 100 * state.limit[name] * sum(state.cents)
    t = rng.choice((*losses, state.t, state.t, allowed, 0, min(losses) + (1 << 82), max(losses) - (1 << 82)))
    both = rng.random() < 0.3
    at = _alone(rng, state, name).with_(t=t + rng.choice((-1, 0, 1)))
    return (at.with_(en={"var": 1, "expected_shortfall": 1}) if both else at), name


def equal(rng: random.Random) -> tuple[State, str]:
    """Both sides of an inequality equal, or one lot of a few 10^-16 dollars beside."""
    name = rng.choice(STATEMENTS)
    style = "flat" if name in ("var", "expected_shortfall", "stress") else "units"
    for _ in range(TRIES):
        state, edge = decided(rng, name, (style,))
        state = _alone(rng, with_limit(state, name, edge), name)
        if ROOM[name](state) == 0:
            break
    side, slot = rng.choice(("long", "short", "leg_long", "leg_short")), rng.randrange(1, N)
    lots = list(getattr(state, side))
    lots[slot] = max(lots[slot] + rng.choice((-1, 0, 0, 1)), 0)
    return state.with_(**{side: lots}), name


def gap(rng: random.Random) -> tuple[State, str]:
    """A health gap of exactly -1, 0 or 1: two slots worth 10^-16 dollars a lot fill it up."""
    h = rng.choice((1, 9_999, 10_001, 10_999, 12_501, LARGEST_RATIO - 2))
    state = base(rng, ("units", "real"))
    free = {side: [*getattr(state, side)[:6], 0, 0] for side in ("long", "short", "leg_long", "leg_short")}
    state = state.with_(**free, price=[*state.price[:6], 1, 1], lt=[*state.lt[:6], 1, 0], bf=[*state.bf[:6], 0, 1])
    missing = rng.choice((-1, 0, 1)) - health_gap(state, h)
    # 10^4 x - h y = missing has a solution with small y, because h and 10^4 are coprime.
    y = -missing * pow(h, -1, BPS) % BPS
    y += BPS * max(0, -(-(-missing - h * y) // (BPS * h)))
    x = (missing + h * y) // BPS
    if max(x, y) >> 64:
        return _alone(rng, with_limit(state, "health", h), "health"), "health"
    filled = state.with_(long=[*state.long[:6], x, 0], short=[*state.short[:7], y])
    return _alone(rng, with_limit(requantiled(filled), "health", h), "health"), "health"


_SHARES = {(1,): 10_000, (1, 1): 5_000, (3, 1): 6_250, (2, 1, 1): 3_750, (1,) * 4: 2_500, (1,) * 5: 2_000}


def herfindahl(rng: random.Random) -> tuple[State, str]:
    """Positions whose index is a whole number of basis points, or one unit of value beside."""
    shares = rng.choice(list(_SHARES))
    size = rng.getrandbits(rng.randint(1, 62)) + 1
    sizes = [share * size for share in shares] + [0] * (N - 1 - len(shares))
    sizes[rng.randrange(len(shares))] += rng.choice((-1, 0, 1))
    up = [rng.random() < 0.5 for _ in sizes]
    state = base(rng, ("units",)).with_(
        long=[1 << 40, *(lots if is_long else 0 for lots, is_long in zip(sizes, up, strict=True))],
        short=[0, *(0 if is_long else lots for lots, is_long in zip(sizes, up, strict=True))],
        leg_long=[0] * N, leg_short=[0] * N, price=[CASH] + [1] * (N - 1),
    )  # fmt: skip
    return _alone(rng, with_limit(requantiled(state), "hhi", _SHARES[shares]), "hhi"), "hhi"


def solvency(rng: random.Random) -> tuple[State, None]:
    """Equity of -1, 0 or 1 unit of 10^-16 dollars, most statements off."""
    state = base(rng, ("units", "cents"))
    state = state.with_(price=[*state.price[:7], 1], leg_short=[*state.leg_short[:7], 0])
    owed = state.short[7] + state.equity - rng.choice((-1, 0, 1))
    if 0 <= owed < 1 << 64:
        state = state.with_(short=[*state.short[:7], owed])
    bits = {name: int(rng.random() < 0.05) for name in STATEMENTS}
    return requantiled(state).with_(en=bits), None


def blocked(rng: random.Random) -> tuple[State, None]:
    """Blocked slots, emptied or not, or with a single lot left on one side."""
    state, bits = base(rng), [0] + [int(rng.random() < 0.4) for _ in range(N - 1)]
    sides = ("long", "short", "leg_long", "leg_short")
    # At most one slot keeps something, so that it alone decides.
    kept, left = rng.randrange(2 * N), rng.choice((*sides, "all"))
    for slot in (i for i in range(N) if bits[i]):
        for side in sides:
            lots = list(getattr(state, side))
            lots[slot] = 0 if slot != kept else lots[slot] if left == "all" else int(side == left)
            state = state.with_(**{side: lots})
    return requantiled(state).with_(blocked=bits, en=ALL_OFF | {rng.choice(STATEMENTS): int(rng.random() < 0.3)}), None


def widths(rng: random.Random) -> tuple[State, None]:
    """Quantities, prices, exposures and t at the ends of their widths and one beyond."""
    state = widths_edge(rng, base(rng))
    return state.with_(en=ALL_OFF | {rng.choice(STATEMENTS): int(rng.random() < 0.3)}), None


# A family that stands twice is drawn twice as often.
FAMILIES: tuple[Callable[[random.Random], tuple[State, str | None]], ...] = (
    policy, limit, book, every, threshold, equal, limit, book, gap, herfindahl, solvency, blocked, widths,
)  # fmt: skip
