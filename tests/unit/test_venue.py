"""What venues sign: every field binds, keys and tags keep their secrets."""

from __future__ import annotations

import dataclasses

import pytest

from zkrisk.book import BookVector
from zkrisk.errors import InputError, ProofRejected, RangeExceeded
from zkrisk.params import EDWARDS_ORDER, SCALAR_MODULUS
from zkrisk.venue import Signature, VenueKey, VenueStatement, account_tag, draw_seed, nullifier_of, verify_signature

KEY = VenueKey.from_seed(bytes(range(32)))
SAID = VenueStatement(
    venue=3, account_tag=77, owner=0xA11CE, chain=31_337, registry=0xC0FFEE, timestamp=1_800_000_000,
    locked_until=0, vector=BookVector((5, 6), (7, 8)),
)  # fmt: skip
OTHER = {
    "venue": 4,
    "account_tag": 78,
    "owner": 0xB0B,
    "chain": 1,
    "registry": 0xC0FFEF,
    "timestamp": 1_800_000_001,
    "locked_until": 1_800_000_000,
    "vector": BookVector((5, 6), (7, 9)),
}


def test_every_field_of_a_statement_is_signed() -> None:
    assert set(OTHER) == {field.name for field in dataclasses.fields(VenueStatement)}
    signed = SAID.sign(KEY)
    signed.check(KEY.public)
    for name, value in OTHER.items():
        changed = dataclasses.replace(signed, statement=dataclasses.replace(SAID, **{name: value}))
        with pytest.raises(ProofRejected):
            changed.check(KEY.public)


@pytest.mark.parametrize(
    ("field", "value"),
    [("venue", 0), ("venue", 1 << 32), ("timestamp", 0), ("timestamp", 1 << 64), ("locked_until", -1), ("chain", 0)],
)
def test_statement_out_of_range_is_not_signed(field: str, value: int) -> None:
    with pytest.raises(RangeExceeded, match=field):
        dataclasses.replace(SAID, **{field: value}).sign(KEY)  # type: ignore[arg-type]


def test_statement_for_no_address_is_not_signed() -> None:
    for field in ("owner", "registry"):
        with pytest.raises(InputError):
            dataclasses.replace(SAID, **{field: 0}).sign(KEY)  # type: ignore[arg-type]


def test_signature_bytes_must_be_canonical_and_the_key_of_the_subgroup() -> None:
    signature = KEY.sign(9)
    verify_signature(KEY.public, 9, signature)
    for r8, s in (
        (signature.r8, signature.s + EDWARDS_ORDER),
        (signature.r8, 0),
        ((signature.r8[0] + SCALAR_MODULUS, signature.r8[1]), signature.s),
        ((1, 1), signature.s),
    ):
        with pytest.raises(ProofRejected):
            verify_signature(KEY.public, 9, Signature(r8, s))
    with pytest.raises(InputError, match="prime order"):
        verify_signature((0, SCALAR_MODULUS - 1), 9, signature)


def test_signing_is_deterministic_and_keys_differ_by_seed() -> None:
    assert KEY.sign(1) == KEY.sign(1)
    assert KEY.sign(1).r8 != KEY.sign(2).r8
    assert VenueKey.from_seed(draw_seed()).public != KEY.public
    with pytest.raises(RangeExceeded):
        VenueKey.from_seed(bytes(31))


def test_account_tag_is_stable_secret_and_one_for_an_account() -> None:
    secret, other = bytes(32), bytes([1] * 32)
    tag = account_tag(secret, "acc-1")
    assert tag == account_tag(secret, " acc-1 ")
    assert len({tag, account_tag(secret, "acc-2"), account_tag(other, "acc-1")}) == 3
    assert tag.bit_length() <= 248
    for bad_secret, name in ((bytes(31), "acc-1"), (secret, " ")):
        with pytest.raises(RangeExceeded):
            account_tag(bad_secret, name)


def test_nullifier_is_of_venue_and_account_and_not_a_commitment() -> None:
    assert len({nullifier_of(1, 5), nullifier_of(2, 5), nullifier_of(1, 6)}) == 3


def test_secrets_do_not_show() -> None:
    signed = SAID.sign(KEY)
    text = repr(KEY) + repr(signed) + repr(SAID)
    assert bytes(range(32)).hex() not in text
    assert repr(bytes(range(32))) not in text
    assert "77" not in text.replace(str(KEY.public[0]), "").replace(str(KEY.public[1]), "")
