"""How time and memory of a proof grow with the circuit; how far each phase is from what arithmetic alone takes."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from zkrisk import _prover
from zkrisk.params import SCALAR_MODULUS as R
from zkrisk.params import STANDARD, CircuitKind
from zkrisk.proof.artifacts import Artifacts
from zkrisk.proof.benchmark import example_case
from zkrisk.witness import WitnessCalculator, circuit_inputs

__all__ = ["bench_growth", "print_growth"]

LOG_ROWS = range(12, 19)
MEMORY_MOST = 3.0
"""Peak memory of loading and proving, in sizes of the key file, from `_LARGE` rows on."""
_LARGE = 1 << 15
_BESIDE_BYTES = 6_000_000
"""What a smaller key takes more than that: a key of 64 rows takes 4 MB, for code, stacks and the allocator's pools."""
_BIT_SHARE = 0.7
"""Wires that are 0 or 1, as in the circuits of this project."""


def bench_growth(artifacts: Artifacts, runs: int) -> dict[str, Any]:
    """Measure invented circuits of 2^12 to 2^18 rows, and the phases of a compliance proof.

    Returns:
        ``sizes``: rows → seconds, key bytes and peak bytes. ``phases``: of one thread, with products and the seconds
        that they take at the measured rate. ``rate``: products a second.
    """
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for log_rows in LOG_ROWS:
            sizes[1 << log_rows] = _size(Path(folder), log_rows, runs)
    return {"sizes": sizes, **_phases(artifacts, runs)}


def _size(folder: Path, log_rows: int, runs: int) -> dict[str, Any]:
    r1cs, zkey, wtns = (folder / f"c.{suffix}" for suffix in ("r1cs", "zkey", "wtns"))
    witness = _chain(r1cs, (1 << log_rows) - 4)
    start = time.perf_counter()
    _prover.setup_insecure_from_seed(r1cs, zkey, bytes(32))
    setup = time.perf_counter() - start
    _prover.write_wtns(wtns, witness)
    bare, _ = _alone(None, None, 0)
    peak, seconds = _alone(zkey, wtns, runs)
    return {"setup_s": setup, "prove_s": seconds, "key_bytes": zkey.stat().st_size, "peak_bytes": peak - bare}


def _alone(zkey: Path | None, wtns: Path | None, runs: int) -> tuple[int, float]:
    """Prove in a process of its own; return its greatest memory and the median of a proof's seconds."""
    command = [sys.executable, __file__, str(zkey or ""), str(wtns or ""), str(runs)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found["peak"], found["seconds"]


def _in_process(zkey: str, wtns: str, runs: int) -> None:
    seconds = [0.0]
    if zkey:
        prover, witness = _prover.Prover.load(zkey), _prover.read_wtns(wtns)
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            prover.prove(witness)
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"peak": _peak_bytes(), "seconds": statistics.median(seconds)}))


def _peak_bytes() -> int:
    """Return this process' greatest memory; `getrusage` would count what its parent had when it started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("the memory part of this bench needs Linux")


def _chain(path: Path, rows: int) -> bytes:
    """Write a constraint system of bits and of products of what came before; return its witness."""
    rng = random.Random(rows)  # noqa: S311
    values, constraints = [1, 3, R - 1], bytearray()

    def row(*combinations: dict[int, int]) -> None:
        for combination in combinations:
            constraints.extend(len(combination).to_bytes(4, "little"))
            for wire, factor in combination.items():
                constraints.extend(wire.to_bytes(4, "little") + (factor % R).to_bytes(32, "little"))

    for _ in range(rows):
        last = len(values)
        if rng.random() < _BIT_SHARE:
            values.append(rng.getrandbits(1))
            row({last: 1}, {0: -1, last: 1}, {})
        else:
            c = rng.getrandbits(40)
            values.append((values[last - 1] + c) * values[last - 2] % R)
            row({0: c, last - 1: 1}, {last - 2: 1}, {last: 1})
    count = len(values)
    header = b"".join(
        (
            (32).to_bytes(4, "little"),
            R.to_bytes(32, "little"),
            *(number.to_bytes(4, "little") for number in (count, 0, 2, count - 3)),
            count.to_bytes(8, "little"),
            rows.to_bytes(4, "little"),
        )
    )
    labels = b"".join(wire.to_bytes(8, "little") for wire in range(count))
    with path.open("wb") as out:
        out.write(b"r1cs" + (1).to_bytes(4, "little") + (3).to_bytes(4, "little"))
        for kind, body in ((1, header), (2, bytes(constraints)), (3, labels)):
            out.write(kind.to_bytes(4, "little") + len(body).to_bytes(8, "little") + body)
    return b"".join(value.to_bytes(32, "little") for value in values)


def _phases(artifacts: Artifacts, runs: int) -> dict[str, Any]:
    statement, opening, threshold = example_case(STANDARD)
    instance = artifacts.instance(CircuitKind.COMPLIANCE, STANDARD)
    witness = WitnessCalculator(instance.wasm).witness(circuit_inputs(statement, opening, threshold))
    found: dict[str, Any] = {}
    for kernel in _prover.kernels():
        prover, rate = _prover.Prover.load(instance.zkey, kernel, 1), _prover.product_rate(kernel)
        profiles = [prover.profile(witness) for _ in range(runs)]
        found[kernel] = {
            "rate": rate,
            "phases": {
                name: {
                    "seconds": statistics.median(profile[i][1] for profile in profiles),
                    "products": products,
                    "least_seconds": products / rate,
                }
                for i, (name, _, products) in enumerate(profiles[0])
            },
        }
    return {"kernels": found}


def print_growth(console: Console, figures: dict[str, Any]) -> bool:
    """Print both tables; return whether memory stays below its bound."""
    table = Table("rows", "set-up, s", "proof, s", "key, MB", "peak, MB", "peak / key", title="growth, all threads")
    held = True
    for rows, entry in figures["sizes"].items():
        share = entry["peak_bytes"] / entry["key_bytes"]
        most = MEMORY_MOST * entry["key_bytes"] + (_BESIDE_BYTES if rows < _LARGE else 0)
        held = held and entry["peak_bytes"] <= most
        megabytes = (f"{entry[name] / 1e6:.1f}" for name in ("key_bytes", "peak_bytes"))
        table.add_row(
            f"2^{rows.bit_length() - 1}",
            f"{entry['setup_s']:.2f}",
            f"{entry['prove_s']:.4f}",
            *megabytes,
            f"{share:.2f}",
        )
    console.print(table)
    for kernel, entry in figures["kernels"].items():
        title = f"one thread, {kernel}: {entry['rate'] / 1e6:.0f} million products a second"
        table = Table("phase", "products, millions", "they alone, ms", "measured, ms", "ratio", title=title)
        for name, phase in entry["phases"].items():
            least, measured = 1e3 * phase["least_seconds"], 1e3 * phase["seconds"]
            table.add_row(
                name, f"{phase['products'] / 1e6:.2f}", f"{least:.1f}", f"{measured:.1f}", f"{measured / least:.2f}"
            )
        console.print(table)
    return held


if __name__ == "__main__":
    _in_process(sys.argv[1], sys.argv[2], int(sys.argv[3]))
