"""Whose report a file is: what keeps the owner's page from being written over a lender's, and the other way round."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PDF_MARK", "kind_of_report"]

PDF_MARK: Final = "zkrisk-report-"
_HTML: Final = re.compile(rb'<meta name="zkrisk-report" content="(OWNER|LENDER)">')
_PDF: Final = re.compile(rb"/ID \[\(zkrisk-report-(OWNER|LENDER)\)")
_EDGE_BYTES: Final = 4096


def kind_of_report(content: bytes) -> str | None:
    """``OWNER`` or ``LENDER`` when the bytes are a page or a PDF of ours, else None."""
    found = _HTML.search(content[:_EDGE_BYTES])
    if found is None and content.startswith(b"%PDF-"):
        found = _PDF.search(content[-_EDGE_BYTES:])
    return found[1].decode() if found else None
