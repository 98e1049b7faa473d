// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CurveOperationFailed, ScalarOutOfRange} from "../src/interfaces/Types.sol";
import {Blob} from "../src/libraries/Blob.sol";
import {Accumulator, Fold} from "../src/libraries/Fold.sol";
import {Packing} from "../src/libraries/Packing.sol";
import {PriceTable} from "../src/libraries/PriceTable.sol";
import {PublicSignals} from "../src/libraries/PublicSignals.sol";
import {SetRange} from "../src/interfaces/ICircuitRegistry.sol";
import {ProofSimulator, SimulatedKey} from "./utils/ProofSimulator.sol";

contract LibrariesTest is ProofSimulator {
    using Fold for Accumulator;
    using PriceTable for Accumulator;

    function products(uint256[] memory dlogs, uint256[] memory scalars) public view returns (uint256 x, uint256 y) {
        bytes memory bases;
        for (uint256 i = 0; i < dlogs.length; ++i) {
            (uint256 px, uint256 py) = g1(dlogs[i]);
            bases = bytes.concat(bases, abi.encode(px, py));
        }
        uint256 ptr;
        assembly {
            ptr := add(bases, 32)
        }
        Accumulator sum = Fold.start();
        sum.addProducts(ptr, scalars);
        return sum.read();
    }

    function addBad() public view {
        Fold.start().add(1, 1);
    }

    function product(uint256 scalar) public view returns (uint256 x, uint256 y) {
        uint256[2] memory base = [uint256(1), 2];
        uint256 ptr;
        assembly {
            ptr := base
        }
        Accumulator sum = Fold.start();
        sum.addProductAt(ptr, scalar, 9);
        return sum.read();
    }

    function testFuzz_Fold_ProductsEqualDlog(uint256[4] memory dlogs, uint256[4] memory values) public view {
        uint256[] memory d = new uint256[](4);
        uint256[] memory s = new uint256[](4);
        uint256 expected;
        for (uint256 i = 0; i < 4; ++i) {
            d[i] = bound(dlogs[i], 1, R - 1);
            // Often the small values that have a path of their own.
            s[i] = values[i] % 3 == 0 ? (values[i] >> 8) % 3 : values[i] % R;
            expected = addmod(expected, mulmod(d[i], s[i], R), R);
        }
        (uint256 x, uint256 y) = products(d, s);
        (uint256 ex, uint256 ey) = g1(expected);
        assertEq(x, ex, "x");
        assertEq(y, ey, "y");
    }

    /// @dev A value of a chosen shape: 0, one bit, all bits, few bits, any.
    function _shaped(uint256 seed, uint256 bits) private pure returns (uint256) {
        uint256 value = uint256(keccak256(abi.encode(seed))) >> (256 - bits);
        if (seed % 8 == 0) return 0;
        if (seed % 8 == 1) return uint256(1) << (value % bits);
        if (seed % 8 == 2) return (uint256(1) << bits) - 1;
        if (seed % 8 == 3) return value >> (value % bits);
        return value;
    }

    function _basesOf(uint256 seed, uint256 count) private view returns (uint256 ptr) {
        SimulatedKey memory key;
        key.salt = seed % 3;
        bytes memory content = points(key, 1, count);
        assembly {
            ptr := add(content, 32)
        }
    }

    /// @dev Cash's lane and the padding lanes hold what must not count.
    function testFuzz_PriceTable_EqualsNaiveFold(uint256[9] memory seeds, uint256 noise) public view {
        uint256 count = 3 + noise % 8;
        uint256[] memory words = new uint256[](Packing.words64(count));
        uint256[] memory scalars = new uint256[](count - 1);
        words[0] = uint64(noise);
        for (uint256 slot = 1; slot < 4 * words.length; ++slot) {
            uint256 value = slot < count ? _shaped(seeds[slot - 1], 64) : uint64(noise);
            words[slot >> 2] = Packing.put64(words[slot >> 2], slot & 3, uint64(value));
            if (slot < count) scalars[slot - 1] = value;
        }
        uint256 bases = _basesOf(noise, count - 1);
        Accumulator naive = Fold.start();
        naive.addProducts(bases, scalars);
        bytes memory tables = PriceTable.build(bases, count);
        uint256 ptr;
        assembly {
            ptr := add(tables, 32)
        }
        Accumulator sum = Fold.start();
        sum.fold(ptr, words);
        _equal(sum, naive);
    }

    function testFuzz_AddSmall_EqualsNaiveFold(uint256[9] memory seeds, uint256 signs, bool full) public view {
        int256[] memory values = new int256[](9);
        uint256[] memory scalars = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) {
            values[i] = int256(full ? (1 << 23) - 1 : _shaped(seeds[i], 23));
            if ((signs >> i) & 1 == 1) values[i] = -values[i];
            scalars[i] = Fold.toScalar(values[i]);
        }
        uint256 bases = _basesOf(signs, 9);
        Accumulator naive = Fold.start();
        naive.addProducts(bases, scalars);
        Accumulator sum = Fold.start();
        sum.addSmall(bases, values);
        _equal(sum, naive);
    }

    function _equal(Accumulator sum, Accumulator naive) private pure {
        (uint256 x, uint256 y) = sum.read();
        (uint256 nx, uint256 ny) = naive.read();
        assertEq(x, nx, "x");
        assertEq(y, ny, "y");
    }

    function test_Fold_RevertWhen_ScalarAtOrder() public {
        (uint256 x, uint256 y) = product(R - 1);
        (uint256 ex, uint256 ey) = g1(R - 1);
        assertEq(x, ex, "x");
        assertEq(y, ey, "y");
        vm.expectRevert(abi.encodeWithSelector(ScalarOutOfRange.selector, 9, R));
        this.product(R);
        uint256[] memory dlogs = new uint256[](2);
        uint256[] memory scalars = new uint256[](2);
        (dlogs[0], dlogs[1], scalars[0], scalars[1]) = (1, 2, 5, R);
        vm.expectRevert(abi.encodeWithSelector(ScalarOutOfRange.selector, 2, R));
        this.products(dlogs, scalars);
    }

    function test_Fold_RevertWhen_PointOffCurve() public {
        vm.expectRevert(abi.encodeWithSelector(CurveOperationFailed.selector));
        this.addBad();
    }

    function testFuzz_Fold_SubtractUndoesAdd(uint256 a, uint256 b) public view {
        (uint256 ax, uint256 ay) = g1(bound(a, 1, R - 1));
        (uint256 bx, uint256 by) = g1(bound(b, 1, R - 1));
        Accumulator sum = Fold.start();
        sum.add(ax, ay);
        sum.add(bx, by);
        sum.subtract(bx, by);
        sum.subtract(0, 0);
        (uint256 x, uint256 y) = sum.read();
        assertEq(x, ax, "x");
        assertEq(y, ay, "y");
    }

    function testFuzz_Fold_SignedScalarsCancel(int256 value) public pure {
        value = int256(bound(uint256(value), 1, 1 << 200));
        assertEq(addmod(Fold.toScalar(value), Fold.toScalar(-value), R), 0, "v - v");
    }

    function testFuzz_Packing_Lanes(uint64[4] memory values) public pure {
        uint256 word;
        for (uint256 i = 0; i < 4; ++i) {
            word = Packing.put64(word, i, values[i]);
        }
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(Packing.lane64(word, i), values[i], "lane");
        }
    }

    function testFuzz_Packing_LowestBit(uint256 mask) public pure {
        if (mask == 0) mask = 1;
        uint256 expected;
        while ((mask >> expected) & 1 == 0) ++expected;
        assertEq(Packing.lowestBit(mask), expected, "bit");
        assertEq(Packing.lowestBit(uint256(1) << expected), expected, "single bit");
    }

    function testFuzz_Packing_Signed32(int32[3] memory values) public pure {
        bytes memory content =
            abi.encodePacked(bytes4(uint32(values[0])), bytes4(uint32(values[1])), bytes4(uint32(values[2])));
        uint256 ptr;
        assembly {
            ptr := add(content, 32)
        }
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(Packing.signed32At(ptr, i), int256(values[i]), "value");
        }
    }

    function testFuzz_Blob_RoundTrip(bytes memory content, uint8 offset) public {
        address blob = Blob.write(content);
        assertTrue(keccak256(Blob.read(blob)) == keccak256(content), "content");
        assertEq(blob.code.length, content.length + 1, "code");
        assertEq(uint8(blob.code[0]), 0, "leading STOP");
        if (content.length == 0) return;
        uint256 from = offset % content.length;
        uint256 ptr = Blob.copy(blob, from, 1);
        uint256 word;
        assembly {
            word := byte(0, mload(ptr))
        }
        assertEq(word, uint8(content[from]), "byte");
    }

    function test_PublicSignals_MicroRanges() public pure {
        SetRange[6] memory ranges = PublicSignals.setRanges(1, 8, 16, 4, 2);
        uint32[6] memory first = [uint32(1), 4, 20, 34, 53, 117];
        uint32[6] memory count = [uint32(3), 16, 14, 19, 64, 128];
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(ranges[i].first, first[i], "first");
            assertEq(ranges[i].count, count[i], "count");
        }
        ranges = PublicSignals.setRanges(3, 8, 16, 4, 2);
        assertEq(ranges[3].count, 0, "no policy");
        assertEq(ranges[4].first, 28, "parameters follow prices");
        assertEq(ranges[4].count, 16, "two rows");
    }
}
