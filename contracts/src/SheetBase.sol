// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IPriceSheet, SheetConfig, SlotConfig} from "./interfaces/IPriceSheet.sol";
import {Blob} from "./libraries/Blob.sol";
import {Params} from "./libraries/Params.sol";

/// @notice A point folded here. An unset one has tag 0 and is never used.
struct CachedPoint {
    uint256 tag;
    uint256 x;
    uint256 y;
}

/// @title What all parts of PriceSheet share: configuration, calendar, feed reading
abstract contract SheetBase is IPriceSheet, AccessControl {
    /// @dev One word: what every use of a sheet has to compare.
    struct State {
        uint64 newestEpoch;
        uint64 previousEpoch;
        uint32 parametersVersion;
        uint32 pendingVersion;
        uint64 pendingFrom;
    }

    bytes32 public constant GOVERNOR_ROLE = keccak256("GOVERNOR_ROLE");
    /// @notice Gas of one feed call. A feed that needs more counts as broken; a caller with less is sent away.
    uint256 public constant FEED_GAS = 100_000;
    uint256 internal constant SECONDS_A_DAY = 86_400;

    ICircuitRegistry public immutable registry;
    uint256 internal immutable _instruments;
    uint256 internal immutable _scenarios;
    uint256 internal immutable _stresses;
    uint256 internal immutable _sectors;
    uint8 public immutable weekdayMask;
    uint32 public immutable genesisDay;
    uint32 public immutable epochSeconds;
    uint32 public immutable parameterDelay;
    /// @dev One word a slot: feed 160 | feed decimals 8 | decimals 8 | heartbeat 32 | cap 16, in code because it never changes.
    address internal immutable _configBlob;
    /// @dev Bit i: slot i has a feed.
    uint256 internal immutable _usedMask;

    State internal _state;
    /// @dev Bit i: slot i is delisted.
    uint256 internal _delistedMask;

    constructor(SheetConfig memory config) {
        registry = ICircuitRegistry(config.registry);
        _instruments = registry.instruments();
        _scenarios = registry.scenarios();
        _stresses = registry.stresses();
        _sectors = registry.sectors();
        (weekdayMask, genesisDay) = (config.weekdayMask & 0x7f, config.genesisDay);
        (epochSeconds, parameterDelay) = (config.epochSeconds, config.parameterDelay);
        if (config.epochSeconds == 0 || (uint256(config.weekdayMask) >> _weekday(config.genesisDay)) & 1 == 0) {
            revert CalendarInvalid(config.weekdayMask, config.genesisDay, config.epochSeconds);
        }
        if (config.slots.length != _instruments) revert SlotCountMismatch(config.slots.length, _instruments);
        bytes memory words = new bytes(32 * config.slots.length);
        uint256 used;
        for (uint256 i = 0; i < config.slots.length; ++i) {
            uint256 word = _configWord(i, config.slots[i]);
            if (uint160(word) != 0) used |= 1 << i;
            assembly ("memory-safe") {
                mstore(add(add(words, 32), shl(5, i)), word)
            }
        }
        _usedMask = used;
        _configBlob = Blob.write(words);
        _grantRole(DEFAULT_ADMIN_ROLE, config.admin);
        _grantRole(GOVERNOR_ROLE, config.admin);
    }

    /// @inheritdoc IPriceSheet
    function slotConfig(uint8 slot) external view returns (SlotConfig memory config) {
        if (slot >= _instruments) revert SlotUnknown(slot);
        uint256 word = _configOf(slot);
        return SlotConfig(address(uint160(word)), uint8(word >> 168), uint32(word >> 176), uint16(word >> 208));
    }

    function _configOf(uint256 slot) internal view returns (uint256 word) {
        uint256 ptr = Blob.copy(_configBlob, 32 * slot, 32);
        assembly ("memory-safe") {
            word := mload(ptr)
        }
    }

    function _configWord(uint256 slot, SlotConfig memory config) private view returns (uint256) {
        if (config.feed == address(0)) return uint256(config.decimals) << 168;
        uint256 feedDecimals = AggregatorV3Interface(config.feed).decimals();
        bool exact = config.decimals + feedDecimals <= Params.PRICE_EXPONENT;
        if (slot == 0 || !exact || config.heartbeat == 0 || config.deviationCapBps == 0) revert SlotConfigInvalid(slot);
        return uint256(uint160(config.feed)) | (feedDecimals << 160) | (uint256(config.decimals) << 168)
            | (uint256(config.heartbeat) << 176) | (uint256(config.deviationCapBps) << 208);
    }

    /// @dev 0 is Monday; day 0 was a Thursday.
    function _weekday(uint256 day) internal pure returns (uint256) {
        return (day + 3) % 7;
    }

    /// @dev First calendar day after `day`.
    function _nextDay(uint256 day) internal view returns (uint256 next) {
        next = day + 1;
        while ((uint256(weekdayMask) >> _weekday(next)) & 1 == 0) ++next;
    }

    /// @dev Price of a lot in 10^-16 USD, or 0 when the answer is none: not positive, or 2^64 and more.
    function _toPrice(uint256 config, int256 answer) internal pure returns (uint256 price) {
        if (answer <= 0 || answer > int256(uint256(type(uint64).max))) return 0;
        uint256 exponent = Params.PRICE_EXPONENT - uint8(config >> 160) - uint8(config >> 168);
        price = uint256(answer) * 10 ** exponent;
        if (price > type(uint64).max) return 0;
    }

    /// @dev Reads a round without ever failing with the feed. `ok` is false when it reverts, answers short, or starves.
    /// @param selector latestRoundData or getRoundData. @param roundId Its argument, ignored by the former.
    function _readRound(address feed, bytes4 selector, uint256 roundId)
        internal
        view
        returns (bool ok, uint256 id, int256 answer, uint256 updatedAt)
    {
        _requireFeedGas();
        uint256 cap = FEED_GAS;
        assembly ("memory-safe") {
            let ptr := mload(0x40)
            mstore(ptr, selector)
            mstore(add(ptr, 4), roundId)
            ok := staticcall(cap, feed, ptr, 36, ptr, 160)
            ok := and(ok, gt(returndatasize(), 159))
            if ok {
                id := mload(ptr)
                answer := mload(add(ptr, 32))
                updatedAt := mload(add(ptr, 96))
            }
        }
    }

    /// @dev Whether the feed still reports the decimals it had at deployment.
    function _decimalsHold(uint256 config) internal view returns (bool ok) {
        _requireFeedGas();
        uint256 cap = FEED_GAS;
        uint32 selector = uint32(AggregatorV3Interface.decimals.selector);
        assembly ("memory-safe") {
            mstore(0, shl(224, selector))
            ok := staticcall(cap, config, 0, 4, 0, 32)
            ok := and(ok, gt(returndatasize(), 31))
            ok := and(ok, eq(mload(0), and(shr(160, config), 0xff)))
        }
    }

    /// @dev A call gets at most 63/64 of what is left: below this a caller could make an honest feed look broken.
    function _requireFeedGas() private view {
        uint256 needed = FEED_GAS + FEED_GAS / 32 + 3_000;
        if (gasleft() < needed) revert FeedGasTooLow(gasleft(), needed);
    }
}
