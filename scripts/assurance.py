#!/usr/bin/env python3
"""What the attacks on the project reached: measure, target, reached, command. What `make assurance` prints."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.campaigns.record import Measure, Record, inputs_hash, measures, read_record, write_record  # noqa: E402

PAGE: Final = ROOT / "docs" / "assurance.md"
SYSTEM: Final = ROOT / "contracts" / "test" / "invariant"
PUBLISHED: Final = ROOT / "docs" / "assurance"
_ROW: Final = re.compile(r"^\| (?P<id>[A-Z]+\d+) \|(?P<rest>.*)\|\s*$", re.MULTILINE)
_DEFINED: Final = re.compile(r"(?:def|function|fn) ((?:test|testFuzz|invariant|check)_([CKLPSTcklpst]\d+)_\w+)")
_SYSTEM_ROW: Final = re.compile(r"^\| (INV\d+) \| .* \| ([\w.]+) \|\s*$", re.MULTILINE)
_WAITS: Final = "waits for"
_COUNTED: Final = ("C", "K")
PIPED_WIDTH: Final = 160
STYLES: Final = {"ok": "green", "short": "red", "stale": "yellow", "not run": "yellow"}


def defined_tests() -> dict[str, list[str]]:
    """Return the tests of each ID, by the naming rule `test_ID_what_is_shown`, over Python, Solidity and Rust."""
    folders = ((ROOT / "tests", "*.py"), (ROOT / "contracts" / "test", "*.sol"), (ROOT / "prover", "*.rs"))
    found: dict[str, list[str]] = {}
    for folder, pattern in folders:
        for file in sorted(folder.rglob(pattern)):
            if "target" not in file.parts:
                for name, identifier in _DEFINED.findall(file.read_text()):
                    found.setdefault(identifier.upper(), []).append(f"{file.relative_to(ROOT)}::{name}")
    return found


def rows_of_page() -> dict[str, bool]:
    """Return, for each ID of the page, whether the row says that it waits for later work.

    Raises:
        ValueError: An ID has two rows.
    """
    found: dict[str, bool] = {}
    for match in _ROW.finditer(PAGE.read_text()):
        if match["id"] in found:
            raise ValueError(f"{match['id']}: two rows")
        found[match["id"]] = _WAITS in match["rest"]
    return found


def system_properties() -> dict[str, str]:
    """Return the properties of the stateful campaign, each with the file that asserts it."""
    return dict(_SYSTEM_ROW.findall((SYSTEM / "PROPERTIES.md").read_text()))


def disagreements() -> list[str]:
    """Return what page and tests say differently: rows without a test, waiting rows with one, tests without a row."""
    rows, tests = rows_of_page(), defined_tests()
    return [
        *(
            f"{row}: is not asserted in {file}"
            for row, file in sorted(system_properties().items())
            if f'"{row}' not in (SYSTEM / file).read_text()
        ),
        *(
            f"{row}: no test is named after it, nor does it say what it waits for"
            for row in sorted(rows)
            if not rows[row] and row not in tests
        ),
        *(f"{row}: has no row in the page, but a test: {tests[row][0]}" for row in sorted(tests) if row not in rows),
    ]


def properties() -> int:
    """Count the rows of the page that a test shows, and keep the figure; print each with its tests.

    Returns:
        Exit code: 1 when page and tests disagree.
    """
    wrong = disagreements()
    for line in wrong:
        print(line)
    if wrong:
        return 1
    rows, tests = rows_of_page(), defined_tests()
    for row in rows:
        print(f"{row:<6} " + ("; ".join(tests[row]) if row in tests else "waits for later work"))
    system = system_properties()
    for row, file in system.items():
        print(f"{row:<6} contracts/test/invariant/{file}")
    shown = [row for row in rows if row in tests]
    own = sum(row.startswith(_COUNTED) for row in shown)
    figure = own + len(system)
    count = sum(len(tests[row]) for row in shown)
    note = (
        f"{own} by name, {len(system)} of the stateful campaign; {len(shown) - own} more over keys, client, verifiers"
    )
    note += f"; {count} tests; {len(rows) - len(shown)} wait"
    print(f"{figure} named properties over circuits and contracts; {note}")
    write_record("named-properties", figure, 0.0, None, note)
    return 0


def newest(measure: Measure) -> tuple[Record | None, str]:
    """Return the record of a measure that counts, and where it is from.

    A run on this machine comes before the published one; one whose inputs have changed since counts as stale.
    """
    for record, origin in ((read_record(measure.id), "here"), (read_record(measure.id, PUBLISHED), "published")):
        if record is not None and record.inputs == inputs_hash(measure):
            return record, origin
    return read_record(measure.id) or read_record(measure.id, PUBLISHED), "stale"


def figure_text(value: float) -> str:
    """Return a figure the way people read it: thousands apart, a percentage with up to two digits."""
    return f"{int(value):,}".replace(",", " ") if float(value).is_integer() else f"{value:.2f}"


def row_of(measure: Measure) -> dict[str, object]:
    """Return one row as data."""
    record, origin = newest(measure)
    at_least = "≤" if measure.at_most else "≥"
    met = record is not None and origin != "stale" and measure.reached(record.figure)
    state = "not run" if record is None else "stale" if origin == "stale" else "ok" if met else "short"
    why = measure.why_not if not met else ""
    return {
        "id": measure.id,
        "measure": measure.text,
        "target": f"{at_least} {figure_text(measure.target)} {measure.unit}",
        "reached": "-" if record is None else figure_text(record.figure),
        "state": state,
        "from": "-" if record is None else origin,
        "seed": None if record is None else record.seed,
        "seconds": None if record is None else record.seconds,
        "day": None if record is None else datetime.fromtimestamp(record.unix_s, UTC).date().isoformat(),
        "note": " · ".join(part for part in ("" if record is None else record.note, why) if part),
        "command": measure.command,
    }


def print_table(rows: list[dict[str, object]]) -> None:
    """Print the rows for people: one table, the note of a row below its measure."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure")
    table.add_column("target", justify="right")
    table.add_column("reached", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("command", no_wrap=True)
    for row in rows:
        seconds, seed = row["seconds"], row["seed"]
        run = (
            [] if seconds is None else [f"{row['from']}, {seconds:.0f} s" + ("" if seed is None else f", seed {seed}")]
        )
        details = "; ".join([*run, *([str(row["note"])] if row["note"] else [])])
        measure = Text(str(row["measure"])).append(f"\n{details}" if details else "", style="dim")
        state = Text(str(row["state"]), style=STYLES[str(row["state"])])
        table.add_row(measure, str(row["target"]), str(row["reached"]), state, str(row["command"]), end_section=True)
    console.print(table)


def all_answered(rows: list[dict[str, object]], explained: set[str]) -> bool:
    """Whether every row reached its target, or fell short in a run on these inputs and says why.

    A reason excuses a figure, never its absence.
    """
    return all(row["state"] == "ok" or (row["state"] == "short" and row["id"] in explained) for row in rows)


def publish() -> None:
    """Copy the records of this machine to the published ones, where they are fresh."""
    PUBLISHED.mkdir(exist_ok=True)
    for measure in measures().values():
        record, origin = newest(measure)
        if record is not None and origin == "here":
            (PUBLISHED / f"{measure.id}.json").write_text(json.dumps(asdict(record), indent=1) + "\n")


def main() -> int:
    """Print the table.

    Returns:
        0 when every row reached its target, or was run on these inputs, fell short and says why; else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON array instead of the table")
    parser.add_argument("--properties", action="store_true", help="check and count the named properties of the page")
    parser.add_argument("--publish", action="store_true", help="keep the figures of this machine in docs/assurance")
    given = parser.parse_args()
    if given.properties:
        return properties()
    if given.publish:
        publish()
    rows = [row_of(measure) for measure in measures().values()]
    if given.json:
        print(json.dumps(rows, indent=1))
    else:
        print_table(rows)
        print("here: run on this machine · published: the figures in docs/assurance, on the same inputs")
        print("stale: the inputs have changed since; run the command, or all of them with make test-deep")
    return 0 if all_answered(rows, {measure.id for measure in measures().values() if measure.why_not}) else 1


if __name__ == "__main__":
    sys.exit(main())
