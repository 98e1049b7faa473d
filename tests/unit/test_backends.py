"""Proving: nothing untrue, nothing unverified, and no trace of the book."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit import test_bundle_case as case
from zkrisk import _prover
from zkrisk.errors import ConstraintViolated, InputError, ProofRejected, WitnessError
from zkrisk.metrics import tail_threshold
from zkrisk.params import CircuitKind
from zkrisk.proof import prove as proving
from zkrisk.proof.backends import native, snarkjs
from zkrisk.proof.prove import prove
from zkrisk.witness import WitnessCalculator, circuit_inputs

THRESHOLD = tail_threshold(case.policy(), case.opening().vector, case.LEG, case.sheet())
STATEMENT = case.attest().parts.statement


def honest_witness() -> bytes:
    inputs = circuit_inputs(STATEMENT, case.opening(), THRESHOLD)
    return WitnessCalculator(case.instance().wasm).witness(inputs)


def edited_witness() -> bytes:
    """The honest one with its last wire changed."""
    witness = bytearray(honest_witness())
    witness[-32] ^= 1
    return bytes(witness)


@pytest.mark.parametrize("backend", ["native", "snarkjs"])
def test_phases_are_reported_in_order(backend: str) -> None:
    heard: list[str] = []
    prove(case.instance(), STATEMENT, case.opening(), THRESHOLD, backend=backend,
          on_progress=lambda name, seconds: heard.append(name))  # fmt: skip
    assert heard == ["witness", "proof", *(["self-check"] if backend == "snarkjs" else [])]


@pytest.mark.parametrize("backend", [native, snarkjs])
def test_P2_unsatisfied_witness_gives_an_error_and_no_proof(backend: object) -> None:  # noqa: N802
    with pytest.raises(ConstraintViolated):
        backend.prove(case.instance(), edited_witness())  # type: ignore[attr-defined]


def test_P2_proof_that_does_not_verify_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: N802
    other = case.make(case.Action.DRAW, case.ActionData(token=case.ASSET, amount=1)).parts.proof
    monkeypatch.setitem(proving.BACKENDS, "snarkjs", lambda instance, witness: other)
    with pytest.raises(ProofRejected):
        prove(case.instance(), STATEMENT, case.opening(), THRESHOLD, backend="snarkjs")


def test_untrue_statement_has_no_witness() -> None:
    for statement in (replace(STATEMENT, commitment=STATEMENT.commitment + 1), replace(STATEMENT, owner=5)):
        with pytest.raises(WitnessError) as caught:
            prove(case.instance(), statement, case.opening(), THRESHOLD)
        assert not any(str(lots) in str(caught.value) for lots in (*case.LONG, *case.SHORT) if lots)


def test_threshold_below_the_value_at_risk_has_no_witness() -> None:
    with pytest.raises(WitnessError):
        prove(case.instance(), STATEMENT, case.opening(), THRESHOLD - 1)


def test_wrong_circuit_backend_and_threshold_are_refused() -> None:
    with pytest.raises(InputError, match="does not prove"):
        prove(case.instance(CircuitKind.HEALTHY), STATEMENT, case.opening(), THRESHOLD)
    with pytest.raises(InputError, match="backend"):
        prove(case.instance(), STATEMENT, case.opening(), THRESHOLD, backend="magic")
    with pytest.raises(InputError, match="tail threshold"):
        prove(case.instance(), STATEMENT, case.opening())


def test_snarkjs_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """L6: the witness is the book. Only its own folders count: other tests make some beside it."""
    made: list[Path] = []
    whole = tempfile.mkdtemp

    def noting(*args: Any, **options: Any) -> str:
        made.append(Path(whole(*args, **options)))
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", noting)
    snarkjs.prove(case.instance(), honest_witness())
    with pytest.raises(ConstraintViolated):
        snarkjs.prove(case.instance(), edited_witness())
    assert made and not any(folder.exists() for folder in made)


def test_two_proofs_of_one_statement_differ() -> None:
    witness = honest_witness()
    first, second = (native.prove(case.instance(), witness) for _ in range(2))
    assert first != second
    assert _prover.Proof.from_bytes(first) != _prover.Proof.from_bytes(second)
