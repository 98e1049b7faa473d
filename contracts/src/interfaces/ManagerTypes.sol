// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LegClaim} from "./Types.sol";

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
/// it holds. @param pendingCoverageBps Of the pending book. @param lockedUntil No assets leave the venues before. @param readersVersion Keepers that can read the active book.
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
    uint16 pendingCoverageBps;
    uint64 coverageUntil;
    uint64 lockedUntil;
    uint16 readersVersion;
    uint64 lastDeposit;
    uint64 activatedAt;
}
