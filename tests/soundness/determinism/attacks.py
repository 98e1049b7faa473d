"""Dishonest witnesses for constraints that only assert: nothing is computed by them, so nothing is free without them.

Each is refused by one constraint alone. A circuit without that constraint would accept it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.cases_instances import sick, sound
from harness.final import FinalCircuit, final_circuit
from harness.instances import decode, encode
from harness.oracle import inputs

from determinism.circuit import Circuit
from determinism.forms import R

KINDS = ("compliance", "healthy", "liquidation")


def attacks(kind: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (what is claimed, inputs) of dishonest states, each false in one respect."""
    state = sick() if kind == "liquidation" else sound()
    given = inputs(state, kind)
    yield "a commitment that opens to another book", given | {"commitment": int(str(given["commitment"])) + 1}
    if kind == "compliance":
        for slot in range(1, len(state.blocked)):
            blocked = [int(slot == i) for i in range(1, len(state.blocked))]
            yield f"slot {slot} is blocked and held", given | {"blocked": blocked}


def honest_witness(kind: str) -> list[int]:
    """Return the generator's witness of a micro instance for a state that it accepts."""
    final = final_circuit(f"{kind}-micro")
    return decode(final.honest(inputs(sick() if kind == "liquidation" else sound(), kind)))


def accepted_without(circuit: Circuit, kind: str, index: int) -> str | None:
    """Return the attack that passes when a constraint of a micro instance is left out, or None.

    Where a wire that the constraint computes is given by another one as well, the attack sets it to what that one
    wants: then the left-out constraint is the only one that refuses.
    """
    final = final_circuit(f"{kind}-micro")
    for claim, given in attacks(kind):
        values = decode(final.dishonest(given))
        violated = _violated(final, values)
        if violated == [index]:
            return claim
        if len(violated) == 1:
            shared = circuit.constraints[violated[0]].wires & circuit.constraints[index].wires - circuit.given
            for wire in sorted(shared):
                mended = _mended(circuit, violated[0], wire, values)
                if mended and _violated(final, mended) == [index]:
                    return f"{claim}; {circuit.label(wire)} is computed backwards from it"
    return None


def _violated(final: FinalCircuit, values: list[int]) -> list[int]:
    return final.native.violations(encode(values), limit=3)


def _mended(circuit: Circuit, index: int, wire: int, values: list[int]) -> list[int] | None:
    """Return the witness with one wire changed so that a constraint in which it is linear holds."""
    constraint = circuit.constraints[index]
    forms = constraint.a, constraint.b, constraint.c
    a, b, c = (sum(k * values[w] for w, k in form.items() if w != wire) for form in forms)
    p, q, s = (form.get(wire, 0) for form in forms)
    slope = (p * b + q * a - s) % R
    if not slope or p * q % R:
        return None
    return [*values[:wire], (c - a * b) * pow(slope, -1, R) % R, *values[wire + 1 :]]
