// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {SlotStatus} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Attacks on prices, closes and folds that once worked, each with the way it ends now
contract AttacksSheetTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
    }

    /// @dev The last block of an epoch and the first of the next are two snapshots, but no confirmation.
    function test_K11_Deviation_TwoBlocksAcrossABoundary_NotBelieved() public {
        uint64 boundary = uint64((vm.getBlockTimestamp() / HOUR + 2) * HOUR);
        vm.warp(boundary - 1);
        pushPrice(ETH, 900e8);
        sheet.snapshot();
        assertEq(uint8(sheet.slotStatus(ETH)), uint8(SlotStatus.DEVIATING), "kept as a candidate");
        vm.warp(boundary);
        uint64 epoch = sheet.snapshot();
        assertEq(sheet.priceOf(epoch, ETH), 2_000e10, "a second later it is no truer");
        vm.warp(boundary + HOUR + HOUR / 2 - 1);
        sheet.snapshot();
        assertEq(uint8(sheet.slotStatus(ETH)), uint8(SlotStatus.OK), "an epoch later it is believed");
    }

    function test_K11_Deviation_HalfAnEpoch_LastSecondCounts() public {
        uint64 boundary = uint64((vm.getBlockTimestamp() / HOUR + 2) * HOUR);
        vm.warp(boundary - HOUR / 2);
        pushPrice(ETH, 900e8);
        sheet.snapshot();
        uint256 state = vm.snapshotState();
        vm.warp(boundary);
        assertEq(sheet.priceOf(sheet.snapshot(), ETH), 900e10, "half an epoch apart");
        vm.revertToState(state);
        vm.warp(boundary - HOUR / 2 + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.SnapshotExists.selector, boundary / HOUR - 1));
        sheet.snapshot();
    }

    /// @dev Prices of 6 decimals read as ones of 8 would be a crash of 99 % in everybody's window.
    function test_K9_RecordClose_DecimalsChanged_KeepsTheCloseBefore() public {
        uint32 day = GENESIS + uint32(S) + 1;
        uint256 midnight = (uint256(day) + 1) * 86_400;
        vm.warp(midnight - 300);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, slot == ETH ? int256(2_000e6) : basePrice(slot));
        }
        feeds[ETH].setDecimals(6);
        vm.warp(midnight);
        sheet.recordClose(day, _lastRoundsBefore(midnight));
        (uint32 count,,) = sheet.closeState();
        assertEq(sheet.closesOf(count - 1)[ETH], sheet.closesOf(count - 2)[ETH], "a day without a move");
    }

    /// @dev One feed taken down would have kept every window from rolling, and with it every draw and attestation, until it was delisted.
    function test_K9_RecordClose_DeadFeed_StopsOnlyItself() public {
        uint32 day = GENESIS + uint32(S) + 1;
        uint256 midnight = (uint256(day) + 1) * 86_400;
        vm.warp(midnight - 300);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, basePrice(slot) * 101 / 100);
        }
        vm.warp(midnight);
        uint80[] memory ids = _lastRoundsBefore(midnight);
        uint80 last = ids[ETH - 1];
        ids[ETH - 1] = last + 7;
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CloseNotLast.selector, ETH, last + 7));
        sheet.recordClose(day, ids);
        vm.etch(address(feeds[ETH]), hex"5f5ffd");
        sheet.recordClose(day, ids);
        (uint32 count,,) = sheet.closeState();
        assertEq(sheet.closesOf(count - 1)[ETH], sheet.closesOf(count - 2)[ETH], "a day without a move");
        assertEq(sheet.closesOf(count - 1)[3], uint256(basePrice(3)) * 101, "the others have theirs");
    }

    /// @dev No credit in a market where nobody could be liquidated: a sheet of any kind waits for every feed's first price.
    function test_K9_FeedDeadFromTheStart_NoCreditBeforeLiquidation() public {
        deploySheet();
        for (uint32 day = 0; day <= S; ++day) {
            sheet.recordClose(GENESIS + day, roundIds(day + 1));
        }
        sheet.proposeParameters(parameterValues());
        for (uint8 kind = 1; kind <= 3; ++kind) {
            foldAllParameters(kind, 1, 1);
        }
        for (uint256 i = 0; i < S; ++i) {
            roll(1);
        }
        pushPrice(3, 0);
        uint64 epoch = sheet.snapshot();
        for (uint8 kind = 1; kind <= 3; ++kind) {
            vm.expectRevert(abi.encodeWithSelector(IPriceSheet.PriceMissing.selector, 3));
            sheet.fold(kind, epoch);
        }
    }

    /// @dev An epoch may last beyond the window's end; what was folded then is folded again once the window has rolled.
    function test_Fold_WindowOverWithinAnEpoch_FoldedAgain() public {
        (,, uint64 validUntil) = sheet.windowState(1);
        vm.warp(validUntil - 600);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, basePrice(slot));
        }
        uint64 epoch = sheet.snapshot();
        sheet.fold(COMPLIANCE, epoch);
        vm.warp(validUntil);
        assertTrue(!sheet.isFolded(COMPLIANCE, epoch), "the window is over");
        uint32 day = GENESIS + uint32(S) + 1;
        for (; (uint256(day) + 1) * 86_400 <= vm.getBlockTimestamp(); ++day) {
            sheet.recordClose(day, _lastRoundsBefore((uint256(day) + 1) * 86_400));
            roll(1);
        }
        sheet.fold(COMPLIANCE, epoch);
        assertTrue(sheet.isFolded(COMPLIANCE, epoch), "folded with the newer window");
        attestNow(trader);
    }

    /// @dev The last round of every feed before a midnight.
    function _lastRoundsBefore(uint256 midnight) private view returns (uint80[] memory ids) {
        ids = roundIds(1);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            for (uint64 round = feeds[slot].lastRound(); round != 0; --round) {
                ids[slot - 1] = (uint80(1) << 64) | round;
                (,,, uint256 updatedAt,) = feeds[slot].getRoundData(ids[slot - 1]);
                if (updatedAt < midnight) break;
            }
        }
    }
}
