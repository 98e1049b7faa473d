"""A book that can be recognised in any form, and the search for it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

__all__ = ["CANARY_BOOK", "CANARY_PASSPHRASE", "forms", "forms_of_integer", "forms_of_text", "hits"]

CANARY_PASSPHRASE = "kanarienvogel 5d41402abc"  # noqa: S105  (a test's)
_LONG, _SHORT = "73159264.38271605", "91827364.550193"
CANARY_BOOK = f"instrument,long,short\nETH,{_LONG},0\nUSD,0,{_SHORT}\n"
_LOTS = (7_315_926_438_271_605, 91_827_364_550_193)


def forms_of_integer(value: int) -> set[bytes]:
    """Decimal, hexadecimal and binary of either order, by value; and the binary in base64 of every alignment."""
    size = (value.bit_length() + 7) // 8
    found = {str(value).encode(), f"{value:,}".encode(), f"{value:x}".encode(), f"{value:X}".encode()}
    for order in ("little", "big"):
        binary = value.to_bytes(size, order)
        found |= {binary, *_base64(binary)}
    found |= {value.to_bytes(size, "little").hex().encode(), value.to_bytes(size, "little").hex().upper().encode()}
    return found


def forms_of_text(value: str) -> set[bytes]:
    """UTF-8 and UTF-16, their hexadecimal and base64 of every alignment."""
    found: set[bytes] = set()
    for encoding in ("utf-8", "utf-16-le"):
        binary = value.encode(encoding)
        found |= {binary, binary.hex().encode(), *_base64(binary)}
    return found


def _base64(binary: bytes) -> Iterable[bytes]:
    """What stands in base64 whatever comes before and after."""
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + binary)
        inside = coded[4 if shift else 0 : -4]
        if len(inside) >= 8:
            yield inside


def forms(secrets: Iterable[int | str] = ()) -> set[bytes]:
    """Every form of the canary's quantities, lots, scaled lots and passphrase, and of further secrets."""
    texts = [CANARY_PASSPHRASE, _LONG, _SHORT, _LONG.partition(".")[0], _SHORT.partition(".")[0]]
    integers = [lots * scale for lots in _LOTS for scale in (1, 10**2, 10**8, 10**10, 10**12)]
    integers += [int(text.partition(".")[0]) for text in (_LONG, _SHORT)]
    for secret in secrets:
        (texts if isinstance(secret, str) else integers).append(secret)
    found = {form for text in texts for form in forms_of_text(text)}
    return found | {form for value in integers for form in forms_of_integer(value) if len(form) > 3}


def hits(content: bytes, wanted: Iterable[bytes]) -> list[bytes]:
    """Forms that stand in a content; short binaries may be chance, so four bytes are the least that counts."""
    pattern = re.compile(b"|".join(re.escape(form) for form in sorted(wanted, key=len, reverse=True)))
    return pattern.findall(content)
