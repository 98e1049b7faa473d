"""Mutants of the contracts against their unit suites: `python -m tests.campaigns.mutation --kind reverts`.

A mutant is caught when a test fails with it. Not counted are mutants that do not compile, those whose code is the
honest one, and those that docs/static-analysis.md explains. `--only ID` tries one, and prints its change.
"""

from __future__ import annotations

import argparse
import random
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from tests.campaigns.mutants.compiler import CompilerError
from tests.campaigns.mutants.journal import CAUGHT, REFUSED, SAME, SURVIVED, Journal, Verdict
from tests.campaigns.mutants.syntax import Mutant
from tests.campaigns.mutants.workshop import Shop, Worker, build_shop
from tests.campaigns.record import FOLDER, ROOT, measures, recording

PAGE: Final = ROOT / "docs" / "static-analysis.md"
SAMPLE: Final = 600
"""Mutants of the kind `others` tried unless told: of thousands, each some seconds."""
_EXPLAINED: Final = re.compile(r"^\| `([\w.-]+\.[a-z-]+\.\d+)` \| (\S.*) \|$", re.MULTILINE)


def explained() -> dict[str, str]:
    """Return mutant → why no test can fail with it, from the page."""
    return dict(_EXPLAINED.findall(PAGE.read_text())) if PAGE.exists() else {}


def attempt(worker: Worker, mutant: Mutant, journal: Journal) -> Verdict:
    """Try one mutant and keep its verdict."""
    try:
        code = worker.compile(mutant)
    except CompilerError:
        return journal.write(mutant, REFUSED)
    try:
        if not worker.put(code):
            return journal.write(mutant, SAME)
        failing = worker.failing_test()
    finally:
        worker.restore()
    return journal.write(mutant, SURVIVED) if failing is None else journal.write(mutant, CAUGHT, failing)


def attempt_all(shop: Shop, mutants: list[Mutant], journal: Journal, workers: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Try mutants that have no verdict yet, some at a time; yield all of them with theirs.

    Raises:
        RuntimeError: A test fails on the contracts as they are.
    """
    left: SimpleQueue[Mutant] = SimpleQueue()
    done: SimpleQueue[tuple[Mutant, Verdict]] = SimpleQueue()
    for mutant in mutants:
        known = journal.known(mutant)
        (left.put(mutant) if known is None else done.put((mutant, known)))

    def work(number: int) -> None:
        worker = Worker(shop, f"worker{number}")
        with worker.compiler:
            failing = worker.failing_test()
            if failing is not None:
                raise RuntimeError(f"{failing[0]}.{failing[1]} fails without any mutant")
            while True:
                try:
                    mutant = left.get_nowait()
                except Empty:
                    return
                done.put((mutant, attempt(worker, mutant, journal)))

    with ThreadPoolExecutor(workers) as pool:
        running = [] if left.empty() else [pool.submit(work, number) for number in range(workers)]
        for _ in mutants:
            while done.empty() and not all(one.done() for one in running):
                time.sleep(0.1)
            if done.empty():
                break
            yield done.get()
        for one in running:
            one.result()


def campaign(kind: str, seed: int, sample: int, workers: int) -> bool:
    """Try all mutants of a kind, or a sample; record the share caught; return whether the target is reached."""
    name = "revert-mutants" if kind == "reverts" else "other-mutants"
    reasons = explained()
    with tempfile.TemporaryDirectory() as folder, recording(name, seed) as reached:
        shop = build_shop(Path(folder))
        journal = Journal(FOLDER / "mutants.jsonl", shop.folder)
        all_ = [mutant for mutant in shop.mutants if mutant.kind == kind]
        chosen = random.Random(seed).sample(all_, min(sample or len(all_), len(all_)))  # noqa: S311
        print(f"{len(chosen)} of {len(all_)} mutants, seed {seed}", flush=True)
        counts: Counter[str] = Counter()
        stale = sorted(set(reasons) - {mutant.id for mutant in shop.mutants})
        for number, (mutant, verdict) in enumerate(attempt_all(shop, chosen, journal, workers), 1):
            outcome = verdict.outcome
            if mutant.id in reasons:
                outcome = "explained" if outcome == SURVIVED else outcome
                stale += [] if outcome == "explained" else [mutant.id]
            counts[outcome] += 1
            if outcome == SURVIVED:
                print(f"survived {describe(mutant, shop)}", flush=True)
                print(f"  again: python -m tests.campaigns.mutation --only {mutant.id}", flush=True)
            if number % 25 == 0:
                print(f"{number}/{len(chosen)} {dict(counts)}", flush=True)
        tried = counts[CAUGHT] + counts[SURVIVED]
        reached["figure"] = round(100 * counts[CAUGHT] / tried, 2)
        reached["note"] = f"{len(chosen)} of {len(all_)} mutants: " + ", ".join(
            f"{count} {outcome}" for outcome, count in counts.items()
        )
        print(f"{reached['figure']} %: {reached['note']}", flush=True)
    for mutant_id in stale:
        print(f"docs/static-analysis.md explains {mutant_id}, which does not survive", flush=True)
    return measures()[name].reached(reached["figure"]) and not stale


def describe(mutant: Mutant, shop: Shop) -> str:
    """Return id, place and change of a mutant."""
    before = shop.sources[mutant.file][mutant.start : mutant.start + mutant.length].decode()
    return f"{mutant.id} {mutant.file}:{mutant.line}: {before!r} -> {mutant.replacement!r}"


def replay(mutant_id: str) -> bool:
    """Try one mutant; return whether it is caught."""
    with tempfile.TemporaryDirectory() as folder:
        shop = build_shop(Path(folder))
        mutant = next((one for one in shop.mutants if one.id == mutant_id), None)
        if mutant is None:
            raise SystemExit(f"no mutant is called {mutant_id}")
        print(describe(mutant, shop), flush=True)
        worker = Worker(shop, "only")
        with worker.compiler:
            verdict = attempt(worker, mutant, Journal(Path(folder) / "journal", shop.folder))
        print(f"{verdict.outcome} {verdict.suite} {verdict.test}", flush=True)
        return verdict.outcome != SURVIVED


def main() -> int:
    """Run the command; return 1 when too many survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=["reverts", "others"], default="reverts")
    parser.add_argument("--sample", type=int, help=f"mutants tried, 0 for all; default: all reverts, {SAMPLE} others")
    parser.add_argument("--only", metavar="ID", help="try one mutant")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, help="of the sample; default: drawn, and printed")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    if given.only is not None:
        return 0 if replay(given.only) else 1
    sample = given.sample if given.sample is not None else (SAMPLE if given.kind == "others" else 0)
    return 0 if campaign(given.kind, seed, sample, given.workers) else 1


if __name__ == "__main__":
    sys.exit(main())
