"""Artefacts are used only when their hash is the recorded one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.errors import ArtifactMismatch
from zkrisk.params import MICRO, CircuitKind
from zkrisk.proof.artifacts import Artifacts, Instance, default_artifacts


@pytest.fixture
def copied(tmp_path: Path) -> Instance:
    honest = default_artifacts()
    name = case.instance().name
    shutil.copytree(honest.root / name, tmp_path / name, ignore=shutil.ignore_patterns("*.sym", "*_js"))
    return Artifacts(tmp_path, honest.lock).instance(CircuitKind.COMPLIANCE, MICRO)


def test_intact_copy_is_used(copied: Instance) -> None:
    assert copied.key() == case.key()
    assert copied.zkey.exists()
    assert copied.wasm.exists()


@pytest.mark.parametrize("suffix", ["r1cs", "wasm", "zkey", "vkey"])
def test_S3_one_byte_of_an_artefact_changed_is_refused(copied: Instance, suffix: str) -> None:  # noqa: N802
    path = copied.folder / f"{copied.name}.{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactMismatch, match="hash"):
        _ = copied.key() if suffix == "vkey" else getattr(copied, suffix)


@pytest.mark.parametrize("suffix", ["r1cs", "wasm", "zkey", "vkey"])
def test_missing_artefact_is_named(copied: Instance, suffix: str) -> None:
    (copied.folder / f"{copied.name}.{suffix}").unlink()
    with pytest.raises(ArtifactMismatch, match=f"{suffix} is missing"):
        _ = copied.key() if suffix == "vkey" else getattr(copied, suffix)


def test_S3_key_of_another_circuit_version_is_refused(copied: Instance) -> None:  # noqa: N802
    path = copied.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"r1cs_sha256": "00" * 32}))
    with pytest.raises(ArtifactMismatch, match="another version"):
        copied.key()


def test_no_manifest_and_no_lock_are_named(copied: Instance, tmp_path: Path) -> None:
    (copied.folder / "manifest.json").write_text("{")
    with pytest.raises(ArtifactMismatch, match="no key"):
        copied.manifest()
    with pytest.raises(ArtifactMismatch, match="lock"):
        Artifacts(tmp_path, tmp_path / "none").instance(CircuitKind.COMPLIANCE, MICRO)
