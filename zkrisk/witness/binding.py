"""What a `bind` proof states, and its inputs: a book is the sum of its parts, and a ciphertext opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain as joined
from typing import Final

from zkrisk.commitment import BookQuantities, Ciphertext, Opening, commitment_of, encrypt, hash_chain
from zkrisk.edwards import NEUTRAL, Point
from zkrisk.errors import InputError, RangeExceeded
from zkrisk.params import BPS, CASH_PRICE, POSEIDON_DOMAIN_BINDING, QUANTITY_BITS, SCALAR_MODULUS
from zkrisk.venue import SignedStatement, nullifier_of

__all__ = [
    "UNSIGNED",
    "UNSIGNED_VALUES",
    "BindingStatement",
    "BookPart",
    "binding_inputs",
    "binding_of",
    "coverage_bps",
]

UNSIGNED: Final = 0
"""The venue number of a part that nobody signed."""
UNSIGNED_VALUES: Final = (UNSIGNED, *NEUTRAL, 0, 0, 0)
"""What the contract supplies for such a part."""


@dataclass(frozen=True, slots=True)
class BookPart:
    """A part of a book: a venue's statement with the venue's key, or lots that nobody signed."""

    vector: BookQuantities = field(repr=False)
    signed: SignedStatement | None = field(default=None, repr=False)
    venue_key: Point = NEUTRAL

    @classmethod
    def of_venue(cls, signed: SignedStatement, venue_key: Point) -> BookPart:
        """Take a venue's statement.

        Raises:
            ProofRejected: The key did not sign it.
        """
        signed.check(venue_key)
        return cls(signed.statement.vector, signed, venue_key)

    def public_values(self) -> tuple[int, ...]:
        """Return venue, key, nullifier, timestamp and locked_until, as the contract supplies them."""
        if self.signed is None:
            return UNSIGNED_VALUES
        said = self.signed.statement
        nullifier = nullifier_of(said.venue, said.account_tag)
        return (said.venue, *self.venue_key, nullifier, said.timestamp, said.locked_until)


@dataclass(frozen=True, slots=True)
class BindingStatement:
    """The values that the contract supplies to a binding, and the ciphertext it emits.

    Attributes:
        parts: Six values each, see `BookPart.public_values`.
        recipients: Keys that may read; the neutral point for none.
        prices: Of slots 1 … N - 1, for more than one part; else empty.
    """

    owner: int
    chain: int
    registry: int
    coverage_bps: int
    parts: tuple[tuple[int, ...], ...]
    recipients: tuple[Point, ...]
    prices: tuple[int, ...]
    ciphertext: Ciphertext

    def chosen(self) -> tuple[int, ...]:
        """Return the values that do not follow from the commitment, in the order of docs/protocol.md."""
        head = (self.ciphertext.commitment, self.owner, self.chain, self.registry, self.coverage_bps)
        return (*head, *joined.from_iterable(self.parts), *joined.from_iterable(self.recipients), *self.prices)

    def values(self) -> tuple[int, ...]:
        """Return every value of the binding, the chosen ones first."""
        return (*self.chosen(), *self.ciphertext.elements())

    def digest(self) -> int:
        """Return the hash that fixes the values before the context is known."""
        return hash_chain(POSEIDON_DOMAIN_BINDING, self.chosen())

    def fingerprint(self, context: int) -> int:
        """Return the value of the polynomial over all values, the first the highest coefficient, at the context."""
        total = 0
        for value in self.values():
            total = (total * context + value) % SCALAR_MODULUS
        return total

    def public_signals(self, context: int) -> tuple[int, int, int]:
        """Return digest, context and fingerprint."""
        return self.digest(), context, self.fingerprint(context)


def coverage_bps(parts: Sequence[BookPart], prices: Sequence[int]) -> int:
    """Return the share of the assets that venues signed, rounded down.

    Args:
        prices: N - 1 prices in 10^-16 USD a lot, slots 1 … N - 1. Not read where all parts are signed, or none is.

    Returns:
        0 … 10,000; 10,000 for a book without assets of which every part is signed.
    """
    if len({part.signed is None for part in parts}) == 1:
        return 0 if parts[0].signed is None else BPS
    values = [sum(q * p for q, p in zip(part.vector.long, (CASH_PRICE, *prices), strict=True)) for part in parts]
    covered = sum(value for part, value in zip(parts, values, strict=True) if part.signed)
    return BPS * covered // sum(values) if sum(values) else 0


def binding_of(
    opening: Opening,
    parts: Sequence[BookPart],
    recipients: Sequence[Point],
    *,
    chain: int,
    registry: int,
    prices: Sequence[int] = (),
) -> BindingStatement:
    """Put a binding together.

    Args:
        opening: The commitment; its book is the sum of the parts.
        parts: As many as the circuit takes; unused ones unsigned and empty.
        recipients: As many as the circuit takes.
        prices: N - 1, where there is more than one part.

    Raises:
        InputError: The book is not the sum of its parts, or prices are missing.
    """
    if len(parts) > 1 and len(prices) != len(opening.long) - 1:
        raise InputError("a binding of more than one part needs the prices of slots 1 to N - 1")
    _check_sum(opening, parts)
    return BindingStatement(
        owner=opening.owner,
        chain=chain,
        registry=registry,
        coverage_bps=coverage_bps(parts, prices),
        parts=tuple(part.public_values() for part in parts),
        recipients=tuple(recipients),
        prices=tuple(prices) if len(parts) > 1 else (),
        ciphertext=encrypt(opening, recipients),
    )


def binding_inputs(
    statement: BindingStatement, opening: Opening, parts: Sequence[BookPart], context: int
) -> dict[str, tuple[int, ...]]:
    """Return every input of the circuit: signal name → field elements, row-major.

    Raises:
        RangeExceeded: A quantity does not fit.
    """
    digest, _, fingerprint = statement.public_signals(context)
    if commitment_of(opening.vector, opening.owner, opening.salt) != statement.ciphertext.commitment:
        raise InputError("the opening is of another commitment than the binding")
    signed = [part.signed for part in parts]
    named = {
        "digest": (digest,),
        "context": (context,),
        "fingerprint": (fingerprint,),
        "owner": (statement.owner,),
        "chain": (statement.chain,),
        "registry": (statement.registry,),
        "coverage_bps": (statement.coverage_bps,),
        "venue": tuple(values[0] for values in statement.parts),
        "venue_key": tuple(joined.from_iterable(values[1:3] for values in statement.parts)),
        "timestamp": tuple(values[4] for values in statement.parts),
        "locked_until": tuple(values[5] for values in statement.parts),
        "recipient_key": tuple(joined.from_iterable(statement.recipients)),
        "account_tag": tuple(s.statement.account_tag if s else 0 for s in signed),
        "r8": tuple(joined.from_iterable(s.signature.r8 if s else NEUTRAL for s in signed)),
        "s": tuple(s.signature.s if s else 0 for s in signed),
        "long": tuple(joined.from_iterable(part.vector.long for part in parts)),
        "short": tuple(joined.from_iterable(part.vector.short for part in parts)),
        "salt": (opening.salt,),
    }
    return named | ({"price": statement.prices} if statement.prices else {})


def _check_sum(opening: Opening, parts: Sequence[BookPart]) -> None:
    for side in ("long", "short"):
        columns = zip(*(getattr(part.vector, side) for part in parts), strict=True)
        totals = tuple(sum(column) for column in columns)
        if any(total >> QUANTITY_BITS for total in totals):
            raise RangeExceeded(f"the parts add up to more than {QUANTITY_BITS} bits of lots in a slot")
        if totals != getattr(opening, side):
            raise InputError("the book is not the sum of its parts", hint="commit to the sum of the statements")
