// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CurveOperationFailed, Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Accumulator, Fold} from "../src/libraries/Fold.sol";
import {Groth16} from "../src/libraries/Groth16.sol";
import {Packing} from "../src/libraries/Packing.sol";
import {PriceTable} from "../src/libraries/PriceTable.sol";
import {ProofSimulator, SimulatedKey} from "./utils/ProofSimulator.sol";

/// @title What the verifier refuses before it pays for a pairing, and the ends of what is folded
contract VerifyTest is ProofSimulator {
    using Fold for Accumulator;
    using PriceTable for Accumulator;

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

    /// @dev One price that is a power of two: the highest bit of a sheet is found, wherever it is.
    function test_PriceTable_EveryHighestBit() public view {
        SimulatedKey memory key;
        bytes memory bases = points(key, 1, 2);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(bases, 32)
        }
        bytes memory tables = PriceTable.build(ptr, 3);
        assembly ("memory-safe") {
            ptr := add(tables, 32)
        }
        for (uint256 bit = 0; bit < 64; ++bit) {
            uint256[] memory words = new uint256[](1);
            words[0] = Packing.put64(0, 1, uint64(1 << bit));
            Accumulator sum = Fold.start();
            sum.fold(ptr, words);
            (uint256 x, uint256 y) = sum.read();
            (uint256 ex, uint256 ey) = g1(mulmod(tau(key, 1), 1 << bit, R));
            assertTrue(x == ex && y == ey, "a power of two");
        }
    }

    function fold(bytes memory bases, uint256[] memory scalars) external view {
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(bases, 32)
        }
        Fold.start().addProducts(ptr, scalars);
    }

    /// @dev Whether the point is multiplied or only added. It stands last: each failing call burns nearly all gas that is left.
    function test_Fold_PointOffTheCurve_Reverts() public {
        SimulatedKey memory key;
        for (uint256 scalar = 1; scalar < 4; ++scalar) {
            bytes memory bases = points(key, 1, 3);
            uint256[] memory scalars = new uint256[](3);
            (scalars[0], scalars[1], scalars[2]) = (5, 1, scalar);
            this.fold(bases, scalars);
            bases[64 * 2 + 63] ^= 0x01;
            vm.expectRevert(abi.encodeWithSelector(CurveOperationFailed.selector));
            this.fold(bases, scalars);
        }
    }

    function test_Packing_LowestBit_AllOfThem() public pure {
        for (uint256 i = 0; i < 256; ++i) {
            assertEq(Packing.lowestBit(1 << i), i, "alone");
            assertEq(Packing.lowestBit(type(uint256).max << i), i, "with all above");
        }
    }
}
