"""snarkjs reads native keys, verifies native proofs, and its own proofs are accepted natively."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from zkrisk import _prover as prover
from zkrisk.errors import ProofRejected

ROOT = Path(__file__).resolve().parents[2]
NODE_BIN = ROOT / "node_modules" / ".bin"
SEED = bytes(range(32))
DATA = ROOT / "prover" / "tests" / "data"


def run(*command: str | Path, cwd: Path, ok: bool = True) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Small:
    folder: Path
    witness: bytes

    @property
    def public(self) -> list[int]:
        return [int.from_bytes(self.witness[32 * i : 32 * i + 32], "little") for i in range(1, 4)]

    def snarkjs(self, *arguments: str | Path, ok: bool = True) -> str:
        return run(NODE_BIN / "snarkjs", *arguments, cwd=self.folder, ok=ok)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    if shutil.which("node") is None or not (NODE_BIN / "snarkjs").exists():
        pytest.fail("node and the packages of package-lock.json are needed")
    folder = tmp_path_factory.mktemp("small")
    shutil.copy(DATA / "small.r1cs", folder)
    shutil.copy(DATA / "small.wtns", folder)
    prover.setup_insecure_from_seed(folder / "small.r1cs", folder / "small.zkey", SEED)
    return Small(folder, prover.read_wtns(folder / "small.wtns"))


@pytest.fixture(scope="module")
def key(small: Small) -> prover.Prover:
    return prover.Prover.load(small.folder / "small.zkey")


def snarkjs_proof(proof: prover.Proof) -> dict[str, object]:
    x1, x0, y1, y0 = map(str, proof.b)
    return {
        "pi_a": [*map(str, proof.a), "1"],
        "pi_b": [[x0, x1], [y0, y1], ["1", "0"]],
        "pi_c": [*map(str, proof.c), "1"],
        "protocol": "groth16",
        "curve": "bn128",
    }


def native_proof(document: dict[str, list]) -> prover.Proof:
    a, b, c = document["pi_a"], document["pi_b"], document["pi_c"]
    numbers = [a[0], a[1], b[0][1], b[0][0], b[1][1], b[1][0], c[0], c[1]]
    return prover.Proof.from_bytes(b"".join(int(number).to_bytes(32, "big") for number in numbers))


def test_native_proof_is_accepted_by_snarkjs(small: Small, key: prover.Prover) -> None:
    proof = key.prove(small.witness)
    (small.folder / "proof.json").write_text(json.dumps(snarkjs_proof(proof)))
    (small.folder / "public.json").write_text(json.dumps([str(value) for value in small.public]))
    small.snarkjs("zkey", "export", "verificationkey", "small.zkey", "vk.json")
    assert "OK" in small.snarkjs("groth16", "verify", "vk.json", "public.json", "proof.json")
    wrong = [str(value + 1) for value in small.public[:1]] + [str(value) for value in small.public[1:]]
    (small.folder / "wrong.json").write_text(json.dumps(wrong))
    small.snarkjs("groth16", "verify", "vk.json", "wrong.json", "proof.json", ok=False)


def test_snarkjs_proof_with_the_same_key_is_accepted_natively(small: Small, key: prover.Prover) -> None:
    small.snarkjs("groth16", "prove", "small.zkey", "small.wtns", "their_proof.json", "their_public.json")
    public = [int(value) for value in json.loads((small.folder / "their_public.json").read_text())]
    assert public == small.public
    proof = native_proof(json.loads((small.folder / "their_proof.json").read_text()))
    key.verifying_key().verify(public, proof)
    with pytest.raises(ProofRejected):
        key.verifying_key().verify([public[0], public[1], 0], proof)
