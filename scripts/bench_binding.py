"""Constraints and times of the `bind` circuits of the standard tier: statements of M venues, R readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constraint_parts import BIND_PARTS, BOOK_RANGES, constraints_by_part
from rich.console import Console
from rich.table import Table

from zkrisk import _prover
from zkrisk.book import BookVector
from zkrisk.commitment import Opening, commit_with, draw_salt
from zkrisk.edwards import draw_scalar, public_key
from zkrisk.params import CASH_PRICE, STANDARD
from zkrisk.proof.artifacts import Artifacts, BindInstance
from zkrisk.proof.backends import native, snarkjs
from zkrisk.proof.benchmark import OWNER, interleaved
from zkrisk.venue import VenueKey, VenueStatement, draw_seed
from zkrisk.witness import WitnessCalculator
from zkrisk.witness.bind_circuit import BindCircuit
from zkrisk.witness.binding import BookPart, binding_inputs, binding_of

__all__ = ["SHAPES", "bench_binding", "binding_figures", "print_binding"]

SHAPES = tuple((parts, readers) for parts in (1, 2, 4) for readers in (1, 3))
BEYOND_RANGES_MOST = {"bind_1_1-standard": 16_000}
_CHAIN = 31_337
_REGISTRY = 0xC0FFEE
_CONTEXT = 1 << 250
_TIMES = ("witness", "prove native", "prove snarkjs, command")


def _instances(artifacts: Artifacts) -> list[BindInstance]:
    return [artifacts.bind_instance(BindCircuit(*shape, STANDARD)) for shape in SHAPES]


def binding_figures(artifacts: Artifacts) -> dict[str, Any]:
    """Return sizes of every shape.

    ``beyond_book_ranges`` leaves out the range checks of the quantities, of each part and of their sum, which any
    statement about the book has to make; everything else counts.
    """
    figures: dict[str, Any] = {}
    for instance in _instances(artifacts):
        parts = constraints_by_part(instance.r1cs, instance.folder / f"{instance.name}.sym", BIND_PARTS)
        total = _prover.R1cs.load(str(instance.r1cs)).n_constraints
        figures[instance.name] = {
            "constraints": total,
            "beyond_book_ranges": total - parts[BOOK_RANGES],
            "domain": _prover.Prover.load(str(instance.zkey)).domain_size,
            "proving_key_bytes": instance.zkey.stat().st_size,
            "parts": parts,
        }
    return figures


def bench_binding(artifacts: Artifacts, runs: int) -> dict[str, Any]:
    """Time witness and proofs of every shape.

    Returns:
        Instance → action → {"median_s", "min_s", "max_s"}, seconds of wall time.
    """
    return {instance.name: _bench(instance, runs) for instance in _instances(artifacts)}


def _bench(instance: BindInstance, runs: int) -> dict[str, Any]:
    inputs, public = _case(instance.circuit)
    calculator = WitnessCalculator(instance.wasm)
    witness = calculator.witness(inputs)
    key, material = _prover.Prover.load(str(instance.zkey)), instance.key().material
    for prove in (native.prove, snarkjs.prove):
        native.verify(material, public, prove(instance, witness))
    measured: tuple[Callable[[], Any], ...] = (
        lambda: calculator.witness(inputs),
        lambda: key.prove(witness),
        lambda: snarkjs.prove(instance, witness),
    )
    return interleaved(dict(zip(_TIMES, measured, strict=True)), runs)


def _case(circuit: BindCircuit) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Return inputs and public signals of a book that as many venues signed as the circuit takes, each place read."""
    slots = range(circuit.tier.instruments)
    parts = [_part(venue, slots) for venue in range(1, circuit.parts + 1)]
    sides = (tuple(sum(c) for c in zip(*(getattr(p.vector, s) for p in parts), strict=True)) for s in ("long", "short"))
    book, salt = BookVector(*sides), draw_salt()
    opening = Opening(vector=book, owner=OWNER, salt=salt, commitment=commit_with(book, OWNER, salt))
    readers = [public_key(draw_scalar()) for _ in range(circuit.readers)]
    prices = tuple(CASH_PRICE * (slot + 1) for slot in slots[1:])
    statement = binding_of(opening, parts, readers, chain=_CHAIN, registry=_REGISTRY, prices=prices)
    return binding_inputs(statement, opening, parts, _CONTEXT), statement.public_signals(_CONTEXT)


def _part(venue: int, slots: range) -> BookPart:
    key = VenueKey.from_seed(draw_seed())
    vector = BookVector(tuple(10**12 + venue + i for i in slots), tuple(10**11 + venue + i for i in slots))
    said = VenueStatement(venue, 1 << 247, OWNER, _CHAIN, _REGISTRY, 1_800_000_000, 0, vector)
    return BookPart.of_venue(said.sign(key), key.public)


def print_binding(console: Console, figures: dict[str, Any], times: dict[str, Any]) -> bool:
    """Print `binding_figures` and `bench_binding`; return whether every bound holds."""
    console.print(_sizes_table(figures))
    table = Table("part", *figures, title="bind: constraints by part")
    for part in dict.fromkeys(part for entry in figures.values() for part in entry["parts"]):
        table.add_row(part, *(f"{entry['parts'].get(part, 0):,}" for entry in figures.values()))
    console.print(table)
    table = Table("instance", *_TIMES, title="bind: seconds, median (min to max)")
    for name, entry in times.items():
        cells = (entry[action] for action in _TIMES)
        table.add_row(name, *(f"{c['median_s']:.3f} ({c['min_s']:.3f} to {c['max_s']:.3f})" for c in cells))
    console.print(table)
    return all(figures[name]["beyond_book_ranges"] <= most for name, most in BEYOND_RANGES_MOST.items())


def _sizes_table(figures: dict[str, Any]) -> Table:
    columns = ("instance", "constraints", "beyond the book's ranges", "bound", "", "domain", "key MiB")
    table = Table(*columns, title="bind_<parts>_<readers>")
    for name, entry in figures.items():
        beyond, most = entry["beyond_book_ranges"], BEYOND_RANGES_MOST.get(name)
        bound = ("", "") if most is None else (f"{most:,}", "ok" if beyond <= most else "FAIL")
        size = f"{entry['proving_key_bytes'] / 2**20:.1f}"
        table.add_row(name, f"{entry['constraints']:,}", f"{beyond:,}", *bound, f"{entry['domain']:,}", size)
    return table
