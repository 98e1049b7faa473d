"""What the store gives back. Public records print; private ones show counts only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class OpeningState(StrEnum):
    """How far a commitment has got; it moves only downwards in this list."""

    PREPARED = "PREPARED"  # stored, and not known to be sent
    SENT = "SENT"  # a transaction was signed for it
    CONFIRMED = "CONFIRMED"  # on the chain, with its sequence
    RETIRED = "RETIRED"  # replaced on the chain, or given up before it got there

    @property
    def is_alive(self) -> bool:
        """Whether a chain may hold the commitment, so that its book is needed."""
        return self in (OpeningState.SENT, OpeningState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class BookInfo:
    """The public line of a book."""

    name: str
    universe: str
    version: int
    updated_at_unix: int


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A stored book. Private: `content` is the human form, as JSON values."""

    info: BookInfo
    content: dict[str, Any] = field(repr=False)

    def __repr__(self) -> str:
        """Show the name and nothing of the content."""
        return f"<BookEntry {self.info.name!r}, universe {self.info.universe}, private>"


@dataclass(frozen=True, slots=True)
class OpeningInfo:
    """The public line of an opening.

    Attributes:
        commitment: Field element.
        account: Checksummed address.
        book: Name of the book it was made from, "" when unknown.
        chain_id: Chain it is meant for, 0 when unknown.
        sequence: The chain's number of the commitment, once CONFIRMED.
        tx_hash: Transaction that carries it, once SENT.
    """

    commitment: int
    account: str
    book: str
    chain_id: int
    state: OpeningState
    created_at_unix: int
    updated_at_unix: int
    sequence: int | None = None
    tx_hash: str | None = None


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A line of the index of public artefacts: sheets, attestations, bundles."""

    kind: str
    name: str
    facts: dict[str, Any]
    updated_at_unix: int


@dataclass(frozen=True, slots=True)
class ChainCommitment:
    """What a chain holds for an account."""

    commitment: int
    sequence: int


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What `Store.recover` found.

    Attributes:
        prepared: Openings that are stored and not known to be on a chain.
        matched: Openings now known to be on the chain.
        retired: Openings that the chain has replaced.
        unknown: Commitments on the chain that this store cannot open; a backup may.
    """

    prepared: tuple[OpeningInfo, ...]
    matched: tuple[OpeningInfo, ...]
    retired: tuple[OpeningInfo, ...]
    unknown: tuple[ChainCommitment, ...]


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Public facts about a store."""

    path: str
    store_id: str
    format: int
    created_at_unix: int
    backed_up_at_unix: int | None
    books: int
    openings: dict[str, int]
    kdf: dict[str, int | str]
