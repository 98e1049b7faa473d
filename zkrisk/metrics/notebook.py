"""A report in a notebook: a table of HTML, and a pandas frame. A notebook is the owner's own screen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zkrisk.errors import MissingTool
from zkrisk.metrics.rows import MetricRow
from zkrisk.metrics.text import Unit, bps_text

if TYPE_CHECKING:
    import pandas

__all__ = ["html_table", "to_frame"]

_COLUMNS = ("value", "limit_bps", "use_bps", "headroom_bps")


def to_frame(rows: Sequence[MetricRow]) -> pandas.DataFrame:
    """Rows as a frame, indexed by metric: label, subject, unit, status, and integers (nullable ``Int64``).

    The value is in cents or basis points as the unit says; limit, use and headroom are in basis points.

    Raises:
        MissingTool: pandas is not installed.
    """
    try:
        frames: Any = import_module("pandas")
    except ModuleNotFoundError as error:
        raise MissingTool("pandas is not installed", hint="pip install 'zkrisk[frames]'") from error
    records = [row.to_dict() for row in rows]
    frame = frames.DataFrame(records, columns=["metric", "label", "subject", "unit", "status", *_COLUMNS, "word"])
    for name in _COLUMNS:
        integers = [None if record[name] is None else int(record[name]) for record in records]
        frame[name] = frames.array(integers, dtype="Int64")
    return frame.set_index("metric")


def html_table(title: str, rows: Sequence[MetricRow]) -> str:
    """Rows as an HTML table under a strip that says PRIVATE; names are escaped."""
    head = "".join(f"<th>{name}</th>" for name in ("metric", "now", "limit", "use", "", "headroom"))
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return (
        f'<div><p style="background:#7a1f1f;color:#fff;padding:2px 8px;margin:0">PRIVATE \N{MIDDLE DOT} '
        f"{escape(title)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: MetricRow) -> list[str]:
    label = f"{row.label} ({row.subject})" if row.subject else row.label
    texts = [label, row.text, "", "", row.word, ""]
    check = row.check
    if check is not None and check.limit_bps is not None:
        sign = "≥" if check.statement == "health" else "≤"
        texts[2] = f"{sign} {bps_text(check.limit_bps, row.unit)}"
        texts[3] = "" if check.use_bps is None else bps_text(check.use_bps, Unit.SHARE)
        texts[5] = "" if check.headroom_bps is None else bps_text(check.headroom_bps, row.unit)
    return [f"<td>{escape(text)}</td>" for text in texts]
