"""Commitments to private books: packing, hashing and the only place that draws a salt."""

from zkrisk.commitment.address import format_address, parse_address
from zkrisk.commitment.cipher import Ciphertext, decrypt, decrypt_with_shared, encrypt, ephemeral_scalar
from zkrisk.commitment.commit import Opening, book_hash, commit_with, commitment_of, hash_chain
from zkrisk.commitment.pack import BookQuantities, pack, packed_length, unpack
from zkrisk.commitment.salt import check_salt, draw_salt

__all__ = [
    "BookQuantities",
    "Ciphertext",
    "Opening",
    "book_hash",
    "check_salt",
    "commit_with",
    "commitment_of",
    "decrypt",
    "decrypt_with_shared",
    "draw_salt",
    "encrypt",
    "ephemeral_scalar",
    "format_address",
    "hash_chain",
    "pack",
    "packed_length",
    "parse_address",
    "unpack",
]
