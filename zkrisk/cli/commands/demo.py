"""`zkrisk demo`: the whole story on a local chain."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from zkrisk.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="demo")
def demo(
    context: typer.Context,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Build the deployment again instead of loading it.")] = False,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="DIR", help="Default in the home.")] = None,
) -> int:
    """A private book borrows, is attacked, and is liquidated. Exit 5 if the chain accepts an attack.

    \b
    zkrisk demo
    zkrisk demo --json --fresh
    """
    from zkrisk.demo import DemoOptions, run_demo  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.demo.__main__ import command_name  # noqa: PLC0415

    session: Session = context.obj
    folder = Path(out) if out else session.home / "demo"
    options = DemoOptions(
        folder=folder,
        shown_folder=str(folder),
        command=command_name(),
        json_lines=session.flags.json,
        fresh=fresh,
        clock=time.monotonic,
    )
    run_demo(options, sys.stdout)
    return 0
