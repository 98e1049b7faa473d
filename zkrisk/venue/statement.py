"""A venue's statement about one account: complete, assets and liabilities, at one time, for one owner on one chain."""

from __future__ import annotations

from dataclasses import dataclass, field

from zkrisk.commitment import BookQuantities, book_hash, parse_address
from zkrisk.edwards import Point
from zkrisk.errors import RangeExceeded
from zkrisk.params import POSEIDON_DOMAIN_STATEMENT, POSEIDON_DOMAIN_VENUE_ACCOUNT
from zkrisk.poseidon import poseidon
from zkrisk.venue.signing import Signature, VenueKey, verify_signature

__all__ = ["SignedStatement", "VenueStatement", "nullifier_of"]

VENUE_BITS = 32
TIME_BITS = 64


@dataclass(frozen=True, slots=True)
class VenueStatement:
    """What a venue signs. Private but for venue, times, chain and registry.

    Attributes:
        venue: Number of the venue in the registry, from 1.
        account_tag: The venue's number for the customer's account (`account_tag`).
        owner: On-chain account that may use the statement.
        chain: Chain id.
        registry: Contract that may accept it, as an integer.
        timestamp: Unix time at which all quantities were read.
        locked_until: No assets leave the account before, unix; 0 for no lock.
        vector: All that the account holds and owes, in lots: assets down, liabilities up.
    """

    venue: int
    account_tag: int = field(repr=False)
    owner: int
    chain: int
    registry: int
    timestamp: int
    locked_until: int
    vector: BookQuantities = field(repr=False)

    def message(self) -> int:
        """Return the field element that is signed.

        Raises:
            RangeExceeded: A quantity, time or number is out of range.
            InputError: Owner or registry is not an address.

        Source: docs/protocol.md, "Binding".
        """
        bounds = (
            ("venue", self.venue, 1, VENUE_BITS),
            ("chain", self.chain, 1, TIME_BITS),
            ("timestamp", self.timestamp, 1, TIME_BITS),
            ("locked_until", self.locked_until, 0, TIME_BITS),
        )
        for name, value, lowest, bits in bounds:
            if type(value) is not int or not lowest <= value < 1 << bits:
                raise RangeExceeded(f"'{name}' of a statement is in {lowest} … 2^{bits} - 1")
        return poseidon(
            [
                POSEIDON_DOMAIN_STATEMENT,
                self.chain,
                parse_address(self.registry),
                self.venue,
                self.account_tag,
                parse_address(self.owner),
                self.timestamp,
                self.locked_until,
                book_hash(self.vector),
            ]
        )

    def sign(self, key: VenueKey) -> SignedStatement:
        """Sign it with the venue's key."""
        return SignedStatement(self, key.sign(self.message()))


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement with its signature. Private."""

    statement: VenueStatement
    signature: Signature = field(repr=False)

    def check(self, key: Point) -> None:
        """Check the signature.

        Raises:
            ProofRejected: It is not the key's.
        """
        verify_signature(key, self.statement.message(), self.signature)


def nullifier_of(venue: int, account_tag: int) -> int:
    """Return what the contract stores so that one venue account backs one owner alone."""
    return poseidon([POSEIDON_DOMAIN_VENUE_ACCOUNT, venue, account_tag])
