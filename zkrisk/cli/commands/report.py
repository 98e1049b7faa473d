"""``zkrisk report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zkrisk.cli.bundle_files import SUFFIX, read_bundle, size_text
from zkrisk.cli.commands.verify import verification_arguments, verification_time, verify_file
from zkrisk.cli.inputs import default_book, find_book, find_policy, find_sheet, parse_levels
from zkrisk.cli.output import Outcome
from zkrisk.cli.report_request import known_attestations, read_history, recorded_attestations, write_page
from zkrisk.cli.session import Session
from zkrisk.cli.trades import parse_trades
from zkrisk.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)
READERS = ("me", "lender")
OWNER_ONLY = ("policy", "history", "trade", "price", "fee", "confidence")
LENDER_ONLY = ("rpc", "offline", "expect_policy", "expect_account", "at", "deployment")


@app.command(name="report")
def write_report(
    context: typer.Context,
    *,
    subject: Annotated[str | None, typer.Argument(metavar="BOOK|BUNDLE", help="A book; a bundle for a lender.")] = None,
    reader: Annotated[str, typer.Option("--for", metavar="me|lender", help="Who reads it.")] = "me",
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Default NAME-risk.html.")] = None,
    pdf: Annotated[str | None, typer.Option(metavar="FILE", help="Print it too.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default the profile's.")] = None,
    history: Annotated[str | None, typer.Option(metavar="FILE", help="Closes for a backtest out of sample.")] = None,
    trade: Annotated[list[str] | None, typer.Option(metavar="SYMBOL:UNITS", help="As of whatif.")] = None,
    price: Annotated[list[str] | None, typer.Option(metavar="SYMBOL:USD", hidden=True)] = None,
    fee: Annotated[str | None, typer.Option(metavar="FEE", hidden=True)] = None,
    confidence: Annotated[list[str] | None, typer.Option(metavar="LEVEL", help="Such as 99; repeatable.")] = None,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Lender: as of verify.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Lender: do not ask a chain.")] = False,
    expect_policy: Annotated[str | None, typer.Option(metavar="ID", help="Lender: as of verify.")] = None,
    expect_account: Annotated[str | None, typer.Option(metavar="ADDR", hidden=True)] = None,
    expect_assurance: Annotated[str, typer.Option(metavar="LEVEL", help="Lender: lowest level.")] = "VENUE_SIGNED",
    at: Annotated[str | None, typer.Option(metavar="TIME|BLOCK", hidden=True)] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", hidden=True)] = None,
) -> Outcome:
    """One page of HTML that needs nothing else.

    \b
    zkrisk report main --policy lender-a --trade ETH:-40 -o risk.html
    zkrisk report trader.zkrisk.json --for lender --rpc URL -o lender.html
    """
    session: Session = context.obj
    if reader not in READERS:
        raise UsageError(f"option '--for' is one of {', '.join(READERS)}")
    _check_flags(context, reader)
    if reader == "me":
        trades = parse_trades(trade or [], price or [], fee)
        name = default_book(session, subject)
        found = _owner(session, name, (sheet, policy, history, confidence), trades)
        return _written(session, found, out or f"{found['book']}-risk.html", out, pdf)
    if subject is None:
        raise UsageError("missing argument 'BUNDLE'", hint="zkrisk report trader.zkrisk.json --for lender")
    expect = (expect_policy, expect_account, expect_assurance)
    flags = {"rpc": rpc, "offline": offline, "at": at, "expect": expect, "deployment": deployment, "sheet": sheet}
    stem = Path(subject).name.removesuffix(SUFFIX).removesuffix(".json")
    return _written(session, _lender(session, subject, flags), out or f"{stem}-lender.html", out, pdf)


def _check_flags(context: typer.Context, reader: str) -> None:
    """A flag of the other reader's is a mistake: it would change nothing.

    Raises:
        UsageError: Names it.
    """
    for name in LENDER_ONLY if reader == "me" else OWNER_ONLY:
        if context.params.get(name):
            raise UsageError(f"option '--{name.replace('_', '-')}' is not for --for {reader}")


def _owner(session: Session, name: str, flags: tuple[Any, ...], trades: list[Any]) -> dict[str, Any]:
    from zkrisk.report.owner import OwnerInputs, owner_document  # noqa: PLC0415  (--help does without)

    sheet, policy, history, confidence = flags
    chosen_policy, chosen_sheet = find_policy(session, policy), find_sheet(session, sheet, None)
    book, _ = find_book(session, name, chosen_sheet.universe)
    inputs = OwnerInputs(
        book=book,
        sheet=chosen_sheet,
        policy=chosen_policy,
        confidences=parse_levels(confidence, chosen_policy),
        history=read_history(history, book, chosen_sheet),
        trades=trades,
        attestations=known_attestations(session, name),
    )
    return owner_document(inputs)


def _lender(session: Session, text: str, flags: dict[str, Any]) -> dict[str, Any]:
    from zkrisk.report.lender import lender_document  # noqa: PLC0415  (--help does without)

    arguments = verification_arguments(session, [text], verifier="native", **flags)
    bundle = read_bundle(text)
    found, chain = verify_file(text, bundle, arguments), arguments["chain"]
    recorded = None if chain is None else recorded_attestations(chain, found)
    return lender_document(found, bundle, verification_time(session, arguments), recorded)


def _written(session: Session, document: dict[str, Any], default: str, out: str | None, pdf: str | None) -> Outcome:
    """Write what was asked for: with ``--json`` only files that were named."""
    kind, lines = document["kind"], []
    targets = [] if session.flags.json and out is None else [(default, False)]
    targets += [(pdf, True)] if pdf is not None else []
    if targets:
        from zkrisk.report.page import render_page  # noqa: PLC0415  (the JSON needs no page)
        from zkrisk.report.pdf import render_pdf  # noqa: PLC0415

        html = render_page(document)
        contents = [(path, render_pdf(html) if printed else html.encode()) for path, printed in targets]
        for path, content in contents:
            write_page(session, path, content, kind)
            lines.append(f"wrote {path}   {size_text(len(content))}   {_MARKS[kind]}")
    return Outcome(
        "report",
        document,
        lines,
        warnings=[("SYNTHETIC", "prices are generated")] if document["synthetic"] else (),
        private=kind == "OWNER",
    )


_MARKS = {"OWNER": "PRIVATE: yours alone", "LENDER": "only what was verified"}
