"""From observed prices to a sheet: validation, the scenario sets, and an origin that lets it be built again.

The same prices, options and scenario sets give the same sheet, byte for byte: the clock only says which days are over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from zkrisk.book.files import canonical_sha256
from zkrisk.errors import InputError, NotFound
from zkrisk.fixedpoint import div_down, parse_decimal
from zkrisk.sheet.build.crises import crisis_set, default_lead, find_crisis
from zkrisk.sheet.build.findings import Report
from zkrisk.sheet.build.hypothetical import spread_pairs, with_correlation, with_spreads
from zkrisk.sheet.build.inspect import RULES, Inspected, inspect_prices
from zkrisk.sheet.build.observations import Observed
from zkrisk.sheet.build.options import BuildOptions
from zkrisk.sheet.build.scenario_sets import ScenarioSet, rolling_set
from zkrisk.sheet.origin import Origin, Source
from zkrisk.sheet.parameters import Parameters
from zkrisk.sheet.prices import History, calendar_days
from zkrisk.sheet.sheet import Sheet, day_end_unix, prices_of_closes
from zkrisk.sheet.universe import Universe

__all__ = ["Built", "ScenarioRequest", "build_sheet", "report_document", "transformed"]

_DAY_S: Final = 86_400
_CORRELATION: Final = "correlation-"
_SPREAD: Final = "spread-x"


@dataclass(frozen=True)
class ScenarioRequest:
    """Which scenarios a sheet has.

    Attributes:
        window: ``rolling``, ``correlation-R``, ``spread-xF``, a crisis (the window that ends on its last day), or a set
            of S rows.
        stresses: Crises, ids of their rows, ``worst:FIRST:LAST:DAYS|peak``, or sets of rows.
        replace_stresses: Leave out the universe's own stress rows.
        lead: Whose worst move names the days of a crisis; default `default_lead`.
        spreads: Pairs beside those of `spread_pairs`.
    """

    window: str | ScenarioSet = "rolling"
    stresses: Sequence[str | ScenarioSet] = ()
    replace_stresses: bool = False
    lead: str | None = None
    spreads: Mapping[str, str] = field(default_factory=dict)

    def words(self) -> Iterator[str]:
        """As flags of the command line."""
        yield f"--scenarios {self.window if isinstance(self.window, str) else self.window.name}"
        yield from (f"--stress {s if isinstance(s, str) else s.name}" for s in self.stresses)
        yield from (f"--spread {symbol}={base}" for symbol, base in self.spreads.items())
        if self.replace_stresses:
            yield "--replace-stresses"
        if self.lead is not None:
            yield f"--lead {self.lead}"


@dataclass(frozen=True)
class Built:
    """A sheet and how it came about.

    Attributes:
        reports: Of the prices, and of each crisis whose days were looked at, by name.
        window: The set behind the window.
        stresses: The sets behind added stress rows.
    """

    sheet: Sheet
    reports: Mapping[str, Report]
    window: ScenarioSet
    stresses: tuple[ScenarioSet, ...]

    @property
    def report_document(self) -> dict[str, Any]:
        """All reports as one document, whose hash stands in the sheet's origin."""
        return report_document(self.reports)


def report_document(reports: Mapping[str, Report]) -> dict[str, Any]:
    """JSON form of some reports."""
    return {
        "schema": "urn:zkrisk:sheet-reports/v1",
        "reports": {name: report.to_dict() for name, report in reports.items()},
    }


@dataclass
class _Work:
    """What the steps of one build share."""

    universe: Universe
    observed: Mapping[str, Observed]
    options: BuildOptions
    request: ScenarioRequest
    now_unix: int
    reports: dict[str, Report] = field(default_factory=dict)

    def inspected(self, name: str, options: BuildOptions, closes: int | None = None) -> Inspected:
        found = inspect_prices(self.universe, self.observed, options, now_unix=self.now_unix, closes=closes)
        self.reports[name] = found.report
        found.report.require()
        return found

    def check_names(self) -> None:
        """Every symbol of the request is in the universe, used or not: the origin repeats them."""
        wanted = self.request
        for symbol in (*wanted.spreads, *wanted.spreads.values(), *([] if wanted.lead is None else [wanted.lead])):
            self.universe.slot_of(symbol)

    def window(self, history: History) -> ScenarioSet:
        wanted = self.request.window
        if isinstance(wanted, ScenarioSet):
            return wanted
        crisis = find_crisis(wanted)
        if crisis is not None:
            options = replace(self._crisis_options(), last_day=crisis.last_day)
            past = self.inspected(f"{crisis.id} window", options).history()
            return rolling_set(self.universe, past, name=crisis.id)
        return transformed(rolling_set(self.universe, history), wanted, self.universe, self.request.spreads)

    def stress(self, wanted: str | ScenarioSet) -> ScenarioSet:
        if isinstance(wanted, ScenarioSet):
            return wanted
        crisis = find_crisis(wanted)
        if crisis is None:
            raise NotFound(f"there is no crisis '{wanted}'", hint="zkrisk sheet scenarios list")
        days = calendar_days(self.universe, crisis.first_day, crisis.last_day)
        options = replace(self._crisis_options(), last_day=crisis.last_day)
        history = self.inspected(crisis.id, options, len(days)).history()
        return crisis_set(self.universe, history, crisis, self.request.lead or default_lead(self.universe))

    def _crisis_options(self) -> BuildOptions:
        return replace(self.options, proxies={**self.options.proxies, **self.options.stress_proxies})


def transformed(
    base: ScenarioSet, name: str, universe: Universe, spreads: Mapping[str, str] | None = None
) -> ScenarioSet:
    """Apply ``rolling``, ``correlation-R`` or ``spread-xF`` to a set.

    Raises:
        NotFound: Another name.
        InputError: See `with_correlation` and `with_spreads`.
    """
    if name == "rolling":
        return base
    for prefix in (_CORRELATION, _SPREAD):
        if name.startswith(prefix):
            try:
                number: Decimal = parse_decimal(name.removeprefix(prefix))
            except ValueError:
                break
            if prefix == _CORRELATION:
                return with_correlation(base, number)
            return with_spreads(base, number, spread_pairs(universe, spreads))
    raise NotFound(f"there is no scenario set '{name}'", hint="zkrisk sheet scenarios list")


def build_sheet(
    universe: Universe,
    observed: Mapping[str, Observed],
    options: BuildOptions | None = None,
    request: ScenarioRequest | None = None,
    *,
    now_unix: int,
    epoch: int | None = None,
    window_ordinal: int | None = None,
    reports: dict[str, Report] | None = None,
) -> Built:
    """Build a sheet.

    Args:
        observed: Rows by symbol, see `zkrisk.sheet.build.observations`.
        now_unix: The clock.
        epoch: Default the unix day on which the last close ends: one sheet a day.
        window_ordinal: See `window_from_closes`.
        reports: Filled with every report, for a caller that shows them when the build is refused.

    Raises:
        PricesRefused: A report has an error.
        UnknownInstrument: An option names a symbol that the universe has not.
        NotFound: No scenario set of that name.
        EmptyScenarios, InputError: The scenarios do not fit the tier; see the parts.
    """
    chosen = options or BuildOptions()
    work = _Work(universe, observed, chosen, request or ScenarioRequest(), now_unix, {} if reports is None else reports)
    work.check_names()
    history = work.inspected("prices", chosen).history()
    window = work.window(history)
    stresses = tuple(work.stress(wanted) for wanted in work.request.stresses)
    as_of = day_end_unix(history.days[-1])
    sheet = Sheet(
        universe=universe,
        epoch=div_down(as_of, _DAY_S) if epoch is None else epoch,
        as_of_unix=as_of,
        prices=prices_of_closes(universe, history.closes[-1]),
        blocked=(0,) * universe.size,
        parameters=_parameters(universe, stresses, replace_own=work.request.replace_stresses),
        window=window.window(
            universe, ordinal=window_ordinal, observed=not chosen.synthetic, proxies=sorted(chosen.proxies)
        ),
        window_ordinal=universe.tier.scenarios if window_ordinal is None else window_ordinal,
        parameters_version=1,
        synthetic=chosen.synthetic or window.hypothetical,
        warnings=tuple(_warnings(work, window, stresses)),
        origin=_origin(work, history.days[-1], window, stresses),
    )
    return Built(sheet, work.reports, window, stresses)


def _parameters(universe: Universe, stresses: Sequence[ScenarioSet], *, replace_own: bool) -> Parameters:
    """The universe's rows, then the added ones; a row of the same id takes the place of the universe's."""
    own = Parameters.from_universe(universe)
    count = 0 if replace_own else len(universe.stresses)
    rows = {
        row_id: (name, row)
        for row_id, name, row in zip(own.stress_ids[:count], own.stress_names, own.stress_return, strict=False)
    }
    for stress in stresses:
        for row_id, name, row in zip(stress.ids, stress.names, stress.rows(universe), strict=True):
            rows[row_id] = (name, row)
    room = universe.tier.stresses
    if len(rows) > room:
        raise InputError(
            f"{len(rows)} stress rows are more than the {room} of tier {universe.tier.name}",
            hint="--replace-stresses leaves out those of the universe",
        )
    blank = [f"unused-{place}" for place in range(len(rows), room)]
    return replace(
        own,
        stress_return=(*(row for _, row in rows.values()), *((0,) * universe.size,) * len(blank)),
        stress_ids=(*rows, *blank),
        stress_names=(*(name for name, _ in rows.values()), *blank),
    )


def _warnings(work: _Work, window: ScenarioSet, stresses: Sequence[ScenarioSet]) -> Iterator[str]:
    if work.options.synthetic:
        yield "SYNTHETIC: the prices are generated, not observed"
    if window.hypothetical and not work.options.synthetic:
        yield f"HYPOTHETICAL: the window is {window.name}, which was not observed"
    elif window.name != "rolling":
        yield f"WINDOW: the window is {window.name}: {window.ids[0]} to {window.ids[-1]}"
    for name in (window, *stresses):
        if name.clamped:
            yield f"CLAMPED: {name.name}: {name.clamped} returns were cut to what a row can hold"
    if work.options.proxies:
        pairs = ", ".join(f"{symbol} ({other})" for symbol, other in sorted(work.options.proxies.items()))
        yield f"PROXY: closes of another instrument stand in for {pairs}"
    if work.options.stress_proxies:
        pairs = ", ".join(f"{symbol} ({other})" for symbol, other in sorted(work.options.stress_proxies.items()))
        yield f"PROXY: in crises, closes of another instrument stand in for {pairs}"
    for name, report in work.reports.items():
        where = "" if name == "prices" else f" (in {name})"
        yield from (finding.text + where for finding in report.warnings)


def _origin(work: _Work, last: date, window: ScenarioSet, stresses: Sequence[ScenarioSet]) -> Origin:
    used: dict[str, Source] = {}
    for rows in work.observed.values():
        used[f"{rows.source.name} {rows.source.sha256}"] = rows.source
    return Origin(
        rules=RULES,
        options=(*work.options.words(last), *sorted(work.request.words())),
        sources=tuple(used[key] for key in sorted(used)),
        window=window.row_source,
        stresses=tuple(stress.row_source for stress in stresses),
        report_sha256=canonical_sha256(report_document(work.reports)),
    )
