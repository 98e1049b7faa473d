"""What must hold after a race of keepers: judged by the chain and exact rationals, with which the states must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.campaigns.keepers_worker import KeeperProcess
from tests.oracles.risk import health_factor
from zkrisk.chain.client import ChainClient
from zkrisk.chain.events import Event, read_events
from zkrisk.commitment import Opening
from zkrisk.demo.scene import COLLATERAL, VAULT
from zkrisk.keeper.books import Books, Reader, load_openings, seal_of
from zkrisk.keeper.deployed import DeployedChain
from zkrisk.keeper.holdings import leg_of, read_holdings
from zkrisk.keeper.queue import ItemState, Queue
from zkrisk.keeper.state import KeeperState

__all__ = ["Accounts", "Wrong", "check_race"]

_FACTS = ("commitment", "escrow", "credit", "debt", "epoch", "challenge")


class Wrong(Exception):
    """A liquidation too many or too few, or a state that does not agree with the chain."""


def require(holds: bool, sentence: str) -> None:
    """Fail with the sentence unless it holds."""
    if not holds:
        raise Wrong(sentence)


@dataclass(frozen=True)
class Accounts:
    """Who owes, as the chain and the openings have it.

    Attributes:
        openings: By account. Private.
    """

    chain: ChainClient
    openings: Mapping[str, Opening]

    def health(self, account: str, block: int) -> Fraction | None:
        """Health factor of the whole book at the newest prices of a block; None without debt."""
        chain, opening = self.chain.at_block(block), self.openings[account]
        leg, market = chain.liquidation_leg(account), DeployedChain(self.chain, None).market()
        long = [sum(pair) for pair in zip(opening.long, leg.long, strict=True)]
        short = [sum(pair) for pair in zip(opening.short, leg.short, strict=True)]
        prices = chain.prices_of(chain.newest_epoch())
        return health_factor(long, short, prices, market.thresholds_bps, market.borrow_factors_bps)

    def liquidatable(self) -> list[str]:
        """Those that owe, have escrow and are below the threshold at the newest block."""
        vault, block = self.chain.vault(VAULT), self.chain.rpc.block_number()
        slot = self.chain.universe.slot_of(COLLATERAL)
        owing = [a for a in self.openings if vault.debt_of(a) and vault.escrow_of(a, slot)]
        return [account for account in owing if self._is_below(account, block)]

    def _is_below(self, account: str, block: int) -> bool:
        health = self.health(account, block)
        return health is not None and health < 1

    def liquidations(self) -> Sequence[Event]:
        """All that are in the chain's blocks, in order."""
        rpc, vault = self.chain.rpc, self.chain.vault(VAULT).address
        first, last = self.chain.file.block, rpc.block_number()
        return read_events(rpc, "CreditVault", vault, "Liquidated", first_block=first, last_block=last)

    def check_events(self) -> Sequence[Event]:
        """Check that each was of an account that was below the threshold just before, and that none is left below it.

        A second one for the same finding would be of an account that the first one had already brought back, or one
        that reduced an account twice in a block.
        """
        events = self.liquidations()
        twice = Counter((event.args["account"], event.block_number) for event in events)
        require(all(count == 1 for count in twice.values()), "an account was liquidated twice in one block")
        for event in events:
            account, before = event.args["account"], event.block_number - 1
            require(self._is_below(account, before), f"{account} was liquidated and was healthy at block {before}")
        require(not (left := self.liquidatable()), f"not liquidated: {left}")
        return events


def check_race(accounts: Accounts, keepers: Sequence[KeeperProcess]) -> Sequence[Event]:
    """Check chain, queues and states of keepers that ended; return the liquidations in the chain's blocks.

    Raises:
        Wrong: Said in a sentence.
    """
    events = accounts.check_events()
    facts = [_check_keeper(accounts, keeper, events) for keeper in keepers]
    require(all(other == facts[0] for other in facts), "the keepers' states are not the same")
    return events


def _check_keeper(accounts: Accounts, keeper: KeeperProcess, events: Sequence[Event]) -> dict[str, Any]:
    view = DeployedChain(accounts.chain, None)
    with KeeperState(keeper.folder / "state", view.identity) as state:
        _check_queue(view, Queue(state), [e for e in events if e.args["beneficiary"] == keeper.address])
        head = view.head()
        [newest] = state.rows("SELECT block, hash FROM anchor ORDER BY block DESC LIMIT 1")
        require((newest["block"], newest["hash"]) == (head.number, head.hash), "a state ends at another block")
        reader = Reader(openings=load_openings(keeper.folder / "openings.json"))
        seal = seal_of((keeper.folder / "seal").read_bytes())
        books = Books(state, reader, seal, store_id="race", instruments=view.instruments)
        _check_holdings(accounts, view, state, books)
        return {kind: state.facts(kind) for kind in _FACTS}


def _check_queue(view: DeployedChain, queue: Queue, events: Sequence[Event]) -> None:
    """Every liquidation of this keeper in the chain is one mined item, and every mined item is one of those."""
    require(not queue.open_items(), f"stuck: {[(i.state.value, i.reason, i.tries) for i in queue.open_items()]}")
    hashes = []
    for item in queue.items():
        receipts = {a.tx_hash: view.receipt(a.tx_hash) for a in queue.attempts(item) if not a.is_empty}
        done = [name for name, receipt in receipts.items() if receipt is not None and receipt.is_done]
        require(
            len(done) == (item.state is ItemState.MINED), f"{item.state.value} ({item.reason}), {len(done)} in blocks"
        )
        hashes += done
        for name in done:
            receipt = receipts[name]
            require(receipt is not None and receipt.block == item.block, "mined in another block than the state has")
    require(sorted(hashes) == sorted(event.tx_hash for event in events), "mined items are not the chain's liquidations")


def _check_holdings(accounts: Accounts, view: DeployedChain, state: KeeperState, books: Books) -> None:
    opened = {account: found for account in accounts.openings if (found := books.opening(account)) is not None}
    holdings = read_holdings(state, opened, accounts.openings)
    vaults = list(accounts.chain.deployment.vaults.values())
    exponents, indexes = view.exponents(), view.debt_indexes(vaults)
    for account, holding in holdings.items():
        leg = leg_of(holding, exponents, indexes, view.instruments)
        require(leg == accounts.chain.liquidation_leg(account), f"{account} holds something else in a state")
        active = state.fact("commitment", account)
        require(int(active["commitment"], 16) == accounts.chain.account(account).commitment, "another book is active")
