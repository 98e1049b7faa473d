"""``zkrisk config``."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="config")
def show_config(
    context: typer.Context,
    *,
    path: Annotated[bool, typer.Option("--path", help="Only print where your own file is.")] = False,
) -> Outcome:
    """Each setting and where it came from.

    \b
    zkrisk config
    zkrisk config --json --profile local
    """
    session: Session = context.obj
    if path:
        return Outcome("config", {"path": str(session.user_file)}, [str(session.user_file)])
    rows = session.config.items()
    lines = [f"  {name:<12}{_shown(setting.value):<40}{setting.origin}" for name, setting in rows]
    settings = [{"name": name, "value": setting.value, "origin": setting.origin} for name, setting in rows]
    result = {"path": str(session.user_file), "home": str(session.home), "settings": settings}
    return Outcome("config", result, [*lines, f"  your file   {session.user_file}"])


def _shown(value: object) -> str:
    if value is None or value == {}:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
