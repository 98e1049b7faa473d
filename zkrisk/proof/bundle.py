"""Bundles as files: read with limits, written canonically, thin or packed, named by what they state.

A thin bundle holds hashes and is for somebody with the chain or the artefacts. A packed one holds the key, the bases
and the sheet as well. Both have the same identifier, which is the hash of statement and signals; a proof is malleable,
so its bytes identify nothing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from zkrisk.book.files import NumberText, canonical_bytes, canonical_sha256, parse_json, read_text, write_whole
from zkrisk.errors import BadFile, InputError, SheetMismatch
from zkrisk.proof.backends import snarkjs
from zkrisk.proof.bundle_fields import JSON_INT_LIMIT
from zkrisk.proof.bundle_model import MEDIA_TYPE, Bundle, Material
from zkrisk.proof.folding import statement_of
from zkrisk.proof.keys import CircuitKey
from zkrisk.proof.limits import limit_values
from zkrisk.proof.material import decode_key, encode_key
from zkrisk.sheet import Sheet, parse_sheet

__all__ = [
    "MAX_BUNDLE_BYTES",
    "Bundle",
    "bundle_key",
    "bundle_sheet",
    "identifier",
    "load_bundle",
    "pack",
    "parse_bundle",
    "public_signals",
    "save_bundle",
    "to_bytes",
    "unpack",
    "unpack_snarkjs",
]

MAX_BUNDLE_BYTES: Final = 8 << 20
_FAMILY: Final = re.compile(r"application/vnd\.zkrisk\.attestation\.v[0-9]{1,6}\+json", re.ASCII)
_FIELD: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})", re.ASCII)


def load_bundle(path: Path) -> Bundle:
    """Read a bundle file of at most 8 MiB; see `parse_bundle`."""
    return parse_bundle(read_text(path, MAX_BUNDLE_BYTES), path.name)


def parse_bundle(text: str, where: str | None = None) -> Bundle:
    """Read a bundle from JSON. Form only: nothing it says has been verified.

    Raises:
        BadFile: Too large, too deep, a key twice, a number that is no integer below 2^53, a field that is missing,
            unknown or malformed, or a newer version. The message never repeats contents.
    """
    if len(text) > MAX_BUNDLE_BYTES:
        raise BadFile(f"the bundle is larger than {MAX_BUNDLE_BYTES} bytes", where=where)
    document = _integers(parse_json(text, where), where)
    if not isinstance(document, dict):
        raise BadFile("the bundle is not a JSON object", where=where)
    _check_media_type(document.get("media_type"), where)
    try:
        return Bundle.model_validate(document)
    except ValidationError as error:
        raise BadFile(f"bundle: {_first_problem(error)}", where=where) from None


def _check_media_type(media_type: Any, where: str | None) -> None:
    if media_type == MEDIA_TYPE:
        return
    if isinstance(media_type, str) and _FAMILY.fullmatch(media_type):
        raise BadFile(f"the bundle is a {media_type}, this zkrisk reads {MEDIA_TYPE}", where=where)
    raise BadFile(f"not a bundle: media_type is not {MEDIA_TYPE}", where=where)


def _integers(value: Any, where: str | None) -> Any:
    """Replace number texts by integers; the depth is bounded by `parse_json`."""
    if isinstance(value, NumberText):
        if not _NUMBER.fullmatch(value) or value == "-0" or abs(int(value)) >= JSON_INT_LIMIT:
            raise BadFile("a number is not an integer below 2^53; larger ones are decimal strings", where=where)
        return int(value)
    if isinstance(value, dict):
        return {key: _integers(item, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_integers(item, where) for item in value]
    return value


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    parts = [str(part) for part in problem["loc"]]
    place = ".".join(part if _FIELD.fullmatch(part) else "?" for part in parts[:8])
    kind = "this field is not known" if problem["type"] == "extra_forbidden" else str(problem["msg"])
    message = kind.removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _dump(bundle: Bundle) -> dict[str, Any]:
    return bundle.model_dump(mode="json", by_alias=True, exclude_none=True)


def to_bytes(bundle: Bundle) -> bytes:
    """Return the RFC 8785 form with a line feed, as it is saved."""
    return canonical_bytes(_dump(bundle)) + b"\n"


def save_bundle(bundle: Bundle, path: Path) -> None:
    """Write the RFC 8785 form."""
    write_whole(path, to_bytes(bundle))


def identifier(bundle: Bundle) -> str:
    """Return ``sha256:`` and the hash of the canonical statement and signals."""
    document = _dump(bundle)
    return canonical_sha256({"statement": document["statement"], "signals": document["signals"]})


def pack(bundle: Bundle, key: CircuitKey, sheet: Sheet) -> Bundle:
    """Return the bundle with everything that verifies it but the chain; the identifier stays.

    Raises:
        BadFile: The key is not the one that the bundle names.
        SheetMismatch: Nor is the sheet.
    """
    claim = bundle.statement.sheet
    if "0x" + key.key_id.hex() != bundle.statement.circuit.bases_root:
        raise BadFile("the key is not the one that the bundle names")
    if (sheet.epoch, sheet.universe.sha256) != (claim.prices_epoch, claim.universe_sha256):
        raise SheetMismatch(f"the sheet is of epoch {sheet.epoch}, the bundle of {claim.prices_epoch}")
    head, bases = encode_key(key)
    document = json.loads(canonical_bytes(sheet.to_dict()))
    universe = document.pop("universe")
    material = Material(vkey=head, bases_b64=bases, sheet=document, universe=universe)
    return bundle.model_copy(update={"material": material})


def unpack(bundle: Bundle) -> Bundle:
    """Return the thin form; the identifier stays."""
    return bundle.model_copy(update={"material": None})


def bundle_key(bundle: Bundle) -> CircuitKey | None:
    """Return the key in a packed bundle, None in a thin one. Whether it is to be trusted is not decided here.

    Raises:
        BadFile: It is malformed.
    """
    material = bundle.material
    if material is None:
        return None
    statement = bundle.statement
    return decode_key(statement.circuit_kind, statement.tier, material.vkey, material.bases_b64)


def bundle_sheet(bundle: Bundle) -> Sheet | None:
    """Return the sheet in a packed bundle, None in a thin one: the sender's numbers, in range.

    Raises:
        BadFile: It is malformed, out of range, or of another tier.
    """
    material = bundle.material
    if material is None:
        return None
    try:
        sheet = parse_sheet(json.dumps({**material.sheet, "universe": material.universe}))
    except InputError as error:
        raise BadFile(f"material: {error.message}") from error
    if sheet.tier != bundle.statement.tier:
        raise BadFile("material: the sheet is of another tier")
    return sheet


def public_signals(bundle: Bundle, sheet: Sheet) -> tuple[int, ...]:
    """Return all public signals: the bundle's own and those of the sheet and of the policy it spells out."""
    statement = bundle.statement
    values = limit_values(statement.policy.limits, statement.tier) if statement.policy else None
    policy_values = values.public if values else ()
    return statement_of(statement.circuit_kind, sheet, bundle.dynamic, bundle.leg, policy_values).public_signals()


def unpack_snarkjs(bundle: Bundle, folder: Path, key: CircuitKey | None = None, sheet: Sheet | None = None) -> None:
    """Write proof.json, public.json and verification_key.json, so that ``snarkjs groth16 verify`` checks the proof.

    Files of these names are replaced; a link is, and not what it points to.

    Args:
        folder: Exists.
        key, sheet: For a thin bundle.

    Raises:
        BadFile: The bundle is thin, and key or sheet were not given.
    """
    key, sheet = key or bundle_key(bundle), sheet or bundle_sheet(bundle)
    if key is None or sheet is None:
        raise BadFile("the bundle is thin: it holds neither key nor sheet", hint="zkrisk bundle pack")
    contents = {
        "proof": snarkjs.proof_json(bundle.proof.to_bytes()),
        "public": [str(value) for value in public_signals(bundle, sheet)],
        "verification_key": snarkjs.verifying_key_json(key.material),
    }
    for name, content in contents.items():
        path = folder / f"{name}.json"
        path.unlink(missing_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(content) + "\n")
