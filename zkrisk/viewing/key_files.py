"""Files of readers: a public key, a member's part of one decryption, a ciphertext.

Parts are private: as many as the threshold open the book.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from zkrisk.commitment import Ciphertext, format_address
from zkrisk.documents import Fields, point_dict, read_fields
from zkrisk.edwards import Point, check_public_key
from zkrisk.errors import InputError
from zkrisk.params import SCALAR_MODULUS
from zkrisk.viewing.fields import MEMBER_BITS, NAME, NAME_WORDS, SHA256, parse_proof, proof_dict, schema
from zkrisk.viewing.shares import MAX_MEMBERS, check_threshold, combine_points
from zkrisk.viewing.threshold import Partial, ThresholdKey

__all__ = ["BookCiphertext", "KeyFile", "parse_part", "part_dict"]

_MAX_SLOTS: Final = 1 << 12
_MAX_READERS: Final = 255
"""As many as the contract counts."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A reader's public key.

    Attributes:
        name: Of the key or the ceremony.
        key: For a key that one holder has whole: threshold 1 and no members.
        transcript_sha256: Of the ceremony; None for a key of one holder.
    """

    name: str
    key: ThresholdKey
    transcript_sha256: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the file's content."""
        members = [{"member": n, "public_share": point_dict(p)} for n, p in sorted(self.key.verification.items())]
        return {
            "schema": schema("viewing-key"),
            "name": self.name,
            "public_key": point_dict(self.key.public),
            "threshold": self.key.threshold,
            "members": members,
            "transcript_sha256": self.transcript_sha256,
        }

    @classmethod
    def parse(cls, document: Any, where: str) -> KeyFile:
        """Read a key; that its parts belong together is checked, so that no honest member is named later.

        Args:
            document: Its text, or what the parser gave.

        Raises:
            BadFile: Not such a file, or the shares are not those of the key.
            InputError: A point is not in the subgroup of prime order.
        """
        names = ("name", "public_key", "threshold", "members", "transcript_sha256")
        fields = read_fields(document, schema("viewing-key"), names, where)
        shares: dict[int, Point] = {}
        for item in fields.items("members", MAX_MEMBERS):
            entry = Fields(item, ("member", "public_share"), where)
            number = entry.integer("member", MEMBER_BITS)
            if number in shares:
                raise fields.bad("the key", f"has member {number} twice")
            shares[number] = entry.point("public_share")
        key = ThresholdKey(fields.point("public_key"), fields.integer("threshold", MEMBER_BITS), shares)
        _check_key(key, fields)
        transcript = fields.text("transcript_sha256", SHA256, "a hash") if shares else None
        return cls(fields.text("name", NAME, NAME_WORDS), key, transcript)


def _check_key(key: ThresholdKey, fields: Fields) -> None:
    for point in (key.public, *key.verification.values()):
        check_public_key(point, "a point of the key")
    numbers = sorted(key.verification)
    if not numbers:
        return
    check_threshold(key.threshold, len(numbers))
    if numbers != list(range(1, len(numbers) + 1)):
        raise fields.bad("the key", "has members that are not numbered 1 … n")
    first = numbers[: key.threshold - 1]
    for last in numbers[key.threshold - 1 :]:
        if combine_points({number: key.verification[number] for number in (*first, last)}) != key.public:
            raise fields.bad(f"the share of member {last}", "is not one of the key")


def part_dict(key: Point, commitment: int, part: Partial) -> dict[str, Any]:
    """Return the file of a member's part of one decryption. Private: as many as the threshold open the book."""
    return {
        "schema": schema("viewing-part"),
        "public_key": point_dict(key),
        "commitment": f"{commitment:#066x}",
        "member": part.member,
        "point": point_dict(part.point),
        "proof": proof_dict(part.proof),
    }


def parse_part(text: str, where: str, key: Point, commitment: int) -> Partial:
    """Read a part; `combine` judges it.

    Raises:
        BadFile: Not such a file.
        InputError: It is for another key or another commitment.
    """
    names = ("public_key", "commitment", "member", "point", "proof")
    fields = read_fields(text, schema("viewing-part"), names, where)
    number = fields.integer("member", MEMBER_BITS)
    if fields.point("public_key") != key:
        raise InputError(f"the part of member {number} is made with a share of another key", where=where)
    if fields.word("commitment") != commitment:
        raise InputError(f"the part of member {number} is for another commitment", where=where)
    return Partial(number, fields.point("point"), parse_proof(fields))


@dataclass(frozen=True, slots=True)
class BookCiphertext:
    """A ciphertext with what its reader must know beside it. Public: all of it stands on the chain.

    Attributes:
        text: Commitment, ephemeral key, wraps and body, as `BookBound` has them.
        owner: Account of the commitment.
        instruments: N of the deployment's universe.
        key_index: Which of the wraps is for this reader's key, from 0.
    """

    text: Ciphertext
    owner: int
    instruments: int
    key_index: int

    def label(self) -> bytes:
        """Return what a part of this decryption is bound to."""
        return self.text.commitment.to_bytes(32, "big")

    def to_dict(self) -> dict[str, Any]:
        """Return the file's content."""
        return {
            "schema": schema("ciphertext"),
            "owner": format_address(self.owner),
            "instruments": self.instruments,
            "commitment": f"{self.text.commitment:#066x}",
            "ephemeral": point_dict(self.text.ephemeral),
            "wraps": [str(wrap) for wrap in self.text.wraps],
            "body": [str(element) for element in self.text.body],
            "key_index": self.key_index,
        }

    @classmethod
    def parse(cls, text: str, where: str) -> BookCiphertext:
        """Read a ciphertext.

        Raises:
            BadFile: Not one, or numbers that do not fit each other.
        """
        names = ("owner", "instruments", "commitment", "ephemeral", "wraps", "body", "key_index")
        fields = read_fields(text, schema("ciphertext"), names, where)
        instruments = fields.integer("instruments", 16)
        if not 0 < instruments <= _MAX_SLOTS:
            raise fields.bad("field 'instruments'", f"is not in 1 … {_MAX_SLOTS}")
        wraps, body = fields.integers("wraps", _MAX_READERS), fields.integers("body", _MAX_SLOTS)
        commitment = fields.word("commitment")
        if any(element >= SCALAR_MODULUS for element in (commitment, *wraps, *body)):
            raise fields.bad("the ciphertext", "has numbers that are not canonical")
        if len(body) != -(-2 * instruments // 3):
            raise fields.bad("the body", f"has {len(body)} elements, which is not a book of {instruments} slots")
        key_index = fields.integer("key_index", 8)
        if key_index >= len(wraps):
            raise fields.bad("field 'key_index'", f"is not below {len(wraps)}, the number of wraps")
        ciphertext = Ciphertext(commitment, fields.point("ephemeral"), wraps, body)
        return cls(ciphertext, fields.address("owner"), instruments, key_index)
