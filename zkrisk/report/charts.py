"""The charts of the owner's page, each drawn from the document and from nothing else.

Floats are for drawing only: every value that is drawn stands, exactly, in a table under its chart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from zkrisk.metrics import Unit
from zkrisk.metrics.text import bps_text, money_text
from zkrisk.report.svg import draw

__all__ = ["draw_all"]

INK, BLUE, PALE, RED, AMBER, GREEN, GREY = (
    "#1c2733", "#2f5d8a", "#a9c4dd", "#b3372f", "#c98a1b", "#3b7d4f", "#8a939c",
)  # fmt: skip
_NAME_WIDTH: Final = 26
_SCALES: Final = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
Document = Mapping[str, Any]
Painter = Callable[[Axes, bool], None]


def draw_all(document: Document) -> dict[str, str]:
    """SVG of every chart that the document has data for, by name."""
    charts: dict[str, tuple[str, str, Painter]] = {
        "margin": ("Margin", "Assets, haircuts, weighted debt and headroom as a waterfall", _margin(document)),
        "losses": ("Loss distribution", "Number of days by loss, with tail lines and limits", _losses(document)),
        "components": ("Components", "Parts of the tail loss by instrument", _components(document)),
        "backtest": ("Backtest", "Daily losses against value at risk", _backtest(document)),
    }
    if document["stresses"]["rows"]:
        charts["stresses"] = ("Stress losses", "Loss of every stress scenario", _stresses(document))
    for name, key in (("instruments", "instrument"), ("sectors", "sector")):
        if document["exposures"][name]:
            rows = document["exposures"][name]
            charts[name] = ("Exposure", "Long to the right, short to the left", _exposures(rows, key))
    if document["drawdown"]["rows"]:
        charts["drawdown"] = ("Equity", "Equity of today's quantities at other days' prices", _drawdown(document))
    if document["distance"]["curve"]:
        charts["distance"] = ("Health factor", "Health factor after common moves of risky assets", _distance(document))
    if document["what_if"] is not None and any(map(_use, document["what_if"]["metrics"])):
        charts["what_if"] = ("What if", "Use of each limit before and after", _what_if(document))
    rows = {
        "stresses": len(document["stresses"]["rows"]) * 7 // 4,
        "instruments": len(document["exposures"]["instruments"]),
        "components": 2 * len(document["components"]["rows"]) + 2,
    }
    return {name: draw(name, *chart, rows=rows.get(name, 0)) for name, chart in charts.items()}


def _usd(cents: str) -> float:
    return int(cents) / 100


def _short_money(value: float, _: object = None) -> str:
    """An axis label: rounded, with a letter for the scale."""
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:g}{letter}".replace("-", "\N{MINUS SIGN}")
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _money_axis(axis: Any, *, narrow: bool) -> None:
    axis.set_major_formatter(FuncFormatter(_short_money))
    axis.set_major_locator(MaxNLocator(4 if narrow else 7))


def _level(bps: int) -> str:
    return f"{bps / 100:g} %"


def _margin(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        steps = document["margin"]
        colors = {"assets": BLUE, "haircuts": AMBER, "after haircuts": BLUE, "weighted debt": RED, "headroom": GREEN}
        reached = 0.0
        for place, step in enumerate(steps):
            amount, total = _usd(step["amount_cents"]), step["kind"] == "TOTAL"
            color = RED if total and amount < 0 else colors[step["label"]]
            axes.bar(place, amount, bottom=0.0 if total else reached, color=color, width=0.62)
            reached = amount if total else reached + amount
        names = [step["label"].replace(" ", "\n") if narrow else step["label"] for step in steps]
        axes.set_xticks(range(len(steps)), names)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.grid(visible=False, axis="x")
        axes.set_ylabel("USD")
        axes.set_ylim(top=1.06 * max(1.0, _usd(steps[0]["amount_cents"])))
        _money_axis(axes.yaxis, narrow=narrow)

    return paint


def _losses(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        losses = document["losses"]
        for entry in losses["bins"]:
            low, high = _usd(entry["from_cents"]), _usd(entry["to_cents"])
            axes.bar(low, entry["count"], width=high - low, align="edge", color=PALE, edgecolor="white", linewidth=0.6)
        for tail, color in zip(losses["tails"], (BLUE, INK, GREY, GREEN), strict=False):
            level = _level(tail["confidence_bps"])
            for word, key, style in (("VaR", "var_loss_cents", "-"), ("ES", "expected_shortfall_loss_cents", "--")):
                label = f"{word} {level}: {money_text(int(tail[key]))}"
                axes.axvline(_usd(tail[key]), color=color, linestyle=style, linewidth=1.5, label=label)
        for word, key, style in (("VaR", "var_limit_cents", "-"), ("ES", "expected_shortfall_limit_cents", ":")):
            if losses[key] is not None:
                label = f"{word} limit: {money_text(int(losses[key]))}"
                axes.axvline(_usd(losses[key]), color=RED, linestyle=style, linewidth=1.5, label=label)
        axes.set_xlabel("loss of one day, USD (gains are negative)")
        axes.set_ylabel("days")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        _money_axis(axes.xaxis, narrow=narrow)
        axes.figure.legend(loc="outside upper left", ncols=1 if narrow else 2)

    return paint


def _stresses(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        rows, limit = document["stresses"]["rows"], document["stresses"]["limit_cents"]
        above = [limit is not None and int(row["loss_cents"]) > int(limit) for row in rows]
        _across(axes, [row["name"] for row in rows], narrow=narrow)
        values = [_usd(row["loss_cents"]) for row in rows]
        axes.barh(range(len(rows)), values, color=[RED if beyond else BLUE for beyond in above], height=0.62)
        if limit is not None:
            axes.axvline(_usd(limit), color=RED, linewidth=1.5, label=f"limit: {money_text(int(limit))}")
            axes.figure.legend(loc="outside upper left")
        axes.set_xlabel("loss, USD")

    return paint


def _wrapped(name: str) -> list[str]:
    return wrap(name, _NAME_WIDTH, max_lines=2, placeholder=" …")


def _across(axes: Axes, names: Sequence[str], *, narrow: bool) -> None:
    """Prepare horizontal bars, the first on top."""
    shown = ["\n".join(_wrapped(name)) for name in names]
    axes.set_yticks(range(len(names)), shown, fontsize=9 if narrow else 10)
    axes.invert_yaxis()
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.grid(visible=False, axis="y")
    _money_axis(axes.xaxis, narrow=narrow)


def _exposures(rows: Sequence[Document], key: str) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        _across(axes, [row[key] for row in rows], narrow=narrow)
        places = range(len(rows))
        axes.barh(places, [_usd(row["long_cents"]) for row in rows], color=BLUE, height=0.62, label="long")
        axes.barh(places, [-_usd(row["short_cents"]) for row in rows], color=AMBER, height=0.62, label="short")
        axes.set_xlabel("USD")
        axes.figure.legend(loc="outside upper left", ncols=2)

    return paint


def _components(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        parts = document["components"]
        names = [*(row["instrument"] for row in parts["rows"]), "slack"]
        _across(axes, names, narrow=narrow)
        series = (
            ("VaR", BLUE, -0.2, [*(row["var_part_cents"] for row in parts["rows"]), parts["slack_cents"]]),
            ("ES", PALE, 0.2, [*(row["shortfall_part_cents"] for row in parts["rows"]), parts["slack_cents"]]),
        )
        for word, color, offset, cents in series:
            places = [place + offset for place in range(len(names))]
            label = f"part of {word} {_level(parts['confidence_bps'])}"
            axes.barh(places, [_usd(value) for value in cents], color=color, height=0.38, label=label)
        axes.set_xlabel("USD (negative: the position hedges)")
        axes.figure.legend(loc="outside upper left", ncols=1 if narrow else 2)

    return paint


def _days(axes: Axes, days: Sequence[str], *, narrow: bool) -> None:
    """Label a few of the days under a series that is drawn by its index."""
    count = 3 if narrow else 5
    places = sorted({round(place * (len(days) - 1) / (count - 1)) for place in range(count)})
    axes.set_xticks(places, [days[place] for place in places], fontsize=9)
    for label, side in zip((axes.get_xticklabels()[0], axes.get_xticklabels()[-1]), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)


def _drawdown(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        rows = document["drawdown"]["rows"]
        values, top, peaks = [_usd(row["equity_cents"]) for row in rows], 0.0, []
        for value in values:
            top = max(top, value)
            peaks.append(top)
        axes.plot(peaks, color=GREY, linewidth=1, linestyle="--", label="running maximum")
        axes.plot(values, color=BLUE, linewidth=1.4, label="equity")
        axes.fill_between(range(len(rows)), values, peaks, color=RED, alpha=0.18, linewidth=0, label="drawdown")
        _days(axes, [row["day"] for row in rows], narrow=narrow)
        axes.set_ylabel("USD")
        _money_axis(axes.yaxis, narrow=narrow)
        axes.figure.legend(loc="outside upper left", ncols=3)

    return paint


def _backtest(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        test = document["backtest"]
        rows = test["rows"]
        losses = [_usd(row["loss_cents"]) for row in rows]
        hits = [place for place, row in enumerate(rows) if row["exception"]]
        axes.fill_between(range(len(rows)), losses, step="mid", color=PALE, linewidth=0, label="loss of the day")
        label = f"VaR {_level(test['confidence_bps'])}"
        forecasts = [_usd(row["value_at_risk_cents"]) for row in rows]
        axes.plot(forecasts, color=INK, linewidth=1.4, label=label, drawstyle="steps-mid")
        axes.plot(hits, [losses[place] for place in hits], "v", color=RED, markersize=6, label="exception")
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.grid(visible=False, axis="x")
        _days(axes, [row["day"] for row in rows], narrow=narrow)
        axes.set_ylabel("loss, USD")
        _money_axis(axes.yaxis, narrow=narrow)
        axes.figure.legend(loc="outside upper left", ncols=3)

    return paint


def _distance(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        distance = document["distance"]
        moves = [point["move_bps"] / 100 for point in distance["curve"]]
        axes.plot(moves, [int(point["health_factor_bps"]) / 10_000 for point in distance["curve"]], color=BLUE)
        axes.axhline(1, color=RED, linewidth=1.5, label="liquidation")
        if distance["limit_bps"] is not None:
            label = f"policy limit: {bps_text(distance['limit_bps'], Unit.RATIO)}"
            axes.axhline(distance["limit_bps"] / 10_000, color=AMBER, linewidth=1.5, linestyle="--", label=label)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("move of all risky assets, %")
        axes.set_ylabel("health factor")
        axes.xaxis.set_major_locator(MaxNLocator(5 if narrow else 8))
        axes.figure.legend(loc="outside upper left", ncols=2)

    return paint


def _use(change: Document) -> bool:
    return change["before"]["use_bps"] is not None and change["after"]["use_bps"] is not None


def _what_if(document: Document) -> Painter:
    def paint(axes: Axes, narrow: bool) -> None:
        rows = [change for change in document["what_if"]["metrics"] if _use(change)]
        _across(axes, [row["label"] for row in rows], narrow=narrow)
        for word, color, offset in (("before", PALE, -0.2), ("after", BLUE, 0.2)):
            uses = [int(row[word]["use_bps"]) / 100 for row in rows]
            axes.barh([place + offset for place in range(len(rows))], uses, color=color, height=0.38, label=word)
        axes.axvline(100, color=RED, linewidth=1.5, label="limit")
        axes.set_xlabel("use of the limit, %")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.figure.legend(loc="outside upper left", ncols=3)

    return paint
