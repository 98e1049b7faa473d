"""A share of the campaign over the circuits, and that it notices an engine or a circuit that is off by one."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from harness.books import requantiled
from harness.final import FinalCircuit
from harness.oracle import STATEMENTS, base_state
from harness.random_states import R_ROWS, N, S
from harness.sampler import GROUP
from harness.specs import BPS, CASH
from harness.trio import trio

from tests.campaigns import circuits
from tests.oracles.exact import CENT, rooms
from zkrisk.errors import ConstraintViolated

SEED, CASES = 7, 1_600


@cache
def share():
    """Run the fast share once."""
    return circuits.run(CASES, SEED)


def test_C14_engine_exact_rationals_and_constraints_agree_where_one_unit_decides():
    seen, failed = share()
    assert failed == []
    assert seen["accepted"] + seen["refused"] == CASES


@pytest.mark.parametrize("name", STATEMENTS)
def test_C14_every_statement_is_met_on_both_sides_of_its_limit(name):
    seen, _ = share()
    assert min(seen[f"{name} accepted"], seen[f"{name} refused"]) >= 10


def test_C14_a_long_run_that_leaves_something_out_is_no_pass():
    assert "hhi equal" in circuits.gaps(Counter({"hhi accepted": 1}))
    assert "hhi accepted" not in circuits.gaps(Counter({"hhi accepted": 1}))


def test_C15_healthy_and_unhealthy_states_are_both_met():
    seen, _ = share()
    assert seen["healthy"] + seen["unhealthy"] == CASES
    assert min(seen["healthy"], seen["unhealthy"]) > CASES // 20


def _failures() -> Iterator[str]:
    for group in range(CASES // GROUP):
        yield from (why for _, why in circuits.examine(SEED, group)[1])


def test_campaign_notices_an_engine_that_is_one_unit_loose(monkeypatch):
    """10^4 G < l E + 1 and the like for one statement: leverage is asked with one unit of equity too much."""
    honest = circuits.engine_verdicts

    def loose(state):
        compliant, _ = honest(state.with_(li={"leverage": min(state.limit["leverage"] + 1, (1 << 20) - 1)}))
        return compliant, honest(state)[1]

    monkeypatch.setattr(circuits, "engine_verdicts", loose)
    assert any("the engine says True, compliance False" in why for why in _failures())


@pytest.mark.parametrize(
    ("kind", "component", "words"),
    [
        ("compliance", "main.leverage.limit.range", "compliance True"),
        ("compliance", "main.tail.tail.range", "compliance True"),
        ("compliance", "main.open", "compliance True"),
        ("healthy", "main.health.limit.range", "healthy True"),
        ("liquidation", "main.below.range", "not exactly one"),
    ],
)
def test_campaign_notices_a_circuit_without_one_check(monkeypatch, kind, component, words):
    """The constraints of one component do not count, as if the template had forgotten them."""
    circuit = trio().circuits[kind]
    labels = circuit.labels.tolist()
    mine = {wire for wire, label in enumerate(labels) if circuit.open.system.names.get(label, "").startswith(component)}
    assert mine or component == "main.open"

    def accepts(self: FinalCircuit, witness: bytes) -> bool:
        try:
            self.native.check(witness)
        except ConstraintViolated:
            return self is circuit and all(_is_of(self, row, mine) for row in self.native.violations(witness, 64))
        return True

    monkeypatch.setattr(FinalCircuit, "accepts", accepts)
    assert any(words in why for why in _failures())


def _is_of(circuit: FinalCircuit, row: int, wires: set[int]) -> bool:
    """Whether a constraint belongs to a component: it speaks of its wires, or, for `open`, of a blocked bit."""
    used = {wire for factor in circuit.native.constraint(row) for wire in factor}
    blocked = {w for w in used if circuit.open.system.names.get(int(circuit.labels[w]), "").startswith("main.blocked")}
    return bool(used & wires) if wires else bool(blocked)


def test_C14_floor_of_equity_makes_a_loss_limit_stricter_by_less_than_a_cent_a_slot():
    """0.99 cents lost of every slot, nothing moves: refused at 7 cents of floored equity, which exactly is 14.92."""
    cent, none = 10**14, [0] * N
    flat = [none] * S
    state = base_state().with_(
        long=[79_900, *[1] * (N - 1)], short=none, leg_long=none, leg_short=none, window=flat, stress=flat[:R_ROWS],
        price=[CASH, *[cent * 99 // 100] * (N - 1)], en=dict.fromkeys(STATEMENTS, 0) | {"var": 1}, li={"var": BPS},
    )  # fmt: skip
    at = requantiled(state)
    at = at.with_(threshold=at.limit["health"])
    room, slack = rooms(circuits.exact_case(at))["var"]
    # The overstated loss, a cent a slot, does not explain it; with the equity it is within what docs/metrics.md says.
    assert N * CENT < room < slack == 2 * N * CENT
    assert not trio().verdicts(at).compliance
    richer = requantiled(at.with_(long=[79_900 + 100, *at.long[1:]]))
    assert trio().verdicts(richer).compliance
