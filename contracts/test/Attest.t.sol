// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {ActionRequest, AttestRequest, IRiskManager} from "../src/interfaces/IRiskManager.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

contract AttestTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
    }

    function _send(AttestRequest memory request, Proof memory proof) private {
        vm.prank(trader);
        manager.attest(request, proof);
    }

    function _expectInvalid(AttestRequest memory request, Proof memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        _send(request, proof);
    }

    function test_Attest_Honest_IsCompliant() public {
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "before");
        attestNow(trader);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "after");
        assertEq(manager.nonceOf(trader, 1), 1, "nonce");
        assertEq(manager.attestationOf(trader, policyId).epoch, sheet.newestEpoch(), "epoch");
    }

    function test_Attest_WithLeg_UsesStoredLeg() public {
        depositEth(3e18 + 1);
        attestNow(trader);
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        // One lot is 10^-6 ether: a lot more in the ledger and the proof is about another leg.
        depositEth(1e12);
        _expectInvalid(request, proof);
    }

    function test_Attest_PreviousEpoch_Accepted() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        request.deadline = uint64(vm.getBlockTimestamp() + 2 hours);
        (request, proof) = _withDeadline(request.deadline);
        nextEpoch();
        _send(request, proof);
        assertTrue(manager.isCompliant(trader, policyId, 2 hours), "compliant");
    }

    function test_Attest_RevertWhen_EpochStale() public {
        (AttestRequest memory request, Proof memory proof) = _withDeadline(uint64(vm.getBlockTimestamp() + 1 days));
        nextEpoch();
        uint64 newest = nextEpoch();
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.EpochStale.selector, newest - 2, newest - 1));
        _send(request, proof);
    }

    function test_K26_Deadline_LastSecondCounts() public {
        uint64 deadline = uint64(vm.getBlockTimestamp() + 100);
        (AttestRequest memory request, Proof memory proof) = _withDeadline(deadline);
        uint256 state = vm.snapshotState();
        vm.warp(deadline - 1);
        _send(request, proof);
        vm.revertToState(state);
        vm.warp(deadline);
        _send(request, proof);
        vm.revertToState(state);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.DeadlinePassed.selector, deadline, deadline + 1));
        _send(request, proof);
    }

    function test_K26_SnapshotAge_LastSecondCounts() public {
        (AttestRequest memory request, Proof memory proof) = _withDeadline(type(uint64).max);
        uint64 taken = manager_snapshotTime(request.epoch);
        uint256 state = vm.snapshotState();
        vm.warp(taken + 4 hours);
        _send(request, proof);
        assertTrue(manager.isCompliant(trader, policyId, type(uint64).max), "last second");
        vm.warp(taken + 4 hours + 1);
        assertTrue(!manager.isCompliant(trader, policyId, type(uint64).max), "expired");
        vm.revertToState(state);
        vm.warp(taken + 4 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.SnapshotStale.selector, taken, taken + 1));
        _send(request, proof);
    }

    function test_K2_Replay_MalleatedCopiesRefused() public {
        Binds memory b = attestBinds(trader, policyId);
        (AttestRequest memory request, Proof memory proof) = attestProof(b);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader);
        Proof memory rerandomised = simulate(complianceX(b, long, short), 99);
        Proof memory negated = _negated(proof);
        uint256 state = vm.snapshotState();
        _send(request, negated);
        vm.revertToState(state);
        _send(request, proof);
        Proof[3] memory copies = [proof, negated, rerandomised];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRiskManager.NonceUsed.selector, 0, 1));
            _send(request, copies[i]);
            request.nonce = 1;
            _expectInvalid(request, copies[i]);
            request.nonce = 0;
        }
        assertEq(manager.nonceOf(trader, 1), 1, "nonce unchanged by refused copies");
    }

    function test_K3_MalformedProof_CostsAtMostStatedExtra() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        uint256 state = vm.snapshotState();
        uint256 honest = _gasOf(request, proof);
        vm.revertToState(state);
        Proof memory bad = attestProofCopy(proof);
        bad.a[1] = addmod(bad.a[1], 1, Q);
        uint256 cost = _gasOf(request, bad);
        assertTrue(cost < honest + 39_000, "extra gas");
    }

    function test_K4_InvalidProof_ChangesNothing() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        proof.c = proof.a;
        _expectInvalid(request, proof);
        assertEq(manager.nonceOf(trader, 1), 0, "nonce");
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "not compliant");
    }

    function test_K24_IdentityAndGeneratorProofs_Refused() public {
        (AttestRequest memory request,) = attestProof(attestBinds(trader, policyId));
        uint256[4] memory g2;
        (g2[0], g2[1], g2[2], g2[3]) = abi.decode(generatorG2(), (uint256, uint256, uint256, uint256));
        for (uint256 mask = 0; mask < 8; ++mask) {
            Proof memory proof;
            if (mask & 1 != 0) proof.a = [uint256(1), 2];
            if (mask & 2 != 0) (proof.b[0], proof.b[1]) = ([g2[0], g2[1]], [g2[2], g2[3]]);
            if (mask & 4 != 0) proof.c = [uint256(1), 2];
            _expectInvalid(request, proof);
        }
    }

    function test_K1_NonCanonicalCoordinates_Refused() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        for (uint256 i = 0; i < 8; ++i) {
            uint256[8] memory flat = abi.decode(abi.encode(proof), (uint256[8]));
            flat[i] += Q;
            _expectInvalid(request, abi.decode(abi.encode(flat), (Proof)));
        }
        _send(request, proof);
    }

    function test_K7_OtherChain_Refused() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        vm.chainId(block.chainid + 1);
        _expectInvalid(request, proof);
    }

    function test_K7_OtherDeployment_Refused() public {
        Binds memory b = attestBinds(trader, policyId);
        b.target = address(0xdead);
        (AttestRequest memory request, Proof memory proof) = attestProof(b);
        _expectInvalid(request, proof);
    }

    function test_K8_OtherSender_Refused() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        commitFor(thief);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(thief);
        manager.attest(request, proof);
        _send(request, proof);
    }

    function test_K6_ProofOfOneAction_RefusedInAnother() public {
        depositEth(1e18);
        Binds memory b = attestBinds(trader, policyId);
        b.action = 3;
        (AttestRequest memory request, Proof memory proof) = attestProof(b);
        _expectInvalid(request, proof);
    }

    function testFuzz_K1_EveryBoundValue_ChangedIsRefused(uint8 which, uint256 by) public {
        by = bound(by, 1, type(uint32).max);
        Binds memory b = attestBinds(trader, policyId);
        which = which % 9;
        if (which == 0) b.commitment = addmod(b.commitment, by, R);
        if (which == 1) b.account = address(uint160(b.account) + uint160(by));
        if (which == 2) b.sequence += uint64(by);
        if (which == 3) b.beneficiary = address(uint160(b.beneficiary) + uint160(by));
        unchecked {
            if (which == 4) b.action += uint8(by % 255 + 1);
        }
        if (which == 5) b.actionHash = bytes32(by);
        if (which == 6) b.nonce += uint64(by);
        if (which == 7) b.deadline += uint64(by);
        if (which == 8) b.target = address(uint160(by));
        AttestRequest memory request =
            AttestRequest(policyId, sheet.newestEpoch(), manager.nonceOf(trader, 1), uint64(vm.getBlockTimestamp() + 600));
        uint64[] memory none = new uint64[](N);
        _expectInvalid(request, simulate(complianceX(b, none, none), 5));
    }

    function testFuzz_Attest_LegValueChanged_Refused(uint8 slot, bool short, uint64 by) public {
        depositEth(1e18);
        if (by == 0) by = 1;
        Binds memory b = attestBinds(trader, policyId);
        (uint64[] memory longs, uint64[] memory shorts) = manager.legOf(trader);
        unchecked {
            if (short) shorts[slot % N] += by;
            else longs[slot % N] += by;
        }
        AttestRequest memory request = AttestRequest(b.policy, b.epoch, b.nonce, b.deadline);
        _expectInvalid(request, simulate(complianceX(b, longs, shorts), 5));
    }

    function test_Attest_RevertWhen_Unknown() public {
        Binds memory b = attestBinds(thief, policyId);
        (AttestRequest memory request, Proof memory proof) = attestProof(b);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.AccountUnknown.selector, thief));
        vm.prank(thief);
        manager.attest(request, proof);
        request.policyId = bytes32(uint256(1));
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyUnknown.selector, bytes32(uint256(1))));
        _send(request, proof);
    }

    function test_Attest_RevertWhen_PolicyNotFolded() public {
        bytes32 other = policies.register("other", limits(1));
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, other));
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyNotFolded.selector, other, 0, 1));
        _send(request, proof);
        policies.fold(other);
        _send(request, proof);
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "another policy");
    }

    function test_Attest_RevertWhen_AssuranceTooLow() public {
        bytes32 strict = policies.register("strict", limits(2));
        policies.fold(strict);
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, strict));
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.AssuranceTooLow.selector, 1, 2));
        _send(request, proof);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        _send(request, proof);
        assertTrue(manager.isCompliant(trader, strict, 1 hours), "signed");
        vm.warp(vm.getBlockTimestamp() + 31 days);
        assertEq(manager.levelOf(trader), 1, "a statement's level ends");
    }

    function test_Attest_RevertWhen_Paused() public {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        manager.pause();
        vm.expectRevert(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        _send(request, proof);
        manager.unpause();
        _send(request, proof);
    }

    function test_IsCompliant_EndsWhenAnythingChanges() public {
        depositEth(1e18);
        attestNow(trader);
        uint256 state = vm.snapshotState();
        commitFor(trader);
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "new commitment");
        vm.revertToState(state);
        Binds memory b = actionBinds(4, address(eth), 1);
        (, Proof memory proof) = actionProof(b, 0, 0);
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1, _actionRequest(b), proof);
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "worse leg");
        vm.revertToState(state);
        depositEth(1e18);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "a better leg keeps it");
        sheet.proposeParameters(parameterValues());
        vm.warp(vm.getBlockTimestamp() + 1 days);
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "older than asked");
        sheet.activateParameters();
        assertTrue(!manager.isCompliant(trader, policyId, 2 days), "parameters");
    }

    function _actionRequest(Binds memory b) private pure returns (ActionRequest memory) {
        return ActionRequest(b.epoch, b.nonce, b.deadline, b.beneficiary);
    }

    function _withDeadline(uint64 deadline) private view returns (AttestRequest memory, Proof memory) {
        Binds memory b = attestBinds(trader, policyId);
        b.deadline = deadline;
        return attestProof(b);
    }

    function manager_snapshotTime(uint64 epoch) private view returns (uint64 taken) {
        (taken,) = sheet.epochMeta(epoch);
    }

    function _gasOf(AttestRequest memory request, Proof memory proof) private returns (uint256 used) {
        vm.prank(trader);
        uint256 before = gasleft();
        try manager.attest(request, proof) {} catch {}
        return before - gasleft();
    }

    function attestProofCopy(Proof memory proof) private pure returns (Proof memory) {
        return abi.decode(abi.encode(proof), (Proof));
    }

    function _negated(Proof memory proof) private pure returns (Proof memory out) {
        out = abi.decode(abi.encode(proof), (Proof));
        out.a[1] = Q - proof.a[1];
        out.b[1][0] = Q - proof.b[1][0];
        out.b[1][1] = Q - proof.b[1][1];
    }
}
