// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CurveOperationFailed, ScalarOutOfRange} from "../interfaces/Types.sol";
import {Params} from "./Params.sol";

/// @notice An accumulator of curve points in memory: accumulated x, y, then room for one term x, y, scalar.
type Accumulator is uint256;

/// @title Sums of scalar multiples of points, on the BN254 precompiles
/// @dev Points are trusted to come from a registered key; a failing precompile therefore means that gas ran out. Every scalar is
/// reduced here or refused: none reaches the curve at or above the field's order.
library Fold {
    /// @dev Bytes of one point.
    uint256 internal constant POINT_BYTES = 64;

    /// @notice Starts a sum at the identity.
    function start() internal pure returns (Accumulator sum) {
        assembly ("memory-safe") {
            sum := mload(0x40)
            mstore(0x40, add(sum, 160))
            mstore(sum, 0)
            mstore(add(sum, 32), 0)
        }
    }

    /// @notice Starts a sum at a point.
    function startAt(uint256 x, uint256 y) internal pure returns (Accumulator sum) {
        sum = start();
        assembly ("memory-safe") {
            mstore(sum, x)
            mstore(add(sum, 32), y)
        }
    }

    /// @notice Coordinates of the sum; (0, 0) is the identity.
    function read(Accumulator sum) internal pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := mload(sum)
            y := mload(add(sum, 32))
        }
    }

    /// @notice Adds a point.
    function add(Accumulator sum, uint256 x, uint256 y) internal view {
        bool ok;
        assembly ("memory-safe") {
            mstore(add(sum, 64), x)
            mstore(add(sum, 96), y)
            ok := staticcall(gas(), 6, sum, 128, sum, 64)
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Subtracts a point; the identity changes nothing.
    function subtract(Accumulator sum, uint256 x, uint256 y) internal view {
        if (x == 0 && y == 0) return;
        add(sum, x, Params.BASE_MODULUS - y);
    }

    /// @notice Adds the point at a memory address.
    function addAt(Accumulator sum, uint256 base) internal view {
        bool ok;
        assembly ("memory-safe") {
            mcopy(add(sum, 64), base, 64)
            ok := staticcall(gas(), 6, sum, 128, sum, 64)
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Adds scalar · the point at a memory address. @param index Number that an error names.
    function addProductAt(Accumulator sum, uint256 base, uint256 scalar, uint256 index) internal view {
        if (scalar == 0) return;
        if (scalar >= Params.SCALAR_MODULUS) revert ScalarOutOfRange(index, scalar);
        bool ok;
        assembly ("memory-safe") {
            mcopy(add(sum, 64), base, 64)
            mstore(add(sum, 128), scalar)
            ok := staticcall(gas(), 7, add(sum, 64), 96, add(sum, 64), 64)
            ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Adds scalar · the point at an offset of a blob. The scalar is below 2^64, far from the field's order.
    function addBlobProduct(Accumulator sum, address blob, uint256 offset, uint256 scalar) internal view {
        bool ok;
        assembly ("memory-safe") {
            let term := add(sum, 64)
            extcodecopy(blob, term, add(offset, 1), 64)
            mstore(add(sum, 128), scalar)
            ok := staticcall(gas(), 7, term, 96, term, 64)
            ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Adds Σ scalars[i] · point i, points packed in memory from an address on; zeros are skipped.
    /// @dev The precompile calls of all terms are judged together.
    function addProducts(Accumulator sum, uint256 bases, uint256[] memory scalars) internal view {
        uint256 order = Params.SCALAR_MODULUS;
        uint256 wrong;
        bool ok = true;
        assembly ("memory-safe") {
            let term := add(sum, 64)
            let length := mload(scalars)
            for { let i := 0 } lt(i, length) { i := add(i, 1) } {
                let scalar := mload(add(add(scalars, 32), shl(5, i)))
                if scalar {
                    if iszero(lt(scalar, order)) {
                        wrong := add(i, 1)
                        break
                    }
                    mcopy(term, add(bases, shl(6, i)), 64)
                    if gt(scalar, 1) {
                        mstore(add(sum, 128), scalar)
                        ok := and(ok, staticcall(gas(), 7, term, 96, term, 64))
                    }
                    ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
                }
            }
        }
        if (wrong != 0) revert ScalarOutOfRange(wrong, scalars[wrong - 1]);
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice Adds Σ values[i] · point i to a sum that is the identity, for small signed values: all points share one chain of
    /// doublings. @param bases Memory address of the points, overwritten.
    /// @dev Costs an addition for each set bit, a check for each bit and value, and no multiplication.
    function addSmall(Accumulator sum, uint256 bases, int256[] memory values) internal view {
        uint256 order = Params.BASE_MODULUS;
        bool ok = true;
        assembly ("memory-safe") {
            // Magnitude and address of the point for each value that is not 0, in free memory.
            let list := mload(0x40)
            let end := list
            let any := 0
            for { let i := mload(values) } i {} {
                i := sub(i, 1)
                let value := mload(add(add(values, 32), shl(5, i)))
                if value {
                    let point := add(bases, shl(6, i))
                    if slt(value, 0) {
                        value := sub(0, value)
                        let y := mload(add(point, 32))
                        if y { mstore(add(point, 32), sub(order, y)) }
                    }
                    any := or(any, value)
                    mstore(end, value)
                    mstore(add(end, 32), point)
                    end := add(end, 64)
                }
            }
            let bit := 1
            for {} gt(any, sub(shl(1, bit), 1)) {} { bit := shl(1, bit) }
            let term := add(sum, 64)
            for {} bit {} {
                for { let p := list } lt(p, end) { p := add(p, 64) } {
                    if and(mload(p), bit) {
                        mcopy(term, mload(add(p, 32)), 64)
                        ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
                    }
                }
                bit := shr(1, bit)
                if bit {
                    mcopy(term, sum, 64)
                    ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
                }
            }
        }
        if (!ok) revert CurveOperationFailed();
    }

    /// @notice The scalar that stands for a signed value: r − |v| when negative.
    function toScalar(int256 value) internal pure returns (uint256) {
        return value < 0 ? Params.SCALAR_MODULUS - uint256(-value) : uint256(value);
    }
}
