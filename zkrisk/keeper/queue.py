"""Liquidations under way, kept so that a process that dies at any point neither loses nor repeats one.

    found → proving → proved → sent → mined | failed
                 any of the first four → stale | lost

One item for an account, an epoch and the keeper's nonce for that account: the contract counts the nonce up with each
proof it takes. Where no proof is needed it does not, and the next one of the epoch has another turn.

A transaction is written down, signed, before it leaves: afterwards its hash and its nonce say what became of it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from enum import StrEnum

from zkrisk.keeper.model import LEAST_MARGIN_BPS, Fees, Order, Signed, Way
from zkrisk.keeper.state import KeeperState

__all__ = ["Attempt", "Item", "ItemState", "Queue"]


class ItemState(StrEnum):
    """How far a liquidation has got."""

    FOUND = "found"
    PROVING = "proving"
    PROVED = "proved"
    SENT = "sent"
    MINED = "mined"
    FAILED = "failed"  # tried as often as allowed
    STALE = "stale"  # its epoch is over
    LOST = "lost"  # somebody else was first, or the account is not liquidatable any more


LEG_MOVED = ("LegClaimTooLow", "LegClaimTooHigh", "HEALTHY")
"""Reasons that the account itself can bring about for next to nothing, by a top-up or a repayment: no tries are used up
for them, or a borrower could stop a keeper for an epoch; the next proof's margin is wider instead."""
MOST_MARGIN_BPS = 1_000
_WIDER = 10

OPEN = (ItemState.FOUND, ItemState.PROVING, ItemState.PROVED, ItemState.SENT)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the queue. Public.

    Attributes:
        tries: How often it was begun again.
        block: In which it ended, None while it is open or where it ended without a transaction.
    """

    id: int
    order: Order
    state: ItemState
    tries: int
    reason: str | None
    block: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction of an item.

    Attributes:
        block: The newest when it was signed.
        is_empty: It only uses up the nonce.
    """

    tx_hash: str
    nonce: int
    fees: Fees
    block: int
    is_empty: bool
    raw: bytes = field(repr=False)


class Queue:
    """The items of a state."""

    def __init__(self, state: KeeperState) -> None:
        self._state = state

    def add(self, order: Order, most_tries: int) -> Item | None:
        """Note a liquidation that was found; None where that account, epoch and nonce were noted before.

        One that was lost is begun again, and one whose epoch came back with other prices after a reorganisation: their
        nonce is the same.
        """
        with self._state.write():
            known = self._state.rows(
                "SELECT * FROM item WHERE account = ? AND epoch = ? AND nonce = ? ORDER BY turn DESC",
                order.account, order.epoch, order.nonce,
            )  # fmt: skip
            last = _item(known[0]) if known else None
            if last and (last.state is not ItemState.MINED or last.order.way is Way.PROOF):
                return self._begin_again(last, order, most_tries)
            number = self._state.run(
                "INSERT INTO item (account, vault, way, epoch, nonce, turn, threshold_bps, repay, seize_slot,"
                " margin_bps, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                order.account, order.vault, order.way, order.epoch, order.nonce, len(known), order.threshold_bps,
                str(order.repay), order.seize_slot, order.margin_bps, ItemState.FOUND,
            )  # fmt: skip
        return self.get(number)

    def _begin_again(self, item: Item, order: Order, most_tries: int) -> Item | None:
        tries = item.tries + (item.reason not in LEG_MOVED)
        if item.state not in (ItemState.LOST, ItemState.STALE) or tries >= most_tries:
            return None
        self._state.run(
            "UPDATE item SET vault = ?, way = ?, threshold_bps = ?, repay = ?, seize_slot = ?, margin_bps = ?,"
            " state = ?, tries = ?, payload = NULL, reason = NULL, block = NULL WHERE id = ?",
            order.vault, order.way, order.threshold_bps, str(order.repay), order.seize_slot, order.margin_bps,
            ItemState.FOUND, tries, item.id,
        )  # fmt: skip
        return self.get(item.id)

    def get(self, number: int) -> Item:
        """Return an item by its number."""
        return _item(self._state.rows("SELECT * FROM item WHERE id = ?", number)[0])

    def open_items(self) -> list[Item]:
        """Return what is not at its end, oldest first."""
        marks = ", ".join("?" * len(OPEN))
        sql = f"SELECT * FROM item WHERE state IN ({marks}) ORDER BY id"  # noqa: S608  (question marks)
        return [_item(row) for row in self._state.rows(sql, *OPEN)]

    def given_up(self, epoch: int) -> list[Item]:
        """Return an epoch's items that ended as anything but mined, after a transaction was signed for them."""
        sql = (
            "SELECT * FROM item WHERE epoch = ? AND state IN (?, ?, ?) AND id IN (SELECT item FROM attempt) ORDER BY id"
        )
        rows = self._state.rows(sql, epoch, ItemState.LOST, ItemState.STALE, ItemState.FAILED)
        return [_item(row) for row in rows]

    def items(self) -> list[Item]:
        """Return everything, oldest first."""
        return [_item(row) for row in self._state.rows("SELECT * FROM item ORDER BY id")]

    def counts(self) -> dict[ItemState, int]:
        """Return how many items are in each state."""
        found = {
            row["state"]: row["n"] for row in self._state.rows("SELECT state, count(*) n FROM item GROUP BY state")
        }
        return {state: found.get(state.value, 0) for state in ItemState}

    def move(self, item: Item, state: ItemState, *, reason: str | None = None, block: int | None = None) -> Item:
        """Bring an item into another state."""
        self._state.run("UPDATE item SET state = ?, reason = ?, block = ? WHERE id = ?", state, reason, block, item.id)
        return self.get(item.id)

    def again(self, item: Item, state: ItemState, reason: str, most_tries: int) -> Item:
        """Begin an item again at a state, or end it where that was done as often as allowed."""
        with self._state.write():
            self._state.run("UPDATE item SET tries = tries + 1 WHERE id = ?", item.id)
            return self.move(item, state if item.tries + 1 < most_tries else ItemState.FAILED, reason=reason)

    def margins(self, epoch: int) -> dict[str, int]:
        """Return how wide the next proof's margin should be, by account, for those that an epoch had items of."""
        rows = self._state.rows("SELECT account, margin_bps, reason FROM item WHERE epoch = ? ORDER BY id", epoch)
        return {row["account"]: _wider(row["margin_bps"], row["reason"]) for row in rows}

    def keep_proof(self, item: Item, payload: str) -> Item:
        """Keep the proof that was made for an item."""
        self._state.run(
            "UPDATE item SET state = ?, payload = ?, reason = NULL WHERE id = ?", ItemState.PROVED, payload, item.id
        )
        return self.get(item.id)

    def recover(self) -> None:
        """Bring back what a process that ended was at: a proof under way is begun again."""
        self._state.run("UPDATE item SET state = ? WHERE state = ?", ItemState.FOUND, ItemState.PROVING)

    def reopen_above(self, block: int) -> None:
        """Take back what ended in blocks that the chain dropped: its transactions are in no block now."""
        self._state.run(
            "UPDATE item SET state = ?, block = NULL, reason = 'reorganised' WHERE block > ?", ItemState.SENT, block
        )

    # ---- transactions

    def record(self, item: Item, signed: Signed, nonce: int, fees: Fees, *, block: int, is_empty: bool) -> None:
        """Write down a signed transaction, before it leaves, and that the item is sent."""
        with self._state.write():
            self._state.run(
                "INSERT OR IGNORE INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                signed.tx_hash, item.id, nonce, str(fees.most), str(fees.tip), block, int(is_empty), signed.raw,
            )  # fmt: skip
            self._state.run("UPDATE item SET state = ? WHERE id = ?", ItemState.SENT, item.id)

    def attempts(self, item: Item) -> list[Attempt]:
        """Return an item's transactions, oldest first."""
        rows = self._state.rows("SELECT * FROM attempt WHERE item = ?", item.id)
        return sorted((_attempt(row) for row in rows), key=lambda a: (a.nonce, a.fees.most, a.is_empty))

    def attempts_at(self, nonce: int) -> list[Attempt]:
        """Return all transactions that were signed for a nonce, of whatever item, the cheapest first."""
        rows = self._state.rows("SELECT * FROM attempt WHERE nonce = ?", nonce)
        return sorted((_attempt(row) for row in rows), key=lambda a: (a.fees.most, a.is_empty))

    def waiting(self) -> dict[int, Item]:
        """Return the items that are sent, by the nonce of their newest transaction."""
        sent = [item for item in self.open_items() if item.state is ItemState.SENT]
        return {self.attempts(item)[-1].nonce: item for item in sent}

    def next_nonce(self, mined: int) -> int:
        """Return the next transaction's nonce: after those in blocks, and those under way."""
        sql = "SELECT max(attempt.nonce) nonce FROM attempt JOIN item ON item.id = attempt.item WHERE item.state = ?"
        waiting = self._state.rows(sql, ItemState.SENT)[0]["nonce"]
        return mined if waiting is None else max(mined, waiting + 1)


def _wider(margin_bps: int, reason: str | None) -> int:
    wider = _WIDER * margin_bps if reason in LEG_MOVED else margin_bps
    return min(MOST_MARGIN_BPS, max(LEAST_MARGIN_BPS, wider))


def _item(row: sqlite3.Row) -> Item:
    order = Order(
        row["account"], row["vault"], Way(row["way"]), row["epoch"], row["nonce"], row["threshold_bps"],
        int(row["repay"]), row["seize_slot"], row["margin_bps"], row["payload"],
    )  # fmt: skip
    return Item(row["id"], order, ItemState(row["state"]), row["tries"], row["reason"], row["block"])


def _attempt(row: sqlite3.Row) -> Attempt:
    fees = Fees(int(row["most"]), int(row["tip"]))
    return Attempt(row["tx_hash"], row["nonce"], fees, row["block"], bool(row["is_empty"]), row["raw"])
