"""Whether a text shows a private value, without mistaking the digits of a proof or of a key for one."""

from __future__ import annotations

import json
import re
from typing import Any

_LONG = 12
"""Characters from which a value found inside other characters is not chance: 16^-12 times the length of a file."""
_RANDOM = re.compile(r"(0x)?[0-9a-f]{32,}|[A-Za-z0-9+/]{40,}=*|[0-9]{32,}")


def shows(text: str, value: str) -> bool:
    """True if `value` stands in `text`: anywhere if it is long; if it is short, as a word of its own."""
    if len(value) >= _LONG:
        return value in text
    return re.search(rf"(?<![0-9A-Za-z.+/]){re.escape(value)}(?![0-9A-Za-z+/])", text) is not None


def words(document: Any) -> str:
    """Names and values of a JSON document without the values that are random (hashes, points, proofs), one a line."""
    if isinstance(document, dict):
        return "\n".join(f"{name}\n{words(value)}" for name, value in document.items())
    if isinstance(document, list):
        return "\n".join(words(value) for value in document)
    text = document if isinstance(document, str) else json.dumps(document)
    return "" if _RANDOM.fullmatch(text) else text
