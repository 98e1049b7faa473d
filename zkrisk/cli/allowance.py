"""Allowing a vault to take tokens, where it may not yet: before a deposit, a repayment and a liquidation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkrisk.cli.proof_request import token_decimals
from zkrisk.cli.render_text import token_text
from zkrisk.cli.transactions import Intent, send, simulate

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.session import Session


def allow(
    session: Session, chain: ChainClient, sender: Transactor, vault: str, *, token: tuple[str, int], send_it: bool
) -> bool:
    """Approve token units where fewer are allowed: simulated and shown, sent after asking when it may be.

    Args:
        token: Symbol and units.

    Returns:
        Whether the vault may take them now.
    """
    symbol, units = token
    contract, decimals = chain.rpc.contract("MockERC20", chain.file.tokens[symbol]), token_decimals(chain, symbol)
    allowed = int(chain.read(contract.functions.allowance(sender.address, vault)))
    if allowed >= units:
        return True
    before, after = (token_text(amount, decimals, symbol) for amount in (allowed, units))
    change = (f"{symbol} that the vault may take", before, after)
    approve = Intent(contract.functions.approve(vault, units), "approve", f"token {symbol}", [change])
    simulate(session, chain, sender, approve)
    if send_it:
        send(session, sender, approve)
    else:
        session.screen.tell(["  then:"])
    return send_it
