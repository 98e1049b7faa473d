"""Development set-up of the standard compliance circuit, beside snarkjs' set-up of the same constraints."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from zkrisk import _prover
from zkrisk.params import STANDARD, CircuitKind
from zkrisk.proof.artifacts import Artifacts, Instance
from zkrisk.proof.backends import snarkjs
from zkrisk.proof.benchmark import example_case, interleaved
from zkrisk.witness import WitnessCalculator, circuit_inputs

__all__ = ["bench_setup", "print_setup"]

SETUP_MOST_S: Final = 10.0
_OURS: Final = "zkrisk, constraints to key"
_THEIRS: Final = "snarkjs, constraints and powers of tau to key"


def bench_setup(artifacts: Artifacts, runs: int, folder: Path) -> dict[str, Any]:
    """Time both set-ups in turn, and have snarkjs prove with our key.

    snarkjs starts from powers of tau, which are made once, in most of an hour on two cores, and kept in `folder`.

    Returns:
        Name → times; see `interleaved`.
    """
    instance = artifacts.instance(CircuitKind.COMPLIANCE, STANDARD)
    powers = _powers(folder, _prover.Prover.load(instance.zkey).domain_size.bit_length() - 1)
    with tempfile.TemporaryDirectory() as temporary:
        ours, theirs = Path(temporary) / "ours.zkey", Path(temporary) / "theirs.zkey"
        times = interleaved(
            {
                _OURS: lambda: _prover.setup_development(instance.r1cs, ours),
                _THEIRS: lambda: _snarkjs("groth16", "setup", instance.r1cs, powers, theirs),
            },
            max(1, runs // 2),
        )
        _check_with_snarkjs(instance, ours, Path(temporary))
    return dict(times)


def _check_with_snarkjs(instance: Instance, zkey: Path, folder: Path) -> None:
    """Raise when snarkjs does not prove with a key, or the key does not verify what it proved."""
    statement, opening, threshold = example_case(instance.tier)
    wtns = folder / "w.wtns"
    _prover.write_wtns(wtns, WitnessCalculator(instance.wasm).witness(circuit_inputs(statement, opening, threshold)))
    proof = snarkjs.prove_files(zkey, wtns, folder)
    _prover.Prover.load(zkey).verifying_key().verify(statement.public_signals(), _prover.Proof.from_bytes(proof))


def _powers(folder: Path, log_rows: int) -> Path:
    final = folder / f"powers-{log_rows}.ptau"
    if final.exists():
        return final
    folder.mkdir(parents=True, exist_ok=True)
    print(f"making powers of tau for 2^{log_rows} rows with snarkjs, most of an hour, once", flush=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        first, second, made = (Path(temporary) / f"{i}.ptau" for i in range(3))
        _snarkjs("powersoftau", "new", "bn128", str(log_rows), first)
        _snarkjs("powersoftau", "contribute", first, second, "--name=bench", "-e=a bench of times, not a ceremony")
        _snarkjs("powersoftau", "prepare", "phase2", second, made)
        shutil.move(made, final)
    return final


def _snarkjs(*arguments: str | Path) -> None:
    subprocess.run([*snarkjs.node_command(), str(snarkjs.CLI), *map(str, arguments)], check=True, capture_output=True)


def print_setup(console: Console, figures: dict[str, Any]) -> bool:
    """Print both rows; return whether ours keeps its bound."""
    table = Table("set-up of compliance-standard", "median, s", "least to most, s", title="development set-up")
    for name, times in figures.items():
        table.add_row(name, f"{times['median_s']:.2f}", f"{times['min_s']:.2f} to {times['max_s']:.2f}")
    console.print(table)
    console.print("snarkjs proved with our key, and the proof verified")
    return bool(figures[_OURS]["median_s"] <= SETUP_MOST_S)
