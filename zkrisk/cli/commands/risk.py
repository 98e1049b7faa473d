"""``zkrisk risk``."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

import typer

from zkrisk.book import quantise
from zkrisk.cli.inputs import (
    default_book,
    find_book,
    find_policy,
    find_sheet,
    is_book_file,
    parse_levels,
    synthetic_warnings,
)
from zkrisk.cli.output import Outcome
from zkrisk.cli.risk_screen import risk_lines
from zkrisk.cli.session import Session
from zkrisk.errors import NotFound, PolicyNotMet, UsageError
from zkrisk.metrics import RiskReport, risk

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="risk")
def show_risk(
    context: typer.Context,
    *,
    book: Annotated[str | None, typer.Argument(metavar="BOOK", help="A stored book, or a CSV or JSON file.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
    horizon: Annotated[str, typer.Option(metavar="TIME", help="Only 1d in this version.")] = "1d",
    confidence: Annotated[
        list[str] | None, typer.Option(metavar="LEVEL", help="In per cent, such as 99; repeatable.")
    ] = None,
    stress: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Show this stress too; repeatable.")] = None,
    positions: Annotated[bool, typer.Option("--positions", help="Show positions too.")] = False,
    fail_on_breach: Annotated[bool, typer.Option("--fail-on-breach", help="Exit 4 when a limit fails.")] = False,
) -> Outcome:
    """Metrics, use of each limit, distance to liquidation.

    \b
    zkrisk risk main --policy lender-a
    zkrisk risk book.csv --sheet synthetic:7 --confidence 99 --json
    """
    session: Session = context.obj
    if horizon != "1d":
        raise UsageError("option '--horizon' is 1d in this version")
    name = default_book(session, book)
    chosen_policy = find_policy(session, policy)
    chosen_sheet = find_sheet(session, sheet, None)
    chosen_book, universe = find_book(session, name, chosen_sheet.universe)
    levels = parse_levels(confidence, chosen_policy)
    report = risk(quantise(chosen_book, universe), chosen_sheet, chosen_policy, None, levels)
    _require_known(stress, report)
    shown: dict[str, Any] = {"columns": _columns(), "positions": positions, "stress_names": stress or []}
    failed = report.verdict is not None and not report.verdict.holds
    may_prove = not failed and not is_book_file(name)
    return Outcome(
        "risk",
        {"book": chosen_book.name, **report.to_dict(positions=positions)},
        risk_lines(chosen_book.name, report, chosen_policy, **shown),
        warnings=synthetic_warnings(chosen_sheet) if session.flags.json else (),
        next=f"zkrisk prove {name} --policy {chosen_policy.name}" if chosen_policy and may_prove else None,
        exit_code=PolicyNotMet.exit_code if failed and fail_on_breach else 0,
        private=True,
    )


def _columns() -> int:
    return shutil.get_terminal_size().columns


def _require_known(stress: list[str] | None, report: RiskReport) -> None:
    unknown = set(stress or []) - {line.stress_id for line in report.stresses}
    if unknown:
        raise NotFound(f"no stress '{min(unknown)}' in this sheet", hint="zkrisk sheet show")
