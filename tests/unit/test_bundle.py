"""Bundles as files: one form, limits before parsing, thin and packed, and nothing private inside."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.leak import shows, words
from tests.unit import test_bundle_case as case
from zkrisk.errors import BadFile, InputError, SheetMismatch
from zkrisk.params import MICRO, Assurance
from zkrisk.proof.backends import snarkjs
from zkrisk.proof.bundle import (
    MAX_BUNDLE_BYTES,
    bundle_key,
    bundle_sheet,
    identifier,
    load_bundle,
    pack,
    parse_bundle,
    public_signals,
    save_bundle,
    to_bytes,
    unpack,
    unpack_snarkjs,
)
from zkrisk.proof.bundle_model import Bundle
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.limits import limit_lines, limit_values, policy_of
from zkrisk.proof.material import compress_points, expand_points
from zkrisk.proof.prove import build_bundle


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(to_bytes(case.attest().bundle))
    return loaded


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "1e400",
        "NaN",
        '{"media_type": "application/json"}',
        '{"media_type": "application/vnd.zkrisk.attestation.v2+json"}',
        '{"media_type": 1}',
        "[" * 10_000 + "]" * 10_000,
        '{"a": ' * 10_000 + "1" + "}" * 10_000,
        '{"a": 1, "a": 2}',
        '{"a": 1e400}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 0.5}',
        '{"a": 9007199254740993}',
        '{"a": -0}',
        '{"a": ' + "9" * 100_000 + "}",
        '{"a": "\\ud800"}',
    ],
    ids=range(20),
)
def test_hostile_text_is_a_bad_file(text: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_bundle(text)
    assert len(caught.value.message) < 200


def test_100_mb_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.zkrisk.json"
    with path.open("wb") as stream:
        stream.truncate(100 << 20)
    with pytest.raises(BadFile, match="larger"):
        load_bundle(path)
    with pytest.raises(BadFile, match="larger"):
        parse_bundle(" " * (MAX_BUNDLE_BYTES + 1))


def test_missing_file_and_other_bytes_are_bad_files(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        load_bundle(tmp_path / "none")
    (tmp_path / "latin").write_bytes(b'{"note": "\xe9"}')
    with pytest.raises(BadFile, match="UTF-8"):
        load_bundle(tmp_path / "latin")


WRONG: list[tuple[str, Any]] = [
    ("statement.subject.account", case.ACCOUNT.lower()),
    ("statement.subject.account", "0x" + "00" * 20),
    ("statement.subject.chain_id", 0),
    ("statement.subject.chain_id", "31337"),
    ("statement.subject.sequence", True),
    ("statement.subject.sequence", -1),
    ("statement.subject.sequence", str(2**64)),
    ("statement.subject.commitment", "0x" + "AB" * 32),
    ("statement.version", 2),
    ("statement.kind", "BIND"),
    ("statement.circuit.tier", "large"),
    ("statement.circuit.vkey_sha256", "00" * 32),
    ("statement.context.deadline", 2**64 - 1),
    ("statement.context.action", "LIQUIDATE"),
    ("statement.context.action_data", {"amount": 5}),
    ("statement.policy", None),
    ("statement.sheet.convention", "OTHER"),
    ("signals", []),
    ("signals.0.value", 5),
    ("signals.0.value", "007"),
    ("signals.0.value", "-1"),
    ("signals.0.name", "owner"),
    ("signals.3.name", "leg_long[8]"),
    ("signals.3.name", "leg_long[02]"),
    ("signals.3.value", "0"),
    ("signals.4.name", "leg_long[2]"),
    ("folded", []),
    ("folded.0.slot", "ON_CHAIN"),
    ("folded.0.count", 13),
    ("proof.a", "0x00"),
    ("proof.curve", "bls12_381"),
    ("note", "x" * 281),
    ("note", "\x1b[31mACCEPTED"),
    ("extensions", [1]),
    ("material", {}),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=[f"{p}={str(v)[:12]!r}" for p, v in WRONG])
def test_wrong_field_is_a_bad_file_that_does_not_repeat_it(path: str, value: Any) -> None:
    changed = place = document()
    *parents, last = path.split(".")
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    place[int(last) if last.isdigit() else last] = value
    with pytest.raises(BadFile) as caught:
        parse_bundle(json.dumps(changed))
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 300


def test_unknown_field_name_is_not_repeated_in_the_error() -> None:
    with pytest.raises(BadFile) as caught:
        parse_bundle(json.dumps(document() | {"\x1b[2J": 1}))
    assert caught.value.message == "bundle: ?: this field is not known"


def test_saved_bundle_is_canonical_and_reads_back_equal(tmp_path: Path) -> None:
    for name, bundle in (("thin", case.attest().bundle), ("packed", case.packed())):
        path = tmp_path / name
        save_bundle(bundle, path)
        assert load_bundle(path) == bundle
        assert to_bytes(load_bundle(path)) == path.read_bytes()


def test_integers_survive_json_exactly() -> None:
    """L2: 2^53 + 1 and 2^64 - 1 are decimal strings and come back as themselves."""
    for number in (2**53 - 1, 2**53, 2**53 + 1, 2**64 - 1):
        changed = document()
        changed["statement"]["context"]["nonce"] = number if number < 2**53 else str(number)
        bundle = parse_bundle(json.dumps(changed))
        assert bundle.statement.context.nonce == number
        assert parse_bundle(to_bytes(bundle).decode()) == bundle


def test_packing_and_unpacking_keep_the_identifier() -> None:
    thin, packed = case.attest().bundle, case.packed()
    assert identifier(thin) == identifier(packed)
    assert unpack(packed) == thin
    assert bundle_key(thin) is bundle_sheet(thin) is None
    assert bundle_key(packed) == case.key()
    assert bundle_sheet(packed) == case.sheet()
    assert public_signals(packed, case.sheet()) == case.attest().public


def test_packing_refuses_what_the_bundle_does_not_name() -> None:
    with pytest.raises(BadFile):
        pack(case.attest().bundle, case.key(case.CircuitKind.HEALTHY), case.sheet())
    with pytest.raises(SheetMismatch):
        pack(case.attest().bundle, case.key(), replace(case.sheet(), epoch=1))


def test_proof_bytes_are_no_identifier() -> None:
    """K2: the same statement with other proof bytes is the same attestation."""
    again = case.make().bundle
    assert again.proof != case.attest().bundle.proof
    assert identifier(again) == identifier(case.attest().bundle)


@pytest.mark.parametrize("field", ["vkey", "bases_b64", "sheet", "universe"])
def test_malformed_material_is_a_bad_file(field: str) -> None:
    changed = json.loads(to_bytes(case.packed()))
    material = changed["material"]
    material[field] = material[field][:-4] if isinstance(material[field], str) else {"x": 1}
    with pytest.raises(BadFile):
        case.without_chain(parse_bundle(json.dumps(changed)), artifacts=None)


def test_points_survive_compression_and_bad_ones_are_refused() -> None:
    points = case.key().material[448:]
    assert expand_points(compress_points(points)) == points
    for bad in (b"\x00" * 31, (2**254 - 1).to_bytes(32, "big"), (4).to_bytes(32, "big")):
        with pytest.raises(BadFile):
            expand_points(bad)


def test_limits_survive_their_lines() -> None:
    names = case.sheet().parameters.sector_names
    values = limit_values(limit_lines(case.policy(), MICRO, names), MICRO)
    assert list(values.public) == case.policy().public_values(MICRO, names)
    assert policy_of(values, MICRO, names).to_text() == case.policy().to_text()


def test_bundle_of_parts_that_do_not_belong_together_is_refused() -> None:
    parts = case.attest().parts
    for changed in (
        replace(parts, request=replace(parts.request, nonce=1)),
        replace(parts, request=replace(parts.request, action_hash=bytes([1]) * 32)),
        replace(parts, key=case.key(case.CircuitKind.HEALTHY)),
    ):
        with pytest.raises(InputError):
            build_bundle(changed)


def test_unpacked_files_verify_with_snarkjs_itself(tmp_path: Path) -> None:
    unpack_snarkjs(case.packed(), tmp_path)
    names = [str(tmp_path / f"{name}.json") for name in ("verification_key", "public", "proof")]
    command = [*snarkjs.node_command(), str(snarkjs.CLI), "groth16", "verify", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "OK!" in done.stdout) == (0, True)
    with pytest.raises(BadFile, match="thin"):
        unpack_snarkjs(case.attest().bundle, tmp_path)


def test_nothing_private_is_in_a_bundle(tmp_path: Path) -> None:
    """L6: quantities, salt and names of a marked book are nowhere in the file, in no encoding that is common."""
    path = tmp_path / "marked.zkrisk.json"
    save_bundle(case.packed(), path)
    text = path.read_bytes().decode().lower()
    private = [lots for lots in (*case.LONG, *case.SHORT) if lots] + [case.SALT]
    private.append(case.tail_threshold(case.policy(), case.opening().vector, case.LEG, case.sheet()))
    for value in private:
        for form in (str(value), f"{value:x}", f"{value:064x}", value.to_bytes(32, "little").hex()):
            assert not shows(text, form)
    told = words(json.loads(path.read_bytes())).lower()
    forbidden = ("marked", "path", "host", "user", "rpc", "seconds_taken", "/home", "/tmp", "long\n")  # noqa: S108
    assert [word for word in forbidden if word in told] == []


def test_repr_of_a_bundle_says_that_it_is_not_verified() -> None:
    assert "not verified" in repr(case.attest().bundle)


def test_level_of_a_bundle_is_a_claim() -> None:
    assert case.attest().bundle.statement.assurance.assurance is Assurance.CUSTODIAN_SIGNED


def test_model_takes_no_other_key_count() -> None:
    key = case.key()
    assert CircuitKey(key.kind, key.tier, key.material) == key
    assert isinstance(case.attest().bundle, Bundle)
