"""Whether a text shows a private value, without mistaking the digits of a proof or of a key for one."""

from __future__ import annotations

import json
import re
from typing import Any

_LONG = 12
"""Characters from which a value found inside other characters is not chance: 16^-12 times the length of a file."""
_RUN = r"(?:0x)?[0-9a-fA-F]{32,}|[A-Za-z0-9+/]{40,}=*"
_RANDOM = re.compile(rf"{_RUN}|[0-9]{{32,}}")


def shows(text: str, value: str) -> bool:
    """True if `value` stands in `text`.

    A long one counts anywhere. A short one counts outside of long runs of hexadecimal digits or base64, where it would
    be chance, as a number of its own: whatever letters stand around it, and with leading zeros and 0x too.
    """
    if len(value) >= _LONG:
        return value in text
    digit = "[0-9]" if value.replace(".", "").isdecimal() else "[0-9a-fA-F]"
    number = rf"(?<!{digit})(?<![0-9][.])(?:0x)?0*{re.escape(value)}(?!{digit})"
    return re.search(number, re.sub(_RUN, " ", text)) is not None


def words(document: Any) -> str:
    """Names and values of a JSON document without the values that are random (hashes, points, proofs), one a line."""
    if isinstance(document, dict):
        return "\n".join(f"{name}\n{words(value)}" for name, value in document.items())
    if isinstance(document, list):
        return "\n".join(words(value) for value in document)
    text = document if isinstance(document, str) else json.dumps(document)
    return "" if _RANDOM.fullmatch(text) else text
