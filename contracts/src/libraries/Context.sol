// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LegClaim} from "../interfaces/Types.sol";
import {Params} from "./Params.sol";

/// @notice All that a proof is bound to (docs/protocol.md, Context). `domain` and `chainId` are filled in when it is hashed.
struct Binding {
    bytes32 domain;
    uint256 chainId;
    address target;
    bytes32 keyId;
    bytes32 policyId;
    address account;
    uint64 sequence;
    address beneficiary;
    uint8 action;
    bytes32 actionHash;
    uint64 epoch;
    uint64 nonce;
    uint64 deadline;
}

/// @title The context hash and the action hashes
library Context {
    /// @notice keccak256 over the domain, this chain and the binding, modulo the scalar field's order.
    /// @dev In memory the fields stand as abi.encode writes them, one a word: encoding them again would cost a thousand gas.
    function hash(Binding memory binding) internal view returns (uint256 context) {
        (binding.domain, binding.chainId) = (Params.CONTEXT_DOMAIN, block.chainid);
        uint256 order = Params.SCALAR_MODULUS;
        assembly ("memory-safe") {
            context := mod(keccak256(binding, 416), order)
        }
    }

    /// @notice Action hash of UPDATE.
    function updateHash(uint256 commitment) internal pure returns (bytes32) {
        return keccak256(abi.encode(commitment));
    }

    /// @notice Action hash of DRAW and WITHDRAW.
    function transferHash(address token, uint256 amount) internal pure returns (bytes32) {
        return keccak256(abi.encode(token, amount));
    }

    /// @notice Action hash of LIQUIDATE.
    function liquidationHash(uint256 repayAmount, uint8 seizeSlot, uint16 thresholdBps, LegClaim[] calldata claims)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(repayAmount, seizeSlot, thresholdBps, claims));
    }
}
