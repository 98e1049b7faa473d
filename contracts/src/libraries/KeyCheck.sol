// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {Params} from "./Params.sol";
import {PublicSignals} from "./PublicSignals.sol";

/// @title What a verifying key must be before anything is checked with it
library KeyCheck {
    /// @dev x of the generator of G2: imaginary part, real part.
    uint256 private constant GENERATOR_X1 =
        11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 private constant GENERATOR_X0 =
        10857046999023057135944570762232829481370756359578518086990519993285655852781;

    /// @notice Reverts by name unless all points are canonical members of their groups and not the identity, delta is
    /// neither ± gamma nor ± the generator, and beta neither ± gamma nor ± delta.
    /// @dev For beta = gamma, A = alpha + vk_x, B = gamma + delta, C = A passes; for beta = delta, A = vk_x, B = gamma + delta,
    /// C = vk_x − alpha. @param ptr Memory address of the blob. @param length Its length.
    function check(uint256 ptr, uint256 length) internal view {
        _checkG1(ptr, 0);
        _checkG2(ptr, 64);
        _checkG2(ptr, 192);
        _checkG2(ptr, 320);
        for (uint256 offset = PublicSignals.HEADER_BYTES; offset < length; offset += 64) {
            _checkG1(ptr, offset);
        }
        (uint256 beta1, uint256 beta0) = _pair(ptr + 64);
        (uint256 gamma1, uint256 gamma0) = _pair(ptr + 192);
        (uint256 delta1, uint256 delta0) = _pair(ptr + 320);
        // Comparing x alone covers both signs.
        if (gamma1 == delta1 && gamma0 == delta0) revert ICircuitRegistry.DeltaEqualsGamma();
        if (delta1 == GENERATOR_X1 && delta0 == GENERATOR_X0) revert ICircuitRegistry.DeltaIsGenerator();
        if ((beta1 == gamma1 && beta0 == gamma0) || (beta1 == delta1 && beta0 == delta0)) {
            revert ICircuitRegistry.BetaEqualsGammaOrDelta();
        }
    }

    /// @dev A point of the blob that a public signal multiplies must not be the identity either: the signal would be in no constraint.
    function _checkG1(uint256 ptr, uint256 offset) private view {
        (uint256 x, uint256 y) = _pair(ptr + offset);
        bool ok = x < Params.BASE_MODULUS && y < Params.BASE_MODULUS && (x | y) != 0;
        if (ok) {
            assembly ("memory-safe") {
                let input := mload(0x40)
                mstore(input, x)
                mstore(add(input, 32), y)
                mstore(add(input, 64), 0)
                mstore(add(input, 96), 0)
                ok := staticcall(500, 6, input, 128, input, 64)
            }
        }
        if (!ok) revert ICircuitRegistry.KeyPointInvalid(offset);
    }

    /// @dev The pairing precompile checks curve and subgroup; paired with the identity every member gives 1.
    function _checkG2(uint256 ptr, uint256 offset) private view {
        (uint256 x1, uint256 x0) = _pair(ptr + offset);
        (uint256 y1, uint256 y0) = _pair(ptr + offset + 64);
        uint256 order = Params.BASE_MODULUS;
        bool ok = x1 < order && x0 < order && y1 < order && y0 < order && (x1 | x0 | y1 | y0) != 0;
        if (ok) {
            assembly ("memory-safe") {
                let input := mload(0x40)
                mstore(input, 0)
                mstore(add(input, 32), 0)
                mcopy(add(input, 64), add(ptr, offset), 128)
                ok := staticcall(100000, 8, input, 192, input, 32)
                ok := and(ok, eq(mload(input), 1))
            }
        }
        if (!ok) revert ICircuitRegistry.KeyPointInvalid(offset);
    }

    function _pair(uint256 ptr) private pure returns (uint256 first, uint256 second) {
        assembly ("memory-safe") {
            first := mload(ptr)
            second := mload(add(ptr, 32))
        }
    }
}
