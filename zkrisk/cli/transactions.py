"""Sending: simulated first, shown as from → to with what changes, then asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkrisk.cli.chain_access import DEVELOPMENT_CHAIN, chain_name
from zkrisk.cli.render_text import coin_text, labelled
from zkrisk.errors import InputError

if TYPE_CHECKING:
    from zkrisk.chain.client import ChainClient
    from zkrisk.chain.transact import Outcome as Sent
    from zkrisk.chain.transact import Transactor
    from zkrisk.cli.session import Session

GWEI = 10**9
REPORTS = 4
LONG = 100


@dataclass(frozen=True, slots=True)
class Intent:
    """One call that is to be sent.

    Attributes:
        action: What it does, in words.
        to: Name of the contract.
        changes: What, before and after; public figures.
        gas: Limit; None takes the measured one.
        paid_to: Who receives what the call pays out: a bundle may be another's, and name another than the signer.
        value_wei: What the signer pays with it, in the chain's coin.
    """

    function: Any
    action: str
    to: str
    changes: Sequence[tuple[str, str, str]] = ()
    gas: int | None = None
    paid_to: str | None = None
    value_wei: int = 0

    @property
    def gas_limit(self) -> int:
        """Most gas that it may use."""
        from zkrisk.chain.gas import gas_limit  # noqa: PLC0415  (the package imports web3)

        return self.gas or gas_limit(self.function.fn_name)


def show_intent(session: Session, chain: ChainClient, sender: Transactor, intent: Intent) -> None:
    """Print who sends what where, and what it changes."""
    lines = list(labelled("from", sender.address))
    lines += labelled("to", f"{intent.function.address} ({intent.to})")
    lines += labelled("chain", f"{chain_name(chain.chain_id)} ({chain.chain_id})")
    lines += labelled("action", intent.action)
    if intent.paid_to is not None:
        lines += labelled("paid to", intent.paid_to + ("" if intent.paid_to == sender.address else ", NOT THE SIGNER"))
    if intent.value_wei:
        lines += labelled("pays", coin_text(intent.value_wei))
    lines += labelled("gas", f"at most {intent.gas_limit:,}")
    for name, before, after in intent.changes:
        lines += labelled("change", f"{name}: {before} → {after}")
    session.screen.tell(lines)


def simulate(session: Session, chain: ChainClient, sender: Transactor, intent: Intent) -> None:
    """Show a call and run it without sending.

    Raises:
        ContractRefused: It would revert; named.
    """
    show_intent(session, chain, sender, intent)
    with session.progress.phase("simulate", "the contract would accept it"):
        sender.simulate(intent.function, gas=intent.gas_limit, value=intent.value_wei)


def send(
    session: Session, sender: Transactor, intent: Intent, on_signed: Callable[[str], object] | None = None
) -> Sent:
    """Ask, send and wait; simulated once more right before.

    Raises:
        Declined: Nobody said yes.
    """
    session.confirm("Send?")
    with session.progress.phase("send") as said:
        outcome = sender.send(intent.function, gas=intent.gas_limit, value=intent.value_wei, on_signed=on_signed)
        said.append(f"block {outcome.block_number}, gas {outcome.gas_used:,}")
    return outcome


def ask_unless_local(session: Session, chain: ChainClient, sender: Transactor, what: str) -> None:
    """Ask before public upkeep costs money; a local development chain costs none."""
    if chain.chain_id != DEVELOPMENT_CHAIN:
        name = chain_name(chain.chain_id)
        session.confirm(f"{sender.address} pays on {name} (chain {chain.chain_id}): {what}?")


def is_synthetic(chain: ChainClient) -> bool:
    """Whether the deployment has mock feeds that this machine may write."""
    return chain.chain_id == DEVELOPMENT_CHAIN and chain.file.synthetic


def reporter(session: Session) -> Callable[[str, int, int], None]:
    """A few lines on stderr about something long."""

    def report(what: str, done: int, total: int) -> None:
        if not session.flags.quiet and (done == total or (total >= LONG and done % (total // REPORTS) == 0)):
            session.screen.tell([f"  {'':<12}{what} {done}/{total}"])

    return report


def parse_gwei(text: str | None) -> int | None:
    """Read a gas price in gwei, in wei.

    Raises:
        InputError: Not a positive number with at most nine decimals.
    """
    from zkrisk.fixedpoint import parse_decimal, scale_exact  # noqa: PLC0415  (--help does without)

    if text is None:
        return None
    try:
        wei = scale_exact(parse_decimal(text), 9)
    except ValueError:
        wei = 0
    if wei <= 0:
        raise InputError("--max-fee is a positive number of gwei", hint="--max-fee 20")
    return wei


def parse_seconds(text: str) -> int:
    """Read a duration such as ``120s``, ``15m`` or ``2h``.

    Raises:
        InputError: Not one.
    """
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    number, unit = (text[:-1], text[-1:]) if text[-1:] in units else (text, "s")
    if not (number.isascii() and number.isdecimal() and 0 < int(number) < 10**9):
        raise InputError("a duration is a number with s, m, h or d", hint="120s")
    return int(number) * units[unit]
