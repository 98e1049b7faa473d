"""Files that people or strangers write: read with limits, written canonically.

A hostile file fails with `BadFile` and a line that does not repeat its contents: too large, not UTF-8, nested too
deeply, too many values, a key twice, a number with a million digits. The limits bound the memory that a parse takes: a
value takes a hundred times the two bytes that it may be written in.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

import rfc8785

from zkrisk.errors import BadFile

__all__ = [
    "MAX_DEPTH",
    "MAX_FILE_BYTES",
    "MAX_VALUES",
    "NumberText",
    "canonical_bytes",
    "canonical_sha256",
    "canonical_text",
    "decode_text",
    "parse_json",
    "read_bytes",
    "read_text",
    "write_whole",
]

MAX_FILE_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 16
MAX_VALUES: Final = 1 << 18
"""Objects, lists and their members in one file; the largest sheet has about ten thousand."""


class NumberText(str):
    """The digits of a JSON number as written: never a float, and marked so that it is no ordinary text."""

    __slots__ = ()


def read_bytes(path: Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Read a file of at most max_bytes.

    Raises:
        BadFile: Missing, unreadable or too large.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except OSError as error:
        raise BadFile(f"cannot read the file: {error.strerror or 'input/output error'}", where=path.name) from error
    if len(content) > max_bytes:
        raise BadFile(f"the file is larger than {max_bytes} bytes", where=path.name)
    return content


def decode_text(content: bytes, where: str) -> str:
    """Decode UTF-8; a byte-order mark is dropped.

    Raises:
        BadFile: Not UTF-8, or with NUL characters.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("the file is not UTF-8 text", where=where) from None
    if "\0" in text:
        raise BadFile("the file has NUL characters", where=where)
    return text


def read_text(path: Path, max_bytes: int = MAX_FILE_BYTES) -> str:
    """Read a UTF-8 file (a byte-order mark is dropped) of at most max_bytes.

    Raises:
        BadFile: Missing, unreadable, too large or not UTF-8.
    """
    return decode_text(read_bytes(path, max_bytes), path.name)


def _check_size(text: str, where: str | None) -> None:
    """Bound depth and number of values before the parser builds any."""
    depth, values, quoted, escaped = 0, 0, False, False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            values += 1
            if depth > MAX_DEPTH:
                raise BadFile(f"JSON is nested deeper than {MAX_DEPTH} levels", where=where)
        elif character in "]}":
            depth -= 1
        elif character == ",":
            values += 1
    if values > MAX_VALUES:
        raise BadFile(f"JSON has more than {MAX_VALUES} values", where=where)


def _unique(where: str | None) -> Any:
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise BadFile("a JSON object has the same key twice", where=where)
        return result

    return build


def parse_json(text: str, where: str | None = None) -> Any:
    """Parse JSON. Numbers come back as `NumberText`, NaN and Infinity too: the caller refuses them by row.

    Raises:
        BadFile: Not JSON, nested too deeply, too many values, or a key twice.
    """
    _check_size(text, where)
    try:
        return json.loads(
            text,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=NumberText,
            object_pairs_hook=_unique(where),
        )
    except json.JSONDecodeError as error:
        raise BadFile(f"line {error.lineno}: not JSON", where=where) from None


def _safe(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_safe(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def canonical_bytes(document: Any) -> bytes:
    """RFC 8785 form. Fields that may pass 2^53 must already be decimal strings; a bigger integer is refused."""
    return rfc8785.dumps(_safe(document))


def canonical_text(document: Any) -> str:
    """Readable form of the same document: sorted keys, two spaces, one line feed at the end."""
    return json.dumps(_safe(document), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def canonical_sha256(document: Any) -> str:
    """``sha256:`` and the hash of the RFC 8785 form."""
    return "sha256:" + hashlib.sha256(canonical_bytes(document)).hexdigest()


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file that appears whole or not at all, also when the machine stops; follows no link.

    It is written beside its place, under a name that nobody can guess, and then takes the place.

    Args:
        private: Nobody else may read it, from its first byte on: mode 0600.

    Raises:
        OSError: It cannot be written; what was there is there still.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with _create_private(partial) if private else partial.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _create_private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
