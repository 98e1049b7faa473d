"""Proofs a second of one loaded key: one after the other, from many threads at once, and in a batch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from zkrisk import _prover
from zkrisk.params import STANDARD, CircuitKind
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.benchmark import OWNER, example_case, interleaved
from zkrisk.witness import WitnessCalculator, circuit_inputs

__all__ = ["bench_throughput", "print_throughput"]

ACCOUNTS: Final = 256
"""Of the batch: books of different owners on one sheet."""
AT_ONCE: Final = 32
THREADS: Final = 8
_ONE_BY_ONE: Final = 8


def bench_throughput(artifacts: Artifacts, runs: int) -> dict[str, Any]:
    """Prove standard compliance statements in three ways, in turn; at first every proof is verified.

    Returns:
        ``ways``: name → proofs, seconds (median), proofs a second and core. ``witness_s``: of one witness.
    """
    instance = artifacts.instance(CircuitKind.COMPLIANCE, STANDARD)
    calculator, prover = WitnessCalculator(instance.wasm), _prover.Prover.load(instance.zkey)
    start = time.perf_counter()
    cases = [example_case(STANDARD, OWNER + i) for i in range(ACCOUNTS)]
    witnesses = [calculator.witness(circuit_inputs(*case)) for case in cases]
    witness_s = (time.perf_counter() - start) / ACCOUNTS

    def at_once() -> list[_prover.Proof]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(prover.prove, witnesses[:AT_ONCE]))

    ways: dict[str, tuple[int, Callable[[], Sequence[_prover.Proof]]]] = {
        "one after the other": (_ONE_BY_ONE, lambda: [prover.prove(witness) for witness in witnesses[:_ONE_BY_ONE]]),
        f"{AT_ONCE} from {THREADS} threads": (AT_ONCE, at_once),
        f"a batch of {ACCOUNTS}": (ACCOUNTS, lambda: prover.prove_batch(witnesses)),
    }
    key = prover.verifying_key()
    for count, way in ways.values():
        proofs = way()
        assert len(proofs) == count
        for (statement, _, _), proof in zip(cases, proofs, strict=False):
            key.verify(statement.public_signals(), proof)
    times = interleaved({name: way for name, (_, way) in ways.items()}, max(1, runs // 2))
    cores = min(os.cpu_count() or 1, prover.threads)
    figures = {}
    for name, (count, _) in ways.items():
        seconds = times[name]["median_s"]
        figures[name] = {"proofs": count, "seconds": seconds, "per_second_and_core": count / seconds / cores}
    return {"ways": figures, "witness_s": witness_s}


def print_throughput(console: Console, figures: dict[str, Any]) -> None:
    """Print one row a way; all proofs were verified."""
    table = Table(
        "way", "proofs", "seconds", "proofs a second and core", title="throughput, standard compliance, one key"
    )
    for name, way in figures["ways"].items():
        table.add_row(name, str(way["proofs"]), f"{way['seconds']:.2f}", f"{way['per_second_and_core']:.2f}")
    console.print(table)
    console.print(
        f"every proof verified; statement and witness of one: {1e3 * figures['witness_s']:.0f} ms on one core"
    )
