// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SlotStatus} from "../../src/interfaces/Types.sol";
import {Silence} from "./Silence.sol";

/// @title Time, prices, broken feeds, snapshots, folds, closes and rolls
abstract contract Market is Silence {
    uint256 internal constant DAY = 86_400;
    uint256 internal constant CAP_BPS = 2_000;

    mapping(uint256 slot => int256) internal answer;
    /// @dev A frozen feed gets no new round.
    mapping(uint256 slot => bool) internal isFrozen;
    mapping(uint64 epoch => bytes32) internal contentOf;
    uint64[] internal epochs;

    /// @dev The next epoch: small moves, a snapshot, and both sheets folded.
    function tick(uint256 noise) external {
        _move(noise);
        _advance((vm.getBlockTimestamp() / HOUR + 1) * HOUR + noise % 600);
        _snapshot();
        _foldAll(noise);
    }

    /// @dev A fall or rise of one price or of all, up to a half, believed at the second snapshot when it is above the cap.
    function jump(uint256 slot, uint256 size, uint256 up) public {
        slot = bound(slot, ETH, SLOTS - 1);
        // What fell to the floor could not fall again.
        bool isRise = up % 4 == 0 || answer[slot] < basePrice(slot) / 2;
        int256 part = int256(isRise ? bound(size, 10_000, 40_000) : bound(size, 5_000, 9_500));
        for (uint256 i = ETH; i < SLOTS; ++i) {
            if (i == slot || up % 8 > 3) answer[i] = _within(i, answer[i] * part / 10_000);
        }
        for (uint256 i = 0; i < 2; ++i) {
            _advance((vm.getBlockTimestamp() / HOUR + 1) * HOUR);
            _snapshot();
            _foldAll(1);
        }
        _count("jump", true);
    }

    function _fall(uint256 size) internal override {
        jump(ETH, size, 5);
    }

    /// @dev Minutes to days; one time in eight nobody takes a snapshot afterwards.
    function skip(uint256 time, uint256 noise) external {
        _advance(vm.getBlockTimestamp() + bound(time, 1, time % 4 == 0 ? 2 days : 3 hours));
        if (noise % 8 != 0) _snapshot();
        if (noise % 8 != 0) _foldAll(noise);
        _count("skip", true);
    }

    /// @dev A feed stops, answers nonsense or changes its decimals; three times in four all feeds are mended.
    function feedFault(uint256 slot, uint256 fate) external {
        slot = bound(slot, USD, SLOTS - 1);
        if (fate % 12 == 0) isFrozen[slot] = true;
        if (fate % 12 == 1) pushPrice(slot, -answer[slot]);
        if (fate % 12 == 2) feeds[slot].setDecimals(9);
        for (slot = USD; slot < SLOTS && fate % 12 > 2; ++slot) {
            isFrozen[slot] = false;
            if (feeds[slot].decimals() != 8) feeds[slot].setDecimals(8);
        }
        _count("feedFault", true);
    }

    /// @dev Anybody folds any epoch again.
    function fold(uint256 which, uint256 kind) external {
        uint64 epoch = epochs[epochs.length - 1 - which % (epochs.length < 4 ? epochs.length : 4)];
        bool ok = _fold(kind % 2 == 0 ? LIQUIDATION : COMPLIANCE, epoch);
        _count("fold", ok);
    }

    /// @dev A second snapshot in an epoch.
    function snapshotAgain() external {
        bool isNew = sheet.epochAt(uint64(vm.getBlockTimestamp())) > newest;
        bool ok = _call(thief, address(sheet), abi.encodeCall(sheet.snapshot, ()));
        _same(ok, isNew, "INV35 there is one snapshot an epoch");
        _count("snapshot", ok);
        if (ok) _snapshotTaken();
    }

    // ---- helpers

    function _move(uint256 noise) private {
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            int256 by = int256((noise >> (16 + 8 * slot)) & 255) - 128;
            if (slot == USD) by /= 16;
            answer[slot] = _within(slot, answer[slot] * (10_000 + 2 * by) / 10_000);
        }
    }

    function _within(uint256 slot, int256 value) private pure returns (int256) {
        int256 base = basePrice(slot);
        int256 least = slot == USD ? base * 95 / 100 : base / 4;
        int256 most = slot == USD ? base * 105 / 100 : base * 4;
        return value < least ? least : value > most ? most : value;
    }

    function _pushAll() private {
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            if (!isFrozen[slot]) pushPrice(slot, answer[slot]);
        }
    }

    /// @dev Goes on in time; at each midnight the day's closes are recorded and rolled.
    function _advance(uint256 to) internal {
        uint256 midnight = (vm.getBlockTimestamp() / DAY + 1) * DAY;
        for (; midnight <= to; midnight += DAY) {
            if (vm.getBlockTimestamp() < midnight - 300) vm.warp(midnight - 300);
            _pushAll();
            uint80[] memory ids = new uint80[](N - 1);
            for (uint256 i = 0; i < ids.length; ++i) {
                ids[i] = (uint80(1) << 64) | feeds[i + 1].lastRound();
            }
            vm.warp(midnight);
            sheet.recordClose(uint32(midnight / DAY - 1), ids);
            roll(windowKey);
        }
        vm.warp(to);
        _pushAll();
    }

    function _snapshot() private {
        if (sheet.epochAt(uint64(vm.getBlockTimestamp())) <= newest) return;
        vm.prank(thief);
        sheet.snapshot();
        _snapshotTaken();
    }

    /// @dev Statuses and prices of the new epoch against the answers.
    function _snapshotTaken() internal {
        (previous, newest) = (newest, sheet.newestEpoch());
        (, uint128 blocked) = sheet.epochMeta(newest);
        uint64[] memory before = sheet.pricesOf(previous);
        uint64[] memory now_ = sheet.pricesOf(newest);
        for (uint8 slot = 1; slot < SLOTS; ++slot) {
            bool isOk = sheet.slotStatus(slot) == SlotStatus.OK;
            bool isFree = (blocked >> slot) & 1 == 0;
            assertTrue(isOk == isFree, "INV36 a slot is blocked if and only if its status is not OK");
            if (isOk) _checkAnswer(slot, before[slot], now_[slot]);
            else assertEq(now_[slot], before[slot], "INV37 a slot that is not OK keeps its last price");
            _lastStatus[slot] = sheet.slotStatus(slot);
        }
        contentOf[newest] = _content(newest);
        epochs.push(newest);
        _count("snapshot", true);
    }

    mapping(uint8 slot => SlotStatus) internal _lastStatus;

    function _checkAnswer(uint8 slot, uint256 before, uint256 price) private view {
        (, int256 given_,, uint256 updatedAt,) = feeds[slot].latestRoundData();
        uint256 time = vm.getBlockTimestamp();
        bool isGood = given_ > 0 && updatedAt <= time && time - updatedAt <= 1 days && feeds[slot].decimals() == 8;
        assertTrue(isGood, "INV38 only a good answer becomes a price");
        assertEq(price, uint256(given_) * 100, "INV38 the price is the answer");
        uint256 moved = price > before ? price - before : before - price;
        bool isNear = moved * 10_000 <= CAP_BPS * before;
        (uint64 last,) = sheet.epochMeta(previous);
        bool wasSeen = _lastStatus[slot] == SlotStatus.DEVIATING && time >= last + HOUR / 2;
        assertTrue(isNear || wasSeen, "INV39 a jump above the cap waits for a second snapshot half an epoch later");
    }

    function _content(uint64 epoch) internal view returns (bytes32) {
        (uint64 taken, uint128 blocked) = sheet.epochMeta(epoch);
        return keccak256(abi.encode(taken, blocked, sheet.pricesOf(epoch)));
    }

    /// @dev Now and then nobody folds the compliance sheet.
    function _foldAll(uint256 noise) internal {
        if (noise % 32 != 0) _fold(COMPLIANCE, newest);
        _fold(LIQUIDATION, newest);
    }

    function _fold(uint8 kind, uint64 epoch) private returns (bool ok) {
        bool isDone = isFolded(kind, epoch);
        ok = _call(thief, address(sheet), abi.encodeCall(sheet.fold, (kind, epoch)));
        if (ok && !isDone) _foldHere(kind, epoch);
    }
}
