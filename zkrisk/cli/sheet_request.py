"""What `sheet build` is asked for: flags become options and scenarios of the library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from zkrisk.errors import UsageError
from zkrisk.sheet import Universe
from zkrisk.sheet.build import (
    BuildOptions,
    FindingKind,
    ScenarioRequest,
    ScenarioSet,
    Split,
    Stamp,
    Thresholds,
    read_scenario_file,
)

__all__ = ["is_scenario_file", "parse_pairs", "parse_rules", "parse_scenario_request"]

_SPLIT: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,15}):(\d{4}-\d{2}-\d{2}):(\d{1,7})(?::(\d{1,7}))?", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d{1,9}", re.ASCII)


def parse_pairs(option: str, pairs: list[str], example: str) -> dict[str, str]:
    """Read ``LEFT=RIGHT`` pairs.

    Raises:
        UsageError: No ``=``, or a left side twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals or not left or not right or left in found:
            raise UsageError(f"option '{option}' is written {example}, each name once", hint=f"{option} {example}")
        found[left] = right
    return found


def _integers(option: str, pairs: list[str], example: str) -> dict[str, int]:
    found = parse_pairs(option, pairs, example)
    if not all(_INTEGER.fullmatch(text) for text in found.values()):
        raise UsageError(f"option '{option}' is written {example}", hint=f"{option} {example}")
    return {name: int(text) for name, text in found.items()}


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError("option '--last-day' is a day, YYYY-MM-DD", hint="--last-day 2026-11-20") from None


def _split(text: str) -> Split:
    match = _SPLIT.fullmatch(text)
    if match is None:
        raise UsageError("option '--split' is written SYMBOL:DAY:NEW:OLD", hint="--split ABC:2026-11-02:10:1")
    return Split(match[1], _day(match[2]), int(match[3]), int(match[4] or 1))


def _kinds(names: list[str]) -> frozenset[FindingKind]:
    try:
        return frozenset(FindingKind(name.upper()) for name in names)
    except ValueError:
        known = ", ".join(kind.value for kind in FindingKind)
        raise UsageError(f"option '--allow' is one of {known}") from None


def _thresholds(pairs: list[str]) -> Thresholds:
    found, known = _integers("--threshold", pairs, "sigmas=12"), {entry.name for entry in fields(Thresholds)}
    if found.keys() - known:
        raise UsageError(f"option '--threshold' is of {', '.join(sorted(known))}", hint="--threshold sigmas=12")
    return Thresholds(**found)


def parse_rules(typed: Mapping[str, Any]) -> BuildOptions:
    """Read the flags that say how prices are read and judged.

    Raises:
        UsageError: A flag is not written as it should be.
        InputError: It is, and out of range.
    """
    if typed["stamp"] not in tuple(Stamp):
        raise UsageError("option '--stamp' is close or open")
    if typed["fill"] not in (None, "previous"):
        raise UsageError("option '--fill' is previous")
    return BuildOptions(
        last_day=_day(typed["last_day"]) if typed["last_day"] else None,
        stamp=Stamp(typed["stamp"]),
        fill_previous=typed["fill"] is not None,
        max_fill_days=typed["max_fill"],
        allow=_kinds(typed["allow"]),
        splits=tuple(_split(text) for text in typed["split"]),
        shifts=_integers("--shift", typed["shift"], "SOL=-1"),
        proxies=parse_pairs("--proxy", typed["proxy"], "USDC=USD"),
        stress_proxies=parse_pairs("--stress-proxy", typed["stress_proxy"], "SOL=ETH"),
        synthetic=typed["synthetic"],
        thresholds=_thresholds(typed["threshold"]),
    )


def is_scenario_file(text: str) -> bool:
    """Whether a scenario argument names a file and not a set."""
    return "/" in text or Path(text).suffix.lower() in (".csv", ".json")


def _scenarios(text: str, universe: Universe) -> str | ScenarioSet:
    return read_scenario_file(Path(text), universe) if is_scenario_file(text) else text


def parse_scenario_request(typed: Mapping[str, Any], universe: Universe) -> ScenarioRequest:
    """Read the flags that say which scenarios a sheet has; files are read.

    Raises:
        UsageError: A flag is not written as it should be.
        InputError: A file is malformed.
    """
    return ScenarioRequest(
        window=_scenarios(typed["scenarios"], universe),
        stresses=tuple(_scenarios(text, universe) for text in typed["stress"]),
        replace_stresses=typed["replace_stresses"],
        lead=typed["lead"],
        spreads=parse_pairs("--spread", typed["spread"], "WSTETH=ETH"),
    )
