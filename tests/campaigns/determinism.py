"""The wires of every instance have one value given the inputs and t; comparisons do not wrap; known flaws are found.

`python -m tests.campaigns.determinism` checks all six instances as they are proved, `--tier micro` the three small
ones, `--patterns` the known-bad circuits. A line for each finding names the file and the signals.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.campaigns.record import ROOT, recording, write_record

sys.path.insert(0, str(ROOT / "tests" / "soundness"))

from determinism.bounds import public_bounds
from determinism.checker import Checker
from determinism.circuit import instances, load_instance
from determinism.findings import Finding, not_unique, others
from determinism.patterns import findings_of, patterns

__all__ = ["check_instance", "check_instances", "check_patterns"]


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
            print(f"{name}: {'flagged' if flagged else 'MISSED'}: {pattern.expected}", flush=True)
            for finding in good:
                print(f"FAIL without the flaw: {finding}")
        reached["figure"] = 100 * right / len(patterns())
        reached["note"] = f"{len(patterns())} patterns, each with its mended twin"
    return right == len(patterns())


def main() -> int:
    """Run what is asked for; return 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", action="append", help="only this tier; keeps no record")
    parser.add_argument("--patterns", action="store_true", help="the known-bad circuits")
    given = parser.parse_args()
    if given.patterns:
        return 0 if check_patterns() else 1
    return 0 if check_instances(given.tier) else 1


if __name__ == "__main__":
    sys.exit(main())
