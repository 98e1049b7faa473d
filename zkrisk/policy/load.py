"""Policies from JSON and TOML files, and those that come with zkrisk."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from zkrisk.book.files import NumberText, parse_json, read_text
from zkrisk.errors import BadFile, NotFound
from zkrisk.policy.models import Policy

__all__ = ["bundled_policies", "load_policy", "parse_policy"]

_FOLDER: Final = Path(__file__).parent / "examples"
_SCHEMA: Final = "urn:zkrisk:policy/v1"


def bundled_policies() -> tuple[str, ...]:
    """Names of the example policies."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def _counts(document: dict[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in document.items() if key != "schema"}
    for name in ("version", "max_age_s"):
        value = fields.get(name)
        if isinstance(value, NumberText) and value.isdecimal() and len(value) <= 10:
            fields[name] = int(value)
    return fields


def parse_policy(document: Any, where: str | None = None) -> Policy:
    """Build a policy from parsed JSON or TOML.

    Raises:
        BadFile: A field is missing or unknown; the message names it.
        BadLimit: A limit is out of range or finer than a basis point.
    """
    if not isinstance(document, dict) or document.get("schema", _SCHEMA) != _SCHEMA:
        raise BadFile(f"not a policy of schema {_SCHEMA}", where=where)
    try:
        return Policy.model_validate(_counts(document))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise BadFile(f"policy: {place}: {problem['msg']}", where=where) from None


def _parse_toml(text: str, where: str) -> Any:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError, ValueError):
        raise BadFile("not TOML", where=where) from None


def load_policy(name_or_path: str | Path) -> Policy:
    """Read a policy: an example by its name, or a JSON or TOML file by its path.

    Raises:
        NotFound: No example of that name.
        BadFile, BadLimit: See `parse_policy`.
    """
    path = Path(name_or_path)
    if path.suffix not in {".json", ".toml"}:
        if path.name not in bundled_policies():
            known = ", ".join(bundled_policies())
            raise NotFound("the policy is not one that comes with zkrisk", hint=f"one of {known}, or a file")
        path = _FOLDER / f"{path.name}.json"
    text = read_text(path)
    document = _parse_toml(text, path.name) if path.suffix == ".toml" else parse_json(text, path.name)
    return parse_policy(document, path.name)
