"""Venue signatures are circomlibjs's: each signs what the other verifies, and both refuse the same changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from zkrisk.edwards import multiply
from zkrisk.errors import ProofRejected
from zkrisk.params import EDWARDS_ORDER, SCALAR_MODULUS
from zkrisk.venue import Signature, VenueKey, verify_signature

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
const { buildEddsa } = require("circomlibjs");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
buildEddsa().then((eddsa) => {
    const F = eddsa.F, point = (p) => p.map((c) => F.e(BigInt(c))), text = (p) => p.map((c) => F.toString(c));
    const verdicts = asked.check.map(({ message, r8, s, key }) =>
        eddsa.verifyPoseidon(F.e(BigInt(message)), { R8: point(r8), S: BigInt(s) }, point(key)));
    const signed = asked.sign.map(({ message, seed }) => {
        const secret = Buffer.from(seed, "hex"), signature = eddsa.signPoseidon(secret, F.e(BigInt(message)));
        return { r8: text(signature.R8), s: signature.S.toString(), key: text(eddsa.prv2pub(secret)) };
    });
    process.stdout.write(JSON.stringify({ verdicts, signed }), () => process.exit(0));
});
"""
MESSAGES = (0, 1, 42, SCALAR_MODULUS - 1)


def ask(check: list[object], sign: list[object]) -> dict[str, list[object]]:
    """Run circomlibjs over signatures to check and messages to sign."""
    done = subprocess.run(
        [shutil.which("node") or "node", "-e", SCRIPT],
        cwd=ROOT,
        input=json.dumps({"check": check, "sign": sign}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def as_json(key: VenueKey, message: int, signature: Signature) -> dict[str, object]:
    """Return what the script reads."""
    return {
        "message": str(message),
        "r8": [str(c) for c in signature.r8],
        "s": str(signature.s),
        "key": [str(c) for c in key.public],
    }


def changes(message: int, signature: Signature) -> list[tuple[int, Signature]]:
    """Return the signature and what is near it."""
    r8, s = signature.r8, signature.s
    return [
        (message, signature),
        ((message + 1) % SCALAR_MODULUS, signature),
        (message, Signature(r8, (s + 1) % EDWARDS_ORDER)),
        (message, Signature(r8, s + EDWARDS_ORDER)),
        (message, Signature((r8[0], (r8[1] + 1) % SCALAR_MODULUS), s)),
        (message, Signature(multiply(r8, 2), s)),
    ]


def test_signatures_of_ours_are_judged_alike() -> None:
    key = VenueKey.from_seed(bytes(range(32)))
    cases = [case for message in MESSAGES for case in changes(message, key.sign(message))]
    verdicts = ask([as_json(key, message, signature) for message, signature in cases], [])["verdicts"]
    assert sum(verdicts) == len(MESSAGES)  # type: ignore[arg-type]
    for (message, signature), expected in zip(cases, verdicts, strict=True):
        if expected:
            verify_signature(key.public, message, signature)
        else:
            with pytest.raises(ProofRejected):
                verify_signature(key.public, message, signature)


def test_signatures_of_circomlibjs_verify() -> None:
    signed = ask([], [{"message": str(message), "seed": f"{message % 255:02x}" * 32} for message in MESSAGES])["signed"]
    for message, found in zip(MESSAGES, signed, strict=True):
        x, y, u, v = (int(c) for c in (*found["key"], *found["r8"]))  # type: ignore[index]
        verify_signature((x, y), message, Signature((u, v), int(found["s"])))  # type: ignore[index]
