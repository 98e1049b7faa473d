"""The power fails: what the store finds is what was synced, and any part of what was not.

A run is recorded step by step. At every point of the record a disk is built again: of each file all that was synced,
and of the writes since then none, all, or any part, in pieces of 512 bytes. The removal of a journal holds once SQLite
has synced its folder, which it does before it returns. What was told before that point must open.

Beyond what a power cut does, `damage` cuts, zeroes and puts back old pages of the store and of a hot journal: then the
store opens in a state that it once had, or refuses.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.campaigns.sqlite_io import Perform, Step, install
from tests.campaigns.store_work import OPERATIONS, PASSPHRASE, Base, Desk, check
from tests.campaigns.store_worker import fork_recorded
from zkrisk.errors import NotFound, StoreCorrupt, StoreLocked
from zkrisk.store import Store

__all__ = ["POWER_OPERATIONS", "SHARES", "Record", "damage", "power_cut", "record"]

POWER_OPERATIONS: Final = ("commit", "update", "import", "rekey")
SHARES: Final = (0.0, 1.0, 0.5, 0.9)
"""Of the pieces that were not synced, how many are on the disk."""
_SECTOR: Final = 512
_PAGE: Final = 4096


@dataclass
class Disk:
    """What would be found now.

    Attributes:
        synced: Content of each file as far as it is sure.
        pending: Steps since the last sync of each file.
    """

    synced: dict[str, bytes]
    pending: dict[str, list[Step]] = field(default_factory=dict)

    def apply(self, step: Step) -> None:
        """Go on by one step."""
        if step.kind in ("write", "truncate"):
            self.pending.setdefault(step.path, []).append(step)
        elif step.kind == "sync":
            self.synced[step.path] = _played(self.synced.get(step.path, b""), self.pending.pop(step.path, []))
        elif step.kind == "remove":
            self.synced.pop(step.path, None)
            self.pending.pop(step.path, None)

    def found(self, rng: random.Random, share: float) -> dict[str, bytes]:
        """Return the files with so large a share of the pieces that were not synced."""
        files = dict(self.synced)
        for path, steps in self.pending.items():
            kept = [piece for step in steps for piece in _pieces(step) if rng.random() < share]
            if kept or path in files:
                files[path] = _played(files.get(path, b""), kept)
        return files


def _pieces(step: Step) -> Iterator[Step]:
    """A write as the sectors that it touches."""
    if step.kind != "write":
        yield step
        return
    start, end = step.offset, step.offset + len(step.content)
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        yield Step("write", step.path, start, step.content[start - step.offset : stop - step.offset])
        start = stop


def _played(content: bytes, steps: Sequence[Step]) -> bytes:
    result = bytearray(content)
    for step in steps:
        if step.kind == "truncate":
            del result[step.offset :]
            continue
        result.extend(bytes(max(0, step.offset - len(result))))
        result[step.offset : step.offset + len(step.content)] = step.content
    return bytes(result)


@dataclass(frozen=True, slots=True)
class Record:
    """A run nobody disturbed: the files before it, its steps, and what was told before each."""

    before: dict[str, bytes]
    steps: tuple[Step, ...]
    told: tuple[tuple[str, ...], ...]


def record(operation: str, base: Base, folder: Path) -> Record:
    """Do an operation and write its steps down, by name of file."""
    base.copy_to(folder)
    home = folder / "home"
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    store = Store.open(home, PASSPHRASE)

    def work() -> tuple[list[Step], list[tuple[str, ...]]]:
        steps: list[Step] = []
        told: list[str] = []
        before_each: list[tuple[str, ...]] = []

        def hook(step: Step, perform: Perform) -> int:
            steps.append(Step(step.kind, Path(step.path).name, step.offset, step.content))
            before_each.append(tuple(told))
            return perform()

        install(hook)
        OPERATIONS[operation](Desk(folder, store, told.append))
        return steps, [*before_each, tuple(told)]

    steps, told = fork_recorded(work)
    store.close()
    return Record(before, tuple(steps), tuple(told))


def power_cut(seen: Record, base: Base, folder: Path, rng: random.Random, point: int) -> None:
    """Cut the power before a step, with none, all and parts of what was not synced on the disk.

    Raises:
        AssertionError, ZkRiskError: Something that was told is lost.
    """
    disk = _disk_at(seen, point)
    for share in SHARES:
        _write(disk.found(rng, share), base, folder)
        check(folder, base, seen.told[point])


def damage(seen: Record, base: Base, folder: Path, rng: random.Random) -> str:
    """Damage the disk at any step beyond what a power cut does.

    Returns:
        ``refused``; ``whole``, when all that was told opens; or ``older``, when the damage made an older file.

    Raises:
        AssertionError: The store opened, and is in no state that it ever had.
    """
    point = rng.randrange(len(seen.steps) + 1)
    files = _disk_at(seen, point).found(rng, 1.0)
    name = rng.choice(sorted(files))
    files[name] = _damaged(files[name], seen.before.get(name, b""), rng)
    for told, word in ((seen.told[point], "whole"), ((), "older")):
        _write(files, base, folder)
        try:
            check(folder, base, told)
        except StoreCorrupt:
            return "refused"
        except (AssertionError, NotFound, StoreLocked):
            continue
        return word
    raise AssertionError(f"damage to {name} is neither refused nor without effect")


def _disk_at(seen: Record, point: int) -> Disk:
    disk = Disk(dict(seen.before))
    for step in seen.steps[:point]:
        disk.apply(step)
    return disk


def _damaged(content: bytes, older: bytes, rng: random.Random) -> bytes:
    """Cut the end, zero it, put its older content back, or flip a byte."""
    if not content:
        return content
    size = min(len(content), rng.choice((1, 4, 12, _SECTOR, _PAGE, 2 * _PAGE, 3 * _PAGE)))
    kind = rng.choice(("cut", "zero", "older", "head", "flip"))
    if kind == "cut":
        return content[:-size]
    if kind == "zero":
        return content[:-size] + bytes(size)
    if kind == "older":
        return content[:-size] + older[len(content) - size : len(content)].ljust(size, b"\0")
    if kind == "head":
        return bytes(size) + content[size:]
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def _write(files: dict[str, bytes], base: Base, folder: Path) -> None:
    base.copy_to(folder)
    home = folder / "home"
    shutil.rmtree(home)
    home.mkdir(mode=0o700)
    for name, content in files.items():
        (home / name).write_bytes(content)
