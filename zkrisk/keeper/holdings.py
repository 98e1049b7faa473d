"""What an account has and owes, from the facts of the chain and the books that open; and what that is in lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zkrisk.book import Leg
from zkrisk.commitment import BookQuantities, Opening
from zkrisk.errors import ChainError
from zkrisk.fixedpoint import div_down, div_up
from zkrisk.keeper.state import KeeperState
from zkrisk.params import LEG_BITS

__all__ = ["INDEX_UNIT", "Debt", "Holding", "escrow_lots_up", "leg_of", "read_holdings", "short_lots_down"]

INDEX_UNIT = 10**18
"""An index of one: a unit of debt is worth one asset unit."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What an account owes to a vault, in units of the vault's index."""

    slot: int
    units: int
    vault: str


@dataclass(frozen=True, slots=True, repr=False)
class Holding:
    """One account. Private where the book is.

    Attributes:
        book: Lots of the active commitment, None where it cannot be read.
        escrow, credits: Token units by slot: what vaults hold, and what creditors recorded.
        debt: None without one.
    """

    account: str
    book: BookQuantities | None = None
    escrow: Mapping[int, int] = field(default_factory=dict)
    credits: Mapping[int, int] = field(default_factory=dict)
    debt: Debt | None = None

    def __repr__(self) -> str:
        return f"<Holding of {self.account}, {'private' if self.book else 'unread'}>"


def escrow_lots_up(units: int, exponent: int) -> int:
    """Escrow in lots as a liquidation must claim it; exponent is the token's decimals less those of a lot."""
    return units * 10**-exponent if exponent <= 0 else div_up(units, 10**exponent)


def short_lots_down(units: int, exponent: int) -> int:
    """Debt in lots as a liquidation may claim it at most."""
    return units * 10**-exponent if exponent <= 0 else div_down(units, 10**exponent)


def exponent_of(exponents: Mapping[int, int], slot: int) -> int:
    """Return a slot's exponent.

    Raises:
        ChainError: The slot has no token, so that nothing can be held or owed there.
    """
    if slot not in exponents:
        raise ChainError(f"slot {slot} is used, and the manager has no token of it")
    return exponents[slot]


def leg_of(holding: Holding, exponents: Mapping[int, int], indexes: Mapping[str, int], instruments: int) -> Leg:
    """Compute the tightest leg that a liquidation may claim, as AccountLedger does: escrow up, debt down, N lots each.

    Args:
        exponents: By slot, see `ChainView.exponents`.
        indexes: By vault, see `ChainView.debt_indexes`.
    """
    long, units = [0] * instruments, dict(holding.credits)
    for slot, amount in holding.escrow.items():
        long[slot] = escrow_lots_up(amount, exponent_of(exponents, slot))
    if holding.debt is not None:
        owed = div_down(holding.debt.units * indexes[holding.debt.vault], INDEX_UNIT)
        units[holding.debt.slot] = units.get(holding.debt.slot, 0) + owed
    short = [0] * instruments
    for slot, amount in units.items():
        short[slot] = short_lots_down(amount, exponent_of(exponents, slot))
    most = (1 << LEG_BITS) - 1
    return Leg(tuple(long), tuple(min(lots, most) for lots in short))


def read_holdings(
    state: KeeperState, openings: Mapping[str, Opening], accounts: Iterable[str] | None = None
) -> dict[str, Holding]:
    """Put facts and books together, for some accounts or for all that have any."""
    if accounts is None:
        names = [name for kind in ("commitment", "debt", "escrow", "credit") for name in state.facts(kind)]
        accounts = {name.partition(":")[0] for name in names}
        escrow, credits, debts = (state.facts(kind) for kind in ("escrow", "credit", "debt"))
        by_account = {kind: _by_account(facts) for kind, facts in (("escrow", escrow), ("credit", credits))}
        return {
            account: Holding(
                account,
                openings.get(account),
                by_account["escrow"].get(account, {}),
                by_account["credit"].get(account, {}),
                _debt(debts.get(account)),
            )
            for account in accounts
        }
    return {
        account: Holding(
            account,
            openings.get(account),
            _by_account(state.facts("escrow", f"{account}:")).get(account, {}),
            _by_account(state.facts("credit", f"{account}:")).get(account, {}),
            _debt(state.fact("debt", account)),
        )
        for account in accounts
    }


def _by_account(facts: Mapping[str, str]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for name, units in facts.items():
        account, _, slot = name.partition(":")
        found.setdefault(account, {})[int(slot)] = int(units)
    return found


def _debt(fact: Mapping[str, str | int] | None) -> Debt | None:
    return Debt(int(fact["slot"]), int(fact["units"]), str(fact["vault"])) if fact else None
