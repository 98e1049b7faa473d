"""The witness generator: inputs by name, errors without values, nothing kept between books."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import wasmtime

from zkrisk._prover import R1cs
from zkrisk.book import Leg
from zkrisk.errors import ArtifactMismatch, InputError, WitnessError
from zkrisk.params import MICRO, POLICY_SCALARS, SCALAR_MODULUS, STANDARD, STATEMENTS, CircuitKind
from zkrisk.poseidon import poseidon
from zkrisk.witness import (
    ComplianceStatement,
    HealthStatement,
    SignalSet,
    WitnessCalculator,
    circuit_inputs,
    signal_layout,
    signal_ranges,
)

BUILD = Path(__file__).resolve().parents[2] / "build" / "circuits"
N = MICRO.instruments
MARKED = 987_654_321_987


class Book:
    """A private book whose numbers would be seen in a message."""

    long = (MARKED, *[0] * (N - 1))
    short = (0,) * N
    salt = (1 << 200) + MARKED


def commitment_to(book: type[Book] | Book) -> int:
    """Commit as docs/protocol.md says."""
    quantities = [*book.long, *book.short, 0, 0]
    packed = [sum(q << (64 * k) for k, q in enumerate(quantities[j : j + 3])) for j in range(0, 2 * N, 3)]
    state = poseidon([int.from_bytes(b"zkrisk.book.v1", "big"), N, *packed])
    return poseidon([int.from_bytes(b"zkrisk.commitment.v1", "big"), state, 5, book.salt])


def statement(**changed: object) -> HealthStatement:
    """Return a public statement that the book meets."""
    fields: dict[str, object] = {
        "kind": CircuitKind.HEALTHY, "tier": MICRO, "commitment": commitment_to(Book), "owner": 5, "context": 6,
        "threshold_bps": 10_000, "leg": Leg.empty(N), "prices": (10**10, *[7] * (N - 1)),
        "liquidation_threshold_bps": (9_000,) * N, "borrow_factor_bps": (10_000,) * N,
    }  # fmt: skip
    return HealthStatement(**(fields | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def calculator() -> WitnessCalculator:
    """The generator of healthy-micro."""
    return WitnessCalculator(BUILD / "healthy-micro" / "healthy-micro.wasm")


def test_witness_starts_with_one_and_the_public_signals(calculator):
    public = statement()
    witness = calculator.witness(circuit_inputs(public, Book()))
    wires = [int.from_bytes(witness[i : i + 32], "little") for i in range(0, len(witness), 32)]
    assert wires[: 1 + len(public.public_signals())] == [1, *public.public_signals()]
    assert len(wires) == R1cs.load(BUILD / "healthy-micro" / "healthy-micro.r1cs").n_wires
    R1cs.load(BUILD / "healthy-micro" / "healthy-micro.r1cs").check(witness)


@pytest.mark.parametrize("lots", [2**53 - 1, 2**53, 2**53 + 1, 2**64 - 1])
def test_L2_big_integers_reach_their_wires_exactly(calculator, lots):
    """The generator takes words of 32 bits and hands wires out; nothing on the way is a double."""
    book = Book()
    book.long, book.salt = (lots, *[0] * (N - 1)), (1 << 248) - 1
    public = statement(commitment=commitment_to(book), leg=Leg((0, lots, *[0] * (N - 2)), (0,) * N))
    witness = calculator.witness(circuit_inputs(public, book))
    R1cs.load(BUILD / "healthy-micro" / "healthy-micro.r1cs").check(witness)
    wires = [int.from_bytes(witness[i : i + 32], "little") for i in range(0, len(witness), 32)]
    assert wires.count(lots) >= 2 and book.salt in wires


def test_witness_does_not_depend_on_the_order_of_the_inputs(calculator):
    given = circuit_inputs(statement(), Book())
    assert calculator.witness(dict(reversed(given.items()))) == calculator.witness(given)


def test_calculator_used_again_after_a_refusal(calculator):
    given = circuit_inputs(statement(), Book())
    expected = calculator.witness(given)
    with pytest.raises(WitnessError):
        calculator.witness(given | {"salt": (1,)})
    assert calculator.witness(given) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"commitment": (1,)},
        {"long": (MARKED,)},
        {"long": (MARKED,) * (N + 1)},
        {"long": (1 << 64, *[0] * (N - 1))},
        {"long": (-MARKED, *[0] * (N - 1))},
        {"salt": (SCALAR_MODULUS,)},
        {"unheard": (MARKED,)},
    ],
    ids=["commitment", "short", "long", "range", "negative", "field", "name"],
)
def test_L6_bad_input_refused_without_its_value(calculator, change):
    with pytest.raises(WitnessError) as caught:
        calculator.witness(circuit_inputs(statement(), Book()) | change)
    error: BaseException | None = caught.value
    while error is not None:
        assert str(MARKED) not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("change", [{}, {"commitment": (1,)}], ids=["witness", "refusal"])
def test_L6_no_run_outlives_its_call(calculator, change):
    """The memory of a run holds the book and every wire: it goes when the call ends, without a garbage collector."""
    given = circuit_inputs(statement(), Book()) | change

    def stores() -> int:
        return sum(isinstance(found, wasmtime.Store) for found in gc.get_objects())

    def run() -> None:
        try:
            calculator.witness(given)
        except WitnessError:
            assert change

    before = stores()
    gc.disable()
    try:
        for _ in range(3):
            run()
        assert stores() == before
    finally:
        gc.enable()


def test_missing_input_refused(calculator):
    given = circuit_inputs(statement(), Book())
    del given["short"]
    with pytest.raises(WitnessError, match="input values"):
        calculator.witness(given)


def test_no_input_at_all_refused(calculator):
    with pytest.raises(WitnessError):
        calculator.witness({})


@pytest.mark.parametrize("content", [b"", b"\0asm", b"not a module"])
def test_file_that_is_no_generator_refused(tmp_path, content):
    path = tmp_path / "circuit.wasm"
    path.write_bytes(content)
    with pytest.raises(ArtifactMismatch):
        WitnessCalculator(path)


def test_missing_file_refused(tmp_path):
    with pytest.raises(ArtifactMismatch):
        WitnessCalculator(tmp_path / "none.wasm")


@pytest.mark.parametrize("tier", [MICRO, STANDARD], ids=lambda tier: tier.name)
@pytest.mark.parametrize("kind", CircuitKind)
def test_C20_layout_is_the_order_of_the_compiled_signals(kind, tier):
    """The names and the order that circom wrote into .sym, wire by wire."""
    name = f"{kind.name.lower()}-{tier.name}"
    public = sum(count for _, _, count in signal_layout(kind, tier))
    assert R1cs.load(BUILD / name / f"{name}.r1cs").n_public == public
    compiled = []
    for line in (BUILD / name / f"{name}.sym").read_text().splitlines():
        _, wire, _, signal = line.split(",")
        if 1 <= int(wire) <= public and signal.count(".") == 1:
            compiled.append((int(wire), signal.removeprefix("main.").partition("[")[0]))
    expected = [member for member, _, count in signal_layout(kind, tier) for _ in range(count)]
    assert [signal for _, signal in sorted(compiled)] == expected


@pytest.mark.parametrize("kind", CircuitKind)
def test_signal_ranges_are_disjoint_and_cover_everything(kind):
    ranges = signal_ranges(kind, STANDARD)
    covered = [i for part in ranges.values() for i in range(part.first, part.first + part.count)]
    assert covered == list(range(1, 1 + sum(count for _, _, count in signal_layout(kind, STANDARD))))
    assert list(ranges) == list(SignalSet)


def test_statement_with_a_wrong_count_refused():
    with pytest.raises(InputError, match="'leg_long' has 7"):
        statement(leg=Leg((0,) * 7, (0,) * 7)).public_signals()


def test_inputs_of_another_tier_refused():
    book = Book()
    book.long = (0,) * (N - 1)  # type: ignore[misc]
    with pytest.raises(InputError):
        circuit_inputs(statement(), book)


def test_tail_threshold_goes_with_compliance_only():
    with pytest.raises(InputError):
        circuit_inputs(statement(), Book(), tail_threshold=0)
    with pytest.raises(InputError):
        circuit_inputs(compliance(), Book())
    assert circuit_inputs(compliance(), Book(), -1)["tail_threshold"] == (SCALAR_MODULUS - 1,)


def test_compliance_signals_keep_signed_returns_and_the_order():
    signals = compliance().public_signals()
    layout = [name for name, _, count in signal_layout(CircuitKind.COMPLIANCE, MICRO) for _ in range(count)]
    assert len(signals) == len(layout)
    assert [value for value, name in zip(signals, layout, strict=True) if name == "window_return"] == (
        [SCALAR_MODULUS - 3] * (N * MICRO.scenarios)
    )
    first = layout.index("health_min_bps")
    assert layout[first : first + len(POLICY_SCALARS)] == list(POLICY_SCALARS)


def compliance() -> ComplianceStatement:
    """Return a public compliance statement."""
    policy = (1,) * (len(STATEMENTS) + len(POLICY_SCALARS) + MICRO.sectors)
    rows = {"sector": MICRO.sectors, "stress_return": MICRO.stresses, "window_return": MICRO.scenarios}
    return ComplianceStatement(
        tier=MICRO, commitment=1, owner=5, context=6, leg=Leg.empty(N), prices=(10**10, *[7] * (N - 1)),
        blocked=(0,) * N, policy_values=policy, liquidation_threshold_bps=(9_000,) * N,
        borrow_factor_bps=(10_000,) * N, **{name: ((-3,) * N,) * count for name, count in rows.items()},
    )  # fmt: skip
