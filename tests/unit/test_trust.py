"""The trust store: pins that a person writes, kept outside of bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit import test_bundle_case as case
from zkrisk.errors import BadFile, InputError, NotFound, StoreConflict, VerificationError
from zkrisk.proof.trust import STALE_AFTER_S, load_trust, parse_entry

KEY_ID = "0x" + "ab" * 32
ENTRIES: dict[str, dict[str, Any]] = {
    "circuits": {"circuit": "compliance-micro", "key_id": KEY_ID, "class": "CEREMONY"},
    "chains": {"chain_id": 8453, "name": "base", "genesis_hash": "0x" + "01" * 32},
    "custodians": {"address": case.KEEPER, "name": "demo", "valid_from_unix": 1, "valid_until_unix": 2},
    "venues": {"id": "kraken-demo", "key_sha256": "sha256:" + "02" * 32, "valid_from_unix": 1, "valid_until_unix": 2},
    "revocations": {"subject": KEY_ID, "reason": "leaked", "at_unix": 5},
}


def test_without_a_file_it_is_the_dated_root(tmp_path: Path) -> None:
    store = load_trust(tmp_path)
    assert store.entries() == ()
    assert store.updated_unix > 1_700_000_000


def test_entries_survive_the_file_and_are_removed_by_identity(tmp_path: Path) -> None:
    store = load_trust(None)
    for kind, fields in ENTRIES.items():
        store = store.add(parse_entry(kind, fields), 1_800_000_000)
    store.save(tmp_path / "config")
    assert load_trust(tmp_path / "config") == store
    assert len(store.entries()) == 5
    pin = store.pin("compliance-micro", bytes.fromhex("ab" * 32))
    assert pin is not None
    assert pin.key_class == "CEREMONY"
    assert store.pin("compliance-standard", bytes.fromhex("ab" * 32)) is None
    assert len(store.remove(KEY_ID, 1).entries()) == 3
    with pytest.raises(NotFound):
        store.remove("nothing", 1)
    with pytest.raises(StoreConflict):
        store.add(parse_entry("chains", ENTRIES["chains"]), 1)


def test_age_is_warned_about_beyond_thirty_days() -> None:
    store = load_trust(None)
    assert store.warnings(store.updated_unix + STALE_AFTER_S) == ()
    assert "days old" in store.warnings(store.updated_unix + STALE_AFTER_S + 86_400)[0]
    assert store.age_s(0) == 0


@pytest.mark.parametrize("kind", list(ENTRIES))
def test_entry_with_a_wrong_field_is_refused(kind: str) -> None:
    for name in ENTRIES[kind]:
        with pytest.raises(InputError):
            parse_entry(kind, ENTRIES[kind] | {name: "\x1b"})
    with pytest.raises(InputError):
        parse_entry(kind, ENTRIES[kind] | {"more": 1})


def test_entry_of_no_kind_is_refused() -> None:
    with pytest.raises(InputError):
        parse_entry("friends", {})


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"schema": "urn:zkrisk:trust/v2"}', '{"schema": "urn:zkrisk:trust/v1", "updated_unix": -1}',
             '{"schema": "urn:zkrisk:trust/v1", "updated_unix": 1, "circuits": [{}]}']
)  # fmt: skip
def test_half_a_store_is_no_store(tmp_path: Path, text: str) -> None:
    (tmp_path / "trust.json").write_text(text)
    with pytest.raises(BadFile):
        load_trust(tmp_path)


def contracts(**changes: str) -> dict[str, Any]:
    honest = {"registry": case.REGISTRY, "sheet": case.PRICES, "policies": case.POLICIES, "manager": case.MANAGER}
    return {"chain_id": case.CHAIN_ID, "name": "local", "contracts": honest | changes}


def test_deployment_that_is_not_the_pinned_one_is_refused() -> None:
    now = case.sheet().as_of_unix
    case.online(case.attest().bundle, trust=load_trust(None).add(parse_entry("chains", contracts()), now))
    other = load_trust(None).add(parse_entry("chains", contracts(registry=case.VAULT)), now)
    with pytest.raises(VerificationError, match="pinned"):
        case.online(case.attest().bundle, trust=other)
