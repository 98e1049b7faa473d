"""The commitment to a book, and what opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zkrisk.commitment.address import format_address, parse_address
from zkrisk.commitment.pack import BookQuantities, pack
from zkrisk.commitment.salt import check_salt
from zkrisk.errors import CommitmentMismatch
from zkrisk.params import POSEIDON_DOMAIN_BOOK, POSEIDON_DOMAIN_COMMITMENT
from zkrisk.poseidon import poseidon

FIRST_BLOCK = 14
NEXT_BLOCK = 15


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment. Private: printing it shows the public part only.

    Attributes:
        vector: Book in lots, in the order of its universe.
        owner: Account address as an integer.
        salt: 248 random bits in an opening of our own. Somebody else's may have any element of the field.
        commitment: ``commitment_of(vector, owner, salt)``.
    """

    vector: BookQuantities = field(repr=False)
    owner: int = field(repr=False)
    salt: int = field(repr=False)
    commitment: int = field(repr=False)

    def __repr__(self) -> str:
        """Show the commitment and its owner, which are public, and nothing else."""
        return f"<Opening of {self.commitment:#066x} by {format_address(self.owner)}, private>"

    @property
    def long(self) -> tuple[int, ...]:
        """Lots held. Private."""
        return self.vector.long

    @property
    def short(self) -> tuple[int, ...]:
        """Lots owed. Private."""
        return self.vector.short

    def check(self) -> None:
        """Recompute the commitment.

        Raises:
            CommitmentMismatch: The parts do not give the commitment.
            RangeExceeded: A quantity is out of range, or the salt is no element of the field.
        """
        if commitment_of(self.vector, self.owner, self.salt) != self.commitment:
            raise CommitmentMismatch(f"the opening does not give commitment {self.commitment:#066x}")


def commit_with(vector: BookQuantities, owner: int | str, salt: int) -> int:
    """Commit to a book under a given salt; deterministic.

    For whoever makes a commitment, which a weak salt would give away; see `commitment_of` for whoever reads one.

    Args:
        vector: Book in lots.
        owner: Account that the commitment is bound to, as an address or its integer.
        salt: Fresh for every commitment; from :func:`zkrisk.commitment.draw_salt`.

    Returns:
        As `commitment_of`.

    Raises:
        RangeExceeded: A quantity is out of range, or the salt is not one that we draw.
        InputError: The owner is not an address.
    """
    check_salt(salt)
    return commitment_of(vector, owner, salt)


def commitment_of(vector: BookQuantities, owner: int | str, salt: int) -> int:
    """Return what a book, an owner and a salt commit to, whoever chose the salt; deterministic.

    The circuits take every element of the field as a salt. A reader who took less could be shut out by the owner.

    Args:
        vector: Book in lots.
        owner: Account that the commitment is bound to, as an address or its integer.
        salt: In ``[0, r)``.

    Returns:
        ``Poseidon(DOMAIN_COMMITMENT, h, owner, salt)`` with h the chained hash of the packed book.

    Raises:
        RangeExceeded: A quantity is out of range, or the salt is no element of the field.
        InputError: The owner is not an address.

    Source: docs/protocol.md, "Commitment".
    """
    return poseidon([POSEIDON_DOMAIN_COMMITMENT, book_hash(vector), parse_address(owner), salt])


def book_hash(vector: BookQuantities) -> int:
    """Hash the packed book: what a commitment hides and what a venue signs.

    Raises:
        RangeExceeded: A quantity is out of range.

    Source: docs/protocol.md, "Commitment".
    """
    packed = pack(vector)
    return hash_chain(POSEIDON_DOMAIN_BOOK, packed, length=len(vector.long))


def hash_chain(domain: int, elements: Sequence[int], length: int | None = None) -> int:
    """Hash a list: ``h = P(domain, length, first 14)``, then ``h = P(h, next up to 15)`` until all are in.

    Args:
        length: Committed beside the elements; their number where not given.

    Raises:
        RangeExceeded: An element is not in the field.
    """
    state = poseidon([domain, len(elements) if length is None else length, *elements[:FIRST_BLOCK]])
    for start in range(FIRST_BLOCK, len(elements), NEXT_BLOCK):
        state = poseidon([state, *elements[start : start + NEXT_BLOCK]])
    return state
