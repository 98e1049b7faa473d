"""Where the numbers of a built sheet come from: enough to build it again, and covered by the sheet's hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from zkrisk.errors import BadFile

__all__ = ["TEXT_LIMIT", "Origin", "RowSource", "Source", "parse_origin"]

_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
TEXT_LIMIT: Final = 400
_LIST_LIMIT: Final = 1_024


@dataclass(frozen=True, slots=True)
class Source:
    """One file, download or chain that prices were read from.

    Attributes:
        name: File name without its folder, ``ccxt:EXCHANGE:MARKET``, or ``chain:ID:CONTRACT``.
        sha256: ``sha256:`` and the hash of its bytes, or of the downloaded rows in RFC 8785 form.
        instruments: Symbols whose closes it gave.
    """

    name: str
    sha256: str
    instruments: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"name": self.name, "sha256": self.sha256, "instruments": list(self.instruments)}


@dataclass(frozen=True, slots=True)
class RowSource:
    """The scenario set behind the window or behind some stress rows.

    Attributes:
        name: Of the set.
        source: What it was made from, in words.
        sha256: Of its rows and symbols.
    """

    name: str
    source: str
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"name": self.name, "source": self.source, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Origin:
    """How a sheet was built.

    Attributes:
        rules: Version of the rules that read, checked and rounded.
        options: What was asked for, as on the command line; order and spelling are fixed.
        sources: Files, downloads or chain, by name.
        window: Scenario set of the window.
        stresses: Scenario sets of stress rows that the universe does not name.
        report_sha256: Hash of the validation report.
    """

    rules: str
    options: tuple[str, ...]
    sources: tuple[Source, ...]
    window: RowSource
    stresses: tuple[RowSource, ...]
    report_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """JSON form; `parse_origin` reads it back."""
        return {
            "rules": self.rules,
            "options": list(self.options),
            "sources": [source.to_dict() for source in self.sources],
            "window": self.window.to_dict(),
            "stresses": [rows.to_dict() for rows in self.stresses],
            "report_sha256": self.report_sha256,
        }


def _text(value: Any) -> str:
    if type(value) is not str or not 0 < len(value) <= TEXT_LIMIT or not value.isprintable():
        raise ValueError("origin: not a text")
    return value


def _sha256(value: Any) -> str:
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise ValueError("origin: not a sha256")
    return value


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _LIST_LIMIT:
        raise ValueError(f"origin: not a list of at most {_LIST_LIMIT}")
    return value


def _fields(value: Any, readers: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Read exactly these fields."""
    if not isinstance(value, dict) or value.keys() != readers.keys():
        raise ValueError(f"origin: not an object of {', '.join(sorted(readers))}")
    return {name: read(value[name]) for name, read in readers.items()}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(value))


def _source(value: Any) -> Source:
    return Source(**_fields(value, {"name": _text, "sha256": _sha256, "instruments": _texts}))


def _rows(value: Any) -> RowSource:
    return RowSource(**_fields(value, {"name": _text, "source": _text, "sha256": _sha256}))


def parse_origin(document: Any, where: str | None = None) -> Origin:
    """Read the JSON form.

    Raises:
        BadFile: A field is missing, unknown or of another type.
    """
    readers: dict[str, Callable[[Any], Any]] = {
        "rules": _text,
        "options": _texts,
        "sources": lambda value: tuple(_source(item) for item in _items(value)),
        "window": _rows,
        "stresses": lambda value: tuple(_rows(item) for item in _items(value)),
        "report_sha256": _sha256,
    }
    try:
        return Origin(**_fields(document, readers))
    except ValueError as error:
        raise BadFile(f"the sheet is malformed: {error}", where=where) from None
