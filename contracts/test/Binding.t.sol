// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {BindRequest, IBookBinder, PartClaim} from "../src/interfaces/IBookBinder.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {Limits} from "../src/interfaces/IPolicyRegistry.sol";
import {IVenueRegistry} from "../src/interfaces/IVenueRegistry.sol";
import {AccountState, AttestRequest, Bound} from "../src/interfaces/ManagerTypes.sol";
import {ReaderKey} from "../src/interfaces/IReaderKeys.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fingerprint} from "../src/libraries/Fingerprint.sol";
import {Params} from "../src/libraries/Params.sol";
import {BindingFixture} from "./utils/BindingFixture.sol";
import {SimulatedKey} from "./utils/ProofSimulator.sol";

/// @title What a binding is checked against, and what it gives
contract BindingTest is BindingFixture {
    uint64 private _now;

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        _now = uint64(vm.getBlockTimestamp());
    }

    function stateOf(address account) private view returns (AccountState memory) {
        return manager.accountState(account);
    }

    // ---- what it gives

    function test_Bind_OneVenue_VenueSignedUntilTheStatementEnds() public {
        announceKeeper();
        BindRequest memory request = fullRequest(trader);
        Proof memory proof = proofOf(trader, request);
        vm.expectEmit(address(binder));
        emit IBookBinder.BookBound(trader, request.commitment, 1, 1, 10_000, request.ciphertext);
        vm.prank(trader);
        binder.bind(request, proof);
        AccountState memory state = stateOf(trader);
        assertEq(uint256(state.level), 3, "venue-signed");
        assertEq(uint256(state.coverageBps), 10_000, "all of it");
        assertEq(uint256(state.readersVersion), 1, "the keeper reads it");
        assertEq(uint256(state.levelUntil), uint256(_now + LIFETIME), "until");
        assertEq(uint256(state.lockedUntil), uint256(type(uint40).max), "locked");
        vm.warp(_now + LIFETIME);
        assertEq(uint256(manager.levelOf(trader)), 3, "the last second");
        vm.warp(_now + LIFETIME + 1);
        assertEq(uint256(manager.levelOf(trader)), 1, "over");
        (uint16 coverage,) = manager.coverageOf(trader);
        assertEq(uint256(coverage), 0, "and nothing covered");
    }

    function test_Bind_PartlySigned_CoverageWithoutLevel() public {
        BindRequest memory request = requestOf(trader, 2, 1);
        (request.parts[0], request.coverageBps) = (signedPart(1, ACCOUNT_A, _now), 7_500);
        bindAs(trader, request);
        assertEq(uint256(stateOf(trader).level), 1, "self-declared");
        assertEq(uint256(stateOf(trader).coverageBps), 7_500, "coverage");
    }

    function test_Bind_LaterWithLess_LowersTheLevel() public {
        bindAs(trader, fullRequest(trader));
        BindRequest memory request = requestOf(trader, 2, 1);
        (request.parts[0], request.coverageBps) = (signedPart(1, ACCOUNT_A, _now), 9_999);
        bindAs(trader, request);
        assertEq(uint256(manager.levelOf(trader)), 1, "not all of it");
    }

    function test_Bind_ReadersOnly_NoLevelAndNoEnd() public {
        announceKeeper();
        bindAs(trader, requestOf(trader, 1, 1));
        assertEq(uint256(stateOf(trader).level), 1, "self-declared");
        assertEq(uint256(stateOf(trader).readersVersion), 1, "readable");
    }

    function test_Bind_KeepsACustodiansWord() public {
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        bindAs(trader, requestOf(trader, 1, 1));
        assertEq(uint256(manager.levelOf(trader)), 2, "custodian-signed");
    }

    function test_Bind_Pending_ComesWithActivation() public {
        bindAs(trader, fullRequest(trader));
        vm.prank(trader);
        manager.commit(0x9e3);
        assertEq(uint256(manager.levelOf(trader)), 1, "a new book that nobody vouched for");
        BindRequest memory request = fullRequest(trader);
        bindAs(trader, request);
        assertEq(uint256(manager.levelOf(trader)), 3, "bound");
    }

    function test_ValuesOf_AreTheProtocols() public {
        announceKeeper();
        BindRequest memory request = requestOf(trader, 4, 3);
        request.parts[1] = signedPart(2, ACCOUNT_B, _now);
        (uint256[] memory values,) = binder.valuesOf(trader, request);
        uint256[] memory expected = valuesFor(trader, request);
        assertEq(values.length, expected.length, "count");
        for (uint256 i = 0; i < values.length; ++i) {
            assertEq(values[i], expected[i], "value");
        }
    }

    // ---- K7, K8 and malleability: what the proof is bound to

    function test_K7_OtherChain_Refused() public {
        BindRequest memory request = fullRequest(trader);
        Proof memory proof = proofOf(trader, request);
        vm.chainId(5);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        binder.bind(request, proof);
    }

    function test_K8_AnotherSender_Refused() public {
        BindRequest memory request = fullRequest(trader);
        Proof memory proof = proofOf(trader, request);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.CommitmentUnknown.selector, request.commitment));
        binder.bind(request, proof);
        vm.prank(thief);
        manager.commit(request.commitment);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        binder.bind(request, proof);
    }

    /// @dev Every value that the sender gives is in the context: one changed after the proof is refused.
    function testFuzz_C11_AnyChangedValue_Refused(uint8 which, uint256 change) public {
        announceKeeper();
        BindRequest memory request = requestOf(trader, 2, 1);
        request.parts[0] = signedPart(1, ACCOUNT_A, _now);
        (request.parts[1], request.coverageBps) = (signedPart(2, ACCOUNT_B, _now - 1), 10_000);
        Proof memory proof = proofOf(trader, request);
        uint256 kind = which % 7;
        if (kind == 0) request.digest = addmod(request.digest, 1 + change % (R - 1), R);
        if (kind == 1) request.coverageBps = uint16(change % 10_000);
        if (kind == 2) request.parts[change % 2].nullifier = uint256(keccak256(abi.encode(change))) % R;
        if (kind == 3) request.parts[change % 2].timestamp = _now - 2 - uint64(change % 300);
        if (kind == 4) request.parts[change % 2].lockedUntil = uint64(change % type(uint40).max);
        if (kind == 5) request.deadline += uint64(1 + change % 1_000);
        if (kind == 6) {
            uint256 i = change % request.ciphertext.length;
            request.ciphertext[i] = addmod(request.ciphertext[i], 1 + (change >> 8) % (R - 1), R);
        }
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        binder.bind(request, proof);
    }

    function test_K1_ValueAboveTheOrder_Refused() public {
        BindRequest memory request = fullRequest(trader);
        Proof memory proof = proofOf(trader, request);
        request.ciphertext[3] += R;
        uint256 index = 5 + 6 + 2 + 3;
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(Fingerprint.ValueNotCanonical.selector, index));
        binder.bind(request, proof);
    }

    // ---- C11: what must be in a book

    function test_C11_VenueAccountLeftOut_Refused() public {
        bindAs(trader, fullRequest(trader));
        BindRequest memory request = requestOf(trader, 1, 1);
        (request.parts[0], request.coverageBps) = (signedPart(2, ACCOUNT_B, _now), 10_000);
        refuseBind(
            trader, request, abi.encodeWithSelector(IBookBinder.VenueAccountMissing.selector, ACCOUNT_A)
        );
        // Both: accepted, and both are demanded from then on.
        request = requestOf(trader, 2, 1);
        (request.parts[0], request.parts[1]) = (signedPart(2, ACCOUNT_B, _now), signedPart(1, ACCOUNT_A, _now));
        request.coverageBps = 10_000;
        bindAs(trader, request);
        assertEq(binder.requiredOf(trader).length, 2, "both");
    }

    function test_C11_VenueAccountThatTheRegistrarKnows_Demanded() public {
        binder.requireVenueAccount(trader, ACCOUNT_B);
        refuseBind(
            trader,
            fullRequest(trader),
            abi.encodeWithSelector(IBookBinder.VenueAccountMissing.selector, ACCOUNT_B)
        );
        binder.releaseVenueAccount(trader, ACCOUNT_B);
        bindAs(trader, fullRequest(trader));
    }

    function test_C12_OneVenueAccountTwice_Refused() public {
        BindRequest memory request = requestOf(trader, 2, 1);
        (request.parts[0], request.parts[1]) = (signedPart(1, ACCOUNT_A, _now), signedPart(1, ACCOUNT_A, _now));
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.VenueAccountTwice.selector, ACCOUNT_A));
    }

    function test_Bind_AnotherOwnersVenueAccount_Refused() public {
        bindAs(trader, fullRequest(trader));
        commitFor(thief);
        refuseBind(
            thief,
            fullRequest(thief),
            abi.encodeWithSelector(IBookBinder.VenueAccountTaken.selector, ACCOUNT_A, trader)
        );
    }

    function test_VenueAccount_RequireAnothers_ReleaseUnknown_Refused() public {
        bindAs(trader, fullRequest(trader));
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.VenueAccountTaken.selector, ACCOUNT_A, trader));
        binder.requireVenueAccount(thief, ACCOUNT_A);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.VenueAccountsInvalid.selector, trader, ACCOUNT_B));
        binder.releaseVenueAccount(trader, ACCOUNT_B);
    }

    /// @dev The manager asks once more what the binder has asked.
    function test_NoteBinding_RevertWhen_CommitmentUnknown() public {
        manager.grantRole(keccak256("BINDER_ROLE"), address(this));
        uint256 commitment = manager.accountState(trader).commitment;
        manager.noteBinding(trader, commitment, Bound(5_000, 1, uint40(_now + 1), 0));
        for (uint256 other = 0; other < 2; ++other) {
            vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CommitmentUnknown.selector, trader, other));
            manager.noteBinding(trader, other, Bound(5_000, 1, uint40(_now + 1), 0));
        }
    }

    // ---- time

    function test_Bind_StatementTimes_Pinned() public {
        vm.warp(_now + 2 * OLDEST);
        uint64 time = _now + 2 * OLDEST;
        BindRequest memory request = fullRequest(trader);
        request.parts[0].timestamp = time + 1;
        refuseBind(trader, request, refusedTime(time + 1, time - OLDEST, time));
        request.parts[0].timestamp = time - OLDEST - 1;
        refuseBind(trader, request, refusedTime(time - OLDEST - 1, time - OLDEST, time));
        request.parts[0].timestamp = time - OLDEST;
        bindAs(trader, request);
        // Never back again.
        request.parts[0].timestamp = time - OLDEST + 100;
        bindAs(trader, request);
        request.parts[0].timestamp = time - OLDEST + 99;
        refuseBind(trader, request, refusedTime(time - OLDEST + 99, time - OLDEST + 100, time));
    }

    function test_Bind_StatementsApart_Refused() public {
        BindRequest memory request = requestOf(trader, 2, 1);
        (request.parts[0], request.parts[1]) = (signedPart(1, ACCOUNT_A, _now), signedPart(2, ACCOUNT_B, _now - SPREAD - 1));
        request.coverageBps = 10_000;
        refuseBind(
            trader,
            request,
            abi.encodeWithSelector(IBookBinder.StatementsApart.selector, _now - SPREAD - 1, _now, SPREAD)
        );
        request.parts[1].timestamp = _now - SPREAD;
        bindAs(trader, request);
    }

    /// @dev Assets that became escrow after the statement would count twice.
    function test_Bind_StatementNotNewerThanTheLastDeposit_Refused() public {
        bindAs(trader, fullRequest(trader));
        depositEth(1 ether);
        assertEq(uint256(manager.levelOf(trader)), 1, "the deposit ends the word before it");
        refuseBind(trader, fullRequest(trader), refusedTime(_now, _now + 1, _now));
        vm.warp(_now + 1);
        bindAs(trader, fullRequest(trader));
        assertEq(uint256(manager.levelOf(trader)), 3, "newer than the deposit");
    }

    function test_Bind_DeadlineOverByOne_Refused() public {
        BindRequest memory request = fullRequest(trader);
        vm.warp(request.deadline + 1);
        refuseBind(
            trader,
            request,
            abi.encodeWithSelector(IBookBinder.DeadlinePassed.selector, request.deadline, request.deadline + 1)
        );
        vm.warp(request.deadline);
        bindAs(trader, request);
    }

    // ---- keys of venues

    function test_Bind_ExpiredVenueKey_Refused() public {
        venues.addKey(7, TWO_X, TWO_Y, _now - 100, _now + 50);
        BindRequest memory request = requestOf(trader, 1, 1);
        (request.parts[0], request.coverageBps) = (signedPart(7, ACCOUNT_A, _now), 10_000);
        vm.warp(_now + 51);
        bytes memory reason =
            abi.encodeWithSelector(IVenueRegistry.VenueKeyExpired.selector, 7, 0, _now - 100, _now + 50);
        refuseBind(trader, request, reason);
    }

    function test_Bind_RevokedVenueKey_RefusedAndTheWordBeforeEnds() public {
        bindAs(trader, fullRequest(trader));
        venues.revokeKey(1, 0);
        assertEq(uint256(manager.levelOf(trader)), 1, "nothing that it signed counts");
        (uint16 coverage,) = manager.coverageOf(trader);
        assertEq(uint256(coverage), 0, "nor is anything covered");
        refuseBind(
            trader,
            fullRequest(trader),
            abi.encodeWithSelector(IVenueRegistry.VenueKeyIsRevoked.selector, 1, 0, _now)
        );
    }

    function test_Bind_OtherVenuesRevocation_ChangesNothing() public {
        bindAs(trader, fullRequest(trader));
        venues.revokeKey(2, 0);
        assertEq(uint256(manager.levelOf(trader)), 3, "still");
    }

    function test_Bind_UnknownVenueKey_Refused() public {
        BindRequest memory request = fullRequest(trader);
        request.parts[0].keyIndex = 1;
        refuseBind(trader, request, abi.encodeWithSelector(IVenueRegistry.VenueKeyUnknown.selector, 1, 1));
    }

    // ---- shapes

    function test_Bind_Shapes_Refused() public {
        BindRequest memory request = fullRequest(trader);
        request.coverageBps = 10_001;
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.CoverageOutOfRange.selector, 10_001));
        request = fullRequest(trader);
        request.parts[0].nullifier = 0;
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.PartInvalid.selector, 0));
        request = requestOf(trader, 1, 1);
        request.parts[0].lockedUntil = 1;
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.PartInvalid.selector, 0));
        request = requestOf(trader, 1, 1);
        request.coverageBps = 1;
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.CoverageUnsigned.selector, 1));
        request = requestOf(trader, 3, 1);
        request.epoch = 0;
        request.parts = new PartClaim[](3);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindKeyUnknown.selector, 3, 1));
        binder.bind(request, Proof([uint256(1), 2], [[uint256(1), 2], [uint256(1), 2]], [uint256(1), 2]));
        request = fullRequest(trader);
        request.epoch = 1;
        refuseBind(trader, request, abi.encodeWithSelector(IBookBinder.EpochRefused.selector, 1, 0));
        request = requestOf(trader, 2, 1);
        uint64 newest = request.epoch;
        request.epoch = newest - 1;
        Proof memory any = Proof([uint256(1), 2], [[uint256(1), 2], [uint256(1), 2]], [uint256(1), 2]);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.EpochRefused.selector, newest - 1, newest));
        binder.bind(request, any);
        request = fullRequest(trader);
        request.ciphertext = new uint256[](request.ciphertext.length + 1);
        vm.prank(trader);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBookBinder.CiphertextLengthInvalid.selector, request.ciphertext.length, request.ciphertext.length - 1
            )
        );
        binder.bind(request, any);
        request = fullRequest(trader);
        request.commitment += 1;
        refuseBind(
            trader, request, abi.encodeWithSelector(IBookBinder.CommitmentUnknown.selector, request.commitment)
        );
    }

    // ---- readers: L7, K16

    function test_L7_AttestingNeedsTheCurrentKeepers() public {
        attestNow(trader);
        announceKeeper();
        binder.syncReaders();
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ReadersOutdated.selector, 0, 1));
        manager.attest(request, proof);
        bindAs(trader, requestOf(trader, 1, 1));
        vm.prank(trader);
        manager.attest(request, proof);
    }

    /// @dev A revoked keeper is in no later set: what is bound afterwards has no wrap for it, and proofs wait for that.
    function test_L7_RevokedKeeper_ReadsNothingNewer() public {
        announceKeeper();
        bindAs(trader, requestOf(trader, 1, 1));
        BindRequest memory old = requestOf(trader, 1, 1);
        Proof memory proof = proofOf(trader, old);
        ReaderKey[] memory next = new ReaderKey[](1);
        next[0] = ReaderKey(THREE_X, THREE_Y);
        readerKeys.announceKeepers(next);
        vm.warp(_now + NOTICE);
        nextEpoch();
        binder.syncReaders();
        old.deadline = uint64(vm.getBlockTimestamp() + 600);
        proof = proofForReaders(old, Params.EDWARDS_BASE_X, Params.EDWARDS_BASE_Y);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        binder.bind(old, proof);
        (AttestRequest memory request, Proof memory attested) = attestProof(attestBinds(trader, policyId));
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ReadersOutdated.selector, 1, 2));
        manager.attest(request, attested);
        bindAs(trader, requestOf(trader, 1, 1));
        vm.prank(trader);
        manager.attest(request, attested);
    }

    function test_L7_AuditorOfAnAccount_OnlyInItsPeriodAndAccount() public {
        announceKeeper();
        vm.prank(trader);
        readerKeys.setAuditor(trader, ReaderKey(TWO_X, TWO_Y), _now, _now + 100);
        refuseBind(trader, requestOf(trader, 1, 1), abi.encodeWithSelector(IBookBinder.ReadersTooMany.selector, 2, 1));
        bindAs(trader, requestOf(trader, 1, 3));
        commitFor(thief);
        bindAs(thief, requestOf(thief, 1, 1));
        vm.warp(_now + 101);
        bindAs(trader, requestOf(trader, 1, 1));
    }

    function proofForReaders(BindRequest memory request, uint256 x, uint256 y) private view returns (Proof memory) {
        uint256[] memory values = valuesFor(trader, request);
        (values[11], values[12]) = (x, y);
        return simulate(bindX(values, request), 778);
    }

    function bindX(uint256[] memory values, BindRequest memory request) private view returns (uint256 x) {
        bytes memory encoded = abi.encode(
            keccak256("zkrisk.binding.v1"),
            block.chainid,
            address(binder),
            leafOf(0, keyBlob(bindKey(1, 1, 0), 3)),
            trader,
            manager.accountState(trader).sequence,
            request.deadline,
            request.digest,
            values
        );
        uint256 context = uint256(keccak256(encoded)) % R;
        x = addmod(tau(bindKey(1, 1, 0), 0), mulmod(tau(bindKey(1, 1, 0), 1), request.digest, R), R);
        x = addmod(x, mulmod(tau(bindKey(1, 1, 0), 2), context, R), R);
        x = addmod(x, mulmod(tau(bindKey(1, 1, 0), 3), Fingerprint.evaluate(values, context), R), R);
    }

    // ---- coverage in policies

    function test_Attest_PolicyWithCoverage_NeedsIt() public {
        bytes32 strict = covered(8_000);
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, strict));
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CoverageTooLow.selector, 0, 8_000));
        manager.attest(request, proof);
        BindRequest memory bound = requestOf(trader, 2, 1);
        (bound.parts[0], bound.coverageBps) = (signedPart(1, ACCOUNT_A, _now), 7_999);
        bindAs(trader, bound);
        vm.prank(trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.CoverageTooLow.selector, 7_999, 8_000));
        manager.attest(request, proof);
        bound.coverageBps = 8_000;
        bindAs(trader, bound);
        vm.prank(trader);
        manager.attest(request, proof);
        assertTrue(manager.isCompliant(trader, strict, 1 days), "covered");
        venues.revokeKey(1, 0);
        assertTrue(!manager.isCompliant(trader, strict, 1 days), "no longer");
    }

    function covered(uint16 minimum) private returns (bytes32 id) {
        Limits memory terms = limits(1);
        terms.minCoverageBps = minimum;
        id = policies.register("covered", terms);
        policies.fold(id);
    }

    // ---- circuit keys

    function test_K21_BindKey_ReplacedOnlyAfterTheDelay() public {
        binder.setKey(1, 1, keyBlob(bindKey(1, 1, 9), 3));
        vm.expectRevert(
            abi.encodeWithSelector(IBookBinder.BindKeyDelayRunning.selector, _now + 2 days, _now)
        );
        binder.activateKey(1, 1);
        bindAs(trader, fullRequest(trader));
        vm.warp(_now + 2 days);
        binder.activateKey(1, 1);
        BindRequest memory request = fullRequest(trader);
        refuseBind(trader, request, abi.encodeWithSelector(ProofInvalid.selector));
        Proof memory proof = proofUnder(bindKey(1, 1, 9), trader, request);
        vm.prank(trader);
        binder.bind(request, proof);
    }

    function test_BindKey_RolesAndPoints() public {
        SimulatedKey memory wrong = bindKey(1, 2, 0);
        bytes memory blob = keyBlob(wrong, 3);
        bytes memory refused = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, thief, binder.REGISTRAR_ROLE()
        );
        vm.startPrank(thief);
        vm.expectRevert(refused);
        binder.setKey(1, 2, blob);
        vm.expectRevert(refused);
        binder.activateKey(1, 2);
        vm.expectRevert(refused);
        binder.cancelKey(1, 2);
        vm.expectRevert(refused);
        binder.requireVenueAccount(trader, 1);
        vm.expectRevert(refused);
        binder.releaseVenueAccount(trader, 1);
        vm.stopPrank();
        blob[blob.length - 1] ^= 0x01;
        (bool ok,) = address(binder).call(abi.encodeCall(binder.setKey, (1, 2, blob)));
        assertTrue(!ok, "a point off the curve");
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.BinderSetAlready.selector, address(binder)));
        manager.setBinder(thief);
    }

    function test_BindKey_Refusals() public {
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindKeyLengthInvalid.selector, 1, 448 + 256));
        binder.setKey(1, 2, hex"00");
        bytes memory blob = keyBlob(bindKey(1, 1, 9), 3);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindPartsInvalid.selector, 0, 4));
        binder.setKey(0, 1, blob);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindPartsInvalid.selector, 5, 4));
        binder.setKey(5, 1, blob);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindKeyNotPending.selector, 1, 1));
        binder.cancelKey(1, 1);
        binder.setKey(1, 1, blob);
        vm.expectRevert(abi.encodeWithSelector(IBookBinder.BindKeyAlreadyPending.selector, 1, 1));
        binder.setKey(1, 1, blob);
        binder.cancelKey(1, 1);
        (bytes32 keyId,) = binder.keyOf(1, 1);
        assertTrue(keyId == leafOf(0, keyBlob(bindKey(1, 1, 0), 3)), "still the first");
    }

    function refusedTime(uint64 given, uint64 oldest, uint64 newest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBookBinder.StatementTimeRefused.selector, 0, given, oldest, newest);
    }
}
