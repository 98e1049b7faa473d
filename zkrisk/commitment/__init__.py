"""Commitments to private books: packing, hashing and the only place that draws a salt."""

from zkrisk.commitment.address import format_address, parse_address
from zkrisk.commitment.commit import Opening, commit_with
from zkrisk.commitment.pack import BookQuantities, pack
from zkrisk.commitment.salt import check_salt, draw_salt

__all__ = [
    "BookQuantities",
    "Opening",
    "check_salt",
    "commit_with",
    "draw_salt",
    "format_address",
    "pack",
    "parse_address",
]
