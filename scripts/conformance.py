#!/usr/bin/env python3
"""Our figures beside published ones and beside another library's. What `make conformance` prints.

Every case of ../shared/reference_cases.json whose inputs are at hand is computed by the function that is named, and
compared within the case's tolerance; the others are listed with the reason. Then value at risk and expected shortfall
of random series are compared with skfolio's, which `scripts/setup_conformance.py` installs apart.
Exit code 1 on a mismatch, or on a case that could be computed and is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.conformance.published import CASES, Comparison, Verdict, compare  # noqa: E402
from tests.conformance.tails import LEAST, TailComparison, compare_tails, is_installed  # noqa: E402

SHARED: Final = ROOT.parent / "shared"
SERIES: Final = 2_000
PIPED_WIDTH: Final = 190
STYLES: Final = {Verdict.MATCH: "green", Verdict.MISMATCH: "red", Verdict.UNCOVERED: "red", Verdict.SKIPPED: "yellow"}


def published(folder: Path) -> Comparison | None:
    """The comparison with published cases; None when the folder is not there."""
    return compare(folder) if (folder / CASES).is_file() else None


def show_published(found: Comparison, console: Console) -> None:
    """Print the table, the cases that were left out, and the count."""
    table = Table(box=box.SIMPLE, title="Published cases", title_justify="left", pad_edge=False)
    for column in ("case", "figure", "expected", "ours", "tolerance", "verdict", "by"):
        table.add_column(column, overflow="fold", justify="right" if column in ("expected", "ours") else "left")
    for line in found.lines:
        style = STYLES[line.verdict]
        verdict = f"[{style}]{line.verdict}[/{style}]"
        table.add_row(line.case, line.figure, line.expected, line.ours, line.tolerance, verdict, line.by)
    console.print(table)
    for name, reason in found.reasons.items():
        verdict = found.cases[name]
        console.print(f"[{STYLES[verdict]}]{verdict}[/{STYLES[verdict]}] {name}: {reason}")
    counts = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in Verdict)
    console.print(f"\n{len(found.cases)} cases, {len(found.lines)} figures: {counts}\n")


def show_tails(found: TailComparison, console: Console) -> None:
    """Print what was compared with the other library, and how the definitions relate."""
    shapes = ", ".join(f"{count} {shape}" for shape, count in found.shapes.items())
    equal = found.series - len(found.var_differences)
    near = found.series - len(found.shortfall_differences)
    for text in (
        f"skfolio {found.version}: {found.series} random series; {found.whole_tails} with a whole (1-c)S; {shapes}",
        "  value at risk: the same order statistic, the (floor((1-c)S)+1)-th largest loss; it must be equal",
        f"    {equal} equal, {found.series - equal} different",
        "  expected shortfall: the same mean of the worst 1-c of the mass; theirs in doubles, ours exact",
        f"    {near} within the rounding of doubles, {found.series - near} not",
        f"    largest difference {found.worst_relative:.1e} of the largest loss of its series, "
        f"{found.worst_of_allowance:.0%} of the allowance 2^-52 (S + 2/(1-c))",
    ):
        console.print(text)


def document(cases: Comparison | None, tails: TailComparison | None) -> dict[str, Any]:
    """JSON form of both parts; None is a part that was skipped."""
    return {
        "published": None
        if cases is None
        else {
            "lines": [asdict(line) for line in cases.lines],
            "cases": dict(cases.cases),
            "reasons": dict(cases.reasons),
            "holds": cases.holds,
        },
        "tails": None if tails is None else {**asdict(tails), "holds": tails.holds},
    }


def show(cases: Comparison | None, tails: TailComparison | None, wanted: tuple[str, ...], folder: Path) -> None:
    """Print the wanted parts, and why one of them is missing."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
    if cases is not None:
        show_published(cases, console)
    elif "published" in wanted:
        console.print(f"skipped: published cases; {CASES} is not in {folder}", soft_wrap=True)
    if tails is not None:
        show_tails(tails, console)
    elif "tails" in wanted:
        console.print("skipped: skfolio is not installed; `python3 scripts/setup_conformance.py` installs it")


def main() -> int:
    """Compare, print, and return 1 when something disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the published cases and their data")
    parser.add_argument("--series", type=int, default=SERIES, help=f"random series, at least {LEAST}")
    parser.add_argument("--seed", type=int, default=7, help="of the random series")
    parser.add_argument("--only", choices=("published", "tails"), help="this part alone")
    given = parser.parse_args()
    if given.series < LEAST:
        parser.error(f"fewer than {LEAST} series show too little")
    wanted = (given.only,) if given.only else ("published", "tails")
    cases = published(given.shared) if "published" in wanted else None
    tails = compare_tails(given.series, given.seed) if "tails" in wanted and is_installed() else None
    if given.json:
        print(json.dumps(document(cases, tails), indent=2, sort_keys=True))
    else:
        show(cases, tails, wanted, given.shared)
    return int(any(part is not None and not part.holds for part in (cases, tails)))


if __name__ == "__main__":
    sys.exit(main())
