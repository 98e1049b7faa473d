// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {KeyTree} from "./libraries/KeyTree.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {CachedPoint, SheetBase} from "./SheetBase.sol";

/// @title The window part of PriceSheet: daily closes, returns, and the rolling fold over S of them
abstract contract ScenarioWindow is SheetBase {
    using Fold for Accumulator;

    struct Closes {
        uint32 count;
        uint32 lastDay;
    }

    /// @dev Phases behind a round's own that its successor may be in.
    uint256 private constant PHASES_AHEAD = 4;
    uint8 private constant KIND = Params.CIRCUIT_KIND_COMPLIANCE;

    Closes private _closes;
    /// @dev By ordinal % (S + 1), then by word: four closes; cash's lane of word 0 holds the day.
    mapping(uint256 index => mapping(uint256 word => uint256)) private _closeWords;
    /// @dev By key version. Tag: ordinal 32 | rows 32 | valid until 64 | parameters version 32 (0: not in the point yet).
    mapping(uint32 keyVersion => CachedPoint) internal _window;
    /// @dev Points of the rows in the window; the identity stands for a row not rolled yet.
    mapping(uint32 keyVersion => mapping(uint256 row => uint256[2])) private _rows;

    /// @inheritdoc IPriceSheet
    function recordClose(uint32 day, uint80[] calldata roundIds) external {
        Closes memory closes = _closes;
        uint256 expected = closes.count == 0 ? genesisDay : _nextDay(closes.lastDay);
        if (day != expected) revert DayUnexpected(day, uint32(expected));
        uint256 midnight = (uint256(day) + 1) * SECONDS_A_DAY;
        if (block.timestamp < midnight) revert DayNotOver(day, uint64(block.timestamp));
        if (roundIds.length != _instruments - 1) revert RoundCountMismatch(roundIds.length, _instruments - 1);
        uint256[] memory words = new uint256[](Packing.words64(_instruments));
        uint256 ring = _scenarios + 1;
        for (uint256 slot = 1; slot < _instruments; ++slot) {
            if ((_usedMask >> slot) & 1 == 0) continue;
            uint256 price = (_delistedMask >> slot) & 1 == 1 ? 0 : _closePrice(slot, roundIds[slot - 1], midnight);
            if (price == 0) {
                // Shown to be the last round, and no price: the day counts as one without a move.
                if (closes.count == 0) revert CloseInvalid(uint8(slot), roundIds[slot - 1]);
                price = Packing.lane64(_closeWords[(closes.count - 1) % ring][slot >> 2], slot & 3);
            }
            words[slot >> 2] = Packing.put64(words[slot >> 2], slot & 3, uint64(price));
        }
        emit CloseRecorded(closes.count, day, words);
        words[0] |= day;
        for (uint256 w = 0; w < words.length; ++w) {
            _closeWords[closes.count % ring][w] = words[w];
        }
        _closes = Closes(closes.count + 1, day);
    }

    /// @inheritdoc IPriceSheet
    function roll(uint32 keyVersion, bytes calldata rowBases, bytes32[] calldata proof) external {
        uint256 tag = _window[keyVersion].tag;
        (uint32 ordinal, uint32 rows) = _next(tag);
        uint256 row = ordinal % _scenarios;
        _checkBases(keyVersion, 3 + _sectors + _stresses + row, rowBases, proof);
        (Accumulator sum, uint256 day) = _returnPoint(ordinal, rowBases);
        _replaceRow(keyVersion, row, sum);
        uint256 validUntil = (_nextDay(_nextDay(day)) + 1) * SECONDS_A_DAY;
        _window[keyVersion].tag = ordinal | (uint256(rows) << 32) | (validUntil << 64) | ((tag >> 128) << 128);
        emit WindowRolled(keyVersion, ordinal, uint32(row));
    }

    /// @inheritdoc IPriceSheet
    function nextRow(uint32 keyVersion) external view returns (uint32 ordinal, uint32 row) {
        (ordinal,) = _next(_window[keyVersion].tag);
        row = uint32(ordinal % _scenarios);
    }

    /// @inheritdoc IPriceSheet
    function windowState(uint32 keyVersion) external view returns (uint32 ordinal, uint32 rows, uint64 validUntil) {
        uint256 tag = _window[keyVersion].tag;
        return (uint32(tag), uint32(tag >> 32), uint64(tag >> 64));
    }

    /// @inheritdoc IPriceSheet
    function closeState() external view returns (uint32 count, uint32 lastDay, uint32 nextDay) {
        Closes memory closes = _closes;
        return (closes.count, closes.lastDay, closes.count == 0 ? genesisDay : uint32(_nextDay(closes.lastDay)));
    }

    /// @inheritdoc IPriceSheet
    function closesOf(uint32 ordinal) external view returns (uint64[] memory prices) {
        uint256[] memory words = _loadCloses(ordinal);
        prices = new uint64[](_instruments);
        for (uint256 i = 1; i < prices.length; ++i) {
            prices[i] = Packing.get64(words, i);
        }
    }

    /// @inheritdoc IPriceSheet
    function returnsOf(uint32 ordinal) external view returns (int256[] memory returns_) {
        if (ordinal == 0) revert CloseMissing(ordinal, _closes.count);
        uint256[] memory before = _loadCloses(ordinal - 1);
        uint256[] memory current = _loadCloses(ordinal);
        returns_ = new int256[](_instruments);
        for (uint256 i = 1; i < returns_.length; ++i) {
            returns_[i] = _clamp(_exactReturn(Packing.get64(before, i), Packing.get64(current, i)));
        }
    }

    /// @dev The next ordinal of a window and the rows it has with it. A window that starts, or that lags behind the closes
    /// still kept, begins at the oldest return that can be computed and needs S rows again.
    function _next(uint256 tag) private view returns (uint32 ordinal, uint32 rows) {
        uint256 count = _closes.count;
        uint256 oldest = count > _scenarios + 1 ? count - _scenarios : 1;
        uint256 next = uint256(uint32(tag)) + 1;
        if (next < oldest) return (uint32(oldest), 1);
        rows = uint32(tag >> 32);
        return (uint32(next), rows < _scenarios ? rows + 1 : rows);
    }

    function _checkBases(uint32 keyVersion, uint256 leaf, bytes calldata rowBases, bytes32[] calldata proof)
        private
        view
    {
        if (rowBases.length != 64 * _instruments) revert BasesLengthInvalid(rowBases.length, 64 * _instruments);
        (bytes32 keyId,) = registry.keyOf(KIND, keyVersion);
        if (!KeyTree.isLeaf(keyId, leaf, rowBases, proof)) revert BasesRootMismatch(keyId, leaf);
    }

    /// @dev Σ return·base of an ordinal, and the day of its close.
    function _returnPoint(uint32 ordinal, bytes memory bases) private returns (Accumulator sum, uint256 day) {
        int256[] memory values;
        (values, day) = _returnValues(ordinal);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(bases, 32)
        }
        sum = Fold.start();
        sum.addSmall(ptr, values);
    }

    /// @dev Puts a new row point in place of the stored one, in the row and in the window's total.
    function _replaceRow(uint32 keyVersion, uint256 row, Accumulator sum) private {
        (uint256 x, uint256 y) = sum.read();
        uint256[2] storage stored = _rows[keyVersion][row];
        CachedPoint storage total = _window[keyVersion];
        sum.add(total.x, total.y);
        sum.subtract(stored[0], stored[1]);
        (stored[0], stored[1]) = (x, y);
        (total.x, total.y) = sum.read();
    }

    /// @dev The N returns of a row, with an event for each clamp, and the day of its close.
    function _returnValues(uint32 ordinal) private returns (int256[] memory values, uint256 day) {
        uint256[] memory before = _loadCloses(ordinal - 1);
        uint256[] memory current = _loadCloses(ordinal);
        day = uint64(current[0]);
        values = new int256[](_instruments);
        for (uint256 w = 0; w < before.length; ++w) {
            (uint256 old, uint256 now_) = (before[w], current[w]);
            if (w == 0) (old, now_) = ((old >> 64) << 64, (now_ >> 64) << 64);
            for (uint256 i = 4 * w; old != 0; ++i) {
                int256 exact = _exactReturn(uint64(old), uint64(now_));
                int256 used = _clamp(exact);
                if (used != exact) emit ReturnClamped(ordinal, uint8(i), exact, used);
                values[i] = used;
                (old, now_) = (old >> 64, now_ >> 64);
            }
        }
    }

    function _loadCloses(uint32 ordinal) private view returns (uint256[] memory words) {
        uint256 count = _closes.count;
        uint256 ring = _scenarios + 1;
        if (ordinal >= count || ordinal + ring < count) revert CloseMissing(ordinal, uint32(count));
        words = new uint256[](Packing.words64(_instruments));
        for (uint256 w = 0; w < words.length; ++w) {
            words[w] = _closeWords[ordinal % ring][w];
        }
    }

    /// @dev Price of the round once it is shown to be the last one before midnight; 0 when it has no usable answer, or when the feed is
    /// dead or reports other decimals than at deployment.
    function _closePrice(uint256 slot, uint80 roundId, uint256 midnight) private view returns (uint256) {
        uint256 config = _configOf(slot);
        address feed = address(uint160(config));
        (bool ok,, int256 answer, uint256 updatedAt) =
            _readRound(feed, AggregatorV3Interface.getRoundData.selector, roundId);
        if (!ok || updatedAt == 0 || updatedAt >= midnight || !_isLastBefore(feed, roundId, midnight)) {
            // A feed that does not even know its latest round must not stop everybody's window.
            (bool isAlive,,,) = _readRound(feed, AggregatorV3Interface.latestRoundData.selector, 0);
            if (!isAlive) return 0;
            revert CloseNotLast(uint8(slot), roundId);
        }
        return _decimalsHold(config) ? _toPrice(config, answer) : 0;
    }

    /// @dev Whether the round's successor is at or after midnight, or there is none.
    function _isLastBefore(address feed, uint80 roundId, uint256 midnight) private view returns (bool) {
        bytes4 selector = AggregatorV3Interface.getRoundData.selector;
        (bool ok,,, uint256 updatedAt) = _readRound(feed, selector, uint256(roundId) + 1);
        if (ok && updatedAt != 0) return updatedAt >= midnight;
        uint256 latest;
        (ok, latest,,) = _readRound(feed, AggregatorV3Interface.latestRoundData.selector, 0);
        if (ok && latest == roundId) return true;
        uint256 phase = uint256(roundId) >> 64;
        for (uint256 ahead = 1; ahead <= PHASES_AHEAD; ++ahead) {
            (ok,,, updatedAt) = _readRound(feed, selector, ((phase + ahead) << 64) | 1);
            if (ok && updatedAt != 0) return updatedAt >= midnight;
        }
        return false;
    }

    /// @dev floor((current − before)·10^6 / before), toward minus infinity; 0 for an unused slot.
    function _exactReturn(uint256 before, uint256 current) private pure returns (int256) {
        if (before == 0) return 0;
        return int256(current * Params.RETURN_SCALE / before) - int256(Params.RETURN_SCALE);
    }

    /// @dev The floor cannot be below −10^6.
    function _clamp(int256 exact) private pure returns (int256) {
        int256 most = int256(1 << Params.RETURN_BITS) - 1;
        return exact > most ? most : exact;
    }
}
