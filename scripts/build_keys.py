#!/usr/bin/env python3
"""Make development keys for every circuit instance.

The keys are made in one process on this machine: whoever could read its memory could forge proofs. The manifest beside
each key says so, and the deployer refuses such keys on any chain but a local development chain. A key is made again
only when its circuit changed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from zkrisk import _prover
from zkrisk.errors import ArtifactMismatch
from zkrisk.proof.artifacts import Artifacts, CircuitFiles, default_artifacts, sha256_file


def is_current(instance: CircuitFiles) -> bool:
    """Return whether a key of this very circuit exists and is intact."""
    try:
        return instance.zkey.exists() and bool(instance.key())
    except ArtifactMismatch:
        return False


def make_key(instance: CircuitFiles) -> float:
    """Make one development key with its verifying key and manifest; return the seconds it took."""
    start = time.monotonic()
    zkey = instance.folder / f"{instance.name}.zkey"
    vkey = instance.folder / f"{instance.name}.vkey"
    partial = zkey.with_suffix(".zkey.partial")
    _prover.setup_development(str(instance.r1cs), str(partial))
    vkey.write_bytes(_prover.Prover.load(str(partial)).verifying_key().to_bytes())
    os.replace(partial, zkey)
    manifest = {
        "instance": instance.name,
        "class": "DEVELOPMENT",
        "r1cs_sha256": instance.locked[f"{instance.name}.r1cs"],
        "wasm_sha256": instance.locked[f"{instance.name}.wasm"],
        "zkey_sha256": sha256_file(zkey),
        "vkey_sha256": sha256_file(vkey),
    }
    (instance.folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    manifest["key_id"] = "0x" + instance.key().key_id.hex()
    (instance.folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return time.monotonic() - start


def main() -> None:
    """Make the keys that are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, help="folder of the circuit artefacts")
    options = parser.parse_args()
    artifacts = default_artifacts()
    if options.root:
        artifacts = Artifacts(options.root, artifacts.lock)
    for instance in artifacts.instances():
        if not is_current(instance):
            print(f"  key {instance.name:<24} {make_key(instance):6.1f} s   DEVELOPMENT", flush=True)


if __name__ == "__main__":
    main()
