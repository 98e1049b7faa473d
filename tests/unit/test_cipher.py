"""The encrypted book: only its recipients open it, and nothing else comes out of a changed text."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import dataclasses
import random

import pytest

from tests.salts import FOREIGN_SALTS, opening_with
from zkrisk.book import BookVector
from zkrisk.commitment import Ciphertext, Opening, commit_with, decrypt, encrypt, ephemeral_scalar
from zkrisk.edwards import NEUTRAL, add_points, draw_scalar, multiply, public_key
from zkrisk.errors import CommitmentMismatch, InputError
from zkrisk.params import SCALAR_MODULUS
from zkrisk.store.codec import decode_opening, encode_opening

OWNER = 0xA11CE
N = 32


def opening(seed: int = 1) -> Opening:
    """Return a commitment to a book of 32 slots."""
    numbers = random.Random(seed)  # noqa: S311  repeatable cases, no secrets
    vector = BookVector(*(tuple(numbers.randrange(1 << 64) for _ in range(N)) for _ in range(2)))
    salt = numbers.randrange(1 << 128, 1 << 248)
    return Opening(vector=vector, owner=OWNER, salt=salt, commitment=commit_with(vector, OWNER, salt))


def test_every_recipient_opens_the_commitment() -> None:
    book, secrets = opening(), [draw_scalar() for _ in range(3)]
    text = encrypt(book, [public_key(secret) for secret in secrets])
    for position, secret in enumerate(secrets):
        found = decrypt(text, position, secret, OWNER, N)
        assert (found.long, found.short, found.salt) == (book.long, book.short, book.salt)


@pytest.mark.parametrize("salt", FOREIGN_SALTS, ids=hex)
def test_C18_salt_that_nobody_draws_opens_all_the_same(salt: int) -> None:
    """The circuit proves a ciphertext under any salt: a reader who refused some could be shut out by the owner."""
    book, secret = opening_with(opening().vector, OWNER, salt), draw_scalar()
    book.check()
    text = encrypt(book, [NEUTRAL, public_key(secret)])
    found = decrypt(text, 1, secret, OWNER, N)
    assert (found.long, found.short, found.salt) == (book.long, book.short, salt)
    kept = decode_opening(encode_opening(found), book.commitment)
    assert (kept.long, kept.short, kept.salt) == (book.long, book.short, salt)
    kept.check()


def test_another_key_account_place_or_text_opens_nothing() -> None:
    book, secret = opening(), draw_scalar()
    text = encrypt(book, [public_key(secret), public_key(draw_scalar())])
    changed = dataclasses.replace(text, body=((text.body[0] + 1) % SCALAR_MODULUS, *text.body[1:]))
    other = dataclasses.replace(text, commitment=text.commitment ^ 1)
    cases = [(text, 0, secret + 1, OWNER), (text, 1, secret, OWNER), (text, 0, secret, OWNER + 1),
             (changed, 0, secret, OWNER), (other, 0, secret, OWNER)]  # fmt: skip
    for case, position, scalar, owner in cases:
        with pytest.raises(CommitmentMismatch):
            decrypt(case, position, scalar, owner, N)


def test_every_changed_element_is_noticed() -> None:
    book, secret = opening(2), draw_scalar()
    text = encrypt(book, [public_key(secret)])
    elements = text.elements()
    for index in range(2, len(elements)):
        edited = [*elements[:index], (elements[index] + 1) % SCALAR_MODULUS, *elements[index + 1 :]]
        with pytest.raises(CommitmentMismatch):
            decrypt(Ciphertext.from_elements(text.commitment, edited, 1), 0, secret, OWNER, N)


def test_neutral_recipient_gets_nothing() -> None:
    text = encrypt(opening(), [NEUTRAL, public_key(draw_scalar())])
    assert text.wraps[0] == 0
    with pytest.raises(InputError, match="nothing for recipient 0"):
        decrypt(text, 0, draw_scalar(), OWNER, N)


def test_key_of_small_order_is_refused_as_recipient_and_as_ephemeral_key() -> None:
    book, secret, small = opening(), draw_scalar(), (0, SCALAR_MODULUS - 1)
    for key in (small, add_points(public_key(secret), small)):
        with pytest.raises(InputError, match="prime order"):
            encrypt(book, [key])
    text = encrypt(book, [public_key(secret)])
    moved = dataclasses.replace(text, ephemeral=add_points(text.ephemeral, small))
    with pytest.raises(InputError, match="prime order"):
        decrypt(moved, 0, secret, OWNER, N)


def test_second_encryption_has_the_same_ephemeral_key_and_body() -> None:
    book = opening()
    one, two = (encrypt(book, [public_key(draw_scalar())]) for _ in range(2))
    assert (one.ephemeral, one.body) == (two.ephemeral, two.body)
    assert one.wraps != two.wraps
    scalar = ephemeral_scalar(book.salt, book.commitment)
    assert one.ephemeral == public_key(scalar)
    assert 0 < scalar < 1 << 250


def test_two_commitments_to_one_book_share_no_element() -> None:
    book = opening()
    salt = book.salt + 1
    again = dataclasses.replace(book, salt=salt, commitment=commit_with(book.vector, OWNER, salt))
    key = multiply(public_key(draw_scalar()), 8)
    assert not set(encrypt(book, [key]).elements()) & set(encrypt(again, [key]).elements())
