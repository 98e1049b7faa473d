"""What the keeper's commands work with: its state, its keys from the store, the chain, and money as it is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from zkrisk.cli.chain_access import open_chain, open_sender, signer_name
from zkrisk.cli.kept_keys import READER, names_of, read_kept
from zkrisk.errors import InputError, NotFound, UsageError
from zkrisk.fixedpoint import parse_decimal, scale_down, scale_up
from zkrisk.params import PRICE_EXPONENT

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.session import Session
    from zkrisk.keeper.appraise import Limits
    from zkrisk.keeper.books import Books, Reader
    from zkrisk.keeper.chain import ChainView, Prover
    from zkrisk.keeper.state import KeeperState
    from zkrisk.store import Store
    from zkrisk.store.seal import DataKey

SEAL_NAME = "keeper:seal"


@dataclass(frozen=True)
class Access:
    """Where a command looks, as it was written.

    Attributes:
        key: Name of a reader's key of the store; None takes the only one there is.
        openings: File of openings that a threshold of members gave.
        folder: Of the state.
        signer: None only looks.
    """

    key: str | None
    openings: str | None
    folder: str | None
    rpc: str | None
    deployment: str | None
    signer: str | None = None
    only_looks: bool = False


@dataclass(frozen=True)
class Opened:
    """What `Access` led to."""

    client: ChainClient
    sender: Transactor | None
    chain: ChainView
    state: KeeperState
    books: Books


@contextlib.contextmanager
def opened(session: Session, access: Access) -> Iterator[Opened]:
    """Connect, read the keys, and open the state; the store is closed again before anything runs.

    Raises:
        NotFound: The store has no such reader's key, and no openings were given.
        StoreConflict: Another keeper runs on this folder, or it is of another deployment.
    """
    from zkrisk.keeper.books import Books  # noqa: PLC0415  (--help does without numpy and the chain)
    from zkrisk.keeper.state import KeeperState  # noqa: PLC0415

    client, sender, chain = _chain(session, access)
    with session.open_store() as store:
        reader, seal, store_id = _reader(store, access), _seal(store), store.info().store_id
    kind = "scan" if access.only_looks else "run"
    folder = Path(access.folder) if access.folder else session.home / "keeper" / f"{client.chain_id}-{kind}"
    with KeeperState(folder, chain.identity) as state:
        books = Books(state, reader, seal, store_id=store_id, instruments=chain.instruments)
        yield Opened(client, sender, chain, state, books)


def _chain(session: Session, access: Access) -> tuple[ChainClient, Transactor | None, ChainView]:
    from zkrisk.keeper.deployed import DeployedChain  # noqa: PLC0415  (web3 takes 0.4 s)

    client = open_chain(session, access.rpc, access.deployment)
    if access.only_looks:
        return client, None, DeployedChain(client, None)
    signer = signer_name(session, access.signer, client.chain_id)
    sender = open_sender(session, client.rpc, signer)
    return client, sender, DeployedChain(client, sender)


def open_prover(client: ChainClient, keeper: str) -> Prover:
    """Return what makes proofs on this machine."""
    from zkrisk.keeper.proving import PipelineProver  # noqa: PLC0415  (circuits)
    from zkrisk.proof.artifacts import default_artifacts  # noqa: PLC0415

    return PipelineProver(client, default_artifacts(), keeper)


def _reader(store: Store, access: Access) -> Reader:
    from zkrisk.keeper.books import OpeningsFile, Reader, load_openings  # noqa: PLC0415
    from zkrisk.viewing.kept import KeptKey  # noqa: PLC0415

    given = OpeningsFile(Path(access.openings), load_openings) if access.openings else {}
    names = names_of(store, READER)
    if access.key is None and len(names) > 1:
        raise UsageError(f"the store has {len(names)} reader's keys", hint="--key NAME, one of: zkrisk viewing list")
    if access.key is None and not names:
        if not access.openings:
            raise NotFound("the store has no reader's key", hint="zkrisk viewing keygen, or --openings FILE")
        return Reader(openings=given)
    return Reader(KeptKey.decode(read_kept(store, READER, access.key or names[0])).scalar, given)


def _seal(store: Store) -> DataKey:
    """Return the key that seals what the keeper reads; drawn once and kept in the store."""
    from zkrisk.keeper.books import seal_material, seal_of  # noqa: PLC0415
    from zkrisk.store.seal import DataKey  # noqa: PLC0415

    if SEAL_NAME not in store.key_names():
        store.put_key(SEAL_NAME, seal_material(DataKey.draw()))
    return seal_of(store.key(SEAL_NAME))


def allow_vaults(session: Session, found: Opened, amount: str) -> None:
    """Let every vault that lends a token take so much of it from the keeper; shown, and asked for like any sending.

    Raises:
        InputError: No vault lends this token.
    """
    from zkrisk.cli.allowance import allow  # noqa: PLC0415  (--help does without)
    from zkrisk.cli.proof_request import token_amount  # noqa: PLC0415

    slot, units = token_amount(found.client, amount)
    symbol = found.client.universe.symbol_of(slot)
    views = [found.client.vault(name) for name in sorted(found.client.deployment.vaults)]
    lending = [view for view in views if view.asset_slot == slot]
    if not lending:
        raise InputError(f"no vault lends {symbol}", hint="zkrisk vault show")
    for view in lending:
        if found.sender is not None:
            allow(session, found.client, found.sender, view.address, token=(symbol, units), send_it=True)


@dataclass(frozen=True)
class Money:
    """Limits as they were written: dollars, basis points and the coin that gas is paid in."""

    min_profit: str
    haircut_bps: int
    native: str
    writes_off: bool


def limits_of(client: ChainClient, money: Money) -> Limits:
    """Read limits.

    Raises:
        InputError: A number is none, or out of range.
        UnknownInstrument: The coin is neither an instrument nor a price.
    """
    from zkrisk.keeper.appraise import Limits  # noqa: PLC0415
    from zkrisk.keeper.money import NativePrice  # noqa: PLC0415

    if not 0 <= money.haircut_bps < 10_000:
        raise InputError("the haircut is not in 0 to 9999 basis points")
    least = scale_up(_dollars(money.min_profit, "--min-profit"), PRICE_EXPONENT)
    if money.native[:1].isdigit():
        native = NativePrice(fixed=scale_down(_dollars(money.native, "--native"), PRICE_EXPONENT))
    else:
        slot = client.universe.slot_of(money.native)
        native = NativePrice(slot=slot, lot_decimals=client.universe.decimals_of(slot))
    return Limits(least, money.haircut_bps, native, money.writes_off)


def _dollars(text: str, option: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise InputError(f"{option} is {error}", hint=f"{option} 25") from None
