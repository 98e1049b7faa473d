"""Reading a deployment: what `zkrisk.proof.view.ChainView` promises, and what acting on it needs besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkrisk.book import Leg
from zkrisk.chain.deployment import DeploymentFile
from zkrisk.chain.events import read_events
from zkrisk.chain.policies import policy_from_chain
from zkrisk.chain.refusals import refusal
from zkrisk.chain.rpc import Block, Rpc
from zkrisk.chain.sheet_reader import SheetReader
from zkrisk.chain.vault import VaultView
from zkrisk.errors import InputError, WrongChain
from zkrisk.params import TIERS, Assurance, CircuitKind, Tier
from zkrisk.proof.keys import HEAD_BYTES, POINT_BYTES
from zkrisk.proof.view import AccountView, AttestationView, CustodianView, FoldedPoint, KeyView, PolicyView
from zkrisk.sheet import Sheet, Universe
from zkrisk.witness import SignalSet, signal_ranges

__all__ = ["ChainClient", "ChallengeView", "TokenPosition"]

_ZERO_ADDRESS = "0x" + 40 * "0"
_NOT_FOLDED = tuple(refusal(name) for name in ("SheetNotFolded", "SheetKeyMismatch", "SheetParametersMismatch"))


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge that is open.

    Attributes:
        epoch: Newest epoch when it was made; the answer is about the first one after it.
        unanswered: The time to answer is over: the account can be liquidated.
        overdue_s: For how long, in live seconds.
    """

    challenger: str
    number: int
    epoch: int
    unanswered: bool
    overdue_s: int


@dataclass(frozen=True, slots=True)
class TokenPosition:
    """What the ledger holds of an account in one slot.

    Attributes:
        escrow: Token units.
        debt: In units of the owed vault's index; see `ChainClient.debt_index`.
        credit: Debts that creditors recorded, token units.
    """

    escrow: int
    debt: int
    credit: int


class ChainClient:
    """One deployment, read at one block or at the newest.

    Args:
        rpc: Connection; its chain id is checked against the file's.
        file: Addresses and universe.
        block: Number, or ``latest``.

    Raises:
        Unreachable, WrongChain: See `Rpc.check_chain`.
    """

    def __init__(self, rpc: Rpc, file: DeploymentFile, *, block: Block = "latest") -> None:
        if rpc.chain_id != file.chain_id:
            raise WrongChain(
                f"{rpc.name} is chain {rpc.chain_id}, the deployment is on {file.chain_id}",
                hint=f"give the RPC endpoint of chain {file.chain_id} with --rpc URL",
                details={"chain_id": rpc.chain_id, "expected": file.chain_id},
            )
        self.rpc = rpc
        self.file = file
        self.block = block
        self.chain_id = file.chain_id
        self.deployment = file.contracts
        self.registry = rpc.contract("CircuitRegistry", file.contracts.registry)
        self.prices = rpc.contract("PriceSheet", file.contracts.sheet)
        self.policies = rpc.contract("PolicyRegistry", file.contracts.policies)
        self.manager = rpc.contract("IRiskManager", file.contracts.manager)
        self.custodians = rpc.contract("CustodianRegistry", file.contracts.custodians)
        self.venues = rpc.contract("VenueRegistry", file.contracts.venues)
        self.readers = rpc.contract("ReaderKeys", file.contracts.readers)
        self.binder = rpc.contract("BookBinder", file.contracts.binder)
        self.heartbeat = rpc.contract("Heartbeat", file.contracts.heartbeat)
        self.challenges = rpc.contract("ChallengeDesk", file.contracts.challenges)
        self.creditors = rpc.contract("CreditorRegistry", file.contracts.creditors)
        self._sheets = SheetReader(self.rpc, file, self.prices)
        self._decimals: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<ChainClient chain {self.chain_id}, block {self.block}>"

    def at_block(self, block: Block) -> ChainClient:
        """Return the same deployment read at another block."""
        return ChainClient(self.rpc, self.file, block=block)

    def pinned(self) -> ChainClient:
        """Return the same deployment read at the block that is newest now."""
        return self.at_block(self.rpc.block_number())

    @property
    def universe(self) -> Universe:
        """Universe of the deployment."""
        return self.file.universe

    def read(self, function: Any) -> Any:
        """Call a view at this client's block."""
        return self.rpc.call(function, self.block)

    def _struct(self, contract: str, function: str, view: Any) -> dict[str, Any]:
        """Call a view that returns one struct; return its fields by name."""
        return dict(zip(self.rpc.contracts.fields(contract, function), self.read(view), strict=True))

    def block_time(self) -> int:
        """Timestamp of the block that is read."""
        return self.rpc.block_time(self.block)

    def genesis_hash(self) -> str:
        """Hash of block 0, 0x and hex."""
        return self.rpc.read(lambda: str(self.rpc.web3.eth.get_block(0)["hash"].to_0x_hex()))  # type: ignore[no-any-return]

    def tier(self) -> Tier:
        """Tier of the deployment's universe, as the registry says.

        Raises:
            InputError: The registry's sizes are those of no tier, or not the universe's.
        """
        names = ("instruments", "scenarios", "stresses", "sectors")
        views = [getattr(self.registry.functions, name)() for name in names]
        sizes = tuple(self.rpc.call_many(views, self.block))
        for tier in TIERS.values():
            if (tier.instruments, tier.scenarios, tier.stresses, tier.sectors) == sizes:
                if tier != self.universe.tier:
                    raise InputError(f"the registry is of tier {tier.name}, the universe of {self.universe.tier.name}")
                return tier
        raise InputError(f"the registry's sizes {sizes} are those of no tier")

    # ---- keys and sheets

    def current_key(self, kind: CircuitKind) -> KeyView:
        """The registered key of a kind; its blob begins after the first byte of the code that holds it."""
        version, key_id, code = self._key_code(kind)
        return KeyView(version, key_id, code[1 : 1 + blob_bytes(kind, self.universe.tier)])

    def price_tables(self, kind: CircuitKind) -> bytes:
        """Sums of the current key's price points, as the registry computed them: what follows the key blob."""
        return self._key_code(kind)[2][1 + blob_bytes(kind, self.universe.tier) :]

    def _key_code(self, kind: CircuitKind) -> tuple[int, bytes, bytes]:
        version, key_id, address = self.read(self.registry.functions.currentKey(int(kind)))
        return version, bytes(key_id), self.rpc.read(lambda: bytes(self.rpc.web3.eth.get_code(address, self.block)))

    def newest_epoch(self) -> int:
        """Newest epoch with a snapshot, 0 when none."""
        return int(self.read(self.prices.functions.newestEpoch()))

    def epoch_time(self, epoch: int) -> int:
        """Time of an epoch's snapshot."""
        return int(self.read(self.prices.functions.epochMeta(epoch))[0])

    def sheet(self, epoch: int) -> Sheet:
        """The sheet of an epoch from stored values: prices, blocked slots, parameters, and the window as it was folded.

        Where the epoch is not folded yet, the window is the newest one: what a fold now would use.
        """
        point = self.folded_sheet(CircuitKind.COMPLIANCE, epoch)
        key = self.read(self.registry.functions.currentKey(int(CircuitKind.COMPLIANCE)))
        return self._sheets.sheet(epoch, point, key[0], self.block)

    def folded_sheet(self, kind: CircuitKind, epoch: int) -> FoldedPoint | None:
        """The cached sheet point, None when it is not folded under the current key and parameters.

        Raises:
            ContractRefused: WindowStale, when it is folded with a window that is too old by now.
        """
        try:
            view = self.prices.functions.sheetPoint(int(kind), epoch)
            found = self._struct("PriceSheet", "sheetPoint", view)
        except _NOT_FOLDED:
            return None
        return FoldedPoint(
            point=point_bytes(found["x"], found["y"]),
            key_version=found["keyVersion"],
            parameters_version=found["parametersVersion"],
            window_ordinal=found["windowOrdinal"],
            snapshot_time=found["snapshotTime"],
        )

    # ---- policies

    def policy(self, policy_id: bytes) -> PolicyView:
        """A registered policy.

        Raises:
            ContractRefused: PolicyUnknown.
        """
        owner, name, version = self.read(self.policies.functions.policyInfo(policy_id))
        policy = policy_from_chain(self.policy_limits(policy_id), owner, name, version, self.universe)
        return PolicyView(policy_id, policy, self.policy_point(policy_id))

    def policy_limits(self, policy_id: bytes) -> dict[str, Any]:
        """Limits of a registered policy as the registry keeps them; any registered ones, shown by no text."""
        return self._struct("PolicyRegistry", "limitsOf", self.policies.functions.limitsOf(policy_id))

    def policy_point(self, policy_id: bytes) -> bytes | None:
        """Folded point of a policy under the current compliance key, None when not folded."""
        version = self.read(self.registry.functions.currentKey(int(CircuitKind.COMPLIANCE)))[0]
        try:
            x, y, *_ = self.read(self.policies.functions.policyPoint(policy_id, version))
        except refusal("PolicyNotFolded"):
            return None
        return point_bytes(x, y)

    def policy_id(self, owner: str, name: str, version: int) -> bytes:
        """Id that an owner's policy of that name and version has here."""
        return bytes(self.read(self.policies.functions.policyIdOf(owner, name, version)))

    # ---- accounts

    def account(self, account: str) -> AccountView:
        """State of an account."""
        return _account_view(self._account_state(account))

    def accounts(self, accounts: Sequence[str]) -> list[AccountView]:
        """State of many accounts in few requests, in order."""
        names = self.rpc.contracts.fields("IRiskManager", "accountState")
        views = [self.manager.functions.accountState(account) for account in accounts]
        found = self.rpc.call_many(views, self.block)
        return [_account_view(dict(zip(names, values, strict=True))) for values in found]

    def pending_assurance(self, account: str) -> tuple[Assurance, int]:
        """Assurance level and coverage of the pending commitment."""
        state = self._account_state(account)
        return Assurance(state["pendingLevel"] or Assurance.SELF_DECLARED), int(state["pendingCoverageBps"])

    def _account_state(self, account: str) -> dict[str, Any]:
        return self._struct("IRiskManager", "accountState", self.manager.functions.accountState(account))

    def custodian(self, account: str, commitment: int, sequence: int) -> CustodianView | None:
        """Who signed about the latest time for a commitment under a sequence, from the events; None when nobody did.

        The contract lets no statement shorten what another gave: it is the latest time that counts, not the last event.
        """
        newest = self.rpc.block_number() if self.block == "latest" else int(self.block)
        found = read_events(
            self.rpc, "CustodianRegistry", self.deployment.custodians, "CustodianAttached",
            first_block=self.file.block, last_block=newest, account=account, commitment=commitment,
        )  # fmt: skip
        signed = [event.args for event in found if event.args["sequence"] == sequence]
        latest = max(signed, key=lambda statement: int(statement["asOf"]), default=None)
        return CustodianView(str(latest["custodian"]), int(latest["asOf"])) if latest else None

    def leg(self, account: str, epoch: int) -> Leg:
        """The leg as compliance proofs use it: escrow down, debt with interest to the epoch's end up."""
        long, short = self.read(self.manager.functions.legOf(account, epoch))
        return Leg(tuple(long), tuple(short))

    def liquidation_leg(self, account: str) -> Leg:
        """The tightest leg that a liquidation may claim: escrow up, debt down."""
        long, short = self.read(self.manager.functions.liquidationLegOf(account))
        return Leg(tuple(long), tuple(short))

    def nonce(self, account: str, action: int) -> int:
        """Next nonce of an account for an action."""
        return int(self.read(self.manager.functions.nonceOf(account, action)))

    def liquidation_nonce(self, account: str, keeper: str) -> int:
        """Next nonce of a keeper for an account."""
        return int(self.read(self.manager.functions.liquidationNonceOf(account, keeper)))

    def position(self, account: str, slot: int) -> TokenPosition:
        """Escrow and debt of a slot over all vaults."""
        escrow, debt = self.read(self.manager.functions.positionOf(account, slot))
        return TokenPosition(escrow, debt, int(self.read(self.manager.functions.creditOf(account, slot))))

    def debt_index(self, vault: str, time_unix: int) -> int:
        """What a unit of a vault's debt is worth at a time, 10^-18 asset units."""
        return int(self.read(self.manager.functions.debtIndexOf(vault, time_unix)))

    def epoch_seconds(self) -> int:
        """Length of an epoch."""
        return int(self.read(self.prices.functions.epochSeconds()))

    def lots(self, slot: int, units: int, *, up: bool) -> int:
        """Token units as lots of a slot, as the ledger rounds them."""
        token = self.token_of(slot)
        if token is None:
            raise InputError(f"slot {slot} has no token in this deployment")
        if token not in self._decimals:
            self._decimals[token] = int(self.read(self.rpc.contract("MockERC20", token).functions.decimals()))
        exponent = self._decimals[token] - self.universe.decimals_of(slot)
        if exponent <= 0:
            return int(units * 10**-exponent)
        lot = 10**exponent
        return -(-units // lot) if up else units // lot

    def token_of(self, slot: int) -> str | None:
        """Token of a slot, None when it has none."""
        token = str(self.read(self.manager.functions.tokenOf(slot)))
        return None if token == _ZERO_ADDRESS else token

    def attestation(self, account: str, policy_id: bytes) -> AttestationView | None:
        """The last recorded attestation."""
        view = self.manager.functions.attestationOf(account, policy_id)
        record = self._struct("IRiskManager", "attestationOf", view)
        if not record["snapshotTime"]:
            return None
        return AttestationView(
            snapshot_time=record["snapshotTime"],
            epoch=record["epoch"],
            sequence=record["sequence"],
            worsened=record["worsened"],
            key_version=record["keyVersion"],
            parameters_version=record["parametersVersion"],
        )

    def attestation_expiry(self, account: str, policy_id: bytes) -> int:
        """Time at which the attestation expires by age alone, 0 when there is none."""
        return int(self.read(self.manager.functions.expiryOf(account, policy_id)))

    def is_compliant(self, account: str, policy_id: bytes, max_age_s: int) -> bool:
        """What the contract answers."""
        return bool(self.read(self.manager.functions.isCompliant(account, policy_id, max_age_s)))

    def readers_of(self, account: str) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The current set of keepers, and all keys that must be able to read the account's book, in order."""
        version, keys = self.read(self.readers.functions.readersOf(account))
        return int(version), tuple((int(x), int(y)) for x, y in keys)

    def venue_keys(self, venue: int) -> tuple[tuple[int, int], ...]:
        """Every key that a venue ever registered, in order."""
        count = self.read(self.venues.functions.keyCount(venue))
        views = [self.venues.functions.keyOf(venue, index) for index in range(count)]
        names = self.rpc.contracts.fields("VenueRegistry", "keyOf")
        found = (dict(zip(names, values, strict=True)) for values in self.rpc.call_many(views, self.block))
        return tuple((int(key["x"]), int(key["y"])) for key in found)

    def prices_of(self, epoch: int) -> tuple[int, ...]:
        """All N prices of an epoch, 10^-16 USD a lot."""
        return tuple(int(price) for price in self.read(self.prices.functions.pricesOf(epoch)))

    def required_readers(self) -> int:
        """Set of keepers that must be able to read a book, 0 for none."""
        return int(self.read(self.manager.functions.requiredReaders()))

    def is_reducing(self, account: str) -> bool:
        """Whether the account owes and was silent for longer than its policy allows: it can only shrink."""
        return bool(self.read(self.heartbeat.functions.isReducing(account)))

    def challenge_bond(self) -> int:
        """What a challenge costs until it is answered or closed, wei."""
        return int(self.read(self.challenges.functions.bond()))

    def has_epoch(self, epoch: int) -> bool:
        """Whether an epoch has a snapshot that is still kept."""
        try:
            self.epoch_time(epoch)
        except refusal("EpochUnknown"):
            return False
        return True

    def challenge(self, account: str) -> ChallengeView | None:
        """The open challenge of an account, None when there is none."""
        found = self._struct("ChallengeDesk", "challengeOf", self.challenges.functions.challengeOf(account))
        if found["challenger"] == _ZERO_ADDRESS:
            return None
        over, _, seconds = self.read(self.challenges.functions.unansweredFor(account))
        return ChallengeView(found["challenger"], found["number"], found["epoch"], bool(over), int(seconds))

    def vault(self, name: str) -> VaultView:
        """A vault of the deployment by name.

        Raises:
            InputError: There is none of that name.
        """
        if name not in self.deployment.vaults:
            raise InputError(
                f"the deployment has no vault '{name}'", hint=f"one of {', '.join(self.deployment.vaults)}"
            )
        return VaultView(self, self.deployment.vaults[name])

    def token_balance(self, token: str, account: str) -> int:
        """Balance of an ERC-20 token, its units."""
        return int(self.read(self.rpc.contract("MockERC20", token).functions.balanceOf(account)))


def _account_view(state: Mapping[str, Any]) -> AccountView:
    return AccountView(
        commitment=state["commitment"],
        pending_commitment=state["pendingCommitment"],
        sequence=state["sequence"],
        worsened=state["worsened"],
        level=Assurance(state["level"] or Assurance.SELF_DECLARED),
        level_until_unix=state["levelUntil"],
        vault=None if state["vault"] == _ZERO_ADDRESS else state["vault"],
        coverage_bps=state["coverageBps"],
        coverage_until_unix=state["coverageUntil"],
        locked_until_unix=state["lockedUntil"],
        readers_version=state["readersVersion"],
        activated_unix=state["activatedAt"],
    )


def blob_bytes(kind: CircuitKind, tier: Tier) -> int:
    """Length of a key blob: the head, IC_0 and the points of the sets that are folded on the spot or every epoch."""
    ranges = signal_ranges(kind, tier)
    hot = (SignalSet.DYNAMIC, SignalSet.LEG, SignalSet.PRICES, SignalSet.POLICY)
    return HEAD_BYTES + POINT_BYTES * (1 + sum(ranges[member].count for member in hot))


def point_bytes(x: int, y: int) -> bytes:
    """Return a point as 64 bytes; the identity is zeros."""
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")
