"""The wires of every instance have one value given the inputs and t; comparisons do not wrap; known flaws are found.

`python -m tests.campaigns.determinism` checks every instance as it is proved (`--tier micro`: the small ones),
`--patterns` the known-bad circuits. `--mutants` leaves out each constraint of the micro instances in turn
(`--only compliance-micro:498`: that one). `--forced 10000 --seed S` looks for second witnesses (`--only compliance:17`:
that try).
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable
from random import Random

from tests.campaigns.record import ROOT, recording, write_record

sys.path.insert(0, str(ROOT / "tests" / "soundness"))

from determinism.attacks import KINDS, accepted_without, honest_witness
from determinism.bounds import public_bounds
from determinism.checker import Checker
from determinism.circuit import instances, load_instance
from determinism.findings import Finding, not_unique, others
from determinism.mutants import Mutants
from determinism.patterns import findings_of, patterns
from determinism.search import Search

__all__ = ["check_instance", "check_instances", "check_mutants", "check_patterns", "force"]

REPORT_EVERY = 1000


def check_instance(name: str) -> tuple[int, int, list[Finding], Counter[str]]:
    """Return (wires, wires shown unique, findings, how many conclusions each rule drew) of an instance."""
    circuit = load_instance(name)
    checker = Checker.of(circuit).run()
    left = len(checker.unknown())
    found = [*not_unique(checker), *others(checker.facts, public_bounds(circuit))]
    return len(circuit.names), len(circuit.names) - left, found, Counter(step.rule for step in checker.steps)


def check_instances(tiers: list[str] | None) -> bool:
    """Check instances and keep the figures when they are all of them; return whether nothing was found."""
    began, total, unique, findings, notes = time.monotonic(), 0, 0, 0, []
    for name in instances(tiers):
        start = time.monotonic()
        wires, known, found, rules = check_instance(name)
        total, unique = total + wires, unique + known
        findings += sum(finding.kind != "not unique" for finding in found)
        notes.append(f"{name} {wires}")
        drawn = ", ".join(f"{rule} {count}" for rule, count in rules.most_common())
        print(f"{name}: {known} of {wires} wires unique, {time.monotonic() - start:.1f} s ({drawn})", flush=True)
        for finding in found:
            print(f"FAIL {finding}")
    if tiers is None:
        seconds = time.monotonic() - began
        write_record("determinism", 100 * unique / total, seconds, None, f"wires: {', '.join(notes)}")
        write_record("unranged-comparators", findings, seconds, None)
    return unique == total and not findings


def check_patterns() -> bool:
    """Check that each bad circuit is flagged for its flaw and each good one passes; return whether all are."""
    with recording("known-bad-patterns") as reached:
        right = 0
        for name, pattern in patterns().items():
            bad, good = findings_of(name, "bad"), findings_of(name, "good")
            flagged = any(finding.kind == pattern.expected for finding in bad)
            right += flagged and not good
            print(f"{name}: {'flagged' if flagged else 'FAIL missed'}: {pattern.expected}", flush=True)
            for finding in good:
                print(f"FAIL without the flaw: {finding}")
        reached["figure"] = 100 * right / len(patterns())
        reached["note"] = f"{len(patterns())} patterns, each with its mended twin"
    return right == len(patterns())


def check_mutant(mutants: Mutants, kind: str, index: int) -> str | None:
    """Return how the checker or an attack notices that a constraint is left out, or None."""
    found = mutants.findings(index)
    if found:
        return found[0].kind
    attack = accepted_without(mutants.circuit, kind, index)
    return f"attack: {attack}" if attack else None


def check_mutants() -> bool:
    """Leave out every constraint of the micro instances in turn; return whether each is noticed."""
    with recording("deletion-mutants") as reached:
        how: Counter[str] = Counter()
        for kind in KINDS:
            circuit = load_instance(f"{kind}-micro")
            mutants = Mutants(circuit, public_bounds(circuit))
            for index in range(len(circuit.constraints)):
                noticed = check_mutant(mutants, kind, index)
                how["missed" if noticed is None else noticed.partition(":")[0]] += 1
                if noticed is None:
                    print(f"FAIL not noticed; replay: python -m tests.campaigns.determinism --mutants --only "
                          f"{kind}-micro:{index}")  # fmt: skip
                if index % REPORT_EVERY == 0:
                    print(f"{kind}-micro {index} of {len(circuit.constraints)}: {dict(how)}", flush=True)
        total = sum(how.values())
        reached["figure"] = 100 * (total - how["missed"]) / total
        reached["note"] = f"{total} mutants: " + ", ".join(f"{name} {count}" for name, count in how.most_common())
        print(reached["note"])
    return not how["missed"]


def one_mutant(only: str) -> bool:
    """Check the mutant `<instance>:<constraint>`, from scratch."""
    name, _, index = only.partition(":")
    circuit = load_instance(name)
    print("the constraint speaks of", ", ".join(map(circuit.label, sorted(circuit.constraints[int(index)].wires)[:8])))
    lacking = circuit.without(int(index))
    checker = Checker.of(lacking).run()
    found = [*not_unique(checker), *others(checker.facts, public_bounds(circuit))]
    attack = None if found else accepted_without(circuit, name.partition("-")[0], int(index))
    print(*(found or [f"attack: {attack}" if attack else "FAIL neither a finding nor an attack"]), sep="\n")
    return bool(found or attack)


def force(tries: int, seed: int, kinds: Iterable[str] = KINDS, first: int = 0) -> tuple[int, list[str]]:
    """Look for second witnesses of the micro instances; return (tries, a line for each one found)."""
    found, done = [], 0
    for kind in kinds:
        search = Search(load_instance(f"{kind}-micro"), honest_witness(kind))
        for number in range(first, first + tries):
            second = search.attempt(Random(f"{seed} {kind} {number}"))  # noqa: S311
            done += 1
            if second is not None:
                where = search.circuit.label(second.forced)
                found.append(
                    f"a second witness, {len(second.changes)} wires differ from {where} on; "
                    f"replay: python -m tests.campaigns.determinism --forced 1 --seed {seed} --only {kind}:{number}"
                )
            if done % REPORT_EVERY == 0:
                print(f"{done} tries, {len(found)} second witnesses", flush=True)
    return done, found


def check_forced(tries: int, seed: int, only: str | None) -> bool:
    """Run the search and keep its figure; return whether no second witness was found."""
    print(f"seed {seed}", flush=True)
    if only is not None:
        kind, _, number = only.partition(":")
        _, found = force(1, seed, [kind], int(number))
    else:
        with recording("forced-wires", seed) as reached:
            done, found = force(-(-tries // len(KINDS)), seed)
            reached["figure"] = 0 if found else done
            reached["note"] = f"{len(found)} second witnesses"
    for line in found:
        print(f"FAIL {line}")
    return not found


def main() -> int:
    """Run what is asked for; return 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", action="append", help="only this tier; keeps no record")
    parser.add_argument("--patterns", action="store_true", help="the known-bad circuits")
    parser.add_argument("--mutants", action="store_true", help="constraints left out")
    parser.add_argument("--forced", type=int, default=None, help="tries for a second witness")
    parser.add_argument("--seed", type=int, default=None, help="of --forced; default: drawn, and printed")
    parser.add_argument("--only", default=None, help="one mutant or one try")
    given = parser.parse_args()
    if given.patterns:
        passed = check_patterns()
    elif given.mutants:
        passed = check_mutants() if given.only is None else one_mutant(given.only)
    elif given.forced is not None:
        passed = check_forced(given.forced, secrets.randbits(32) if given.seed is None else given.seed, given.only)
    else:
        passed = check_instances(given.tier)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
