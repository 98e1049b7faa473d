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

from tests.campaigns.record import ROOT, recording
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
from harness.sampler import FAMILIES, draw, requantiled
from harness.trio import Verdicts, trio

from zkrisk.errors import WitnessError

__all__ = ["Disagreement", "examine", "gaps", "run"]

CHUNK = 200
THOROUGH = 16
"""Every so many cases the real generators and the client's own inputs are compared, too."""


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


def _against_client(state: State, found: Verdicts) -> None:
    """The generators as they are shipped, and the inputs that the client would hand them."""
    witnesses = trio().witnesses(state)
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


def examine(seed: int, index: int) -> Counter[str]:
    """Compare all answers to one state.

    Returns:
        What the case was, to be added up.

    Raises:
        Disagreement: Two answers differ.
    """
    drawn = draw(seed, index)
    state, found = drawn.state, trio().verdicts(drawn.state)
    _against_engine(state, found)
    _against_exact(state, found)
    if index % THOROUGH == 0:
        _against_client(state, found)
    verdict = "accepted" if found.compliance else "refused"
    seen = Counter({verdict: 1, f"{drawn.family} {verdict}": 1, "healthy" if found.healthy else "unhealthy": 1})
    if drawn.statement is not None:
        seen[f"{drawn.statement} {verdict}"] += 1
        seen[f"{drawn.statement} equal"] += ROOM[drawn.statement](state) == 0
    return seen


def _chunk(work: tuple[int, int, int]) -> tuple[Counter[str], list[tuple[int, str]]]:
    seed, start, stop = work
    seen: Counter[str] = Counter()
    failed = []
    for index in range(start, stop):
        try:
            seen += examine(seed, index)
        except Disagreement as error:
            failed.append((index, str(error)))
    return seen, failed


def _results(work: list[tuple[int, int, int]], processes: int) -> Iterator[tuple[Counter[str], list[tuple[int, str]]]]:
    if processes == 1:
        yield from map(_chunk, work)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_chunk, work)


def run(
    cases: int, seed: int, processes: int = 1, say: Callable[[str], None] = print
) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Examine cases 0 … cases - 1 of a seed.

    Returns:
        What was seen, added up, and the failed cases with the reason of each.
    """
    work = [(seed, start, min(start + CHUNK, cases)) for start in range(0, cases, CHUNK)]
    seen: Counter[str] = Counter()
    failed: list[tuple[int, str]] = []
    began = time.monotonic()
    for done, (part, wrong) in enumerate(_results(work, processes), start=1):
        seen += part
        failed += wrong
        for index, why in wrong:
            say(f"FAIL case {index}: {why}\n  again: python -m tests.campaigns.circuits --seed {seed} --only {index}")
        if done % 10 == 0:
            say(f"{min(done * CHUNK, cases)} cases, {len(failed)} failed, {time.monotonic() - began:.0f} s")
    return seen, failed


def gaps(seen: Counter[str]) -> list[str]:
    """Return what a run should have met and did not: without these a pass would mean less than it says."""
    wanted = [f"{name} {what}" for name in STATEMENTS for what in ("accepted", "refused", "equal")]
    wanted += [f"{family.__name__} {what}" for family in FAMILIES for what in ("accepted", "refused")]
    return [what for what in wanted if not seen[what]]


def _only(seed: int, index: int) -> int:
    drawn = draw(seed, index)
    print(f"family {drawn.family}, statement {drawn.statement}, {drawn.state}")
    print(f"circuits {trio().verdicts(drawn.state)}, engine {engine_verdicts(drawn.state)}")
    try:
        examine(seed, index)
    except Disagreement as error:
        print(f"FAIL {error}")
        return 1
    print("ok")
    return 0


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
    with recording("engine-equals-circuit", seed) as reached:
        seen, failed = run(given.cases, seed, given.processes, lambda line: print(line, flush=True))
        missing = gaps(seen)
        for what in missing:
            print(f"never met: {what}")
        if failed or missing:
            return 1
        equal = ", ".join(f"{name} {seen[f'{name} equal']}" for name in STATEMENTS)
        reached["figure"] = given.cases
        reached["note"] = f"{seen['accepted']} accepted, {seen['refused']} refused by the constraints; equal: {equal}"
        print(reached["note"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
