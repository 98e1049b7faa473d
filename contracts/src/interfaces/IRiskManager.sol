// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "./IPriceSheet.sol";
import {LegClaim, Proof} from "./Types.sol";

/// @dev An account below this health factor can be liquidated, half of its debt at a time.
uint256 constant LIQUIDATION_THRESHOLD_BPS = 10_000;
/// @dev Below this one, all of it.
uint256 constant DEEP_THRESHOLD_BPS = 9_500;

/// @notice What a deployment of RiskManager is given.
/// @param maxStatementAge Oldest custodian statement accepted, seconds.
/// @param statementLifetime Seconds after `asOf` that a statement keeps lifting the account's level.
/// @param maxActionAge Oldest snapshot that draw, withdraw, update and liquidate accept, seconds.
/// @param liquidationGrace Seconds after a pause before liquidations go on.
struct RiskConfig {
    address admin;
    address registry;
    address sheet;
    address policies;
    uint32 maxStatementAge;
    uint32 statementLifetime;
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
/// @param deep Prove a health factor below 9 500 bps, which lifts the close factor.
/// @param claims The named leg, slots strictly increasing. @param nonce `liquidationNonceOf(account, beneficiary)`.
/// @param beneficiary The keeper, who receives what is seized whoever sends the transaction.
struct LiquidationRequest {
    address account;
    uint256 repayAmount;
    uint8 seizeSlot;
    bool deep;
    LegClaim[] claims;
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
    address beneficiary;
}

/// @notice What a custodian signs (EIP-712): it has seen the whole book behind the commitment.
/// @dev Type CustodianStatement(address account,uint256 commitment,uint64 sequence,uint64 asOf); domain name "zkrisk",
/// version "1", chain id, RiskManager.
struct CustodianStatement {
    address account;
    uint256 commitment;
    uint64 sequence;
    uint64 asOf;
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
/// @param vault The vault the account owes, or zero.
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
}

/// @title Accounts: commitments, custodian statements, the ledger all vaults share, and everything a proof is bound to
/// @notice All values a proof is checked against come from storage or are computed here; no caller gives a point, a key or a leg.
/// @dev Pause matrix: attest, update, consume and verifyLiquidation stop; commit, attachCustodian, adding escrow and repaying never do.
interface IRiskManager {
    event Committed(address indexed account, uint256 indexed commitment, uint64 sequence, bool active);
    event CommitmentActivated(address indexed account, uint256 indexed commitment, uint64 sequence);
    event CustodianSet(address indexed custodian, uint64 validFrom, uint64 validUntil);
    event CustodianAttached(
        address indexed account, address indexed custodian, uint256 indexed commitment, uint64 sequence, uint64 asOf
    );
    /// @notice Emitted by attest, and by update, draw and withdraw, whose proofs attest the vault's policy as well.
    event Attested(
        address indexed account, bytes32 indexed policyId, uint64 indexed epoch, uint64 sequence
    );
    event VaultRegistered(address indexed vault);
    event TokenRegistered(uint8 indexed slot, address indexed token, int8 exponent);
    event EscrowChanged(address indexed account, uint8 indexed slot, uint128 escrow);
    event DebtChanged(address indexed account, uint8 indexed slot, uint128 debt, address vault);
    event LiquidationVerified(address indexed account, address indexed keeper, uint64 indexed epoch, bool deep);

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
    /// @notice Thrown when the custodian is not registered or not valid now.
    error CustodianInvalid(address custodian);
    /// @notice Thrown when the statement is about another commitment than the active or pending one of that sequence.
    error StatementMismatch(uint256 commitment, uint64 sequence);
    /// @notice Thrown for a statement from the future, or older than accepted.
    error StatementTimeInvalid(uint64 asOf, uint64 oldest, uint64 newest);
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

    /// @notice Lifts the account's active (statement.sequence = sequence) or pending (sequence + 1) commitment to level 2. Anyone may send it.
    function attachCustodian(CustodianStatement calldata statement, bytes calldata signature) external;

    /// @notice EIP-712 digest a custodian signs.
    function statementDigest(CustodianStatement calldata statement) external view returns (bytes32);

    /// @notice Registers, changes or (validUntil in the past) revokes a custodian. Role CUSTODIAN_ADMIN.
    function setCustodian(address custodian, uint64 validFrom, uint64 validUntil) external;

    /// @notice Validity of a custodian.
    function custodianOf(address custodian) external view returns (uint64 validFrom, uint64 validUntil);

    // ---- attestation

    /// @notice Checks a compliance proof about the sender's active book and leg and records it.
    function attest(AttestRequest calldata request, Proof calldata proof) external;

    /// @notice Whether the account's last attestation of the policy is at most maxAge (and the policy's own maximum) old and nothing it rests
    /// on changed since: commitment, worse leg, assurance, circuit, parameters.
    function isCompliant(address account, bytes32 policyId, uint64 maxAgeSeconds) external view returns (bool);

    /// @notice The record behind isCompliant; zeros when there is none.
    function attestationOf(address account, bytes32 policyId) external view returns (Attestation memory);

    /// @notice Time at which the attestation expires by age alone; 0 when there is none.
    function expiryOf(address account, bytes32 policyId) external view returns (uint64);

    /// @notice The public context a request hashes to now. Nothing is checked.
    /// @param target The acting contract: RiskManager for attest and update, the vault otherwise.
    function contextOf(
        uint8 kind,
        address target,
        bytes32 policyId,
        address account,
        uint64 sequence,
        address beneficiary,
        uint8 action,
        bytes32 actionHash,
        uint64 epoch,
        uint64 nonce,
        uint64 deadline
    ) external view returns (uint256);

    // ---- what only vaults call

    /// @notice Adds escrow. Never paused.
    function addEscrow(address account, uint8 slot, uint128 amount) external;

    /// @notice Takes escrow; counts as a worse leg.
    function removeEscrow(address account, uint8 slot, uint128 amount) external;

    /// @notice Adds debt owed to the sender; counts as a worse leg.
    function addDebt(address account, uint8 slot, uint128 amount) external;

    /// @notice Repays debt owed to the sender. Never paused.
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

    /// @notice The epoch at which the sending vault may judge an account by its leg alone: nobody vouched for its active commitment.
    /// @dev The level counts that the commitment got when it became active or later, also after it ran out.
    function openLiquidationEpoch(address account) external view returns (uint64 epoch);

    /// @notice Checks a liquidation proof of the sending vault against the active commitment and the claimed leg.
    function verifyLiquidation(LiquidationRequest calldata request, Proof calldata proof) external;

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

    /// @notice Escrow and debt of a slot, in token units.
    function positionOf(address account, uint8 slot) external view returns (uint128 escrow, uint128 debt);

    /// @notice The leg as compliance proofs must use it: escrow rounded down to lots, debt rounded up. N entries each.
    function legOf(address account) external view returns (uint64[] memory long, uint64[] memory short);

    /// @notice The tightest leg a liquidation may claim: escrow rounded up, debt rounded down. N entries each.
    function liquidationLegOf(address account) external view returns (uint64[] memory long, uint64[] memory short);
}
