// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {CreditVault} from "../src/CreditVault.sol";
import {ICreditVault, VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, Bound, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../src/interfaces/Types.sol";
import {FakeClock} from "./utils/FakeClock.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Three ways to a liquidation, each by its own condition, and one rule for what it repays, seizes and credits
/// @dev The bonus is 5 % at a threshold of 10 000 and 10 % at 9 000, or two hours after an answer was due.
contract LiquidationTest is Fixture {
    uint64 private constant SPAN = 2 hours;
    address private constant CHALLENGER = address(0xc4a11e);

    FakeClock private clock;

    function setUp() public override {
        clock = new FakeClock();
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
        drawNow(1_500e6);
        usd.mint(keeper, 1e12);
    }

    function vaultTerms(address asset, uint8 slot, bytes32 policy)
        internal
        view
        override
        returns (VaultConfig memory terms)
    {
        terms = super.vaultTerms(asset, slot, policy);
        (terms.maximumBonusBps, terms.bonusSeconds) = (1_000, uint32(SPAN));
        (terms.heartbeat, terms.desk) = (address(clock), address(clock));
    }

    function _proved(uint256 repay, uint16 thresholdBps) private returns (uint128 repaid, uint128 seized) {
        LiquidationRequest memory request = liquidationOf(trader, repay, thresholdBps);
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        return vault.liquidate(request, proof);
    }

    function _unanswered(uint256 repay) private returns (uint128 repaid, uint128 seized) {
        vm.prank(keeper);
        return vault.liquidateUnanswered(trader, repay, ETH);
    }

    function _expectUnanswered(bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(keeper);
        vault.liquidateUnanswered(trader, 100e6, ETH);
    }

    /// @dev What a payment buys of the ether with a bonus, rounded down.
    function _worthOf(uint256 repaid, uint256 bonusBps) private view returns (uint256) {
        uint64 epoch = sheet.newestEpoch();
        uint256 per = uint256(sheet.priceOf(epoch, ETH)) * 10_000;
        return repaid * 1e12 * sheet.priceOf(epoch, USD) * (10_000 + bonusBps) / per;
    }

    // ---- depth

    function test_Bonus_RisesWithTheProvedDepth_LinearlyToItsMaximum() public {
        uint16[7] memory thresholds = [uint16(10_000), 9_999, 9_500, 9_001, 9_000, 8_999, 1];
        uint16[7] memory bonuses = [uint16(500), 500, 750, 999, 1_000, 1_000, 1_000];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < thresholds.length; ++i) {
            (uint128 repaid, uint128 seized) = _proved(300e6, thresholds[i]);
            assertEq(repaid, 300e6, "repaid");
            assertEq(seized, _worthOf(300e6, bonuses[i]), "with the bonus of the threshold");
            vm.revertToState(state);
        }
    }

    function test_Threshold_OneBeyondItsRange_Refused() public {
        uint16[2] memory beyond = [uint16(0), 10_001];
        for (uint256 i = 0; i < beyond.length; ++i) {
            LiquidationRequest memory request = liquidationOf(trader, 300e6, beyond[i]);
            Proof memory proof = liquidationProof(request);
            vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ThresholdInvalid.selector, beyond[i]));
            vm.prank(keeper);
            vault.liquidate(request, proof);
        }
    }

    function test_K17_CloseFactor_HalfAbove9500_AllAtAndBelow() public {
        uint256 state = vm.snapshotState();
        (uint128 repaid,) = _proved(type(uint128).max, 9_501);
        assertEq(repaid, 750e6, "half");
        vm.revertToState(state);
        (repaid,) = _proved(type(uint128).max, 9_500);
        assertEq(repaid, 1_500e6, "all");
        assertEq(vault.debtOf(trader), 0, "nothing left");
    }

    /// @dev Half would leave less than the minimum: all of it, and no less.
    function test_K17_HalfWouldLeaveDust_AllOfIt() public {
        vm.prank(keeper);
        vault.repay(trader, 1_500e6 - 199e6);
        uint256 state = vm.snapshotState();
        (uint128 repaid,) = _proved(100e6, 10_000);
        assertEq(repaid, 99e6, "a part is cut so that no dust is left");
        vm.revertToState(state);
        (repaid,) = _proved(type(uint128).max, 10_000);
        assertEq(repaid, 199e6, "all");
    }

    /// @dev A call of its own, so that its revert can be expected.
    function provedBy(uint256 repay) external {
        _proved(repay, 10_000);
    }

    /// @dev Without a proof the leg itself says how deep: the next basis point above its health factor.
    function testFuzz_SelfDeclared_BonusOfTheLegsOwnDepth(uint256 price) public {
        moveEth(int256(bound(price, 1_700e8, 1_874e8)));
        (uint64[] memory long, uint64[] memory short) = manager.liquidationLegOf(trader);
        uint64 epoch = sheet.newestEpoch();
        uint256 assets = uint256(long[ETH]) * sheet.priceOf(epoch, ETH) * 8_000;
        uint256 debts = uint256(short[USD]) * sheet.priceOf(epoch, USD) * 10_000;
        uint256 health = assets * 10_000 / debts;
        uint256 depth = 10_000 - (health + 1);
        vm.prank(keeper);
        (uint128 repaid, uint128 seized) = vault.liquidateSelfDeclared(trader, 300e6, ETH);
        uint256 bonus = 500 + (depth > 1_000 ? 500 : depth / 2);
        assertEq(seized, _worthOf(repaid, bonus), "the bonus of that depth");
    }

    // ---- silence

    function test_K16_Unanswered_OnlyAfterItsTime() public {
        bytes memory refused = abi.encodeWithSelector(ICreditVault.NotUnanswered.selector, trader);
        _expectUnanswered(refused);
        uint64 due = uint64(vm.getBlockTimestamp() + 600);
        clock.setChallenge(trader, CHALLENGER, due);
        _expectUnanswered(refused);
        vm.warp(due);
        _expectUnanswered(refused);
        vm.warp(due + 1);
        (uint128 repaid,) = _unanswered(type(uint128).max);
        assertEq(repaid, 750e6, "half of it");
        clock.setChallenge(trader, address(0), 0);
        _expectUnanswered(refused);
    }

    /// @dev The same whoever vouched for the account: silence says nothing about its book.
    function test_K16_Unanswered_AnyLevelAnyHealth() public {
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        clock.setChallenge(trader, CHALLENGER, uint64(vm.getBlockTimestamp() - 1));
        (uint128 repaid,) = _unanswered(300e6);
        assertEq(repaid, 300e6, "liquidated");
    }

    function test_K16_Unanswered_WithoutADesk_IsOff() public {
        VaultConfig memory terms = vaultTerms(address(usd), USD, policyId);
        (terms.heartbeat, terms.desk) = (address(0), address(0));
        CreditVault made = new CreditVault(terms);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.NotUnanswered.selector, trader));
        made.liquidateUnanswered(trader, 1, ETH);
    }

    /// @dev And one fifth of the bonus is the challenger's.
    function test_Unanswered_BonusRisesWithTime_AFifthIsTheChallengers() public {
        uint64 epochTime = uint64(vm.getBlockTimestamp());
        clock.setChallenge(trader, CHALLENGER, epochTime);
        uint64[5] memory since = [uint64(1), SPAN / 2, SPAN - 1, SPAN, SPAN + 1];
        uint256[5] memory bonuses = [uint256(500), 750, 999, 1_000, 1_000];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < since.length; ++i) {
            vm.warp(epochTime + since[i]);
            if (since[i] > 1 hours) _refresh();
            (uint128 repaid, uint128 seized) = _unanswered(300e6);
            assertEq(seized, _worthOf(repaid, bonuses[i]), "the bonus of the time");
            uint256 fifth = seized * bonuses[i] / (10_000 + bonuses[i]) / 5;
            assertEq(vault.claimableOf(CHALLENGER, address(eth)), fifth, "the challenger's");
            assertEq(vault.claimableOf(keeper, address(eth)), seized - fifth, "the keeper's");
            vm.revertToState(state);
        }
    }

    /// @dev A younger snapshot, so that the age of the last one is not what refuses.
    function _refresh() private {
        sheet.snapshot();
        foldNewest();
    }

    // ---- more than one slot

    /// @dev What the named slot does not cover comes from the others, so that no dust debt stays beside escrow.
    function test_K17_NamedSlotTooSmall_TheOthersPayTheRest() public {
        manager.registerToken(3, address(usd));
        vault.setCollateral(3, 5_000);
        usd.mint(trader, 3e6);
        vm.startPrank(trader);
        vault.depositEscrow(3, 3e6, trader);
        vm.stopPrank();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 9_500);
        request.seizeSlot = 3;
        request.claims = new LegClaim[](3);
        (request.claims[0], request.claims[1]) = (tightClaims(trader)[0], tightClaims(trader)[1]);
        request.claims[2] = LegClaim(3, 3e6, 0);
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        (uint128 repaid, uint128 seized) = vault.liquidate(request, proof);
        assertTrue(repaid == 1_500e6 && seized == 3e6, "all of the small slot");
        uint64 epoch = sheet.newestEpoch();
        uint256 asked = uint256(sheet.priceOf(epoch, USD)) * 10_750;
        uint256 small = (3e6 * uint256(sheet.priceOf(epoch, 3)) * 10_000 + asked - 1) / asked;
        assertEq(vault.escrowOf(trader, ETH), 1e18 - _worthOf(1_500e6 - small, 750), "the rest of the ether");
        assertTrue(vault.debtOf(trader) == 0 && vault.badDebtOf(trader) == 0, "nothing owed, nothing lost");
    }

    // ---- credits

    /// @dev A keeper and a challenger that a token refuses: the liquidation passes, and what is theirs waits.
    function test_K19_RefusedKeeper_LiquidationPasses_AndTheCreditWaits() public {
        clock.setChallenge(trader, CHALLENGER, uint64(vm.getBlockTimestamp() - 1));
        vm.mockCallRevert(address(eth), abi.encodeWithSelector(eth.transfer.selector), "blocked");
        (, uint128 seized) = _unanswered(300e6);
        vm.expectRevert("blocked");
        vm.prank(keeper);
        vault.claim(address(eth), keeper);
        vm.clearMockedCalls();
        vm.prank(keeper);
        uint256 own = vault.claim(address(eth), lender);
        vm.prank(CHALLENGER);
        uint256 part = vault.claim(address(eth), CHALLENGER);
        assertEq(own + part, seized, "all that was seized");
        assertTrue(eth.balanceOf(lender) == own && eth.balanceOf(CHALLENGER) == part, "where they want it");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.AmountInvalid.selector, 0));
        vm.prank(keeper);
        vault.claim(address(eth), keeper);
    }

    /// @dev K20: with the highest bonus, by proof, by the leg or by a challenge of its own, nobody gains.
    function testFuzz_K20_SelfLiquidation_InEveryWay_GainsNothing(uint256 price, uint256 repay, uint256 way) public {
        moveEth(int256(bound(price, 50e8, 1_870e8)));
        keeper = trader;
        usd.mint(trader, 1e12);
        clock.setChallenge(trader, trader, uint64(vm.getBlockTimestamp() - 1));
        repay = bound(repay, 1, 2_000e6);
        LiquidationRequest memory request = liquidationOf(trader, repay, 9_000);
        Proof memory proof = liquidationProof(request);
        int256 before = _worth();
        bytes memory data = abi.encodeCall(vault.liquidate, (request, proof));
        if (way % 3 == 1) data = abi.encodeCall(vault.liquidateSelfDeclared, (trader, repay, ETH));
        if (way % 3 == 2) data = abi.encodeCall(vault.liquidateUnanswered, (trader, repay, ETH));
        vm.prank(trader);
        (bool ok, bytes memory reason) = address(vault).call(data);
        bool isEarly = way % 3 == 2 && bytes4(reason) == ICreditVault.NotUnanswered.selector;
        assertTrue(ok || isEarly, "only writing off a silent account's debt too early is refused");
        assertTrue(_worth() <= before, "net worth");
    }

    /// @dev Dollars, escrow and credits of the trader less what it owes or owed, in 10^-28 dollars.
    function _worth() private view returns (int256) {
        uint64 epoch = sheet.newestEpoch();
        uint256 ethers =
            eth.balanceOf(trader) + vault.escrowOf(trader, ETH) + vault.claimableOf(trader, address(eth));
        int256 dollars = int256(usd.balanceOf(trader)) - int256(vault.debtOf(trader) + vault.badDebtOf(trader));
        return int256(ethers * sheet.priceOf(epoch, ETH)) + dollars * 1e12 * int256(uint256(sheet.priceOf(epoch, USD)));
    }

    // ---- silence of the account: REDUCING

    function test_K16_Reducing_NothingThatAddsRisk_EverythingThatDoesNot() public {
        clock.setReducing(trader, true);
        bytes memory refused = abi.encodeWithSelector(ICreditVault.AccountReducing.selector, trader);
        _expectAction(3, 50e6, refused);
        _expectAction(4, 1e12, refused);
        depositEth(1e17);
        vm.prank(trader);
        vault.repay(trader, 100e6);
        attestNow(trader);
        (uint128 repaid,) = _proved(300e6, 10_000);
        assertEq(repaid, 300e6, "it can be liquidated");
        vm.prank(keeper);
        vault.repay(trader, type(uint256).max);
        Proof memory none;
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1e12, ActionRequest(0, 0, 0, trader), none);
        clock.setReducing(trader, false);
        drawNow(100e6);
    }

    /// @dev Paid off with the challenge still open: a new debt would be liquidated for the old silence.
    function test_K16_UnansweredChallenge_NothingThatAddsRisk() public {
        clock.setChallenge(trader, thief, uint64(vm.getBlockTimestamp() - 1));
        bytes memory refused = abi.encodeWithSelector(ICreditVault.AccountReducing.selector, trader);
        _expectAction(3, 50e6, refused);
        _expectAction(4, 1e12, refused);
        clock.setChallenge(trader, thief, uint64(vm.getBlockTimestamp()));
        drawNow(100e6);
    }

    function _expectAction(uint8 action, uint256 amount, bytes memory reason) private {
        bool isDraw = action == 3;
        Binds memory b = actionBinds(action, isDraw ? address(usd) : address(eth), amount);
        (ActionRequest memory request, Proof memory proof) =
            actionProof(b, isDraw ? uint64(amount) : 0, isDraw ? 0 : uint64(amount / 1e12));
        vm.expectRevert(reason);
        vm.prank(trader);
        if (isDraw) vault.draw(amount, request, proof);
        else vault.withdrawEscrow(ETH, amount, request, proof);
    }

    // ---- credit on what venues signed

    /// @notice This test is the binder; nothing is revoked.
    function isRevoked(uint256) external pure returns (bool) {
        return false;
    }

    /// @dev Assets that may leave before an attestation can lapse carry nothing.
    function test_VenueSigned_CapCounts_OnlyWhileTheAssetsStay() public {
        manager.setBinder(address(this));
        vault.setCap(3, 400e6);
        uint64 epoch = sheet.newestEpoch();
        uint40 needed = uint40((epoch + 1) * HOUR + 4 * HOUR);
        uint256 commitment = manager.accountState(trader).commitment;
        uint256 escrowed = vault.debtLimitOf(trader, epoch);
        uint40[3] memory locked = [needed - 1, needed, needed + 1];
        for (uint256 i = 0; i < locked.length; ++i) {
            manager.noteBinding(trader, commitment, Bound(10_000, 0, uint40(vm.getBlockTimestamp() + 1 days), locked[i]));
            assertEq(manager.levelOf(trader), 3, "venue-signed");
            assertEq(vault.debtLimitOf(trader, epoch), escrowed + (i == 0 ? 0 : 400e6), "from the time that is needed on");
        }
        manager.noteBinding(trader, commitment, Bound(10_000, 0, uint40(vm.getBlockTimestamp() - 1), needed));
        assertEq(vault.debtLimitOf(trader, epoch), escrowed, "when their word ran out, nothing");
    }

    // ---- terms and pause

    /// @dev The highest bonus must be there at the ltv; terms make nobody liquidatable.
    function test_K22_Terms_BoundByTheHighestBonus_AndLiquidateNobody() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CollateralInvalid.selector, ETH, 9_091));
        vault.setCollateral(ETH, 9_091);
        vault.setCollateral(ETH, 9_090);
        vault.setCollateral(ETH, 0);
        vault.setCap(2, 0);
        vault.setRate(vault.MAXIMUM_RATE());
        vm.expectPartialRevert(ICreditVault.LegHealthy.selector);
        vm.prank(keeper);
        vault.liquidateSelfDeclared(trader, 300e6, ETH);
    }

    function test_K23_Paused_LiquidationsStop_WaysOutDoNot() public {
        clock.setChallenge(trader, CHALLENGER, uint64(vm.getBlockTimestamp() - 1));
        _unanswered(300e6);
        manager.pause();
        bytes memory paused = abi.encodeWithSelector(Pausable.EnforcedPause.selector);
        _expectUnanswered(paused);
        vm.expectRevert(paused);
        this.provedBy(300e6);
        vm.prank(keeper);
        vault.claim(address(eth), keeper);
        depositEth(1);
        vm.startPrank(keeper);
        vault.fundReserve(1);
        vault.repay(trader, type(uint256).max);
        vm.stopPrank();
        Proof memory none;
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1, ActionRequest(0, 0, 0, trader), none);
        manager.unpause();
    }

    /// @dev Time to act after a pause, before anybody is liquidated for what happened in it.
    function test_K23_Resumed_EveryWayWaitsForTheGrace() public {
        clock.setChallenge(trader, CHALLENGER, uint64(vm.getBlockTimestamp() - 1));
        manager.pause();
        manager.unpause();
        uint64 until = uint64(vm.getBlockTimestamp() + 1 hours);
        bytes memory grace =
            abi.encodeWithSelector(IManagerEvents.LiquidationGrace.selector, until, uint64(vm.getBlockTimestamp()));
        _expectUnanswered(grace);
        vm.expectRevert(grace);
        this.provedBy(300e6);
        vm.expectRevert(grace);
        vault.liquidateSelfDeclared(trader, 300e6, ETH);
        vm.warp(until);
        _unanswered(300e6);
    }
}
