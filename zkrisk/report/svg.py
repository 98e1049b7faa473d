"""From a matplotlib figure to SVG that stands in a page: no date, no font, no network, ids of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Final

import matplotlib
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SIZES", "draw"]

SIZES: Final = {"wide": 560, "narrow": 350}
"""Widths in points; a page shows the one that fits."""
_HEIGHT: Final = 290
_ROW_HEIGHT: Final = 17
_FRAME_HEIGHT: Final = 80
_STYLE: Final = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a939c",
    "axes.labelcolor": "#3d4852",
    "axes.labelsize": 10.5,
    "xtick.color": "#3d4852",
    "ytick.color": "#3d4852",
    "text.color": "#1c2733",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e8ec",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_PROLOG: Final = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_SCRAP: Final = re.compile(r"\s*<metadata>.*?</metadata>|\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]+>")
_DIGITS: Final = re.compile(r"-?\d+\.\d{3,}")
_IDS: Final = re.compile(r'(\bid="|xlink:href="#|url\(#)')
_OPENING: Final = re.compile(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)


def draw(name: str, title: str, description: str, paint: Callable[[Axes, bool], None], rows: int = 0) -> str:
    """Draw a chart for both widths.

    Args:
        name: Of the chart; ids begin with it.
        title, description: For those who do not see it.
        paint: Draws on axes; told whether they are narrow.
        rows: Of horizontal bars; many make the chart higher.

    Returns:
        Two SVG elements, of the classes ``wide`` and ``narrow``.
    """
    height = max(_HEIGHT, _FRAME_HEIGHT + _ROW_HEIGHT * rows)
    return "".join(
        _inline(_figure(f"{name}-{width}", across, height, paint), f"{name}-{width}", width, title, description)
        for width, across in SIZES.items()
    )


def _figure(name: str, across: int, down: int, paint: Callable[[Axes, bool], None]) -> str:
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": f"zkrisk-{name}"}):
        figure = Figure(figsize=(across / 72, down / 72), layout="constrained")
        paint(figure.add_subplot(), across == SIZES["narrow"])
        sink = io.StringIO()
        figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return sink.getvalue()


def _inline(svg: str, name: str, width: str, title: str, description: str) -> str:
    body = _SCRAP.sub("", _PROLOG.sub("", svg))
    body = _TAG.sub(lambda tag: _DIGITS.sub(lambda match: f"{round(float(match[0]), 2):g}", tag[0]), body)
    body = _IDS.sub(lambda match: f"{match[1]}{name}-", body)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return _OPENING.sub(
        lambda match: (
            f'<svg class="{width}" viewBox="{match[1]}" role="img" xmlns:xlink="http://www.w3.org/1999/xlink">{words}'
        ),
        body,
        count=1,
    )
