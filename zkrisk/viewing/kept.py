"""What a reader keeps, in the form that is sealed at rest: whole keys, and a member's secrets of a ceremony."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from zkrisk.book.files import parse_json
from zkrisk.documents import Fields
from zkrisk.edwards import public_key
from zkrisk.errors import InputError, StoreCorrupt
from zkrisk.params import EDWARDS_ORDER_BITS
from zkrisk.viewing.fields import MEMBER_BITS, NAME, NAME_WORDS
from zkrisk.viewing.key_files import KeyFile
from zkrisk.viewing.threshold import KeyShare, ThresholdKey

__all__ = ["KeptKey", "KeptShare", "decode_transport", "encode_transport"]

_WHERE = "store"


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key that one holder has whole. Private.

    Attributes:
        name: Of the key.
        scalar: Secret scalar, in [1, order).
    """

    name: str
    scalar: int = field(repr=False)

    @property
    def public(self) -> KeyFile:
        """The file for others."""
        return KeyFile(self.name, ThresholdKey(public_key(self.scalar), 1, {}))

    def encode(self) -> bytes:
        """Return what is sealed."""
        return json.dumps({"name": self.name, "scalar": str(self.scalar)}).encode()

    @classmethod
    def decode(cls, plain: bytes) -> KeptKey:
        """Read what `encode` gave.

        Raises:
            StoreCorrupt: It is something else.
        """
        try:
            fields = Fields(parse_json(plain.decode(), _WHERE), ("name", "scalar"), _WHERE)
            return cls(fields.text("name", NAME, NAME_WORDS), fields.integer("scalar", EDWARDS_ORDER_BITS))
        except (InputError, ValueError):
            raise _unreadable() from None


@dataclass(frozen=True, slots=True)
class KeptShare:
    """A member's share with the public key that it belongs to. Private."""

    share: KeyShare
    public: KeyFile

    def encode(self) -> bytes:
        """Return what is sealed."""
        document = {"member": self.share.member, "scalar": str(self.share.scalar), "key": self.public.to_dict()}
        return json.dumps(document).encode()

    @classmethod
    def decode(cls, plain: bytes) -> KeptShare:
        """Read what `encode` gave.

        Raises:
            StoreCorrupt: It is something else.
        """
        try:
            document = parse_json(plain.decode(), _WHERE)
            fields = Fields(document, ("member", "scalar", "key"), _WHERE)
            share = KeyShare(fields.integer("member", MEMBER_BITS), fields.integer("scalar", EDWARDS_ORDER_BITS))
            return cls(share, KeyFile.parse(document["key"], _WHERE))
        except (InputError, ValueError):
            raise _unreadable() from None


def encode_transport(key: X25519PrivateKey) -> bytes:
    """Return what is sealed of the key to which values for a member are sealed."""
    return key.private_bytes_raw()


def decode_transport(plain: bytes) -> X25519PrivateKey:
    """Read what `encode_transport` gave.

    Raises:
        StoreCorrupt: It is something else.
    """
    try:
        return X25519PrivateKey.from_private_bytes(plain)
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> StoreCorrupt:
    return StoreCorrupt("a reader's key is not readable by this program")
