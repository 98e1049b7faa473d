"""Files that venues and readers hand to each other: read as written, refused by field, never repeated in a message."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from test_cipher import OWNER, N, opening

from zkrisk.book import BookVector
from zkrisk.commitment import encrypt
from zkrisk.edwards import public_key
from zkrisk.errors import BadFile, InputError, RangeExceeded, StoreCorrupt
from zkrisk.params import SCALAR_MODULUS
from zkrisk.venue import VenueKey, VenueStatement
from zkrisk.venue.files import StatementFile, VenueSecrets, key_sha256, parse_venue_key, venue_key_dict
from zkrisk.viewing import Dealing, deal, finish, partial_decrypt
from zkrisk.viewing.ceremony_files import (
    ceremony_dict,
    contribution_dict,
    member_dict,
    parse_ceremony,
    parse_contribution,
    parse_member,
    transcript_sha256,
)
from zkrisk.viewing.kept import KeptKey, KeptShare, decode_transport, encode_transport
from zkrisk.viewing.key_files import BookCiphertext, KeyFile, parse_part, part_dict

KEY = VenueKey.from_seed(bytes(range(32)))
STATEMENT = StatementFile(
    VenueStatement(3, 77, 0xA11CE, 31_337, 0xC0FFEE, 1_790_000_000, 0, BookVector((5, 6), (7, 8))).sign(KEY),
    KEY.public, "micro-8", "sha256:" + "ab" * 32,
)  # fmt: skip
TRANSPORT = {number: X25519PrivateKey.generate() for number in (1, 2, 3)}
DEALING = Dealing("keepers", 2, {n: key.public_key().public_bytes_raw() for n, key in TRANSPORT.items()})
DEALS = [deal(DEALING, number) for number in TRANSPORT]
PUBLIC, SHARE = finish(DEALING, DEALS, 1, TRANSPORT[1])
KEY_FILE = KeyFile("keepers", PUBLIC, transcript_sha256(DEALING, DEALS))
BOOK = opening()
CIPHERTEXT = BookCiphertext(encrypt(BOOK, [PUBLIC.public]), OWNER, N, 0)
PART = partial_decrypt(SHARE, CIPHERTEXT.text.ephemeral, CIPHERTEXT.label())
Reader = Callable[[str], Any]
FILES: dict[str, tuple[dict[str, Any], Reader, Any]] = {
    "statement": (STATEMENT.to_dict(), lambda text: StatementFile.parse(text, "f"), STATEMENT),
    "venue key": (venue_key_dict("main", KEY.public), lambda text: parse_venue_key(text, "f"), KEY.public),
    "member": (
        member_dict("keepers", DEALING.members[1]),
        lambda text: parse_member(text, "f"),
        ("keepers", DEALING.members[1]),
    ),
    "ceremony": (ceremony_dict(DEALING), lambda text: parse_ceremony(text, "f"), DEALING),
    "contribution": (
        contribution_dict(DEALING, DEALS[1]),
        lambda text: parse_contribution(text, "f", DEALING),
        DEALS[1],
    ),
    "key": (KEY_FILE.to_dict(), lambda text: KeyFile.parse(text, "f"), KEY_FILE),
    "part": (
        part_dict(PUBLIC.public, BOOK.commitment, PART),
        lambda text: parse_part(text, "f", PUBLIC.public, BOOK.commitment),
        PART,
    ),
    "ciphertext": (CIPHERTEXT.to_dict(), lambda text: BookCiphertext.parse(text, "f"), CIPHERTEXT),
}
UNREAD = {("venue key", "name")}
"""Fields that say something to people and nothing to the program."""
MARKED = "73159264382716059"


@pytest.mark.parametrize("name", FILES)
def test_file_is_read_as_it_was_written(name: str) -> None:
    document, read, expected = FILES[name]
    assert read(json.dumps(document)) == expected


def test_ciphertext_for_as_many_readers_as_the_contract_counts_is_read() -> None:
    text = dataclasses.replace(CIPHERTEXT.text, wraps=(*CIPHERTEXT.text.wraps, *[0] * 254))
    many = dataclasses.replace(CIPHERTEXT, text=text, key_index=254)
    assert BookCiphertext.parse(json.dumps(many.to_dict()), "f") == many


@pytest.mark.parametrize("name", FILES)
def test_every_field_must_be_there_of_its_form_and_no_other(name: str) -> None:
    document, read, _ = FILES[name]
    changed: list[Any] = [{**document, "more": MARKED}, [document], MARKED, None]
    for field in document:
        changed.append({key: value for key, value in document.items() if key != field})
        if (name, field) not in UNREAD:
            changed += [
                {**document, field: value} for value in (None, True, -1, f"-{MARKED}", [[MARKED]], {"x": MARKED})
            ]
    for case in changed:
        with pytest.raises(InputError) as caught:
            read(json.dumps(case))
        assert MARKED not in str(caught.value)


@pytest.mark.parametrize("number", ["01", "+1", " 1", "1e3", "0x1", "", "1" * 79, "٣"])
def test_whole_number_has_one_spelling(number: str) -> None:
    document, read, _ = FILES["statement"]
    with pytest.raises(BadFile):
        read(json.dumps({**document, "chain_id": number}))


def test_statement_needs_both_sides_of_every_slot_in_range() -> None:
    document, read, _ = FILES["statement"]
    for sides in ({"long": ["1"]}, {"long": [], "short": []}, {"long": [str(1 << 64), "1"]}):
        with pytest.raises(BadFile):
            read(json.dumps({**document, **sides}))


def test_key_file_whose_shares_are_not_those_of_the_key_is_refused_for_every_member() -> None:
    """Otherwise an honest member would be named when its part does not fit."""
    for member in (1, 2, 3):
        document = json.loads(json.dumps(KEY_FILE.to_dict()))
        document["members"][member - 1]["public_share"] = KEY_FILE.to_dict()["members"][member % 3]["public_share"]
        with pytest.raises(BadFile, match="is not one of the key"):
            KeyFile.parse(json.dumps(document), "f")
    other = {**KEY_FILE.to_dict(), "public_key": {"x": str(KEY.public[0]), "y": str(KEY.public[1])}}
    with pytest.raises(BadFile, match="is not one of the key"):
        KeyFile.parse(json.dumps(other), "f")


def test_key_outside_the_subgroup_is_refused() -> None:
    small = {"x": "0", "y": str(SCALAR_MODULUS - 1)}
    for name in ("venue key", "key"):
        document, read, _ = FILES[name]
        with pytest.raises(InputError, match="prime order"):
            read(json.dumps({**document, "public_key": small}))


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31)])
def test_transport_key_of_small_order_is_refused(key: bytes) -> None:
    """What is sealed to it everybody reads."""
    with pytest.raises(BadFile, match="small order"):
        parse_member(json.dumps(member_dict("keepers", key)), "f")


def test_ceremony_with_a_member_twice_or_without_sense_is_refused() -> None:
    document = ceremony_dict(DEALING)
    first, second, third = document["members"]
    cases: list[tuple[dict[str, Any], type[InputError]]] = [
        ({"members": [first, {**first, "member": 2}, third]}, InputError),
        ({"members": [first, first, second]}, BadFile),
        ({"members": [first, third]}, InputError),
        ({"threshold": 4}, RangeExceeded),
        ({"threshold": 0}, RangeExceeded),
    ]
    for changes, error in cases:
        with pytest.raises(error):
            parse_ceremony(json.dumps({**document, **changes}), "f")


def test_contribution_and_part_say_what_they_are_for() -> None:
    renamed = dataclasses.replace(DEALING, name="others")
    with pytest.raises(InputError, match="member 2 is not for ceremony others"):
        parse_contribution(json.dumps(contribution_dict(DEALING, DEALS[1])), "f", renamed)
    text = json.dumps(part_dict(PUBLIC.public, BOOK.commitment, PART))
    with pytest.raises(InputError, match="member 1 is made with a share of another key"):
        parse_part(text, "f", KEY.public, BOOK.commitment)
    with pytest.raises(InputError, match="member 1 is for another commitment"):
        parse_part(text, "f", PUBLIC.public, BOOK.commitment + 1)


def test_transcript_is_the_same_in_any_order_and_another_for_other_contributions() -> None:
    assert transcript_sha256(DEALING, DEALS[::-1]) == KEY_FILE.transcript_sha256
    others = [DEALS[0], deal(DEALING, 2), DEALS[2]]
    assert transcript_sha256(DEALING, others) != KEY_FILE.transcript_sha256


def test_ciphertext_whose_numbers_do_not_fit_is_refused() -> None:
    document, read, _ = FILES["ciphertext"]
    for changes in (
        {"instruments": 0},
        {"instruments": N + 2},
        {"key_index": 1},
        {"wraps": [str(SCALAR_MODULUS)]},
        {"body": document["body"][:-1]},
        {"commitment": f"{SCALAR_MODULUS:#066x}"},
    ):
        with pytest.raises(BadFile):
            read(json.dumps({**document, **changes}))


def test_kept_secrets_are_read_back_and_do_not_show() -> None:
    venue, key, share = VenueSecrets.draw(), KeptKey("audit", 0x5EED << 200), KeptShare(SHARE, KEY_FILE)
    assert VenueSecrets.decode(venue.encode()) == venue
    assert KeptKey.decode(key.encode()) == key and key.public.key.public == public_key(0x5EED << 200)
    assert KeptShare.decode(share.encode()) == share
    assert encode_transport(decode_transport(encode_transport(TRANSPORT[1]))) == encode_transport(TRANSPORT[1])
    shown = repr(venue) + repr(key) + repr(share)
    for secret in (venue.seed.hex(), repr(venue.seed), repr(venue.tag_secret), str(0x5EED << 200), str(SHARE.scalar)):
        assert secret not in shown


@pytest.mark.parametrize("decode", [VenueSecrets.decode, KeptKey.decode, KeptShare.decode, decode_transport])
def test_kept_secret_of_another_kind_is_a_damaged_store(decode: Callable[[bytes], Any]) -> None:
    short = json.dumps({"seed": "00", "tag_secret": "00"}).encode()
    for plain in (b"", b"\xff", b"[]", b"{}", short, b'{"name": 5, "scalar": "x"}'):
        with pytest.raises(StoreCorrupt):
            decode(plain)


def test_tags_outlive_the_key() -> None:
    older = VenueSecrets.draw()
    newer = VenueSecrets.draw(older.tag_secret)
    assert older.tag_of("a") == newer.tag_of("a") and older.key.public != newer.key.public
    assert key_sha256(older.key.public) != key_sha256(newer.key.public)
