"""From a proof to a block: signed, written down, sent, looked for, paid more for, or taken back.

Every transaction of an item is kept. What became of it is read from the chain: a receipt ends the item; a nonce that is
used up without one means that the transaction never will be in a block; and until either, the same bytes are sent
again, with higher fees after some blocks, or an empty transaction in their place once the liquidation is pointless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zkrisk.errors import ChainError
from zkrisk.keeper.appraise import Appraiser, Finding
from zkrisk.keeper.chain import ChainView
from zkrisk.keeper.fees import is_worth_emptying, next_fees
from zkrisk.keeper.model import Block, Fees, Market, Receipt
from zkrisk.keeper.queue import LEG_MOVED, Attempt, Item, ItemState, Queue

__all__ = ["Sender", "Sending"]

_ENDS = {
    Finding.STALE: ItemState.STALE,
    Finding.DONE: ItemState.LOST,
    Finding.HEALTHY: ItemState.LOST,
    Finding.NOTHING_OWED: ItemState.LOST,
    Finding.OTHER_BOOK: ItemState.LOST,
}
"""Findings that end an item that is in no block; the others may change, and the item waits for its epoch to end."""

_MOVED_ON = ("DeadlinePassed", "EpochStale", "NonceUsed", "SheetKeyMismatch", "SheetParametersMismatch")
"""Refusals after which only another proof could help."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How hard the keeper tries.

    Attributes:
        most_fee_wei: Most that one gas may cost, None for no limit but those of what pays, and for empty ones.
        patience_blocks: Blocks after which a transaction that is in none is paid more for.
        most_attempts: Transactions for one nonce, an empty one not counted.
        most_tries: How often an item begins again after a failure.
        most_in_flight: Items that may be sent and not mined.
    """

    most_fee_wei: int | None = None
    patience_blocks: int = 3
    most_attempts: int = 6
    most_tries: int = 3
    most_in_flight: int = 8


class Sender:
    """Moves items from PROVED to their end."""

    def __init__(
        self,
        chain: ChainView,
        queue: Queue,
        appraiser: Appraiser,
        sending: Sending,
        tell: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self._chain = chain
        self._queue = queue
        self._appraiser = appraiser
        self._sending = sending
        self._tell = tell

    def fees(self) -> Fees | None:
        """Return what to offer now, None while the chain asks for more than is allowed."""
        fees = self._chain.fees()
        return fees if self._is_affordable(fees) else None

    def _is_affordable(self, fees: Fees) -> bool:
        return self._sending.most_fee_wei is None or fees.most <= self._sending.most_fee_wei

    def _pays(self, item: Item, market: Market, fees: Fees) -> bool:
        return self._appraiser.check(item.order, market, fees) is Finding.LIQUIDATABLE

    # ---- first sending

    def send(self, item: Item, head: Block, market: Market) -> None:
        """Check once more, sign, write down, send; the item stays PROVED where it has to wait."""
        if self._queue.counts()[ItemState.SENT] >= self._sending.most_in_flight:
            return
        fees = self.fees()
        if fees is None:
            return
        finding = self._appraiser.check(item.order, market, fees)
        if finding in _ENDS:
            self._end(item, _ENDS[finding], finding.value)
            return
        if finding is not Finding.LIQUIDATABLE:
            return
        if not self._has_funds(item):
            return
        refusal = self._chain.refusal(item.order)
        if refusal is not None:
            self._refused(item, refusal)
            return
        nonce = self._queue.next_nonce(self._chain.sender_nonce())
        self._sign_and_send(item, nonce, fees, head, is_empty=False)
        self._tell("sent", {"account": item.order.account, "nonce": nonce})

    def _has_funds(self, item: Item) -> bool:
        """Count what others under way may take; an order for more than there is ends, to be found again for less."""
        vault, funds = item.order.vault, self._chain.funds(item.order.vault)
        others = [o for o in self._queue.open_items() if o.state is ItemState.SENT and o.order.vault == vault]
        if item.order.repay > funds:
            self._end(item, ItemState.LOST, Finding.NO_FUNDS.value)
            return False
        return item.order.repay + sum(other.order.repay for other in others) <= funds

    def _refused(self, item: Item, refusal: str, block: int | None = None) -> None:
        """End it: what is still there to liquidate is found again, with another order."""
        is_last = refusal not in LEG_MOVED and item.tries + 1 >= self._sending.most_tries
        state = ItemState.STALE if refusal in _MOVED_ON else ItemState.FAILED if is_last else ItemState.LOST
        self._end(item, state, refusal, block)

    def _sign_and_send(self, item: Item, nonce: int, fees: Fees, head: Block, *, is_empty: bool) -> None:
        signed = self._chain.sign(None if is_empty else item.order, nonce, fees)
        self._queue.record(item, signed, nonce, fees, block=head.number, is_empty=is_empty)
        self._hand_over(signed.raw)

    def _hand_over(self, raw: bytes) -> None:
        """Send; what the network says is not believed, what became of it is looked up later."""
        try:
            self._chain.broadcast(raw)
        except ChainError as error:
            self._tell("unsent", {"code": error.code})

    # ---- afterwards

    def settle(self, item: Item, head: Block, market: Market) -> None:
        """Find out what became of a sent item, and do what is needed so that it ends."""
        attempts = self._queue.attempts(item)
        if self._finish_if_mined(item, attempts):
            return
        newest = attempts[-1]
        if self._chain.sender_nonce() > newest.nonce:
            # It may have got into a block between the two questions.
            if not self._finish_if_mined(item, attempts):
                self._restart(item, "the nonce was used by another transaction")
            return
        finding = self._appraiser.check(item.order, market, newest.fees)
        is_pointless = finding in _ENDS
        is_late = head.number - newest.block >= self._sending.patience_blocks
        if (is_pointless and not newest.is_empty) or is_late:
            self._replace(item, attempts, head, market, is_pointless=is_pointless)
        else:
            self._hand_over(newest.raw)

    def look_again(self, item: Item) -> None:
        """Notice that a transaction of an item that was given up is in a block after all.

        What was signed stays valid: after a reorganisation, the network may bring back what nobody sends again.
        """
        for attempt in self._queue.attempts(item):
            receipt = None if attempt.is_empty else self._chain.receipt(attempt.tx_hash)
            if receipt is not None and receipt.is_done:
                self._end(item, ItemState.MINED, None, receipt.block)
                return

    def _replace(self, item: Item, attempts: list[Attempt], head: Block, market: Market, *, is_pointless: bool) -> None:
        """Send the same again for more, or an empty transaction in its place; wait where neither is worth it."""
        newest = attempts[-1]
        is_empty = is_pointless or newest.is_empty
        asked = self._chain.fees()
        fees = next_fees(newest, asked)
        paying = [attempt for attempt in attempts if attempt.nonce == newest.nonce and not attempt.is_empty]
        if is_empty:
            is_worth_it = is_worth_emptying(fees, asked, paying)
        else:
            is_worth_it = len(paying) < self._sending.most_attempts and self._pays(item, market, fees)
        if not is_worth_it or not self._is_affordable(fees):
            self._hand_over(newest.raw)
            return
        self._sign_and_send(item, newest.nonce, fees, head, is_empty=is_empty)
        self._tell("replaced", {"account": item.order.account, "nonce": newest.nonce, "empty": is_empty})

    def fill_gaps(self, head: Block) -> None:
        """Use up each nonce below those under way that no item waits with, by an empty transaction.

        A reorganisation drops transactions of items that ended, or began again with another nonce. Nobody would send
        those again, and what has a higher nonce would wait for ever.
        """
        waiting, mined = self._queue.waiting(), self._chain.sender_nonce()
        for nonce in range(mined, max(waiting, default=mined)):
            if nonce not in waiting:
                self._fill(nonce, waiting[max(waiting)], head)

    def _fill(self, nonce: int, item: Item, head: Block) -> None:
        before, asked = self._queue.attempts_at(nonce), self._chain.fees()
        fees = asked
        if before:
            newest, fees = before[-1], next_fees(before[-1], asked)
            is_late = head.number - newest.block >= self._sending.patience_blocks
            paying = [attempt for attempt in before if not attempt.is_empty]
            is_worth_it = is_late and is_worth_emptying(fees, asked, paying) and self._is_affordable(fees)
            if newest.is_empty and not is_worth_it:
                self._hand_over(newest.raw)
                return
        if self._is_affordable(fees):
            self._sign_and_send(item, nonce, fees, head, is_empty=True)
            self._tell("filled", {"nonce": nonce})

    def _finish_if_mined(self, item: Item, attempts: list[Attempt]) -> bool:
        """A failure counts only for the newest nonce: those before it were judged when the item began again."""
        for attempt in attempts:
            receipt = self._chain.receipt(attempt.tx_hash)
            is_liquidation = receipt is not None and receipt.is_done and not attempt.is_empty
            if receipt is not None and (is_liquidation or attempt.nonce == attempts[-1].nonce):
                self._finish(item, attempt, receipt)
                return True
        return False

    def _finish(self, item: Item, attempt: Attempt, receipt: Receipt) -> None:
        if attempt.is_empty:
            self._end(item, ItemState.STALE, "taken back", receipt.block)
        elif receipt.is_done:
            self._end(item, ItemState.MINED, None, receipt.block)
        else:
            self._failed(item, receipt)

    def _failed(self, item: Item, receipt: Receipt) -> None:
        """Its transaction failed in a block: mostly because somebody else was first."""
        market = self._chain.market()
        finding = self._appraiser.check(item.order, market, Fees(0, 0))
        if finding in _ENDS:
            self._end(item, _ENDS[finding], finding.value, receipt.block)
        else:
            self._refused(item, self._chain.refusal(item.order) or "the transaction failed", receipt.block)

    def _restart(self, item: Item, reason: str) -> None:
        begun = self._queue.again(item, ItemState.PROVED, reason, self._sending.most_tries)
        self._tell(begun.state.value, {"account": item.order.account, "reason": reason})

    def _end(self, item: Item, state: ItemState, reason: str | None, block: int | None = None) -> None:
        self._queue.move(item, state, reason=reason, block=block)
        facts: dict[str, Any] = {"account": item.order.account, "epoch": item.order.epoch, "way": item.order.way.value}
        self._tell(state.value, facts | ({"reason": reason} if reason else {}))
