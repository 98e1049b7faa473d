"""``zkrisk schema``."""

from __future__ import annotations

from typing import Annotated

import typer

from zkrisk.cli.output import Outcome
from zkrisk.cli.schemas import NAMES, json_schema
from zkrisk.errors import NotFound

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="schema")
def schema(
    context: typer.Context,
    command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="Such as: risk, or: book add.")] = None,
) -> Outcome:
    """JSON Schema of COMMAND --json; without a command, the list of schemas.

    \b
    zkrisk schema risk
    zkrisk schema keeper run
    """
    if not command:
        return Outcome("schema", {"schemas": sorted(NAMES)}, sorted(NAMES))
    name = "-".join(" ".join(command).split())
    if name not in NAMES:
        raise NotFound(f"there is no schema of '{' '.join(command)}'", hint="zkrisk schema")
    return Outcome("schema", json_schema(name), raw=True)
