"""A forked child that does one operation on a copy of the store while something goes wrong."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.campaigns.sqlite_io import Perform, Step, install
from tests.campaigns.store_faults import FULLS, KILLS, file_limit, fill, mount_small
from tests.campaigns.store_work import OPERATIONS, PASSPHRASE, Base, Desk, check, go_on, reopen
from zkrisk.errors import StoreConflict, ZkRiskError
from zkrisk.store import Store

__all__ = ["SMALL_BYTES", "UNAVAILABLE", "Case", "Ended", "fork_recorded", "run", "steps_of"]

SMALL_BYTES: Final = 320 << 10
UNAVAILABLE: Final = "unavailable"


@dataclass(frozen=True, slots=True)
class Case:
    """One disturbed run.

    Attributes:
        operation: Name of an operation.
        fault: A name of KILLS or FULLS; ``moment`` (killed from outside), ``limit`` (of file sizes) or ``tmpfs``.
        at: Number of the step; microseconds; or bytes that a file may have or a file system has left.
    """

    operation: str
    fault: str
    at: int

    def __str__(self) -> str:
        return f"{self.operation}:{self.fault}:{self.at}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read what `str` wrote."""
        operation, fault, at = text.split(":")
        return cls(operation, fault, int(at))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        told: What the worker said.
        was_killed: It did not end by itself.
    """

    told: tuple[str, ...]
    was_killed: bool


def run(case: Case, base: Base, folder: Path) -> Ended:
    """Make a copy, disturb the operation on it, then check that nothing is lost.

    Raises:
        AssertionError, ZkRiskError: Something is lost, or the worker saw an error that is none of ours.
    """
    if case.fault == "tmpfs":
        folder.mkdir(exist_ok=True)
        return _fork(lambda tell: _work_small(case, base, folder, tell), None)
    base.copy_to(folder)
    store = Store.open(folder / "home", PASSPHRASE)
    delay_s = case.at / 1e6 if case.fault == "moment" else None
    ended = _fork(lambda tell: _work(case, Desk(folder, store, tell)), delay_s)
    store.close()
    check(folder, base, ended.told)
    return ended


def steps_of(operation: str, base: Base, folder: Path) -> tuple[int, int]:
    """Return the steps of an operation that nobody disturbs, and the microseconds it takes."""
    base.copy_to(folder)
    store, seen = Store.open(folder / "home", PASSPHRASE), [0]

    def hook(step: Step, perform: Perform) -> int:
        seen[0] += 1
        return perform()

    def work(tell: Callable[[str], None]) -> None:
        install(hook)
        began = time.perf_counter()
        OPERATIONS[operation](Desk(folder, store, lambda line: None))
        tell(f"{seen[0]} {int((time.perf_counter() - began) * 1e6)}")

    count, microseconds = _fork(work, None).told[0].split()
    store.close()
    return int(count), int(microseconds)


def _fork(work: Callable[[Callable[[str], None]], None], kill_after_s: float | None) -> Ended:
    """Do work in a child, which may be killed after a while; its words reach us even if it dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(work, lambda line: _write_all(writer, f"{line}\n".encode()))
    os.close(writer)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as stream:
        told = tuple(stream.read().splitlines())
    _, status = os.waitpid(child, 0)
    leaked = [line for line in told if line.startswith("leaked ")]
    assert not leaked, "\n".join(leaked)
    return Ended(told, os.WIFSIGNALED(status))


def fork_recorded(work: Callable[[], Any]) -> Any:
    """Do work in a child and return what it returned."""
    ended = _fork(lambda tell: tell(pickle.dumps(work()).hex()), None)
    return pickle.loads(bytes.fromhex(ended.told[0]))  # noqa: S301  (of our own child)


def _write_all(writer: int, content: bytes) -> None:
    while content:
        content = content[os.write(writer, content) :]


def _child(work: Callable[[Callable[[str], None]], None], tell: Callable[[str], object]) -> None:
    try:
        work(tell)
    except BaseException:  # whatever it is, the parent reports it
        for line in traceback.format_exc().splitlines():
            tell(f"leaked {line}")
    os._exit(0)


def _work(case: Case, desk: Desk) -> None:
    """Do the operation; a full disk is met, gets space again, and work goes on in the same process."""
    operation = OPERATIONS[case.operation]
    if case.fault in KILLS:
        install(KILLS[case.fault](case.at))
        operation(desk)
    elif case.fault in FULLS:
        hook = FULLS[case.fault](case.at)
        install(hook)
        _meet(operation, desk)
        hook.is_over = True
        _carry_on(desk)
    elif case.fault == "limit":
        with file_limit(case.at):
            _meet(operation, desk)
        _carry_on(desk)
    else:
        operation(desk)


def _work_small(case: Case, base: Base, folder: Path, tell: Callable[[str], None]) -> None:
    """The same on a file system that nobody else sees, so that it is checked here too."""
    try:
        mount_small(folder, SMALL_BYTES)
    except OSError as error:
        tell(f"{UNAVAILABLE}: {error.strerror}")
        return
    told: list[str] = []
    place = folder / "copy"
    base.copy_to(place)
    desk = Desk(place, Store.open(place / "home", PASSPHRASE), told.append)
    with fill(folder, case.at):
        _meet(OPERATIONS[case.operation], desk)
    _carry_on(desk)
    check(place, base, told)
    for line in told:
        tell(line)


def _carry_on(desk: Desk) -> None:
    """The store that met the fault still works; one that cannot know which key holds says so and is opened again."""
    try:
        go_on(desk)
    except StoreConflict:
        desk.store = reopen(desk.folder, ())
        go_on(desk)


def _meet(operation: Callable[[Desk], None], desk: Desk) -> None:
    """An error of ours is what a user may see; any other is a bug."""
    try:
        operation(desk)
    except ZkRiskError as error:
        desk.tell(f"failed {error.code} {error.exit_code} {error.message}")
