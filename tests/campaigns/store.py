# ruff: noqa: S311  (random cases, no secrets)
"""Kill the store, fill its disk, cut its power, damage its file; what a chain has seen must open afterwards (L3, L5).

`python -m tests.campaigns.store --kills 1000 --full 100 --seed 7`. Kills come at every step of every operation (before
it, in the middle of a write, after it), then from outside at any moment. `--commands` kills `zkrisk commit --send`
itself while a chain runs. `--power` and `--damage` count disks that are built from a record of the steps.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from tests.campaigns.record import recording
from tests.campaigns.sqlite_io import is_available
from tests.campaigns.store_commands import kill_commands
from tests.campaigns.store_faults import FULLS, KILLS
from tests.campaigns.store_power import POWER_OPERATIONS, SHARES, damage, power_cut, record
from tests.campaigns.store_work import OPERATIONS, Base, remember_keys
from tests.campaigns.store_worker import SMALL_BYTES, UNAVAILABLE, Case, run, steps_of

__all__ = ["Failed", "full_disks", "kills", "main", "powers", "workshop"]

_PROGRESS_EVERY = 100
_FILE_LIMITS = (0, 1, 512, 4_096, 12_288, 24_576, 40_960)


class Failed(Exception):
    """A run after which something was lost.

    Attributes:
        case: The flag that repeats it.
    """

    def __init__(self, case: str, error: Exception) -> None:
        super().__init__(f"{case}: {type(error).__name__}: {error}")
        self.case = case


@contextmanager
def workshop() -> Iterator[tuple[Base, Path]]:
    """A store to copy from and a folder to copy it to."""
    remember_keys()
    with tempfile.TemporaryDirectory(prefix="zkrisk-store-") as name:
        (Path(name) / "base").mkdir()
        yield Base(Path(name) / "base"), Path(name) / "copy"


def kills(count: int, seed: int, base: Base, folder: Path, operations: Iterable[str] = OPERATIONS) -> Counter[str]:
    """Kill that often, first at chosen steps, then at any moment.

    Returns:
        How many died, by operation; a worker that was too quick to be killed is checked and not counted.

    Raises:
        Failed: Something is lost.
    """
    rng = random.Random(f"kills {seed}")
    sizes = {operation: steps_of(operation, base, folder) for operation in operations}
    at_steps = [
        Case(name, moment, at) for name, (steps, _) in sizes.items() for moment in KILLS for at in range(1, steps + 1)
    ]
    rng.shuffle(at_steps)
    killed: Counter[str] = Counter()
    for case in chain(at_steps[: count // 2], _moments(sizes, rng)):
        ended = _tried(case, base, folder)
        killed[case.operation] += ended.was_killed
        _progress("kills", killed.total())
        if killed.total() >= count:
            return killed
    return killed


def _progress(name: str, count: int) -> None:
    if count and count % _PROGRESS_EVERY == 0:
        print(f"  {count} {name}", flush=True)


def _moments(sizes: dict[str, tuple[int, int]], rng: random.Random) -> Iterator[Case]:
    while True:
        name = rng.choice(list(sizes))
        yield Case(name, "moment", rng.randrange(sizes[name][1]))


def full_disks(count: int, seed: int, base: Base, folder: Path) -> Counter[str]:
    """Fill the disk that often: at steps as SQLite sees it, and as the kernel does it.

    Returns:
        How many runs, by fault.

    Raises:
        Failed: Something is lost, or an error was none of ours.
    """
    rng = random.Random(f"full {seed}")
    sizes = {operation: steps_of(operation, base, folder)[0] for operation in OPERATIONS}
    reached: Counter[str] = Counter()
    for case in islice(_full_cases(sizes, rng), 2 * count):
        ended = _tried(case, base, folder)
        if ended.told and ended.told[0].startswith(UNAVAILABLE):
            reached[UNAVAILABLE] += 1
            continue
        reached[case.fault] += any(line.startswith("failed ") for line in ended.told)
        _progress("full disks", reached.total())
        if reached.total() - reached[UNAVAILABLE] >= count:
            break
    return reached


def _full_cases(sizes: dict[str, int], rng: random.Random) -> Iterator[Case]:
    while True:
        name = rng.choice(list(sizes))
        for fault in FULLS:
            yield Case(name, fault, rng.randrange(1, sizes[name] + 1))
        yield Case(name, "limit", rng.choice(_FILE_LIMITS))
        yield Case(name, "tmpfs", rng.randrange(0, SMALL_BYTES // 4, 4_096))


def _tried(case: Case, base: Base, folder: Path):
    try:
        return run(case, base, folder)
    except Exception as error:
        raise Failed(f"--case {case}", error) from error


def powers(cuts: int, damages: int, seed: int, base: Base, folder: Path) -> Counter[str]:
    """Cut the power and damage the disk that often.

    Returns:
        How often: cuts, and damage by what came of it.

    Raises:
        Failed: Something is lost.
    """
    reached: Counter[str] = Counter()
    for number, operation in enumerate(POWER_OPERATIONS):
        seen = record(operation, base, folder)
        points = range(len(seen.steps) + 1)
        share = -(-cuts // (len(POWER_OPERATIONS) * len(SHARES)))
        rng = random.Random(f"power {seed} {operation}")
        for point in rng.choices(points, k=share) if share < len(points) else points:
            _named(
                f"--case {operation}:power:{point}",
                seed,
                lambda rng, p=point, s=seen: power_cut(s, base, folder, rng, p),
            )
            reached["cuts"] += len(SHARES)
        for index in range(number, damages, len(POWER_OPERATIONS)):
            named = f"--case {operation}:damage:{index}"
            reached[_named(named, seed, lambda rng, s=seen: damage(s, base, folder, rng))] += 1
    return reached


def _named(case: str, seed: int, work: Callable[[random.Random], str | None]) -> str | None:
    try:
        return work(random.Random(f"{seed} {case}"))
    except Exception as error:
        raise Failed(case, error) from error


def _replay(text: str, seed: int, base: Base, folder: Path) -> None:
    case = Case.parse(text)
    if case.fault == "power":
        seen = record(case.operation, base, folder)
        _named(f"--case {text}", seed, lambda rng: power_cut(seen, base, folder, rng, case.at))
    elif case.fault == "damage":
        seen = record(case.operation, base, folder)
        _named(f"--case {text}", seed, lambda rng: damage(seen, base, folder, rng))
    else:
        print(_tried(case, base, folder))


def _words(reached: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(reached.items()))


def _campaign(given: argparse.Namespace, base: Base, folder: Path) -> None:
    if given.kills:
        with recording("store-kills", given.seed) as reached:
            commands = kill_commands(given.commands, given.seed)
            print(f"  commands: {commands} killed", flush=True)
            killed = kills(given.kills - commands, given.seed, base, folder)
            print(f"  kills: {_words(killed)}", flush=True)
            killed["zkrisk commit --send"] = commands
            reached |= {"figure": killed.total(), "note": _words(killed)}
    if given.full:
        with recording("store-full-disk", given.seed) as reached:
            full = full_disks(given.full, given.seed, base, folder)
            reached |= {"figure": full.total() - full[UNAVAILABLE], "note": _words(full)}
            print(f"  full disks: {_words(full)}", flush=True)
    print(f"  power and damage: {_words(powers(given.power, given.damage, given.seed, base, folder))}", flush=True)


def main() -> int:
    """Run the command line; returns 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.store")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--full", type=int, default=0)
    parser.add_argument("--power", type=int, default=400, help="disks after a power cut")
    parser.add_argument("--damage", type=int, default=400, help="disks damaged beyond that")
    parser.add_argument("--commands", type=int, default=20, help="of the kills, those of `zkrisk commit --send`")
    parser.add_argument("--case", help="repeat one, as a failure prints it")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    given.seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"seed {given.seed}", flush=True)
    if not is_available():
        print("the SQLite of this Python cannot be reached: use one that loads the system's library")
        return 1
    with workshop() as (base, folder):
        try:
            if given.case:
                _replay(given.case, given.seed, base, folder)
            else:
                _campaign(given, base, folder)
        except Failed as failure:
            print(f"FAIL {failure}")
            print(f"again: python -m tests.campaigns.store --seed {given.seed} {failure.case}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
