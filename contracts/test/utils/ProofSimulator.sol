// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof} from "../../src/interfaces/Types.sol";
import {Params} from "../../src/libraries/Params.sol";
import {Assertions} from "./Assertions.sol";

/// @notice A key whose trapdoor the test knows. @param salt Makes another key of the same kind.
struct SimulatedKey {
    uint8 kind;
    uint256 salt;
    bytes32 keyId;
    bytes32[] leaves;
}

/// @title Keys with a known trapdoor, and proofs that verify under them for any public values
/// @dev IC_j = tau(j)·G1, alpha = 7·G1, beta = 3·G2, gamma = G2, delta = 2·G2. A proof for vk_x = x·G1 is A = t·G1, B = G2,
/// C = (t − 21 − x)/2·G1. It passes the real pairing check if and only if the contracts arrive at the very same x, that
/// is at the very same public values.
abstract contract ProofSimulator is Assertions {
    uint256 internal constant R = Params.SCALAR_MODULUS;
    uint256 internal constant Q = Params.BASE_MODULUS;
    uint256 internal constant HALF = (R + 1) / 2;

    function tau(SimulatedKey memory key, uint256 signal) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("tau", key.kind, key.salt, signal))) % R;
    }

    function g1(uint256 scalar) internal view returns (uint256 x, uint256 y) {
        uint256[3] memory input = [uint256(1), 2, scalar];
        uint256[2] memory output;
        assembly {
            if iszero(staticcall(gas(), 7, input, 96, output, 64)) { revert(0, 0) }
        }
        return (output[0], output[1]);
    }

    function generatorG2() internal pure returns (bytes memory) {
        return abi.encode(
            11559732032986387107991004021392285783925812861821192530917403151452391805634,
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
            8495653923123431417604973247489272438418190587263600148770280649306958101930
        );
    }

    function doubleG2() internal pure returns (bytes memory) {
        return abi.encode(
            14583779054894525174450323658765874724019480979794335525732096752006891875705,
            18029695676650738226693292988307914797657423701064905010927197838374790804409,
            11474861747383700316476719153975578001603231366361248090558603872215261634898,
            2140229616977736810657479771656733941598412651537078903776637920509952744750
        );
    }

    function tripleG2() internal pure returns (bytes memory) {
        return abi.encode(
            7273165102799931111715871471550377909735733521218303035754523677688038059653,
            2725019753478801796453339367788033689375851816420509565303521482350756874229,
            957874124722006818841961785324909313781880061366718538693995380805373202866,
            2512659008974376214222774206987427162027254181373325676825515531566330959255
        );
    }

    /// @dev alpha, beta, gamma, delta, IC_0 … IC_last.
    function keyBlob(SimulatedKey memory key, uint256 last) internal view returns (bytes memory) {
        (uint256 ax, uint256 ay) = g1(7);
        return bytes.concat(abi.encode(ax, ay), tripleG2(), generatorG2(), doubleG2(), points(key, 0, last + 1));
    }

    function points(SimulatedKey memory key, uint256 first, uint256 count) internal view returns (bytes memory out) {
        out = new bytes(64 * count);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 x, uint256 y) = g1(tau(key, first + i));
            assembly {
                let at_ := add(add(out, 32), shl(6, i))
                mstore(at_, x)
                mstore(add(at_, 32), y)
            }
        }
    }

    function leafOf(uint256 index, bytes memory content) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encodePacked(index, content))));
    }

    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        bytes32[] memory level = leaves;
        while (level.length > 1) level = _above(level);
        return level[0];
    }

    function merkleProof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory path = new bytes32[](32);
        uint256 depth;
        bytes32[] memory level = leaves;
        while (level.length > 1) {
            uint256 sibling = index ^ 1;
            if (sibling < level.length) path[depth++] = level[sibling];
            level = _above(level);
            index /= 2;
        }
        proof = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            proof[i] = path[i];
        }
    }

    /// @dev A proof that vk_x = x·G1, with randomness t.
    function simulate(uint256 x, uint256 t) internal view returns (Proof memory proof) {
        (proof.a[0], proof.a[1]) = g1(t % R);
        (proof.b[0][0], proof.b[0][1], proof.b[1][0], proof.b[1][1]) =
            abi.decode(generatorG2(), (uint256, uint256, uint256, uint256));
        uint256 c = mulmod(addmod(t, R - addmod(21, x, R), R), HALF, R);
        (proof.c[0], proof.c[1]) = g1(c);
    }

    function toScalar(int256 value) internal pure returns (uint256) {
        return value < 0 ? R - uint256(-value) : uint256(value);
    }

    function _above(bytes32[] memory level) private pure returns (bytes32[] memory next) {
        next = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            if (2 * i + 1 == level.length) {
                next[i] = level[2 * i];
                continue;
            }
            (bytes32 left, bytes32 right) = (level[2 * i], level[2 * i + 1]);
            next[i] = left < right ? keccak256(abi.encode(left, right)) : keccak256(abi.encode(right, left));
        }
    }
}
