// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Params} from "./Params.sol";

/// @title A list of public values as one public signal (docs/protocol.md, Binding)
library Fingerprint {
    /// @notice Thrown when a value is not below the scalar field's order. @param index Its place in the list.
    error ValueNotCanonical(uint256 index);

    /// @notice Σ values[i] · point^(n − 1 − i) modulo the scalar field's order.
    function evaluate(uint256[] memory values, uint256 point) internal pure returns (uint256 total) {
        uint256 r = Params.SCALAR_MODULUS;
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] >= r) revert ValueNotCanonical(i);
            total = addmod(mulmod(total, point, r), values[i], r);
        }
    }
}
