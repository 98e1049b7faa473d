"""Proving and verification times of one statement, every backend in turn, medians of interleaved runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zkrisk import _prover
from zkrisk.book import BookVector, Leg
from zkrisk.commitment import commit_with, draw_salt
from zkrisk.metrics import exposures_of, historical_var, scenario_losses
from zkrisk.params import TIERS, CircuitKind, Tier
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.backends import native, pairing, snarkjs
from zkrisk.sheet import Sheet, load_universe, synthetic_history
from zkrisk.witness import ComplianceStatement, WitnessCalculator, circuit_inputs

__all__ = ["OWNER", "bench_tier", "interleaved"]

_UNIVERSES = {"micro": "micro-8", "standard": "standard-32"}
OWNER = 0x70997970C51812DC3A010C7D01B50E0D17DC79C8
_CONFIDENCE_BPS = 9_750
_LIMIT_BPS = 1_000_000


@dataclass(frozen=True)
class _Opening:
    long: tuple[int, ...]
    short: tuple[int, ...]
    salt: int


def _case(tier: Tier) -> tuple[ComplianceStatement, _Opening, int]:
    """Return a statement with every limit enabled on synthetic prices, its opening and its tail threshold."""
    universe = load_universe(_UNIVERSES[tier.name])
    history = synthetic_history(universe, seed=7, last_day=date(2026, 11, 20))
    sheet = Sheet.from_history(universe, history, epoch=1)
    # About ten thousand dollars of everything, a thousand short, and a million in cash.
    long = tuple(10**16 * 10**4 // price if price else 0 for price in sheet.prices)
    short = tuple(quantity // 10 for quantity in long)
    opening = _Opening((10**12, *long[1:]), short, draw_salt())
    book = BookVector(opening.long, opening.short)
    losses = scenario_losses(exposures_of(book, None, sheet.prices).cents, sheet.window.returns)
    tail_mass = (10_000 - _CONFIDENCE_BPS) * tier.scenarios
    limits = (10_000, *(_LIMIT_BPS,) * 6, tail_mass // 10_000, tail_mass)
    rows = sheet.parameters
    statement = ComplianceStatement(
        tier=tier,
        commitment=commit_with(book, OWNER, opening.salt),
        owner=OWNER,
        context=1,
        leg=Leg.empty(tier.instruments),
        prices=sheet.prices,
        blocked=sheet.blocked,
        policy_values=((1,) * 8 + limits + (_LIMIT_BPS,) * tier.sectors),
        liquidation_threshold_bps=rows.liquidation_threshold_bps,
        borrow_factor_bps=rows.borrow_factor_bps,
        sector=rows.sector,
        stress_return=rows.stress_return,
        window_return=sheet.window.returns,
    )
    return statement, opening, historical_var(losses, _CONFIDENCE_BPS)


def _timed(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved(actions: Mapping[str, Callable[[], Any]], runs: int) -> dict[str, Any]:
    """Time actions in turn, so that a slow minute of the machine hits all of them.

    Returns:
        Name → {"median_s", "min_s", "max_s"}, seconds of wall time.
    """
    seconds: dict[str, list[float]] = {label: [] for label in actions}
    for _ in range(runs):
        for label, action in actions.items():
            seconds[label].append(_timed(action))
    return {
        label: {"median_s": statistics.median(values), "min_s": min(values), "max_s": max(values)}
        for label, values in seconds.items()
    }


def bench_tier(artifacts: Artifacts, name: str, runs: int) -> dict[str, Any]:
    """Time witness, proofs and verifications of a tier.

    Args:
        runs: Runs of each.

    Returns:
        See `interleaved`.
    """
    tier = TIERS[name]
    statement, opening, threshold = _case(tier)
    instance = artifacts.instance(CircuitKind.COMPLIANCE, tier)
    calculator = WitnessCalculator(instance.wasm)
    inputs = circuit_inputs(statement, opening, threshold)
    witness = calculator.witness(inputs)
    key = _prover.ProvingKey.load(str(instance.zkey))
    material, public = instance.key().material, statement.public_signals()
    proof = key.prove(witness).to_bytes()
    foreign = snarkjs.prove(instance, witness)
    for verifier in (native, pairing, snarkjs):
        verifier.verify(material, public, proof)
        verifier.verify(material, public, foreign)
    actions: dict[str, Callable[[], Any]] = {
        "witness": lambda: calculator.witness(inputs),
        "prove native, key loaded": lambda: key.prove(witness),
        "prove native, key from file": lambda: native.prove(instance, witness),
        "prove snarkjs, command": lambda: snarkjs.prove(instance, witness),
        "verify native": lambda: native.verify(material, public, proof),
        "verify snarkjs, command": lambda: snarkjs.verify(material, public, proof),
        "verify py_ecc": lambda: pairing.verify(material, public, proof),
    }
    return interleaved(actions, runs)
