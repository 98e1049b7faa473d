"""Files of a ceremony: who takes part, the ceremony, what each member contributes. All of them are public.

They must reach every member unchanged: what a member checks is that its own contribution is among those that it
finishes with, and what members compare is the hash of the transcript.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from zkrisk.book.files import canonical_sha256
from zkrisk.documents import Fields, point_dict, read_fields
from zkrisk.errors import InputError
from zkrisk.viewing.fields import MEMBER_BITS, NAME, NAME_WORDS, SHA256, bytes_text, parse_proof, proof_dict, schema
from zkrisk.viewing.shares import MAX_MEMBERS
from zkrisk.viewing.threshold import Deal, Dealing

__all__ = [
    "ceremony_dict",
    "check_dealing",
    "contribution_dict",
    "member_dict",
    "parse_ceremony",
    "parse_contribution",
    "parse_member",
    "transcript_sha256",
]

_TRANSPORT: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_SEALED: Final = re.compile(r"0x[0-9a-f]{160}", re.ASCII)


def member_dict(ceremony: str, transport: bytes) -> dict[str, Any]:
    """Return what a member hands in: the key that values for it are sealed to."""
    return {"schema": schema("viewing-member"), "ceremony": ceremony, "transport_key": bytes_text(transport)}


def parse_member(text: str, where: str) -> tuple[str, bytes]:
    """Read a member's file: name of the ceremony and X25519 key.

    Raises:
        BadFile: Not such a file, or a key of small order.
    """
    fields = read_fields(text, schema("viewing-member"), ("ceremony", "transport_key"), where)
    return fields.text("ceremony", NAME, NAME_WORDS), _transport_key(fields)


def ceremony_dict(dealing: Dealing) -> dict[str, Any]:
    """Return the file of a ceremony."""
    members = [{"member": number, "transport_key": bytes_text(key)} for number, key in sorted(dealing.members.items())]
    document = {"schema": schema("viewing-ceremony"), "name": dealing.name, "threshold": dealing.threshold}
    return {**document, "members": members}


def parse_ceremony(text: str, where: str) -> Dealing:
    """Read a ceremony.

    Raises:
        BadFile: Not such a file.
        InputError, RangeExceeded: Members or threshold make no sense; see `Dealing.check`.
    """
    fields = read_fields(text, schema("viewing-ceremony"), ("name", "threshold", "members"), where)
    members: dict[int, bytes] = {}
    for item in fields.items("members", MAX_MEMBERS):
        entry = Fields(item, ("member", "transport_key"), where)
        number = entry.integer("member", MEMBER_BITS)
        if number in members:
            raise fields.bad("the ceremony", f"has member {number} twice")
        members[number] = _transport_key(entry)
    name, threshold = fields.text("name", NAME, NAME_WORDS), fields.integer("threshold", MEMBER_BITS)
    dealing = Dealing(name, threshold, members)
    check_dealing(dealing)
    return dealing


def check_dealing(dealing: Dealing) -> None:
    """Refuse a ceremony that cannot work, also one in which a key stands twice: its holder would count twice.

    Raises:
        RangeExceeded, InputError: See `Dealing.check`.
    """
    dealing.check()
    if len(set(dealing.members.values())) != len(dealing.members):
        raise InputError("two members of the ceremony have the same transport key")


def contribution_dict(dealing: Dealing, deal: Deal) -> dict[str, Any]:
    """Return the file of a member's contribution."""
    return {
        "schema": schema("viewing-contribution"),
        "ceremony_sha256": canonical_sha256(ceremony_dict(dealing)),
        "member": deal.dealer,
        "commitments": [point_dict(point) for point in deal.commitments],
        "proof": proof_dict(deal.proof),
        "sealed": [bytes_text(deal.sealed[number]) for number in sorted(deal.sealed)],
    }


def parse_contribution(text: str, where: str, dealing: Dealing) -> Deal:
    """Read a member's contribution; `finish` and `public_result` judge it.

    Raises:
        BadFile: Not such a file.
        InputError: It is for another ceremony.
    """
    names = ("ceremony_sha256", "member", "commitments", "proof", "sealed")
    fields = read_fields(text, schema("viewing-contribution"), names, where)
    number = fields.integer("member", MEMBER_BITS)
    if fields.text("ceremony_sha256", SHA256, "a hash") != canonical_sha256(ceremony_dict(dealing)):
        raise InputError(f"the contribution of member {number} is not for ceremony {dealing.name}", where=where)
    sealed = fields.texts("sealed", _SEALED, "0x and 80 bytes in hexadecimal", MAX_MEMBERS)
    commitments = fields.points("commitments", MAX_MEMBERS)
    return Deal(
        number, commitments, parse_proof(fields), {n: bytes.fromhex(one[2:]) for n, one in enumerate(sealed, start=1)}
    )


def transcript_sha256(dealing: Dealing, deals: Sequence[Deal]) -> str:
    """Return what members compare before they use the key: who saw other contributions gets another hash."""
    ordered = [contribution_dict(dealing, deal) for deal in sorted(deals, key=lambda deal: deal.dealer)]
    return canonical_sha256({"ceremony": ceremony_dict(dealing), "contributions": ordered})


def _transport_key(fields: Fields) -> bytes:
    """Return an X25519 key with which a secret can be shared; with one of small order everybody knows it."""
    key = bytes.fromhex(fields.text("transport_key", _TRANSPORT, "0x and 64 hexadecimal digits")[2:])
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError:
        raise fields.bad("field 'transport_key'", "is a key of small order") from None
    return key
