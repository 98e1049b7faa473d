// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FoldedSheet, IPriceSheet, SheetConfig} from "./interfaces/IPriceSheet.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {PriceTable} from "./libraries/PriceTable.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {PriceFeeds} from "./PriceFeeds.sol";
import {ScenarioWindow} from "./ScenarioWindow.sol";
import {CachedPoint, SheetBase} from "./SheetBase.sol";
import {SheetParameters} from "./SheetParameters.sol";

/// @title Prices, window and parameters of one universe, and the sheet points folded from them: see IPriceSheet
contract PriceSheet is PriceFeeds, SheetParameters, ScenarioWindow {
    using Fold for Accumulator;
    using PriceTable for Accumulator;

    /// @dev By kind << 64 | epoch % RING. Tag: epoch 64 | key version 32 | parameters version 32 | window ordinal 32 |
    /// snapshot time 48 | window valid until 48.
    mapping(uint256 key => CachedPoint) private _sheets;

    constructor(SheetConfig memory config) SheetBase(config) {}

    /// @inheritdoc IPriceSheet
    function fold(uint8 kind, uint64 epoch) external {
        (uint32 keyVersion, address blob) = registry.currentBlob(kind);
        (uint64 timestamp, uint128 blocked) = epochMeta(epoch);
        uint32 version = _state.parametersVersion;
        CachedPoint storage sheet = _sheets[_key(kind, epoch)];
        bool hasWindow = kind == Params.CIRCUIT_KIND_COMPLIANCE;
        bool isCurrent = uint128(sheet.tag) == _tagLow(epoch, keyVersion, version);
        if (isCurrent && (!hasWindow || block.timestamp < sheet.tag >> 208)) return;
        Accumulator sum = Fold.start();
        uint256 window;
        if (hasWindow) {
            window = _addWindow(sum, keyVersion, version);
        } else {
            (uint256 px, uint256 py) = _completeParameters(kind, keyVersion, version);
            sum.add(px, py);
        }
        _addPrices(sum, kind, epoch, blob, blocked);
        sheet.tag = _tagLow(epoch, keyVersion, version) | (uint256(uint32(window)) << 128)
            | (uint256(uint48(timestamp)) << 160) | (uint256(uint48(window >> 64)) << 208);
        (sheet.x, sheet.y) = sum.read();
        emit SheetFolded(kind, epoch, keyVersion, version, uint32(window));
    }

    /// @inheritdoc IPriceSheet
    function isFolded(uint8 kind, uint64 epoch) external view returns (bool) {
        try this.sheetPoint(kind, epoch) returns (FoldedSheet memory) {
            return true;
        } catch {
            return false;
        }
    }

    /// @inheritdoc IPriceSheet
    function sheetPoint(uint8 kind, uint64 epoch) external view returns (FoldedSheet memory folded) {
        (folded.keyVersion, folded.keyId, folded.blob) = registry.currentKey(kind);
        CachedPoint storage sheet = _sheets[_key(kind, epoch)];
        uint256 tag = sheet.tag;
        State memory state = _state;
        if (epoch == 0 || uint64(tag) != epoch) revert SheetNotFolded(kind, epoch);
        if (uint32(tag >> 64) != folded.keyVersion) {
            revert SheetKeyMismatch(kind, uint32(tag >> 64), folded.keyVersion);
        }
        folded.parametersVersion = state.parametersVersion;
        if (uint32(tag >> 96) != folded.parametersVersion) {
            revert SheetParametersMismatch(kind, uint32(tag >> 96), folded.parametersVersion);
        }
        uint256 validUntil = tag >> 208;
        if (kind == Params.CIRCUIT_KIND_COMPLIANCE && block.timestamp >= validUntil) {
            revert WindowStale(uint64(validUntil), uint64(block.timestamp));
        }
        (folded.x, folded.y) = (sheet.x, sheet.y);
        folded.windowOrdinal = uint32(tag >> 128);
        folded.snapshotTime = uint48(tag >> 160);
        (folded.newestEpoch, folded.previousEpoch) = (state.newestEpoch, state.previousEpoch);
    }

    /// @dev Adds WINDOW + PARAMETERS, which are kept as one point, and returns the window's tag.
    function _addWindow(Accumulator sum, uint32 keyVersion, uint32 version) private returns (uint256 tag) {
        CachedPoint storage window = _window[keyVersion];
        tag = window.tag;
        uint256 rows = uint32(tag >> 32);
        if (rows < _scenarios) revert WindowIncomplete(keyVersion, uint32(rows), uint32(_scenarios));
        uint256 validUntil = uint64(tag >> 64);
        if (block.timestamp >= validUntil) revert WindowStale(uint64(validUntil), uint64(block.timestamp));
        sum.add(window.x, window.y);
        uint32 included = uint32(tag >> 128);
        if (included == version && version != 0) return tag;
        uint8 kind = Params.CIRCUIT_KIND_COMPLIANCE;
        if (included != 0) {
            (uint256 ox, uint256 oy) = _completeParameters(kind, keyVersion, included);
            sum.subtract(ox, oy);
        }
        (uint256 nx, uint256 ny) = _completeParameters(kind, keyVersion, version);
        sum.add(nx, ny);
        (window.x, window.y) = sum.read();
        window.tag = uint128(tag) | (uint256(version) << 128);
    }

    /// @dev Adds Σ price·IC and, for compliance, the points of blocked slots.
    function _addPrices(Accumulator sum, uint8 kind, uint64 epoch, address blob, uint256 blocked) private view {
        uint256[] memory words = _priceWords(epoch);
        // A slot that never had a price is blocked.
        if (blocked != 0) _requirePrices(words);
        Accumulator prices = Fold.start();
        uint256 length = PublicSignals.blobBytes(kind, _instruments, _sectors);
        prices.fold(Blob.copy(blob, length, PriceTable.size(_instruments)), words);
        (uint256 x, uint256 y) = prices.read();
        sum.add(x, y);
        if (blocked == 0 || kind != Params.CIRCUIT_KIND_COMPLIANCE) return;
        uint256 first = PublicSignals.pricesFirst(kind, _instruments) + _instruments - 2;
        uint256 base = Blob.copy(blob, 0, Fold.POINT_BYTES);
        for (uint256 left = blocked; left != 0; left &= left - 1) {
            Blob.copyTo(blob, PublicSignals.offsetOf(first + Packing.lowestBit(left)), Fold.POINT_BYTES, base);
            sum.addAt(base);
        }
    }

    /// @dev A slot that never had a good answer is blocked, which only compliance knows; for the others it would be worth nothing.
    /// Compliance waits with them, or there would be credit where no liquidation can be proved.
    function _requirePrices(uint256[] memory words) private view {
        uint256 used = _usedMask;
        for (uint256 w = 0; w < words.length; ++w) {
            uint256 word = words[w];
            unchecked {
                for (uint256 slot = 4 * w; slot < 4 * w + 4; ++slot) {
                    if (uint64(word) == 0 && (used >> slot) & 1 == 1) revert PriceMissing(uint8(slot));
                    word >>= 64;
                }
            }
        }
    }

    function _key(uint8 kind, uint64 epoch) private pure returns (uint256) {
        return (uint256(kind) << 64) | (epoch % RING);
    }

    function _tagLow(uint64 epoch, uint32 keyVersion, uint32 version) private pure returns (uint256) {
        return uint256(epoch) | (uint256(keyVersion) << 64) | (uint256(version) << 96);
    }
}
