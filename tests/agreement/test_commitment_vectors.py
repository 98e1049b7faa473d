"""One commitment: circomlibjs (the vectors), zkrisk.commitment and the compiled circuits, at both tiers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from zkrisk._prover import R1cs
from zkrisk.book import Leg
from zkrisk.commitment import commit_with
from zkrisk.errors import ConstraintViolated, WitnessError
from zkrisk.params import MICRO, SCALAR_MODULUS, STANDARD, CircuitKind
from zkrisk.witness import HealthStatement, WitnessCalculator, circuit_inputs

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests" / "vectors" / "commitment.json").read_text())
TIERS = {tier.instruments: tier for tier in (MICRO, STANDARD)}


def _label(case: dict[str, object]) -> str:
    return f"{len(case['long'])} {case['name']}"  # type: ignore[arg-type]


def _book(case: dict[str, object]) -> SimpleNamespace:
    sides = {side: tuple(map(int, case[side])) for side in ("long", "short")}  # type: ignore[call-overload]
    return SimpleNamespace(**sides, salt=int(case["salt"]))  # type: ignore[call-overload]


def _folder(instruments: int) -> Path:
    name = f"healthy-{TIERS[instruments].name}"
    return ROOT / "build" / "circuits" / name / name


def _inputs(case: dict[str, object], commitment: int) -> dict[str, tuple[int, ...]]:
    """Return the inputs of `healthy` at a threshold of 0, which every book meets."""
    tier = TIERS[len(case["long"])]  # type: ignore[arg-type]
    n = tier.instruments
    statement = HealthStatement(
        kind=CircuitKind.HEALTHY, tier=tier, commitment=commitment, owner=int(case["owner"]), context=1,  # type: ignore[call-overload]
        threshold_bps=0, leg=Leg.empty(n), prices=(10**10, *[1] * (n - 1)), liquidation_threshold_bps=(0,) * n,
        borrow_factor_bps=(0,) * n,
    )  # fmt: skip
    return circuit_inputs(statement, _book(case))


def test_vectors_carry_their_provenance_and_both_tiers():
    assert "circomlibjs" in VECTORS["provenance"]
    assert {len(case["long"]) for case in VECTORS["cases"]} == set(TIERS)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_vectors_are_what_circomlibjs_computes_now():
    command = [str(shutil.which("node")), "tests/vectors/commitment.mjs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == VECTORS


@pytest.mark.parametrize("case", VECTORS["cases"], ids=_label)
def test_client_commits_as_circomlibjs(case):
    assert commit_with(_book(case), int(case["owner"]), int(case["salt"])) == int(case["commitment"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=_label)
def test_circuit_opens_the_commitment_and_no_other(case):
    stem, commitment = _folder(len(case["long"])), int(case["commitment"])
    calculator, r1cs = WitnessCalculator(stem.with_suffix(".wasm")), R1cs.load(stem.with_suffix(".r1cs"))
    witness = calculator.witness(_inputs(case, commitment))
    r1cs.check(witness)
    # The commitment is public signal 1: whatever else stands there is refused by the constraints.
    for other in (0, commitment + 1, SCALAR_MODULUS - commitment):
        edited = witness[:32] + (other % SCALAR_MODULUS).to_bytes(32, "little") + witness[64:]
        with pytest.raises(ConstraintViolated):
            r1cs.check(edited)
    with pytest.raises(WitnessError):
        calculator.witness(_inputs(case, (commitment + 1) % SCALAR_MODULUS))
