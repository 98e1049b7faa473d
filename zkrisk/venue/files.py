"""Files of venues: a statement with its signature, which is private to venue and trader, and a venue's public key."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from zkrisk.book import BookVector
from zkrisk.commitment import format_address
from zkrisk.documents import Fields, point_dict, read_fields
from zkrisk.edwards import Point, check_public_key
from zkrisk.errors import InputError, StoreCorrupt
from zkrisk.params import QUANTITY_BITS
from zkrisk.venue.signing import SEED_BYTES, TAG_BITS, Signature, VenueKey, account_tag, draw_seed
from zkrisk.venue.statement import TIME_BITS, VENUE_BITS, SignedStatement, VenueStatement

__all__ = [
    "KEY_SCHEMA",
    "STATEMENT_SCHEMA",
    "StatementFile",
    "VenueSecrets",
    "key_sha256",
    "parse_venue_key",
    "venue_key_dict",
]

STATEMENT_SCHEMA: Final = "urn:zkrisk:venue-statement/v1"
KEY_SCHEMA: Final = "urn:zkrisk:venue-key/v1"
MAX_SLOTS: Final = 1 << 12
_STATEMENT: Final = (
    "universe", "universe_sha256", "venue", "account_tag", "owner", "chain_id", "registry", "as_of_unix",
    "locked_until_unix", "long", "short", "public_key", "signature",
)  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement as a venue hands it to the trader. Private.

    Attributes:
        signed: What was signed, with the signature.
        key: The key that the file names; whose it is, the file cannot say.
        universe: Universe of the slots; the hash of the quantities does not cover its name.
        universe_sha256: Hash of that universe.
    """

    signed: SignedStatement
    key: Point
    universe: str
    universe_sha256: str

    @classmethod
    def parse(cls, text: str, where: str) -> StatementFile:
        """Read a statement; `SignedStatement.check` says whether it is signed.

        Raises:
            BadFile: Not a statement.
        """
        fields = read_fields(text, STATEMENT_SCHEMA, _STATEMENT, where)
        sides = [fields.integers(side, MAX_SLOTS, QUANTITY_BITS) for side in ("long", "short")]
        if len(sides[0]) != len(sides[1]) or not sides[0]:
            raise fields.bad("the statement", "has not one quantity long and one short of every slot")
        statement = VenueStatement(
            venue=fields.integer("venue", VENUE_BITS),
            account_tag=fields.integer("account_tag", TAG_BITS),
            owner=fields.address("owner"),
            chain=fields.integer("chain_id", TIME_BITS),
            registry=fields.address("registry"),
            timestamp=fields.integer("as_of_unix", TIME_BITS),
            locked_until=fields.integer("locked_until_unix", TIME_BITS),
            vector=BookVector(*sides),
        )
        signature = fields.part("signature", ("r8", "s"))
        return cls(
            SignedStatement(statement, Signature(signature.point("r8"), signature.integer("s"))),
            fields.point("public_key"),
            fields.text("universe", _NAME, "the name of a universe"),
            fields.text("universe_sha256", _SHA256, "sha256: and 64 hexadecimal digits"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the file's content. Private."""
        said, signature = self.signed.statement, self.signed.signature
        return {
            "schema": STATEMENT_SCHEMA,
            "universe": self.universe,
            "universe_sha256": self.universe_sha256,
            "venue": str(said.venue),
            "account_tag": str(said.account_tag),
            "owner": format_address(said.owner),
            "chain_id": str(said.chain),
            "registry": format_address(said.registry),
            "as_of_unix": str(said.timestamp),
            "locked_until_unix": str(said.locked_until),
            "long": [str(lots) for lots in said.vector.long],
            "short": [str(lots) for lots in said.vector.short],
            "public_key": point_dict(self.key),
            "signature": {"r8": point_dict(signature.r8), "s": str(signature.s)},
        }


@dataclass(frozen=True, slots=True)
class VenueSecrets:
    """What a venue keeps: the seed of its signing key, and the secret of its account tags. Private.

    Two secrets, because a key is changed from time to time and the tags of accounts never are.
    """

    seed: bytes = field(repr=False)
    tag_secret: bytes = field(repr=False)

    @classmethod
    def draw(cls, tag_secret: bytes | None = None) -> VenueSecrets:
        """Draw a key from the operating system, and the other secret too where an older one does not go on."""
        return cls(draw_seed(), draw_seed() if tag_secret is None else tag_secret)

    @property
    def key(self) -> VenueKey:
        """The signing key."""
        return VenueKey.from_seed(self.seed)

    def tag_of(self, account: str) -> int:
        """Return the tag of an account; see `account_tag`."""
        return account_tag(self.tag_secret, account)

    def encode(self) -> bytes:
        """Return what is sealed at rest."""
        return json.dumps({"seed": self.seed.hex(), "tag_secret": self.tag_secret.hex()}).encode()

    @classmethod
    def decode(cls, plain: bytes) -> VenueSecrets:
        """Read what `encode` gave.

        Raises:
            StoreCorrupt: It is something else.
        """
        try:
            fields = json.loads(plain)
            found = cls(bytes.fromhex(fields["seed"]), bytes.fromhex(fields["tag_secret"]))
        except (ValueError, KeyError, TypeError):
            raise StoreCorrupt("a venue's key is not readable by this program") from None
        if len(found.seed) != SEED_BYTES or len(found.tag_secret) != SEED_BYTES:
            raise StoreCorrupt("a venue's key is not readable by this program")
        return found


def venue_key_dict(name: str, key: Point) -> dict[str, Any]:
    """Return the file of a public key."""
    return {"schema": KEY_SCHEMA, "name": name, "public_key": point_dict(key)}


def parse_venue_key(text: str, where: str) -> Point:
    """Read the file of a public key.

    Raises:
        BadFile: Not such a file.
        InputError: Not a key of the subgroup of prime order.
    """
    fields: Fields = read_fields(text, KEY_SCHEMA, ("name", "public_key"), where)
    key = fields.point("public_key")
    try:
        check_public_key(key, "the venue's key")
    except InputError as error:
        raise InputError(error.message, where=where) from None
    return key


def key_sha256(key: Point) -> str:
    """Return the identity of a key: the hash of x and y, 32 bytes each, big-endian."""
    return "sha256:" + hashlib.sha256(b"".join(axis.to_bytes(32, "big") for axis in key)).hexdigest()
