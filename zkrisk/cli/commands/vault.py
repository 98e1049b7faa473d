"""`zkrisk vault show|deposit|repay|liquidate`: what needs no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.allowance import allow
from zkrisk.cli.chain_access import account_of, open_chain, open_sender
from zkrisk.cli.custody import sign_as_demonstration
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.proof_request import token_amount, token_decimals, vault_name
from zkrisk.cli.render_text import labelled, short_hash, token_text
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, is_synthetic, send, simulate
from zkrisk.errors import InputError
from zkrisk.params import Assurance

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Transactor
    from zkrisk.chain.vault import VaultView

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Escrow and credit.")
RpcUrl = Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")]
Vault = Annotated[str | None, typer.Option("--vault", metavar="NAME", help="Default the only one.")]
Account = Annotated[str | None, typer.Option(metavar="ADDR", help="Default the profile's.")]
For = Annotated[str | None, typer.Option("--account", metavar="ADDR", help="For whom; default the signer.")]
Signer = Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")]
Amount = Annotated[str, typer.Argument(help="Such as 40ETH or 25000USDC.")]
Send = Annotated[bool, typer.Option("--send", help="Send after asking.")]
File = Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")]


@app.command(name="show")
def show_vault(
    context: typer.Context,
    *,
    vault: Vault = None,
    account: Account = None,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """A vault's terms, and what an account has there."""
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment).pinned()
    name, who = vault_name(chain, vault), account_of(session, account)
    view = chain.vault(name)
    facts = vault_facts(chain, view, who)
    lines: list[Line] = [f"vault {name} at {view.address}"]
    lines += labelled("lends", f"{_text(chain, view.liquid(), facts['asset'])} to lend now", width=11)
    lines += labelled("account", short_hash(who), width=11)
    debt, limit = int(facts["debt_units"]), int(facts["debt_limit_units"])
    drawn = f"{_text(chain, debt, facts['asset'])} drawn of {_text(chain, limit, facts['asset'])}"
    lines += labelled("credit", drawn, width=11)
    if bad := int(facts["written_off_units"]):
        text = f"{_text(chain, bad, facts['asset'])}; nothing is lent and no escrow leaves before it is repaid"
        lines += labelled("written off", text, width=11)
    for row in facts["escrow"]:
        text = f"{_text(chain, int(row['units']), row['token'])} escrow, counted at {row['ltv_bps'] / 100:g} %"
        lines += labelled("", text, width=11)
    return Outcome("vault-show", {"vault": name, "address": view.address, "account": who, **facts}, lines)


def vault_facts(chain: ChainClient, view: VaultView, account: str) -> dict[str, Any]:
    """Public facts about an account in a vault."""
    epoch = chain.newest_epoch()
    slots = {symbol: chain.universe.slot_of(symbol) for symbol in chain.file.tokens}
    escrow = [
        {"token": symbol, "units": str(view.escrow_of(account, slot)), "ltv_bps": view.ltv_bps(slot)}
        for symbol, slot in slots.items()
        if view.ltv_bps(slot)
    ]
    return {
        "asset": chain.universe.symbol_of(view.asset_slot),
        "policy_id": "0x" + view.policy_id.hex(),
        "liquid_units": str(view.liquid()),
        "debt_units": str(view.debt_of(account)),
        "written_off_units": str(view.bad_debt_of(account)),
        "debt_limit_units": str(view.debt_limit_of(account, epoch)) if epoch else "0",
        "escrow": escrow,
    }


def _text(chain: ChainClient, units: int, symbol: str) -> str:
    return token_text(units, token_decimals(chain, symbol), symbol)


@app.command(name="deposit")
def deposit(
    context: typer.Context,
    amount: Amount,
    *,
    vault: Vault = None,
    account: For = None,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Put collateral into escrow.

    \b
    zkrisk vault deposit 40ETH
    zkrisk vault deposit 40ETH --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer)
    slot, units = token_amount(chain, amount)
    view = chain.vault(vault_name(chain, vault))
    symbol, who = chain.universe.symbol_of(slot), account_of(session, account or sender.address)
    held = view.escrow_of(who, slot)
    changes = [("escrow", _text(chain, held, symbol), _text(chain, held + units, symbol))]
    state = chain.account(who)
    if state.level > Assurance.SELF_DECLARED:
        after = "SELF_DECLARED: what was signed before a deposit counts no more"
        changes.append(("level", state.level.name, after))
    call = view.contract.functions.depositEscrow(slot, units, who)
    intent = Intent(call, f"deposit for {who}", "vault", changes)
    outcome = _transfer(session, chain, sender, intent, token=(symbol, units), send_it=send_it)
    if send_it and is_synthetic(chain) and state.level is Assurance.CUSTODIAN_SIGNED:
        chain.rpc.raw("evm_increaseTime", [1])
        chain.rpc.raw("evm_mine", [])  # a statement is newer than the deposit
        sign_as_demonstration(session, chain, who, state.commitment, state.sequence)
    return outcome


@app.command(name="repay")
def repay(
    context: typer.Context,
    amount: Amount,
    *,
    vault: Vault = None,
    account: For = None,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Pay debt back; anyone may, for any account.

    \b
    zkrisk vault repay 25000USDC
    zkrisk vault repay 25000USDC --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer)
    slot, units = token_amount(chain, amount)
    view = chain.vault(vault_name(chain, vault))
    symbol, who = chain.universe.symbol_of(slot), account_of(session, account or sender.address)
    if slot != view.asset_slot:
        raise InputError(f"the vault's debts are in {chain.universe.symbol_of(view.asset_slot)}, not in {symbol}")
    debt = view.debt_of(who)
    paid = min(debt, units)
    change = ("debt", _text(chain, debt, symbol), _text(chain, debt - paid, symbol))
    call = view.contract.functions.repay(who, units)
    intent = Intent(call, f"repay for {who}", "vault", [change])
    return _transfer(session, chain, sender, intent, token=(symbol, units), send_it=send_it)


@app.command(name="liquidate")
def liquidate(
    context: typer.Context,
    borrower: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose debt.")],
    amount: Amount,
    *,
    seize: Annotated[str, typer.Option(metavar="TOKEN", help="Collateral to take.")],
    vault: Vault = None,
    signer: Signer = None,
    send_it: Send = False,
    rpc: RpcUrl = None,
    deployment: File = None,
) -> Outcome:
    """Liquidate an account that nobody vouched for; its escrow and debt decide.

    An account with a signed book needs a proof: zkrisk prove --action liquidate.

    \b
    zkrisk vault liquidate 0x… 5000USDC --seize ETH
    zkrisk vault liquidate 0x… 5000USDC --seize ETH --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer)
    slot, units = token_amount(chain, amount)
    view = chain.vault(vault_name(chain, vault))
    symbol, who = chain.universe.symbol_of(slot), account_of(session, borrower)
    if slot != view.asset_slot:
        raise InputError(f"the vault's debts are in {chain.universe.symbol_of(view.asset_slot)}, not in {symbol}")
    taken = chain.universe.slot_of(seize)
    debt, escrow = view.debt_of(who), view.escrow_of(who, taken)
    changes = [
        ("debt, at most repaid", _text(chain, debt, symbol), _text(chain, debt - min(debt, units), symbol)),
        ("escrow to take from", _text(chain, escrow, seize), f"paid to {sender.address}"),
    ]
    call = view.contract.functions.liquidateSelfDeclared(who, units, taken)
    intent = Intent(call, f"liquidate {who}", "vault", changes)
    return _transfer(session, chain, sender, intent, token=(symbol, min(debt, units)), send_it=send_it)


def _transfer(
    session: Session,
    chain: ChainClient,
    sender: Transactor,
    intent: Intent,
    *,
    token: tuple[str, int],
    send_it: bool,
) -> Outcome:
    """Allow the vault to take the tokens where it may not yet, then call it."""
    is_allowed = allow(session, chain, sender, intent.function.address, token=token, send_it=send_it)
    if not send_it:
        return _not_sent(session, chain, sender, intent, may_simulate=is_allowed)
    simulate(session, chain, sender, intent)
    outcome = send(session, sender, intent)
    result = {"sent": True, "tx_hash": outcome.tx_hash, "gas_used": outcome.gas_used}
    lines = [f"{intent.action}: block {outcome.block_number}, gas {outcome.gas_used:,}", f"  {outcome.tx_hash}"]
    return Outcome(f"vault-{intent.action.split()[0]}", result, lines, next="zkrisk vault show")


def _not_sent(
    session: Session, chain: ChainClient, sender: Transactor, intent: Intent, *, may_simulate: bool
) -> Outcome:
    from zkrisk.cli.transactions import show_intent  # noqa: PLC0415

    if may_simulate:
        simulate(session, chain, sender, intent)
    else:
        show_intent(session, chain, sender, intent)
    command = " ".join(["zkrisk", *session.words, "--send"])
    return Outcome(
        f"vault-{intent.action.split()[0]}", {"sent": False, "action": intent.action}, ["not sent"], next=command
    )
