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
}
