"""snarkjs as a second prover and verifier, by subprocess.

The prover needs files. They are written to a private temporary folder that is removed in every case, because the
witness is the book; where the system has one, that folder is in memory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from zkrisk import _prover
from zkrisk.errors import ConstraintViolated, MissingTool, ProofRejected
from zkrisk.params import BASE_MODULUS, SCALAR_MODULUS
from zkrisk.proof.artifacts import CircuitFiles
from zkrisk.proof.keys import HEAD_BYTES, POINT_BYTES, check_not_forgeable

__all__ = [
    "CLI",
    "node_command",
    "private_folder",
    "proof_json",
    "prove",
    "prove_files",
    "request",
    "verdict_command",
    "verify",
    "verifying_key_json",
]

_TIMEOUT_S = 600
CLI: Final = Path(__file__).resolve().parents[3] / "node_modules" / "snarkjs" / "build" / "cli.cjs"


def prove(instance: CircuitFiles, witness: bytes) -> bytes:
    """Prove with ``snarkjs groth16 prove``; arguments and result as the native `prove`.

    Raises:
        MissingTool: Node or snarkjs is not installed.
        ConstraintViolated: The witness does not satisfy the circuit, or snarkjs failed.
    """
    # snarkjs proves unsatisfied witnesses without a word.
    _prover.R1cs.load(str(instance.r1cs)).check(witness)
    with private_folder() as folder:
        _prover.write_wtns(str(folder / "w.wtns"), witness)
        return prove_files(instance.zkey, folder / "w.wtns", folder)


def prove_files(zkey: Path, wtns: Path, folder: Path) -> bytes:
    """Prove a witness file; snarkjs' own files go to a folder.

    Returns:
        As `prove`. Nothing is checked.

    Raises:
        MissingTool: Node or snarkjs is not installed.
        ConstraintViolated: snarkjs failed.
    """
    done = _run(*node_command(), str(CLI), "groth16", "prove", str(zkey), str(wtns),
                str(folder / "proof.json"), str(folder / "public.json"))  # fmt: skip
    if done.returncode != 0:
        raise ConstraintViolated("snarkjs made no proof of this witness")
    return _proof_bytes(json.loads((folder / "proof.json").read_text()))


def verify(material: bytes, public: Sequence[int], proof: bytes) -> None:
    """Verify with snarkjs, behind the checks that it leaves out.

    Raises:
        ProofRejected: snarkjs does not accept the proof, a point is the identity or not in its group, a coordinate or
            signal is not reduced, or the number of signals or proof bytes is wrong.
        KeyMismatch: Anybody can forge proofs for the key (`check_not_forgeable`).
        MissingTool: Node or snarkjs is not installed.
    """
    done = _run(*verdict_command(), given=request(material, public, proof) + "\n")
    if done.returncode != 0 or not json.loads(done.stdout)["accepted"]:
        raise ProofRejected("snarkjs does not accept the proof")


def verdict_command() -> list[str]:
    """Return the command that answers each line of `request` with a line of JSON: ``accepted``, and ``paired`` when the
    points were all in their groups.

    Raises:
        MissingTool: Node or snarkjs is not installed.
    """
    return [*node_command(), str(Path(__file__).with_name("snarkjs_verify.mjs"))]


def request(material: bytes, public: Sequence[int], proof: bytes) -> str:
    """Return what the script is asked about a proof, in one line of JSON, once its bytes are known to be canonical.

    snarkjs reduces coordinates modulo q, takes all zeros for the identity and ignores signals beyond the last IC point:
    one proof would have many encodings that it accepts and no other verifier does.

    Raises:
        ProofRejected, KeyMismatch: As `verify`, before snarkjs is asked.
    """
    points, rest = divmod(len(material) - HEAD_BYTES, POINT_BYTES)
    if rest or points < 1 or len(public) != points - 1 or len(proof) != 4 * POINT_BYTES:
        raise ProofRejected(f"{len(public)} public signals and {len(proof)} proof bytes; the key takes {points - 1}")
    if any(not 0 <= value < SCALAR_MODULUS for value in public):
        raise ProofRejected("a public signal is not below the field's modulus")
    if any(int.from_bytes(proof[i : i + 32], "big") >= BASE_MODULUS for i in range(0, len(proof), 32)):
        raise ProofRejected("a coordinate of the proof is not below the base field's modulus")
    check_not_forgeable(material)
    signals = [str(value) for value in public]
    return json.dumps({"vkey": verifying_key_json(material), "public": signals, "proof": proof_json(proof)})


def proof_json(proof: bytes) -> dict[str, Any]:
    """Return a proof in snarkjs' form."""
    w = [str(int.from_bytes(proof[i : i + 32], "big")) for i in range(0, len(proof), 32)]
    return {
        "pi_a": [w[0], w[1], "1"],
        "pi_b": [[w[3], w[2]], [w[5], w[4]], ["1", "0"]],
        "pi_c": [w[6], w[7], "1"],
        "protocol": "groth16",
        "curve": "bn128",
    }


def verifying_key_json(material: bytes) -> dict[str, Any]:
    """Return a verifying key in snarkjs' form."""
    w = [str(int.from_bytes(material[i : i + 32], "big")) for i in range(0, len(material), 32)]

    def g2(start: int) -> list[list[str]]:
        return [[w[start + 1], w[start]], [w[start + 3], w[start + 2]], ["1", "0"]]

    first = HEAD_BYTES // 32
    return {
        "protocol": "groth16",
        "curve": "bn128",
        "nPublic": (len(material) - HEAD_BYTES) // POINT_BYTES - 1,
        "vk_alpha_1": [w[0], w[1], "1"],
        "vk_beta_2": g2(2),
        "vk_gamma_2": g2(6),
        "vk_delta_2": g2(10),
        "IC": [[w[i], w[i + 1], "1"] for i in range(first, len(w), 2)],
    }


def _proof_bytes(proof: dict[str, Any]) -> bytes:
    (ax, ay, _), (bx, by, _), (cx, cy, _) = proof["pi_a"], proof["pi_b"], proof["pi_c"]
    words = (ax, ay, bx[1], bx[0], by[1], by[0], cx, cy)
    return b"".join(int(word).to_bytes(32, "big") for word in words)


def node_command() -> list[str]:
    """Return the command of Node for snarkjs.

    Raises:
        MissingTool: Node or snarkjs is not installed.
    """
    node = shutil.which("node")
    if node is None or not CLI.exists():
        raise MissingTool("snarkjs is not installed", hint="npm ci     or use --backend native")
    return [node, "--max-old-space-size=8192"]


def _run(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    scrubbed = {name: value for name, value in os.environ.items() if not name.startswith("ZKRISK_")}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S, env=scrubbed, input=given
    )


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder that only its owner may read, in memory where the system can; it is removed afterwards."""
    memory = Path("/dev/shm")  # noqa: S108
    parent = str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="zkrisk-", dir=parent) as folder:
        yield Path(folder)
