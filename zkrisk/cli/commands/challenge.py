"""`zkrisk challenge ACCOUNT`: ask an account that owes to show that it is healthy, against a bond."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkrisk.cli.chain_access import account_of, open_chain, open_sender
from zkrisk.cli.output import Outcome
from zkrisk.cli.render_text import coin_text, short_hash
from zkrisk.cli.session import Session
from zkrisk.cli.transactions import Intent, send, simulate
from zkrisk.errors import NotFound

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Outcome as Sent

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="challenge")
def challenge_account(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Who owes.")],
    *,
    close: Annotated[bool, typer.Option("--close", help="End one whose account repaid; the bond goes back.")] = False,
    signer: Annotated[str | None, typer.Option(metavar="NAME", help="Keystore, or anvil:N. [ZKRISK_SIGNER]")] = None,
    send_it: Annotated[bool, typer.Option("--send", help="Send after asking.")] = False,
    rpc: Annotated[str | None, typer.Option(metavar="URL", help="Endpoint. [ZKRISK_RPC_URL]")] = None,
    deployment: Annotated[str | None, typer.Option(metavar="FILE", help="Default that of the chain.")] = None,
) -> Outcome:
    """Challenge an account that owes; unanswered, anybody may liquidate it.

    The bond is the account's when it answers in time, else it comes back.

    \b
    zkrisk challenge 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --signer anvil:4
    zkrisk challenge 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --send --yes
    """
    session: Session = context.obj
    chain, who = open_chain(session, rpc, deployment), account_of(session, account)
    sender = open_sender(session, chain.rpc, signer)
    intent, number = _closing(chain, who) if close else (_challenging(chain, who), None)
    simulate(session, chain, sender, intent)
    result: dict[str, Any] = {
        "sent": False,
        "account": who,
        "number": None if number is None else str(number),
        "bond_wei": str(chain.challenge_bond()),
        "closed": False,
    }
    if not send_it:
        command = " ".join(["zkrisk", *session.words, "--send"])
        return Outcome("challenge", result, ["not sent"], next=command)
    return _sent(chain, result, send(session, sender, intent), is_close=close)


def _challenging(chain: ChainClient, account: str) -> Intent:
    bond = chain.challenge_bond()
    changes = [(f"challenge of {account}", _open_text(chain, account), "open, the bond is yours again if it is late")]
    call = chain.challenges.functions.challenge(account)
    return Intent(call, f"challenge {account}", "ChallengeDesk", changes, value_wei=bond)


def _open_text(chain: ChainClient, account: str) -> str:
    found = chain.challenge(account)
    return f"number {found.number} is open" if found else "none open"


def _closing(chain: ChainClient, account: str) -> tuple[Intent, int]:
    """The call that closes a challenge, and its number.

    Raises:
        NotFound: None is open.
    """
    found = chain.challenge(account)
    if found is None:
        raise NotFound(f"no challenge of {short_hash(account)} is open", hint=f"zkrisk status {account}")
    bond = coin_text(chain.challenge_bond())
    changes = [
        (f"challenge of {account}", f"number {found.number}, open", "closed"),
        (f"bond of {bond}", "at the desk", f"goes back to {found.challenger}"),
    ]
    call = chain.challenges.functions.close(account)
    return Intent(call, f"close the challenge of {account}", "ChallengeDesk", changes), found.number


def _sent(chain: ChainClient, result: dict[str, Any], outcome: Sent, *, is_close: bool) -> Outcome:
    event = outcome.event("ChallengeClosed" if is_close else "Challenged")
    account, number = result["account"], int(event.args["number"])
    result |= {
        "sent": True,
        "number": str(number),
        "closed": is_close,
        "tx_hash": outcome.tx_hash,
        "block_number": outcome.block_number,
        "gas_used": outcome.gas_used,
    }
    word = "closed" if is_close else f"open, after epoch {event.args['epoch']}"
    lines = [
        f"challenge {number} is {word}",
        f"  account {account}",
        f"  block {outcome.block_number}, gas {outcome.gas_used:,}",
        f"  {outcome.tx_hash}",
    ]
    if is_close:
        return Outcome("challenge", result, lines, next="zkrisk claim --send")
    window = int(chain.read(chain.challenges.functions.window()))
    result["window_s"] = window
    lines.append(f"  answered about the next snapshot, within {window} s of live time")
    return Outcome("challenge", result, lines, next=f"zkrisk status {account}")
