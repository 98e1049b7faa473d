// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {AttestRequest, IRiskManager} from "../src/interfaces/IRiskManager.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

contract AttestTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
    }

    function test_Attest_Honest_IsCompliant() public {
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "before");
        attestNow(trader);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "after");
        assertEq(manager.nonceOf(trader, 1), 1, "nonce");
    }
}
