// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof, ProofInvalid} from "../interfaces/Types.sol";
import {Params} from "./Params.sol";

/// @title The Groth16 verification equation over BN254
/// @dev Proofs are malleable: their bytes identify nothing.
library Groth16 {
    /// @notice Gas the pairing call may take. An honest one of four pairs takes 181 000; a malformed point makes the
    /// precompile burn all it was given, so a bad proof costs at most 39 000 more than a good one.
    uint256 internal constant PAIRING_GAS = 220_000;

    /// @notice Reverts ProofInvalid unless e(−A, B)·e(alpha, beta)·e(vk_x, gamma)·e(C, delta) = 1.
    /// @dev Coordinates that are not below the base field's order and identity points are refused; curve and subgroup
    /// membership are the precompile's part.
    /// @param header Memory address of alpha, beta, gamma, delta as they stand in the key blob.
    function verify(uint256 header, Proof calldata proof, uint256 x, uint256 y) internal view {
        uint256 order = Params.BASE_MODULUS;
        uint256 gasCap = PAIRING_GAS;
        bool ok;
        assembly ("memory-safe") {
            function belowAll(from, words, bound) -> good {
                good := 1
                for { let end := add(from, shl(5, words)) } lt(from, end) { from := add(from, 32) } {
                    good := and(good, lt(calldataload(from), bound))
                }
            }
            ok := belowAll(proof, 8, order)
            ok := and(ok, iszero(iszero(or(calldataload(proof), calldataload(add(proof, 32))))))
            ok := and(
                ok,
                iszero(
                    iszero(
                        or(
                            or(calldataload(add(proof, 64)), calldataload(add(proof, 96))),
                            or(calldataload(add(proof, 128)), calldataload(add(proof, 160)))
                        )
                    )
                )
            )
            ok := and(ok, iszero(iszero(or(calldataload(add(proof, 192)), calldataload(add(proof, 224))))))
            if ok {
                let input := mload(0x40)
                calldatacopy(input, proof, 192)
                mstore(add(input, 32), sub(order, calldataload(add(proof, 32))))
                mcopy(add(input, 192), header, 192)
                mstore(add(input, 384), x)
                mstore(add(input, 416), y)
                mcopy(add(input, 448), add(header, 192), 128)
                calldatacopy(add(input, 576), add(proof, 192), 64)
                mcopy(add(input, 640), add(header, 320), 128)
                ok := staticcall(gasCap, 8, input, 768, 0, 32)
                ok := and(ok, and(eq(returndatasize(), 32), eq(mload(0), 1)))
            }
        }
        if (!ok) revert ProofInvalid();
    }
}
