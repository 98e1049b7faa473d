"""``zkrisk init``."""

from __future__ import annotations

import os

import typer

from zkrisk.cli.output import Outcome
from zkrisk.cli.session import Session
from zkrisk.errors import StoreConflict
from zkrisk.store import Store, StoreIndex

app = typer.Typer(rich_markup_mode=None, add_completion=False)

TEMPLATE = """# zkrisk settings; `zkrisk config` shows each with its origin. No secrets here.
# universe = "standard-32"
# policy = "lender-a"

# [profile.local]
# rpc_url = "http://127.0.0.1:8545"
# chain_id = 31337
"""


@app.command(name="init")
def init(context: typer.Context) -> Outcome:
    """Create the encrypted store and a first configuration file.

    \b
    zkrisk init
    zkrisk init --home ./private --passphrase-file secret.txt
    """
    session: Session = context.obj
    if StoreIndex.exists(session.home):
        raise StoreConflict("there is a store already", where=str(session.home), hint="zkrisk store info")
    passphrase = session.secret_sources().read("init", label="New passphrase", confirm=True)
    Store.create(session.home, passphrase, clock=session.now_unix).close()
    path, written = session.user_file, False
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(TEMPLATE)
        written = True
    return Outcome(
        schema="init",
        result={"home": str(session.home), "config": str(path), "config_written": written},
        lines=[f"store     {session.home}", f"settings  {path}", "There is no way back in without the passphrase."],
        next="zkrisk book add FILE",
    )
