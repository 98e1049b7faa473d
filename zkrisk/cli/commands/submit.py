"""`zkrisk submit BUNDLE`: simulate, show, ask, and send a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.bundle_files import read_bundle
from zkrisk.cli.chain_access import open_chain, open_signer
from zkrisk.cli.figures import time_text
from zkrisk.cli.output import Outcome
from zkrisk.cli.render_text import token_text
from zkrisk.cli.sending import keep_activated
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, parse_gwei, parse_seconds, send, show_intent, simulate
from zkrisk.errors import ContractRefused, UsageError, WrongChain

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Outcome as Sent
    from zkrisk.chain.transact import Transactor
    from zkrisk.chain.vault import VaultView
    from zkrisk.proof.bundle_model import Bundle

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="submit")
def submit_bundle(
    context: typer.Context,
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle file; - is stdin.")],
    *,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only simulate; never ask.")] = False,
    send_it: Annotated[bool, typer.Option("--send", help="Send after asking.")] = False,
    max_fee: Annotated[str | None, typer.Option(metavar="GWEI", help="Most that one gas may cost.")] = None,
    gas_limit: Annotated[int | None, typer.Option(min=21_000, metavar="N", help="Default the measured one.")] = None,
    confirmations: Annotated[int, typer.Option(min=1, max=1_000, metavar="N", help="Blocks to wait for.")] = 1,
    timeout: Annotated[str, typer.Option(metavar="TIME", help="How long to wait.")] = "120s",
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome:
    """Send a bundle to the contract that it was made for.

    \b
    zkrisk submit trader.zkrisk.json
    zkrisk submit trader.zkrisk.json --send --yes --json
    """
    from zkrisk.chain.transact import Transactor  # noqa: PLC0415  (web3 takes 0.4 s)

    session: Session = context.obj
    if dry_run and send_it:
        raise UsageError("--dry-run and --send exclude each other", hint="zkrisk submit --help")
    fee, seconds, found = parse_gwei(max_fee), parse_seconds(timeout), read_bundle(bundle)
    chain = _chain(session, found, rpc, deployment)
    account = open_signer(session, signer, chain.chain_id)
    sender = Transactor(chain.rpc, account, confirmations=confirmations, timeout_s=seconds, max_fee_wei=fee)
    try:
        return _submit(session, found, chain, sender, _intent(found, chain, sender, gas_limit), send_it=send_it)
    except ContractRefused as error:
        error.hint = error.hint and error.hint.replace("BUNDLE", bundle)
        error.where = error.where or f"{bundle}, {found.statement.context.action}"
        raise


def _submit(
    session: Session, bundle: Bundle, chain: ChainClient, sender: Transactor, intent: Intent, *, send_it: bool
) -> Outcome:
    if not _may_take(session, bundle, chain, sender, send_it=send_it):
        show_intent(session, chain, sender, intent)
        return _not_sent(session, intent)
    simulate(session, chain, sender, intent)
    if not send_it:
        return _not_sent(session, intent)
    outcome = send(session, sender, intent)
    if bundle.statement.context.action == "UPDATE":
        keep_activated(session, bundle)
    return _sent(bundle, outcome)


def _may_take(session: Session, bundle: Bundle, chain: ChainClient, sender: Transactor, *, send_it: bool) -> bool:
    """Whether the vault may take what the sender repays; a liquidation only."""
    from zkrisk.cli.allowance import allow  # noqa: PLC0415  (--help does without)

    context = bundle.statement.context
    vault = _vault_of(bundle, chain)
    if context.action != "LIQUIDATE" or vault is None or context.action_data.amount is None:
        return True
    token = (chain.universe.symbol_of(vault.asset_slot), context.action_data.amount)
    return allow(session, chain, sender, vault.address, token=token, send_it=send_it)


def _vault_of(bundle: Bundle, chain: ChainClient) -> VaultView | None:
    vaults = map(chain.vault, chain.deployment.vaults)
    return next((vault for vault in vaults if vault.address == bundle.statement.context.contract), None)


def _chain(session: Session, bundle: Bundle, rpc: str | None, deployment: str | None) -> ChainClient:
    """The chain that the bundle is for; another one is refused before anything else is read."""
    from zkrisk.cli.chain_access import open_rpc  # noqa: PLC0415

    connection, wanted = open_rpc(session, rpc), bundle.statement.subject.chain_id
    if connection.chain_id != wanted:
        raise WrongChain(
            f"{connection.name} is chain {connection.chain_id}, the bundle is for {wanted}",
            hint=f"give the RPC endpoint of chain {wanted} with --rpc URL",
            details={"chain_id": connection.chain_id, "expected": wanted},
        )
    return open_chain(session, rpc, deployment)


def _intent(bundle: Bundle, chain: ChainClient, sender: Transactor, gas: int | None) -> Intent:
    """The call, with what it changes; only the account may send its own proof.

    Raises:
        InputError: The signer is another one, or the bundle is for contracts that the deployment has not got.
    """
    from zkrisk.chain.submit import call_of  # noqa: PLC0415  (web3 takes 0.4 s)
    from zkrisk.errors import InputError  # noqa: PLC0415

    account, context = bundle.statement.subject.account, bundle.statement.context
    if context.action != "LIQUIDATE" and sender.address != account:
        raise InputError(
            f"the bundle is of {account}, the signer is {sender.address}", hint="--signer the account's own"
        )
    names = {address: f"vault {name}" for name, address in chain.deployment.vaults.items()}
    to = names.get(context.contract, "RiskManager")
    pays = context.action not in ("ATTEST", "UPDATE")
    paid_to = context.beneficiary if pays else None
    return Intent(call_of(bundle, chain), context.action.lower(), to, _changes(bundle, chain), gas, paid_to)


def _changes(bundle: Bundle, chain: ChainClient) -> list[tuple[str, str, str]]:
    """Public state before and after."""
    statement, context = bundle.statement, bundle.statement.context
    account, data = statement.subject.account, context.action_data
    if context.action == "ATTEST" and statement.policy is not None:
        before = chain.attestation_expiry(account, bytes.fromhex(statement.policy.id[2:]))
        until = time_text(statement.validity.expires_at_unix)
        return [("attestation lives until", time_text(before) if before else "none yet", until)]
    if context.action == "UPDATE":
        sequence = chain.account(account).sequence
        return [("commitment sequence", str(sequence), str(statement.subject.sequence))]
    vault = _vault_of(bundle, chain)
    if vault is None or data.amount is None:
        return []
    debt, asset = vault.debt_of(account), chain.universe.symbol_of(vault.asset_slot)
    if context.action in ("DRAW", "LIQUIDATE"):
        after = debt + data.amount if context.action == "DRAW" else max(0, debt - data.amount)
        return [("debt", _tokens(chain, debt, asset), _tokens(chain, after, asset))]
    symbol = next((s for s, token in chain.file.tokens.items() if token == data.token), "")
    held = vault.escrow_of(account, chain.universe.slot_of(symbol)) if symbol else 0
    return [("escrow", _tokens(chain, held, symbol), _tokens(chain, held - data.amount, symbol))] if symbol else []


def _tokens(chain: ChainClient, units: int, symbol: str) -> str:
    from zkrisk.cli.proof_request import token_decimals  # noqa: PLC0415  (--help does without)

    return token_text(units, token_decimals(chain, symbol), symbol)


def _not_sent(session: Session, intent: Intent) -> Outcome:
    command = " ".join(["zkrisk", *(word for word in session.words if word != "--dry-run"), "--send"])
    return Outcome("submit", {"sent": False, "action": intent.action.upper()}, ["not sent"], next=command)


def _sent(bundle: Bundle, outcome: Sent) -> Outcome:
    action = bundle.statement.context.action
    result: dict[str, Any] = {
        "sent": True,
        "action": action,
        "tx_hash": outcome.tx_hash,
        "block_number": outcome.block_number,
        "gas_used": outcome.gas_used,
        "events": [event.name for event in outcome.events],
    }
    lines = [f"{action} accepted in block {outcome.block_number}, gas {outcome.gas_used:,}", f"  {outcome.tx_hash}"]
    return Outcome("submit", result, lines, next="zkrisk status")
