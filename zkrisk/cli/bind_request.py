"""From the flags of `bind` to what the pipeline prepares: statements of venues, the opening, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zkrisk.cli.handed_files import STDIN, read_document
from zkrisk.cli.proof_request import stored_opening
from zkrisk.cli.render_text import short_hash
from zkrisk.commitment import format_address, parse_address
from zkrisk.errors import ContractRefused, InputError, NotFound, ProofRejected, UsageError, ZkRiskError
from zkrisk.venue.files import StatementFile

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.cli.session import Session
    from zkrisk.commitment import Opening
    from zkrisk.pipeline_binding import PreparedBinding
    from zkrisk.venue import SignedStatement


@dataclass(frozen=True)
class HandedStatements:
    """Statements in the order of the command line, with the names of their files. Private."""

    files: tuple[str, ...]
    signed: tuple[SignedStatement, ...] = field(repr=False)


def read_statements(chain: ChainClient, account: str, files: Sequence[str]) -> HandedStatements:
    """Read venues' statements that are for this account, chain and contract; who signed them is not looked at.

    Raises:
        BadFile: Not a statement.
        InputError: It is for another account, chain, contract or universe.
    """
    if files.count(STDIN) > 1:
        raise UsageError("only one of the files can be -", hint="zkrisk bind --help")
    return HandedStatements(tuple(files), tuple(_read(chain, account, name) for name in files))


def _read(chain: ChainClient, account: str, name: str) -> SignedStatement:
    found = StatementFile.parse(*read_document(name))
    said, binder = found.signed.statement, chain.deployment.binder
    pairs = (
        ("account", format_address(said.owner), account),
        ("chain", str(said.chain), str(chain.chain_id)),
        ("contract", format_address(said.registry), binder),
    )
    for what, theirs, ours in pairs:
        if theirs != ours:
            raise InputError(
                f"the statement is for {what} {theirs}, not for {ours}",
                where=name,
                hint=f"zkrisk issuer sign .. --owner {account} --chain-id {chain.chain_id} --registry {binder}",
            )
    size = len(said.vector.long)
    if (found.universe_sha256, size) != (chain.universe.sha256, chain.universe.size):
        raise InputError(
            f"the statement is on universe {found.universe}, not on the deployment's {chain.universe.id}", where=name
        )
    return found.signed


def chosen_opening(session: Session, chain: ChainClient, book: str, account: str, *, active: bool) -> Opening:
    """Read the opening of the commitment that waits for its proof, else of the active one.

    Args:
        active: The active one, also while another waits.

    Raises:
        NotFound: There is none on the chain, or the store cannot open it.
        CommitmentMismatch, InputError: See `stored_opening`.
    """
    state = chain.account(account)
    commitment = state.commitment if active else state.pending_commitment or state.commitment
    if not commitment:
        raise NotFound(
            f"account {short_hash(account)} has no commitment on chain {chain.chain_id}",
            hint=f"zkrisk commit {book} --send",
        )
    return stored_opening(session, chain, book, account, commitment)


@contextmanager
def statements_named(handed: HandedStatements, prepared: PreparedBinding | None = None) -> Iterator[None]:
    """Say in an error which statement's file it is about, where it is about one."""
    try:
        yield
    except ProofRejected as error:
        _name(error, handed, error.details.get("statement"))
        raise
    except ContractRefused as error:
        _name(error, handed, _refused_part(error, prepared) if prepared else None)
        raise


def _name(error: ZkRiskError, handed: HandedStatements, number: object) -> None:
    if isinstance(number, int) and number < len(handed.files):
        error.where = error.where or handed.files[number]


def _refused_part(error: ContractRefused, prepared: PreparedBinding) -> int | None:
    """Which part a contract's error is about: its number, its venue account, or its venue's key."""
    args = error.details.get("args")
    if not isinstance(args, dict):
        return None
    if error.details.get("error") in ("StatementTimeRefused", "PartInvalid"):
        return int(args["index"])
    for number, (part, index) in enumerate(zip(prepared.parts, prepared.key_indexes, strict=True)):
        venue, _, _, nullifier, _, _ = part.public_values()
        if venue and (args.get("nullifier") == nullifier or (args.get("venue"), args.get("index")) == (venue, index)):
            return number
    return None


def require_own(account: str, signer: str) -> None:
    """Refuse to go on for an account that the signer is not: only itself binds its books and answers.

    Raises:
        InputError: They differ.
    """
    if parse_address(account) != parse_address(signer):
        raise InputError(f"the account is {account}, the signer is {signer}", hint="--signer the account's own")
