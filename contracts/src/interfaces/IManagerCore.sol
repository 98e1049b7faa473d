// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IManagerEvents} from "./IManagerEvents.sol";
import {ActionRequest, AnswerRequest, AttestRequest, LiquidationRequest, UpdateRequest} from "./ManagerTypes.sol";
import {Proof} from "./Types.sol";

/// @title Commitments, the ledger, and everything that a proof decides
interface IManagerCore is IManagerEvents {
    /// @notice The contracts that proofs are checked with, as this code has them: `registry`, `sheet` and `policies` of the extension say
    /// what that code has. An auditor compares the two.
    function wiring() external view returns (address registry, address sheet, address policies);

    /// @notice Commits to a book. Active at once without debt; pending while the sender owes, until `update` proves it.
    /// @dev A commitment counts once an account. Others may send a copy, so that nobody can use up a commitment on its way by sending
    /// it first; it is worth nothing to them, because the circuits prove whose it is. A new pending one replaces an old pending one.
    function commit(uint256 commitment) external;

    /// @notice Activates the pending commitment with a compliance proof on it. Its level must not be below the one that the active
    /// commitment got, even when that ran out since.
    function update(UpdateRequest calldata request, Proof calldata proof) external;

    /// @notice Activates the pending commitment without a proof once nothing is owed.
    function activatePending() external;

    /// @notice Checks a compliance proof about the sender's active book and leg and records it.
    function attest(AttestRequest calldata request, Proof calldata proof) external;

    /// @notice Whether the account's last attestation of the policy is at most maxAge (and the policy's own maximum) old and nothing it rests
    /// on changed since: commitment, worse leg, assurance, circuit, parameters.
    function isCompliant(address account, bytes32 policyId, uint64 maxAgeSeconds) external view returns (bool);

    /// @notice Adds escrow. Never paused. Ends what custodians and venues said of the account's books before: the same assets would count twice.
    function addEscrow(address account, uint8 slot, uint128 amount) external;

    /// @notice Takes escrow; counts as a worse leg.
    function removeEscrow(address account, uint8 slot, uint128 amount) external;

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

    /// @notice Stops attest, update, draw, withdraw and liquidate. Role PAUSER.
    function pause() external;

    /// @notice Goes on; liquidations after the grace. Role PAUSER.
    function unpause() external;

    /// @notice The vault the account owes, or zero.
    function vaultOf(address account) external view returns (address);
}
