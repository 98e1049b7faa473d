"""A small chain with one vault: blocks, logs, reorganisations, a pool of transactions, and a vault's rules in integers.

Its arithmetic is written again from the contracts and shares no code with the keeper's. What it knows of books it has
from the tests, and it believes a proof only where the statement holds.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from zkrisk.book import BookVector, Leg
from zkrisk.commitment import Opening, commit_with, encrypt, format_address
from zkrisk.edwards import Point, public_key
from zkrisk.errors import ChainError, PolicyNotMet
from zkrisk.keeper.model import (
    AccountNow,
    Block,
    Fees,
    Log,
    Market,
    Order,
    Receipt,
    Signed,
    VaultTerms,
    Way,
)

N = 8
USDC, ETH, BTC = 1, 2, 3
EXPONENTS = {USDC: 4, ETH: 10, BTC: 0}
"""Token decimals less those of a lot: 6 - 2, 18 - 8, 8 - 8."""
VAULT = format_address(0xFA017)
MINIMUM_DEBT = 500 * 10**6
BONUS, MAXIMUM_BONUS = 400, 1_000
THRESHOLDS = (10_000, 9_000, 8_000, 7_500, 0, 0, 0, 0)
FACTORS = (10_000,) * N
KEEPERS = tuple(format_address(0x1000 + number) for number in range(4))
READER_SECRET = 0x1234567890ABCDEF1234567890ABCDEF
GAS = 600_000


def prices(eth_usd: int) -> tuple[int, ...]:
    """10^-16 USD a lot: dollars of two decimals, ETH and BTC of eight."""
    return (10**10, 10**14, eth_usd * 10**8, 60_000 * 10**8, 0, 0, 0, 0)


def account_address(number: int) -> str:
    return format_address(0xACC0_0000 + number)


def opening_for(number: int, long: dict[int, int], short: dict[int, int], salt: int | None = None) -> Opening:
    """A book of one account, committed to."""
    vector = BookVector(tuple(long.get(s, 0) for s in range(N)), tuple(short.get(s, 0) for s in range(N)))
    owner, chosen = int(account_address(number), 16), (7 << 200) + number if salt is None else salt
    return Opening(vector, owner, chosen, commit_with(vector, owner, chosen))


@dataclass
class Account:
    """What the contracts hold of an account."""

    commitment: int = 0
    level: int = 2
    escrow: dict[int, int] = field(default_factory=dict)
    units: int = 0
    credits: dict[int, int] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    unanswered: int | None = None


@dataclass
class World:
    """State after a block."""

    accounts: dict[str, Account] = field(default_factory=dict)
    epoch: int = 0
    prices: tuple[int, ...] = ()
    index: int = 10**18
    funds: dict[str, int] = field(default_factory=dict)
    claims: dict[str, dict[int, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Mined:
    """A block with everything in it."""

    head: Block
    logs: list[Log]
    world: World
    receipts: dict[str, bool]
    transactions: list[bytes]


class Refused(Exception):
    """A custom error of the contracts."""


class FakeChain:
    """The chain that all keepers share."""

    def __init__(self) -> None:
        self.truth: dict[int, Opening] = {}
        self.pool: dict[tuple[str, int], tuple[Fees, bytes]] = {}
        self.fork = 0
        self.mines_when_asked = False
        self.base_fee = 10**9
        world = World(funds=dict.fromkeys(KEEPERS, 10**15))
        self.blocks = [Mined(Block(0, self._hash(0, "genesis", []), "0x" + 64 * "0", 1_000_000), [], world, {}, [])]
        self._world, self._logs = copy.deepcopy(world), []

    # ---- what people do; it counts from the next block on

    def _log(self, name: str, **args: Any) -> None:
        self._logs.append((name, args))

    def commit(
        self,
        number: int,
        opening: Opening,
        *,
        level: int = 2,
        recipients: tuple[int, ...] = (READER_SECRET,),
        keys: tuple[Point, ...] = (),
    ) -> None:
        """Commit, with a ciphertext for some readers unless there are none."""
        account, name = self._account(number), account_address(number)
        account.commitment, account.level = opening.commitment, level
        self.truth[opening.commitment] = opening
        self._log("Committed", account=name, commitment=opening.commitment, sequence=1, active=True)
        keys = keys or tuple(public_key(secret) for secret in recipients)
        if keys:
            text = encrypt(opening, keys)
            self._log(
                "BookBound", account=name, commitment=opening.commitment, readersVersion=1, readers=len(keys),
                coverageBps=0, ciphertext=list(text.elements()),
            )  # fmt: skip

    def hold(self, number: int, slot: int, units: int) -> None:
        self._account(number).escrow[slot] = units
        self._log("EscrowChanged", account=account_address(number), slot=slot, escrow=units)

    def owe(self, number: int, units: int) -> None:
        self._account(number).units = units
        self._log("DebtChanged", account=account_address(number), slot=USDC, debt=units, vault=VAULT)

    def credit(self, number: int, slot: int, units: int) -> None:
        self._account(number).credits[slot] = units
        self._log("CreditChanged", account=account_address(number), slot=slot, amount=units)

    def challenge(self, number: int, *, unanswered_bonus: int | None = None) -> None:
        if self._account(number).unanswered is None:
            self._log("Challenged", account=account_address(number), challenger=KEEPERS[3], number=1, epoch=1)
        self._account(number).unanswered = unanswered_bonus

    def snapshot(self, eth_usd: int) -> None:
        self._world.epoch += 1
        self._world.prices = prices(eth_usd)
        self._log("Snapshot", epoch=self._world.epoch, timestamp=1, blockedMask=0, prices=[])

    def _account(self, number: int) -> Account:
        return self._world.accounts.setdefault(account_address(number), Account())

    # ---- blocks

    @property
    def newest(self) -> Mined:
        return self.blocks[-1]

    def mine(self, count: int = 1) -> None:
        """Put what happened, and what waits in the pool, into the next block."""
        for _ in range(count):
            self._mine_one()

    def _mine_one(self) -> None:
        before, world, receipts, taken = self.newest.head, self._world, {}, []
        for sender, nonce in sorted(self.pool, key=lambda key: (key[1], key[0])):
            if nonce != world.counts.get(sender, 0):
                continue
            _, raw = self.pool.pop((sender, nonce))
            world.counts[sender] = nonce + 1
            receipts[_digest(raw)] = self._execute(world, raw)
            taken.append(raw)
        number = before.number + 1
        block_hash = self._hash(number, before.hash, self._logs + taken)
        logs = [Log(number, block_hash, i, name, args) for i, (name, args) in enumerate(self._logs)]
        head = Block(number, block_hash, before.hash, before.time_unix + 12)
        self.blocks.append(Mined(head, logs, world, receipts, taken))
        self._world, self._logs = copy.deepcopy(world), []
        for key in [key for key in self.pool if key[1] < self._world.counts.get(key[0], 0)]:
            del self.pool[key]

    def _execute(self, world: World, raw: bytes) -> bool:
        sent = json.loads(raw)
        if sent["order"] is None:
            return True
        logs = len(self._logs)
        try:
            self.liquidate(world, sent["sender"], _order(sent["order"]), self._log)
        except Refused:
            del self._logs[logs:]
            return False
        return True

    def _hash(self, number: int, parent: str, content: list[Any]) -> str:
        return "0x" + hashlib.sha256(repr((self.fork, number, parent, content)).encode()).hexdigest()

    def reorganise(self, depth: int, *, length: int | None = None, returns: bool = True) -> None:
        """Drop blocks and mine others in their place; keepers' transactions return to the pool, or are forgotten."""
        dropped = self.blocks[len(self.blocks) - depth :] if depth else []
        del self.blocks[len(self.blocks) - depth :]
        self.fork += 1
        self._world, self._logs = copy.deepcopy(self.newest.world), []
        for block in dropped if returns else []:
            for raw in block.transactions:
                sent = json.loads(raw)
                self.pool.setdefault((sent["sender"], sent["nonce"]), (Fees(sent["most"], sent["tip"]), raw))
        self.mine(depth + 1 if length is None else length)

    # ---- the vault

    def leg(self, world: World, account: Account) -> Leg:
        long, short = [0] * N, [0] * N
        for slot, units in account.escrow.items():
            long[slot] = -(-units // 10 ** EXPONENTS[slot])
        owed = {**account.credits}
        owed[USDC] = owed.get(USDC, 0) + account.units * world.index // 10**18
        for slot, units in owed.items():
            short[slot] = units // 10 ** EXPONENTS[slot]
        return Leg(tuple(long), tuple(short))

    def sums(self, world: World, account: Account, *, with_book: bool) -> tuple[int, int]:
        """Both sides of the liquidation circuit's inequality but for the threshold."""
        leg = self.leg(world, account)
        book = self.truth[account.commitment] if with_book and account.commitment else None
        collateral = debt = 0
        for slot in range(N):
            long = leg.long[slot] + (book.long[slot] if book else 0)
            short = leg.short[slot] + (book.short[slot] if book else 0)
            collateral += long * world.prices[slot] * THRESHOLDS[slot]
            debt += short * world.prices[slot] * FACTORS[slot]
        return 10_000 * collateral, debt

    def is_below(self, number: int, threshold: int = 10_000, *, with_book: bool = True) -> bool:
        collateral, debt = self.sums(self._world, self._account(number), with_book=with_book)
        return collateral < threshold * debt

    def liquidate(self, world: World, sender: str, order: Order, log: Any) -> None:
        account = world.accounts.get(order.account)
        if account is None or not account.units:
            raise Refused("DebtZero")
        threshold, bonus = order.threshold_bps, None
        if order.way is Way.PROOF:
            self._verify(world, sender, account, order)
        elif order.way is Way.LEG:
            collateral, debt = self.sums(world, account, with_book=False)
            if account.level > 1:
                raise Refused("ProofNeeded")
            if collateral >= 10_000 * debt:
                raise Refused("LegHealthy")
            threshold = collateral // debt + 1
        elif account.unanswered is None:
            raise Refused("NotUnanswered")
        else:
            threshold, bonus = 10_000, account.unanswered
        self._seize(world, sender, order, (threshold, bonus), log)

    def _verify(self, world: World, sender: str, account: Account, order: Order) -> None:
        if order.epoch != world.epoch:
            raise Refused("EpochStale")
        nonce = account.nonces.get(sender, 0)
        if order.nonce != nonce:
            raise Refused("NonceUsed")
        proof, actual = json.loads(order.payload or "{}"), self.leg(world, account)
        long, short = proof.get("leg", ([0] * N, [0] * N))
        if any(claimed < units for claimed, units in zip(long, actual.long, strict=True)):
            raise Refused("LegClaimTooLow")
        if any(claimed > units for claimed, units in zip(short, actual.short, strict=True)):
            raise Refused("LegClaimTooHigh")
        wanted = [order.account, account.commitment, order.epoch, nonce, sender, order.threshold_bps, order.repay]
        if proof.get("signals") != wanted:
            raise Refused("ProofRejected")
        if not is_shown(self.truth[account.commitment], long, short, world.prices, order.threshold_bps):
            raise Refused("ProofRejected")
        account.nonces[sender] = nonce + 1

    def _seize(self, world, sender, order, terms, log) -> None:
        account, (threshold, bonus) = world.accounts[order.account], terms
        debt = -(-account.units * world.index // 10**18)
        most = -(-debt // 2)
        if threshold <= 9_500 or debt - most < MINIMUM_DEBT:
            most = debt
        offered = min(order.repay, most)
        if offered == 0 or (offered != debt and debt - offered < MINIMUM_DEBT):
            raise Refused("DebtBelowMinimum")
        if bonus is None:
            bonus = BONUS + (MAXIMUM_BONUS - BONUS) * min(1_000, 10_000 - threshold) // 1_000
        repaid = 0
        for slot in [order.seize_slot, *(s for s in (ETH, BTC) if s != order.seize_slot)]:
            if repaid == offered:
                break
            repaid += self._take(world, sender, order, (slot, offered - repaid, bonus), log)
        if repaid > world.funds[sender]:
            raise Refused("FundsInsufficient")
        world.funds[sender] -= repaid
        account.units = 0 if repaid == debt else account.units - repaid * 10**18 // world.index
        worth = sum(units * world.prices[s] // 10 ** EXPONENTS[s] for s, units in account.escrow.items())
        if account.units and worth < MINIMUM_DEBT * world.prices[USDC] // 10 ** EXPONENTS[USDC]:
            account.units = 0
        log("DebtChanged", account=order.account, slot=USDC, debt=account.units, vault=VAULT)
        log("Liquidated", account=order.account, beneficiary=sender, repaid=repaid, way=order.way.value)

    def _take(self, world, sender, order, wanted, log) -> int:
        account, (slot, offered, bonus) = world.accounts[order.account], wanted
        escrow = account.escrow.get(slot, 0)
        if not escrow:
            return 0
        shift = EXPONENTS[slot] - EXPONENTS[USDC]
        up, down = (10**shift, 1) if shift >= 0 else (1, 10**-shift)
        numerator, denominator = world.prices[USDC] * (10_000 + bonus) * up, world.prices[slot] * 10_000 * down
        units, paid = offered * numerator // denominator, offered
        if units > escrow:
            units, paid = escrow, -(-escrow * denominator // numerator)
        account.escrow[slot] = escrow - units
        held = world.claims.setdefault(sender, {})
        part = units * bonus // (10_000 + bonus) // 5 if order.way is Way.SILENCE else 0
        held[slot] = held.get(slot, 0) + units - part
        log("EscrowChanged", account=order.account, slot=slot, escrow=account.escrow[slot])
        return paid

    # ---- what the tests look at

    def liquidations(self) -> list[Log]:
        return [log for block in self.blocks for log in block.logs if log.name == "Liquidated"]


def is_shown(book: Opening, long: list[int], short: list[int], at: tuple[int, ...], threshold: int) -> bool:
    """The liquidation circuit's statement about a book and a leg."""
    collateral = debt = 0
    for slot in range(N):
        collateral += (book.long[slot] + long[slot]) * at[slot] * THRESHOLDS[slot]
        debt += (book.short[slot] + short[slot]) * at[slot] * FACTORS[slot]
    return 10_000 * collateral < threshold * debt


def _replaces(old: Fees, new: Fees) -> bool:
    return new.most * 8 >= old.most * 9 and new.tip * 8 >= old.tip * 9


def _digest(raw: bytes) -> str:
    return "0x" + hashlib.sha256(raw).hexdigest()


def _order(fields: dict[str, Any]) -> Order:
    return Order(**{**fields, "way": Way(fields["way"])})


def order_fields(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__dataclass_fields__}


class FakeView:
    """One keeper's connection: the protocol that the service asks.

    Attributes:
        trouble: Called with the name of each request; may raise ChainError.
    """

    def __init__(self, chain: FakeChain, keeper: str = KEEPERS[0]) -> None:
        self.chain, self.keeper = chain, keeper
        self.identity, self.first_block, self.instruments = "fake:1", 1, N
        self.trouble = lambda name: None
        self.collateral = (ETH, BTC)

    def _now(self, name: str) -> World:
        self.trouble(name)
        return self.chain.newest.world

    def head(self) -> Block:
        self.trouble("head")
        if self.chain.mines_when_asked:
            self.chain.mine()
        return self.chain.newest.head

    def block(self, number: int) -> Block | None:
        self.trouble("block")
        return self.chain.blocks[number].head if 0 <= number < len(self.chain.blocks) else None

    def logs(self, first: int, last: int) -> list[Log]:
        self.trouble("logs")
        return [log for block in self.chain.blocks[first : last + 1] for log in block.logs]

    def market(self) -> Market:
        world = self._now("market")
        return Market(world.epoch, world.prices or (0,) * N, THRESHOLDS, FACTORS)

    def exponents(self) -> dict[int, int]:
        self.trouble("exponents")
        return EXPONENTS

    def debt_indexes(self, vaults) -> dict[str, int]:
        return dict.fromkeys(vaults, self._now("debt_indexes").index)

    def vault_terms(self, vault: str) -> VaultTerms:
        return VaultTerms(vault, USDC, BONUS, MAXIMUM_BONUS, MINIMUM_DEBT, self.collateral)

    def account_now(self, account: str) -> AccountNow:
        world = self._now("account_now")
        found = world.accounts.get(account, Account())
        debt = -(-found.units * world.index // 10**18)
        return AccountNow(
            found.commitment, found.level, VAULT if found.units else None, debt, dict(found.escrow),
            self.chain.leg(world, found), found.nonces.get(self.keeper, 0), found.level == 1, found.unanswered,
        )  # fmt: skip

    def accounts_now(self, accounts) -> dict[str, AccountNow]:
        return {account: self.account_now(account) for account in accounts}

    def leg_alone(self, owing) -> set[str]:
        accounts = self._now("leg_alone").accounts
        return {account for account in owing if accounts[account].level == 1}

    def funds(self, vault: str) -> int:
        return self._now("funds").funds[self.keeper]

    def gas_units(self, way: Way) -> int:
        return GAS

    def fees(self) -> Fees:
        self.trouble("fees")
        return Fees(2 * self.chain.base_fee, 10**8)

    def sender_nonce(self) -> int:
        return self._now("sender_nonce").counts.get(self.keeper, 0)

    def refusal(self, order: Order) -> str | None:
        world = copy.deepcopy(self._now("refusal"))
        try:
            self.chain.liquidate(world, self.keeper, order, lambda name, **args: None)
        except Refused as refused:
            return str(refused)
        return None

    def sign(self, order: Order | None, nonce: int, fees: Fees) -> Signed:
        fields = None if order is None else order_fields(order)
        sent = {"sender": self.keeper, "nonce": nonce, "most": fees.most, "tip": fees.tip, "order": fields}
        raw = json.dumps(sent, sort_keys=True).encode()
        return Signed(_digest(raw), raw)

    def broadcast(self, raw: bytes) -> None:
        self.trouble("broadcast")
        sent = json.loads(raw)
        key, fees = (sent["sender"], sent["nonce"]), Fees(sent["most"], sent["tip"])
        if sent["nonce"] < self.chain._world.counts.get(self.keeper, 0):
            raise ChainError("nonce too low")
        waiting = self.chain.pool.get(key)
        if (
            waiting is None
            or waiting[1] == raw
            or (fees.most * 8 >= waiting[0].most * 9 and fees.tip * 8 >= waiting[0].tip * 9)
        ):
            self.chain.pool[key] = (fees, raw)
        else:
            raise ChainError("replacement transaction underpriced")
        self.trouble("after broadcast")

    def receipt(self, tx_hash: str) -> Receipt | None:
        self.trouble("receipt")
        for block in self.chain.blocks:
            if tx_hash in block.receipts:
                return Receipt(block.head.number, block.receipts[tx_hash])
        return None

    def upkeep(self) -> list[str]:
        self.trouble("upkeep")
        return []


class FakeProver:
    """Proves what is true of the opening that the keeper has."""

    def __init__(self, view: FakeView) -> None:
        self.view, self.made = view, 0

    def prove(self, order: Order, opening: Opening) -> str:
        self.made += 1
        now, market = self.view.account_now(order.account), self.view.market()
        actual = [list(now.leg.long), list(now.leg.short)]
        wide = [[lots + lots * order.margin_bps // 10_000 for lots in actual[0]]]
        wide += [[lots - lots * order.margin_bps // 10_000 for lots in actual[1]]]
        shown = [leg for leg in (wide, actual) if is_shown(opening, *leg, market.prices, order.threshold_bps)]
        if not shown:
            raise PolicyNotMet("the account is not liquidatable")
        signals = [
            order.account, opening.commitment, order.epoch, order.nonce, self.view.keeper, order.threshold_bps,
            order.repay,
        ]  # fmt: skip
        return json.dumps({"signals": signals, "leg": shown[0]})
