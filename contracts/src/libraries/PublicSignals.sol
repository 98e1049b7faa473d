// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SetRange} from "../interfaces/ICircuitRegistry.sol";
import {Params} from "./Params.sol";

/// @title Where the public signals stand, and their points in the key blob (docs/protocol.md)
library PublicSignals {
    /// @dev alpha, beta, gamma, delta.
    uint256 internal constant HEADER_BYTES = 448;
    /// @dev Signal numbers of the DYNAMIC set.
    uint256 internal constant COMMITMENT = 1;
    uint256 internal constant OWNER = 2;
    uint256 internal constant CONTEXT = 3;
    uint256 internal constant THRESHOLD = 4;

    /// @notice Size of the DYNAMIC set.
    function dynamicCount(uint8 kind) internal pure returns (uint256) {
        return kind == Params.CIRCUIT_KIND_COMPLIANCE ? 3 : 4;
    }

    /// @notice Byte offset in the key blob of IC_signal, a number that a key has.
    function offsetOf(uint256 signal) internal pure returns (uint256) {
        unchecked {
            return HEADER_BYTES + 64 * signal;
        }
    }

    /// @notice First signal of the LEG set: N longs, then N shorts.
    function legFirst(uint8 kind) internal pure returns (uint256) {
        unchecked {
            return dynamicCount(kind) + 1;
        }
    }

    /// @notice First signal of the PRICES set: N − 1 prices, then for compliance N − 1 blocked bits.
    function pricesFirst(uint8 kind, uint256 instruments) internal pure returns (uint256) {
        return legFirst(kind) + 2 * instruments;
    }

    /// @notice First signal of the POLICY set of compliance.
    function policyFirst(uint256 instruments) internal pure returns (uint256) {
        return pricesFirst(Params.CIRCUIT_KIND_COMPLIANCE, instruments) + 2 * (instruments - 1);
    }

    /// @notice Size of the POLICY set of compliance.
    function policyCount(uint256 sectors) internal pure returns (uint256) {
        return Params.STATEMENTS + Params.POLICY_SCALARS + sectors;
    }

    /// @notice Bytes of the key blob. Behind it in the code come the tables of the price points (PriceTable).
    function blobBytes(uint8 kind, uint256 instruments, uint256 sectors) internal pure returns (uint256) {
        if (kind != Params.CIRCUIT_KIND_COMPLIANCE) return offsetOf(pricesFirst(kind, instruments) + instruments - 1);
        return offsetOf(policyFirst(instruments) + policyCount(sectors));
    }

    /// @notice Rows of the PARAMETERS set.
    function parameterRows(uint8 kind, uint256 stresses, uint256 sectors) internal pure returns (uint256) {
        return kind == Params.CIRCUIT_KIND_COMPLIANCE ? 2 + sectors + stresses : 2;
    }

    /// @notice The six sets of a kind in a tier, contiguous from signal 1 on.
    function setRanges(uint8 kind, uint256 instruments, uint256 scenarios, uint256 stresses, uint256 sectors)
        internal
        pure
        returns (SetRange[6] memory ranges)
    {
        bool full = kind == Params.CIRCUIT_KIND_COMPLIANCE;
        uint256[6] memory counts = [
            dynamicCount(kind),
            2 * instruments,
            (full ? 2 : 1) * (instruments - 1),
            full ? policyCount(sectors) : 0,
            parameterRows(kind, stresses, sectors) * instruments,
            full ? scenarios * instruments : 0
        ];
        uint256 first = 1;
        for (uint256 set = 0; set < 6; ++set) {
            ranges[set] = SetRange({first: uint32(first), count: uint32(counts[set])});
            first += counts[set];
        }
    }
}
