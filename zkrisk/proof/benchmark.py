"""How long a proof takes here, beside other provers.

Key and witness are the same, and the provers take turns, so that a slow minute hits all.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypedDict

from zkrisk import _prover
from zkrisk.book import BookVector, Leg
from zkrisk.commitment import commit_with, draw_salt
from zkrisk.errors import EnvironmentBroken, MissingTool
from zkrisk.metrics import exposures_of, historical_var, scenario_losses
from zkrisk.params import Tier
from zkrisk.proof.artifacts import Instance
from zkrisk.proof.backends import snarkjs
from zkrisk.sheet import Sheet, load_universe, synthetic_history
from zkrisk.witness import ComplianceStatement, WitnessCalculator, circuit_inputs

__all__ = ["OWNER", "Figures", "Times", "bench_prove", "example_case", "interleaved"]

_UNIVERSES: Final = {"micro": "micro-8", "standard": "standard-32"}
OWNER: Final = 0x70997970C51812DC3A010C7D01B50E0D17DC79C8
_CONFIDENCE_BPS: Final = 9_750
_LIMIT_BPS: Final = 1_000_000
_ALONE: Final = (
    "import sys; from zkrisk import _prover; _prover.Prover.load(sys.argv[1]).prove(_prover.read_wtns(sys.argv[2]))"
)
"""What a process does that proves once."""
_WHOLE: Final = "zkrisk, from the book to the proof"


@dataclass(frozen=True)
class _Opening:
    long: tuple[int, ...]
    short: tuple[int, ...]
    salt: int


def example_case(tier: Tier, owner: int = OWNER) -> tuple[ComplianceStatement, _Opening, int]:
    """Return a statement with every limit enabled on synthetic prices, its opening and its tail threshold."""
    universe = load_universe(_UNIVERSES[tier.name])
    history = synthetic_history(universe, seed=7, last_day=date(2026, 11, 20))
    sheet = Sheet.from_history(universe, history, epoch=1)
    # About ten thousand dollars of everything, a thousand short, and a million in cash.
    long = tuple(10**16 * 10**4 // price if price else 0 for price in sheet.prices)
    short = tuple(quantity // 10 for quantity in long)
    opening = _Opening((10**12, *long[1:]), short, draw_salt())
    book = BookVector(opening.long, opening.short)
    losses = scenario_losses(exposures_of(book, None, sheet.prices).cents, sheet.window.returns)
    tail_mass = (10_000 - _CONFIDENCE_BPS) * tier.scenarios
    limits = (10_000, *(_LIMIT_BPS,) * 6, tail_mass // 10_000, tail_mass)
    rows = sheet.parameters
    statement = ComplianceStatement(
        tier=tier,
        commitment=commit_with(book, owner, opening.salt),
        owner=owner,
        context=1,
        leg=Leg.empty(tier.instruments),
        prices=sheet.prices,
        blocked=sheet.blocked,
        policy_values=((1,) * 8 + limits + (_LIMIT_BPS,) * tier.sectors),
        liquidation_threshold_bps=rows.liquidation_threshold_bps,
        borrow_factor_bps=rows.borrow_factor_bps,
        sector=rows.sector,
        stress_return=rows.stress_return,
        window_return=sheet.window.returns,
    )
    return statement, opening, historical_var(losses, _CONFIDENCE_BPS)


class Times(TypedDict):
    """Seconds of wall time of some runs."""

    median_s: float
    min_s: float
    max_s: float


def interleaved(actions: Mapping[str, Callable[[], Any]], runs: int) -> dict[str, Times]:
    """Time actions in turn.

    Args:
        actions: Name → what is timed; one that returns a float has measured itself, in seconds.

    Returns:
        Name → times, in the order of the actions.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            start = time.perf_counter()
            own = action()
            seconds[name].append(own if isinstance(own, float) else time.perf_counter() - start)
    return {
        name: {"median_s": statistics.median(found), "min_s": min(found), "max_s": max(found)}
        for name, found in seconds.items()
    }


@dataclass(frozen=True)
class Figures:
    """What `bench_prove` measured.

    Attributes:
        instance: Name of the circuit.
        kernels: What this processor runs, the fastest first.
        times: Prover → times.
        witness_share: Part of a proof's whole time, from the book to the verified proof, that is not the prover's.
    """

    instance: str
    rows: int
    wires: int
    kernels: tuple[str, ...]
    times: Mapping[str, Times]
    witness_share: float


def bench_prove(instance: Instance, runs: int, rapidsnark: Path | None = None) -> Figures:
    """Time our prover, snarkjs, and rapidsnark where its program is given.

    Ours is timed warm, on every kernel with one thread and with two, and cold; snarkjs warm and as a command;
    rapidsnark as a command.

    Args:
        instance: A compliance circuit.
        runs: Runs of each.
        rapidsnark: Its program, when it is to be compared with.

    Raises:
        EnvironmentBroken: The program of rapidsnark made no proof.
        ArtifactMismatch: See `zkrisk.proof.artifacts`.
    """
    statement, opening, threshold = example_case(instance.tier)
    calculator, zkey = WitnessCalculator(instance.wasm), instance.zkey
    witness = calculator.witness(circuit_inputs(statement, opening, threshold))
    provers = {
        f"zkrisk, {kernel}, {threads} thread{'s' * (threads > 1)}": _prover.Prover.load(zkey, kernel, threads)
        for kernel in _prover.kernels()
        for threads in (2, 1)
    }
    best = next(iter(provers.values()))
    actions: dict[str, Callable[[], Any]] = {
        name: lambda prover=prover: prover.prove(witness)  # type: ignore[misc]
        for name, prover in provers.items()
    }
    actions[_WHOLE] = lambda: best.prove(calculator.witness(circuit_inputs(statement, opening, threshold)))
    with snarkjs.private_folder() as folder, ExitStack() as stack:
        wtns = folder / "w.wtns"
        _prover.write_wtns(wtns, witness)
        actions["zkrisk, a process for one proof"] = lambda: _run([sys.executable, "-c", _ALONE, str(zkey), str(wtns)])
        try:
            actions["snarkjs, warm"] = stack.enter_context(_warm_snarkjs(zkey, wtns))
            actions["snarkjs, a process for one proof"] = lambda: snarkjs.prove_files(zkey, wtns, folder)
        except MissingTool:
            pass
        if rapidsnark is not None:
            outputs = [str(folder / name) for name in ("proof.json", "public.json")]
            actions["rapidsnark, a process for one proof"] = lambda: _run(
                [str(rapidsnark), str(zkey), str(wtns), *outputs]
            )
        for action in actions.values():
            action()
        times = interleaved(actions, runs)
    whole, proof = times[_WHOLE]["median_s"], times[next(iter(provers))]["median_s"]
    return Figures(
        instance=instance.name,
        rows=best.domain_size,
        wires=best.n_wires,
        kernels=tuple(_prover.kernels()),
        times=times,
        witness_share=max(0.0, 1 - proof / whole),
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EnvironmentBroken(f"{Path(command[0]).name} made no proof", hint=done.stderr[-200:] or None)


@contextmanager
def _warm_snarkjs(zkey: Path, wtns: Path) -> Iterator[Callable[[], float]]:
    """Yield what has a running snarkjs prove once more, and returns its seconds."""
    command = [
        *snarkjs.node_command(),
        str(Path(snarkjs.__file__).with_name("snarkjs_prove.mjs")),
        str(zkey),
        str(wtns),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ) as process:

        def prove() -> float:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("prove\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise EnvironmentBroken("snarkjs made no proof")
            return float(line) / 1_000

        try:
            yield prove
        finally:
            process.kill()
