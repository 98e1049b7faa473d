// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MockFeed} from "../src/demo/MockFeed.sol";
import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {IPriceSheet, SheetConfig, SlotConfig} from "../src/interfaces/IPriceSheet.sol";
import {AttestRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid, SlotStatus} from "../src/interfaces/Types.sol";
import {PriceSheet} from "../src/PriceSheet.sol";
import {Fixture} from "./utils/Fixture.sol";

contract SheetTest is Fixture {
    function _expectStatus(uint8 slot, SlotStatus status, uint64 price) private {
        uint64 epoch = nextEpoch();
        assertEq(uint8(sheet.slotStatus(slot)), uint8(status), "status");
        assertEq(sheet.priceOf(epoch, slot), price, "price");
        (, uint128 blocked) = sheet.epochMeta(epoch);
        assertEq((blocked >> slot) & 1, status == SlotStatus.OK ? 0 : 1, "blocked");
    }

    function _push(uint8 slot, int192 answer, uint64 updatedAt) private {
        MockFeed.Round[] memory rounds = new MockFeed.Round[](1);
        rounds[0] = MockFeed.Round(answer, updatedAt);
        feeds[slot].push(rounds);
    }

    // ---- snapshots

    function test_Snapshot_OncePerEpoch() public {
        uint64 epoch = sheet.newestEpoch();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SnapshotExists.selector, epoch));
        sheet.snapshot();
        // K26: the last second of an epoch belongs to it, the next one to the next.
        vm.warp((uint256(epoch) + 1) * HOUR - 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SnapshotExists.selector, epoch));
        sheet.snapshot();
        vm.warp((uint256(epoch) + 1) * HOUR);
        assertEq(sheet.snapshot(), epoch + 1, "next");
        assertEq(sheet.previousEpoch(), epoch, "before");
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.EpochUnknown.selector, epoch + 2, epoch + 1));
        sheet.epochMeta(epoch + 2);
    }

    function test_K9_BadRounds_NeverBecomeAPrice() public {
        uint64 last = sheet.priceOf(sheet.newestEpoch(), ETH);
        uint64 time = uint64(vm.getBlockTimestamp());
        _push(ETH, 0, time);
        _expectStatus(ETH, SlotStatus.INVALID, last);
        _push(ETH, -1, time);
        _expectStatus(ETH, SlotStatus.INVALID, last);
        _push(ETH, 2_000e8, uint64(vm.getBlockTimestamp()) + 2 hours);
        _expectStatus(ETH, SlotStatus.INVALID, last);
        _push(ETH, 2_000e8, 0);
        _expectStatus(ETH, SlotStatus.INVALID, last);
        _push(ETH, type(int64).max, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.INVALID, last);
        feeds[ETH].setDecimals(9);
        _push(ETH, 2_000e8, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.INVALID, last);
        feeds[ETH].setDecimals(8);
        _expectStatus(ETH, SlotStatus.OK, 2_000e8 * 100);
    }

    function test_K9_RevertingFeed_StopsOnlyItself() public {
        uint64 last = sheet.priceOf(sheet.newestEpoch(), ETH);
        uint256 state = vm.snapshotState();
        vm.etch(address(feeds[ETH]), hex"5f5ffd");
        _expectStatus(ETH, SlotStatus.INVALID, last);
        assertEq(uint8(sheet.slotStatus(3)), 0, "others go on");
        vm.revertToState(state);
        // Burns all it is given.
        vm.etch(address(feeds[ETH]), hex"fe");
        _expectStatus(ETH, SlotStatus.INVALID, last);
        vm.revertToState(state);
        // Answers one word.
        vm.etch(address(feeds[ETH]), hex"60205ff3");
        _expectStatus(ETH, SlotStatus.INVALID, last);
    }

    function test_K9_Heartbeat_OfThatFeed_LastSecondCounts() public {
        uint64 time = uint64(vm.getBlockTimestamp());
        _push(ETH, 2_000e8, time);
        vm.warp(time + 1 days);
        uint256 state = vm.snapshotState();
        sheet.snapshot();
        assertEq(uint8(sheet.slotStatus(ETH)), 0, "at the heartbeat");
        vm.revertToState(state);
        vm.warp(time + 1 days + 1);
        sheet.snapshot();
        assertEq(uint8(sheet.slotStatus(ETH)), uint8(SlotStatus.STALE), "a second later");
    }

    function test_K11_Deviation_BelievedAtTheNextSnapshot() public {
        _push(ETH, 2_000e8, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.OK, 2_000e10);
        _push(ETH, 2_400e8, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.OK, 2_400e10);
        _push(ETH, 2_880e8 + 1, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.DEVIATING, 2_400e10);
        _push(ETH, 1_000e8, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.DEVIATING, 2_400e10);
        _push(ETH, 1_100e8, uint64(vm.getBlockTimestamp()));
        _expectStatus(ETH, SlotStatus.OK, 1_100e10);
    }

    function test_Snapshot_RevertWhen_GasCouldStarveAFeed() public {
        vm.warp(vm.getBlockTimestamp() + 2 * HOUR);
        (uint256 taken, uint256 refused) = (0, 0);
        for (uint256 gasGiven = 120_000; gasGiven < 1_000_000; gasGiven += 20_000) {
            uint256 state = vm.snapshotState();
            try sheet.snapshot{gas: gasGiven}() {
                for (uint8 slot = 1; slot < N - 1; ++slot) {
                    assertEq(uint8(sheet.slotStatus(slot)), 0, "an honest feed made to look broken");
                }
                ++taken;
            } catch (bytes memory reason) {
                if (reason.length >= 4 && bytes4(reason) == IPriceSheet.FeedGasTooLow.selector) ++refused;
            }
            vm.revertToState(state);
        }
        assertTrue(taken != 0, "enough gas takes the snapshot");
        assertTrue(refused != 0, "too little is refused by name");
    }

    function test_Delist_AfterDelay_BlocksAtLastPrice() public {
        uint64 last = sheet.priceOf(sheet.newestEpoch(), ETH);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.NothingPending.selector));
        sheet.delist(ETH);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SlotUnknown.selector, 7));
        sheet.proposeDelisting(7);
        sheet.proposeDelisting(ETH);
        uint64 from = uint64(vm.getBlockTimestamp() + 1 days);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.DelayRunning.selector, from, from - 1));
        sheet.delist(ETH);
        vm.warp(from);
        vm.expectEmit(address(sheet));
        emit IPriceSheet.Delisted(ETH);
        sheet.delist(ETH);
        pushPrice(ETH, 2_100e8);
        _expectStatus(ETH, SlotStatus.DELISTED, last);
    }

    function test_Calendar_WeekendsAreSkipped() public {
        SheetConfig memory config;
        (config.admin, config.registry) = (address(this), address(registry));
        (config.weekdayMask, config.genesisDay, config.epochSeconds) = (0x1f, GENESIS, uint32(HOUR));
        config.slots = new SlotConfig[](N);
        PriceSheet weekdays = new PriceSheet(config);
        weekdays.recordClose(GENESIS, new uint80[](N - 1));
        (, uint32 last, uint32 next) = weekdays.closeState();
        assertEq(last, GENESIS, "a Friday");
        assertEq(next, GENESIS + 3, "then a Monday");
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newSheet(SheetConfig memory config) external {
        new PriceSheet(config);
    }

    function test_Constructor_RevertWhen_ConfigInvalid() public {
        SheetConfig memory config;
        (config.admin, config.registry) = (address(this), address(registry));
        (config.weekdayMask, config.genesisDay, config.epochSeconds) = (0x1f, GENESIS, uint32(HOUR));
        config.slots = new SlotConfig[](N);
        // GENESIS is a Friday: take it out of the calendar.
        config.weekdayMask = 0x6f;
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CalendarInvalid.selector, 0x6f, GENESIS, HOUR));
        this.newSheet(config);
        config.weekdayMask = 0x7f;
        config.slots[2] = SlotConfig(address(feeds[2]), 9, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SlotConfigInvalid.selector, 2));
        this.newSheet(config);
        config.slots[2].decimals = 8;
        this.newSheet(config);
        config.slots = new SlotConfig[](1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SlotCountMismatch.selector, 1, N));
        this.newSheet(config);
    }

    // ---- sheet points

    function test_SheetPoint_RevertWhen_UnsetOrOtherEpoch() public {
        uint64 epoch = sheet.newestEpoch();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, COMPLIANCE, epoch + 1));
        sheet.sheetPoint(COMPLIANCE, epoch + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, COMPLIANCE, epoch + 512));
        sheet.sheetPoint(COMPLIANCE, epoch + 512);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, COMPLIANCE, 0));
        sheet.sheetPoint(COMPLIANCE, 0);
        vm.warp((uint256(epoch) + 1) * HOUR);
        sheet.snapshot();
        sheet.fold(LIQUIDATION, epoch + 1);
        // Another circuit's point does not stand in.
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, COMPLIANCE, epoch + 1));
        sheet.sheetPoint(COMPLIANCE, epoch + 1);
        assertTrue(!sheet.isFolded(COMPLIANCE, epoch + 1) && sheet.isFolded(LIQUIDATION, epoch + 1), "folded");
    }

    function test_SheetPoint_RingWrapsAround() public {
        uint64 epoch = sheet.newestEpoch();
        vm.warp((uint256(epoch) + 512) * HOUR);
        sheet.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.EpochUnknown.selector, epoch, epoch + 512));
        sheet.fold(LIQUIDATION, epoch);
        // The old point is still there, and still the old epoch's.
        assertTrue(sheet.isFolded(LIQUIDATION, epoch), "old point");
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, LIQUIDATION, epoch + 512));
        sheet.sheetPoint(LIQUIDATION, epoch + 512);
        sheet.fold(LIQUIDATION, epoch + 512);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetNotFolded.selector, LIQUIDATION, epoch));
        sheet.sheetPoint(LIQUIDATION, epoch);
    }

    function test_K21_OtherKeyVersion_Refused() public {
        registerKey(LIQUIDATION, 99);
        foldAllParameters(LIQUIDATION, 2, 1);
        vm.warp(vm.getBlockTimestamp() + 2 days);
        registry.activate(LIQUIDATION);
        uint64 epoch = sheet.newestEpoch();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetKeyMismatch.selector, LIQUIDATION, 1, 2));
        sheet.sheetPoint(LIQUIDATION, epoch);
        sheet.fold(LIQUIDATION, epoch);
        assertEq(sheet.sheetPoint(LIQUIDATION, epoch).keyVersion, 2, "refolded");
    }

    function test_C22_OtherParameters_Refused() public {
        commitFor(trader);
        sheet.proposeParameters(parameterValues());
        foldAllParameters(COMPLIANCE, 1, 2);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        pushAll();
        uint64 epoch = nextEpoch();
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        sheet.activateParameters();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SheetParametersMismatch.selector, COMPLIANCE, 1, 2));
        vm.prank(trader);
        manager.attest(request, proof);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.ParametersIncomplete.selector, LIQUIDATION, 2, 0, 2));
        sheet.fold(LIQUIDATION, epoch);
        // The running point swaps one version's part for the other's: equal values, equal point.
        sheet.fold(COMPLIANCE, epoch);
        vm.prank(trader);
        manager.attest(request, proof);
    }

    function pushAll() private {
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, basePrice(slot));
        }
    }

    function test_Window_RevertWhen_Stale() public {
        (,, uint64 validUntil) = sheet.windowState(1);
        // The window ends with day GENESIS + S; two days later the second close is missing.
        assertEq(validUntil, (uint256(GENESIS) + S + 3) * 86_400, "valid until");
        uint64 epoch = sheet.newestEpoch();
        vm.warp(validUntil - 1);
        sheet.sheetPoint(COMPLIANCE, epoch);
        vm.warp(validUntil);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.WindowStale.selector, validUntil, validUntil));
        sheet.sheetPoint(COMPLIANCE, epoch);
        sheet.sheetPoint(LIQUIDATION, epoch);
        pushAll();
        vm.warp(vm.getBlockTimestamp() + HOUR);
        epoch = sheet.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.WindowStale.selector, validUntil, validUntil + HOUR));
        sheet.fold(COMPLIANCE, epoch);
    }

    // ---- forged points

    /// @dev Overwrites with 42·G1 every curve point that a call reads from a contract's storage.
    function _forgeReads(address target, bytes memory data) private returns (uint256 forged) {
        uint256 state = vm.snapshotState();
        vm.record();
        (bool ok,) = target.call(data);
        assertTrue(ok, "honest call");
        (bytes32[] memory reads,) = vm.accesses(target);
        vm.revertToState(state);
        (uint256 fx, uint256 fy) = g1(42);
        for (uint256 i = 0; i < reads.length; ++i) {
            bytes32 next = bytes32(uint256(reads[i]) + 1);
            uint256 x = uint256(vm.load(target, reads[i]));
            uint256 y = uint256(vm.load(target, next));
            bool isPoint = x != 0 && x < Q && y < Q && mulmod(y, y, Q) == addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q);
            if (!isPoint || x == fx) continue;
            vm.store(target, reads[i], bytes32(fx));
            vm.store(target, next, bytes32(fy));
            ++forged;
        }
    }

    function _expectHonestProofFails() private {
        (AttestRequest memory request, Proof memory proof) = attestProof(attestBinds(trader, policyId));
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        manager.attest(request, proof);
    }

    function test_Forgery_SheetPointOverwritten_HonestProofFails() public {
        commitFor(trader);
        bytes memory call = abi.encodeCall(IPriceSheet.sheetPoint, (COMPLIANCE, sheet.newestEpoch()));
        assertEq(_forgeReads(address(sheet), call), 1, "forged");
        _expectHonestProofFails();
    }

    function test_Forgery_PolicyPointOverwritten_HonestProofFails() public {
        commitFor(trader);
        bytes memory call = abi.encodeCall(IPolicyRegistry.policyPoint, (policyId, 1));
        assertEq(_forgeReads(address(policies), call), 1, "forged");
        _expectHonestProofFails();
    }

    function test_Forgery_WindowPointOverwritten_HonestProofFails() public {
        commitFor(trader);
        vm.warp(vm.getBlockTimestamp() + HOUR);
        uint64 epoch = sheet.snapshot();
        assertEq(_forgeReads(address(sheet), abi.encodeCall(IPriceSheet.fold, (COMPLIANCE, epoch))), 1, "forged");
        sheet.fold(COMPLIANCE, epoch);
        _expectHonestProofFails();
    }

    function test_Forgery_RowPointOverwritten_HonestProofFails() public {
        commitFor(trader);
        uint32 day = GENESIS + uint32(S) + 1;
        vm.warp((uint256(day) + 1) * 86_400 + 50);
        sheet.recordClose(day, roundIds(uint64(S + 1)));
        (, uint32 row) = sheet.nextRow(1);
        (bytes memory bases, bytes32[] memory proof) = rowBases(COMPLIANCE, ROWS + row);
        // The row's point and the total.
        assertEq(_forgeReads(address(sheet), abi.encodeCall(IPriceSheet.roll, (1, bases, proof))), 2, "forged");
        sheet.roll(1, bases, proof);
        pushAll();
        nextEpoch();
        _expectHonestProofFails();
    }

    function test_Forgery_PartialParametersOverwritten_HonestProofFails() public {
        commitFor(trader);
        sheet.proposeParameters(parameterValues());
        (bytes memory bases, bytes32[] memory proof) = rowBases(COMPLIANCE, 0);
        sheet.foldParameters(COMPLIANCE, 1, 2, 0, bases, proof);
        (bases, proof) = rowBases(COMPLIANCE, 1);
        bytes memory call = abi.encodeCall(IPriceSheet.foldParameters, (COMPLIANCE, 1, 2, 1, bases, proof));
        assertEq(_forgeReads(address(sheet), call), 1, "forged");
        for (uint16 r = 1; r < ROWS; ++r) {
            (bases, proof) = rowBases(COMPLIANCE, r);
            sheet.foldParameters(COMPLIANCE, 1, 2, r, bases, proof);
        }
        foldAllParameters(HEALTHY, 1, 2);
        foldAllParameters(LIQUIDATION, 1, 2);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        pushAll();
        sheet.activateParameters();
        nextEpoch();
        _expectHonestProofFails();
    }

    // ---- window

    function test_RecordClose_RevertWhen_NotNextDay() public {
        uint32 next = GENESIS + uint32(S) + 1;
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.DayUnexpected.selector, next + 1, next));
        sheet.recordClose(next + 1, roundIds(1));
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.DayUnexpected.selector, next - 1, next));
        sheet.recordClose(next - 1, roundIds(1));
        uint256 midnight = (uint256(next) + 1) * 86_400;
        vm.warp(midnight - 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.DayNotOver.selector, next, midnight - 1));
        sheet.recordClose(next, roundIds(1));
        vm.warp(midnight);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.RoundCountMismatch.selector, 1, N - 1));
        sheet.recordClose(next, new uint80[](1));
        // The round before the last one is not the close; the last one is, as there is none after it.
        uint80 old = (uint80(1) << 64) | uint80(S);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CloseNotLast.selector, 1, old));
        sheet.recordClose(next, roundIds(uint64(S)));
        sheet.recordClose(next, roundIds(uint64(S + 1)));
    }

    function test_RecordClose_NextPhase_ShownByItsFirstRound() public {
        uint32 next = GENESIS + uint32(S) + 1;
        vm.warp((uint256(next) + 1) * 86_400 + 50);
        uint80[] memory ids = roundIds(uint64(S + 1));
        feeds[ETH].startPhase();
        _push(ETH, 2_000e8, uint64((uint256(next) + 1) * 86_400 - 1));
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CloseNotLast.selector, ETH, ids[ETH - 1]));
        sheet.recordClose(next, ids);
        feeds[3].startPhase();
        _push(3, 30e8, uint64((uint256(next) + 1) * 86_400));
        ids[ETH - 1] = (uint80(2) << 64) | 1;
        sheet.recordClose(next, ids);
    }

    function test_RecordClose_UnusableLastRound_KeepsTheCloseBefore() public {
        uint32 next = GENESIS + uint32(S) + 1;
        vm.warp((uint256(next) + 1) * 86_400 - 50);
        _push(ETH, -5, uint64(vm.getBlockTimestamp()));
        vm.warp(vm.getBlockTimestamp() + 100);
        uint80[] memory ids = roundIds(uint64(S + 1));
        ids[ETH - 1] += 1;
        sheet.recordClose(next, ids);
        uint32 ordinal = uint32(S) + 1;
        assertEq(sheet.closesOf(ordinal)[ETH], sheet.closesOf(ordinal - 1)[ETH], "close");
        assertEq(sheet.returnsOf(ordinal)[ETH], int256(0), "no move");
    }

    function test_Roll_RevertWhen_BasesForged() public {
        uint32 next = GENESIS + uint32(S) + 1;
        vm.warp((uint256(next) + 1) * 86_400 + 50);
        (, uint32 row) = sheet.nextRow(1);
        (bytes memory bases, bytes32[] memory proof) = rowBases(COMPLIANCE, ROWS + row);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CloseMissing.selector, S + 1, S + 1));
        sheet.roll(1, bases, proof);
        sheet.recordClose(next, roundIds(uint64(S + 1)));
        bytes32 keyId = keys[COMPLIANCE].keyId;
        bytes memory mismatch =
            abi.encodeWithSelector(IPriceSheet.BasesRootMismatch.selector, keyId, 1 + ROWS + uint256(row));
        (bytes memory other, bytes32[] memory otherProof) = rowBases(COMPLIANCE, ROWS + row + 1);
        vm.expectRevert(mismatch);
        sheet.roll(1, other, otherProof);
        bases[0] ^= 0x01;
        vm.expectRevert(mismatch);
        sheet.roll(1, bases, proof);
        bases[0] ^= 0x01;
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.BasesLengthInvalid.selector, 1, 64 * N));
        sheet.roll(1, hex"00", proof);
        sheet.roll(1, bases, proof);
        // The swapped row is in the point that proofs are about.
        commitFor(trader);
        pushAll();
        nextEpoch();
        attestNow(trader);
    }

    function test_Roll_NewKeyVersion_CatchesUpFromStoredCloses() public {
        registerKey(COMPLIANCE, 77);
        (uint32 ordinal,) = sheet.nextRow(2);
        assertEq(ordinal, 1, "from the oldest return");
        for (uint256 i = 0; i < S; ++i) {
            roll(2);
        }
        foldAllParameters(COMPLIANCE, 2, 1);
        vm.warp(vm.getBlockTimestamp() + 2 days);
        registry.activate(COMPLIANCE);
        (, uint32 rows,) = sheet.windowState(2);
        assertEq(rows, S, "complete");
    }

    function test_Fold_RevertWhen_SlotNeverHadAPrice() public {
        deploySheet();
        sheet.proposeParameters(parameterValues());
        foldAllParameters(LIQUIDATION, 1, 1);
        pushPrice(ETH, 0);
        uint64 epoch = sheet.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.PriceMissing.selector, ETH));
        sheet.fold(LIQUIDATION, epoch);
        pushPrice(ETH, basePrice(ETH));
        vm.warp(vm.getBlockTimestamp() + HOUR);
        sheet.fold(LIQUIDATION, sheet.snapshot());
        pushPrice(ETH, 0);
        vm.warp(vm.getBlockTimestamp() + HOUR);
        sheet.fold(LIQUIDATION, sheet.snapshot());
    }

    function test_Fold_RevertWhen_ParametersUnset() public {
        deploySheet();
        uint64 epoch = sheet.snapshot();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.ParametersUnset.selector));
        sheet.fold(LIQUIDATION, epoch);
    }

    function test_RecordClose_RevertWhen_FirstHasNoPrice() public {
        MockFeed.Round[] memory rounds = new MockFeed.Round[](1);
        rounds[0] = MockFeed.Round(0, uint64((GENESIS + 1) * 86_400 - 300));
        feeds[ETH] = new MockFeed(8);
        feeds[ETH].push(rounds);
        deploySheet();
        uint80[] memory ids = roundIds(1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CloseInvalid.selector, ETH, ids[ETH - 1]));
        sheet.recordClose(GENESIS, ids);
    }

    function test_Fold_RevertWhen_WindowIncomplete() public {
        registerKey(COMPLIANCE, 77);
        roll(2);
        vm.warp(vm.getBlockTimestamp() + 2 days);
        registry.activate(COMPLIANCE);
        uint64 epoch = sheet.newestEpoch();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.WindowIncomplete.selector, 2, 1, S));
        sheet.fold(COMPLIANCE, epoch);
    }

    // ---- parameters

    function test_K22_Parameters_BoundsAndSteps() public {
        bytes memory values = parameterValues();
        bytes4 range = IPriceSheet.ParameterOutOfRange.selector;
        _expectParameters(_with(values, 0, 1, 10_001), abi.encodeWithSelector(range, 0, 1, int256(10_001)));
        _expectParameters(_with(values, 0, 1, -1), abi.encodeWithSelector(range, 0, 1, int256(-1)));
        _expectParameters(_with(values, 1, 1, 9_999), abi.encodeWithSelector(range, 1, 1, int256(9_999)));
        _expectParameters(_with(values, 1, 1, 1 << 20), abi.encodeWithSelector(range, 1, 1, int256(1 << 20)));
        _expectParameters(_with(values, 2, 0, 1), abi.encodeWithSelector(range, 2, 0, int256(1)));
        _expectParameters(_with(values, 2, 1, 2), abi.encodeWithSelector(range, 2, 1, int256(2)));
        _expectParameters(_with(values, 4, 1, -1_000_001), abi.encodeWithSelector(range, 4, 1, int256(-1_000_001)));
        _expectParameters(_with(values, 4, 1, 1 << 23), abi.encodeWithSelector(range, 4, 1, int256(1 << 23)));
        _expectParameters(_with(values, 4, 7, 1), abi.encodeWithSelector(range, 4, 7, int256(1)));
        _expectParameters(_with(values, 2, 1, 1), abi.encodeWithSelector(IPriceSheet.SectorOverlap.selector, 1));
        bytes4 step = IPriceSheet.ParameterStepTooLarge.selector;
        _expectParameters(
            _with(values, 0, 1, 9_001), abi.encodeWithSelector(step, 0, 1, int256(8_000), int256(9_001))
        );
        _expectParameters(
            _with(values, 0, 1, 6_999), abi.encodeWithSelector(step, 0, 1, int256(8_000), int256(6_999))
        );
        _expectParameters(hex"00", abi.encodeWithSelector(IPriceSheet.ParametersLengthInvalid.selector, 1, 256));
        sheet.proposeParameters(_with(values, 0, 1, 9_000));
        _expectParameters(values, abi.encodeWithSelector(IPriceSheet.ParametersPending.selector, 2));
        uint64 from = uint64(vm.getBlockTimestamp() + 1 days);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.DelayRunning.selector, from, from - 1));
        sheet.activateParameters();
        sheet.cancelParameters();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.NothingPending.selector));
        sheet.cancelParameters();
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.NothingPending.selector));
        sheet.activateParameters();
    }

    function test_FoldParameters_RevertWhen_OrderOrBasesWrong() public {
        sheet.proposeParameters(parameterValues());
        (bytes memory bases, bytes32[] memory proof) = rowBases(HEALTHY, 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.RowUnexpected.selector, 1, 0));
        sheet.foldParameters(HEALTHY, 1, 2, 1, bases, proof);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceSheet.BasesRootMismatch.selector, keys[HEALTHY].keyId, 1)
        );
        sheet.foldParameters(HEALTHY, 1, 2, 0, bases, proof);
        foldAllParameters(HEALTHY, 1, 2);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.RowUnexpected.selector, 2, 2));
        sheet.foldParameters(HEALTHY, 1, 2, 2, bases, proof);
        (bases, proof) = rowBases(HEALTHY, 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.ParametersVersionUnknown.selector, 3));
        sheet.foldParameters(HEALTHY, 1, 3, 0, bases, proof);
    }

    function _with(bytes memory values, uint256 row, uint256 slot, int256 value)
        private
        view
        returns (bytes memory out)
    {
        out = bytes.concat(values);
        bytes4 word = bytes4(uint32(int32(value)));
        for (uint256 i = 0; i < 4; ++i) {
            out[4 * (row * N + slot) + i] = word[i];
        }
    }

    function _expectParameters(bytes memory values, bytes memory reason) private {
        vm.expectRevert(reason);
        sheet.proposeParameters(values);
    }

    function testFuzz_Return_RoundsTowardMinusInfinity(uint64 before, uint64 next) public {
        before = uint64(bound(before, 1, 1e16));
        next = uint64(bound(next, 1, 1e16));
        uint32 day = GENESIS + uint32(S) + 1;
        uint64 midnight = uint64((uint256(day) + 1) * 86_400);
        _push(ETH, int192(uint192(before)), midnight - 100);
        _push(ETH, int192(uint192(next)), midnight + 86_400 - 100);
        vm.warp(midnight + 86_400 + 1);
        uint80[] memory ids = roundIds(uint64(S + 1));
        ids[ETH - 1] += 1;
        sheet.recordClose(day, ids);
        ids[ETH - 1] += 1;
        sheet.recordClose(day + 1, ids);
        int256 scaled = (int256(uint256(next)) - int256(uint256(before))) * 1e6;
        int256 expected = scaled / int256(uint256(before));
        if (scaled % int256(uint256(before)) != 0 && scaled < 0) expected -= 1;
        if (expected > (1 << 23) - 1) expected = (1 << 23) - 1;
        assertEq(sheet.returnsOf(uint32(S) + 2)[ETH], expected, "return");
    }
}
