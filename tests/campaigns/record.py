"""What a campaign reached: one small file a measure, and the hash of what it was reached on."""

from __future__ import annotations

import hashlib
import json
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["ROOT", "Measure", "Record", "inputs_hash", "measures", "read_record", "recording", "write_record"]

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "build" / "assurance"
_MEASURES: Final = Path(__file__).with_name("measures.toml")


@dataclass(frozen=True)
class Measure:
    """A row of the table.

    Attributes:
        id: Name of the record.
        text: What is measured.
        target: The least figure that counts as reached (`at_most`: the greatest).
        unit: What the figure counts.
        command: What reproduces it.
        inputs: Files and folders that the figure depends on; a change of them makes a record stale.
        at_most: The figure must not be above the target.
        why_not: Said in the row when the target is not reached.
    """

    id: str
    text: str
    target: float
    unit: str
    command: str
    inputs: tuple[str, ...]
    at_most: bool = False
    why_not: str = ""

    def reached(self, figure: float) -> bool:
        """Return whether a figure meets the target."""
        return figure <= self.target if self.at_most else figure >= self.target


@dataclass(frozen=True)
class Record:
    """What one run of a campaign reached.

    Attributes:
        figure: In the measure's unit.
        seconds: Wall time.
        seed: What replays the run; None where nothing is random.
        inputs: Hash of the measure's inputs at that time.
        unix_s: When.
        note: More figures, in words.
    """

    measure: str
    figure: float
    seconds: float
    seed: int | None
    inputs: str
    unix_s: int
    note: str = ""


def measures() -> dict[str, Measure]:
    """Return the rows by id, in the order of the file."""
    rows = tomllib.loads(_MEASURES.read_text())["measure"]
    return {row["id"]: Measure(**{**row, "inputs": tuple(row["inputs"])}) for row in rows}


def inputs_hash(measure: Measure) -> str:
    """Return the hash of the files that a measure depends on, by name and content."""
    digest = hashlib.sha256()
    for name in measure.inputs:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def write_record(name: str, figure: float, seconds: float, seed: int | None, note: str = "") -> Record:
    """Keep what was reached, unless what is kept was reached on the same inputs and is more.

    Raises:
        KeyError: The measure has no row in measures.toml.
    """
    measure = measures()[name]
    record = Record(name, figure, round(seconds, 1), seed, inputs_hash(measure), int(time.time()), note)
    kept = read_record(name)
    if kept is not None and kept.inputs == record.inputs and not measure.at_most and kept.figure > figure:
        return kept
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(asdict(record), indent=1) + "\n")
    return record


def read_record(name: str, folder: Path = FOLDER) -> Record | None:
    """Return what was kept for a measure."""
    path = folder / f"{name}.json"
    return Record(**json.loads(path.read_text())) if path.exists() else None


@contextmanager
def recording(name: str, seed: int | None = None) -> Iterator[dict[str, Any]]:
    """Time a campaign; its body sets `figure` and perhaps `note`. Nothing is kept when the body raises.

    Example:
        with recording("store-kills", seed) as reached:
            reached["figure"] = kill_many_times(...)
    """
    began = time.monotonic()
    reached: dict[str, Any] = {}
    yield reached
    write_record(name, reached["figure"], time.monotonic() - began, seed, reached.get("note", ""))
