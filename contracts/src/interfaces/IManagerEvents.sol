// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bound} from "./ManagerTypes.sol";

/// @title What RiskManager tells and refuses
interface IManagerEvents {
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
    /// @notice @param amount What creditors recorded and what was written off, token units.
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
    /// @notice Thrown for a statement that is not newer than the last deposit of escrow: it may count assets that became escrow.
    error StatementBeforeDeposit(uint64 asOf, uint64 lastDeposit);
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
    /// @notice Thrown when a vault wrote off a debt of the account that was not repaid since. @param amount Asset units of that vault.
    error BadDebtUnpaid(address account, uint256 amount);
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
}
