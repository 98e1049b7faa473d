"""A market as a file: what a publisher priced with, so that others price the same again."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError

from zkrisk.book.files import canonical_sha256, parse_json
from zkrisk.errors import BadFile
from zkrisk.pricing.fields import Exact, Name, Positive, Public, Unix, first_problem
from zkrisk.pricing.market import Market
from zkrisk.pricing.surface import SURFACE_SCHEMA, Surface

__all__ = ["market_document", "market_sha256", "parse_market"]

_SCHEMA: Final = "urn:zkrisk:market/v1"
_MOST: Final = 4096
_Prices = Annotated[dict[Name, Positive], Field(max_length=_MOST)]


def _without_schema(document: Any) -> Any:
    if isinstance(document, dict) and document.get("schema") == SURFACE_SCHEMA:
        return {key: entry for key, entry in document.items() if key != "schema"}
    return document


class _Document(Public):
    """The fields of `Market`; surfaces are a list."""

    as_of_unix: Unix
    spots: _Prices
    marks: _Prices = Field(default_factory=dict)
    indices: _Prices = Field(default_factory=dict)
    settlements: _Prices = Field(default_factory=dict)
    surfaces: tuple[Annotated[Surface, BeforeValidator(_without_schema)], ...] = Field(default=(), max_length=_MOST)
    rate: Exact
    carries: Annotated[dict[Name, Exact], Field(max_length=_MOST)] = Field(default_factory=dict)
    pegged: tuple[Name, ...] = Field(default=(), max_length=_MOST)
    vol_follows: Literal["strike", "moneyness"] = "strike"


def parse_market(text: str, where: str | None = None) -> Market:
    """Read a market from its JSON form; numbers are taken as written.

    Raises:
        BadFile: Malformed, an unknown field, or two surfaces of one underlying.
        BadPrice, InputError: See `Market`.
    """
    document = parse_json(text, where)
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        raise BadFile(f"not a market of schema {_SCHEMA}", where=where)
    fields = {key: entry for key, entry in document.items() if key != "schema"}
    try:
        read = _Document.model_validate(fields)
    except ValidationError as error:
        raise BadFile(f"market: {first_problem(error)}", where=where) from None
    surfaces = {surface.underlying: surface for surface in read.surfaces}
    if len(surfaces) != len(read.surfaces):
        raise BadFile("market: an underlying has two surfaces", where=where)
    found = {name: getattr(read, name) for name in _Document.model_fields}
    return Market(**{**found, "surfaces": surfaces, "pegged": frozenset(read.pegged)})


def market_document(market: Market) -> dict[str, Any]:
    """The JSON form; `parse_market` reads it back."""
    fields = {name: getattr(market, name) for name in _Document.model_fields}
    surfaces = tuple(market.surfaces[name] for name in sorted(market.surfaces))
    document = _Document.model_construct(**{**fields, "surfaces": surfaces, "pegged": tuple(sorted(market.pegged))})
    return {"schema": _SCHEMA, **document.model_dump(mode="json")}


def market_sha256(market: Market) -> str:
    """Hash of the RFC 8785 form."""
    return canonical_sha256(market_document(market))
