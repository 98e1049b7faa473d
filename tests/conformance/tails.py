"""Value at risk and expected shortfall of random series, ours in integers beside skfolio's in floats.

The definitions are the same. skfolio's value at risk is the smallest loss exceeded with probability at most 1 - c, the
infimum convention: with floor((1 - c) S) losses above it, found by a count that a float tolerance keeps from falling
short where (1 - c) S is whole. It picks one of the losses, so with losses that a double holds (below 2^53) it must be
equal, bit for bit. Its conditional value at risk is Rockafellar and Uryasev's mean of the worst 1 - c of the mass, the
last loss in part, as ours; it is computed in doubles, from a tail mass (1 - c) S that is itself rounded, so it may
differ by what rounding does: see `allowance`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Final

from zkrisk.metrics import expected_shortfall, historical_var, tail_mass
from zkrisk.params import BPS

ENVIRONMENT: Final = Path(__file__).resolve().parents[2] / "build" / "conformance-venv"
OTHER_SIDE: Final = Path(__file__).resolve().with_name("skfolio_side.py")
LEAST: Final = 500
LARGEST_EXACT: Final = 2**53 - 1
USUAL_LEVELS: Final = (5_000, 9_000, 9_500, 9_750, 9_900, 9_990)
SHAPES: Final = ("both signs", "ties", "all equal", "gains only", "losses only", "one crash", "large", "cents")


@dataclass(frozen=True)
class TailSeries:
    """Losses of S scenarios, integers below 2^53 in magnitude, and a level."""

    shape: str
    losses: tuple[int, ...]
    confidence_bps: int

    @property
    def has_whole_tail(self) -> bool:
        """Whether (1 - c) S is a whole number, where the conventions of libraries part."""
        return tail_mass(len(self.losses), self.confidence_bps) % BPS == 0


@dataclass(frozen=True)
class TailComparison:
    """What came out.

    Attributes:
        whole_tails: Series whose (1 - c) S is whole.
        var_differences: Series whose value at risk is not equal, by index.
        shortfall_differences: Series whose expected shortfall differs by more than the allowance, by index.
        worst_relative: Largest difference of expected shortfall over the largest loss of its series.
        worst_of_allowance: Largest difference over what is allowed; at most 1 when all agree.
    """

    version: str
    series: int
    whole_tails: int
    shapes: dict[str, int]
    var_differences: tuple[int, ...]
    shortfall_differences: tuple[int, ...]
    worst_relative: float
    worst_of_allowance: float

    @property
    def holds(self) -> bool:
        """Whether every series agrees."""
        return not self.var_differences and not self.shortfall_differences


def _losses(rng: Random, shape: str, count: int) -> tuple[int, ...]:
    if shape == "ties":
        few = [rng.randint(-50, 50) for _ in range(rng.randint(2, 6))]
        return tuple(rng.choice(few) for _ in range(count))
    if shape == "all equal":
        return (rng.randint(-(10**9), 10**9),) * count
    if shape == "one crash":
        return tuple(10**12 if i == 0 else round(rng.gauss(0, 10**6)) for i in range(count))
    if shape == "large":
        return tuple(rng.randint(-LARGEST_EXACT, LARGEST_EXACT) for _ in range(count))
    low, high = {"gains only": (-(10**9), -1), "losses only": (1, 10**9), "cents": (-100, 100)}.get(
        shape, (-(10**9), 10**9)
    )
    return tuple(rng.randint(low, high) for _ in range(count))


def _size(rng: Random, confidence_bps: int) -> int:
    """Half of the sizes make (1 - c) S whole, where such a size is not too large."""
    step = Fraction(BPS - confidence_bps, BPS).denominator
    if rng.random() < 0.5 and step <= 1_000:
        return step * rng.randint(1, max(1, 1_000 // step))
    return rng.choice((1, 2, 3, 252, 504, rng.randint(1, 1_000)))


def random_series(count: int, seed: int) -> list[TailSeries]:
    """So many series from a seed, all shapes in turn, usual levels and any."""
    rng = Random(seed)  # noqa: S311  (test data)
    made = []
    for index in range(count):
        level = rng.choice(USUAL_LEVELS) if rng.random() < 0.7 else rng.randint(1, BPS - 1)
        shape = SHAPES[index % len(SHAPES)]
        made.append(TailSeries(shape, _losses(rng, shape, _size(rng, level)), level))
    return made


def allowance(series: TailSeries) -> Fraction:
    """How far a float expected shortfall may lie off: 2^-52 * (S + 2 / (1 - c)) * the largest loss.

    A sum of up to S terms loses at most S half units in the last place; the tail mass (1 - c) S inherits the rounding
    of 1 - c, relative 2^-53 / (1 - c), and the mean is divided by it.
    """
    largest = max(1, *(abs(loss) for loss in series.losses))
    return Fraction(largest, 2**52) * (len(series.losses) + Fraction(2 * BPS, BPS - series.confidence_bps))


def is_installed() -> bool:
    """Whether the environment of the other library is there."""
    return (ENVIRONMENT / "bin" / "python").exists()


def ask_other_side(series: Sequence[TailSeries]) -> tuple[str, list[tuple[float, float]]]:
    """Version of the other library, and its value at risk and expected shortfall of every series.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    question = json.dumps([[entry.losses, entry.confidence_bps] for entry in series])
    command = [str(ENVIRONMENT / "bin" / "python"), "-I", str(OTHER_SIDE)]
    answer = json.loads(subprocess.run(command, input=question, capture_output=True, text=True, check=True).stdout)
    return answer["version"], [(var, shortfall) for var, shortfall in answer["figures"]]


def compare_figures(
    series: Sequence[TailSeries], version: str, others: Sequence[tuple[float, float]]
) -> TailComparison:
    """Compare our figures with the other library's: value at risk exactly, expected shortfall within the allowance."""
    wrong_var, wrong_shortfall, relative, share = [], [], Fraction(0), Fraction(0)
    for index, (entry, (var, shortfall)) in enumerate(zip(series, others, strict=True)):
        if historical_var(entry.losses, entry.confidence_bps) != Fraction(var):
            wrong_var.append(index)
        ours = expected_shortfall(entry.losses, entry.confidence_bps)
        gap, allowed = abs(Fraction(ours.numerator, ours.denominator) - Fraction(shortfall)), allowance(entry)
        relative = max(relative, gap / max(1, *(abs(loss) for loss in entry.losses)))
        share = max(share, gap / allowed)
        if gap > allowed:
            wrong_shortfall.append(index)
    return TailComparison(
        version=version,
        series=len(series),
        whole_tails=sum(entry.has_whole_tail for entry in series),
        shapes={shape: sum(entry.shape == shape for entry in series) for shape in SHAPES},
        var_differences=tuple(wrong_var),
        shortfall_differences=tuple(wrong_shortfall),
        worst_relative=float(relative),
        worst_of_allowance=float(share),
    )


def compare_tails(count: int, seed: int) -> TailComparison:
    """Make series, ask the other library, compare."""
    series = random_series(count, seed)
    return compare_figures(series, *ask_other_side(series))
