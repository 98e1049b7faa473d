"""Fields of public documents: exact decimals and integers, read as written, never through a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from zkrisk.fixedpoint import parse_decimal

__all__ = ["Exact", "Integer", "Name", "Positive", "Public", "Unix", "first_problem"]

_MOST_DIGITS: Final = 20


def _decimal(value: Any) -> Decimal:
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int, Decimal)):
        raise ValueError("not a decimal number written as text")
    return parse_decimal(str(value))


def _integer(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _MOST_DIGITS:
        return int(value)
    return value


def _plain(value: Decimal) -> str:
    return format(value, "f")


Exact = Annotated[Decimal, BeforeValidator(_decimal), PlainSerializer(_plain, return_type=str, when_used="json")]
Positive = Annotated[Exact, Field(gt=0)]
Integer = Annotated[int, BeforeValidator(_integer), Field(strict=True)]
Unix = Annotated[Integer, Field(ge=0, lt=1 << 40)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$")]


class Public(BaseModel):
    """A frozen model that knows all of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def first_problem(error: ValidationError) -> str:
    """One line of the first validation error: the place and what is wrong there."""
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
