"""The offline check of a binding: every value edited, and refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.unit import bind_case as case
from zkrisk.edwards import add_points
from zkrisk.errors import KeyMismatch, ProofRejected, UsageError
from zkrisk.params import MICRO, SCALAR_MODULUS
from zkrisk.proof.binding import Binding, verify_binding
from zkrisk.proof.keys import BindKey
from zkrisk.witness.bind_circuit import BindCircuit
from zkrisk.witness.binding import UNSIGNED_VALUES


def with_part(one: Binding, **values: int) -> Binding:
    """Return the binding with other values of part 0."""
    names = ("venue", "x", "y", "nullifier", "timestamp", "locked_until")
    part = dict(zip(names, one.statement.parts[0], strict=True)) | values
    return stated(one, parts=(tuple(part[name] for name in names), *one.statement.parts[1:]))


def stated(one: Binding, **values: Any) -> Binding:
    """Return the binding with other values."""
    return replace(one, statement=replace(one.statement, **values))


def asked(one: Binding, **values: Any) -> Binding:
    """Return the binding with another request."""
    return replace(one, request=replace(one.request, **values))


EDITS: dict[str, tuple[Callable[[Binding], Binding], str]] = {
    "coverage one higher": (lambda b: stated(b, coverage_bps=b.statement.coverage_bps + 1), "equation|proof"),
    "coverage above all": (lambda b: stated(b, coverage_bps=10_001), "coverage"),
    "another price": (lambda b: stated(b, prices=(1, *b.statement.prices[1:])), "equation|proof"),
    "a price that wraps": (lambda b: stated(b, prices=(1 << 64, *b.statement.prices[1:])), "price"),
    "a price too few": (lambda b: stated(b, prices=b.statement.prices[1:]), "7 prices"),
    "another owner": (lambda b: stated(b, owner=5), "another account"),
    "another account": (lambda b: asked(b, account=case.BINDER), "another account"),
    "another chain": (lambda b: asked(b, chain_id=1), "another account or chain"),
    "another contract": (lambda b: asked(b, contract=case.ACCOUNT), "equation|proof"),
    "another sequence": (lambda b: asked(b, sequence=4), "equation|proof"),
    "a later deadline": (lambda b: asked(b, deadline=case.DEADLINE + 1), "equation|proof"),
    "another registry": (lambda b: stated(b, registry=case.REGISTRY + 1), "equation|proof"),
    "an alias of the registry": (lambda b: stated(b, registry=case.REGISTRY + SCALAR_MODULUS), "address"),
    "another nullifier": (lambda b: with_part(b, nullifier=5), "equation|proof"),
    "an alias of the nullifier": (
        lambda b: with_part(b, nullifier=b.statement.parts[0][3] + SCALAR_MODULUS),
        "modulus",
    ),
    "no nullifier": (lambda b: with_part(b, nullifier=0), "neither"),
    "a venue of too many bits": (lambda b: with_part(b, venue=1 << 32), "neither"),
    "nobody with a key": (lambda b: with_part(b, venue=0), "neither"),
    "an older statement": (lambda b: with_part(b, timestamp=1_800_000_001), "equation|proof"),
    "a time of too many bits": (lambda b: with_part(b, timestamp=1 << 64), "time"),
    "a lock of too many bits": (lambda b: with_part(b, locked_until=1 << 64), "time"),
    "a venue key off the curve": (lambda b: with_part(b, x=1, y=2), "venue's key of part 0 is not a point"),
    "a venue key of small order": (lambda b: with_part(b, x=case.SMALL[0], y=case.SMALL[1]), "subgroup"),
    "one account twice": (lambda b: stated(b, parts=(b.statement.parts[0],) * 2), "two parts"),
    "a part more": (lambda b: stated(b, parts=(*b.statement.parts, UNSIGNED_VALUES)), "2 parts, not 3"),
    "a value of a part too few": (lambda b: stated(b, parts=(b.statement.parts[0], (0, 0, 1, 0, 0))), "6 values"),
    "another reader": (
        lambda b: stated(b, recipients=(case.READERS[1], *b.statement.recipients[1:])),
        "equation|proof",
    ),
    "a reader with a part of small order": (
        lambda b: stated(b, recipients=(add_points(case.READERS[0], case.SMALL), *b.statement.recipients[1:])),
        "subgroup",
    ),
    "another body": (lambda b: with_body(b, (1, *b.statement.ciphertext.body[1:])), "equation|proof"),
    "a body one longer": (lambda b: with_body(b, (*b.statement.ciphertext.body, 0)), "6 elements of the body"),
    "a proof of something else": (lambda b: replace(b, proof=case.one_venue().proof), "equation|proof"),
}  # fmt: skip


def with_body(one: Binding, body: tuple[int, ...]) -> Binding:
    """Return the binding with another ciphertext."""
    return stated(one, ciphertext=replace(one.statement.ciphertext, body=body))


@pytest.mark.parametrize("name", EDITS)
def test_edited_binding_is_refused_offline(name: str) -> None:
    edit, match = EDITS[name]
    verify_binding(case.partly_signed(), case.key(2, 2))
    with pytest.raises(ProofRejected, match=match):
        verify_binding(edit(case.partly_signed()), case.key(2, 2))


def test_another_key_or_verifier_is_refused() -> None:
    one = case.one_venue()
    with pytest.raises(KeyMismatch, match="bind_2_3-micro"):
        verify_binding(one, case.key(2, 2))
    for verifiers in ((), ("magic",)):
        with pytest.raises(UsageError):
            verify_binding(one, case.key(1, 1), verifiers)


def test_shape_of_the_circuit_is_checked_whatever_the_key_says() -> None:
    one, key = case.one_venue(), case.key(1, 1)
    larger = BindKey(BindCircuit(2, 1, MICRO), key.material)
    with pytest.raises(ProofRejected, match="2 parts, not 1"):
        verify_binding(one, larger)
