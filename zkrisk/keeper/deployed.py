"""The keeper's chain for a deployment: what is known here of the contracts and their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from zkrisk.book import Leg
from zkrisk.chain.client import ChainClient
from zkrisk.chain.events import EventDecoder
from zkrisk.chain.sheet_reader import parse_parameters
from zkrisk.chain.transact import Transactor
from zkrisk.fixedpoint import div_down
from zkrisk.keeper.chain import EVENTS
from zkrisk.keeper.deployed_transactions import DeployedTransactions
from zkrisk.keeper.model import AccountNow, Block, Log, Market, VaultTerms
from zkrisk.params import Assurance
from zkrisk.proof.view import AccountView

__all__ = ["DeployedChain"]

_ZERO_ADDRESS: Final = "0x" + 40 * "0"
_OF_MANAGER: Final = frozenset(
    {"Committed", "CommitmentActivated", "CreditChanged", "DebtChanged", "EscrowChanged", "TokenRegistered"}
)


@dataclass(frozen=True, slots=True)
class _Owed:
    debt: int
    escrow: Mapping[int, int]
    silence_bonus_bps: int | None


class DeployedChain(DeployedTransactions):
    """`ChainView` of a deployment and the account that sends.

    Args:
        chain: Reads the newest block.
        sender: Who signs; its waiting times count for `upkeep` only. None only looks.
    """

    def __init__(self, chain: ChainClient, sender: Transactor | None) -> None:
        super().__init__(chain, sender)
        self._exponents: dict[int, int] | None = None
        self._assets: dict[str, str] = {}
        self._terms: dict[str, VaultTerms] = {}

    def __repr__(self) -> str:
        return f"<DeployedChain {self._chain.chain_id}, keeper {self.keeper}>"

    @cached_property
    def identity(self) -> str:
        """Chain, its first block and the manager."""
        return f"{self._chain.chain_id}:{self._chain.genesis_hash()}:{self._chain.deployment.manager}"

    @property
    def first_block(self) -> int:
        """Block in which the deployment began."""
        return self._chain.file.block

    @property
    def instruments(self) -> int:
        """N."""
        return self._chain.universe.size

    # ---- blocks and events

    def head(self) -> Block:
        """Return the newest block."""
        return _block(self._chain.rpc.raw("eth_getBlockByNumber", ["latest", False]))

    def block(self, number: int) -> Block | None:
        """Return a block, None beyond the end."""
        found = self._chain.rpc.raw("eth_getBlockByNumber", [hex(number), False])
        return None if found is None else _block(found)

    def logs(self, first: int, last: int) -> Sequence[Log]:
        """Return the events of a range; those that another contract than the right one emitted are left out."""
        rpc = self._chain.rpc
        asked: Any = {"address": sorted(self._sources), "fromBlock": first, "toBlock": last}
        found = rpc.read(lambda: rpc.web3.eth.get_logs(asked))
        with rpc.translated():
            return tuple(log for raw in found for log in self._decoded(raw))

    def _decoded(self, raw: Any) -> Iterable[Log]:
        for event in self._decoder.decode([raw]):
            if event.name in self._sources.get(event.address, frozenset()):
                if event.name == "TokenRegistered":
                    self._exponents = None
                block_hash = raw["blockHash"].to_0x_hex()
                yield Log(event.block_number, block_hash, int(raw["logIndex"]), event.name, event.args)

    @cached_property
    def _decoder(self) -> EventDecoder:
        return EventDecoder.of(self._chain.rpc.contracts, self._chain.rpc.web3)

    @cached_property
    def _sources(self) -> Mapping[str, frozenset[str]]:
        """Which events count from which address."""
        places = self._chain.deployment
        found = {places.manager: _OF_MANAGER, places.sheet: frozenset({"Snapshot", "ParametersActivated"})}
        found |= dict.fromkeys(places.vaults.values(), frozenset({"Liquidated"}))
        found[places.binder] = frozenset({"BookBound"})
        found[places.challenges] = frozenset({"Challenged", "Answered", "ChallengeClosed"})
        return {address: names & frozenset(EVENTS) for address, names in found.items()}

    # ---- state

    def market(self) -> Market:
        """Return prices and weights of the newest epoch, all of one block."""
        chain = self._chain.pinned()
        epoch, size = chain.newest_epoch(), self.instruments
        if not epoch:
            return Market(0, (0,) * size, (0,) * size, (0,) * size)
        views = chain.prices.functions
        prices, (version, _, _) = chain.rpc.call_many([views.pricesOf(epoch), views.parametersState()], chain.block)
        rows = parse_parameters(bytes(chain.read(views.parameters(version))), chain.universe)
        return Market(epoch, tuple(prices), rows.liquidation_threshold_bps, rows.borrow_factor_bps)

    def exponents(self) -> Mapping[int, int]:
        """Return the token's decimals less those of a lot; asked for again when `logs` saw a slot get a token."""
        if self._exponents is None:
            rpc, views, slots = self._chain.rpc, self._chain.manager.functions, range(1, self.instruments)
            tokens = zip(slots, rpc.call_many([views.tokenOf(slot) for slot in slots]), strict=True)
            used = {slot: str(token) for slot, token in tokens if str(token) != _ZERO_ADDRESS}
            decimals = rpc.call_many([rpc.contract("MockERC20", token).functions.decimals() for token in used.values()])
            lots = self._chain.universe.decimals_of
            self._exponents = {slot: int(places) - lots(slot) for slot, places in zip(used, decimals, strict=True)}
        return dict(self._exponents)

    def debt_indexes(self, vaults: Sequence[str]) -> Mapping[str, int]:
        """Return what a unit of debt to each vault is worth at the newest block."""
        chain = self._chain.pinned()
        now, views = chain.block_time(), chain.manager.functions
        found = chain.rpc.call_many([views.debtIndexOf(vault, now) for vault in vaults], chain.block)
        return dict(zip(vaults, map(int, found), strict=True))

    def vault_terms(self, vault: str) -> VaultTerms:
        """Return the terms of a vault; what can change (its collateral) is read each time."""
        views = self._chain.rpc.contract("CreditVault", vault).functions
        if vault not in self._terms:
            named = [views.assetSlot(), views.bonusBps(), views.maximumBonusBps(), views.minimumDebt()]
            self._terms[vault] = VaultTerms(vault, *map(int, self._chain.rpc.call_many(named)), collateral=())
        slots = sorted(self.exponents())
        ltvs = self._chain.rpc.call_many([views.ltvOf(slot) for slot in slots])
        kept, collateral = self._terms[vault], tuple(slot for slot, ltv in zip(slots, ltvs, strict=True) if ltv)
        return VaultTerms(vault, kept.asset_slot, kept.bonus_bps, kept.maximum_bonus_bps, kept.minimum_debt, collateral)

    def account_now(self, account: str) -> AccountNow:
        """Return the state of an account, all of one block."""
        return self.accounts_now([account])[account]

    def accounts_now(self, accounts: Sequence[str]) -> Mapping[str, AccountNow]:
        """Return the state of some accounts, all of one block."""
        chain = self._chain.pinned()
        views, count = chain.manager.functions, len(accounts)
        states = dict(zip(accounts, chain.accounts(accounts), strict=True))
        asked = [views.liquidationNonceOf(account, self.keeper) for account in accounts]
        found = chain.rpc.call_many([*asked, *(views.liquidationLegOf(account) for account in accounts)], chain.block)
        legs = [Leg(tuple(long), tuple(short)) for long, short in found[count:]]
        owing = {account: state.vault for account, state in states.items() if state.vault is not None}
        owed, alone = self._owed(chain, owing), self._leg_alone(chain, owing, states)
        return {
            account: AccountNow(
                states[account].commitment, int(states[account].level), owing.get(account),
                owed[account].debt if account in owed else 0, owed[account].escrow if account in owed else {},
                leg, int(nonce), account in alone, owed[account].silence_bonus_bps if account in owed else None,
            )
            for account, nonce, leg in zip(accounts, found[:count], legs, strict=True)
        }  # fmt: skip

    def leg_alone(self, owing: Mapping[str, str]) -> Set[str]:
        """Return which accounts the manager lets be judged by the leg alone."""
        chain, accounts = self._chain.pinned(), list(owing)
        return self._leg_alone(chain, owing, dict(zip(accounts, chain.accounts(accounts), strict=True)))

    def _leg_alone(self, chain: ChainClient, owing: Mapping[str, str], states: Mapping[str, AccountView]) -> Set[str]:
        """Ask the manager as the vault would: a level that ran out is not the same as none."""
        asked = {account: vault for account, vault in owing.items() if states[account].level <= Assurance.SELF_DECLARED}
        calls = [
            {
                "from": vault,
                "to": chain.deployment.manager,
                "data": chain.manager.encode_abi("openLiquidationEpoch", [account, True]),
            }
            for account, vault in asked.items()
        ]
        passing = zip(asked, chain.rpc.passing(calls, chain.block), strict=True)
        return {account for account, passes in passing if passes}

    def _owed(self, chain: ChainClient, owing: Mapping[str, str]) -> dict[str, _Owed]:
        """Ask vaults and the desk of challenges."""
        slots, desk = sorted(self.exponents()), chain.challenges.functions
        calls = []
        for account, vault in owing.items():
            views = chain.rpc.contract("CreditVault", vault).functions
            calls += [desk.unansweredFor(account), views.debtOf(account)]
            calls += [views.escrowOf(account, slot) for slot in slots]
        found, width, owed = chain.rpc.call_many(calls, chain.block), 2 + len(slots), {}
        for number, (account, vault) in enumerate(owing.items()):
            (is_unanswered, _, seconds), debt, *escrow = found[number * width : (number + 1) * width]
            held = {slot: int(units) for slot, units in zip(slots, escrow, strict=True) if units}
            bonus = self._silence_bonus(chain, vault, int(seconds)) if is_unanswered else None
            owed[account] = _Owed(int(debt), held, bonus)
        return owed

    def _silence_bonus(self, chain: ChainClient, vault: str, seconds: int) -> int:
        terms = self.vault_terms(vault)
        span = int(chain.read(chain.rpc.contract("CreditVault", vault).functions.bonusSeconds()))
        room = terms.maximum_bonus_bps - terms.bonus_bps
        return terms.bonus_bps + (div_down(room * seconds, span) if seconds < span else room)

    def funds(self, vault: str) -> int:
        """Return the keeper's balance as far as the vault may take it."""
        if vault not in self._assets:
            views = self._chain.rpc.contract("CreditVault", vault).functions
            self._assets[vault] = str(self._chain.read(views.asset()))
        token = self._chain.rpc.contract("MockERC20", self._assets[vault]).functions
        return min(self._chain.rpc.call_many([token.balanceOf(self.keeper), token.allowance(self.keeper, vault)]))


def _block(found: Mapping[str, Any]) -> Block:
    return Block(int(found["number"], 16), found["hash"], found["parentHash"], int(found["timestamp"], 16))
