// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {CreditVault} from "../src/CreditVault.sol";
import {ICreditVault} from "../src/interfaces/ICreditVault.sol";
import {ActionRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title What debts earn, whose it is, and how it is rounded
contract InterestTest is Fixture {
    uint256 private constant UNIT = 1e18;
    /// @dev About 10 % a year.
    uint64 private constant TENTH = uint64(UNIT / 10 / 365 days);

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(10e18);
    }

    function _index(uint256 time) private view returns (uint256) {
        return manager.debtIndexOf(address(vault), uint64(time));
    }

    /// @dev The rate from the next epoch on, which begins.
    function _rate(uint64 perSecond) private returns (uint64 from) {
        vault.setRate(perSecond);
        from = nextEpoch() * HOUR;
    }

    function _repay(uint256 amount) private returns (uint128) {
        vm.prank(keeper);
        return vault.repay(trader, amount);
    }

    // ---- the rate

    function test_K22_Rate_OneAboveTheBound_Refused() public {
        uint64 most = vault.MAXIMUM_RATE();
        assertEq(most, UNIT / 365 days, "100 % a year");
        vault.setRate(most);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.RateTooHigh.selector, most + 1, most));
        vault.setRate(most + 1);
        bytes32 role = vault.VAULT_GOVERNOR_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, thief, role)
        );
        vm.prank(thief);
        vault.setRate(0);
    }

    /// @dev Whatever is proved at an epoch ends with it, so that no rate reaches into one.
    function test_K22_Rate_CountsFromTheEndOfTheEpoch() public {
        drawNow(1_000e6);
        uint256 end = (vm.getBlockTimestamp() / HOUR + 1) * HOUR;
        vault.setRate(TENTH);
        assertEq(vault.debtOf(trader), 1_000e6, "nothing is due at once");
        vm.warp(end);
        assertEq(vault.debtOf(trader), 1_000e6, "nor at the end of the epoch");
        vm.warp(end + 1);
        assertEq(_index(end + 1), UNIT + TENTH, "a second later it grows");
        assertEq(vault.debtOf(trader), 1_000e6 + 4, "3.17 units a second, rounded up");
    }

    function test_Interest_IsSimple_BetweenChangesOfTheRate() public {
        uint64 from = _rate(TENTH);
        vm.warp(from + 365 days);
        uint256 grown = UNIT + uint256(TENTH) * 365 days;
        assertEq(_index(from + 365 days), grown, "a year at one rate");
        vault.setRate(2 * TENTH);
        uint256 then = from + 365 days + HOUR;
        assertEq(_index(then), grown + uint256(TENTH) * HOUR, "the old rate to the end of the epoch");
        uint256 perSecond = _index(then) * 2 * TENTH / UNIT;
        assertEq(_index(then + 10 days), _index(then) + perSecond * 10 days, "the new one on what there is");
    }

    // ---- debts

    function testFuzz_Interest_DrawAndRepayAll_NeverLeaveTheLendersWithLess(
        uint256 amount,
        uint64 perSecond,
        uint256 time,
        uint256 part
    ) public {
        uint64 from = _rate(uint64(bound(perSecond, 0, vault.MAXIMUM_RATE())));
        vm.warp(from + bound(time >> 128, 0, 6 hours));
        nextEpoch();
        uint256 before = vault.totalAssets();
        amount = bound(amount, 100e6, 10_000e6);
        drawNow(amount);
        assertTrue(vault.debtOf(trader) >= amount, "what is lent is owed");
        assertTrue(vault.debtOf(trader) <= amount + 2, "and no more than units round up to");
        assertTrue(vault.totalAssets() >= before, "lending costs the lenders nothing");
        vm.warp(vm.getBlockTimestamp() + bound(time, 0, 365 days));
        before = vault.totalAssets();
        uint256 debt = vault.debtOf(trader);
        part = bound(part, 1, debt);
        _repay(part);
        assertTrue(vault.debtOf(trader) + part >= debt, "a part takes away no more than it pays");
        assertTrue(vault.debtOf(trader) + part <= debt + 3, "and little less");
        _repay(type(uint256).max);
        assertTrue(vault.debtOf(trader) == 0 && vault.unitsOf(trader) == 0, "all of it takes all units away");
        assertTrue(vault.totalAssets() >= before, "nothing of it is lost");
        assertEq(vault.totalDebt(), 0, "no dust of debt");
        assertTrue(manager.vaultOf(trader) == address(0), "owes nobody");
    }

    /// @dev The leg of a draw is known before its block is: it counts from the start of the epoch to its end.
    function test_Draw_ProofMadeEarlier_HoldsUntilTheEpochEnds() public {
        _rate(TENTH);
        uint64 epoch = nextEpoch();
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        b.deadline = uint64((epoch + 1) * HOUR);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, moreShort(1_000e6, epoch), 0);
        vm.warp(b.deadline);
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
        uint256 units = (1_000e6 * UNIT + _index(epoch * HOUR) - 1) / _index(epoch * HOUR);
        assertEq(vault.unitsOf(trader), units, "units of the epoch's start, up");
        (, uint64[] memory short) = manager.legOf(trader, epoch);
        assertEq(short[USD], (units * _index(b.deadline) + UNIT - 1) / UNIT, "the leg has the interest to its end");
    }

    /// @dev The limit is about the debt at the end of the epoch.
    function test_Draw_AtTheLimit_CountsTheInterestOfTheEpoch() public {
        _rate(vault.MAXIMUM_RATE());
        uint64 epoch = nextEpoch();
        uint256 limit = vault.debtLimitOf(trader, epoch);
        Binds memory b = actionBinds(3, address(usd), limit);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, moreShort(limit, epoch), 0);
        uint256 debt = (limit * _index((epoch + 1) * HOUR) + _index(epoch * HOUR) - 1) / _index(epoch * HOUR);
        assertTrue(debt > limit, "an hour costs something");
        vm.expectPartialRevert(ICreditVault.DebtAboveLimit.selector);
        vm.prank(trader);
        vault.draw(limit, request, proof);
        drawNow(limit * _index(epoch * HOUR) / _index((epoch + 1) * HOUR));
        assertTrue(vault.debtOf(trader) <= limit, "with room for the hour it passes");
    }

    // ---- whose it is

    function test_Interest_ATenthGoesToTheReserve_TheRestToTheShares() public {
        drawNow(10_000e6);
        uint64 from = _rate(TENTH);
        vm.warp(from + 365 days);
        uint256 interest = vault.totalDebt() - 10_000e6;
        assertEq(interest, uint256(10_000e6) * TENTH * 365 days / UNIT, "a tenth of the debt, down");
        assertEq(vault.reserve(), interest / 10, "a tenth of that, seen before anybody counts it");
        assertEq(vault.totalAssets(), 1e12 + interest - interest / 10, "shares have the rest");
        uint256 reserve = vault.reserve();
        _repay(type(uint256).max);
        assertEq(vault.reserve(), reserve, "counting it changes nothing");
        vm.warp(vm.getBlockTimestamp() + 365 days);
        assertEq(vault.reserve(), reserve, "without debts nothing is earned");
    }

    /// @dev Counted often or seldom, the reserve gets the same but for what rounding leaves to the shares.
    function testFuzz_Interest_CountedInSteps_LosesLessThanAUnitAStep(uint256 amount, uint256 steps) public {
        steps = bound(steps, 1, 20);
        drawNow(bound(amount, 1_000e6, 10_000e6));
        vm.warp(_rate(TENTH) + 1 days);
        uint256 before = vault.reserve();
        for (uint256 i = 0; i < steps; ++i) {
            vm.warp(vm.getBlockTimestamp() + 1 days);
            _repay(1);
            assertTrue(vault.reserve() >= before, "it never falls");
            before = vault.reserve();
            assertEq(vault.totalAssets() + before, vault.liquid() + vault.totalDebt(), "shares and reserve are all");
        }
        uint256 interest = uint256(vault.unitsOf(trader)) * (_index(vm.getBlockTimestamp()) - UNIT) / UNIT;
        assertTrue(before <= interest / 10 + steps, "no more than its share of what was owed at the end and before");
        assertTrue(before + steps + 1 >= interest / 10, "no less");
    }

    /// @dev Whoever lends for a while earns for that while.
    function test_Interest_ALaterLender_DoesNotShareWhatCameBefore() public {
        drawNow(10_000e6);
        vm.warp(_rate(TENTH) + 365 days);
        usd.mint(thief, 1e12);
        vm.startPrank(thief);
        usd.approve(address(vault), 1e12);
        vault.deposit(1e12, thief);
        vm.stopPrank();
        assertTrue(vault.maxWithdraw(thief) <= 1e12, "nothing of the past");
        assertTrue(vault.maxWithdraw(thief) + 2 >= 1e12, "and nothing lost");
    }

    /// @dev A vault that the manager does not know lends nothing.
    function test_Draw_UnregisteredVault_Refused() public {
        CreditVault stranger = new CreditVault(vaultTerms(address(usd), USD, policyId));
        usd.mint(lender, 1e9);
        vm.startPrank(lender);
        usd.approve(address(stranger), 1e9);
        stranger.deposit(1e9, lender);
        vm.stopPrank();
        Proof memory none;
        ActionRequest memory request = ActionRequest(sheet.newestEpoch(), 0, type(uint64).max, trader);
        vm.prank(trader);
        (bool ok,) = address(stranger).call(abi.encodeCall(stranger.draw, (100e6, request, none)));
        assertTrue(!ok && stranger.liquid() == 1e9, "refused");
    }
}
