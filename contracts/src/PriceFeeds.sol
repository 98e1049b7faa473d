// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {SlotStatus} from "./interfaces/Types.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {Blob} from "./libraries/Blob.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {SheetBase} from "./SheetBase.sol";

/// @title The snapshot part of PriceSheet
abstract contract PriceFeeds is SheetBase {
    /// @dev The words one snapshot works on.
    struct Reading {
        uint256 configs;
        uint256 lastEpoch;
        uint256 statuses;
        uint256 newStatuses;
        uint256 blocked;
        uint256 delisted;
    }

    uint64 internal constant RING = 512;

    /// @dev By epoch % RING: epoch 64 | timestamp 64 | blocked mask 128.
    mapping(uint256 index => uint256) private _meta;
    /// @dev By epoch % RING, then by word: four prices.
    mapping(uint256 index => mapping(uint256 word => uint256)) private _prices;
    /// @dev 4 bits a slot, as of the newest snapshot.
    uint256 private _statuses;
    /// @dev The unbelieved answers of slots that are DEVIATING, four a word.
    mapping(uint256 word => uint256) private _candidates;
    mapping(uint8 slot => uint64) private _delistFrom;

    /// @inheritdoc IPriceSheet
    function snapshot() external returns (uint64 epoch) {
        epoch = epochAt(uint64(block.timestamp));
        State memory state = _state;
        if (epoch <= state.newestEpoch) revert SnapshotExists(epoch);
        Reading memory reading;
        reading.configs = Blob.copy(_configBlob, 0, 32 * _instruments);
        reading.lastEpoch = state.newestEpoch;
        reading.statuses = _statuses;
        reading.delisted = _delistedMask;
        uint256[] memory words = new uint256[](Packing.words64(_instruments));
        for (uint256 w = 0; w < words.length; ++w) {
            words[w] = _readWord(reading, w);
            _prices[epoch % RING][w] = words[w];
        }
        _meta[epoch % RING] = (reading.blocked << 128) | (block.timestamp << 64) | epoch;
        (_state.newestEpoch, _state.previousEpoch) = (epoch, state.newestEpoch);
        _reportStatuses(epoch, reading);
        emit Snapshot(epoch, uint64(block.timestamp), uint128(reading.blocked), words);
    }

    /// @inheritdoc IPriceSheet
    function proposeDelisting(uint8 slot) external onlyRole(GOVERNOR_ROLE) {
        if (slot >= _instruments || (_usedMask >> slot) & 1 == 0) revert SlotUnknown(slot);
        uint64 from = uint64(block.timestamp) + parameterDelay;
        _delistFrom[slot] = from;
        emit DelistingProposed(slot, from);
    }

    /// @inheritdoc IPriceSheet
    function delist(uint8 slot) external onlyRole(GOVERNOR_ROLE) {
        uint64 from = _delistFrom[slot];
        if (from == 0) revert NothingPending();
        if (block.timestamp < from) revert DelayRunning(from, uint64(block.timestamp));
        delete _delistFrom[slot];
        _delistedMask |= 1 << slot;
        emit Delisted(slot);
    }

    /// @inheritdoc IPriceSheet
    function newestEpoch() external view returns (uint64) {
        return _state.newestEpoch;
    }

    /// @inheritdoc IPriceSheet
    function previousEpoch() external view returns (uint64) {
        return _state.previousEpoch;
    }

    /// @inheritdoc IPriceSheet
    function ringEpochs() external pure returns (uint64) {
        return RING;
    }

    /// @inheritdoc IPriceSheet
    function slotStatus(uint8 slot) external view returns (SlotStatus) {
        if (slot >= _instruments) revert SlotUnknown(slot);
        return SlotStatus(Packing.get4(_statuses, slot));
    }

    /// @inheritdoc IPriceSheet
    function pricesOf(uint64 epoch) external view returns (uint64[] memory prices) {
        epochMeta(epoch);
        prices = new uint64[](_instruments);
        for (uint256 i = 0; i < prices.length; ++i) {
            prices[i] = Packing.lane64(_prices[epoch % RING][i >> 2], i & 3);
        }
    }

    /// @inheritdoc IPriceSheet
    function priceOf(uint64 epoch, uint8 slot) external view returns (uint64) {
        epochMeta(epoch);
        if (slot >= _instruments) revert SlotUnknown(slot);
        return Packing.lane64(_prices[epoch % RING][slot >> 2], slot & 3);
    }

    /// @inheritdoc IPriceSheet
    function epochAt(uint64 timestamp) public view returns (uint64) {
        return timestamp / epochSeconds;
    }

    /// @inheritdoc IPriceSheet
    function epochMeta(uint64 epoch) public view returns (uint64 timestamp, uint128 blockedMask) {
        uint256 meta = _meta[epoch % RING];
        if (epoch == 0 || uint64(meta) != epoch) revert EpochUnknown(epoch, _state.newestEpoch);
        return (uint64(meta >> 64), uint128(meta >> 128));
    }

    /// @dev The stored words of an epoch that epochMeta knows.
    function _priceWords(uint64 epoch) internal view returns (uint256[] memory words) {
        mapping(uint256 => uint256) storage prices = _prices[epoch % RING];
        words = new uint256[](Packing.words64(_instruments));
        for (uint256 w = 0; w < words.length; ++w) {
            words[w] = prices[w];
        }
    }

    /// @dev Reads the four feeds of a word.
    function _readWord(Reading memory reading, uint256 w) private returns (uint256 word) {
        uint256 last = reading.lastEpoch == 0 ? 0 : _prices[reading.lastEpoch % RING][w];
        uint256 deviating;
        for (uint256 lane = 0; lane < 4; ++lane) {
            uint256 slot = 4 * w + lane;
            if (slot == 0) word = Params.CASH_PRICE;
            if ((_usedMask >> slot) & 1 == 0) continue;
            uint256 lastPrice = Packing.lane64(last, lane);
            (SlotStatus status, uint256 price) = _assess(reading, slot, lastPrice);
            if (status == SlotStatus.OK) {
                lastPrice = price;
            } else {
                reading.blocked |= 1 << slot;
                reading.newStatuses |= uint256(status) << (4 * slot);
                if (status == SlotStatus.DEVIATING) deviating = Packing.put64(deviating, lane, uint64(price));
            }
            word = Packing.put64(word, lane, uint64(lastPrice));
        }
        if (deviating != 0) _candidates[w] = deviating;
    }

    /// @dev Status of a used slot and the answer's price.
    function _assess(Reading memory reading, uint256 slot, uint256 lastPrice)
        private
        view
        returns (SlotStatus, uint256)
    {
        if ((reading.delisted >> slot) & 1 == 1) return (SlotStatus.DELISTED, 0);
        uint256 config;
        uint256 configs = reading.configs;
        assembly ("memory-safe") {
            config := mload(add(configs, shl(5, slot)))
        }
        (SlotStatus status, uint256 price) = _answerOf(config);
        if (status != SlotStatus.OK || lastPrice == 0) return (status, price);
        uint256 cap = uint16(config >> 208);
        if (_isNear(price, lastPrice, cap)) return (SlotStatus.OK, price);
        // Two snapshots around the end of an epoch may be a block apart: too little to confirm anything.
        uint256 lastTime = uint64(_meta[reading.lastEpoch % RING] >> 64);
        bool isConfirmation = Packing.get4(reading.statuses, slot) == uint256(SlotStatus.DEVIATING)
            && block.timestamp >= lastTime + epochSeconds / 2;
        if (isConfirmation && _isNear(price, _candidateOf(slot), cap)) return (SlotStatus.OK, price);
        return (SlotStatus.DEVIATING, price);
    }

    /// @dev A feed's answer as a price, and what is wrong with it by itself.
    function _answerOf(uint256 config) private view returns (SlotStatus, uint256) {
        (bool ok,, int256 answer, uint256 updatedAt) =
            _readRound(address(uint160(config)), AggregatorV3Interface.latestRoundData.selector, 0);
        uint256 price = ok ? _toPrice(config, answer) : 0;
        if (price == 0 || updatedAt == 0 || updatedAt > block.timestamp || !_decimalsHold(config)) {
            return (SlotStatus.INVALID, 0);
        }
        if (block.timestamp - updatedAt > uint32(config >> 176)) return (SlotStatus.STALE, 0);
        return (SlotStatus.OK, price);
    }

    function _candidateOf(uint256 slot) private view returns (uint256) {
        return Packing.lane64(_candidates[slot >> 2], slot & 3);
    }

    function _reportStatuses(uint64 epoch, Reading memory reading) private {
        uint256 changed = reading.statuses ^ reading.newStatuses;
        if (changed == 0) return;
        _statuses = reading.newStatuses;
        for (uint8 slot = 0; slot < _instruments; ++slot) {
            if (Packing.get4(changed, slot) != 0) {
                emit SlotStatusChanged(epoch, slot, SlotStatus(Packing.get4(reading.newStatuses, slot)));
            }
        }
    }

    /// @dev |a − b| ≤ cap of b.
    function _isNear(uint256 a, uint256 b, uint256 capBps) private pure returns (bool) {
        return (a > b ? a - b : b - a) * Params.BPS <= capBps * b;
    }
}
