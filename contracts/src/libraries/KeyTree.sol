// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title Membership in a key's Merkle tree, whose root is the keyId
library KeyTree {
    /// @notice keccak256(keccak256(uint256(index) ‖ content)). The index is inside, so that rows cannot be swapped.
    function leaf(uint256 index, bytes calldata content) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encodePacked(index, content))));
    }

    /// @notice Whether `content` is leaf `index` of the tree.
    function isLeaf(bytes32 keyId, uint256 index, bytes calldata content, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        return MerkleProof.verifyCalldata(proof, keyId, leaf(index, content));
    }
}
