"""Circuit artefacts on disk, used only when their hashes are the recorded ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkrisk.errors import ArtifactMismatch
from zkrisk.params import CircuitKind, Tier
from zkrisk.proof.keys import CircuitKey

__all__ = ["Artifacts", "Instance", "KeyClass", "default_artifacts", "instance_name", "sha256_file"]

KeyClass = str
"""``DEVELOPMENT`` (made locally in one process) or ``CEREMONY``."""

_REPAIR = "make build"


def instance_name(kind: CircuitKind, tier: Tier) -> str:
    """Return the name of a circuit instance, e.g. ``compliance-micro``."""
    return f"{kind.name.lower()}-{tier.name}"


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class Instance:
    """The files of one circuit instance, each checked against its recorded hash when it is asked for."""

    kind: CircuitKind
    tier: Tier
    folder: Path
    locked: dict[str, str]

    @property
    def name(self) -> str:
        """Name of the instance."""
        return instance_name(self.kind, self.tier)

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

    def key(self) -> CircuitKey:
        """Return the verifying key with all bases."""
        return CircuitKey(self.kind, self.tier, self._manifest_file("vkey", "vkey_sha256").read_bytes())

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
class Artifacts:
    """A folder of instances and the lock file with the hashes of their compiled parts."""

    root: Path
    lock: Path

    def instance(self, kind: CircuitKind, tier: Tier) -> Instance:
        """Return the files of one instance.

        Raises:
            ArtifactMismatch: There is no lock file.
        """
        try:
            lines = self.lock.read_text().splitlines()
        except OSError as error:
            raise ArtifactMismatch("the lock file of the circuits is missing", where=str(self.lock)) from error
        locked = {name: digest for digest, name in (line.split() for line in lines)}
        return Instance(kind, tier, self.root / instance_name(kind, tier), locked)


def default_artifacts() -> Artifacts:
    """Return the artefacts that `make build` leaves beside the package."""
    repository = Path(__file__).resolve().parents[2]
    return Artifacts(repository / "build" / "circuits", repository / "circuits" / "artifacts.lock")
