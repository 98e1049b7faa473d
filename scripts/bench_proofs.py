"""Proving and verification times of one statement, every backend in turn, medians of interleaved runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zkrisk import _prover
from zkrisk.params import TIERS, CircuitKind
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.backends import native, pairing, snarkjs
from zkrisk.proof.benchmark import Times, example_case, interleaved
from zkrisk.witness import WitnessCalculator, circuit_inputs

__all__ = ["bench_tier"]


def bench_tier(artifacts: Artifacts, name: str, runs: int) -> dict[str, Times]:
    """Time witness, proof and verifications of a tier; the prover beside others is `zkrisk bench prove`.

    Args:
        runs: Runs of each.

    Returns:
        See `interleaved`.
    """
    tier = TIERS[name]
    statement, opening, threshold = example_case(tier)
    instance = artifacts.instance(CircuitKind.COMPLIANCE, tier)
    calculator = WitnessCalculator(instance.wasm)
    inputs = circuit_inputs(statement, opening, threshold)
    witness = calculator.witness(inputs)
    key = _prover.Prover.load(str(instance.zkey))
    material, public = instance.key().material, statement.public_signals()
    proof = key.prove(witness).to_bytes()
    foreign = snarkjs.prove(instance, witness)
    for verifier in (native, pairing, snarkjs):
        verifier.verify(material, public, proof)
        verifier.verify(material, public, foreign)
    actions: dict[str, Callable[[], Any]] = {
        "witness": lambda: calculator.witness(inputs),
        "prove": lambda: key.prove(witness),
        "verify native": lambda: native.verify(material, public, proof),
        "verify snarkjs, command": lambda: snarkjs.verify(material, public, proof),
        "verify py_ecc": lambda: pairing.verify(material, public, proof),
    }
    return interleaved(actions, runs)
