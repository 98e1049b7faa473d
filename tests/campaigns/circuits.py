"""Engine = circuit, and exactly one of `healthy` and `liquidation`, on random and boundary states of the micro tier.

`python -m tests.campaigns.circuits --cases 100000 --seed S`; `--only K` repeats one case. Three answers to each state
are compared: the constraints of the three circuits, fed by a generator that refuses nothing; the client's engine and
policy; and exact rational arithmetic, of which the constraints must never be on the loose side.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.campaigns.record import ROOT, write_record
from tests.oracles.exact import rooms, verdict_is_possible

# The native check spreads over all cores; there is a process for each here.
os.environ.setdefault("RAYON_NUM_THREADS", "1")
sys.path.insert(0, str(ROOT / "tests" / "soundness"))

from harness.engine import (
    client_inputs,
    confidence_bps,
    engine_verdicts,
    honest_threshold,
    without_idle_limits,
)
from harness.final import main_elements
from harness.oracle import ROOM, STATEMENTS, State, inputs, representable
from harness.sampler import FAMILIES, GROUP, Drawn, draw, requantiled
from harness.trio import Policies, Verdicts, trio

from zkrisk.errors import WitnessError

__all__ = ["Disagreement", "examine", "gaps", "run"]

CHUNK = 25
THOROUGH = 8
"""Every so many groups the real generators and the client's own inputs are compared, too."""


class Disagreement(Exception):
    """Two of the answers to a state differ; the message says which."""


def exact_case(state: State) -> dict[str, object]:
    """Return a state as the oracle in exact rationals reads it."""
    return {
        "long": state.total("long"),
        "short": state.total("short"),
        "prices": state.price,
        "thresholds_bps": state.lt,
        "factors_bps": state.bf,
        "window": state.window,
        "stresses": state.stress,
        "sectors": state.sector,
        "limits_bps": state.limit,
        "sector_limits_bps": state.sector_limit,
        "confidence_bps": confidence_bps(state),
    }


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Disagreement(what)


def _against_engine(state: State, found: Verdicts) -> None:
    compliant, healthy = engine_verdicts(state)
    _demand(found.compliance == compliant, f"the engine says {compliant}, compliance {found.compliance}")
    _demand(found.healthy == healthy, f"the engine says {healthy}, healthy {found.healthy}")
    if found.compliance:
        at_risk = requantiled(state)
        _demand(engine_verdicts(at_risk)[0], "accepted at this t, and not at the value at risk, which none can beat")


def _against_exact(state: State, found: Verdicts) -> None:
    inside = all(0 <= lots < 1 << 64 for lots in (*state.long, *state.short))
    _demand(found.healthy + found.liquidation == int(inside), "not exactly one of healthy and liquidation")
    if not inside or not representable(state):
        _demand(not found.compliance, "accepted although a value is beyond its width")
        return
    exact, held = (
        rooms(exact_case(state)),
        [any(q) for q in zip(state.total("long"), state.total("short"), strict=True)],
    )
    _demand(found.healthy == (exact["health"].room >= 0), "healthy is not what exact arithmetic says")
    possible = verdict_is_possible(
        exact,
        [name for name in STATEMENTS if state.enabled[name]],
        any(bit and some for bit, some in zip(state.blocked, held, strict=True)),
        found.compliance,
        state.t == requantiled(state).t,
    )
    kind = "looser than exact arithmetic" if found.compliance else "stricter than the documented rounding"
    _demand(possible, f"compliance is {kind}")


def _against_client(state: State, found: Verdicts, witnesses: dict[str, bytes]) -> None:
    """The generators as they are shipped, and the inputs that the client would hand them."""
    _demand(trio().witnesses(state) == witnesses, "the witness is not that of the generator without assertions")
    for kind, circuit in trio().circuits.items():
        try:
            honest = circuit.honest(inputs(state, kind))
        except WitnessError:
            honest = None
        accepted = getattr(found, kind)
        _demand((honest is not None) == accepted, f"the generator of {kind} disagrees with the constraints")
        _demand(honest is None or honest == witnesses[kind], f"the witness of {kind} is not the generator's")
    if all(lots >> 64 == 0 for lots in (*state.long, *state.short)):
        written = without_idle_limits(state)
        _demand(client_inputs(written) == main_elements(inputs(written, "compliance")), "the client's inputs differ")
        _demand(honest_threshold(state) == requantiled(state).t, "the client's t is not the value at risk")


def _examine(drawn: Drawn, found: Verdicts) -> Counter[str]:
    state = drawn.state
    _against_engine(state, found)
    _against_exact(state, found)
    verdict = "accepted" if found.compliance else "refused"
    seen = Counter({verdict: 1, f"{drawn.family} {verdict}": 1, "healthy" if found.healthy else "unhealthy": 1})
    if drawn.statement is not None:
        seen[f"{drawn.statement} {verdict}"] += 1
        seen[f"{drawn.statement} equal"] += ROOM[drawn.statement](state) == 0
    return seen


Failures = list[tuple[int, str]]


def examine(seed: int, group: int) -> tuple[Counter[str], Failures]:
    """Compare all answers to the states of a group: cases GROUP · group and following.

    Returns:
        What the cases were, to be added up, and those whose answers differ, with the difference.
    """
    states = draw(seed, group)
    shared = Policies(states[0].state)
    seen: Counter[str] = Counter()
    failed: Failures = []
    for place, drawn in enumerate(states):
        try:
            witnesses = shared.witnesses(drawn.state)
            found = trio().accepted(witnesses)
            seen += _examine(drawn, found)
            if group % THOROUGH == 0 and place in (0, group // THOROUGH % GROUP):
                _against_client(drawn.state, found, witnesses)
        except Disagreement as error:
            failed.append((GROUP * group + place, str(error)))
    return seen, failed


def _chunk(work: tuple[int, int, int]) -> tuple[Counter[str], Failures]:
    seed, start, stop = work
    seen: Counter[str] = Counter()
    failed: Failures = []
    for group in range(start, stop):
        part, wrong = examine(seed, group)
        seen += part
        failed += wrong
    return seen, failed


def _results(work: list[tuple[int, int, int]], processes: int) -> Iterator[tuple[Counter[str], Failures]]:
    if processes == 1:
        yield from map(_chunk, work)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_chunk, work)


def run(cases: int, seed: int, processes: int = 1, say: Callable[[str], None] = print) -> tuple[Counter[str], Failures]:
    """Examine the first cases of a seed, at least as many as asked for, in whole groups.

    Returns:
        What was seen, added up, and the failed cases with the reason of each.
    """
    groups = -(-cases // GROUP)
    work = [(seed, start, min(start + CHUNK, groups)) for start in range(0, groups, CHUNK)]
    seen: Counter[str] = Counter()
    failed: Failures = []
    began = time.monotonic()
    for done, (part, wrong) in enumerate(_results(work, processes), start=1):
        seen += part
        failed += wrong
        for index, why in wrong:
            say(f"FAIL case {index}: {why}\n  again: python -m tests.campaigns.circuits --seed {seed} --only {index}")
        if done % 10 == 0:
            say(f"{seen['accepted'] + seen['refused']} cases, {len(failed)} failed, {time.monotonic() - began:.0f} s")
    return seen, failed


def gaps(seen: Counter[str]) -> list[str]:
    """Return what a long run should have met and did not: without these a pass would mean less than it says."""
    wanted = [f"{name} {what}" for name in STATEMENTS for what in ("accepted", "refused", "equal")]
    wanted += [
        f"{family} {what}"
        for family in (*(f.__name__ for f in FAMILIES), "triple", "quantile")
        for what in ("accepted", "refused")
    ]
    return [what for what in wanted if not seen[what]]


def _only(seed: int, index: int) -> int:
    drawn = draw(seed, index // GROUP)[index % GROUP]
    print(f"family {drawn.family}, statement {drawn.statement}, {drawn.state}")
    print(f"circuits {trio().verdicts(drawn.state)}, engine {engine_verdicts(drawn.state)}")
    failed = dict(examine(seed, index // GROUP)[1])
    print(f"FAIL {failed[index]}" if index in failed else "ok")
    return int(index in failed)


def main() -> int:
    """Run the campaign.

    Returns:
        1 when answers differ, or when the cases left something out.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    parser.add_argument("--only", type=int, default=None, help="one case of the seed")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    if given.only is not None:
        return _only(seed, given.only)
    began = time.monotonic()
    seen, failed = run(given.cases, seed, given.processes, lambda line: print(line, flush=True))
    missing = gaps(seen)
    for what in missing:
        print(f"never met: {what}")
    if failed or missing:
        return 1
    equal = ", ".join(f"{name} {seen[f'{name} equal']}" for name in STATEMENTS)
    note = f"{seen['accepted']} accepted, {seen['refused']} refused by the constraints; at equality: {equal}"
    print(note)
    cases = seen["accepted"] + seen["refused"]
    write_record("engine-equals-circuit", cases, time.monotonic() - began, seed, note)
    return 0


if __name__ == "__main__":
    sys.exit(main())
