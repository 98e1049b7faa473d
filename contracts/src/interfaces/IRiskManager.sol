// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "./IPriceSheet.sol";
import {LegClaim, Proof} from "./Types.sol";

/// @dev An account below this health factor can be liquidated.
uint256 constant LIQUIDATION_THRESHOLD_BPS = 10_000;

/// @notice What a deployment of RiskManager is given.
/// @param maxActionAge Oldest snapshot that draw, withdraw, update and liquidate accept, seconds.
/// @param liquidationGrace Seconds after a pause before liquidations go on.
struct RiskConfig {
    address admin;
    address registry;
    address sheet;
    address policies;
    uint32 maxActionAge;
    uint32 liquidationGrace;
}

/// @notice Registers that the sender's active book meets a policy. The context's beneficiary is the sender, its contract RiskManager.
/// @param epoch Newest epoch with a snapshot or the one before. @param nonce `nonceOf(sender, ATTEST)`.
/// @param deadline Last timestamp at which it counts.
struct AttestRequest {
    bytes32 policyId;
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
}

/// @notice Activates the sender's pending commitment. The policy is the owed vault's, the epoch the newest, the context's
/// sequence is the pending one (active + 1), its beneficiary the sender, its contract RiskManager.
struct UpdateRequest {
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
}

/// @notice A draw or a withdrawal of the sender. The context's contract is the vault.
/// @param beneficiary Who receives the tokens.
struct ActionRequest {
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
    address beneficiary;
}

/// @notice A liquidation. The context's contract is the vault, its account the liquidated one, its policy 0.
/// @param repayAmount Most the sender repays, in asset units. @param seizeSlot Slot of the collateral to seize.
/// @param thresholdBps The health factor is proved to be below it, at most 10 000: the lower, the more may be repaid, and the higher the bonus.
/// @param claims The named leg, slots strictly increasing. @param nonce `liquidationNonceOf(account, beneficiary)`.
/// @param beneficiary The keeper, who receives what is seized whoever sends the transaction.
struct LiquidationRequest {
    address account;
    uint256 repayAmount;
    uint8 seizeSlot;
    uint16 thresholdBps;
    LegClaim[] claims;
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
    address beneficiary;
}

/// @notice The answer to a challenge: the account is healthy at the first epoch after it. The context's contract is the desk, its beneficiary
/// the account, its nonce the challenge's number, its policy and action hash 0.
struct AnswerRequest {
    uint64 challenge;
    uint64 epoch;
    uint64 deadline;
}

/// @notice What a binding says of a commitment.
/// @param coverageBps Share of the book's assets that venues signed.
/// @param readersVersion Set of keepers that can read it.
/// @param until Time until which the venues' word holds, 0 when nobody signed anything.
/// @param lockedUntil No assets leave the venues before, 0 when any may.
struct Bound {
    uint16 coverageBps;
    uint16 readersVersion;
    uint40 until;
    uint40 lockedUntil;
}

/// @notice What RiskManager keeps of the last proof for an account and policy.
struct Attestation {
    uint64 snapshotTime;
    uint64 epoch;
    uint64 sequence;
    uint64 worsened;
    uint32 keyVersion;
    uint32 parametersVersion;
}

/// @notice State of an account.
/// @param sequence Number of activated commitments. @param level Assurance level now (1 self-declared, 2 custodian-signed).
/// @param pendingLevel Level of the pending commitment, 0 when none is pending.
/// @param levelUntil Time until which a level above 1 holds. @param worsened Times the on-chain leg got worse.
/// @param vault The vault the account owes, or zero. @param creditMask Slots in which creditors recorded debts.
/// @param coverageBps Share of the active book's assets that venues signed, 0 when their word holds no longer. @param coverageUntil Time until which
/// it holds. @param lockedUntil No assets leave the venues before. @param readersVersion Keepers that can read the active book.
/// @param lastDeposit Time of the last deposit of escrow. @param activatedAt Time at which the commitment became active.
struct AccountState {
    uint256 commitment;
    uint256 pendingCommitment;
    uint64 sequence;
    uint64 worsened;
    uint8 level;
    uint8 pendingLevel;
    uint64 levelUntil;
    address vault;
    uint128 escrowMask;
    uint128 debtMask;
    uint128 creditMask;
    uint16 coverageBps;
    uint64 coverageUntil;
    uint64 lockedUntil;
    uint16 readersVersion;
    uint64 lastDeposit;
    uint64 activatedAt;
}

/// @title Accounts: commitments and what is vouched for them, the ledger all vaults share, and everything a proof is bound to
/// @notice All values a proof is checked against come from storage or are computed here; no caller gives a point, a key or a leg.
/// @dev Pause matrix: attest, update, consume and liquidations stop; commit, statements, bindings, answers to challenges, adding escrow and
/// repaying never do.
interface IRiskManager {
    event Committed(address indexed account, uint256 indexed commitment, uint64 sequence, bool active);
    event CommitmentActivated(address indexed account, uint256 indexed commitment, uint64 sequence);
    event CommitmentBound(address indexed account, uint256 indexed commitment, Bound bound);
    /// @notice Emitted by attest, and by update, draw and withdraw, whose proofs attest the vault's policy as well.
    event Attested(
        address indexed account, bytes32 indexed policyId, uint64 indexed epoch, uint64 sequence
    );
    event VaultRegistered(address indexed vault);
    event TokenRegistered(uint8 indexed slot, address indexed token, int8 exponent);
    event EscrowChanged(address indexed account, uint8 indexed slot, uint128 escrow);
    /// @notice @param debt In units of the vault's index.
    event DebtChanged(address indexed account, uint8 indexed slot, uint128 debt, address vault);
    event CreditChanged(address indexed account, uint8 indexed slot, uint128 amount);
    /// @notice @param perSecond Interest, 10^-18 a second. @param from The end of the epoch in which it was set.
    event DebtRateSet(address indexed vault, uint64 perSecond, uint64 from);
    event LiquidationVerified(
        address indexed account, address indexed keeper, uint64 indexed epoch, uint16 thresholdBps
    );

    /// @notice Thrown for a commitment that is 0 or not below the scalar field's order.
    error CommitmentOutOfRange(uint256 commitment);
    /// @notice Thrown for a commitment that the sender committed before.
    error CommitmentUsed(uint256 commitment);
    /// @notice Thrown when the account has no active commitment.
    error AccountUnknown(address account);
    /// @notice Thrown when no commitment is pending.
    error NoPendingCommitment(address account);
    /// @notice Thrown when a pending commitment needs a proof, because debt is outstanding.
    error DebtOutstanding(address account);
    /// @notice Thrown when an update needs none, because there is no debt; call activatePending.
    error NoDebt(address account);
    /// @notice Thrown when the request's epoch is older than (or not) what the action accepts.
    error EpochStale(uint64 epoch, uint64 oldest);
    /// @notice Thrown when the snapshot is too old. @param oldest Oldest snapshot time accepted.
    error SnapshotStale(uint64 snapshotTime, uint64 oldest);
    /// @notice Thrown when the deadline is over.
    error DeadlinePassed(uint64 deadline, uint64 time);
    /// @notice Thrown when the nonce is not the next one.
    error NonceUsed(uint64 given, uint64 expected);
    /// @notice Thrown for a beneficiary of zero.
    error BeneficiaryZero();
    /// @notice Thrown when the level is lower than the policy, or the level before, demands.
    error AssuranceTooLow(uint8 level, uint8 minimum);
    /// @notice Thrown when venues signed less of the assets than the policy demands.
    error CoverageTooLow(uint16 coverageBps, uint16 minimum);
    /// @notice Thrown when the current keepers cannot read the book: bind the commitment first.
    error ReadersOutdated(uint16 version, uint16 required);
    /// @notice Thrown for a liquidation threshold of 0 or above 10 000.
    error ThresholdInvalid(uint16 thresholdBps);
    /// @notice Thrown for an answer with a commitment that was not active at the epoch.
    error CommitmentTooNew(uint64 activatedAt, uint64 snapshotTime);
    /// @notice Thrown when the commitment is neither the active nor the pending one of the account.
    error CommitmentUnknown(address account, uint256 commitment);
    /// @notice Thrown when the binder is set already.
    error BinderSetAlready(address binder);
    /// @notice Thrown when a slot of the leg is blocked at this epoch. @param blocked Blocked slots of the leg, bit i is slot i.
    error SlotBlocked(uint128 blocked);
    /// @notice Thrown when the leg does not fit 64 bits of lots, or the amount 120 bits of token units.
    error LegTooLarge(uint8 slot, uint256 lots);
    /// @notice Thrown when an action does not exist. @param action Its code.
    error ActionUnknown(uint8 action);
    /// @notice Thrown when the sender is no registered vault.
    error VaultUnknown(address vault);
    /// @notice Thrown when the account owes another vault.
    error OtherVaultDebt(address account, address vault);
    /// @notice Thrown for cash, a slot outside the universe, or a slot without a token.
    error SlotInvalid(uint8 slot);
    /// @notice Thrown when a slot's token is registered already.
    error TokenRegisteredAlready(uint8 slot, address token);
    /// @notice Thrown when the ledger holds less than is taken.
    error LedgerInsufficient(uint8 slot, uint256 held, uint256 taken);
    /// @notice Thrown when a claimed long is below the actual escrow in lots, rounded up.
    error LegClaimTooLow(uint8 slot, uint256 claimed, uint256 actual);
    /// @notice Thrown when a claimed short is above the actual debt in lots, rounded down.
    error LegClaimTooHigh(uint8 slot, uint256 claimed, uint256 actual);
    /// @notice Thrown when claimed slots are not strictly increasing and within the universe.
    error LegClaimOrder(uint256 index);
    /// @notice Thrown when the statement is about another commitment than the active or pending one of that sequence.
    error StatementMismatch(uint256 commitment, uint64 sequence);
    /// @notice Thrown when somebody vouched for an account's book, so that the whole of it counts and only a proof speaks about it.
    error ProofNeeded(address account, uint8 level);
    /// @notice Thrown until liquidations go on after a pause.
    error LiquidationGrace(uint64 until, uint64 time);

    // ---- commitments

    /// @notice Commits to a book. Active at once without debt; pending while the sender owes, until `update` proves it.
    /// @dev A commitment counts once an account. Others may send a copy, so that nobody can use up a commitment on its way by sending
    /// it first; it is worth nothing to them, because the circuits prove whose it is. A new pending one replaces an old pending one.
    function commit(uint256 commitment) external;

    /// @notice Activates the pending commitment with a compliance proof on it. Its level must not be below the one that the active
    /// commitment got, even when that ran out since.
    function update(UpdateRequest calldata request, Proof calldata proof) external;

    /// @notice Activates the pending commitment without a proof once nothing is owed.
    function activatePending() external;

    /// @notice Lifts the active (sequence) or pending (sequence + 1) commitment to level 2 until a time. Role CUSTODIAN.
    function noteStatement(address account, uint256 commitment, uint64 sequence, uint40 until) external;

    /// @notice Keeps what a binding says of the active or the pending commitment: coverage, readers and, when everything is covered, level 3.
    /// Role BINDER.
    function noteBinding(address account, uint256 commitment, Bound calldata bound) external;

    /// @notice Demands of later proofs that these keepers can read the book. Never lower than before. Role BINDER.
    function noteReaders(uint16 version) external;

    /// @notice Sets the binder, once. Role DEFAULT_ADMIN.
    function setBinder(address binder) external;

    // ---- attestation

    /// @notice Checks a compliance proof about the sender's active book and leg and records it.
    function attest(AttestRequest calldata request, Proof calldata proof) external;

    /// @notice Whether the account's last attestation of the policy is at most maxAge (and the policy's own maximum) old and nothing it rests
    /// on changed since: commitment, worse leg, assurance, circuit, parameters.
    function isCompliant(address account, bytes32 policyId, uint64 maxAgeSeconds) external view returns (bool);

    /// @notice The record behind isCompliant; zeros when there is none.
    function attestationOf(address account, bytes32 policyId) external view returns (Attestation memory);

    // ---- what only vaults call

    /// @notice Adds escrow. Never paused.
    function addEscrow(address account, uint8 slot, uint128 amount) external;

    /// @notice Takes escrow; counts as a worse leg.
    function removeEscrow(address account, uint8 slot, uint128 amount) external;

    /// @notice Sets the interest on the sender's debts from the end of this epoch on, 10^-18 a second; simple between changes.
    function setDebtRate(uint64 perSecond) external;

    /// @notice What one unit of a vault's debt is worth at a time, 10^-18 asset units. For times from the start of the newest epoch on.
    function debtIndexOf(address vault, uint64 time) external view returns (uint256);

    /// @notice Adds debt owed to the sender, in units of its index; counts as a worse leg.
    function addDebt(address account, uint8 slot, uint128 amount) external;

    /// @notice Takes away debt owed to the sender, in units of its index. Never paused.
    function removeDebt(address account, uint8 slot, uint128 amount) external;

    /// @notice Checks a compliance proof for a draw or a withdrawal of the sending vault, on the leg as it is now (the vault
    /// changes the ledger first), at the newest epoch, and records it as an attestation of `policyId`.
    function consume(
        address account,
        uint8 action,
        bytes32 actionHash,
        bytes32 policyId,
        ActionRequest calldata request,
        Proof calldata proof
    ) external;

    /// @notice The epoch at whose prices the sending vault may liquidate without a proof.
    /// @dev By the leg alone only where nobody vouched for the active commitment; the level counts that it got when it became active or
    /// later, also after it ran out.
    function openLiquidationEpoch(address account, bool byLegAlone) external view returns (uint64 epoch);

    /// @notice Checks a liquidation proof of the sending vault against the active commitment and the claimed leg.
    function verifyLiquidation(LiquidationRequest calldata request, Proof calldata proof) external;

    /// @notice Checks that the account is healthy at an epoch: its active commitment, active by then, and its leg as it stands, debts with
    /// interest to the epoch's end. Also while paused. Role CHALLENGE.
    function verifyHealthy(address account, AnswerRequest calldata request, Proof calldata proof) external view;

    /// @notice Sets what creditors recorded against an account in a slot, token units; more counts as a worse leg. Role CREDITOR.
    function setCredit(address account, uint8 slot, uint128 amount) external;

    // ---- administration and reading

    /// @notice Registers a vault. Role VAULT_ADMIN.
    function registerVault(address vault) external;

    /// @notice Registers the one token of a slot; its decimals fix how units become lots. Role VAULT_ADMIN.
    function registerToken(uint8 slot, address token) external;

    /// @notice Stops attest, update, draw, withdraw and liquidate. Role PAUSER.
    function pause() external;

    /// @notice Goes on; liquidations after the grace. Role PAUSER.
    function unpause() external;

    /// @notice The sheet whose points proofs are checked with.
    function sheet() external view returns (IPriceSheet);

    function isVault(address vault) external view returns (bool);

    function tokenOf(uint8 slot) external view returns (address);

    function accountState(address account) external view returns (AccountState memory);

    /// @notice The vault the account owes, or zero.
    function vaultOf(address account) external view returns (address);

    /// @notice Assurance level now: 0 without a commitment, 1 when no statement holds.
    function levelOf(address account) external view returns (uint8);

    /// @notice Next nonce of an account for ATTEST, UPDATE, DRAW or WITHDRAW.
    function nonceOf(address account, uint8 action) external view returns (uint64);

    /// @notice Next nonce of a keeper for liquidating an account.
    function liquidationNonceOf(address account, address keeper) external view returns (uint64);

    /// @notice Share of the active book's assets that venues signed, and until when they are locked there; zeros when nothing holds.
    function coverageOf(address account) external view returns (uint16 coverageBps, uint64 lockedUntil);

    /// @notice Set of keepers that must be able to read a book, 0 for none.
    function requiredReaders() external view returns (uint16);

    /// @notice Time from which liquidations go on after the last pause.
    function liquidationsFrom() external view returns (uint40);

    /// @notice Escrow of a slot in token units, and debt in units of the owed vault's index.
    function positionOf(address account, uint8 slot) external view returns (uint128 escrow, uint128 debt);

    /// @notice What creditors recorded in a slot, token units.
    function creditOf(address account, uint8 slot) external view returns (uint128);

    /// @notice The leg as proofs of a borrower must use it at an epoch: escrow rounded down to lots, debt with interest to the epoch's
    /// end rounded up. N entries each.
    function legOf(address account, uint64 epoch) external view returns (uint64[] memory long, uint64[] memory short);

    /// @notice The tightest leg a liquidation may claim: escrow rounded up, debt of now rounded down. N entries each.
    function liquidationLegOf(address account) external view returns (uint64[] memory long, uint64[] memory short);
}
