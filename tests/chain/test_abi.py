"""What the contracts' interfaces promise: no function takes a folded point, and every error has a name here."""

from __future__ import annotations

from typing import Any

import pytest
import solcx
from eth_abi import encode

from scripts import build_contracts
from zkrisk.chain.contracts import abi_type, default_contracts
from zkrisk.chain.refusals import REFUSALS, refusal
from zkrisk.chain.revert import ErrorDecoder, selector
from zkrisk.errors import ContractRefused

CONTRACTS = default_contracts()
DEPLOYED = (
    "CircuitRegistry", "PriceSheet", "PolicyRegistry", "RiskManager", "ManagerExtension", "CreditVault",
    "CustodianRegistry", "VenueRegistry", "ReaderKeys", "BookBinder", "Heartbeat", "ChallengeDesk", "CreditorRegistry",
)  # fmt: skip

# Bytes that hold curve points enter in four places only: with a Merkle proof against a registered root, or as a
# registrar's key, checked and hashed. The other points are Proof structs, which the pairing checks and nobody folds.
POINT_BYTES = {
    ("CircuitRegistry", "register", "blob"),
    ("PriceSheet", "roll", "rowBases"),
    ("PriceSheet", "foldParameters", "rowBases"),
    ("BookBinder", "setKey", "blob"),
}
OTHER_BYTES = {
    ("PriceSheet", "proposeParameters", "values"),
    ("CustodianRegistry", "attachCustodian", "signature"),
    ("CreditorRegistry", "increase", "signature"),
}
PROOFS = {
    ("RiskManager", "attest"),
    ("RiskManager", "update"),
    ("RiskManager", "consume"),
    ("RiskManager", "verifyLiquidation"),
    ("RiskManager", "verifyHealthy"),
    ("ChallengeDesk", "answer"),
    ("BookBinder", "bind"),
    ("CreditVault", "draw"),
    ("CreditVault", "withdrawEscrow"),
    ("CreditVault", "liquidate"),
}


def functions() -> list[tuple[str, dict[str, Any]]]:
    return [(name, entry) for name in DEPLOYED for entry in CONTRACTS.abi(name) if entry["type"] == "function"]


def holds_point(item: dict[str, Any]) -> bool:
    """A pair of words, or a struct that has one."""
    if item["type"].startswith("tuple"):
        return any(holds_point(part) for part in item["components"])
    return item["type"] in {"uint256[2]", "uint256[2][2]", "bytes32[2]", "uint256[2][]", "uint256[4]"}


def test_abi_functions_with_a_curve_point_argument_are_the_allowed_ones() -> None:
    found = {(name, entry["name"]) for name, entry in functions() if any(holds_point(item) for item in entry["inputs"])}
    assert found == PROOFS


def test_abi_functions_with_bytes_are_the_allowed_ones() -> None:
    found = {
        (name, entry["name"], item["name"])
        for name, entry in functions()
        for item in entry["inputs"]
        if item["type"].startswith("bytes") and not item["type"].startswith("bytes32") and item["type"] != "bytes4"
    }
    assert found == POINT_BYTES | OTHER_BYTES


def test_abi_functions_with_two_bare_coordinates_do_not_exist() -> None:
    """But for a venue's key: a point of another curve, whose order the registry checks, and never folded."""
    found = {(name, entry["name"]) for name, entry in functions() if {"x", "y"} <= {i["name"] for i in entry["inputs"]}}
    assert found == {("VenueRegistry", "addKey")}


def test_abi_manager_and_extension_have_one_storage_layout() -> None:
    """The extension runs on the manager's storage: a word that the two read differently would be anybody's money."""
    document = build_contracts.standard_input(build_contracts.profile())
    names = ("RiskManager", "ManagerExtension", "ManagerState")
    units = {name: f"contracts/src/{name}.sol" for name in names}
    document["settings"]["outputSelection"] = {unit: {name: ["storageLayout"]} for name, unit in units.items()}
    root = str(build_contracts.ROOT)
    output = solcx.compile_standard(
        document, base_path=root, allow_paths=[root], solc_binary=build_contracts.compiler()
    )
    layouts = []
    for name, unit in units.items():
        storage = output["contracts"][unit][name]["storageLayout"]["storage"]
        layouts.append([(item["label"], item["slot"], item["offset"], item["type"]) for item in storage])
    assert {"_accounts", "_binder", "_badDebts", "_liquidationsFrom"} <= {label for label, *_ in layouts[0]}
    assert layouts[0] == layouts[1] == layouts[2]


def test_revert_every_custom_error_has_a_class_and_a_hint() -> None:
    names = {entry["name"] for entry in CONTRACTS.errors}
    assert names - REFUSALS.keys() == set()
    for name in names:
        assert refusal(name).error_name == name and refusal(name).help and refusal(name).exit_code == 9


def test_revert_selectors_are_distinct() -> None:
    assert len({selector(entry) for entry in CONTRACTS.errors}) == len(CONTRACTS.errors)


@pytest.mark.parametrize("entry", CONTRACTS.errors, ids=lambda entry: entry["name"])
def test_revert_every_custom_error_decodes(entry: dict[str, Any]) -> None:
    types = [abi_type(item) for item in entry["inputs"]]
    values = [_sample(kind) for kind in types]
    found = ErrorDecoder.of(CONTRACTS).refusal(selector(entry) + encode(types, values))
    assert type(found) is refusal(entry["name"])
    assert found.details["error"] == entry["name"]
    assert len(found.details["args"]) == len(types)  # type: ignore[arg-type]
    assert found.message.startswith(entry["name"] + "(") and "\n" not in found.message


def _sample(kind: str) -> object:
    if kind == "address":
        return "0x" + "11" * 20
    if kind.startswith("bytes"):
        return b"\x22" * (int(kind[5:]) if kind[5:] else 3)
    return "text" if kind == "string" else 7


def test_revert_of_an_unknown_contract_is_named_by_its_selector() -> None:
    found = ErrorDecoder.of(CONTRACTS).refusal(bytes.fromhex("deadbeef") + bytes(32))
    assert type(found) is ContractRefused and "deadbeef" in found.message


@pytest.mark.parametrize(
    ("head", "body"), [("08c379a0", encode(["string"], ["why"])), ("4e487b71", encode(["uint256"], [17]))]
)
def test_revert_of_solidity_itself_is_named(head: str, body: bytes) -> None:
    assert ErrorDecoder.of(CONTRACTS).refusal(bytes.fromhex(head) + body).details["error"] in {"Error", "Panic"}
