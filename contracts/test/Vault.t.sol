// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {CreditVault} from "../src/CreditVault.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {ICreditVault} from "../src/interfaces/ICreditVault.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

contract VaultTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
    }

    function _expectDraw(uint256 amount, bytes memory reason) private {
        Binds memory b = actionBinds(3, address(usd), amount);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, uint64(amount), 0);
        vm.expectRevert(reason);
        vm.prank(trader);
        vault.draw(amount, request, proof);
    }

    function _underwater() private {
        drawNow(1_500e6);
        moveEth(1_700e8);
    }

    function _liquidate(LiquidationRequest memory request) private returns (uint128 repaid, uint128 seized) {
        Proof memory proof = liquidationProof(request);
        vm.prank(keeper);
        return vault.liquidate(request, proof);
    }

    function _expectLiquidate(LiquidationRequest memory request, bytes memory reason) private {
        Proof memory proof = liquidationProof(request);
        vm.expectRevert(reason);
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    // ---- draw

    function test_Draw_Honest_PaysBeneficiary() public {
        drawNow(1_000e6);
        assertEq(usd.balanceOf(trader), 1_000e6, "paid");
        assertEq(vault.debtOf(trader), 1_000e6, "debt");
        assertEq(vault.totalAssets(), 1e12, "assets");
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "a draw attests");
    }

    function test_Draw_SelfDeclared_OneUnitAboveLimitRefused() public {
        // 1 ether at 2 000 and 80 %: the dollar's price moved by the feed's last round is exactly 1.
        assertEq(vault.debtLimitOf(trader, sheet.newestEpoch()), 1_600e6, "limit");
        _expectDraw(
            1_600e6 + 1, abi.encodeWithSelector(ICreditVault.DebtAboveLimit.selector, 1_600e6 + 1, 1_600e6)
        );
        drawNow(1_600e6);
    }

    function test_Draw_CustodianCap_LiftsLimit() public {
        vault.setCap(2, 500e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CapInvalid.selector, 1));
        vault.setCap(1, 1);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CapInvalid.selector, 4));
        vault.setCap(4, 1);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        _expectDraw(
            2_100e6 + 1, abi.encodeWithSelector(ICreditVault.DebtAboveLimit.selector, 2_100e6 + 1, 2_100e6)
        );
        drawNow(2_100e6);
    }

    function test_Draw_RevertWhen_LegBeforeAction() public {
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
    }

    function test_Draw_RevertWhen_AmountOrBeneficiaryChanged() public {
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 1_000e6, 0);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        vault.draw(1_001e6, request, proof);
        request.beneficiary = thief;
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
        request.beneficiary = address(0);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.BeneficiaryZero.selector));
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
    }

    function test_K8_Draw_CopiedByThief_Refused() public {
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 1_000e6, 0);
        vm.prank(thief);
        manager.commit(4242);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(thief);
        vault.draw(1_000e6, request, proof);
    }

    function test_Draw_RevertWhen_NotNewestEpoch() public {
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        b.deadline = type(uint64).max;
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 1_000e6, 0);
        uint64 newest = nextEpoch();
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.EpochStale.selector, newest - 1, newest));
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
    }

    function test_Draw_RevertWhen_SnapshotOld() public {
        Binds memory b = actionBinds(3, address(usd), 1_000e6);
        b.deadline = type(uint64).max;
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 1_000e6, 0);
        (uint64 taken,) = sheet.epochMeta(b.epoch);
        vm.warp(taken + 2 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, taken + 1));
        vm.prank(trader);
        vault.draw(1_000e6, request, proof);
    }

    function test_K9_Draw_RevertWhen_LegSlotBlocked() public {
        // No round for longer than the heartbeat: every slot is stale, the last prices stay.
        vm.warp(vm.getBlockTimestamp() + 1 days - 1 hours);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            if (slot != ETH) pushPrice(slot, basePrice(slot));
        }
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        nextEpoch();
        assertEq(uint8(sheet.slotStatus(ETH)), 1, "stale");
        _expectDraw(1_000e6, abi.encodeWithSelector(IManagerEvents.SlotBlocked.selector, 1 << ETH));
    }

    function test_Draw_RevertWhen_LiquidityOrMinimum() public {
        _expectDraw(99e6, abi.encodeWithSelector(ICreditVault.DebtBelowMinimum.selector, 99e6, 100e6));
        _expectDraw(2e12, abi.encodeWithSelector(ICreditVault.LiquidityInsufficient.selector, 2e12, 1e12));
        _expectDraw(0, abi.encodeWithSelector(ICreditVault.AmountInvalid.selector, 0));
    }

    function test_Draw_RevertWhen_OwesOtherVault() public {
        CreditVault other = newVault(policyId);
        usd.mint(lender, 1e10);
        vm.startPrank(lender);
        usd.approve(address(other), 1e10);
        other.deposit(1e10, lender);
        vm.stopPrank();
        drawNow(1_000e6);
        Proof memory none;
        ActionRequest memory request = ActionRequest(sheet.newestEpoch(), 1, type(uint64).max, trader);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.OtherVaultDebt.selector, trader, address(vault)));
        vm.prank(trader);
        other.draw(100e6, request, none);
    }

    function test_K6_DrawProof_NotAWithdrawal() public {
        drawNow(500e6);
        Binds memory b = actionBinds(3, address(eth), 1e17);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 0, 1e5);
        request.nonce = manager.nonceOf(trader, 4);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1e17, request, proof);
    }

    // ---- escrow

    function test_WithdrawEscrow_WithDebt_NeedsProofOfLegAfter() public {
        drawNow(500e6);
        Binds memory b = actionBinds(4, address(eth), 5e17);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 0, 5e5);
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 5e17, request, proof);
        assertEq(vault.escrowOf(trader, ETH), 5e17, "left");
        b = actionBinds(4, address(eth), 3e17);
        (request, proof) = actionProof(b, 0, 3e5);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.DebtAboveLimit.selector, 500e6, 320e6));
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 3e17, request, proof);
    }

    function test_WithdrawEscrow_WithoutDebt_FreeButWorsens() public {
        Proof memory none;
        uint64 worsened = manager.accountState(trader).worsened;
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1e18, ActionRequest(0, 0, 0, thief), none);
        assertEq(eth.balanceOf(thief), 1e18, "sent");
        assertEq(manager.accountState(trader).worsened, worsened + 1, "worsened");
        assertEq(manager.accountState(trader).escrowMask, 0, "mask");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.EscrowInsufficient.selector, ETH, 1, 0));
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1, ActionRequest(0, 0, 0, thief), none);
    }

    function test_DepositEscrow_ByOthers_OnlyWhomTheAccountAllowed() public {
        eth.mint(thief, 2);
        vm.prank(thief);
        eth.approve(address(vault), 2);
        bytes memory refused = abi.encodeWithSelector(ICreditVault.TopUpRefused.selector, trader, thief);
        vm.expectRevert(refused);
        vm.prank(thief);
        vault.depositEscrow(ETH, 1, trader);
        uint64 last = manager.accountState(trader).lastDeposit;
        nextEpoch();
        vm.prank(trader);
        vault.allowTopUps(thief, true);
        vm.prank(thief);
        vault.depositEscrow(ETH, 1, trader);
        assertEq(vault.escrowOf(trader, ETH), 1e18 + 1, "topped up");
        assertTrue(manager.accountState(trader).lastDeposit > last, "statements from before count no longer");
        vm.prank(trader);
        vault.allowTopUps(thief, false);
        vm.expectRevert(refused);
        vm.prank(thief);
        vault.depositEscrow(ETH, 1, trader);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CollateralUnknown.selector, 3));
        vm.prank(trader);
        vault.depositEscrow(3, 1, trader);
    }

    function test_Collateral_RevertWhen_Invalid() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CollateralInvalid.selector, USD, 1));
        vault.setCollateral(USD, 1);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CollateralInvalid.selector, 3, 1));
        vault.setCollateral(3, 1);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.CollateralInvalid.selector, ETH, 9_524));
        vault.setCollateral(ETH, 9_524);
        vault.setCollateral(ETH, 9_523);
    }

    // ---- repay and pause

    function test_Repay_ByAnyone_AtMostTheDebt() public {
        drawNow(1_000e6);
        vm.prank(keeper);
        assertEq(vault.repay(trader, 400e6), 400e6, "part");
        vm.prank(keeper);
        assertEq(vault.repay(trader, 1e12), 600e6, "rest");
        assertTrue(manager.vaultOf(trader) == address(0), "owes nobody");
        assertEq(vault.totalAssets(), 1e12, "assets");
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.DebtZero.selector, trader));
        vm.prank(keeper);
        vault.repay(trader, 1);
    }

    function test_K23_PauseMatrix() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        manager.pause();
        bytes memory paused = abi.encodeWithSelector(Pausable.EnforcedPause.selector);
        _expectDraw(100e6, paused);
        _expectLiquidate(request, paused);
        depositEth(1);
        vm.prank(trader);
        vault.repay(trader, 1);
        manager.unpause();
        request = liquidationOf(trader, 1_500e6, 10_000);
        uint64 until = uint64(vm.getBlockTimestamp() + 1 hours);
        _expectLiquidate(
            request, abi.encodeWithSelector(IManagerEvents.LiquidationGrace.selector, until, uint64(vm.getBlockTimestamp()))
        );
        request.deadline = until;
        vm.warp(until);
        _liquidate(request);
    }

    // ---- liquidate

    function test_Liquidate_HalfOfDebt_PaysBoundKeeper() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        Proof memory proof = liquidationProof(request);
        usd.mint(thief, 1e12);
        vm.startPrank(thief);
        usd.approve(address(vault), 1e12);
        (uint128 repaid, uint128 seized) = vault.liquidate(request, proof);
        vm.stopPrank();
        assertEq(repaid, 750e6, "half");
        // 750 · 1.05 / 1700 ether, down.
        assertEq(seized, uint256(750e18) * 105 / 170_000, "seized");
        address token = address(eth);
        assertEq(vault.claimableOf(keeper, token), seized, "K8: the keeper of the proof is paid, whoever sends it");
        assertEq(vault.claimableOf(thief, token), 0, "not the sender");
        vm.prank(keeper);
        assertEq(vault.claim(token, keeper), seized, "claimed");
        assertEq(eth.balanceOf(keeper), seized, "paid");
        assertEq(vault.debtOf(trader), 750e6, "debt");
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.NonceUsed.selector, 0, 1));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function test_Liquidate_Deep_TakesAll() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 9_500);
        (uint128 repaid,) = _liquidate(request);
        assertEq(repaid, 1_500e6, "all");
        assertEq(manager.accountState(trader).debtMask, 0, "no debt");
    }

    function test_Liquidate_RevertWhen_DeepNotProved() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        Proof memory proof = liquidationProof(request);
        request.thresholdBps = 9_500;
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function test_Liquidate_TopUpByAWei_DoesNotStopIt() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        // A keeper leaves room: a lot more escrow and a unit less debt than there are.
        request.claims[1].long += 1;
        request.claims[0].short -= 1;
        Proof memory proof = liquidationProof(request);
        depositEth(1);
        vm.prank(trader);
        vault.repay(trader, 1);
        vm.prank(keeper);
        vault.liquidate(request, proof);
        assertTrue(vault.debtOf(trader) < 1_500e6 - 1, "liquidated");
    }

    function test_Liquidate_RevertWhen_LegClaimUnsound() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        uint64 actual = request.claims[1].long;
        request.claims[1].long = actual - 1;
        _expectLiquidate(
            request, abi.encodeWithSelector(IManagerEvents.LegClaimTooLow.selector, ETH, actual - 1, actual)
        );
        request.claims[1].long = actual;
        request.claims[0].short += 1;
        _expectLiquidate(
            request, abi.encodeWithSelector(IManagerEvents.LegClaimTooHigh.selector, USD, 1_500e6 + 1, 1_500e6)
        );
        request.claims[0].short -= 1;
        (request.claims[0], request.claims[1]) = (request.claims[1], request.claims[0]);
        _expectLiquidate(request, abi.encodeWithSelector(IManagerEvents.LegClaimOrder.selector, 1));
        LegClaim[] memory one = new LegClaim[](1);
        one[0] = request.claims[1];
        request.claims = one;
        _expectLiquidate(request, abi.encodeWithSelector(IManagerEvents.LegClaimTooLow.selector, ETH, 0, actual));
    }

    function test_Liquidate_RevertWhen_RequestInvalid() public {
        LiquidationRequest memory request = liquidationOf(trader, 1, 10_000);
        _expectLiquidate(request, abi.encodeWithSelector(ICreditVault.DebtZero.selector, trader));
        _underwater();
        request = liquidationOf(trader, 1_500e6, 10_000);
        request.seizeSlot = 3;
        _expectLiquidate(request, abi.encodeWithSelector(ICreditVault.CollateralUnknown.selector, 3));
        request = liquidationOf(trader, 1_500e6, 10_000);
        request.beneficiary = address(0);
        _expectLiquidate(request, abi.encodeWithSelector(IManagerEvents.BeneficiaryZero.selector));
        request = liquidationOf(trader, 1_500e6, 10_000);
        request.deadline = uint64(vm.getBlockTimestamp() - 1);
        bytes memory late = abi.encodeWithSelector(
            IManagerEvents.DeadlinePassed.selector, request.deadline, uint64(vm.getBlockTimestamp())
        );
        _expectLiquidate(request, late);
        request = liquidationOf(trader, 1_500e6, 10_000);
        request.nonce = 1;
        _expectLiquidate(request, abi.encodeWithSelector(IManagerEvents.NonceUsed.selector, 1, 0));
        request = liquidationOf(trader, 0, 10_000);
        _expectLiquidate(request, abi.encodeWithSelector(ICreditVault.AmountInvalid.selector, 0));
    }

    function test_Liquidate_RevertWhen_EpochStale() public {
        _underwater();
        LiquidationRequest memory request = liquidationOf(trader, 1_500e6, 10_000);
        request.deadline = type(uint64).max;
        Proof memory proof = liquidationProof(request);
        uint64 newest = nextEpoch();
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.EpochStale.selector, newest - 1, newest));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function test_Liquidate_EscrowBelowDebt_TakenForWhatItIsWorth() public {
        drawNow(1_600e6);
        moveEth(1_650e8);
        moveEth(1_400e8);
        LiquidationRequest memory request = liquidationOf(trader, 1_600e6, 9_500);
        (uint128 repaid, uint128 seized) = _liquidate(request);
        assertEq(seized, 1e18, "all of it");
        assertEq(repaid, uint256(1_400e6) * 100 / 105 + 1, "1 400 dollars without the bonus, up");
        assertEq(manager.accountState(trader).escrowMask, 0, "no escrow");
        assertEq(vault.badDebtOf(trader), 1_600e6 - repaid, "what it was not worth is written off");
        assertEq(vault.debtOf(trader), 0, "no debt is left hanging");
        request = liquidationOf(trader, 100e6, 9_500);
        _expectLiquidate(request, abi.encodeWithSelector(ICreditVault.DebtZero.selector, trader));
    }

    function test_K17_Liquidate_NeverLeavesDustDebt() public {
        drawNow(150e6);
        LiquidationRequest memory request = liquidationOf(trader, 100e6, 10_000);
        uint256 state = vm.snapshotState();
        (uint128 repaid,) = _liquidate(request);
        assertEq(repaid, 50e6, "so much that the rest is no dust");
        vm.revertToState(state);
        request.repayAmount = 150e6;
        (repaid,) = _liquidate(request);
        assertEq(repaid, 150e6, "all, since half would leave dust");
    }

    function testFuzz_Liquidate_SeizesNoMoreThanWorth(uint256 repay, uint256 price) public {
        drawNow(1_500e6);
        moveEth(int256(bound(price, 1_650e8, 2_300e8)));
        uint64 epoch = sheet.newestEpoch();
        LiquidationRequest memory request = liquidationOf(trader, bound(repay, 1, 750e6), 10_000);
        (uint128 repaid, uint128 seized) = _liquidate(request);
        // seized · price ≤ repaid · price · 1.05 in 10^-16 USD; units are 10^-18 and 10^-6, lots 10^-6 in both.
        uint256 worth = uint256(seized) * sheet.priceOf(epoch, ETH);
        uint256 most = uint256(repaid) * 1e12 * sheet.priceOf(epoch, USD) * 10_500 / 10_000;
        assertTrue(worth <= most, "in favour of the borrower");
        assertTrue(worth + sheet.priceOf(epoch, ETH) > most, "by less than a unit");
    }

    // ---- the ledger is the vaults' alone

    function test_Ledger_RevertWhen_NotVault() public {
        Proof memory none;
        LiquidationRequest memory request;
        bytes memory reason = abi.encodeWithSelector(IManagerEvents.VaultUnknown.selector, address(this));
        vm.expectRevert(reason);
        manager.addEscrow(trader, ETH, 1);
        vm.expectRevert(reason);
        manager.removeEscrow(trader, ETH, 1);
        vm.expectRevert(reason);
        manager.addDebt(trader, USD, 1);
        vm.expectRevert(reason);
        manager.removeDebt(trader, USD, 1);
        vm.expectRevert(reason);
        manager.consume(trader, 3, 0, policyId, ActionRequest(0, 0, 0, trader), none);
        vm.expectRevert(reason);
        manager.verifyLiquidation(request, none);
    }

    function test_Ledger_RevertWhen_SlotOrAmountInvalid() public {
        manager.registerVault(address(this));
        Proof memory none;
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SlotInvalid.selector, 3));
        manager.addEscrow(trader, 3, 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LegTooLarge.selector, USD, 1 << 64));
        manager.addEscrow(trader, USD, 1 << 64);
        // Coarse lots: few of them, but more units than a position's word holds.
        manager.registerToken(3, address(new MockERC20("Coarse", "C", 44)));
        manager.addEscrow(trader, 3, (1 << 120) - 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LegTooLarge.selector, 3, 1 << 120));
        manager.addEscrow(trader, 3, 1);
        // Twice the debt must fit.
        manager.addDebt(trader, 3, (1 << 119) - 1);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LegTooLarge.selector, 3, 1 << 120));
        manager.addDebt(trader, 3, 1);
        (uint128 escrow, uint128 debt) = manager.positionOf(trader, 3);
        assertTrue(escrow == (1 << 120) - 1 && debt == (1 << 119) - 1, "position");
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        assertTrue(long[3] == 0 && short[3] == 1, "one lot is more than all of it");
        manager.removeDebt(trader, 3, debt);
        manager.removeEscrow(trader, 3, escrow);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LedgerInsufficient.selector, USD, 0, 1));
        manager.removeEscrow(trader, USD, 1);
        manager.addDebt(trader, USD, 5);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.LedgerInsufficient.selector, USD, 5, 6));
        manager.removeDebt(trader, USD, 6);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.ActionUnknown.selector, 1));
        manager.consume(trader, 1, 0, policyId, ActionRequest(0, 0, 0, trader), none);
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.SlotInvalid.selector, 0));
        manager.registerToken(0, address(usd));
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.TokenRegisteredAlready.selector, USD, address(usd)));
        manager.registerToken(USD, address(usd));
    }

    function testFuzz_Leg_RoundsAgainstTheActor(uint256 amount) public {
        amount = bound(amount, 1, 900e18);
        depositEth(amount);
        uint256 total = amount + 1e18;
        (uint64[] memory down,) = manager.legOf(trader, sheet.newestEpoch());
        (uint64[] memory up,) = manager.liquidationLegOf(trader);
        assertEq(down[ETH], total / 1e12, "escrow down for the borrower");
        assertEq(up[ETH], (total + 1e12 - 1) / 1e12, "escrow up for the keeper");
    }

    function test_Erc4626_WithdrawalsAreLimitedByLiquidity() public {
        drawNow(1_600e6);
        assertEq(vault.maxWithdraw(lender), 1e12 - 1_600e6, "max");
        vm.prank(lender);
        vault.withdraw(1e12 - 1_600e6, lender, lender);
        assertEq(vault.liquid(), 0, "empty");
        assertEq(vault.totalAssets(), 1_600e6, "debt remains an asset");
    }
}
