"""Building sheets: observed closes, validation with a report, scenario sets, an origin that lets it be built again."""

from zkrisk.sheet.build.builder import Built, ScenarioRequest, build_sheet, report_document, transformed
from zkrisk.sheet.build.checks import Thresholds
from zkrisk.sheet.build.crises import CRISES, Crisis, find_crisis
from zkrisk.sheet.build.daily import daily_sheets
from zkrisk.sheet.build.findings import ALLOWABLE, Finding, FindingKind, Report, Severity
from zkrisk.sheet.build.inspect import RULES, Inspected, inspect_prices
from zkrisk.sheet.build.observations import (
    Observation,
    Observed,
    parse_instrument,
    parse_table,
    read_instrument_file,
    read_wide_file,
    wide_csv,
)
from zkrisk.sheet.build.options import BuildOptions, Split, Stamp
from zkrisk.sheet.build.scenario_files import parse_scenarios, read_scenario_file
from zkrisk.sheet.build.scenario_sets import ScenarioSet, window_set

__all__ = [
    "ALLOWABLE",
    "CRISES",
    "RULES",
    "BuildOptions",
    "Built",
    "Crisis",
    "Finding",
    "FindingKind",
    "Inspected",
    "Observation",
    "Observed",
    "Report",
    "ScenarioRequest",
    "ScenarioSet",
    "Severity",
    "Split",
    "Stamp",
    "Thresholds",
    "build_sheet",
    "daily_sheets",
    "find_crisis",
    "inspect_prices",
    "parse_instrument",
    "parse_scenarios",
    "parse_table",
    "read_instrument_file",
    "read_scenario_file",
    "read_wide_file",
    "report_document",
    "transformed",
    "wide_csv",
    "window_set",
]
