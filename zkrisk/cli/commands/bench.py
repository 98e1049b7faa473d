"""``zkrisk bench``: how fast this machine proves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.session import Session
from zkrisk.errors import UsageError

if TYPE_CHECKING:
    from zkrisk.proof.benchmark import Figures

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="How fast this machine is.")

NAME_WIDTH = 36


@app.callback()
def bench() -> None:
    """How fast this machine is."""


@app.command()
def prove(
    context: typer.Context,
    *,
    tier: Annotated[str, typer.Option(metavar="TIER", help="micro or standard.")] = "standard",
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="Runs of each prover.")] = 7,
    rapidsnark: Annotated[
        Path | None, typer.Option(envvar="RAPIDSNARK_BIN", metavar="FILE", help="Compare with rapidsnark, too.")
    ] = None,
) -> Outcome:
    """Prove one compliance statement again and again, by this prover's kernels and by others in turn.

    The book is invented, prices and key are those of a development set-up. Median, least and most of all runs.

    \b
    zkrisk bench prove
    RAPIDSNARK_BIN=~/rapidsnark/prover zkrisk bench prove --runs 15
    """
    from zkrisk.params import TIERS, CircuitKind  # noqa: PLC0415  (--help does without)
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415
    from zkrisk.proof.benchmark import bench_prove  # noqa: PLC0415

    session: Session = context.obj
    if tier not in TIERS:
        raise UsageError(f"option '--tier' is one of {', '.join(TIERS)}")
    if rapidsnark is not None and not rapidsnark.is_file():
        raise UsageError("--rapidsnark, or RAPIDSNARK_BIN, names no program")
    instance = default_artifacts().instance(CircuitKind.COMPLIANCE, TIERS[tier])
    with session.progress.phase("bench", f"{runs} runs of each"):
        figures = bench_prove(instance, runs, rapidsnark)
    result = {
        "instance": figures.instance,
        "rows": figures.rows,
        "wires": figures.wires,
        "kernels": list(figures.kernels),
        "witness_share_percent": round(100 * figures.witness_share),
        "times": [
            {"prover": name, **{key.replace("_s", "_us"): round(1e6 * value) for key, value in times.items()}}
            for name, times in figures.times.items()
        ],
    }
    return Outcome("bench-prove", result, _lines(figures))


def _lines(figures: Figures) -> list[Line]:
    first = next(iter(figures.times.values()))["median_s"]
    lines: list[Line] = [
        f"  {figures.instance}: {figures.wires:,} wires, {figures.rows:,} rows; milliseconds, median (least to most)"
    ]
    for name, times in figures.times.items():
        median, least, most = (1_000 * times[key] for key in ("median_s", "min_s", "max_s"))
        ratio = times["median_s"] / first
        lines.append(f"  {name:<{NAME_WIDTH}}{median:>9.1f}  ({least:.1f} to {most:.1f})   x{ratio:.1f}")
    lines.append(f"  {figures.witness_share:.0%} of the way from the book to the proof is not the prover's")
    return lines
