"""Bindings: the proof of either prover is accepted by all three verifiers, with one value changed by none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit import bind_case as case
from tests.unit.runnable import RUNNABLE
from zkrisk.errors import ProofRejected
from zkrisk.params import SCALAR_MODULUS
from zkrisk.proof.binding import Binding, verify_binding
from zkrisk.proof.groth16 import VERIFIERS

CASES = {"bind_1_1": (case.one_venue, (1, 1)), "bind_2_3": (case.partly_signed, (2, 2))}


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("backend", RUNNABLE)
@pytest.mark.parametrize("make, room", CASES.values(), ids=CASES)
def test_binding_of_either_prover_is_accepted_by_every_verifier(
    make: Callable[[str], Binding], room: tuple[int, int], backend: str, verifier: str
) -> None:
    verify_binding(make(backend), case.key(*room), (verifier,))


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("backend", RUNNABLE)
@pytest.mark.parametrize("signal", ["digest", "context", "fingerprint"])
def test_one_changed_public_value_is_refused_by_every_verifier(backend: str, verifier: str, signal: str) -> None:
    one = case.one_venue(backend)
    public = list(one.public_signals())
    place = ("digest", "context", "fingerprint").index(signal)
    public[place] = (public[place] + 1) % SCALAR_MODULUS
    with pytest.raises(ProofRejected):
        VERIFIERS[verifier](case.key(1, 1).material, public, one.proof)
