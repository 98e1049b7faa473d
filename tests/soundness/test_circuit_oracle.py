"""The constraints that are proved hold exactly when the inequalities of docs/protocol.md do.

The witness comes from a generator without assertions, so it is the constraints that decide. Every limit is tried at the
point where it decides and one step to either side, in bounds and in books.
"""

# ruff: noqa: N802, S311 (tests carry the ID of the threat; seeds make the cases repeatable)

from __future__ import annotations

import random
from collections import Counter

import pytest
from harness.final import final_circuit
from harness.oracle import ROOM, STATEMENTS, State, compliant, health_gap, inputs, representable
from harness.random_states import K, N, random_policy, random_state, tightest, with_limit

from zkrisk.errors import WitnessError

STYLES = ("real", "cents", "units")
ALL_OFF = dict.fromkeys(STATEMENTS, 0)


def admitted(state: State) -> bool:
    """Whether the final compliance circuit accepts a state; the oracle must agree."""
    verdict = final_circuit("compliance-micro").admits(inputs(state, "compliance"))
    assert verdict == compliant(state)
    return verdict


@pytest.mark.parametrize("style", STYLES)
def test_random_policy_accepted_iff_the_inequalities_hold(style):
    rng = random.Random(f"policy {style}")
    verdicts = Counter(admitted(random_policy(rng, random_state(rng, style))) for _ in range(120))
    assert min(verdicts[True], verdicts[False]) >= 20


# A book of a few 10^-16 dollars has no whole cents, so statements in cents cannot be decided there.
IN_CENTS = ("var", "expected_shortfall", "stress")
DECIDABLE = [(n, style) for n in STATEMENTS for style in STYLES if not (style == "units" and n in IN_CENTS)]
DRAWS = 3000


@pytest.mark.parametrize(("name", "style"), DECIDABLE)
def test_C14_limit_decides_at_its_exact_value(name, style):
    rng = random.Random(f"limit {name} {style}")
    stricter = 1 if name == "health" else -1
    for state, edge in _decided(rng, name, style, 3):
        for step in (-1, 0, 1):
            at = with_limit(state, name, edge + step)
            assert admitted(at.with_(en=ALL_OFF | {name: 1})) == (step != stricter)
            assert admitted(at.with_(en=ALL_OFF))


@pytest.mark.parametrize("name", STATEMENTS)
def test_C14_equality_holds_and_one_lot_decides(name):
    """States in which both sides are equal, and all their neighbours by one lot in either direction."""
    rng = random.Random(f"exact {name}")
    verdicts: Counter[bool] = Counter()
    for state, edge in _decided(rng, name, "flat" if name in IN_CENTS else "units", 2, exact=True):
        at = with_limit(state, name, edge).with_(en=ALL_OFF | {name: 1})
        assert admitted(at)
        verdicts.update(admitted(neighbour) for neighbour in _neighbours(at)[::3] if neighbour.equity > 0)
    assert verdicts[True] and verdicts[False]


def _decided(rng: random.Random, name: str, style: str, count: int, exact: bool = False) -> list[tuple[State, int]]:
    """Return states with the limit that decides them, and on which, if `exact`, both sides are equal."""
    found: list[tuple[State, int]] = []
    for _ in range(DRAWS):
        state = random_state(rng, style)
        if exact:
            state = state.with_(lt=[10_000] * N, bf=[10_000] * N)
        edge = tightest(state, name)
        if not edge or (exact and ROOM[name](with_limit(state, name, edge)) != 0):
            continue
        found.append((state, edge))
        if len(found) == count:
            return found
    raise RuntimeError(f"{len(found)} of {count} states for {name} in {DRAWS} draws")


def _neighbours(state: State) -> list[State]:
    """Return the states with one lot more or less in one slot of one side."""
    found = []
    for side in ("long", "short", "leg_long", "leg_short"):
        for i in range(N):
            for step in (-1, 1):
                lots = list(getattr(state, side))
                lots[i] += step
                if lots[i] >= 0:
                    found.append(state.with_(**{side: lots}))
    return [s for s in found if representable(s)]


@pytest.mark.parametrize("style", ["real", "cents"])
def test_threshold_around_every_loss_accepted_iff_count_and_bound_hold(style):
    rng = random.Random(f"threshold {style}")
    state = random_state(rng, style)
    for loss in sorted(set(state.losses(state.window))):
        for step in (-1, 0, 1):
            at = state.with_(t=loss + step)
            for name in ("var", "expected_shortfall"):
                edge = tightest(at, name)
                tight = at if edge is None else with_limit(at, name, edge)
                admitted(tight.with_(en=ALL_OFF | {name: 1}))


@pytest.mark.parametrize("equity", [-1, 0, 1])
def test_solvency_decides_at_one_unit(equity):
    flat = random_state(random.Random(7), "units").with_(en=ALL_OFF, price=[10**10] + [1] * (N - 1), leg_long=[0] * N)
    flat = flat.with_(leg_short=[0] * N, short=[0, 1, *[0] * (N - 2)], long=[0, 1 + max(equity, 0), *[0] * (N - 2)])
    state = flat.with_(short=[0, 2, *[0] * (N - 2)]) if equity < 0 else flat
    assert state.equity == equity
    assert admitted(state) == (equity > 0)


@pytest.mark.parametrize("slot", range(1, N))
@pytest.mark.parametrize("side", ["long", "short", "leg_long", "leg_short"])
def test_blocked_slot_may_hold_nothing(side, slot):
    empty = [0] * N
    state = random_state(random.Random(3), "cents").with_(
        en=ALL_OFF, long=[10**9, *empty[1:]], short=empty, leg_long=empty, leg_short=empty, t=N * 10**6
    )
    blocked = state.with_(blocked=[int(i == slot) for i in range(N)])
    assert admitted(blocked)
    assert not admitted(blocked.with_(**{side: [*getattr(blocked, side)[:slot], 1, *empty[slot + 1 :]]}))


@pytest.mark.parametrize("style", STYLES)
def test_C15_exactly_one_of_healthy_and_liquidation_accepts(style):
    rng = random.Random(f"partition {style}")
    verdicts: Counter[bool] = Counter()
    for _ in range(60):
        state = random_state(rng, style)
        edge = tightest(state, "health")
        threshold = rng.randint(0, 1 << 19) if edge is None else edge + rng.choice((0, 1))
        verdicts[healthy(state.with_(threshold=threshold))] += 1
    assert min(verdicts.values()) >= 5


@pytest.mark.parametrize("gap", [-2, -1, 0, 1, 2])
def test_C15_partition_at_one_unit_of_the_gap(gap):
    empty = [0] * N
    state = random_state(random.Random(5), "units").with_(
        price=[10**10] + [1] * (N - 1), lt=[1] * N, bf=[1] * N, threshold=1, leg_long=empty, leg_short=empty,
        long=[0, 5, *empty[2:]], short=[0, 0, 50_000 - gap, *empty[3:]],
    )  # fmt: skip
    assert health_gap(state, 1) == gap
    assert healthy(state) == (gap >= 0)


def healthy(state: State) -> bool:
    """Whether `healthy` accepts; `liquidation` must say the opposite, and the oracle the same."""
    yes = final_circuit("healthy-micro").admits(inputs(state, "healthy"))
    no = final_circuit("liquidation-micro").admits(inputs(state, "liquidation"))
    assert yes != no
    assert yes == (health_gap(state, state.threshold) >= 0)
    return yes


def test_oracle_and_generator_agree_that_a_failed_state_has_no_witness():
    state = random_state(random.Random(1), "real").with_(en=ALL_OFF | {"leverage": 1}, li={"leverage": 0})
    assert not compliant(state)
    with pytest.raises(WitnessError):
        final_circuit("compliance-micro").honest(inputs(state, "compliance"))
    assert len(state.sector) == K
