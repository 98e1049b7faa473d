"""Published cases: read, computed by a named function of ours where their inputs are at hand, compared, listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tests.conformance.rules import RULES, Figure
from zkrisk.analytics import decimal_text

CASES: Final = "reference_cases.json"
PLACES: Final = 12


class Verdict(StrEnum):
    """What became of a figure or a case. UNCOVERED: the inputs are there, and nothing of ours computes it."""

    MATCH = "match"
    MISMATCH = "MISMATCH"
    UNCOVERED = "UNCOVERED"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Line:
    """One figure of a case.

    Attributes:
        expected, ours: As text, for the reader.
        tolerance: Absolute; the case's own unless the figure brings a wider, one-sided one and says why.
        by: Which function of ours computed it.
    """

    case: str
    figure: str
    expected: str
    ours: str
    tolerance: str
    by: str
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """All lines, and every case by its verdict."""

    lines: tuple[Line, ...]
    cases: Mapping[str, Verdict]
    reasons: Mapping[str, str]

    def count(self, verdict: Verdict) -> int:
        """How many cases ended so."""
        return sum(found is verdict for found in self.cases.values())

    @property
    def holds(self) -> bool:
        """Whether nothing disagrees and nothing was left out that could be computed."""
        return not self.count(Verdict.MISMATCH) and not self.count(Verdict.UNCOVERED)


def load_cases(folder: Path) -> list[dict[str, Any]]:
    """Cases with their decimals as exact fractions."""
    return json.loads((folder / CASES).read_text(encoding="utf-8"), parse_float=Fraction)


def missing_input(case: Mapping[str, Any], folder: Path) -> str | None:
    """The data file of a case that is not there."""
    inputs = case["inputs"]
    named = [inputs[key] for key in ("data", "file") if key in inputs]
    return next((name for name in named if not (folder / name).is_file()), None)


def _text(value: object) -> str:
    if not isinstance(value, (int, float, Fraction)) or isinstance(value, bool):
        return str(value)
    text = decimal_text(value, PLACES)
    return text.rstrip("0").rstrip(".")


def _agrees(expected: object, figure: Figure, tolerance: Fraction) -> bool:
    """Numbers within the tolerance, a figure's own slack above it; everything else by equality."""
    if isinstance(expected, (int, Fraction)) and isinstance(figure.ours, (int, float, Fraction)):
        excess = Fraction(figure.ours) - Fraction(expected)
        return -tolerance <= excess <= tolerance + figure.slack
    return figure.ours == expected


def _lines(case: Mapping[str, Any], figures: Sequence[Figure]) -> list[Line]:
    tolerance = Fraction(case["tolerance"])
    lines = []
    for figure in figures:
        expected = case["expected"][figure.name] if figure.expected is None else figure.expected
        agrees = _agrees(expected, figure, tolerance)
        allowed = _text(tolerance) if not figure.slack else f"-{_text(tolerance)}, +{_text(tolerance + figure.slack)}"
        lines.append(
            Line(
                case=case["id"],
                figure=figure.label,
                expected=_text(expected),
                ours=_text(figure.ours),
                tolerance=allowed,
                by=figure.by,
                verdict=Verdict.MATCH if agrees else Verdict.MISMATCH,
            )
        )
    return lines


def _is_complete(case: Mapping[str, Any], figures: Sequence[Figure]) -> bool:
    """Whether every expected figure has one of ours."""
    return set(case["expected"]) == {figure.name for figure in figures}


def compare(folder: Path) -> Comparison:
    """Compare every case of the folder.

    A case is skipped, by name, when a data file that it needs is not in the folder. A case whose inputs are there and
    that no rule computes, wholly, is UNCOVERED, and that is a failure.
    """
    lines: list[Line] = []
    cases: dict[str, Verdict] = {}
    reasons: dict[str, str] = {}
    for case in load_cases(folder):
        name, absent = case["id"], missing_input(case, folder)
        rule = RULES.get(name)
        if absent is not None:
            cases[name], reasons[name] = Verdict.SKIPPED, f"its inputs are in {absent}, which is not there"
            continue
        figures = rule(case, folder) if rule else []
        if not rule or not _is_complete(case, figures):
            cases[name], reasons[name] = (
                Verdict.UNCOVERED,
                "its inputs are there, and nothing of ours computes all of it",
            )
            continue
        made = _lines(case, figures)
        lines += made
        cases[name] = Verdict.MATCH if all(line.verdict is Verdict.MATCH for line in made) else Verdict.MISMATCH
    return Comparison(tuple(lines), cases, reasons)
