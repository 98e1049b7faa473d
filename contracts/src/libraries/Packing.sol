// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Small integers packed into words, lowest bits first
library Packing {
    /// @notice Words that hold `count` 64-bit values.
    function words64(uint256 count) internal pure returns (uint256) {
        return (count + 3) / 4;
    }

    /// @notice Value `index` of words of four 64-bit values.
    function get64(uint256[] memory words, uint256 index) internal pure returns (uint64) {
        return uint64(words[index >> 2] >> ((index & 3) << 6));
    }

    /// @notice Value `lane` (0 … 3) of one word.
    function lane64(uint256 word, uint256 lane) internal pure returns (uint64) {
        return uint64(word >> (lane << 6));
    }

    /// @notice The word with value `lane` put in; that lane must be 0 before.
    function put64(uint256 word, uint256 lane, uint64 value) internal pure returns (uint256) {
        return word | (uint256(value) << (lane << 6));
    }

    /// @notice Value `index` of one word of 4-bit values.
    function get4(uint256 word, uint256 index) internal pure returns (uint256) {
        return (word >> (index << 2)) & 15;
    }

    /// @notice Big-endian signed 32-bit value `index` of a byte string at a memory address.
    function signed32At(uint256 ptr, uint256 index) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := signextend(3, shr(224, mload(add(ptr, shl(2, index)))))
        }
    }

    /// @notice A non-zero mask without its lowest set bit.
    function withoutLowest(uint256 mask) internal pure returns (uint256) {
        unchecked {
            return mask & (mask - 1);
        }
    }

    /// @notice Index of the lowest set bit of a non-zero mask.
    function lowestBit(uint256 mask) internal pure returns (uint256 index) {
        assembly ("memory-safe") {
            let bit := and(mask, sub(0, mask))
            index := shl(7, gt(bit, 0xffffffffffffffffffffffffffffffff))
            index := or(index, shl(6, gt(shr(index, bit), 0xffffffffffffffff)))
            index := or(index, shl(5, gt(shr(index, bit), 0xffffffff)))
            index := or(index, shl(4, gt(shr(index, bit), 0xffff)))
            index := or(index, shl(3, gt(shr(index, bit), 0xff)))
            index := or(index, shl(2, gt(shr(index, bit), 0xf)))
            index := or(index, shl(1, gt(shr(index, bit), 3)))
            index := or(index, gt(shr(index, bit), 1))
        }
    }
}
