"""The plaintext of records. Integers that may pass 2^53 are decimal strings."""

from __future__ import annotations

import json
from typing import Any

import rfc8785

from zkrisk.book import BookVector
from zkrisk.commitment import Opening
from zkrisk.errors import StoreCorrupt
from zkrisk.store.records import OpeningState


def opening_id(commitment: int) -> str:
    """Record id of an opening: the commitment as 32 bytes."""
    return f"{commitment:#066x}"


def opening_public(*, book: str, chain_id: int, state: OpeningState, created_at_unix: int) -> dict[str, Any]:
    """Public columns of a new opening."""
    return {
        "book": book,
        "chain_id": str(chain_id),
        "state": state,
        "created_at_unix": created_at_unix,
        "sequence": None,
        "tx_hash": None,
    }


def encode_opening(opening: Opening) -> bytes:
    """Private part of an opening."""
    return rfc8785.dumps(
        {
            "long": [str(quantity) for quantity in opening.long],
            "short": [str(quantity) for quantity in opening.short],
            "owner": str(opening.owner),
            "salt": str(opening.salt),
        }
    )


def decode_opening(plaintext: bytes, commitment: int) -> Opening:
    """Read the private part of an opening back."""
    fields = decode_plain(plaintext)
    vector = BookVector(
        long=tuple(int(quantity) for quantity in fields["long"]),
        short=tuple(int(quantity) for quantity in fields["short"]),
    )
    return Opening(vector, int(fields["owner"]), int(fields["salt"]), commitment)


def decode_plain(plaintext: bytes) -> Any:
    """Parse a record's JSON."""
    try:
        return json.loads(plaintext)
    except ValueError:
        raise StoreCorrupt("a record is not readable by this program") from None
