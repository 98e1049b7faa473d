"""Circuits that stay loaded: a process that proves twice reads, checks and converts a key once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from zkrisk import _prover
from zkrisk.errors import ArtifactMismatch
from zkrisk.proof.artifacts import CircuitFiles
from zkrisk.witness import WitnessCalculator

__all__ = ["calculator_of", "prover_of"]

_KEPT = 8
"""Circuits that stay loaded; the standard tier's largest takes some fifty megabytes."""


class _Files:
    """The files of an instance, equal to others with the same hashes in the same place."""

    def __init__(self, instance: CircuitFiles, digests: tuple[str | None, ...]) -> None:
        self.instance = instance
        self._key: tuple[Path, str, tuple[str | None, ...]] = (instance.folder, instance.name, digests)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def calculator_of(instance: CircuitFiles) -> WitnessCalculator:
    """Return the witness generator of a circuit; the file's hash is checked when it is loaded.

    Raises:
        ArtifactMismatch: The file is missing or not the recorded one.
    """
    return _calculator(_Files(instance, (instance.locked.get(f"{instance.name}.wasm"),)))


def prover_of(instance: CircuitFiles, kernel: str = "auto") -> _prover.Prover:
    """Return the prover of a circuit; the hashes of its files are checked when it is loaded.

    What it proves it has verified under the recorded verifying key.

    Args:
        kernel: ``auto``, ``ifma`` or ``scalar``.

    Raises:
        ArtifactMismatch: A file is missing or not the recorded one, or the two keys do not belong together.
        InputError: This processor cannot run the kernel.
        KeyFileInvalid, KeyMismatch: See `zkrisk.Prover.load`.
    """
    manifest = instance.manifest()
    return _prover_of(_Files(instance, (manifest.get("zkey_sha256"), manifest.get("vkey_sha256"))), kernel)


@lru_cache(maxsize=_KEPT)
def _calculator(files: _Files) -> WitnessCalculator:
    return WitnessCalculator(files.instance.wasm)


@lru_cache(maxsize=_KEPT)
def _prover_of(files: _Files, kernel: str) -> _prover.Prover:
    path = files.instance.zkey
    prover = _prover.Prover.load(path, kernel)
    if prover.verifying_key().to_bytes() != files.instance.key().material:
        raise ArtifactMismatch(f"{path.name} proves for another verifying key", where=str(path), hint="make build")
    return prover
