"""A key from snarkjs' own ceremony is read natively; one without a contribution is refused (S1)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from zkrisk import _prover as prover
from zkrisk.errors import KeyFileInvalid, KeyMismatch, ProofRejected

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "prover" / "tests" / "data"
SNARKJS = ROOT / "node_modules" / ".bin" / "snarkjs"
BEACON = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """first.zkey without, second.zkey with one contribution, last.zkey with a beacon after it."""
    folder = tmp_path_factory.mktemp("ceremony")
    shutil.copy(DATA / "small.r1cs", folder)
    shutil.copy(DATA / "small.wtns", folder)
    for command in (
        "powersoftau new bn128 6 0.ptau",
        "powersoftau contribute 0.ptau 1.ptau --name=one -e=test",
        "powersoftau prepare phase2 1.ptau final.ptau",
        "groth16 setup small.r1cs final.ptau first.zkey",
        "zkey contribute first.zkey second.zkey --name=one -e=test",
        f"zkey beacon second.zkey last.zkey {BEACON} 10 --name=end",
    ):
        subprocess.run([str(SNARKJS), *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["second.zkey", "last.zkey"])
def test_key_of_a_snarkjs_ceremony_proves_natively(folder: Path, name: str) -> None:
    key = prover.Prover.load(folder / name)
    witness = prover.read_wtns(folder / "small.wtns")
    public = [int.from_bytes(witness[32 * i : 32 * i + 32], "little") for i in range(1, 4)]
    proof = key.prove(witness)
    key.verifying_key().verify(public, proof)
    with pytest.raises(ProofRejected):
        key.verifying_key().verify([*public[:2], 0], proof)


def test_s1_snarkjs_key_without_contribution_is_refused(folder: Path) -> None:
    with pytest.raises(KeyMismatch):
        prover.Prover.load(folder / "first.zkey")


def test_snarkjs_calls_its_own_key_good_and_a_development_key_bad(folder: Path) -> None:
    prover.setup_development(folder / "small.r1cs", folder / "development.zkey")
    verdicts = {}
    for name in ("last.zkey", "development.zkey"):
        command = [str(SNARKJS), "zkey", "verify", "small.r1cs", "final.ptau", name]
        verdicts[name] = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert "ZKey Ok" in verdicts["last.zkey"].stdout
    assert "ZKey Ok" not in verdicts["development.zkey"].stdout
    assert verdicts["development.zkey"].returncode != 0


def test_damaged_record_of_contributions_is_refused(folder: Path, tmp_path: Path) -> None:
    file = bytearray((folder / "last.zkey").read_bytes())
    at = file.rindex(b"end") - 2
    for position in (at, at + 1):
        damaged = bytearray(file)
        damaged[position] ^= 0x7F
        (tmp_path / "damaged.zkey").write_bytes(damaged)
        with pytest.raises(KeyFileInvalid):
            prover.Prover.load(tmp_path / "damaged.zkey")
