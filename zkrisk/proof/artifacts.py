"""Circuit artefacts on disk, used only when their hashes are the recorded ones."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zkrisk.errors import ArtifactMismatch, InputError
from zkrisk.params import TIERS, CircuitKind, Tier
from zkrisk.proof.keys import BindKey, CircuitKey, RootedKey, instance_name
from zkrisk.witness.bind_circuit import BindCircuit

__all__ = [
    "Artifacts",
    "BindInstance",
    "CircuitFiles",
    "Instance",
    "KeyClass",
    "default_artifacts",
    "instance_name",
    "sha256_file",
    "smallest_instance",
]

KeyClass = str
"""``DEVELOPMENT`` (made locally in one process) or ``CEREMONY``."""

_REPAIR = "make build"
_BIND: Final = re.compile(r"bind_(\d+)_(\d+)-(\w+)\.r1cs")


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class CircuitFiles(ABC):
    """The files of one circuit instance, each checked against its recorded hash when it is asked for."""

    folder: Path
    locked: dict[str, str]

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the instance."""

    @abstractmethod
    def key(self) -> RootedKey:
        """Return the verifying key."""

    def manifest(self) -> dict[str, Any]:
        """Return the key manifest: class of the key and the hashes of what belongs together.

        Raises:
            ArtifactMismatch: There is none, or it was made for another circuit.
        """
        path = self.folder / "manifest.json"
        try:
            manifest: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ArtifactMismatch(f"{self.name} has no key", where=str(path), hint=_REPAIR) from error
        if manifest.get("r1cs_sha256") != self.locked.get(f"{self.name}.r1cs"):
            raise ArtifactMismatch(
                f"the key of {self.name} was made for another version of the circuit", where=str(path), hint=_REPAIR
            )
        return manifest

    @property
    def r1cs(self) -> Path:
        """The constraint system."""
        return self._locked_file(".r1cs")

    @property
    def wasm(self) -> Path:
        """The witness generator."""
        return self._locked_file(".wasm")

    @property
    def zkey(self) -> Path:
        """The proving key."""
        return self._manifest_file("zkey", "zkey_sha256")

    def _key_material(self) -> bytes:
        return self._manifest_file("vkey", "vkey_sha256").read_bytes()

    def _locked_file(self, suffix: str) -> Path:
        name = f"{self.name}{suffix}"
        return self._checked(self.folder / name, self.locked.get(name))

    def _manifest_file(self, suffix: str, entry: str) -> Path:
        return self._checked(self.folder / f"{self.name}.{suffix}", self.manifest().get(entry))

    def _checked(self, path: Path, expected: str | None) -> Path:
        if not path.exists():
            raise ArtifactMismatch(f"{path.name} is missing", where=str(path), hint=_REPAIR)
        found = sha256_file(path)
        if found != expected:
            raise ArtifactMismatch(
                f"{path.name} has hash {found[:12]}…, {(expected or 'none')[:12]}… is recorded",
                where=str(path),
                hint=_REPAIR,
            )
        return path


@dataclass(frozen=True)
class Instance(CircuitFiles):
    """The files of a circuit about the sheet."""

    kind: CircuitKind
    tier: Tier

    @property
    def name(self) -> str:
        """Name of the instance, e.g. ``compliance-micro``."""
        return instance_name(self.kind, self.tier)

    def key(self) -> CircuitKey:
        """Return the verifying key with all bases."""
        return CircuitKey(self.kind, self.tier, self._key_material())


@dataclass(frozen=True)
class BindInstance(CircuitFiles):
    """The files of a `bind` circuit."""

    circuit: BindCircuit

    @property
    def name(self) -> str:
        """Name of the instance, e.g. ``bind_1_1-micro``."""
        return self.circuit.name

    def key(self) -> BindKey:
        """Return the verifying key."""
        return BindKey(self.circuit, self._key_material())


@dataclass(frozen=True)
class Artifacts:
    """A folder of instances and the lock file with the hashes of their compiled parts."""

    root: Path
    lock: Path

    def instance(self, kind: CircuitKind, tier: Tier) -> Instance:
        """Return the files of one instance.

        Raises:
            ArtifactMismatch: There is no lock file.
        """
        return Instance(self.root / instance_name(kind, tier), self._locked(), kind, tier)

    def bind_instance(self, circuit: BindCircuit) -> BindInstance:
        """Return the files of one `bind` instance; see `instance`."""
        return BindInstance(self.root / circuit.name, self._locked(), circuit)

    def bind_circuits(self) -> tuple[BindCircuit, ...]:
        """Return the `bind` circuits that the lock file names, the smallest first.

        Raises:
            ArtifactMismatch: There is no lock file.
        """
        found = filter(None, map(_BIND.fullmatch, self._locked()))
        circuits = (BindCircuit(int(m[1]), int(m[2]), TIERS[m[3]]) for m in found if m[3] in TIERS)
        return tuple(sorted(circuits, key=lambda c: (c.tier.instruments, c.parts, c.readers)))

    def bind_instances(self, tier: Tier) -> tuple[BindInstance, ...]:
        """Return the files of every `bind` instance of a tier, the smallest first; see `instance`."""
        return tuple(self.bind_instance(circuit) for circuit in self.bind_circuits() if circuit.tier == tier)

    def instances(self) -> Iterator[CircuitFiles]:
        """Yield every instance: those about the sheet tier by tier, then those that bind."""
        for tier in TIERS.values():
            yield from (self.instance(kind, tier) for kind in CircuitKind)
        yield from map(self.bind_instance, self.bind_circuits())

    def _locked(self) -> dict[str, str]:
        try:
            lines = self.lock.read_text().splitlines()
        except OSError as error:
            raise ArtifactMismatch("the lock file of the circuits is missing", where=str(self.lock)) from error
        return {name: digest for digest, name in (line.split() for line in lines)}


def smallest_instance(parts: int, readers: int, tier: Tier, artifacts: Artifacts) -> BindInstance:
    """Return the cheapest `bind` instance with room for so many parts and readers.

    A part costs a signature and the ranges of a book, a place for a reader a multiplication: fewer parts count first.

    Raises:
        InputError: No circuit of the tier has that much room.
        ArtifactMismatch: There is no lock file.
    """
    for circuit in artifacts.bind_circuits():
        if circuit.tier == tier and circuit.parts >= parts and circuit.readers >= readers:
            return artifacts.bind_instance(circuit)
    raise InputError(f"no circuit of tier {tier.name} binds {parts} parts to {readers} readers")


def default_artifacts() -> Artifacts:
    """Return the artefacts that `make build` leaves beside the package."""
    repository = Path(__file__).resolve().parents[2]
    return Artifacts(repository / "build" / "circuits", repository / "circuits" / "artifacts.lock")
