#!/usr/bin/env python3
"""Constraints, times and gas of both tiers, and the keeper's revaluation, printed and written to build/bench.json.

Times are medians of interleaved runs on whatever machine this is; compare ratios. Gas is exact.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_binding import bench_binding, binding_figures, print_binding
from bench_engine import bench_engine, print_engine
from bench_gas import bench_gas
from bench_growth import bench_growth, print_growth
from bench_keeper import bench_keeper, print_keeper
from bench_proofs import bench_tier
from bench_setup import bench_setup, print_setup
from bench_throughput import bench_throughput, print_throughput
from constraint_parts import constraints_by_part
from rich.console import Console
from rich.table import Table

from zkrisk import _prover
from zkrisk.params import TIERS, CircuitKind
from zkrisk.proof.artifacts import Artifacts, default_artifacts
from zkrisk.proof.benchmark import bench_prove

ROOT = Path(__file__).resolve().parent.parent
GAS_BOUNDS = {
    "attest first, empty leg": 315_000,
    "attest steady, empty leg": 275_000,
    "fold compliance first": 305_000,
    "fold compliance steady": 265_000,
    "roll first": 445_000,
    "roll steady": 365_000,
    "snapshot first": 600_000,
    "snapshot steady": 430_000,
}


def circuit_figures(artifacts: Artifacts) -> dict[str, Any]:
    """Return sizes of every instance."""
    figures: dict[str, Any] = {}
    for tier in TIERS.values():
        for kind in CircuitKind:
            instance = artifacts.instance(kind, tier)
            system = _prover.R1cs.load(str(instance.r1cs))
            figures[instance.name] = {
                "constraints": system.n_constraints,
                "public_inputs": system.n_public,
                "rows": system.n_constraints + system.n_public + 1,
                "domain": _prover.Prover.load(str(instance.zkey)).domain_size,
                "proving_key_bytes": instance.zkey.stat().st_size,
                "parts": constraints_by_part(instance.r1cs, instance.folder / f"{instance.name}.sym"),
            }
    return figures


def print_circuits(console: Console, figures: dict[str, Any]) -> None:
    """Print sizes, then constraints by part."""
    table = Table("instance", "constraints", "public", "rows", "domain", "key MiB", title="circuits")
    for name, entry in figures.items():
        sizes = (entry["constraints"], entry["public_inputs"], entry["rows"], entry["domain"])
        table.add_row(name, *(f"{size:,}" for size in sizes), f"{entry['proving_key_bytes'] / 2**20:.1f}")
    console.print(table)
    table = Table("part", *(name for name in figures), title="constraints by part")
    parts = dict.fromkeys(part for entry in figures.values() for part in entry["parts"])
    for part in sorted(parts, key=lambda p: -figures["compliance-standard"]["parts"].get(p, 0)):
        table.add_row(part, *(f"{entry['parts'].get(part, 0):,}" for entry in figures.values()))
    console.print(table)


def print_times(console: Console, times: dict[str, Any]) -> None:
    """Print median and spread of every action at every tier."""
    table = Table("action", *(f"{tier}, seconds" for tier in times), title="times: median (min to max)")
    for action in next(iter(times.values())):
        cells = (times[tier][action] for tier in times)
        table.add_row(action, *(f"{c['median_s']:.3f} ({c['min_s']:.3f} to {c['max_s']:.3f})" for c in cells))
    console.print(table)


def bench_one_tier(artifacts: Artifacts, tier: str, runs: int) -> dict[str, Any]:
    """Compare the provers; RAPIDSNARK_BIN names rapidsnark's program, when it is to be one of them."""
    program = os.environ.get("RAPIDSNARK_BIN")
    instance = artifacts.instance(CircuitKind.COMPLIANCE, TIERS[tier])
    return asdict(bench_prove(instance, runs, Path(program) if program else None))


def print_gas(console: Console, gas: dict[str, int]) -> bool:
    """Print gas beside its bound; return whether every bound holds."""
    table = Table("action", "gas", "bound", "", title="gas, standard tier (N = 32), whole transactions")
    for name, used in gas.items():
        bound = GAS_BOUNDS.get(name)
        table.add_row(
            name, f"{used:,}", f"{bound:,}" if bound else "", "" if not bound else "ok" if used <= bound else "FAIL"
        )
    console.print(table)
    return all(gas[name] <= bound for name, bound in GAS_BOUNDS.items())


def _circuits(artifacts: Artifacts, _: int, console: Console) -> tuple[Any, bool]:
    figures = circuit_figures(artifacts)
    print_circuits(console, figures)
    return figures, True


def _prove(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = {tier: bench_one_tier(artifacts, tier, runs) for tier in TIERS}
    print_times(console, {tier: entry["times"] for tier, entry in figures.items()})
    return figures, True


def _engine(_: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = bench_engine(runs)
    return figures, print_engine(console, figures)


def _throughput(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = bench_throughput(artifacts, runs)
    print_throughput(console, figures)
    return figures, True


def _growth(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = bench_growth(artifacts, runs)
    return figures, print_growth(console, figures)


def _setup(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = bench_setup(artifacts, runs, ROOT / "build" / "bench")
    return figures, print_setup(console, figures)


def _times(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = {tier: bench_tier(artifacts, tier, runs) for tier in TIERS}
    print_times(console, figures)
    return figures, True


def _binding(artifacts: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures, times = binding_figures(artifacts), bench_binding(artifacts, runs)
    return {"circuits": figures, "times": times}, print_binding(console, figures, times)


def _gas(artifacts: Artifacts, _: int, console: Console) -> tuple[Any, bool]:
    figures = bench_gas(artifacts)
    return figures, print_gas(console, figures)


def _keeper(_: Artifacts, runs: int, console: Console) -> tuple[Any, bool]:
    figures = bench_keeper(runs)
    print_keeper(console, figures)
    return figures, True


PARTS: Final[dict[str, Callable[[Artifacts, int, Console], tuple[Any, bool]]]] = {
    "circuits": _circuits,
    "engine": _engine,
    "prove": _prove,
    "throughput": _throughput,
    "growth": _growth,
    "setup": _setup,
    "binding": _binding,
    "times": _times,
    "gas": _gas,
    "keeper": _keeper,
}
"""Name → what measures and prints it; returns the figures, and whether their bounds hold."""
LONG: Final = ("setup",)
"""Parts that take most of an hour the first time, and run only when they are asked for."""


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each time measurement")
    parser.add_argument("--only", choices=PARTS, action="append", help=f"default: all but {', '.join(LONG)}")
    options = parser.parse_args()
    console = Console(width=150)
    artifacts, start, held = default_artifacts(), time.monotonic(), True
    result: dict[str, Any] = {"machine": {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}}
    for name in options.only or [name for name in PARTS if name not in LONG]:
        result[name], is_held = PARTS[name](artifacts, options.runs, console)
        held = held and is_held
    (ROOT / "build" / "bench.json").write_text(json.dumps(result, indent=2) + "\n")
    console.print(f"written to build/bench.json; {time.monotonic() - start:.0f} s in all")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
