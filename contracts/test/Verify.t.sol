// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Groth16} from "../src/libraries/Groth16.sol";
import {ProofSimulator} from "./utils/ProofSimulator.sol";

/// @title What the verifier refuses before it pays for a pairing
contract VerifyTest is ProofSimulator {
    uint256 private constant X = 987_654_321;
    /// @dev Reading the header here takes most of it; a pairing costs 181 000.
    uint256 private constant CHEAP = 90_000;

    bytes private _header;

    function setUp() public {
        (uint256 ax, uint256 ay) = g1(7);
        _header = bytes.concat(abi.encode(ax, ay), tripleG2(), generatorG2(), doubleG2());
    }

    function verify(Proof calldata proof) external view {
        bytes memory header = _header;
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(header, 32)
        }
        (uint256 x, uint256 y) = g1(X);
        Groth16.verify(ptr, proof, x, y);
    }

    function _expectRefusedCheaply(Proof memory proof, string memory what) private view {
        uint256 before = gasleft();
        try this.verify(proof) {
            assertTrue(false, what);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason) == ProofInvalid.selector ? 1 : 0, 1, what);
        }
        assertTrue(before - gasleft() < CHEAP, what);
    }

    function test_K24_IdentityPoints_ThatSatisfyTheEquation_Refused() public view {
        this.verify(simulate(X, 5));
        // −a·b + 21 + x + 2·c = 0 with a = 0 or b = 0.
        (uint256 cx, uint256 cy) = g1(mulmod(R - addmod(21, X, R), HALF, R));
        Proof memory proof = simulate(X, 5);
        (proof.a, proof.c) = ([uint256(0), 0], [cx, cy]);
        _expectRefusedCheaply(proof, "a");
        proof = simulate(X, 5);
        (proof.b[0], proof.b[1], proof.c) = ([uint256(0), 0], [uint256(0), 0], [cx, cy]);
        _expectRefusedCheaply(proof, "b");
        // a = 21 + x, b = 1, c = 0.
        proof = simulate(X, addmod(21, X, R));
        assertEq(proof.c[0] | proof.c[1], 0, "c is the identity");
        _expectRefusedCheaply(proof, "c");
    }

    function test_K3_NonCanonicalCoordinates_CostNoPairing() public view {
        Proof memory honest = simulate(X, 5);
        for (uint256 i = 0; i < 8; ++i) {
            uint256[8] memory flat = abi.decode(abi.encode(honest), (uint256[8]));
            uint256 value = flat[i];
            flat[i] = value + Q;
            _expectRefusedCheaply(abi.decode(abi.encode(flat), (Proof)), "value + q");
            flat[i] = Q;
            _expectRefusedCheaply(abi.decode(abi.encode(flat), (Proof)), "q");
            flat[i] = type(uint256).max;
            _expectRefusedCheaply(abi.decode(abi.encode(flat), (Proof)), "most");
        }
    }
}
