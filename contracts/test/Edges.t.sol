// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {HookToken} from "./Tokens.t.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Last and first places of packed words
contract EdgesTest is Fixture {
    /// @dev Prices lie four to a word: each slot alone must be missed under its own number.
    function test_K9_EverySlotAlone_WithoutAPrice_Missed() public {
        deploySheet();
        for (uint32 day = 0; day <= S; ++day) {
            sheet.recordClose(GENESIS + day, roundIds(day + 1));
        }
        sheet.proposeParameters(parameterValues());
        for (uint8 kind = 1; kind <= 3; ++kind) {
            foldAllParameters(kind, 1, 1);
        }
        for (uint256 i = 0; i < S; ++i) {
            roll(1);
        }
        uint256 state = vm.snapshotState();
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, 0);
            uint64 epoch = sheet.snapshot();
            vm.expectRevert(abi.encodeWithSelector(IPriceSheet.PriceMissing.selector, slot));
            sheet.fold(2, epoch);
            vm.revertToState(state);
        }
        sheet.fold(2, sheet.snapshot());
    }

    /// @dev Exponents lie 32 to a word: a token of other decimals beside must not change what a lot of the first is.
    function test_RegisterToken_SecondInAWord_KeepsTheFirst() public {
        commitFor(trader);
        depositEth(1e18);
        (uint64[] memory before,) = manager.legOf(trader);
        manager.registerToken(3, address(new HookToken()));
        depositEth(1e18);
        (uint64[] memory later,) = manager.legOf(trader);
        assertEq(later[ETH], 2 * before[ETH], "twice the ether is twice the lots");
    }
}
