"""Fields of JSON documents that people hand to each other: statements, keys, parts of keys, ciphertexts.

Whole numbers are text in one spelling, points an object of x and y, addresses checksummed. A field that is missing, of
another form or not known is a `BadFile` that names the field and never repeats what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from zkrisk.book.files import canonical_text, parse_json
from zkrisk.commitment import parse_address
from zkrisk.edwards import Point
from zkrisk.errors import BadFile, InputError

__all__ = ["Fields", "point_dict", "read_fields", "to_bytes"]

WORD_BITS: Final = 256
_INTEGER = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_HEX_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


class Fields:
    """One object of a document, taken apart field by field.

    Args:
        document: What the parser gave.
        names: Every field that it has, no more and no less.
        where: File, for messages.

    Raises:
        BadFile: Not an object of these fields.
    """

    def __init__(self, document: Any, names: Sequence[str], where: str) -> None:
        self.where = where
        if not isinstance(document, dict):
            raise self.bad("the document", "is not an object")
        for name in names:
            if name not in document:
                raise self.bad(f"field '{name}'", "is missing")
        if document.keys() - set(names):
            raise self.bad("the document", "has a field that is not known")
        self._document = document

    def bad(self, what: str, problem: str) -> BadFile:
        """Build the error for a part of the document."""
        return BadFile(f"{what} {problem}", where=self.where)

    def integer(self, name: str, bits: int = WORD_BITS) -> int:
        """Return a whole number of so many bits."""
        return self._integer(self._document[name], f"field '{name}'", bits)

    def integers(self, name: str, most: int, bits: int = WORD_BITS) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        items = enumerate(self.items(name, most))
        return tuple(self._integer(item, f"entry {index} of '{name}'", bits) for index, item in items)

    def word(self, name: str) -> int:
        """Return 32 bytes that are written as ``0x`` and 64 digits."""
        return int(self.text(name, _HEX_WORD, "0x and 64 hexadecimal digits"), 16)

    def address(self, name: str) -> int:
        """Return an account or contract."""
        value = self._document[name]
        try:
            return parse_address(value if isinstance(value, str) else "")
        except InputError:
            raise self.bad(f"field '{name}'", "is not an address") from None

    def point(self, name: str) -> Point:
        """Return x and y; whether they are a point of the curve is for the user of it to check."""
        return self._point(self._document[name], name)

    def points(self, name: str, most: int) -> tuple[Point, ...]:
        """Return a list of points."""
        return tuple(self._point(item, name) for item in self.items(name, most))

    def text(self, name: str, pattern: re.Pattern[str], what: str) -> str:
        """Return text of a form."""
        value = self._document[name]
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise self.bad(f"field '{name}'", f"is not {what}")
        return str(value)

    def texts(self, name: str, pattern: re.Pattern[str], what: str, most: int) -> tuple[str, ...]:
        """Return a list of texts of a form."""
        items = self.items(name, most)
        if not all(isinstance(item, str) and pattern.fullmatch(item) for item in items):
            raise self.bad(f"an entry of '{name}'", f"is not {what}")
        return tuple(items)

    def items(self, name: str, most: int) -> list[Any]:
        """Return a list of at most so many entries."""
        value = self._document[name]
        if not isinstance(value, list) or len(value) > most:
            raise self.bad(f"field '{name}'", f"is not a list of at most {most} entries")
        return value

    def part(self, name: str, names: Sequence[str]) -> Fields:
        """Return an object within the object."""
        return Fields(self._document[name], names, self.where)

    def _point(self, value: Any, name: str) -> Point:
        if not isinstance(value, dict) or value.keys() != {"x", "y"}:
            raise self.bad(f"a point of '{name}'", "is not an object of x and y")
        return tuple(self._integer(value[axis], f"{axis} of '{name}'", WORD_BITS) for axis in "xy")  # type: ignore[return-value]

    def _integer(self, value: Any, what: str, bits: int) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            number = int(value)
            if not number >> bits:
                return number
        raise self.bad(what, f"is not a whole number of {bits} bits")


def read_fields(document: Any, schema: str, names: Sequence[str], where: str) -> Fields:
    """Take a whole document apart.

    Args:
        document: Its text, or what the parser gave.
        schema: What its field ``schema`` must be.
        names: The other fields.

    Raises:
        BadFile: It is malformed, or another document.
    """
    if isinstance(document, str):
        document = parse_json(document, where)
    if isinstance(document, dict) and document.get("schema") != schema:
        raise BadFile(f"the file is not a document of schema {schema}", where=where)
    return Fields(document, ("schema", *names), where)


def point_dict(point: Point) -> dict[str, str]:
    """Return the JSON form of a point."""
    return {"x": str(point[0]), "y": str(point[1])}


def to_bytes(document: Any) -> bytes:
    """Return what stands in the file of a document."""
    return canonical_text(document).encode()
