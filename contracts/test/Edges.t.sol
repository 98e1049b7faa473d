// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IPolicyRegistry, Limits} from "../src/interfaces/IPolicyRegistry.sol";
import {IPriceSheet, SheetConfig, SlotConfig} from "../src/interfaces/IPriceSheet.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../src/interfaces/Types.sol";
import {Params} from "../src/libraries/Params.sol";
import {PriceSheet} from "../src/PriceSheet.sol";
import {HookToken} from "./Tokens.t.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @dev Answers one byte less than a round has.
contract ShortFeed {
    int256 private immutable _price;

    constructor(int256 price) {
        _price = price;
    }

    function decimals() external pure returns (uint8) {
        return 8;
    }

    function latestRoundData() external view {
        int256 price = _price;
        assembly ("memory-safe") {
            let ptr := mload(0x40)
            mstore(ptr, 1)
            mstore(add(ptr, 32), price)
            mstore(add(ptr, 64), timestamp())
            mstore(add(ptr, 96), timestamp())
            mstore(add(ptr, 128), 1)
            return(ptr, 159)
        }
    }
}

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
        (uint64[] memory before,) = manager.legOf(trader, sheet.newestEpoch());
        manager.registerToken(3, address(new HookToken()));
        depositEth(1e18);
        (uint64[] memory later,) = manager.legOf(trader, sheet.newestEpoch());
        assertEq(later[ETH], 2 * before[ETH], "twice the ether is twice the lots");
    }

    /// @dev What blocks a slot stands in the compliance proof, and in no other.
    function test_K9_BlockedSlot_StandsInCompliance() public {
        commitFor(trader);
        pushPrice(ETH, 4_000e8);
        nextEpoch();
        (, uint128 blocked) = sheet.epochMeta(sheet.newestEpoch());
        assertEq(blocked, 1 << ETH, "ether deviates");
        attestNow(trader);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "the proof names the blocked slot");
    }

    /// @dev Less than a lot of a blocked slot is nothing, and what is held of others is no reason to refuse.
    function test_K9_DustInABlockedSlot_StopsNothing() public {
        commitFor(trader);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        vault.setCap(2, 1_000e6);
        drawNow(200e6);
        depositEth(1);
        // The deposit ended the first statement.
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        pushPrice(ETH, 4_000e8);
        nextEpoch();
        (, uint128 blocked) = sheet.epochMeta(sheet.newestEpoch());
        assertEq(blocked, 1 << ETH, "ether deviates");
        drawNow(100e6);
        assertEq(vault.debtOf(trader), 300e6, "drawn");
    }

    /// @dev What cannot be sold any more stops counting at once; a slot beside it goes step by step.
    function test_K22_DelistedSlot_ThresholdFallsToZero_OthersStep() public {
        sheet.proposeDelisting(ETH);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        sheet.delist(ETH);
        bytes memory values = parameterValues();
        (values[4 * ETH + 2], values[4 * ETH + 3]) = (0, 0);
        (values[4 * 3 + 2], values[4 * 3 + 3]) = (0, 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.ParameterStepTooLarge.selector, 0, 3, 8_000, 0));
        sheet.proposeParameters(values);
        values = parameterValues();
        (values[4 * ETH + 2], values[4 * ETH + 3]) = (0, 0);
        sheet.proposeParameters(values);
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newSheet(uint32 epochSeconds) external {
        SheetConfig memory config;
        (config.admin, config.registry) = (address(this), address(registry));
        (config.weekdayMask, config.genesisDay, config.epochSeconds) = (0x7f, GENESIS, epochSeconds);
        config.slots = new SlotConfig[](N);
        new PriceSheet(config);
    }

    function test_Epoch_ZeroSeconds_Refused() public {
        this.newSheet(1);
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.CalendarInvalid.selector, 0x7f, GENESIS, 0));
        this.newSheet(0);
    }

    function test_SlotConfig_ReadBack() public view {
        SlotConfig memory config = sheet.slotConfig(ETH);
        assertEq(uint160(config.feed), uint160(address(feeds[ETH])), "feed");
        assertEq(config.decimals, 6, "decimals");
        assertEq(config.heartbeat, 1 days, "heartbeat");
        assertEq(config.deviationCapBps, 2_000, "cap");
    }

    /// @dev A 64th stays behind with every call: what is asked for is that much more than a feed may use.
    function test_K9_FeedGas_AskedFor() public {
        vm.warp(vm.getBlockTimestamp() + 2 * HOUR);
        (bool ok, bytes memory reason) = address(sheet).call{gas: 150_000}(abi.encodeCall(sheet.snapshot, ()));
        assertTrue(!ok && bytes4(reason) == IPriceSheet.FeedGasTooLow.selector, "refused by name");
        uint256 needed;
        assembly ("memory-safe") {
            needed := mload(add(reason, 68))
        }
        uint256 feedGas = sheet.FEED_GAS();
        assertEq(feedGas, 100_000, "what an aggregator behind a proxy needs, several times");
        assertEq(needed, feedGas + feedGas / 32 + 3_000, "needed");
        assertTrue(needed - needed / 64 > feedGas, "a feed gets all of its gas");
    }

    function test_ContextOf_EveryFieldCounts() public view {
        uint256 honest = _context([uint256(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assertEq(honest, _expected([uint256(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "the hash of the page");
        for (uint256 i = 1; i < 11; ++i) {
            uint256[11] memory fields = [uint256(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
            fields[i] = 99;
            assertTrue(_context(fields) != honest, "a field that does not count");
        }
    }

    function _context(uint256[11] memory f) private view returns (uint256) {
        return manager.contextOf(
            uint8(f[0]), address(uint160(f[1])), bytes32(f[2]), address(uint160(f[3])), uint64(f[4]),
            address(uint160(f[5])), uint8(f[6]), bytes32(f[7]), uint64(f[8]), uint64(f[9]), uint64(f[10])
        );
    }

    function _expected(uint256[11] memory f) private view returns (uint256) {
        bytes memory head = abi.encode(Params.CONTEXT_DOMAIN, block.chainid, f[1], keys[1].keyId, f[2]);
        bytes memory rest = abi.encode(f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]);
        return uint256(keccak256(bytes.concat(head, rest))) % R;
    }

    /// @dev Escrow stays in the leg when the debt beside it is gone.
    function test_Leg_AfterTheLastRepayment_KeepsEscrow() public {
        commitFor(trader);
        depositEth(1e18);
        drawNow(500e6);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        assertEq(long[ETH], 1e6, "escrow beside the debt");
        assertEq(short[USD], 500e6, "debt");
        vm.prank(trader);
        vault.repay(trader, 500e6);
        (long, short) = manager.legOf(trader, sheet.newestEpoch());
        assertEq(long[ETH], 1e6, "escrow");
        assertEq(short[USD], 0, "debt");
    }

    /// @dev The claim that is missing is named with what it would have had to be, rounded up.
    function test_K28_ClaimLeftOut_NamedRoundedUp() public {
        commitFor(trader);
        depositEth(1e18 + 1);
        drawNow(500e6);
        LiquidationRequest memory request = liquidationOf(trader, 500e6, 10_000);
        request.claims = new LegClaim[](0);
        Proof memory proof = liquidationProof(request);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LegClaimTooLow.selector, ETH, 0, 1e6 + 1));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function test_K22_BorrowFactor_HasTheFactorsStep() public {
        bytes memory values = parameterValues();
        // 11 000 and 1 001 more.
        (values[4 * (N + ETH) + 2], values[4 * (N + ETH) + 3]) = (bytes1(uint8(12_001 >> 8)), bytes1(uint8(12_001 & 0xff)));
        vm.expectRevert(abi.encodeWithSelector(IPriceSheet.ParameterStepTooLarge.selector, 1, ETH, 11_000, 12_001));
        sheet.proposeParameters(values);
        values[4 * (N + ETH) + 3] = bytes1(uint8(12_000 & 0xff));
        sheet.proposeParameters(values);
    }

    /// @dev Three who differ: the operator is allowed to, the receiver is paid, the owner's shares go.
    function test_Erc4626_Withdraw_ForAnother_PaysTheReceiver() public {
        vm.prank(lender);
        vault.approve(keeper, type(uint256).max - 1);
        uint256 shares = vault.balanceOf(lender);
        vm.prank(keeper);
        uint256 burnt = vault.withdraw(5e6, thief, lender);
        assertEq(usd.balanceOf(thief), 5e6, "the receiver is paid");
        assertEq(vault.balanceOf(lender), shares - burnt, "the owner's shares");
        assertEq(vault.allowance(lender, keeper), type(uint256).max - 1 - burnt, "the operator's allowance");
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, thief, 0, vault.previewWithdraw(5e6))
        );
        vm.prank(thief);
        vault.withdraw(5e6, keeper, lender);
    }

    function test_Admin_GovernsEveryContract() public view {
        assertTrue(sheet.hasRole(0, address(this)), "sheet");
        assertTrue(registry.hasRole(0, address(this)), "registry");
        assertTrue(manager.hasRole(0, address(this)), "manager");
        assertTrue(vault.hasRole(0, address(this)), "vault");
    }

    function test_PolicyId_IsTheHashOfThePage() public view {
        bytes memory whole = abi.encode(
            keccak256("zkrisk.policy.v1"), block.chainid, address(policies), trader, "name", uint32(7)
        );
        assertTrue(policies.policyIdOf(trader, "name", 7) == keccak256(whole), "chain, registry, owner, name, version");
    }

    function test_Policy_EveryLevelExists_AndNoOther() public {
        for (uint8 level = 1; level <= 3; ++level) {
            policies.register("level", limits(level));
        }
        Limits memory beyond = limits(4);
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.AssuranceInvalid.selector, 4));
        policies.register("level", beyond);
        beyond = limits(0);
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.AssuranceInvalid.selector, 0));
        policies.register("level", beyond);
    }

    function test_Policy_RevertWhen_MoreThanWhollyCovered() public {
        Limits memory asked = limits(1);
        asked.minCoverageBps = 10_000;
        policies.register("coverage", asked);
        asked.minCoverageBps = 10_001;
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.CoverageInvalid.selector, 10_001));
        policies.register("coverage", asked);
    }

    /// @dev What is delisted has days without a move, whatever its feed says.
    function test_K9_RecordClose_Delisted_RepeatsTheCloseBefore() public {
        sheet.proposeDelisting(ETH);
        uint32 day = GENESIS + uint32(S) + 1;
        uint256 midnight = (uint256(day) + 1) * 86_400;
        vm.warp(midnight + 1 days);
        sheet.delist(ETH);
        vm.warp(midnight - 300);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, basePrice(slot) * 101 / 100);
        }
        vm.warp(midnight + 1 days);
        sheet.recordClose(day, roundIds(feeds[ETH].lastRound()));
        (uint32 count,,) = sheet.closeState();
        assertEq(sheet.closesOf(count - 1)[ETH], sheet.closesOf(count - 2)[ETH], "a day without a move");
        assertEq(sheet.closesOf(count - 1)[3], uint256(basePrice(3)) * 101, "the others have theirs");
    }

    /// @dev A round of 159 bytes is not a round.
    function test_K9_ShortAnswer_IsInvalid() public {
        vm.etch(address(feeds[ETH]), address(new ShortFeed(2_000e8)).code);
        nextEpoch();
        assertEq(uint8(sheet.slotStatus(ETH)), 2, "invalid");
    }
}

/// @title A universe of three words without an unused slot at its end
contract EdgesFullUniverseTest is Fixture {
    function tier() internal pure override returns (uint16[4] memory) {
        return [uint16(12), 16, 4, 2];
    }

    function isUsed(uint256 slot) internal pure override returns (bool) {
        return slot != 0;
    }

    /// @dev The others are no reason to refuse when one word lacks a price.
    function test_K9_FeedDown_InAnyWord_BlocksThatSlot() public {
        uint256 state = vm.snapshotState();
        for (uint256 slot = 1; slot < N; ++slot) {
            pushPrice(slot, 0);
            nextEpoch();
            (, uint128 blocked) = sheet.epochMeta(sheet.newestEpoch());
            assertEq(blocked, 1 << slot, "blocked");
            vm.revertToState(state);
        }
    }

    function test_Snapshot_LastSlot_IsRead() public {
        pushPrice(N - 1, basePrice(N - 1) * 101 / 100);
        nextEpoch();
        assertEq(uint8(sheet.slotStatus(uint8(N - 1))), 0, "status");
        assertEq(sheet.priceOf(sheet.newestEpoch(), uint8(N - 1)), uint256(basePrice(N - 1)) * 101, "price");
        commitFor(trader);
        attestNow(trader);
    }
}
