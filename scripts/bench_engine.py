"""Speed of the engine: one large book, ten thousand books at once, and the same metrics in plain floats."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from zkrisk.analytics.many import SheetArrays, risk_many
from zkrisk.book import BookVector
from zkrisk.metrics import (
    expected_shortfall,
    exposures_of,
    gross_leverage,
    health_factor,
    hhi,
    historical_var,
    net_leverage,
    position_shares,
    scenario_losses,
    sector_shares,
)
from zkrisk.proof.benchmark import interleaved

__all__ = ["bench_engine", "print_engine"]

SLOTS, SCENARIOS, STRESSES, SECTORS, BOOKS = 128, 504, 33, 8, 10_000
CONFIDENCES: Final = (9_500, 9_750, 9_900)
_ONE, _MANY, _FLOAT = "one book, exact", f"{BOOKS:,} books, exact", f"{BOOKS:,} books, numpy floats"


def _sheet(rng: random.Random) -> SheetArrays:
    def rows(count: int, spread: int) -> list[list[int]]:
        return [[0] + [max(-(10**6), round(rng.gauss(0, spread))) for _ in range(SLOTS - 1)] for _ in range(count)]

    return SheetArrays(
        prices=[10**10, *(rng.randint(10**8, 10**13) for _ in range(SLOTS - 1))],
        liquidation_threshold_bps=[rng.randint(5_000, 9_500) for _ in range(SLOTS)],
        borrow_factor_bps=[rng.randint(10_000, 12_000) for _ in range(SLOTS)],
        sector=[[int(i and i % SECTORS == k) for i in range(SLOTS)] for k in range(SECTORS)],
        window_return=rows(SCENARIOS, 40_000),
        stress_return=rows(STRESSES, 300_000),
    )


def _books(rng: random.Random) -> tuple[list[list[int]], list[list[int]]]:
    def side(most: int) -> list[list[int]]:
        return [[rng.randint(0, most) for _ in range(SLOTS)] for _ in range(BOOKS)]

    return side(10**9), side(10**8)


def _one(long: list[int], short: list[int], sheet: SheetArrays) -> None:
    """Every metric of the engine for one book."""
    exposures = exposures_of(BookVector(tuple(long), tuple(short)), None, sheet.prices)
    losses = scenario_losses(exposures.cents, sheet.window_return)
    scenario_losses(exposures.cents, sheet.stress_return)
    health_factor(long, short, sheet.prices, sheet.liquidation_threshold_bps, sheet.borrow_factor_bps)
    gross_leverage(exposures.gross, exposures.equity)
    net_leverage(exposures.net, exposures.equity)
    position_shares(exposures.net, exposures.equity)
    sector_shares(exposures.net, sheet.sector, exposures.equity)
    hhi(exposures.net)
    for level in CONFIDENCES:
        historical_var(losses, level)
        expected_shortfall(losses, level)


class _Floats:
    """The same metrics as one would write them with numpy, without a word on rounding."""

    def __init__(self, sheet: SheetArrays) -> None:
        self.prices, self.lt, self.bf, self.sector, self.window, self.stress = (
            np.array(rows, dtype=float)
            for rows in (
                sheet.prices, sheet.liquidation_threshold_bps, sheet.borrow_factor_bps, sheet.sector,
                sheet.window_return, sheet.stress_return,
            )
        )  # fmt: skip

    def __call__(self, long: NDArray[Any], short: NDArray[Any]) -> NDArray[Any]:
        """Return VaR of every book at the levels, after computing the rest."""
        held, owed = long * self.prices, short * self.prices
        net = held - owed
        equity, size = net.sum(axis=1), np.abs(net[:, 1:])
        _ = (
            (held @ self.lt) / (owed @ self.bf),
            (held + owed)[:, 1:].sum(axis=1) / equity,
            net[:, 1:].sum(axis=1) / equity,
        )
        _ = size.max(axis=1) / equity, (np.abs(net) @ self.sector.T) / equity[:, None]
        _ = (size * size).sum(axis=1) / size.sum(axis=1) ** 2, (net @ self.stress.T).min(axis=1)
        losses = np.sort(-(net @ self.window.T), axis=1)[:, ::-1]
        tails = [int((10_000 - level) * SCENARIOS // 10_000) for level in CONFIDENCES]
        _ = [losses[:, : k + 1].mean(axis=1) for k in tails]
        return np.stack([losses[:, k] for k in tails], axis=1)


def bench_engine(runs: int) -> dict[str, Any]:
    """Time the three in turn; check that exact and float VaR agree as far as floats go.

    Returns:
        ``times``: name → times, see `interleaved`. ``difference``: largest relative difference of a VaR.
    """
    rng = random.Random(5)  # noqa: S311
    sheet, (long, short) = _sheet(rng), _books(rng)
    floats, arrays = _Floats(sheet), [np.array(side, dtype=float) for side in (long, short)]
    kept: dict[str, Any] = {}

    def keep(name: str, work: Callable[[], Any]) -> Callable[[], None]:
        return lambda: kept.__setitem__(name, work())

    times = interleaved(
        {
            _ONE: lambda: _one(long[0], short[0], sheet),
            _MANY: keep(_MANY, lambda: risk_many(long, short, sheet, CONFIDENCES)),
            _FLOAT: keep(_FLOAT, lambda: floats(*arrays)),
        },
        runs,
    )
    slack = SLOTS * 10**6
    exact = np.stack([tail.var.astype(float) - slack for tail in kept[_MANY].tails], axis=1) * 1e14
    difference = float(np.max(np.abs(kept[_FLOAT] / exact - 1)))
    return {"times": dict(times), "difference": difference}


def print_engine(console: Console, figures: dict[str, Any]) -> bool:
    """Print the table; return whether floats and integers agree to a millionth."""
    table = Table("engine, 128 instruments, 504 scenarios", "median, ms", "a book, ms", "least to most, ms")
    for name, entry in figures["times"].items():
        books = 1 if name == _ONE else BOOKS
        seconds = entry["median_s"]
        spread = f"{1e3 * entry['min_s']:.1f} to {1e3 * entry['max_s']:.1f}"
        table.add_row(name, f"{1e3 * seconds:.1f}", f"{1e3 * seconds / books:.3f}", spread)
    console.print(table)
    console.print(f"largest relative difference of a VaR between integers and floats: {figures['difference']:.1e}")
    return bool(figures["difference"] < 1e-6)
