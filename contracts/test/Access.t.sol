// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {SetRange} from "../src/interfaces/ICircuitRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {
    ActionRequest,
    AnswerRequest,
    AttestRequest,
    Bound,
    LiquidationRequest,
    UpdateRequest
} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Who may call what: every function that a role or a vault guards, called by somebody else
contract AccessTest is Fixture {
    function test_Roles_EveryGuardedFunction_RefusesOthers() public {
        bytes32[] memory none = new bytes32[](0);
        SetRange[6] memory ranges;
        bytes32 role = registry.REGISTRAR_ROLE();
        refused(address(registry), role, abi.encodeCall(registry.register, (1, bytes32(0), "", none, ranges)));
        refused(address(registry), role, abi.encodeCall(registry.activate, (1)));
        refused(address(registry), role, abi.encodeCall(registry.cancel, (1)));
        role = sheet.GOVERNOR_ROLE();
        refused(address(sheet), role, abi.encodeCall(sheet.proposeParameters, ("")));
        refused(address(sheet), role, abi.encodeCall(sheet.activateParameters, ()));
        refused(address(sheet), role, abi.encodeCall(sheet.cancelParameters, ()));
        refused(address(sheet), role, abi.encodeCall(sheet.proposeDelisting, (ETH)));
        refused(address(sheet), role, abi.encodeCall(sheet.delist, (ETH)));
        role = manager.VAULT_ADMIN_ROLE();
        refused(address(manager), role, abi.encodeCall(manager.registerVault, (thief)));
        refused(address(manager), role, abi.encodeCall(manager.registerToken, (3, address(eth))));
        refused(address(manager), manager.PAUSER_ROLE(), abi.encodeCall(manager.pause, ()));
        refused(address(manager), manager.PAUSER_ROLE(), abi.encodeCall(manager.unpause, ()));
        refused(
            address(custodians), custodians.CUSTODIAN_ADMIN_ROLE(), abi.encodeCall(custodians.setCustodian, (thief, 0, 1))
        );
        role = vault.VAULT_GOVERNOR_ROLE();
        refused(address(vault), role, abi.encodeCall(vault.setCollateral, (ETH, 0)));
        refused(address(vault), role, abi.encodeCall(vault.setCap, (2, 1)));
        refused(address(vault), role, abi.encodeCall(vault.setRate, (1)));
        refused(address(vault), role, abi.encodeCall(vault.takeReserve, (0, thief)));
        refused(address(vault), role, abi.encodeCall(vault.sweepDust, (ETH, thief)));
        address[5] memory owners =
            [address(registry), address(sheet), address(manager), address(vault), address(custodians)];
        for (uint256 i = 0; i < owners.length; ++i) {
            refused(owners[i], bytes32(0), abi.encodeCall(IAccessControl.grantRole, (bytes32(0), thief)));
        }
    }

    /// @dev What only another contract of the deployment may tell the manager, by the role that it is given.
    function test_Roles_EveryContractsFunction_RefusesOthers() public {
        address m = address(manager);
        Bound memory bound_;
        AnswerRequest memory answer;
        Proof memory proof;
        refused(m, manager.CUSTODIAN_ROLE(), abi.encodeCall(manager.noteStatement, (trader, 1, 1, 1, 1)));
        refused(m, keccak256("BINDER_ROLE"), abi.encodeCall(manager.noteBinding, (trader, 1, bound_)));
        refused(m, keccak256("BINDER_ROLE"), abi.encodeCall(manager.noteReaders, (1)));
        refused(m, bytes32(0), abi.encodeCall(manager.setBinder, (thief)));
        refused(m, manager.CREDITOR_ROLE(), abi.encodeCall(manager.setCredit, (trader, USD, 1)));
        refused(m, manager.CHALLENGE_ROLE(), abi.encodeCall(manager.verifyHealthy, (trader, answer, proof)));
    }

    function test_Ledger_EveryVaultFunction_RefusesOthers() public {
        ActionRequest memory request;
        LiquidationRequest memory liquidation;
        Proof memory proof;
        refusedByLedger(abi.encodeCall(manager.addEscrow, (trader, ETH, 1)));
        refusedByLedger(abi.encodeCall(manager.removeEscrow, (trader, ETH, 1)));
        refusedByLedger(abi.encodeCall(manager.addDebt, (trader, USD, 1)));
        refusedByLedger(abi.encodeCall(manager.removeDebt, (trader, USD, 1)));
        refusedByLedger(abi.encodeCall(manager.consume, (trader, 3, bytes32(0), policyId, request, proof)));
        refusedByLedger(abi.encodeCall(manager.verifyLiquidation, (liquidation, proof)));
        refusedByLedger(abi.encodeCall(manager.setDebtRate, (0)));
        refusedByLedger(abi.encodeCall(manager.openLiquidationEpoch, (trader, false)));
    }

    function test_K23_Paused_EveryProofRefused() public {
        AttestRequest memory attest;
        UpdateRequest memory update;
        ActionRequest memory action;
        LiquidationRequest memory liquidation;
        Proof memory proof;
        manager.registerVault(thief);
        manager.pause();
        bytes memory paused = abi.encodeWithSelector(Pausable.EnforcedPause.selector);
        refusedFor(paused, abi.encodeCall(manager.attest, (attest, proof)));
        refusedFor(paused, abi.encodeCall(manager.update, (update, proof)));
        refusedFor(paused, abi.encodeCall(manager.consume, (trader, 3, 0, policyId, action, proof)));
        refusedFor(paused, abi.encodeCall(manager.verifyLiquidation, (liquidation, proof)));
    }

    function test_RegisterToken_RevertWhen_LotsWouldHoldEverything() public {
        MockERC20 coarse = new MockERC20("Coarse", "C", 45);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SlotInvalid.selector, 3));
        manager.registerToken(3, address(coarse));
        manager.registerToken(3, address(new MockERC20("Fine", "F", 44)));
    }

    function refused(address target, bytes32 role, bytes memory call) internal {
        vm.prank(thief);
        (bool ok, bytes memory reason) = target.call(call);
        bytes memory named =
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, thief, role);
        assertTrue(!ok && keccak256(reason) == keccak256(named), "only the role may call");
    }

    function refusedByLedger(bytes memory call) internal {
        refusedFor(abi.encodeWithSelector(IManagerEvents.VaultUnknown.selector, thief), call);
    }

    function refusedFor(bytes memory named, bytes memory call) internal {
        vm.prank(thief);
        (bool ok, bytes memory reason) = address(manager).call(call);
        assertTrue(!ok && keccak256(reason) == keccak256(named), "refused by name");
    }
}
