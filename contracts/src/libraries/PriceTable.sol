// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CurveOperationFailed} from "../interfaces/Types.sol";
import {Accumulator} from "./Fold.sol";
import {Packing} from "./Packing.sol";

/// @title Subset sums of a key's price points, and the fold of a whole price sheet with them
/// @dev Prices are stored four a word; a word has a table of the 15 sums of its non-empty lane subsets, subset b at (b − 1)·64.
/// A lane without a point (cash, padding) counts as the identity. One pass over the bits, from the highest down, doubles
/// once and adds one table entry a word: Straus' method.
library PriceTable {
    /// @dev Bytes of a word's table.
    uint256 internal constant WORD_BYTES = 960;

    /// @notice Bytes of the tables of N slots.
    function size(uint256 instruments) internal pure returns (uint256) {
        return WORD_BYTES * Packing.words64(instruments);
    }

    /// @notice Computes the tables. @param points Memory address of the points of slots 1 … N − 1, which are on the curve.
    function build(uint256 points, uint256 instruments) internal view returns (bytes memory tables) {
        tables = new bytes(size(instruments));
        uint256 end = Packing.words64(instruments);
        bool ok = true;
        for (uint256 w = 0; w < end; ++w) {
            assembly ("memory-safe") {
                let table := add(add(tables, 32), mul(w, WORD_BYTES))
                let input := mload(0x40)
                for { let subset := 1 } lt(subset, 16) { subset := add(subset, 1) } {
                    // The highest lane of the subset; the rest of it is further up in the table.
                    let lane := add(add(gt(subset, 1), gt(subset, 3)), gt(subset, 7))
                    let slot := add(shl(2, w), lane)
                    let rest := sub(subset, shl(lane, 1))
                    mstore(input, 0)
                    mstore(add(input, 32), 0)
                    mstore(add(input, 64), 0)
                    mstore(add(input, 96), 0)
                    if and(gt(slot, 0), lt(slot, instruments)) { mcopy(input, add(points, shl(6, sub(slot, 1))), 64) }
                    if rest { mcopy(add(input, 64), add(table, shl(6, sub(rest, 1))), 64) }
                    ok := and(ok, staticcall(gas(), 6, input, 128, add(table, shl(6, sub(subset, 1))), 64))
                }
            }
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Adds Σ price·point to a sum that is the identity. @param tables Memory address of the tables.
    /// @param words The stored prices; cash's lane of word 0 is ignored.
    function fold(Accumulator sum, uint256 tables, uint256[] memory words) internal view {
        bool ok = true;
        assembly ("memory-safe") {
            let first := add(words, 32)
            let end := add(first, shl(5, mload(words)))
            mstore(first, shl(64, shr(64, mload(first))))
            let any := 0
            for { let p := first } lt(p, end) { p := add(p, 32) } { any := or(any, mload(p)) }
            any := and(or(or(any, shr(64, any)), or(shr(128, any), shr(192, any))), 0xffffffffffffffff)
            let bit := shl(5, gt(any, 0xffffffff))
            bit := or(bit, shl(4, gt(shr(bit, any), 0xffff)))
            bit := or(bit, shl(3, gt(shr(bit, any), 0xff)))
            bit := or(bit, shl(2, gt(shr(bit, any), 0xf)))
            bit := or(bit, shl(1, gt(shr(bit, any), 3)))
            bit := or(bit, gt(shr(bit, any), 1))
            // Bit 0 of each lane; and what brings those four to bits 192 … 195 of a product. No two of the partial products
            // share a bit, so nothing is carried.
            let lanes := or(or(1, shl(64, 1)), or(shl(128, 1), shl(192, 1)))
            let gather := or(or(shl(192, 1), shl(129, 1)), or(shl(66, 1), 8))
            let term := add(sum, 64)
            // Subset b is at table + 64·b.
            tables := sub(tables, 64)
            for {} 1 {} {
                let table := tables
                for { let p := first } lt(p, end) { p := add(p, 32) } {
                    let offset := and(shr(186, mul(and(shr(bit, mload(p)), lanes), gather)), 960)
                    if offset {
                        mcopy(term, add(table, offset), 64)
                        ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
                    }
                    table := add(table, WORD_BYTES)
                }
                if iszero(bit) { break }
                bit := sub(bit, 1)
                mcopy(term, sum, 64)
                ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
            }
        }
        if (!ok) revert CurveOperationFailed();
    }
}
