// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CustodianStatement, ICustodianRegistry} from "../src/interfaces/ICustodianRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {AttestRequest, UpdateRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

contract CommitTest is Fixture {
    function _updateBinds() private view returns (Binds memory b) {
        b = attestBinds(trader, policyId);
        b.action = 2;
        b.commitment = manager.accountState(trader).pendingCommitment;
        b.sequence += 1;
        b.nonce = manager.nonceOf(trader, 2);
        b.actionHash = keccak256(abi.encode(b.commitment));
    }

    function _update(Binds memory b) private {
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
    }

    function _borrow() private {
        commitFor(trader);
        depositEth(1e18);
        drawNow(1_000e6);
    }

    function test_K1_Commit_AliasRefused() public {
        uint256[4] memory bad = [uint256(0), R, R + 7, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CommitmentOutOfRange.selector, bad[i]));
            manager.commit(bad[i]);
        }
        manager.commit(R - 1);
    }

    function test_Commit_RevertWhen_Used() public {
        vm.prank(trader);
        manager.commit(5);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CommitmentUsed.selector, 5));
        vm.prank(trader);
        manager.commit(5);
        // A copy takes nothing from its owner and gives nothing to the thief: the circuits prove the owner.
        vm.prank(thief);
        manager.commit(5);
        assertEq(manager.accountState(thief).commitment, 5, "a copy");
    }

    function test_Commit_SentFirstByAnother_StillCounts() public {
        vm.prank(thief);
        manager.commit(5);
        vm.prank(trader);
        manager.commit(5);
        assertEq(manager.accountState(trader).commitment, 5, "not used up");
    }

    function test_Commit_WithoutDebt_ActiveAtOnce() public {
        uint256 first = commitFor(trader);
        uint256 second = commitFor(trader);
        assertTrue(first != second, "fresh");
        assertEq(manager.accountState(trader).commitment, second, "active");
        assertEq(manager.accountState(trader).sequence, 2, "sequence");
        assertEq(manager.accountState(trader).pendingCommitment, 0, "nothing pending");
    }

    function test_Commit_WithDebt_StaysPendingUntilProved() public {
        _borrow();
        uint256 old = manager.accountState(trader).commitment;
        uint256 fresh = commitFor(trader);
        assertEq(manager.accountState(trader).commitment, old, "old one active");
        assertEq(manager.accountState(trader).pendingCommitment, fresh, "new one pending");
        attestNow(trader);
        _update(_updateBinds());
        assertEq(manager.accountState(trader).commitment, fresh, "new one active");
        assertEq(manager.accountState(trader).sequence, 2, "sequence");
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "the update attests");
    }

    function test_Commit_SwappedWithDebt_ProofOnOldStillNeeded() public {
        _borrow();
        commitFor(trader);
        // A proof on the pending book does not attest.
        Binds memory b = attestBinds(trader, policyId);
        b.commitment = manager.accountState(trader).pendingCommitment;
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        (, Proof memory honest) = attestProof(attestBinds(trader, policyId));
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        manager.attest(AttestRequest(policyId, b.epoch, b.nonce, b.deadline), proof);
        vm.prank(trader);
        manager.attest(AttestRequest(policyId, b.epoch, b.nonce, b.deadline), honest);
    }

    function test_Update_RevertWhen_EpochNotNewest() public {
        _borrow();
        commitFor(trader);
        Binds memory b = _updateBinds();
        b.deadline = type(uint64).max;
        uint64 newest = nextEpoch();
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.EpochStale.selector, newest - 1, newest));
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
    }

    function test_Update_RevertWhen_OtherPendingCommitment() public {
        _borrow();
        commitFor(trader);
        Binds memory b = _updateBinds();
        commitFor(trader);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
    }

    function test_Update_RevertWhen_NothingPendingOrOwed() public {
        Proof memory none;
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.NoPendingCommitment.selector, trader));
        vm.prank(trader);
        manager.update(UpdateRequest(1, 0, type(uint64).max), none);
        _borrow();
        commitFor(trader);
        vm.prank(trader);
        vault.repay(trader, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.NoDebt.selector, trader));
        vm.prank(trader);
        manager.update(UpdateRequest(1, 0, type(uint64).max), none);
        vm.prank(trader);
        manager.activatePending();
        assertEq(manager.accountState(trader).sequence, 2, "activated");
    }

    function test_ActivatePending_RevertWhen_DebtOutstanding() public {
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.NoPendingCommitment.selector, trader));
        vm.prank(trader);
        manager.activatePending();
        _borrow();
        commitFor(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.DebtOutstanding.selector, trader));
        vm.prank(trader);
        manager.activatePending();
    }

    function test_Update_RevertWhen_LevelWouldFall() public {
        _borrow();
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        uint256 fresh = commitFor(trader);
        Binds memory b = _updateBinds();
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory proof = simulate(complianceX(b, long, short), 31);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AssuranceTooLow.selector, 1, 2));
        vm.prank(trader);
        manager.update(UpdateRequest(b.epoch, b.nonce, b.deadline), proof);
        attachCustodian(trader, fresh, 2);
        _update(b);
        assertEq(manager.levelOf(trader), 2, "level came with the commitment");
    }

    function test_AttachCustodian_RevertWhen_NotAboutThisCommitment() public {
        uint256 commitment = commitFor(trader);
        CustodianStatement memory s = CustodianStatement(trader, commitment, 2, uint64(vm.getBlockTimestamp()));
        _expectStatement(s, custodianKey, abi.encodeWithSelector(IManagerEvents.StatementMismatch.selector, commitment, 2));
        s = CustodianStatement(trader, 77, 1, uint64(vm.getBlockTimestamp()));
        _expectStatement(s, custodianKey, abi.encodeWithSelector(IManagerEvents.StatementMismatch.selector, 77, 1));
        s = CustodianStatement(thief, 0, 0, uint64(vm.getBlockTimestamp()));
        _expectStatement(s, custodianKey, abi.encodeWithSelector(IManagerEvents.StatementMismatch.selector, 0, 0));
        s = CustodianStatement(trader, commitment, 1, uint64(vm.getBlockTimestamp()));
        address stranger = vm.addr(0xbad);
        _expectStatement(s, 0xbad, abi.encodeWithSelector(ICustodianRegistry.CustodianInvalid.selector, stranger));
        attachCustodian(trader, commitment, 1);
        assertEq(manager.levelOf(trader), 2, "signed");
        commitFor(trader);
        assertEq(manager.levelOf(trader), 1, "a new book starts self-declared");
    }

    function test_K26_AttachCustodian_TimeBounds() public {
        uint256 commitment = commitFor(trader);
        uint64 time = uint64(vm.getBlockTimestamp());
        uint64[4] memory asOf = [time + 1, time - 1 days - 1, time - 1 days, time];
        for (uint256 i = 0; i < 4; ++i) {
            CustodianStatement memory s = CustodianStatement(trader, commitment, 1, asOf[i]);
            bytes memory signature = signed(custodianKey, s);
            if (i < 2) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ICustodianRegistry.StatementTimeInvalid.selector, asOf[i], time - 1 days, time
                    )
                );
            }
            custodians.attachCustodian(s, signature);
        }
        custodians.setCustodian(vm.addr(custodianKey), 0, time - 1);
        CustodianStatement memory late = CustodianStatement(trader, commitment, 1, time);
        address custodian = vm.addr(custodianKey);
        _expectStatement(
            late, custodianKey, abi.encodeWithSelector(ICustodianRegistry.CustodianInvalid.selector, custodian)
        );
    }

    /// @dev What was deposited after a statement's time may have left the venue.
    function test_AttachCustodian_NotNewerThanTheLastDeposit_Refused() public {
        uint256 commitment = commitFor(trader);
        depositEth(1e18);
        uint64 deposited = uint64(vm.getBlockTimestamp());
        vm.warp(deposited + 1);
        CustodianStatement memory s = CustodianStatement(trader, commitment, 1, deposited);
        _expectStatement(
            s, custodianKey, abi.encodeWithSelector(IManagerEvents.StatementBeforeDeposit.selector, deposited, deposited)
        );
        attachCustodian(trader, commitment, 1);
        assertEq(manager.levelOf(trader), 2, "a second later");
    }

    function _expectStatement(CustodianStatement memory s, uint256 key, bytes memory reason) private {
        bytes memory signature = signed(key, s);
        vm.expectRevert(reason);
        custodians.attachCustodian(s, signature);
    }
}
