"""``zkrisk store``: the encrypted store itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkrisk.cli.chain_access import endpoint, open_chain
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Outcome
from zkrisk.cli.secrets import SecretSources, terminal_prompt, write_keyring
from zkrisk.cli.session import Session
from zkrisk.errors import UsageError
from zkrisk.store import ChainCommitment, OpeningInfo, Store
from zkrisk.store.store import Lookup

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

app = typer.Typer(rich_markup_mode=None, add_completion=False, help="The encrypted store.", no_args_is_help=True)

BackupFile = Annotated[str, typer.Argument(metavar="FILE", help="The encrypted copy.")]


@app.command()
def info(context: typer.Context) -> Outcome:
    """Public facts about the store; needs no passphrase."""
    session: Session = context.obj
    with session.open_index() as index:
        facts = index.info()
    backed = time_text(facts.backed_up_at_unix) if facts.backed_up_at_unix else "never"
    states = ", ".join(f"{count} {state.lower()}" for state, count in facts.openings.items() if count) or "none"
    lines = [
        f"store     {facts.path}",
        f"made      {time_text(facts.created_at_unix)}, backed up: {backed}",
        f"books     {facts.books}",
        f"openings  {states}",
        f"key       Argon2id, {facts.kdf['memory_kib']} KiB, {facts.kdf['passes']} passes, {facts.kdf['lanes']} lanes",
    ]
    result = {
        "path": facts.path,
        "store_id": facts.store_id,
        "format": facts.format,
        "created_at_unix": facts.created_at_unix,
        "backed_up_at_unix": facts.backed_up_at_unix,
        "books_count": facts.books,
        "openings": facts.openings,
        "kdf": facts.kdf,
    }
    return Outcome("store-info", result, lines, next=None if facts.backed_up_at_unix else "zkrisk store backup FILE")


@app.command()
def backup(context: typer.Context, file: BackupFile) -> Outcome:
    """Write an encrypted copy and check that it is whole.

    \b
    zkrisk store backup /media/stick/zkrisk.backup
    zkrisk store backup copy.db --passphrase-file secret.txt
    """
    session: Session = context.obj
    with session.open_store() as store:
        store.backup(Path(file))
        count = len(store.openings())
    return Outcome(
        "store-backup", {"file": file, "openings_count": count}, [f"wrote {file}: {count} openings, encrypted"]
    )


@app.command()
def restore(context: typer.Context, file: BackupFile) -> Outcome:
    """Put a backup in the place of the store; nothing that only the store can open is lost.

    \b
    zkrisk store restore copy.db
    zkrisk store restore copy.db --home ./other
    """
    session: Session = context.obj
    passphrase = session.secret_sources().read(" ".join(session.words))
    if (session.home / "store.db").exists():
        session.confirm_by_typing("The present store is renamed and the backup takes its place.", "restore")
    with Store.restore(session.home, Path(file), passphrase, clock=session.now_unix) as store:
        facts = store.info()
    result = {"path": facts.path, "store_id": facts.store_id, "books_count": facts.books, "openings": facts.openings}
    return Outcome(
        "store-restore", result, [f"restored {facts.books} books into {facts.path}"], next="zkrisk store recover"
    )


@app.command()
def rekey(
    context: typer.Context,
    *,
    new_passphrase_fd: Annotated[
        str | None, typer.Option(metavar="FD", help="File descriptor of the new passphrase.")
    ] = None,
    new_passphrase_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="File of the new passphrase, mode 0600.")
    ] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep it in the system's keyring too.")] = False,
) -> Outcome:
    """Encrypt everything under a fresh key and a new passphrase. Old backups keep the old one.

    \b
    zkrisk store rekey
    zkrisk store rekey --new-passphrase-file new.txt
    """
    session: Session = context.obj
    fresh = SecretSources(
        descriptor=new_passphrase_fd,
        file=new_passphrase_file,
        prompt=terminal_prompt if session.can_ask else None,
    )
    with session.open_store() as store:
        if fresh.descriptor is None and fresh.file is None and fresh.prompt is None:
            raise UsageError(
                "no new passphrase given", hint="add --new-passphrase-fd 4 4</path or --new-passphrase-file"
            )
        passphrase = fresh.read("store rekey", label="New passphrase", confirm=True)
        if keyring:
            write_keyring(str(session.home), passphrase)
        store.rekey(passphrase)
        facts = store.info()
    return Outcome("store-rekey", {"store_id": facts.store_id, "rekeyed": True}, ["the passphrase was changed"])


@app.command()
def recover(
    context: typer.Context,
    *,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Default the profile's. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default the one that is known.")] = None,
) -> Outcome:
    """After a crash: compare the stored commitments with the chain, when one is known.

    \b
    zkrisk store recover
    zkrisk store recover --rpc URL
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment) if endpoint(session, rpc) else None
    with session.open_store() as store:
        report = store.recover(_lookup(chain), chain_id=chain.chain_id if chain else 0)
    lines = [f"  {i.commitment:#066x}  {i.state:<9} {i.book}" for i in report.prepared]
    lines += [
        f"  {i.commitment:#066x}  {i.state:<9} {i.book}, as the chain says" for i in report.matched + report.retired
    ]
    lines += [f"  {c.commitment:#066x}  UNKNOWN   on the chain; a backup may open it" for c in report.unknown]
    result = {
        "prepared": [opening_dict(i) for i in report.prepared],
        "matched": [opening_dict(i) for i in report.matched],
        "retired": [opening_dict(i) for i in report.retired],
        "unknown": [{"commitment": f"{c.commitment:#066x}", "sequence": str(c.sequence)} for c in report.unknown],
    }
    warnings = () if chain else (("CHAIN_NOT_ASKED", "no RPC endpoint is known: states are those of the store"),)
    return Outcome("store-recover", result, lines or ["every stored commitment is settled"], warnings=warnings)


def _lookup(chain: ChainClient | None) -> Lookup | None:
    """The active commitment of an account; one that is pending stays SENT until a proof makes it active."""
    if chain is None:
        return None

    def active(account: str) -> list[ChainCommitment]:
        view = chain.account(account)
        return [ChainCommitment(view.commitment, view.sequence)] if view.commitment else []

    return active


def opening_dict(opening: OpeningInfo) -> dict[str, object]:
    """Public JSON form of an opening."""
    return {
        "commitment": f"{opening.commitment:#066x}",
        "account": opening.account,
        "book": opening.book,
        "chain_id": str(opening.chain_id),
        "state": opening.state.value,
        "sequence": None if opening.sequence is None else str(opening.sequence),
        "tx_hash": opening.tx_hash,
        "created_at_unix": opening.created_at_unix,
    }
