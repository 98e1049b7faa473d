// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ICreditVault} from "../src/interfaces/ICreditVault.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Who bears a loss, in which order, and what is remembered of it
contract LossesTest is Fixture {
    uint128 private constant MINIMUM = 100e6;

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
        usd.mint(keeper, 1e12);
    }

    /// @dev Seizes all of an escrow that is worth less than the debt.
    function _liquidate(uint256 repay) private returns (uint128 repaid, uint128 seized) {
        LiquidationRequest memory request = liquidationOf(trader, repay, 9_500);
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        return vault.liquidate(request, proof);
    }

    /// @dev 1 600 dollars drawn, and an escrow that is worth 1 400: 266.67 are lost.
    function _lose() private returns (uint256 loss) {
        drawNow(1_600e6);
        moveEth(1_650e8);
        moveEth(1_400e8);
        (uint128 repaid,) = _liquidate(1_600e6);
        loss = 1_600e6 - repaid;
        assertTrue(loss > 266e6 && loss < 267e6, "1 600 - 1 400 / 1.05");
    }

    function _request(Binds memory b) private pure returns (ActionRequest memory) {
        return ActionRequest(b.epoch, b.nonce, b.deadline, b.beneficiary);
    }

    function _fund(uint256 amount) private {
        vm.prank(keeper);
        vault.fundReserve(amount);
    }

    // ---- who may say so

    function test_BadDebt_RevertWhen_NotVault() public {
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.VaultUnknown.selector, address(this)));
        manager.setBadDebt(trader, USD, 1);
        manager.registerVault(address(this));
        manager.setBadDebt(trader, USD, 1);
    }

    function test_BadDebt_RevertWhen_OfAnotherVault() public {
        manager.registerVault(address(this));
        manager.registerVault(keeper);
        manager.setBadDebt(trader, USD, 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.OtherVaultDebt.selector, trader, address(this)));
        vm.prank(keeper);
        manager.setBadDebt(trader, USD, 1);
    }

    // ---- the order

    function test_K17_Loss_ReserveFirst_SharesFeelNothing() public {
        _fund(500e6);
        assertEq(vault.totalAssets(), 1e12, "a gift to the reserve is not the shares'");
        uint256 loss = _lose();
        assertEq(vault.reserve(), 500e6 - loss, "the reserve bears it");
        assertEq(vault.totalAssets(), 1e12, "the shares nothing");
        assertTrue(vault.debtOf(trader) == 0 && vault.totalDebt() == 0, "nothing is left hanging");
        assertEq(vault.badDebtOf(trader), loss, "it is remembered");
        assertTrue(manager.vaultOf(trader) == address(0), "and has left the ledger");
    }

    function test_K17_Loss_BeyondTheReserve_AllSharesAlike() public {
        usd.mint(thief, 1e12);
        vm.startPrank(thief);
        usd.approve(address(vault), 1e12);
        vault.deposit(1e12, thief);
        vm.stopPrank();
        _fund(100e6);
        uint256 loss = _lose();
        assertEq(vault.reserve(), 0, "the reserve bears what it can");
        assertEq(vault.totalAssets(), 2e12 - (loss - 100e6), "the shares the rest");
        assertEq(vault.maxWithdraw(thief), vault.maxWithdraw(lender), "all alike");
        assertTrue(vault.maxWithdraw(lender) < 1e12 && vault.maxWithdraw(lender) > 1e12 - 100e6, "half of it each");
    }

    function testFuzz_Loss_ReserveAndSharesStayAllThereIs(uint256 fund, uint256 price) public {
        _fund(bound(fund, 1, 2_000e6));
        uint256 reserve = vault.reserve();
        drawNow(1_600e6);
        moveEth(int256(bound(price, 50e8, 1_600e8)));
        _liquidate(1_600e6);
        assertEq(vault.totalAssets() + vault.reserve(), vault.liquid() + vault.totalDebt(), "INV04");
        uint256 bad = vault.badDebtOf(trader);
        uint256 covered = bad < reserve ? bad : reserve;
        assertEq(vault.reserve(), reserve - covered, "reserve first");
        assertEq(vault.totalAssets(), 1e12 - (bad - covered), "then the shares");
    }

    // ---- bad debt

    function test_K17_BadDebt_BlocksDraws_UntilItIsRepaid() public {
        uint256 whole = vault.totalAssets();
        uint256 loss = _lose();
        depositEth(2e18);
        Binds memory b = actionBinds(3, address(usd), 200e6);
        (, Proof memory proof) = actionProof(b, 200e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.BadDebtUnpaid.selector, trader, loss));
        vm.prank(trader);
        vault.draw(200e6, _request(b), proof);
        vm.startPrank(keeper);
        assertEq(vault.repay(trader, 100e6), 100e6, "a part, by anybody");
        assertEq(vault.badDebtOf(trader), loss - 100e6, "the rest");
        assertEq(vault.repay(trader, 1e12), loss - 100e6, "all of the rest and no more");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.DebtZero.selector, trader));
        vault.repay(trader, 1);
        vm.stopPrank();
        assertEq(vault.totalAssets(), whole, "the shares are worth what they were");
        drawNow(200e6);
        assertEq(vault.debtOf(trader), 200e6, "repaid, it may borrow again");
    }

    function test_BadDebt_OfAnother_BlocksNobodyElse() public {
        _lose();
        assertEq(vault.badDebtOf(lender), 0, "the lender owes nothing");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.DebtZero.selector, lender));
        vm.prank(keeper);
        vault.repay(lender, 1);
    }

    /// @dev Without escrow nothing can be seized, and the debt ends all the same.
    function test_K17_NoEscrowAtAll_DebtIsWrittenOff() public {
        Proof memory none;
        ActionRequest memory all = _request(actionBinds(4, address(eth), 1e18));
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1e18, all, none);
        vault.setCap(2, 500e6);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        drawNow(500e6);
        uint256 before = usd.balanceOf(keeper);
        LiquidationRequest memory made = liquidationOf(trader, 500e6, 10_000);
        Proof memory proof = liquidationProof(made);
        vm.prank(keeper);
        (uint128 repaid, uint128 seized) = vault.liquidate(made, proof);
        assertTrue(repaid == 0 && seized == 0, "nothing to repay for");
        assertEq(usd.balanceOf(keeper), before, "the keeper pays nothing");
        assertTrue(vault.debtOf(trader) == 0 && vault.badDebtOf(trader) == 500e6, "written off");
        assertEq(vault.totalAssets(), 1e12 - 500e6, "the shares bear it");
    }

    // ---- dust

    /// @dev Escrow below the floor beside a debt: the keeper takes what it pays for, the reserve the rest.
    function test_K17_EscrowBelowTheFloor_IsTheReserves() public {
        drawNow(1_600e6);
        moveEth(1_650e8);
        moveEth(1_400e8);
        moveEth(1_150e8);
        // 1 000 · 1.05 of 1 150 dollars are seized: 100 less a little remain, and 600 of the debt.
        (uint128 repaid, uint128 seized) = _liquidate(1_000e6 + 1e6);
        uint256 dust = 1e18 - seized;
        assertTrue(dust * 1_150 / 1e12 < MINIMUM && dust != 0, "dust");
        assertEq(vault.dustOf(ETH), dust, "counted for the reserve");
        assertTrue(vault.escrowOf(trader, ETH) == 0 && vault.debtOf(trader) == 0, "nothing is left hanging");
        assertEq(vault.badDebtOf(trader), 1_600e6 - repaid, "the rest is bad debt");
        assertEq(vault.sweepDust(ETH, lender), dust, "the governor sweeps it");
        assertEq(eth.balanceOf(lender), dust, "to be sold for the reserve");
        assertEq(vault.sweepDust(ETH, lender), 0, "once");
    }

    /// @dev At the floor exactly it stays the account's.
    function test_K17_EscrowAtTheFloor_Stays() public {
        drawNow(1_500e6);
        moveEth(1_700e8);
        (, uint128 seized) = _liquidate(1_500e6 - MINIMUM);
        assertTrue(vault.escrowOf(trader, ETH) == 1e18 - seized && vault.dustOf(ETH) == 0, "escrow above the floor");
        assertTrue(vault.debtOf(trader) == MINIMUM && vault.badDebtOf(trader) == 0, "debt at the floor");
    }

    // ---- the reserve's way out

    function test_Reserve_StaysWhileAnythingIsOwed() public {
        _fund(500e6);
        drawNow(200e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.ReserveBound.selector, 200e6));
        vault.takeReserve(1, lender);
        vm.prank(keeper);
        vault.repay(trader, 200e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.ReserveInsufficient.selector, 500e6 + 1, 500e6));
        vault.takeReserve(500e6 + 1, lender);
        uint256 before = usd.balanceOf(lender);
        vault.takeReserve(500e6, lender);
        assertEq(usd.balanceOf(lender) - before, 500e6, "paid");
        assertTrue(vault.reserve() == 0 && vault.totalAssets() == 1e12, "the shares lose nothing");
    }

    function test_Reserve_Fund_OfNothing_Refused() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.AmountInvalid.selector, 0));
        vault.fundReserve(0);
    }
}
