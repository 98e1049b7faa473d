"""``zkrisk sheet``: public prices, parameters and scenarios."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.commands import sheet_build, sheet_chain
from zkrisk.cli.figures import limit_share, time_text
from zkrisk.cli.inputs import find_sheet, synthetic_warnings
from zkrisk.cli.output import Outcome
from zkrisk.cli.render_sheet import origin_lines, sheet_facts
from zkrisk.errors import InputError
from zkrisk.fixedpoint import from_scaled
from zkrisk.params import PRICE_EXPONENT
from zkrisk.sheet import Instrument, Sheet, Universe, load_universe

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, help="Public prices and scenarios.", no_args_is_help=True
)
sheet_chain.register(app)
sheet_build.register(app)

Which = Annotated[str, typer.Argument(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")]
UniverseName = Annotated[
    str | None, typer.Option("--universe", metavar="NAME", help="NAME or FILE; alone it shows the universe.")
]


@app.command()
def show(
    context: typer.Context,
    sheet: Annotated[str | None, typer.Argument(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")] = None,
    *,
    universe: UniverseName = None,
    find: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only instruments whose symbol or name has this.")
    ] = None,
) -> Outcome:
    """Prices and parameters of a sheet, or the instruments of a universe."""
    if sheet is None and universe is not None:
        return _show_universe(load_universe(universe), find)
    found = find_sheet(context.obj, sheet, universe)
    chosen = _matching(found.universe, find)
    lines = [*_title_lines(found), *origin_lines(found.origin), ""]
    lines += [f"  {'instrument':<12}{'price USD':>22}{'threshold':>12}{'borrow':>10}  sector"]
    lines += [_instrument_line(found, entry) for entry in chosen]
    origin = found.origin.to_dict() if found.origin else None
    rows = [_instrument_dict(found, entry) for entry in chosen]
    result = {**sheet_facts(found), "origin": origin, "instruments": rows}
    return Outcome("sheet-show", result, lines, warnings=synthetic_warnings(found))


@app.command()
def check(context: typer.Context, sheet: Which, *, universe: UniverseName = None) -> Outcome:
    """Check that a sheet is whole and in range; prices and rows are compared with a chain by `sheet audit`."""
    found = find_sheet(context.obj, sheet, universe)
    blocked = [found.universe.symbol_of(slot) for slot, bit in enumerate(found.blocked) if bit]
    lines = [*_title_lines(found), f"ok  every value is in range; blocked: {', '.join(blocked) or 'none'}"]
    return Outcome("sheet-check", {**sheet_facts(found), "blocked": blocked}, lines, warnings=synthetic_warnings(found))


@app.command()
def diff(context: typer.Context, left: Which, right: Which) -> Outcome:
    """What differs between two sheets."""
    first, second = (find_sheet(context.obj, text, None) for text in (left, right))
    if first.universe.sha256 != second.universe.sha256:
        raise InputError(
            f"the sheets are of universes {first.universe.id} and {second.universe.id}, or of two versions"
        )
    changes = [
        {
            "instrument": entry.symbol,
            "before_usd": _price(first, entry),
            "after_usd": _price(second, entry),
        }
        for entry in first.universe.instruments
        if first.prices[entry.slot] != second.prices[entry.slot]
    ]
    same = {
        "parameters_equal": first.parameters == second.parameters,
        "window_equal": first.window == second.window,
        "blocked_equal": first.blocked == second.blocked,
        "origin_equal": first.origin == second.origin,
    }
    lines = [f"  {c['instrument']:<12}{c['before_usd']:>24}{c['after_usd']:>24}" for c in changes]
    lines += [f"  {name.removesuffix('_equal')}: {'equal' if equal else 'different'}" for name, equal in same.items()]
    return Outcome("sheet-diff", {"prices": changes, **same}, lines)


def _show_universe(universe: Universe, find: str | None) -> Outcome:
    chosen = _matching(universe, find)
    lines = [
        f"{universe.id} · {len(universe.instruments)} instruments in {universe.size} slots · {universe.sha256[:19]}…"
    ]
    lines += [f"  {e.slot:>3}  {e.symbol:<12}{e.kind:<12}{e.sector or 'none':<10}{e.name}"[:80] for e in chosen]
    result = {
        "universe": universe.id,
        "universe_sha256": universe.sha256,
        "instruments": [{"slot": e.slot, "symbol": e.symbol, "kind": e.kind.value, "sector": e.sector} for e in chosen],
    }
    return Outcome("sheet-show", result, lines if chosen else [*lines, "  no instrument matches"])


def _matching(universe: Universe, find: str | None) -> list[Instrument]:
    wanted = (find or "").lower()
    return [entry for entry in universe.instruments if wanted in entry.symbol.lower() or wanted in entry.name.lower()]


def _title_lines(sheet: Sheet) -> list[str]:
    window = sheet.window
    mark = "synthetic prices: DEMO" if sheet.synthetic else ""
    title = f"{sheet.universe.id} · epoch {sheet.epoch} · prices of {time_text(sheet.as_of_unix)}"
    days = f"  window {window.first_day} to {window.last_day}, {len(window.returns)} rows, {window.seeded} seeded"
    return [f"{title:<57} {mark}".rstrip(), days, f"  {sheet.sha256}"]


def _instrument_line(sheet: Sheet, entry: Instrument) -> str:
    rows = sheet.parameters
    threshold = limit_share(rows.liquidation_threshold_bps[entry.slot])
    factor = limit_share(rows.borrow_factor_bps[entry.slot])
    return f"  {entry.symbol:<12}{_price(sheet, entry):>22}{threshold:>12}{factor:>10}  {entry.sector or ''}"


def _instrument_dict(sheet: Sheet, entry: Instrument) -> dict[str, object]:
    return {
        "slot": entry.slot,
        "symbol": entry.symbol,
        "price_usd": _price(sheet, entry),
        "price_e16": str(sheet.prices[entry.slot]),
        "blocked": bool(sheet.blocked[entry.slot]),
        "liquidation_threshold_bps": sheet.parameters.liquidation_threshold_bps[entry.slot],
        "borrow_factor_bps": sheet.parameters.borrow_factor_bps[entry.slot],
    }


def _price(sheet: Sheet, entry: Instrument) -> str:
    """USD a unit, exactly."""
    text = format(from_scaled(sheet.prices[entry.slot], PRICE_EXPONENT - entry.decimals), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
