"""`zkrisk sheet build` and `zkrisk sheet scenarios list|show`; `register(app)` adds them to the noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from zkrisk.book.files import canonical_bytes
from zkrisk.cli.bundle_files import size_text, write_file
from zkrisk.cli.figures import time_text
from zkrisk.cli.inputs import find_sheet, synthetic_warnings
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.price_request import STDIN, PriceRequest
from zkrisk.cli.render_sheet import mean_correlation_bps, report_lines, scenario_lines, sheet_facts, volatility_e6
from zkrisk.cli.render_text import labelled
from zkrisk.cli.session import Session
from zkrisk.cli.sheet_request import (
    is_scenario_file,
    parse_pairs,
    parse_rules,
    parse_scenario_request,
)
from zkrisk.errors import InputError, ZkRiskError
from zkrisk.sheet import load_universe
from zkrisk.sheet.build import (
    CRISES,
    Built,
    Report,
    build_sheet,
    find_crisis,
    read_scenario_file,
    report_document,
    transformed,
    wide_csv,
    window_set,
)

Texts = Annotated[list[str] | None, typer.Option(hidden=True)]
_PLAIN_SETS: Final = (
    ("rolling", "window", "the newest daily returns of the prices; the default"),
    ("correlation-0.9", "window", "those, every pair's correlation made 0.9; any number below 1"),
    ("spread-x10", "window", "those, perpetuals and stablecoins ten times as far from their base"),
)


def register(app: typer.Typer) -> None:
    """Add the verbs to the noun's application."""
    app.command(name="build")(build)
    scenarios = typer.Typer(
        rich_markup_mode=None, add_completion=False, help="Sets of returns for sheets.", no_args_is_help=True
    )
    scenarios.command(name="list")(list_scenarios)
    scenarios.command(name="show")(show_scenarios)
    app.add_typer(scenarios, name="scenarios")


def build(
    context: typer.Context,
    *,
    prices: Annotated[
        list[str] | None, typer.Option(metavar="[SYMBOL=]FILE", help="CSV: date and a column each, or date,value.")
    ] = None,
    ccxt: Annotated[str | None, typer.Option(metavar="EXCHANGE", help="Download daily candles through ccxt.")] = None,
    market: Annotated[list[str] | None, typer.Option(metavar="SYMBOL=M", help="ETH=ETH/USD, for --ccxt.")] = None,
    feeds: Annotated[bool, typer.Option("--feeds", help="Read the feeds of a deployment.")] = False,
    rpc: Annotated[str | None, typer.Option(hidden=True)] = None,
    universe: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default of the profile.")] = None,
    last_day: Annotated[str | None, typer.Option(metavar="DAY", help="Newest close; default all have it.")] = None,
    stamp: Annotated[str, typer.Option(metavar="close|open", help="What a row's date means.")] = "close",
    proxy: Annotated[list[str] | None, typer.Option(metavar="A=B", help="B's closes stand in; USDC=USD.")] = None,
    fill: Annotated[str | None, typer.Option(metavar="previous", help="Repeat the close before a gap.")] = None,
    split: Texts = None,
    shift: Texts = None,
    allow: Texts = None,
    scenarios: Annotated[str, typer.Option(metavar="NAME|FILE", help="The window.")] = "rolling",
    stress: Annotated[list[str] | None, typer.Option(metavar="NAME|FILE", help="More stress rows.")] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Default UNIVERSE-DAY.json.")] = None,
    report: Annotated[str | None, typer.Option(metavar="FILE", help="Write the report, refused or not.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only validate.")] = False,
    deployment: Annotated[str | None, typer.Option(hidden=True)] = None,
    ccxt_config: Annotated[str | None, typer.Option(hidden=True)] = None,
    keep_prices: Annotated[str | None, typer.Option(hidden=True)] = None,
    date_column: Annotated[str, typer.Option(hidden=True)] = "date",
    value_column: Annotated[str, typer.Option(hidden=True)] = "value",
    ignore: Texts = None,
    max_fill: Annotated[int, typer.Option(hidden=True)] = 3,
    threshold: Texts = None,
    stress_proxy: Texts = None,
    replace_stresses: Annotated[bool, typer.Option("--replace-stresses", hidden=True)] = False,
    lead: Annotated[str | None, typer.Option(hidden=True)] = None,
    spread: Texts = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", hidden=True)] = False,
    epoch: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> Outcome:
    """Make a sheet from daily closes; look at them first, and say what was found.

    \b
    zkrisk sheet build --prices closes.csv --universe micro-8
    zkrisk sheet build --prices BTC=b.csv --prices ETH=e.csv --proxy USDC=USD
    zkrisk sheet build --ccxt kraken --market ETH=ETH/USD --market BTC=BTC/USD
    """
    return _Build(context.obj, _typed(context)).run()


def _typed(context: typer.Context) -> dict[str, Any]:
    """The flags by name, as the parser has them; those that may be repeated are lists."""
    repeated = {parameter.name for parameter in context.command.params if parameter.multiple}  # type: ignore[attr-defined]
    return {name: list(value or ()) if name in repeated else value for name, value in context.params.items()}


@dataclass
class _Build:
    """One run of `sheet build`."""

    session: Session
    typed: Mapping[str, Any]
    reports: dict[str, Report] = field(default_factory=dict)

    def run(self) -> Outcome:
        """Read, look, build, write; a refused build shows its report too."""
        report = self.typed["report"]
        if report and Path(report).exists():
            self.session.confirm(f"{Path(report).name} exists; replace it?")
        try:
            built = self._built()
        except ZkRiskError:
            self._keep_report()
            if not self.session.flags.json:
                self.session.screen.say(self._report_lines())
            raise
        self._keep_report()
        return self._outcome(built)

    def _built(self) -> Built:
        typed, session = self.typed, self.session
        prices = self._prices()
        prices.check()
        options = parse_rules(typed)
        chain = prices.chain(session)
        universe = chain.universe if chain else load_universe(typed["universe"] or session.config.settings.universe)
        request = parse_scenario_request(typed, universe)
        now_unix = chain.block_time() if chain else session.now_unix()
        with session.progress.phase("prices") as said:
            observed = prices.read(universe, options, request, chain=chain, now_unix=now_unix)
            said.append(f"{sum(len(rows.entries) for rows in observed.values())} rows of {len(observed)} instruments")
        if typed["keep_prices"]:
            write_file(session, typed["keep_prices"], wide_csv(observed).encode())
        if chain is not None and chain.file.synthetic:
            options = replace(options, synthetic=True)
        return build_sheet(
            universe,
            observed,
            options,
            request,
            now_unix=now_unix,
            epoch=typed["epoch"],
            reports=self.reports,
        )

    def _prices(self) -> PriceRequest:
        typed = self.typed
        return PriceRequest(
            files=typed["prices"],
            exchange=typed["ccxt"],
            markets=typed["market"],
            exchange_config=typed["ccxt_config"],
            feeds=typed["feeds"],
            rpc=typed["rpc"],
            deployment=typed["deployment"],
            date_column=typed["date_column"],
            value_column=typed["value_column"],
            ignored=typed["ignore"],
        )

    def _keep_report(self) -> None:
        if self.typed["report"] and self.reports:
            content = canonical_bytes(report_document(self.reports)) + b"\n"
            write_file(self.session, self.typed["report"], content, may_replace=True)

    def _report_lines(self) -> list[Line]:
        return [line for name, report in self.reports.items() for line in report_lines(name, report)]

    def _outcome(self, built: Built) -> Outcome:
        sheet, origin = built.sheet, built.sheet.origin
        result: dict[str, Any] = {
            "path": None,
            **sheet_facts(sheet),
            "origin": origin.to_dict() if origin else None,
            "reports": {name: report.to_dict() for name, report in built.reports.items()},
        }
        lines = self._report_lines()
        shown = f"prices of {time_text(sheet.as_of_unix)}, window {built.window.name}"
        if self.typed["dry_run"]:
            lines.append(f"nothing written; {shown}")
            return Outcome("sheet-build", result, lines, warnings=synthetic_warnings(sheet))
        if self.typed["out"] == STDIN:
            return Outcome("sheet-build", sheet.to_dict(), raw=True, warnings=synthetic_warnings(sheet))
        name = self.typed["out"] or f"{sheet.universe.id}-{built.reports['prices'].last_day}.json"
        content = canonical_bytes(sheet.to_dict()) + b"\n"
        result["path"] = write_file(self.session, name, content)
        lines.append(f"wrote {result['path']}   {size_text(len(content))}, {shown}")
        warnings = synthetic_warnings(sheet)
        return Outcome("sheet-build", result, lines, warnings=warnings, next=f"zkrisk risk BOOK --sheet {name}")


def list_scenarios(context: typer.Context) -> Outcome:
    """Names that `sheet build` takes for --scenarios and --stress."""
    rows = [{"name": name, "use": use, "what": what} for name, use, what in _PLAIN_SETS]
    for crisis in CRISES:
        ids = ", ".join(crisis.row_id(horizon) for horizon in crisis.horizons)
        what = f"{crisis.name}, worst moves of {crisis.first_day} to {crisis.last_day}: {ids}"
        rows.append({"name": crisis.id, "use": "both", "what": what})
    rows.append({"name": "worst:FIRST:LAST:DAYS", "use": "stress", "what": "the worst move in any days; or :peak"})
    lines = [text for row in rows for text in labelled(f"{row['name']:<22}{row['use']}", row["what"], width=31)]
    return Outcome("sheet-scenarios-list", {"scenarios": rows}, lines)


def show_scenarios(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="rolling, correlation-R, spread-xF, a file.")],
    *,
    sheet: Annotated[str | None, typer.Option(metavar="SHEET", help="FILE, latest, or synthetic:SEED.")] = None,
    universe: Annotated[str | None, typer.Option(metavar="NAME", help="NAME or FILE; default of the profile.")] = None,
    spread: Annotated[list[str] | None, typer.Option(metavar="A=B", help="More pairs of spread-xF.")] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Write the set as JSON.")] = None,
) -> Outcome:
    """What a set does: of a file, or made from the window of a sheet.

    \b
    zkrisk sheet scenarios show mine.csv --universe micro-8
    zkrisk sheet scenarios show correlation-0.9 --sheet micro.json -o correlated.json
    """
    session: Session = context.obj
    if is_scenario_file(name):
        found = read_scenario_file(Path(name), load_universe(universe or session.config.settings.universe))
    elif find_crisis(name) is not None:
        raise InputError("a crisis is found in prices", hint=f"zkrisk sheet build --stress {name} --prices FILE")
    else:
        base = find_sheet(session, sheet, universe)
        pairs = parse_pairs("--spread", spread or [], "WSTETH=ETH")
        found = transformed(window_set(base), name, base.universe, pairs)
    lines: list[Line] = list(scenario_lines(found))
    if out is not None:
        written = write_file(session, out, canonical_bytes(found.to_dict()) + b"\n")
        lines.append(f"wrote {written}")
    columns = list(zip(*found.returns, strict=True))
    result = {
        "name": found.name,
        "source": found.source,
        "hypothetical": found.hypothetical,
        "sha256": found.sha256,
        "rows": len(found.returns),
        "mean_correlation_bps": mean_correlation_bps(found),
        "instruments": [
            {"symbol": symbol, "volatility_e6": volatility_e6(column), "worst_e6": min(column), "best_e6": max(column)}
            for symbol, column in zip(found.symbols, columns, strict=True)
        ],
    }
    return Outcome("sheet-scenarios-show", result, lines)
