"""``zkrisk whatif``."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.inputs import default_book, find_book, find_policy, find_sheet, parse_levels, synthetic_warnings
from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.cli.trades import parse_trades
from zkrisk.cli.whatif_screen import what_if_lines
from zkrisk.errors import PolicyNotMet, UsageError
from zkrisk.report.what_if import what_if

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="whatif")
def show_what_if(
    context: typer.Context,
    *,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", help="A stored book, or a CSV or JSON file.")] = None,
    trade: Annotated[list[str] | None, typer.Option(metavar="SYMBOL:UNITS", help="Negative sells; repeatable.")] = None,
    price: Annotated[list[str] | None, typer.Option(metavar="SYMBOL:USD", help="Default the sheet's.")] = None,
    fee: Annotated[str | None, typer.Option(metavar="FEE", help="25, 0.05% or 5bps, of every trade.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
    confidence: Annotated[
        list[str] | None, typer.Option(metavar="LEVEL", help="In per cent, such as 99; repeatable.")
    ] = None,
    fail_on_breach: Annotated[bool, typer.Option("--fail-on-breach", help="Exit 4 when a limit fails after.")] = False,
) -> Outcome:
    """Every metric before and after a trade that is not made.

    Purchases repay what is owed first, sales come out of what is held first.

    \b
    zkrisk whatif main --trade ETH:-40 --trade BTC:0.5 --policy lender-a
    zkrisk whatif book.csv --trade ETH:-2 --price ETH:2500 --fee 5bps --sheet synthetic:7
    """
    session: Session = context.obj
    if not trade:
        raise UsageError("missing option '--trade'", hint="--trade ETH:-40")
    trades = parse_trades(trade, price or [], fee)
    chosen_policy = find_policy(session, policy)
    chosen_sheet = find_sheet(session, sheet, None)
    name = default_book(session, book)
    chosen_book, _ = find_book(session, name, chosen_sheet.universe)
    found = what_if(chosen_book, trades, chosen_sheet, chosen_policy, parse_levels(confidence, chosen_policy))
    after = found.difference.after.verdict
    failed = after is not None and not after.holds
    return Outcome(
        "whatif",
        {"book": chosen_book.name, "private": True, **found.to_dict()},
        what_if_lines(chosen_book.name, found),
        warnings=synthetic_warnings(chosen_sheet) if session.flags.json else (),
        exit_code=PolicyNotMet.exit_code if failed and fail_on_breach else 0,
        private=True,
    )
