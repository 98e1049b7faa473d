// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IManagerCore} from "./IManagerCore.sol";
import {IManagerExtension} from "./IManagerExtension.sol";
/// @title Accounts: commitments and what is vouched for them, the ledger all vaults share, and everything a proof is bound to
/// @notice All values a proof is checked against come from storage or are computed here; no caller gives a point, a key or a leg.
/// @dev Pause matrix: attest, update, consume and liquidations stop; commit, statements, bindings, answers to challenges, adding escrow and
/// repaying never do.
/// IManagerCore and IManagerExtension are one contract to every caller: what the first does not have runs from the second's code.
interface IRiskManager is IManagerCore, IManagerExtension, IAccessControl {
    /// @notice Whether risk-adding actions and liquidations stand still.
    function paused() external view returns (bool);

    function VAULT_ADMIN_ROLE() external view returns (bytes32);

    function PAUSER_ROLE() external view returns (bytes32);

    function CUSTODIAN_ROLE() external view returns (bytes32);

    function CREDITOR_ROLE() external view returns (bytes32);

    function CHALLENGE_ROLE() external view returns (bytes32);
}
