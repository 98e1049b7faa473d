"""Which columns of a CSV book are read: every column counts, is ignored by name, or refuses the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from zkrisk.book.models import is_name_printable
from zkrisk.errors import BadFile

__all__ = ["COMMAND", "Columns", "check_ignored", "read_header"]

COMMAND: Final = "zkrisk book add"
"""What hints begin with where no other command read the file."""
_CANONICAL: Final = ("instrument", "long", "short", "qty", "side")
_FORMS: Final = (("long", "short"), ("side", "qty"), ("qty",))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the columns are.

    Attributes:
        form: Canonical columns that give the quantity.
        at: Canonical column to its index, the instrument's too.
        nameless: Indexes of columns without a name, which must be empty in every row.
        width: Columns of a row.
    """

    form: tuple[str, ...]
    at: Mapping[str, int]
    nameless: tuple[int, ...]
    width: int

    def cells(self, fields: list[str], row: int, where: str) -> dict[str, str]:
        """Cells of a row by canonical column.

        Raises:
            BadFile: Not as wide as the header, or something stands in a column without a name.
        """
        if len(fields) != self.width:
            raise BadFile(f"row {row}: {len(fields)} columns, the header has {self.width}", where=where)
        for index in self.nameless:
            if fields[index].strip():
                raise BadFile(f"row {row}: column {index + 1} has no name", where=where)
        return {canonical: fields[index] for canonical, index in self.at.items()}


def read_header(
    fields: list[str], mapping: Mapping[str, str], ignored: Collection[str], where: str, command: str
) -> Columns:
    """Find the columns, whatever their case.

    Args:
        fields: The header's cells.
        mapping: Canonical column to the file's own, as in ``{"qty": "size"}``.
        ignored: The file's own columns that do not matter.
        command: For hints.

    Raises:
        BadFile: A column is missing, twice or not known: it might be what is owed.
    """
    hint = f"{command} FILE --column qty=size"
    names = [entry.strip().lower() for entry in fields]
    own = _own_names(mapping, names, where)
    check_ignored(ignored, own.values(), where)
    present = {canonical: names.index(name) for canonical, name in own.items() if name in names}
    if len(set(present.values())) < len(present):
        raise BadFile("one column is mapped twice", where=where)
    form = _form(present, where, hint)
    at = {canonical: present[canonical] for canonical in ("instrument", *form)}
    rest = [index for index in range(len(names)) if index not in at.values()]
    dropped = {name.strip().lower() for name in ignored}
    for index in rest:
        if names[index] and names[index] not in dropped:
            raise _unknown(fields[index].strip(), index, where, command)
    return Columns(form, at, tuple(index for index in rest if not names[index]), len(names))


def check_ignored(ignored: Collection[str], read: Collection[str], where: str) -> None:
    """Refuse to ignore what gives a position its meaning.

    Raises:
        BadFile: It is read.
    """
    for name in ignored:
        if name.strip().lower() in read:
            raise BadFile(f"'{name.strip().lower()}' is read; it cannot be ignored", where=where)


def _own_names(mapping: Mapping[str, str], names: list[str], where: str) -> dict[str, str]:
    """Canonical column to the file's own name, in lower case."""
    for canonical in mapping:
        if canonical not in _CANONICAL:
            raise BadFile("a column mapping is not known", where=where, hint=f"map one of {', '.join(_CANONICAL)}")
    own = {canonical: mapping.get(canonical, canonical).strip().lower() for canonical in _CANONICAL}
    for canonical, name in own.items():
        if names.count(name) > 1:
            raise BadFile(f"the header has column '{canonical}' twice", where=where)
        if canonical in mapping and name not in names:
            raise BadFile(f"the header has no column that could be '{canonical}'", where=where)
    return own


def _form(present: Mapping[str, int], where: str, hint: str) -> tuple[str, ...]:
    if "instrument" not in present:
        raise BadFile("the header has no column 'instrument'", where=where, hint=hint)
    if "qty" in present and ("long" in present or "short" in present):
        raise BadFile("the header has 'qty' and 'long' or 'short': which one counts?", where=where, hint=hint)
    for form in _FORMS:
        if all(column in present for column in form):
            return form
    raise BadFile("the header needs 'long' and 'short', or 'qty', or 'side' and 'qty'", where=where, hint=hint)


def _unknown(name: str, index: int, where: str, command: str) -> BadFile:
    shown = f"'{name}'" if is_name_printable(name) else f"number {index + 1}"
    flag = name if is_name_printable(name) else "COLUMN"
    return BadFile(
        f"the header has a column that is not known: {shown}",
        where=where,
        hint=f"what is owed goes in 'short'; if it is neither held nor owed: {command} {where} --ignore {flag}",
    )
