// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {CreditorRegistry} from "../src/CreditorRegistry.sol";
import {DebtIncrease, ICreditorRegistry} from "../src/interfaces/ICreditorRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {AttestRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Debts that creditors record: with the borrower's word, and in every proof
contract CreditorsTest is Fixture {
    CreditorRegistry private _creditors;
    uint256 private _borrowerKey = 0xb0440;
    address private _borrower;
    address private _bank = address(0xba4);

    function setUp() public override {
        super.setUp();
        _borrower = vm.addr(_borrowerKey);
        _creditors = new CreditorRegistry(address(this), address(manager));
        manager.grantRole(manager.CREDITOR_ROLE(), address(_creditors));
        _creditors.setCreditor(_bank, true);
        commitFor(_borrower);
    }

    function debtOf(uint128 amount) private view returns (DebtIncrease memory) {
        uint64 nonce = _creditors.nonceOf(_borrower, _bank);
        return DebtIncrease(_bank, _borrower, ETH, amount, nonce, uint64(vm.getBlockTimestamp() + 600));
    }

    function signed(DebtIncrease memory debt, uint256 key) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _creditors.increaseDigest(debt));
        return abi.encodePacked(r, s, v);
    }

    function record(uint128 amount) private {
        DebtIncrease memory debt = debtOf(amount);
        bytes memory signature = signed(debt, _borrowerKey);
        vm.prank(_bank);
        _creditors.increase(debt, signature);
    }

    function shortOf() private view returns (uint256) {
        (, uint64[] memory short) = manager.legOf(_borrower, sheet.newestEpoch());
        return short[ETH];
    }

    function test_Increase_EveryProofIncludesIt() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(_borrower, policyId));
        record(3 ether);
        assertEq(shortOf(), 3e6, "three ether, in lots");
        vm.prank(_borrower);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        manager.attest(request, proof);
        attestNow(_borrower);
        assertTrue(manager.isCompliant(_borrower, policyId, 1 days), "with it");
        record(1 ether);
        assertTrue(!manager.isCompliant(_borrower, policyId, 1 days), "a worse leg ends an attestation");
        assertEq(shortOf(), 4e6, "added up");
    }

    function test_Increase_NeedsTheBorrowersSignature() public {
        DebtIncrease memory debt = debtOf(1 ether);
        bytes memory signature = signed(debt, 0xbad);
        vm.prank(_bank);
        vm.expectRevert(abi.encodeWithSelector(ICreditorRegistry.BorrowerSignatureInvalid.selector, _borrower));
        _creditors.increase(debt, signature);
        signature = signed(debt, _borrowerKey);
        debt.amount += 1;
        vm.prank(_bank);
        vm.expectRevert(abi.encodeWithSelector(ICreditorRegistry.BorrowerSignatureInvalid.selector, _borrower));
        _creditors.increase(debt, signature);
        debt.amount -= 1;
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(ICreditorRegistry.CreditorUnknown.selector, _bank));
        _creditors.increase(debt, signature);
        vm.prank(_bank);
        _creditors.increase(debt, signature);
        vm.prank(_bank);
        vm.expectRevert(abi.encodeWithSelector(ICreditorRegistry.NonceUsed.selector, 0, 1));
        _creditors.increase(debt, signature);
    }

    function test_Increase_DeadlineOverByOne_Refused() public {
        DebtIncrease memory debt = debtOf(1 ether);
        bytes memory signature = signed(debt, _borrowerKey);
        vm.warp(debt.deadline + 1);
        vm.prank(_bank);
        vm.expectRevert(
            abi.encodeWithSelector(ICreditorRegistry.DeadlinePassed.selector, debt.deadline, debt.deadline + 1)
        );
        _creditors.increase(debt, signature);
        vm.warp(debt.deadline);
        vm.prank(_bank);
        _creditors.increase(debt, signature);
    }

    function test_Decrease_OnlyOnesOwn() public {
        record(3 ether);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(ICreditorRegistry.DebtTooSmall.selector, 0, 1 ether));
        _creditors.decrease(_borrower, ETH, 1 ether);
        _creditors.setCreditor(_bank, false);
        vm.prank(_bank);
        _creditors.decrease(_borrower, ETH, 3 ether);
        assertEq(shortOf(), 0, "gone");
        assertEq(manager.accountState(_borrower).creditMask, 0, "the leg is empty");
    }

    function test_SetCreditor_OnlyItsAdmin() public {
        bytes32 role = _creditors.CREDITOR_ADMIN_ROLE();
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, thief, role));
        vm.prank(thief);
        _creditors.setCreditor(thief, true);
    }

    function test_SetCredit_OnlyTheRegistry() public {
        bytes32 role = manager.CREDITOR_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, address(this), role)
        );
        manager.setCredit(_borrower, ETH, 1);
    }

    function test_Credit_BeyondTheLeg_Refused() public {
        DebtIncrease memory debt = debtOf(type(uint120).max / 4 + 1);
        bytes memory signature = signed(debt, _borrowerKey);
        vm.prank(_bank);
        vm.expectRevert(
            abi.encodeWithSelector(IManagerEvents.LegTooLarge.selector, ETH, 4 * uint256(debt.amount))
        );
        _creditors.increase(debt, signature);
    }

    /// @dev A vault cannot pay off what creditors recorded, and removing its own debt leaves theirs.
    function test_Credit_BesideAVaultsDebt_StaysApart() public {
        uint256 owed = uint256(manager.creditOf(_borrower, ETH));
        record(2 ether);
        (, uint128 debt) = manager.positionOf(_borrower, ETH);
        assertEq(uint256(debt), 0, "no debt to a vault");
        assertEq(uint256(manager.creditOf(_borrower, ETH)), owed + 2 ether, "recorded");
        assertTrue(manager.vaultOf(_borrower) == address(0), "and no vault");
    }
}
