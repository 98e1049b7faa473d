"""Four verifiers, one verdict (P5): native, snarkjs, py_ecc and the contracts' libraries, against an oracle.

    python -m tests.campaigns.verifiers --tuples 100000 --seed 7      tampered (proof, public inputs, key) tuples
    python -m tests.campaigns.verifiers --files                       mutated .r1cs, .wtns and .zkey files to the prover

Every tuple goes to all four. Most are refused before a pairing, because one of py_ecc takes most of a second: one in
`PAIRED_EVERY` has points in their groups only. Of such tuples, `--more` further ones go to the other three.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.campaigns import prover_files
from tests.campaigns.record import recording
from tests.campaigns.verdicts import group_edits
from tests.campaigns.verdicts.bytes_edits import BYTE_EDITS, wrong_subgroup
from tests.campaigns.verdicts.group_edits import GROUP_EDITS
from tests.campaigns.verdicts.judges import Judges, Verdict, judge_code
from tests.campaigns.verdicts.real import REAL_BYTE_EDITS, REAL_GROUP_EDITS, honest_proofs
from tests.campaigns.verdicts.tuples import Tuple, World

__all__ = ["PAIRED_EVERY", "Tally", "judge", "main", "make"]

PAIRED_EVERY: Final = 49
_BATCH: Final = 100
_REPORTED: Final = 20


@dataclass
class Tally:
    """What was judged so far.

    Attributes:
        kinds: Tuples by edit.
        accepted: Tuples that all verifiers accepted, as the oracle does, by edit.
        paired: Tuples that came to the pairing, by verifier; for the contracts that cannot be seen from outside.
        wrong: What did not agree: index, edit, the oracle's answer, the verdicts.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    paired: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str, bool, dict[str, bool]]] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Number of tuples."""
        return self.kinds.total()

    def add(self, other: Tally) -> None:
        """Add what another worker did."""
        self.kinds += other.kinds
        self.accepted += other.accepted
        self.paired += other.paired
        self.wrong += other.wrong


def make(world: World, seed: int, index: int, *, paired: bool) -> Tuple:
    """Return tuple number `index` of a run; `paired`: with points in their groups."""
    rng = random.Random(f"{seed}:{index}")  # noqa: S311
    share = rng.random()
    if paired:
        if share < 0.05:
            return rng.choice(REAL_GROUP_EDITS)(rng, rng.choice(honest_proofs()))
        return rng.choice(list(GROUP_EDITS.values()))(rng, world)
    if share < 0.02:
        # A key of 244 signals is long to send: the short ones more often.
        return rng.choice(REAL_BYTE_EDITS)(rng, rng.choices(honest_proofs(), (5, 5, 1))[0])
    if share < 0.03:
        return wrong_subgroup(rng, world)
    if share < 0.05:
        return group_edits.forged(rng, world)
    return rng.choice([edit for edit in BYTE_EDITS.values() if edit is not wrong_subgroup])(rng, world)


def judge(judges: Judges, given: Sequence[tuple[int, Tuple]], *, py_ecc: bool = True) -> Tally:
    """Ask every verifier about numbered tuples, and compare."""
    tally = Tally()
    on_chain = judges.solidity([each for _, each in given])
    for (index, each), solidity in zip(given, on_chain, strict=True):
        verdicts: dict[str, Verdict] = {"native": judges.native(each), "snarkjs": judges.snarkjs(each)}
        if py_ecc:
            verdicts["py_ecc"] = judges.py_ecc(each)
        tally.paired.update(name for name, verdict in verdicts.items() if verdict.paired)
        said = {name: verdict.accepted for name, verdict in (verdicts | {"solidity": solidity}).items()}
        tally.kinds[each.kind] += 1
        if set(said.values()) != {each.expected}:
            tally.wrong.append((index, each.kind, each.expected, said))
        elif each.expected:
            tally.accepted[each.kind] += 1
    return tally


def _judge_numbers(judges: Judges, world: World, seed: int, tuples: int, numbers: Iterable[int]) -> Tally:
    tally, chosen = Tally(), list(numbers)
    for py_ecc in (True, False):
        part = [i for i in chosen if (i < tuples) is py_ecc]
        made = [(i, make(world, seed, i, paired=not py_ecc or i % PAIRED_EVERY == 0)) for i in part]
        if made:
            tally.add(judge(judges, made, py_ecc=py_ecc))
    return tally


def _work(code: str, seed: int, tuples: int, batches: Sequence[Sequence[int]], results: Any) -> None:
    """Judge batches in a process of its own; what goes wrong here is told as a text."""
    world, numbers = World(seed), batches[0]
    try:
        with Judges(code) as judges:
            for numbers in batches:
                results.put(_judge_numbers(judges, world, seed, tuples, numbers))
    except BaseException as error:
        results.put(f"{type(error).__name__}: {error}; among tuples {numbers[0]} to {numbers[-1]}")
        raise


def run(seed: int, tuples: int, more: int, workers: int) -> Tally:
    """Judge `tuples` tuples with all four verifiers and `more` with three of them; print progress."""
    code, total, began = judge_code(), Tally(), time.monotonic()
    numbers = range(tuples + more)
    batches = [numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH)]
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    shares = [batches[worker::workers] for worker in range(workers)]
    processes = [context.Process(target=_work, args=(code, seed, tuples, share, results)) for share in shares]
    for process in processes:
        process.start()
    for number in range(1, len(batches) + 1):
        total.add(_next(results, processes))
        if number % 50 == 0 or number == len(batches):
            print(f"{total.judged} tuples, {time.monotonic() - began:.0f} s; {_pairings(total)}", flush=True)
        if len(total.wrong) >= _REPORTED:
            break
    for process in processes:
        process.terminate() if total.wrong else process.join()
    return total


def _next(results: Any, processes: Sequence[Any]) -> Tally:
    """Wait for a batch; a worker that died without a word was killed by what it judged."""
    while True:
        try:
            answer = results.get(timeout=5)
        except queue.Empty:
            if any(process.exitcode for process in processes):
                raise SystemExit("a verifier killed its process") from None
            continue
        if isinstance(answer, str):
            raise SystemExit(f"a verifier crashed: {answer}")
        tally: Tally = answer
        return tally


def _pairings(total: Tally) -> str:
    return "to the pairing: " + ", ".join(f"{name} {count}" for name, count in sorted(total.paired.items()))


def _report(total: Tally, seed: int, tuples: int) -> bool:
    for kind, count in sorted(total.kinds.items()):
        print(f"  {kind:44} {count:7} accepted {total.accepted[kind]}")
    for index, kind, expected, said in total.wrong[:_REPORTED]:
        print(f"DIFFERENT {index} ({kind}): oracle {expected}, {said}")
        print(f"  python -m tests.campaigns.verifiers --tuples {tuples} --seed {seed} --only {index}")
    return not total.wrong


def _replay(seed: int, tuples: int, index: int) -> bool:
    with Judges(judge_code()) as judges:
        total = _judge_numbers(judges, World(seed), seed, tuples, [index])
    return _report(total, seed, tuples)


def _note(total: Tally, tuples: int) -> str:
    return (
        f"{tuples} judged by all four and {total.judged - tuples} by all but py_ecc; {_pairings(total)}; "
        f"{total.accepted.total()} valid ones accepted by all, 0 differences"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; return 1 when verdicts differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuples", type=int, default=100_000, help="judged by all four")
    parser.add_argument("--more", type=int, default=10_000, help="further ones that reach the pairing, without py_ecc")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", type=int, default=None, help="replay the tuple or file of this number")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--files", type=int, nargs="?", const=105_000, default=None, help="mutated files instead")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    if given.files is not None:
        return prover_files.main(seed, given.files, given.only)
    if given.only is not None:
        return 0 if _replay(seed, given.tuples, given.only) else 1
    with recording("tampered-tuples", seed) as reached:
        total = run(seed, given.tuples, given.more, given.workers)
        if not _report(total, seed, given.tuples):
            raise SystemExit(1)
        reached["figure"], reached["note"] = given.tuples, _note(total, given.tuples)
        print(reached["note"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
