"""What the files of readers have in common: names of schemas and of keys, bytes, proofs."""

from __future__ import annotations

import re
from typing import Final

from zkrisk.documents import Fields
from zkrisk.viewing.proofs import ScalarProof

__all__ = ["MEMBER_BITS", "NAME", "NAME_WORDS", "SHA256", "bytes_text", "parse_proof", "proof_dict", "schema"]

MEMBER_BITS: Final = 8
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}", re.ASCII)
NAME_WORDS: Final = "1 to 48 letters, digits, dots, dashes or underscores, no dot or dash first"
SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def schema(kind: str) -> str:
    """Return what stands in a document's field ``schema``."""
    return f"urn:zkrisk:{kind}/v1"


def bytes_text(content: bytes) -> str:
    """Return the JSON form of bytes."""
    return "0x" + content.hex()


def proof_dict(proof: ScalarProof) -> dict[str, str]:
    """Return the JSON form of a proof."""
    return {"challenge": str(proof.challenge), "response": str(proof.response)}


def parse_proof(fields: Fields) -> ScalarProof:
    """Read the field ``proof``; who verifies it checks the ranges."""
    proof = fields.part("proof", ("challenge", "response"))
    return ScalarProof(proof.integer("challenge"), proof.integer("response"))
