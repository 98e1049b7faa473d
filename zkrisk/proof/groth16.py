"""Proving and verifying any circuit: the backends by name, and no proof leaves before it is verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from zkrisk.errors import InputError, WitnessError
from zkrisk.proof.artifacts import CircuitFiles
from zkrisk.proof.backends import native, pairing, snarkjs
from zkrisk.proof.loaded import calculator_of
from zkrisk.witness.calculator import ELEMENT_BYTES

__all__ = ["BACKENDS", "VERIFIERS", "Progress", "prove_inputs"]

Progress = Callable[[str, float], None]
"""Called when a phase ends: its name and its seconds.

``witness``, ``proof``; and ``self-check`` after a backend that does not verify its own proofs.
"""

BACKENDS: Final[dict[str, Callable[[CircuitFiles, bytes], bytes]]] = {
    "native": native.prove,
    "native-ifma": partial(native.prove, kernel="ifma"),
    "native-scalar": partial(native.prove, kernel="scalar"),
    "snarkjs": snarkjs.prove,
}
"""``native`` takes the fastest kernels of this processor; the two others force a path."""
_UNVERIFIED: Final = frozenset({"snarkjs"})
"""Backends that do not verify what they make."""
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
        backend: One of `BACKENDS`.

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
        witness = calculator_of(instance).witness(inputs)
        _check_public(witness, public)
    with _phase("proof", on_progress):
        proof = BACKENDS[backend](instance, witness)
    if backend in _UNVERIFIED:
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
