"""What the statements mean, told without their formulas: what may and what may not change a verdict.

Every verdict is that of the constraints. States stand where one unit decides, so that a sign or a term too many shows.
"""

# ruff: noqa: N802, S311 (tests carry the ID of the property; seeds make the cases repeatable)

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from harness.books import decided, requantiled
from harness.final import final_circuit
from harness.forge import signed
from harness.oracle import STATEMENTS, State, inputs, representable
from harness.random_states import LARGEST_RATIO, K, N, with_limit
from harness.specs import BPS
from harness.trio import Policies, compliance_accepts, health_verdicts

OFF = dict.fromkeys(STATEMENTS, 0)
SIDES = ("long", "short", "leg_long", "leg_short")


def at_the_limit(name: str, count: int, styles: tuple[str, ...] = ("real", "cents", "units")) -> Iterator[State]:
    """Yield states at the strictest limit that holds and one basis point stricter, honest t, one statement enabled."""
    rng, stricter = random.Random(f"semantics {name}"), 1 if name == "health" else -1
    for index in range(count):
        state, edge = decided(rng, name, styles)
        bps = min(max(edge + stricter * (index % 2), 0), LARGEST_RATIO)
        state = with_limit(state, name, bps).with_(en=OFF | {name: 1})
        yield state.with_(threshold=state.limit["health"])


def moved(state: State, source: str, target: str) -> State:
    """Return the state with all lots of one side moved to another."""
    both = [a + b for a, b in zip(getattr(state, source), getattr(state, target), strict=True)]
    return state.with_(**{source: [0] * N, target: both})


@pytest.mark.parametrize("name", STATEMENTS)
def test_C23_escrow_and_debt_of_the_leg_count_like_the_book(name):
    for state in at_the_limit(name, 3):
        verdict, health = compliance_accepts(state), health_verdicts(state)
        for source, target in (("long", "leg_long"), ("leg_short", "short")):
            other = moved(state, source, target)
            assert compliance_accepts(other) == verdict
            assert health_verdicts(other) == health


@pytest.mark.parametrize("name", STATEMENTS)
def test_C24_as_much_long_as_short_of_one_thing_never_helps(name):
    """A wash position adds gross exposure and debt, and nothing to equity: no refusal becomes an acceptance.

    For health this needs factors as the chain admits them and a threshold of at least one: a health factor below one
    rises towards lt / bf when both of its sides grow, here as in any lending protocol.
    """
    rng, tried = random.Random(name), 0
    for state in at_the_limit(name, 12):
        if name == "health" and (min(state.bf) < BPS or state.threshold < BPS):
            continue
        slot = rng.choice([i for i in range(N) if state.price[i]])
        lots = rng.choice((1, max(state.total("long")[slot], 1), rng.getrandbits(44)))
        more = {side: list(getattr(state, side)) for side in ("long", "short")}
        for side in more.values():
            side[slot] += lots
        washed, tried = state.with_(**more), tried + 1
        assert compliance_accepts(washed) <= compliance_accepts(state)
        if min(state.bf) >= BPS and state.threshold >= BPS:
            assert health_verdicts(washed)[0] <= health_verdicts(state)[0]
    assert tried >= 2


@pytest.mark.parametrize("name", STATEMENTS)
def test_C25_order_of_slots_and_of_scenarios_means_nothing(name):
    """The same instruments in other slots, and the same days in other rows: the verdict is the same."""
    rng = random.Random(name)
    for state in at_the_limit(name, 6):
        order = [0, *rng.sample(range(1, N), N - 1)]
        turned = state.with_(
            **{f: [getattr(state, f)[i] for i in order] for f in (*SIDES, "price", "blocked", "lt", "bf")},
            **{f: [[row[i] for i in order] for row in getattr(state, f)] for f in ("sector", "stress", "window")},
        )
        turned = turned.with_(
            window=rng.sample(turned.window, len(turned.window)), stress=rng.sample(turned.stress, len(turned.stress))
        )
        sectors = rng.sample(range(K), K)
        turned = turned.with_(
            sector=[turned.sector[k] for k in sectors], sector_limit=[turned.sector_limit[k] for k in sectors]
        )
        assert compliance_accepts(turned) == compliance_accepts(state)
        assert health_verdicts(turned) == health_verdicts(state)


def test_C26_cash_is_collateral_and_never_exposure():
    """More cash: more equity and collateral by exactly its worth; no gross, no position, no sector, no index."""
    state = next(at_the_limit("leverage", 1))
    richer = state.with_(long=[state.long[0] + 10**6, *state.long[1:]], sector=[[1, *row[1:]] for row in state.sector])
    circuit = final_circuit("compliance-micro")
    before, after = (circuit.signals(inputs(s, "compliance")) for s in (state, richer))
    dollar = 10**16
    assert signed(after["exposure.equity"]) - signed(before["exposure.equity"]) == dollar
    assert after["exposure.gross"] == before["exposure.gross"]
    for signal in ("herfindahl.total_square", *(f"position.limit[{i}].value" for i in range(N - 1))):
        assert after[signal] == before[signal]
    for k in range(K):
        assert after[f"sectors.limit[{k}].value"] == before[f"sectors.limit[{k}].value"]
    weighted = signed(after["gap.weighted_long[0]"]) - signed(before["gap.weighted_long[0]"])
    assert weighted == dollar * state.lt[0]


@pytest.mark.parametrize("side", ["long", "short"])
def test_C26_a_short_position_gains_when_prices_fall(side):
    """One instrument worth 100 dollars, down and up by 10 %: the loss has the sign of the position, plus 8 cents."""
    state = next(at_the_limit("var", 1, ("cents",)))
    rows = [[0, -100_000, *[0] * (N - 2)], [0, 100_000, *[0] * (N - 2)]]
    position = {s: [0] * N for s in SIDES} | {side: [0, 1, *[0] * (N - 2)], "leg_long": [10**9, *[0] * (N - 1)]}
    state = state.with_(**position, price=[10**10, 10**18, *[0] * (N - 2)], window=rows * 8, t=0)
    assert state.price[1] < 1 << 64
    signals = final_circuit("compliance-micro").signals(inputs(state, "compliance"))
    down, up = (signed(signals[f"scenario[{s}].loss"]) for s in (0, 1))
    ten_dollars, slack = 1_000 * 10**6, N * 10**6
    assert (down - slack, up - slack) == (
        (ten_dollars, -ten_dollars) if side == "long" else (-ten_dollars, ten_dollars)
    )


@pytest.mark.parametrize("name", ["var", "expected_shortfall"])
def test_C27_no_other_threshold_does_better_than_the_value_at_risk(name):
    """One basis point too strict: every loss, its neighbours and what the limit allows, as t, are refused, too."""
    tried = 0
    for state in at_the_limit(name, 24, ("real",)):
        losses, allowed = sorted(state.losses(state.window), reverse=True), 100 * state.limit[name] * sum(state.cents)
        # Some loss lies within what is allowed: a t of that size would do, were it not for the losses beyond it.
        if not losses[-1] < allowed < losses[0]:
            continue
        policies = Policies(state)
        if policies.verdicts(state).compliance:
            continue
        tries = {t + step for t in (*losses, allowed, 0) for step in (-1, 0, 1)}
        assert not any(policies.verdicts(state.with_(t=t)).compliance for t in tries)
        tried += 1
    assert tried >= 2


@pytest.mark.parametrize("name", STATEMENTS)
def test_C28_a_stricter_policy_accepts_no_more_and_a_disabled_limit_says_nothing(name):
    for state in at_the_limit(name, 3):
        policies, edge = Policies(state), state.sector_limit[0] if name == "sector" else state.limit[name]
        strict, loose = (LARGEST_RATIO, 0) if name == "health" else (0, LARGEST_RATIO)

        def accepts(changed: State, policies: Policies = policies) -> bool:
            return policies.verdicts(changed).compliance

        now = accepts(state)
        assert accepts(with_limit(state, name, strict)) <= now <= accepts(with_limit(state, name, loose))
        assert accepts(state.with_(en=dict.fromkeys(STATEMENTS, 1))) <= now
        off = {accepts(with_limit(state, name, bps).with_(en=OFF)) for bps in (strict, edge, loose)}
        assert off == {state.equity > 0 and representable(state)}


def test_C29_a_claimed_leg_on_the_safe_side_liquidates_nobody_who_is_healthy():
    """A liquidation may claim more escrow and less debt than there is: the true leg is then liquidatable, too."""
    rng, liquidated = random.Random("claim"), 0
    for state in at_the_limit("health", 12):
        claimed = state.with_(
            leg_long=[q + rng.getrandbits(rng.randint(1, 30)) for q in state.leg_long],
            leg_short=[rng.randint(q // 2, q) for q in state.leg_short],
        )
        by_claim, truly = health_verdicts(claimed)[1], health_verdicts(state)[1]
        assert by_claim <= truly
        liquidated += truly
    assert liquidated


def test_C30_a_blocked_slot_is_judged_by_what_is_held_and_not_by_what_nets_out():
    """Equal long and short, in the book or against the leg, is worth nothing and still held."""
    state = requantiled(next(at_the_limit("leverage", 1))).with_(en=OFF)
    empty = state.with_(**{s: [0 if i == 3 else q for i, q in enumerate(getattr(state, s))] for s in SIDES})
    blocked = requantiled(empty).with_(blocked=[int(i == 3) for i in range(N)])
    assert compliance_accepts(blocked)
    for one, other in (("long", "short"), ("leg_long", "leg_short"), ("long", "leg_short"), ("short", "leg_long")):
        held = {s: [5 if i == 3 else q for i, q in enumerate(getattr(blocked, s))] for s in (one, other)}
        assert not compliance_accepts(requantiled(blocked.with_(**held)))
