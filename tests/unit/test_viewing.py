"""Threshold keys: any t of n open a book, fewer learn nothing, and whoever cheats is named."""

# ruff: noqa: N802 (tests carry the ID of the threat)

from __future__ import annotations

import dataclasses
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from test_cipher import OWNER, N, opening

from tests.unit.torsion import SMALL_ORDERS, lucky_knowledge, lucky_part, point_of_order
from zkrisk.commitment import decrypt_with_shared, encrypt
from zkrisk.edwards import NEUTRAL, add_points, multiply, public_key
from zkrisk.errors import InputError, ProofRejected, RangeExceeded
from zkrisk.params import EDWARDS_ORDER
from zkrisk.viewing import Deal, Dealing, KeyShare, ThresholdKey, combine, deal, finish, partial_decrypt
from zkrisk.viewing.proofs import verify_equal, verify_knowledge
from zkrisk.viewing.shares import Polynomial, lagrange_at_zero
from zkrisk.viewing.threshold import public_result

LABEL = b"commitment 1"


class Ceremony:
    """A ceremony of n members, each with its own key."""

    def __init__(self, threshold: int, members: int) -> None:
        self.transport = {number: X25519PrivateKey.generate() for number in range(1, members + 1)}
        public = {number: key.public_key().public_bytes_raw() for number, key in self.transport.items()}
        self.dealing = Dealing("test", threshold, public)
        self.deals = [deal(self.dealing, number) for number in public]

    def shares(self) -> tuple[ThresholdKey, list[KeyShare]]:
        """Let every member finish."""
        done = [finish(self.dealing, self.deals, number, key) for number, key in self.transport.items()]
        assert len({key.public for key, _ in done}) == 1
        return done[0][0], [share for _, share in done]


@pytest.mark.parametrize(("threshold", "members"), [(1, 1), (1, 3), (2, 3), (3, 5), (4, 4)])
def test_any_threshold_of_the_members_opens_a_book(threshold: int, members: int) -> None:
    key, shares = Ceremony(threshold, members).shares()
    book = opening()
    text = encrypt(book, [key.public])
    parts = [partial_decrypt(share, text.ephemeral, LABEL) for share in shares]
    for chosen in combinations(parts, threshold):
        shared = combine(key, text.ephemeral, chosen, LABEL)
        assert decrypt_with_shared(text, 0, shared, OWNER, N).salt == book.salt
    assert combine(key, text.ephemeral, parts, LABEL) == combine(key, text.ephemeral, parts[-threshold:], LABEL)


@pytest.mark.parametrize(("threshold", "members"), [(2, 3), (3, 5)])
def test_one_share_less_fits_every_secret(threshold: int, members: int) -> None:
    """For t - 1 shares and any candidate there is one polynomial through them: they tell nothing about it."""
    _, shares = Ceremony(threshold, members).shares()
    for known in combinations(shares, threshold - 1):
        absent = next(share for share in shares if share not in known)
        weights = lagrange_at_zero([*(share.member for share in known), absent.member])
        fixed = sum(weights[share.member] * share.scalar for share in known)
        candidates = {0, 1, EDWARDS_ORDER - 1, *range(5, 50)}
        needed = {
            (candidate - fixed) * pow(weights[absent.member], -1, EDWARDS_ORDER) % EDWARDS_ORDER
            for candidate in candidates
        }
        assert len(needed) == len(candidates)
        for value in needed:
            assert (fixed + weights[absent.member] * value) % EDWARDS_ORDER in candidates


def test_too_few_parts_are_refused() -> None:
    key, shares = Ceremony(3, 4).shares()
    ephemeral = public_key(77)
    parts = [partial_decrypt(share, ephemeral, LABEL) for share in shares[:2]]
    for chosen in (parts, [*parts, parts[0]]):
        with pytest.raises(InputError, match=r"^2 parts do not open a book: 3 are needed$"):
            combine(key, ephemeral, chosen, LABEL)
    with pytest.raises(InputError, match=r"^1 part does not open a book: 3 are needed$"):
        combine(key, ephemeral, parts[:1], LABEL)


def test_corrupted_share_is_identified_in_a_decryption() -> None:
    key, shares = Ceremony(2, 3).shares()
    ephemeral = public_key(77)
    parts = [partial_decrypt(share, ephemeral, LABEL) for share in shares]
    wrong = KeyShare(2, (shares[1].scalar + 1) % EDWARDS_ORDER)
    forged = [
        partial_decrypt(wrong, ephemeral, LABEL),
        dataclasses.replace(parts[1], point=add_points(parts[1].point, ephemeral)),
        dataclasses.replace(parts[1], point=NEUTRAL),
        dataclasses.replace(parts[1], point=(1, 1)),
        dataclasses.replace(parts[1], member=2, point=parts[0].point, proof=parts[0].proof),
        partial_decrypt(shares[1], ephemeral, b"commitment 2"),
        partial_decrypt(shares[1], public_key(78), LABEL),
    ]
    for part in forged:
        with pytest.raises(ProofRejected, match="member 2"):
            combine(key, ephemeral, [parts[0], part], LABEL)
    with pytest.raises(InputError, match="member 9"):
        combine(key, ephemeral, [parts[0], dataclasses.replace(parts[1], member=9)], LABEL)


@pytest.mark.parametrize("order", SMALL_ORDERS)
@pytest.mark.parametrize(("threshold", "members"), [(1, 2), (2, 3), (3, 5)])
def test_L7_part_that_is_off_by_a_point_of_small_order_is_identified(threshold: int, members: int, order: int) -> None:
    """Its equations hold when the challenge is a multiple of the order; what comes out would open nothing."""
    key, shares = Ceremony(threshold, members).shares()
    ephemeral = public_key(77)
    honest = [partial_decrypt(share, ephemeral, LABEL) for share in shares]
    for cheat in (0, members - 1):
        wrong = lucky_part(cheat + 1, shares[cheat].scalar, ephemeral, LABEL, order)
        assert wrong.point != honest[cheat].point
        with pytest.raises(ProofRejected, match=f"member {cheat + 1}"):
            combine(key, ephemeral, [*honest[:cheat], wrong, *honest[cheat + 1 :]], LABEL)


@pytest.mark.parametrize("order", SMALL_ORDERS)
def test_L7_proofs_hold_for_points_of_the_subgroup_alone(order: int) -> None:
    ephemeral, share = public_key(77), KeyShare(1, 12_345)
    wrong = lucky_part(1, share.scalar, ephemeral, LABEL, order)
    for image in (wrong.point, point_of_order(order), NEUTRAL, (1, 1)):
        with pytest.raises(ProofRejected, match="member 1"):
            verify_equal(public_key(share.scalar), (ephemeral, image), wrong.proof, LABEL, "the part of member 1")
    key, proof = lucky_knowledge(share.scalar, LABEL, order)
    with pytest.raises(ProofRejected, match="member 1"):
        verify_knowledge(key, proof, LABEL, "the contribution of member 1")
    honest = partial_decrypt(share, ephemeral, LABEL)
    verify_equal(public_key(share.scalar), (ephemeral, honest.point), honest.proof, LABEL, "the part of member 1")


@pytest.mark.parametrize("order", SMALL_ORDERS)
def test_L7_contribution_with_a_point_of_small_order_is_identified_by_every_member(order: int) -> None:
    ceremony = Ceremony(2, 3)
    good, small = ceremony.deals[1].commitments, point_of_order(order)
    key, proof = lucky_knowledge(5, ceremony.dealing.label(2), order)
    cases: list[dict[str, object]] = [
        {"commitments": (key, good[1]), "proof": proof},
        {"commitments": (good[0], add_points(good[1], small))},
        {"commitments": (good[0], small)},
        {"commitments": good[:1]},
    ]
    for changes in cases:
        with pytest.raises(ProofRejected, match="member 2"):
            finish(ceremony.dealing, edited(ceremony, **changes), 1, ceremony.transport[1])


def edited(ceremony: Ceremony, **changes: object) -> list[Deal]:
    """Return the contributions with a change in that of member 2."""
    return [dataclasses.replace(one, **changes) if one.dealer == 2 else one for one in ceremony.deals]  # type: ignore[arg-type]


def test_corrupted_contribution_is_identified_by_every_member() -> None:
    ceremony = Ceremony(2, 3)
    good, other = ceremony.deals[1], deal(ceremony.dealing, 2)
    broken = bytes([good.sealed[1][-1] ^ 1])
    cases: list[dict[str, object]] = [
        {"sealed": {**good.sealed, 1: good.sealed[1][:-1] + broken}},
        {"sealed": {**good.sealed, 1: good.sealed[3]}},
        {"sealed": {**good.sealed, 1: b""}},
        {"sealed": other.sealed},
        {"proof": other.proof},
        {"commitments": other.commitments},
        {"commitments": (ceremony.deals[0].commitments[0], good.commitments[1])},
    ]
    for changes in cases:
        with pytest.raises(ProofRejected, match="member 2"):
            finish(ceremony.dealing, edited(ceremony, **changes), 1, ceremony.transport[1])


def test_member_cannot_cancel_the_others_secrets() -> None:
    """The last to publish could make the key its own; it cannot prove to know the secret of what that takes."""
    ceremony = Ceremony(1, 2)
    mine = public_key(5)
    theirs = ceremony.deals[0].commitments[0]
    rogue = add_points(mine, multiply(theirs, EDWARDS_ORDER - 1))
    with pytest.raises(ProofRejected, match="member 2"):
        finish(ceremony.dealing, edited(ceremony, commitments=(rogue,)), 1, ceremony.transport[1])


def test_L7_member_that_cancels_its_own_share_is_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last to publish knows what the others sent it: with a share of 0 nobody could read the key's file."""
    given = [Polynomial((11, 12)), Polynomial((13, 14))]
    drawn = iter(
        [*given, Polynomial((15, -(15 + sum(one.at(3) for one in given)) * pow(3, -1, EDWARDS_ORDER) % EDWARDS_ORDER))]
    )
    monkeypatch.setattr(Polynomial, "draw", lambda threshold: next(drawn))
    ceremony = Ceremony(2, 3)
    with pytest.raises(ProofRejected, match="member 3"):
        public_result(ceremony.dealing, ceremony.deals)
    with pytest.raises(ProofRejected, match="member 3"):
        finish(ceremony.dealing, ceremony.deals, 1, ceremony.transport[1])


def test_contribution_of_another_ceremony_is_refused() -> None:
    ceremony = Ceremony(2, 3)
    renamed = dataclasses.replace(ceremony.dealing, name="other")
    with pytest.raises(ProofRejected, match="member 1"):
        finish(renamed, ceremony.deals, 1, ceremony.transport[1])


def test_missing_contribution_and_sizes_that_make_no_sense_are_refused() -> None:
    ceremony = Ceremony(2, 3)
    with pytest.raises(InputError, match="one contribution of each"):
        finish(ceremony.dealing, ceremony.deals[:2], 1, ceremony.transport[1])
    for threshold in (0, 4):
        with pytest.raises(RangeExceeded):
            deal(dataclasses.replace(ceremony.dealing, threshold=threshold), 1)


def test_ephemeral_key_of_small_order_gets_no_part() -> None:
    _, shares = Ceremony(1, 1).shares()
    small = (0, 21888242871839275222246405745257275088548364400416034343698204186575808495616)
    for point in (NEUTRAL, small, add_points(public_key(7), small)):
        with pytest.raises(InputError, match="prime order"):
            partial_decrypt(shares[0], point, LABEL)


def test_share_does_not_show_itself() -> None:
    _, shares = Ceremony(2, 2).shares()
    assert all(str(share.scalar) not in repr(share) for share in shares)
