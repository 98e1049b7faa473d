"""Proving and verifying any circuit: the backends by name, and no proof leaves before it is verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from zkrisk.errors import InputError, WitnessError
from zkrisk.proof.artifacts import CircuitFiles
from zkrisk.proof.backends import native, pairing, snarkjs
from zkrisk.witness import WitnessCalculator
from zkrisk.witness.calculator import ELEMENT_BYTES

__all__ = ["BACKENDS", "VERIFIERS", "Progress", "prove_inputs"]

Progress = Callable[[str, float], None]
"""Called when a phase ends: its name (``witness``, ``proof``, ``self-check``) and its seconds."""

BACKENDS: Final[dict[str, Callable[[CircuitFiles, bytes], bytes]]] = {"native": native.prove, "snarkjs": snarkjs.prove}
VERIFIERS: Final[dict[str, Callable[[bytes, Sequence[int], bytes], None]]] = {
    "native": native.verify,
    "py_ecc": pairing.verify,
    "snarkjs": snarkjs.verify,
}


def prove_inputs(
    instance: CircuitFiles,
    inputs: Mapping[str, Sequence[int]],
    public: Sequence[int],
    *,
    backend: str = "native",
    on_progress: Progress | None = None,
) -> bytes:
    """Compute the witness and prove it; nothing is returned that does not verify under the recorded key.

    Args:
        instance: Circuit and key, by hash.
        inputs: Signal name → values in row-major order, each in [0, r).
        public: The public signals that the proof has to be about.
        backend: ``native`` or ``snarkjs``.

    Returns:
        A (64 bytes), B (128), C (64), big-endian, in the order of the pairing precompile.

    Raises:
        InputError: The backend does not exist.
        WitnessError: The circuit refuses the inputs, or its public wires are not the signals.
        ConstraintViolated: The witness does not satisfy the constraints.
        ProofRejected: The proof does not verify; it is not returned.
    """
    if backend not in BACKENDS:
        raise InputError(f"there is no backend '{backend[:40]}'", hint=f"one of {', '.join(BACKENDS)}")
    with _phase("witness", on_progress):
        witness = WitnessCalculator(instance.wasm).witness(inputs)
        _check_public(witness, public)
    with _phase("proof", on_progress):
        proof = BACKENDS[backend](instance, witness)
    with _phase("self-check", on_progress):
        native.verify(instance.key().material, public, proof)
    return proof


@contextmanager
def _phase(name: str, on_progress: Progress | None) -> Iterator[None]:
    start = time.monotonic()
    yield
    if on_progress is not None:
        on_progress(name, time.monotonic() - start)


def _check_public(witness: bytes, public: Sequence[int]) -> None:
    expected = b"".join(value.to_bytes(ELEMENT_BYTES, "little") for value in public)
    if witness[ELEMENT_BYTES : ELEMENT_BYTES + len(expected)] != expected:
        raise WitnessError("the public wires of the witness are not the signals of the statement")
