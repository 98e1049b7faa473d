"""A deployment whose code, key or wiring is another is found by the audit (S3, last link)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from chain_stage import Stage

from zkrisk.chain.audit import audit
from zkrisk.chain.contracts import Contracts, default_contracts
from zkrisk.errors import ArtifactMismatch
from zkrisk.params import CircuitKind
from zkrisk.proof.keys import CircuitKey


def keys(stage: Stage) -> dict[CircuitKind, CircuitKey]:
    return {kind: stage.artifacts.instance(kind, stage.chain.tier()).key() for kind in CircuitKind}


def code_of(stage: Stage, address: str) -> bytes:
    return bytes.fromhex(stage.chain.rpc.raw("eth_getCode", [address, "latest"])[2:])


def put_code(stage: Stage, address: str, code: bytes) -> None:
    stage.chain.rpc.raw("anvil_setCode", [address, "0x" + code.hex()])


def problems(stage: Stage) -> set[str]:
    return {finding.what for finding in audit(stage.chain, keys(stage)).problems}


@pytest.mark.parametrize("contract", ["registry", "sheet", "policies", "manager", "vault"])
def test_S3_one_byte_of_deployed_code_is_found(stage: Stage, contract: str) -> None:  # noqa: N802
    ours = stage.chain.deployment
    address = next(iter(ours.vaults.values())) if contract == "vault" else getattr(ours, contract)
    code = bytearray(code_of(stage, address))
    # The last bytes are data that no call reaches, so that everything else of the audit goes on.
    code[-1] ^= 1
    put_code(stage, address, bytes(code))
    found = problems(stage)
    assert len(found) == 1 and found.pop().startswith("code ")


def test_S3_one_byte_of_the_registered_key_is_found(stage: Stage) -> None:  # noqa: N802
    registry = stage.chain.registry
    _, _, blob = stage.chain.read(registry.functions.currentKey(int(CircuitKind.HEALTHY)))
    code = bytearray(code_of(stage, blob))
    code[70] ^= 1
    put_code(stage, blob, bytes(code))
    assert problems(stage) == {"key blob healthy"}


def test_S3_contract_bound_to_another_one_is_found(stage: Stage) -> None:  # noqa: N802
    """The right code with another sheet in its immutables."""
    manager, sheet = stage.chain.deployment.manager, bytes.fromhex(stage.chain.deployment.sheet[2:])
    code = code_of(stage, manager)
    assert sheet in code
    put_code(stage, manager, code.replace(sheet, bytes.fromhex(stage.chain.deployment.policies[2:])))
    assert problems(stage) == {f"sheet of RiskManager {manager}"}


def test_S3_compiled_contract_whose_file_changed_is_not_used(tmp_path: Path) -> None:  # noqa: N802
    folder = tmp_path / "contracts"
    shutil.copytree(default_contracts().folder, folder)
    path = folder / "CreditVault.json"
    document = json.loads(path.read_text())
    Contracts(folder).load("CreditVault")
    document["bytecode"] = document["bytecode"][:-1] + ("0" if document["bytecode"][-1] != "0" else "1")
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    with pytest.raises(ArtifactMismatch, match="not the file that was compiled"):
        Contracts(folder).load("CreditVault")
    Contracts(folder).load("RiskManager")
    (folder / "sha256").unlink()
    with pytest.raises(ArtifactMismatch, match="not compiled"):
        Contracts(folder).load("RiskManager")
