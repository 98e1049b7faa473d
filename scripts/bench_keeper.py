"""How long the keeper takes to judge all accounts at new prices, and how that grows with their number."""

from __future__ import annotations

from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from zkrisk.keeper import bench_revaluation

__all__ = ["ACCOUNTS", "bench_keeper", "print_keeper"]

ACCOUNTS = (100, 1_000, 10_000)
_MICROSECONDS = 10**6


def bench_keeper(runs: int) -> dict[str, Any]:
    """Time the revaluation of made-up accounts on 32 instruments.

    Returns:
        Number of accounts, as text → {"load_s", "epoch_s": median, "min_s", "max_s", "below", "per_account_us"}.
    """
    figures: dict[str, Any] = {}
    for accounts in ACCOUNTS:
        measured = [bench_revaluation(accounts) for _ in range(runs)]
        epochs = [one.epoch_seconds for one in measured]
        figures[str(accounts)] = {
            "load_s": median(one.load_seconds for one in measured),
            "epoch_s": median(epochs),
            "min_s": min(epochs),
            "max_s": max(epochs),
            "below": measured[-1].below,
            "per_account_us": median(epochs) / accounts * _MICROSECONDS,
        }
    return figures


def print_keeper(console: Console, figures: dict[str, Any]) -> None:
    """Print times; growth is how many times longer than the row above, which has a tenth of the accounts."""
    title = "keeper: revaluation at new prices, 32 instruments"
    table = Table("accounts", "load, s", "epoch, s (min to max)", "µs an account", "growth", "below", title=title)
    before: float | None = None
    for accounts, one in figures.items():
        table.add_row(
            f"{int(accounts):,}",
            f"{one['load_s']:.3f}",
            f"{one['epoch_s']:.5f} ({one['min_s']:.5f} to {one['max_s']:.5f})",
            f"{one['per_account_us']:.2f}",
            "" if before is None else f"x {one['epoch_s'] / before:.1f}",
            f"{one['below']:,}",
        )
        before = one["epoch_s"]
    console.print(table)
