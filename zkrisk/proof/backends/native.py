"""The native prover and verifier."""

from __future__ import annotations

from collections.abc import Sequence

from zkrisk import _prover
from zkrisk.proof.artifacts import CircuitFiles
from zkrisk.proof.loaded import prover_of

__all__ = ["prove", "verify"]


def prove(instance: CircuitFiles, witness: bytes, kernel: str = "auto") -> bytes:
    """Prove in this process.

    The proof is verified under the recorded key, for the witness' public wires, before it is returned.

    Args:
        instance: Circuit and proving key; it stays loaded for the next proof.
        witness: All wires, 32 bytes each, little-endian.
        kernel: ``auto``, ``ifma`` or ``scalar``.

    Returns:
        A (64 bytes), B (128), C (64), big-endian, in the order of the pairing precompile.

    Raises:
        ConstraintViolated: The witness does not satisfy the circuit.
        ArtifactMismatch, KeyFileInvalid, InputError: See `zkrisk.proof.loaded.prover_of`.
    """
    return prover_of(instance, kernel).prove(witness).to_bytes()


def verify(material: bytes, public: Sequence[int], proof: bytes) -> None:
    """Verify with the native code.

    Args:
        material: alpha, beta, gamma, delta and all IC points (`CircuitKey.material`).
        public: All public signals, each in [0, r).
        proof: 256 bytes.

    Raises:
        ProofRejected: The proof does not hold for these signals, or is malformed.
    """
    _prover.VerifyingKey.from_bytes(material).verify(list(public), _prover.Proof.from_bytes(proof))
