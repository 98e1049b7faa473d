"""What the keeper's commands show: a table of accounts, and a line for each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zkrisk.cli.output import Line
from zkrisk.params import Assurance

if TYPE_CHECKING:
    from zkrisk.keeper.scan import ScanRow
    from zkrisk.sheet import Universe

WARN_PERCENT = 10
"""Distance below which an account is marked."""


def scan_result(rows: Sequence[ScanRow], epoch: int, universe: Universe, *, reveal: bool) -> dict[str, Any]:
    """JSON form of the table."""
    return {"epoch": epoch, "accounts": [_row_result(row, universe, reveal=reveal) for row in rows]}


def _row_result(row: ScanRow, universe: Universe, *, reveal: bool) -> dict[str, Any]:
    from zkrisk.keeper.scan import revealed  # noqa: PLC0415  (--help does without)

    return {
        "account": row.account,
        "vault": row.vault,
        "assurance": Assurance(row.level or Assurance.SELF_DECLARED).name,
        "debt_units": str(row.debt),
        "distance_percent": row.distance_percent,
        "liquidatable": row.is_liquidatable,
        "readable": row.is_readable,
        "challenged": row.is_challenged,
        "refusal": row.refusal,
        "positions": revealed(row, dict(enumerate(universe.symbols))) if reveal else None,
    }


def scan_lines(rows: Sequence[ScanRow], epoch: int, universe: Universe, *, reveal: bool) -> list[Line]:
    """The same for people, at most 80 columns."""
    from zkrisk.keeper.scan import revealed  # noqa: PLC0415

    title = f"{len(rows)} accounts owe · epoch {epoch}" + ("   PRIVATE: your screen" if reveal else "")
    lines: list[Line] = [title, f"  {'account':<44}{'distance':>9}  {'book':<7}state"]
    for row in rows:
        word, style = _word(row)
        distance = "-" if row.distance_percent is None else f"{row.distance_percent} %"
        challenge = ", challenged" if row.is_challenged else ""
        book = "read" if row.is_readable else "closed"
        lines.append([(f"  {row.account:<44}{distance:>9}  {book:<7}", ""), (word, style), (challenge, "")])
        if reveal:
            for entry in revealed(row, dict(enumerate(universe.symbols))):
                sides = f"long {entry['long_lots']}, short {entry['short_lots']} lots"
                lines.append(f"      {entry['instrument']:<8}{sides}")
    return lines


def _word(row: ScanRow) -> tuple[str, str]:
    if row.is_liquidatable is None:
        return "unknown", ""
    if row.is_liquidatable:
        return "BELOW", "fail"
    return ("near", "warn") if (row.distance_percent or 0) < WARN_PERCENT else ("ok", "ok")


def event_line(event: Mapping[str, Any]) -> str:
    """One line for an event: when, what, and its public facts."""
    moment = datetime.fromtimestamp(event["at_unix"], UTC).strftime("%H:%M:%S")
    facts = [f"{name} {value}" for name, value in event.items() if name not in ("event", "at_unix")]
    return f"{moment}  {event['event']:<12}{', '.join(facts)}"
