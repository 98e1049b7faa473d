"""Outputs that nothing would use, signals in another place, thresholds of another day: the constraints refuse them."""

# ruff: noqa: N802, S311 (tests carry the ID of the threat; seeds make the cases repeatable)

from __future__ import annotations

import random
import re
from itertools import combinations, pairwise

import pytest
from harness.books import decided, requantiled
from harness.cases_instances import sick, sound
from harness.constraints import R
from harness.final import final_circuit
from harness.groups import templates
from harness.instances import decode, encode
from harness.oracle import State, inputs
from harness.random_states import with_limit
from harness.trio import compliance_accepts, health_verdicts

from zkrisk.params import MICRO, CircuitKind
from zkrisk.witness import SignalSet, signal_ranges

KINDS = ("compliance", "healthy", "liquidation")
_OUTPUT = re.compile(r"signal output (\w+)")


def _state(kind: str) -> State:
    return sick() if kind == "liquidation" else sound()


def _outputs(kind: str) -> list[str]:
    """Return every output of every instance of our templates in a circuit, two of an array at most."""
    names = {output for t in templates().values() for output in _OUTPUT.findall(t.body)}
    signals = final_circuit(f"{kind}-micro").open.system.wire_of
    found: dict[str, list[str]] = {}
    for signal in signals:
        leaf = re.sub(r"\[\d+\]", "", signal.rpartition(".")[2])
        if leaf in names and signal.count(".") > 1:
            found.setdefault(re.sub(r"\[\d+\]", "", signal), []).append(signal.removeprefix("main."))
    return [signal for alike in found.values() for signal in {alike[0], alike[-1]}]


@pytest.mark.parametrize("kind", KINDS)
def test_C19_every_gadget_output_dropped_or_changed_is_refused(kind):
    """Each output set to 0, one higher and to its negative, with all that follows from it.

    Refused before simplification, and after it, unless it has removed the wire and nothing is left of the lie.
    """
    circuit, given = final_circuit(f"{kind}-micro"), inputs(_state(kind), kind)
    honest = circuit.forged(given, {})
    final, outputs, free = circuit.projected(encode(honest)), _outputs(kind), []
    for signal in outputs:
        value = honest[circuit.open.system.wire_of[f"main.{signal}"]]
        for lie in {0, value + 1, -value} - {value}:
            values = circuit.forged(given, {signal: lie})
            witness = circuit.projected(encode(values))
            if circuit.open.accepts(values) or (witness != final and circuit.accepts(witness)):
                free.append((signal, lie))
    assert len(outputs) >= {"compliance": 40, "healthy": 20, "liquidation": 20}[kind]
    assert free == []


@pytest.mark.parametrize("kind", KINDS)
def test_C20_exchanged_public_signals_are_refused(kind):
    """Every pair in the small circuits, the neighbours and 400 pairs in the large one."""
    circuit = final_circuit(f"{kind}-micro")
    values = decode(circuit.honest(inputs(_state(kind), kind)))
    public = range(1, circuit.native.n_public + 1)
    pairs = list(combinations(public, 2))
    if kind == "compliance":
        pairs = [*pairwise(public), *random.Random(20).sample(pairs, 400)]
    accepted = []
    for a, b in pairs:
        swapped = list(values)
        swapped[a], swapped[b] = values[b], values[a]
        if values[a] != values[b] and circuit.accepts(encode(swapped)):
            accepted.append((a, b))
    assert accepted == []


@pytest.mark.parametrize("kind", KINDS)
def test_C22_witness_for_other_parameters_is_refused(kind):
    """One higher and one lower in every parameter, and every policy value: the old witness no longer fits."""
    circuit = final_circuit(f"{kind}-micro")
    values = decode(circuit.honest(inputs(_state(kind), kind)))
    ranges = signal_ranges(CircuitKind[kind.upper()], MICRO)
    sets = [ranges[s] for s in (SignalSet.POLICY, SignalSet.PARAMETERS)]
    fitting = [
        (wire, step)
        for signals in sets
        for wire in range(signals.first, signals.first + signals.count)
        for step in (-1, 1)
        if circuit.accepts(encode([*values[:wire], (values[wire] + step) % R, *values[wire + 1 :]]))
    ]
    assert sum(signals.count for signals in sets) >= 16
    assert fitting == []


@pytest.mark.parametrize("row", ["lt", "bf"])
def test_C22_verdict_follows_the_published_threshold(row):
    """A book that is healthy by nothing: a threshold one lower or a borrow factor one higher makes it liquidatable."""
    rng, flipped = random.Random(f"parameter {row}"), 0
    for _ in range(6):
        state, edge = decided(rng, "health", ("units",))
        values = state.values("long" if row == "lt" else "short")
        factors = getattr(state, row)
        for slot in (i for i, value in enumerate(values) if value and factors[i]):
            at = state.with_(threshold=edge, **{row: [0 if i == slot else f for i, f in enumerate(factors)]})
            healthy = health_verdicts(state.with_(threshold=edge))[0]
            less = health_verdicts(at)[0]
            assert (less <= healthy) if row == "lt" else (less >= healthy)
            flipped += less != healthy
    assert flipped or row == "bf"


def test_C22_limits_are_read_and_not_built_in():
    """Each limit of the policy, moved from where it decides, moves the verdict."""
    rng = random.Random("limits")
    for name, stricter in {"leverage": -1, "position": -1, "stress": -1, "health": 1}.items():
        state, edge = decided(rng, name, ("real",))
        alone = requantiled(state).with_(en=dict.fromkeys(state.enabled, 0) | {name: 1})
        assert compliance_accepts(with_limit(alone, name, edge))
        assert not compliance_accepts(with_limit(alone, name, edge + stricter))
