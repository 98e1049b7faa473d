// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBookBinder} from "./IBookBinder.sol";
import {ICircuitRegistry} from "./ICircuitRegistry.sol";
import {IManagerEvents} from "./IManagerEvents.sol";
import {IPolicyRegistry} from "./IPolicyRegistry.sol";
import {IPriceSheet} from "./IPriceSheet.sol";
import {AccountState, Attestation, Bound} from "./ManagerTypes.sol";

/// @title Administration of RiskManager, what is vouched for, and views
interface IManagerExtension is IManagerEvents {
    /// @notice Lifts the active (sequence) or pending (sequence + 1) commitment to level 2 until a time, by a statement of another that is newer
    /// than the last deposit of escrow. Role CUSTODIAN.
    function noteStatement(address account, uint256 commitment, uint64 sequence, uint64 asOf, uint40 until) external;

    /// @notice Keeps what a binding says of the active or the pending commitment: coverage, readers and, when everything is covered, level 3.
    /// Role BINDER.
    function noteBinding(address account, uint256 commitment, Bound calldata bound) external;

    /// @notice Demands of later proofs that these keepers can read the book. Never lower than before. Role BINDER.
    function noteReaders(uint16 version) external;

    /// @notice Sets the binder, once. Role DEFAULT_ADMIN.
    function setBinder(address binder_) external;

    /// @notice The record behind isCompliant; zeros when there is none.
    function attestationOf(address account, bytes32 policyId) external view returns (Attestation memory);

    /// @notice Sets the interest on the sender's debts from the end of this epoch on, 10^-18 a second; simple between changes.
    function setDebtRate(uint64 perSecond) external;

    /// @notice Sets what `creditOf` gives for an account and a slot; the registry of creditors adds to it and takes from it what they record. More
    /// counts as a worse leg. Role CREDITOR.
    function setCredit(address account, uint8 slot, uint128 amount) external;

    /// @notice What the sending vault wrote off of an account's debt and was not repaid since, asset units: part of every leg. Never paused.
    function setBadDebt(address account, uint8 slot, uint128 amount) external;

    /// @notice Registers a vault. Role VAULT_ADMIN.
    function registerVault(address vault) external;

    /// @notice Registers the one token of a slot; its decimals fix how units become lots. Role VAULT_ADMIN.
    function registerToken(uint8 slot, address token) external;

    /// @notice The sheet whose points proofs are checked with.
    function sheet() external view returns (IPriceSheet);

    function isVault(address vault) external view returns (bool);

    function tokenOf(uint8 slot) external view returns (address);

    function accountState(address account) external view returns (AccountState memory);

    /// @notice Commitments of an account (0 for none), the sequence of the active one, and the time of the last deposit of escrow (0 for none).
    function bindableOf(address account)
        external
        view
        returns (uint256 active, uint256 pending, uint64 sequence, uint64 lastDeposit);

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

    /// @notice What creditors recorded in a slot and what was written off, token units.
    function creditOf(address account, uint8 slot) external view returns (uint128);

    /// @notice What a vault wrote off and was not repaid since, units of its asset. While it is not 0 nobody lends to the account, and no escrow leaves.
    function badDebtOf(address account) external view returns (uint128);

    /// @notice The leg as proofs of a borrower must use it at an epoch: escrow rounded down to lots, debt with interest to the epoch's
    /// end rounded up. N entries each.
    function legOf(address account, uint64 epoch) external view returns (uint64[] memory long, uint64[] memory short);

    /// @notice The tightest leg a liquidation may claim: escrow rounded up, debt of now rounded down. N entries each.
    function liquidationLegOf(address account) external view returns (uint64[] memory long, uint64[] memory short);

    /// @notice What the liquidation circuit compares, for an empty book: 10^4·Σ long·price·lt and Σ short·price·bf of `liquidationLegOf` at
    /// an epoch's prices and the current parameters.
    function weightedLegOf(address account, uint64 epoch) external view returns (uint256 assets, uint256 debts);

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

    /// @notice Time at which the attestation expires by age alone; 0 when there is none.
    function expiryOf(address account, bytes32 policyId) external view returns (uint64);

    /// @notice The keys that proofs are checked with.
    function registry() external view returns (ICircuitRegistry);

    /// @notice The policies that proofs are checked against.
    function policies() external view returns (IPolicyRegistry);

    /// @notice Who binds commitments to venues and readers; zero when nobody does.
    function binder() external view returns (IBookBinder);

    /// @notice Whether an account committed to this before.
    function isCommitmentUsed(address account, uint256 commitment) external view returns (bool);

    /// @notice Oldest snapshot that draw, withdraw, update and liquidate accept, seconds.
    function maxActionAge() external view returns (uint32);

    /// @notice Seconds after a pause before liquidations go on.
    function liquidationGrace() external view returns (uint32);
}
