"""Native, snarkjs and py_ecc give the same verdict on honest, malleated and tampered proofs (P5)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from zkrisk import _prover as prover
from zkrisk.errors import ProofRejected
from zkrisk.proof.curve import curve as bn

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "prover" / "tests" / "data"
R, Q = int(bn.curve_order), int(bn.field_modulus)
SEED = bytes(range(32))
SCRIPT = """
const snarkjs = require("snarkjs");
const { key, cases } = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
    const verdicts = [];
    for (const { proof, public } of cases) {
        try { verdicts.push(await snarkjs.groth16.verify(key, public, proof)); } catch { verdicts.push(false); }
    }
    process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));
})();
"""

Words = tuple[int, ...]


def negated(proof: Words) -> Words:
    """(-A, -B, C), a valid proof of the same statement."""
    ax, ay, bx1, bx0, by1, by0, cx, cy = proof
    return (ax, Q - ay, bx1, bx0, Q - by1, Q - by0, cx, cy)


def tampered(proof: Words, public: list[int]) -> list[tuple[Words, list[int]]]:
    ax, ay, bx1, bx0, by1, by0, cx, cy = proof
    return [
        ((ax, Q - ay, *proof[2:]), public),
        ((cx, cy, bx1, bx0, by1, by0, ax, ay), public),
        ((*proof[:6], 1, 2), public),
        ((ax, ay, bx0, bx1, by0, by1, cx, cy), public),
        ((*proof[:6], 0, 0), public),
        ((0, 0, *proof[2:]), public),
        ((ax + 1, *proof[1:]), public),
        (proof, [public[0] + 1, *public[1:]]),
        (proof, [public[0], public[1] ^ 1, public[2]]),
        (proof, [public[1], public[0], public[2]]),
        (proof, [public[0], public[1], 0]),
        (proof, [public[0] + R, *public[1:]]),
        (proof, public[:-1]),
    ]


def native_accepts(key: prover.VerifyingKey, proof: Words, public: list[int]) -> bool:
    try:
        key.verify(public, prover.Proof.from_bytes(b"".join(word.to_bytes(32, "big") for word in proof)))
    except ProofRejected:
        return False
    return True


def g1(x: int, y: int) -> tuple[bn.FQ, bn.FQ, bn.FQ]:
    return (bn.FQ(1), bn.FQ(1), bn.FQ(0)) if (x, y) == (0, 0) else (bn.FQ(x), bn.FQ(y), bn.FQ(1))


def g2(x1: int, x0: int, y1: int, y0: int) -> tuple[bn.FQ2, bn.FQ2, bn.FQ2]:
    return (bn.FQ2([x0, x1]), bn.FQ2([y0, y1]), bn.FQ2.one())


def py_ecc_accepts(key: prover.VerifyingKey, proof: Words, public: list[int]) -> bool:
    blob = key.to_bytes()
    words = [int.from_bytes(blob[i : i + 32], "big") for i in range(0, len(blob), 32)]
    ic = [g1(*words[i : i + 2]) for i in range(14, len(words), 2)]
    a, b, c = g1(*proof[:2]), g2(*proof[2:6]), g1(*proof[6:])
    sound = bn.is_on_curve(a, bn.b) and bn.is_on_curve(b, bn.b2) and bn.is_on_curve(c, bn.b)
    canonical = all(0 <= value < R for value in public) and len(public) + 1 == len(ic)
    if not (sound and canonical) or bn.is_inf(a) or bn.is_inf(c) or not bn.is_inf(bn.multiply(b, R)):
        return False
    vk_x = ic[0]
    for value, point in zip(public, ic[1:], strict=True):
        vk_x = bn.add(vk_x, bn.multiply(point, value))
    pairs = [(b, bn.neg(a)), (g2(*words[2:6]), g1(*words[:2])), (g2(*words[6:10]), vk_x), (g2(*words[10:14]), c)]
    product = bn.FQ12.one()
    for in_g2, in_g1 in pairs:
        product *= bn.pairing(in_g2, in_g1, final_exponentiate=False)
    return bool(bn.final_exponentiate(product) == bn.FQ12.one())


def snarkjs_verdicts(key_path: Path, cases: list[tuple[Words, list[int]]]) -> list[bool]:
    documents = []
    for proof, public in cases:
        ax, ay, bx1, bx0, by1, by0, cx, cy = map(str, proof)
        document = {
            "pi_a": [ax, ay, "1"],
            "pi_b": [[bx0, bx1], [by0, by1], ["1", "0"]],
            "pi_c": [cx, cy, "1"],
            "protocol": "groth16",
            "curve": "bn128",
        }
        documents.append({"proof": document, "public": [str(value) for value in public]})
    text = json.dumps({"key": json.loads(key_path.read_text()), "cases": documents})
    node = shutil.which("node") or "node"
    done = subprocess.run([node, "-e", SCRIPT], cwd=ROOT, input=text, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout[done.stdout.rindex("[") :]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verdicts")
    prover.setup_insecure_from_seed(DATA / "small.r1cs", folder / "small.zkey", SEED)
    snarkjs = ROOT / "node_modules" / ".bin" / "snarkjs"
    command = [str(snarkjs), "zkey", "export", "verificationkey", "small.zkey", "vk.json"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def test_p5_three_verifiers_give_the_same_verdict(folder: Path) -> None:
    key = prover.Prover.load(folder / "small.zkey")
    verifying = key.verifying_key()
    witness = prover.read_wtns(DATA / "small.wtns")
    public = [int.from_bytes(witness[32 * i : 32 * i + 32], "little") for i in range(1, 4)]
    proof = key.prove(witness)
    words: Words = (*proof.a, *proof.b, *proof.c)
    cases = [(words, public), (negated(words), public), *tampered(words, public)]
    expected = [True, True] + [False] * (len(cases) - 2)
    assert [native_accepts(verifying, *case) for case in cases] == expected
    assert [py_ecc_accepts(verifying, *case) for case in cases] == expected
    assert snarkjs_verdicts(folder / "vk.json", cases) == expected
