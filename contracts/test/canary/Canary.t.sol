// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Assertions} from "../utils/Assertions.sol";

/// @notice Must fail: a runner that reports success for it reports success for anything.
contract CanaryTest is Assertions {
    function test_T1_Canary_MustFail() public pure {
        assertTrue(false, "the canary");
    }
}
