"""`zkrisk claim`: fetch what vaults and the challenge desk hold for the signer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.chain_access import open_chain, open_sender
from zkrisk.cli.output import Line, Outcome
from zkrisk.cli.proof_request import token_decimals
from zkrisk.cli.render_text import coin_text, token_text
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, send, simulate
from zkrisk.commitment import format_address, parse_address

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient

app = typer.Typer(rich_markup_mode=None, add_completion=False)
DESK = "desk"


@dataclass(frozen=True)
class Due:
    """Something that waits to be fetched.

    Attributes:
        holder: Name of the vault, or the desk.
        token: Symbol; None for the chain's coin.
        units: Of the token, or wei.
    """

    holder: str
    token: str | None
    units: int
    text: str
    function: Any

    def result(self) -> dict[str, Any]:
        """JSON form."""
        return {"holder": self.holder, "token": self.token, "units": str(self.units)}


@app.command(name="claim")
def claim_all(
    context: typer.Context,
    *,
    to: Annotated[str | None, typer.Option(metavar="ADDR", help="Who receives; default the signer.")] = None,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")] = None,
    send_it: Annotated[bool, typer.Option("--send", help="Send after asking.")] = False,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome:
    """Fetch what was seized, won or given back; one transaction for each.

    \b
    zkrisk claim
    zkrisk claim --signer keeper --send --yes
    """
    session: Session = context.obj
    chain = open_chain(session, rpc, deployment)
    sender = open_sender(session, chain.rpc, signer)
    receiver = sender.address if to is None else format_address(parse_address(to))
    waiting = _waiting(chain, sender.address, receiver)
    hashes, lines = [], list[Line]()
    for due in waiting:
        change = (f"held for {sender.address}", due.text, "nothing")
        intent = Intent(due.function, f"claim {due.text}", due.holder, [change], paid_to=receiver)
        simulate(session, chain, sender, intent)
        if send_it:
            outcome = send(session, sender, intent)
            hashes.append(outcome.tx_hash)
            lines += [f"{due.text} from {due.holder}, block {outcome.block_number}", f"  {outcome.tx_hash}"]
    result = {"sent": bool(hashes), "to": receiver, "claims": [due.result() for due in waiting], "tx_hashes": hashes}
    if not waiting:
        return Outcome("claim", result, [f"nothing is held for {sender.address}"])
    if not send_it:
        command = " ".join(["zkrisk", *session.words, "--send"])
        return Outcome("claim", result, ["not sent"], next=command)
    return Outcome("claim", result, lines)


def _waiting(chain: ChainClient, owner: str, to: str) -> list[Due]:
    """Everything that the chain holds for an address, vaults first."""
    found = []
    for name in sorted(chain.deployment.vaults):
        vault = chain.vault(name)
        for symbol, token in sorted(chain.file.tokens.items()):
            units = vault.claimable_of(owner, token)
            if units:
                text = token_text(units, token_decimals(chain, symbol), symbol, digits=6)
                call = vault.contract.functions.claim(token, to)
                found.append(Due(f"vault {name}", symbol, units, text, call))
    wei = int(chain.read(chain.challenges.functions.claimable(owner)))
    if wei:
        found.append(Due(DESK, None, wei, coin_text(wei), chain.challenges.functions.claim(to)))
    return found
