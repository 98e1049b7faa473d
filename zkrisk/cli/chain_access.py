"""Which chain, which deployment, which signer: from flags and settings to the library's objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from zkrisk.config import printable_url
from zkrisk.errors import InputError, NotFound, StoreLocked, UsageError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.rpc import Rpc
    from zkrisk.chain.signer import Signer
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.session import Session

DEVELOPMENT_CHAIN = 31_337
DEPLOYER = "anvil:0"
TRADER = "anvil:1"
CUSTODIAN = "anvil:2"
CHAIN_NAMES = {1: "ethereum", 10: "optimism", 8453: "base", 42161: "arbitrum", 31337: "anvil"}
TIMEOUT_S = 30.0


class LocalChain(NamedTuple):
    """A chain that `zkrisk chain start` runs."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """RPC endpoint."""
        return f"http://127.0.0.1:{self.port}"


def chain_name(chain_id: int) -> str:
    """Name of a chain, or its number."""
    return CHAIN_NAMES.get(chain_id, f"chain-{chain_id}")


def chain_folder(session: Session) -> Path:
    """Folder of the local chain and of deployments."""
    return session.home / "chain"


def local_chain(session: Session) -> LocalChain | None:
    """What `chain start` noted; the process may have ended since."""
    try:
        noted = json.loads((chain_folder(session) / "anvil.json").read_text())
        return LocalChain(int(noted["pid"]), int(noted["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def endpoint(session: Session, rpc: str | None, *, may_be_local: bool = True) -> str | None:
    """The RPC endpoint: flag, then setting, then the local chain.

    Raises:
        InputError: It is no http address.
    """
    url = rpc or session.config.settings.rpc_url
    if url is None:
        local = local_chain(session) if may_be_local else None
        return local.url if local else None
    if not printable_url(url).startswith(("http://", "https://")) or printable_url(url).endswith("://"):
        raise InputError("the RPC endpoint is not an http address", hint="--rpc http://127.0.0.1:8545")
    return url


def open_rpc(session: Session, rpc: str | None) -> Rpc:
    """Connect, and compare the chain id with the profile's.

    Raises:
        UsageError: No endpoint is known.
        Unreachable, WrongChain: See `Rpc.check_chain`.
    """
    from zkrisk.chain.rpc import Rpc  # noqa: PLC0415  (web3 takes 0.4 s)

    url = endpoint(session, rpc)
    if url is None:
        raise UsageError("no RPC endpoint is known", hint="--rpc URL, or a local chain: zkrisk chain start")
    connection = Rpc(url, timeout_s=TIMEOUT_S, expect_chain_id=session.config.settings.chain_id)
    if is_open_to_others(url) and connection.name not in session.warned:
        session.warned.add(connection.name)
        text = f": {connection.name} is not encrypted: whoever is on the way can answer for it"
        session.screen.tell([[("warning", "warn"), (text, "")]])
    connection.check_chain()
    return connection


def is_open_to_others(url: str) -> bool:
    """Whether answers of an endpoint pass a network without encryption."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return parts.scheme == "http" and host not in ("localhost", "::1") and not host.startswith("127.")


def deployment_path(session: Session, chain_id: int) -> Path:
    """Where the deployment file of a chain is kept."""
    return chain_folder(session) / f"deployment-{chain_id}.json"


def open_chain(session: Session, rpc: str | None, deployment: str | None = None) -> ChainClient:
    """Open the deployment of a chain.

    Raises:
        NotFound: No deployment of this chain is known.
    """
    from zkrisk.chain.client import ChainClient  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.chain.deployment import DeploymentFile  # noqa: PLC0415

    connection = open_rpc(session, rpc)
    path = Path(deployment) if deployment else deployment_path(session, connection.chain_id)
    if deployment is None and not path.is_file():
        raise NotFound(
            f"no deployment on chain {connection.chain_id} ({chain_name(connection.chain_id)}) is known",
            hint="zkrisk chain deploy    or    --deployment FILE",
        )
    return ChainClient(connection, DeploymentFile.load(path))


def signer_name(session: Session, given: str | None, chain_id: int, default: str = TRADER) -> str:
    """Flag, then setting, then on the local development chain a well-known account.

    Raises:
        UsageError: None is known.
    """
    chosen = given or session.config.settings.signer
    if chosen is None and chain_id != DEVELOPMENT_CHAIN:
        raise UsageError("no signer is known", hint="--signer KEYSTORE")
    return chosen or default


def open_signer(session: Session, given: str | None, chain_id: int, default: str = TRADER) -> Signer:
    """Open the account that signs. A keystore's passphrase comes from where the store's comes from."""
    from zkrisk.chain import signer as signers  # noqa: PLC0415  (eth-account takes 0.2 s)

    name, folder = signer_name(session, given, chain_id, default), session.home / "keystores"
    if name.startswith("anvil:"):
        return signers.open_signer(name, chain_id)
    try:
        return signers.open_signer(name, chain_id, keystores=folder)
    except StoreLocked:
        passphrase = session.secret_sources().read(" ".join(session.words), label=f"Passphrase of {name}")
        return signers.open_signer(name, chain_id, keystores=folder, passphrase=passphrase)


def open_sender(session: Session, rpc: Rpc, signer: str | None = None, default: str = TRADER) -> Transactor:
    """Open a sender with the usual waiting times."""
    from zkrisk.chain.transact import Transactor  # noqa: PLC0415  (web3 takes 0.4 s)

    return Transactor(rpc, open_signer(session, signer, rpc.chain_id, default))


def account_of(session: Session, given: str | None) -> str:
    """The account: argument, then setting, then the signer's on a local chain.

    Raises:
        UsageError: None is known.
        InputError: Not an address.
    """
    from zkrisk.commitment import format_address, parse_address  # noqa: PLC0415  (0.1 s)

    text = given or session.config.settings.account
    if text:
        return format_address(parse_address(text))
    name = session.config.settings.signer or (TRADER if local_chain(session) else "")
    if not name.startswith("anvil:"):
        raise UsageError("no account is known", hint="--account 0x…, or set 'account' in the profile")
    from zkrisk.chain.signer import open_signer as open_named  # noqa: PLC0415

    return open_named(name, DEVELOPMENT_CHAIN).address
