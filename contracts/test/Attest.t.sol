// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, AttestRequest} from "../src/interfaces/ManagerTypes.sol";
import {CurveOperationFailed, Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {SimulatedKey} from "./utils/ProofSimulator.sol";
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
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.EpochStale.selector, newest - 2, newest - 1));
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
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.DeadlinePassed.selector, deadline, deadline + 1));
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
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, taken + 1));
        _send(request, proof);
    }

    function test_K2_Replay_MalleatedCopiesRefused() public {
        Binds memory b = attestBinds(trader, policyId);
        (AttestRequest memory request, Proof memory proof) = attestProof(b);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        Proof memory rerandomised = simulate(complianceX(b, long, short), 99);
        Proof memory negated = _negated(proof);
        uint256 state = vm.snapshotState();
        _send(request, negated);
        vm.revertToState(state);
        _send(request, proof);
        Proof[3] memory copies = [proof, negated, rerandomised];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IManagerEvents.NonceUsed.selector, 0, 1));
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
        (uint256 honest, bool accepted) = _gasOf(request, proof);
        assertTrue(accepted, "the honest proof is accepted");
        vm.revertToState(state);
        Proof memory bad = attestProofCopy(proof);
        bad.a[1] = addmod(bad.a[1], 1, Q);
        (uint256 cost, bool taken) = _gasOf(request, bad);
        assertTrue(!taken, "the malformed one is refused");
        assertTrue(cost > 200_000, "by the pairing precompile, which burns what it gets");
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
        (uint64[] memory longs, uint64[] memory shorts) = manager.legOf(trader, sheet.newestEpoch());
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
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AccountUnknown.selector, thief));
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
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.AssuranceTooLow.selector, 1, 2));
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

    // ---- the cached subject point

    /// @dev Where attesting reads the account's subject.
    function _subjectSlot() private returns (bytes32 slot) {
        uint256 state = vm.snapshotState();
        vm.record();
        attestNow(trader);
        (bytes32[] memory reads,) = vm.accesses(address(manager));
        vm.revertToState(state);
        for (uint256 i = 0; i < reads.length; ++i) {
            uint256 x = uint256(vm.load(address(manager), reads[i]));
            uint256 y = uint256(vm.load(address(manager), bytes32(uint256(reads[i]) + 1)));
            bool isPoint = x != 0 && x < Q && y < Q && mulmod(y, y, Q) == addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q);
            if (isPoint) slot = reads[i];
        }
        assertTrue(slot != 0, "a subject is read");
    }

    function _head(bytes32 subject) private view returns (uint256) {
        return uint256(vm.load(address(manager), bytes32(uint256(subject) - 1)));
    }

    function test_Forgery_SubjectOverwritten_HonestProofFails() public {
        bytes32 slot = _subjectSlot();
        bytes32 next = bytes32(uint256(slot) + 1);
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        uint256 state = vm.snapshotState();
        vm.store(address(manager), next, bytes32(Q - uint256(vm.load(address(manager), next))));
        _expectInvalid(request, proof);
        (uint256 x, uint256 y) = g1(42);
        vm.store(address(manager), slot, bytes32(x));
        vm.store(address(manager), next, bytes32(y));
        _expectInvalid(request, proof);
        vm.revertToState(state);
        vm.store(address(manager), slot, bytes32(uint256(vm.load(address(manager), slot)) ^ 1));
        vm.expectRevert(abi.encodeWithSelector(CurveOperationFailed.selector));
        _send(request, proof);
        vm.revertToState(state);
        _send(request, proof);
    }

    function test_Subject_ReplacedWithTheBook() public {
        bytes32 slot = _subjectSlot();
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        uint256 before = uint256(vm.load(address(manager), slot));
        commitFor(trader);
        assertTrue(uint256(vm.load(address(manager), slot)) != before, "replaced");
        _expectInvalid(request, proof);
        attestNow(trader);
        Binds memory b = attestBinds(trader, policyId);
        b.commitment -= 1;
        (request, proof) = attestProof(b);
        _expectInvalid(request, proof);
    }

    /// @dev Without a readable key a book is committed all the same; proofs then compute the subject.
    function test_Subject_NoKey_ComputedFromValues() public {
        bytes32 slot = _subjectSlot();
        bytes memory call = abi.encodeCall(registry.currentBlob, (COMPLIANCE));
        vm.mockCallRevert(address(registry), call, "");
        commitFor(trader);
        vm.clearMockedCalls();
        assertEq(uint32(_head(slot) >> 96), 0, "no version");
        attestNow(trader);
    }

    function test_Subject_OtherKeyVersion_ComputedFromValues() public {
        bytes32 slot = _subjectSlot();
        _switchKey();
        assertEq(uint32(_head(slot) >> 96), 1, "still of the old key");
        attestNow(trader);
        assertEq(uint32(_head(slot) >> 96), 1, "nothing is refreshed");
        // What is stored does not matter under another key.
        vm.store(address(manager), slot, bytes32(uint256(1)));
        attestNow(trader);
        commitFor(trader);
        assertEq(uint32(_head(slot) >> 96), 2, "of the new key");
        attestNow(trader);
    }

    /// @dev Two days on, with another compliance key, one more close, and fresh prices.
    function _switchKey() private {
        SimulatedKey memory old = keys[COMPLIANCE];
        registerKey(COMPLIANCE, 77);
        SimulatedKey memory fresh = keys[COMPLIANCE];
        keys[COMPLIANCE] = old;
        vm.warp((uint256(GENESIS) + S + 2) * 86_400 - 300);
        _pushAll();
        vm.warp((uint256(GENESIS) + S + 2) * 86_400 + 600);
        sheet.recordClose(GENESIS + uint32(S) + 1, roundIds(uint64(S + 2)));
        roll(1);
        keys[COMPLIANCE] = fresh;
        for (uint256 i = 0; i < S; ++i) {
            roll(2);
        }
        foldAllParameters(COMPLIANCE, 2, 1);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        registry.activate(COMPLIANCE);
        policies.fold(policyId);
        _pushAll();
        nextEpoch();
    }

    function _pushAll() private {
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, basePrice(slot));
        }
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

    function _gasOf(AttestRequest memory request, Proof memory proof) private returns (uint256 used, bool accepted) {
        vm.prank(trader);
        uint256 before = gasleft();
        try manager.attest(request, proof) {
            accepted = true;
        } catch {}
        used = before - gasleft();
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
