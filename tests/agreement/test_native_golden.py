"""The bytes that the crate's tests pin are those that circom and snarkjs make and accept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from zkrisk import _prover as prover

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "prover" / "tests" / "data"
NODE_BIN = ROOT / "node_modules" / ".bin"
SEED = bytes(range(32))


def run(*command: str | Path, cwd: Path) -> str:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_fixture_files_are_what_circom_and_snarkjs_make(tmp_path: Path) -> None:
    for name in ("small.circom", "input.json"):
        shutil.copy(DATA / name, tmp_path)
    run(NODE_BIN / "circom2", "small.circom", "--r1cs", "--wasm", "--O2", cwd=tmp_path)
    run(NODE_BIN / "snarkjs", "wtns", "calculate", "small_js/small.wasm", "input.json", "small.wtns", cwd=tmp_path)
    for name in ("small.r1cs", "small.wtns"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_golden_proof_is_accepted_by_snarkjs(tmp_path: Path) -> None:
    prover.setup_insecure_from_seed(DATA / "small.r1cs", tmp_path / "small.zkey", SEED)
    blob = bytes.fromhex((DATA / "proof.hex").read_text())
    ax, ay, bx1, bx0, by1, by0, cx, cy = (str(int.from_bytes(blob[i : i + 32], "big")) for i in range(0, len(blob), 32))
    proof = {
        "pi_a": [ax, ay, "1"],
        "pi_b": [[bx0, bx1], [by0, by1], ["1", "0"]],
        "pi_c": [cx, cy, "1"],
        "protocol": "groth16",
        "curve": "bn128",
    }
    witness = prover.read_wtns(DATA / "small.wtns")
    public = [str(int.from_bytes(witness[32 * i : 32 * i + 32], "little")) for i in range(1, 4)]
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    (tmp_path / "public.json").write_text(json.dumps(public))
    snarkjs = NODE_BIN / "snarkjs"
    run(snarkjs, "zkey", "export", "verificationkey", "small.zkey", "vk.json", cwd=tmp_path)
    assert "OK" in run(snarkjs, "groth16", "verify", "vk.json", "public.json", "proof.json", cwd=tmp_path)


@pytest.mark.parametrize(("r", "s"), [(3, 5)])
def test_native_proof_with_given_randomness_is_the_golden_one(tmp_path: Path, r: int, s: int) -> None:
    prover.setup_insecure_from_seed(DATA / "small.r1cs", tmp_path / "small.zkey", SEED)
    key = prover.Prover.load(tmp_path / "small.zkey")
    proof = key.prove_insecure_with_randomness(prover.read_wtns(DATA / "small.wtns"), r, s)
    assert proof.to_bytes().hex() == (DATA / "proof.hex").read_text().strip()
