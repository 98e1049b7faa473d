// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {ICreditVault} from "../src/interfaces/ICreditVault.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title An account that nobody vouched for is judged by its leg alone, without a proof
contract SelfDeclaredTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
        drawNow(1_500e6);
    }

    function _liquidate(uint128 amount) private returns (uint128 repaid, uint128 seized) {
        vm.prank(keeper);
        return vault.liquidateSelfDeclared(trader, amount, ETH);
    }

    function _expect(bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(keeper);
        vault.liquidateSelfDeclared(trader, 1_500e6, ETH);
    }

    function _expectHealthy() private {
        _expect(abi.encodeWithSelector(ICreditVault.LegHealthy.selector, trader, sheet.newestEpoch()));
    }

    /// The price (8 decimals) at which 1 ether at its threshold is worth the debt at its factor, by the same integers as the circuit.
    function _priceAt(uint256 thresholdBps) private view returns (int256) {
        (uint256 lt, uint256 bf) = (uint256(parameterAt(0, ETH)), uint256(parameterAt(1, USD)));
        uint256 debt = 1_500e6 * uint256(sheet.priceOf(sheet.newestEpoch(), USD)) * bf * thresholdBps;
        (uint64[] memory long,) = manager.liquidationLegOf(trader);
        uint256 feedUnit = uint256(sheet.priceOf(sheet.newestEpoch(), ETH)) / 2_000e8;
        uint256 unit = long[ETH] * lt * 10_000 * feedUnit;
        return int256((debt + unit - 1) / unit);
    }

    function test_K28_LegAlone_OneUnitOfPriceDecides() public {
        int256 price = _priceAt(10_000);
        moveEth(price);
        _expectHealthy();
        moveEth(price - 1);
        (uint128 repaid,) = _liquidate(1_500e6);
        assertEq(repaid, 750e6, "half of it");
        assertEq(vault.debtOf(trader), 750e6, "debt");
    }

    function test_K17_LegAtDeepThreshold_HalfOfIt() public {
        int256 price = _priceAt(9_500);
        moveEth(price);
        (uint128 repaid,) = _liquidate(1_500e6);
        assertEq(repaid, 750e6, "at 0.95 half of it");
    }

    function test_K17_LegBelowDeep_AllOfIt() public {
        moveEth(_priceAt(9_500) - 1);
        (uint128 repaid, uint128 seized) = _liquidate(1_500e6);
        assertEq(repaid, 1_500e6, "below 0.95 all of it");
        assertEq(vault.claimableOf(keeper, address(eth)), seized, "the sender is paid");
        assertEq(manager.accountState(trader).debtMask, 0, "no debt");
    }

    function test_K17_LegFarUnder_EscrowTakenWhole() public {
        moveEth(800e8);
        (uint128 repaid, uint128 seized) = _liquidate(1_500e6);
        assertEq(seized, 1e18, "all escrow");
        assertTrue(repaid < 800e6, "for what it is worth without the bonus");
    }

    function test_K28_Vouched_NeedsAProof() public {
        custodians.setCustodian(vm.addr(custodianKey), 0, type(uint40).max);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        moveEth(800e8);
        _expect(abi.encodeWithSelector(IManagerEvents.ProofNeeded.selector, trader, 2));
        // Also after the statement ran out: the debt was given to a book that somebody vouched for.
        vm.warp(vm.getBlockTimestamp() + 400 days);
        _expect(abi.encodeWithSelector(IManagerEvents.ProofNeeded.selector, trader, 2));
    }

    function test_K23_Paused_AndInTheGrace_Refused() public {
        moveEth(800e8);
        manager.pause();
        _expect(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        manager.unpause();
        uint64 until = uint64(vm.getBlockTimestamp() + 1 hours);
        _expect(abi.encodeWithSelector(IManagerEvents.LiquidationGrace.selector, until, uint64(vm.getBlockTimestamp())));
    }

    function test_K9_OldSnapshot_Refused() public {
        moveEth(800e8);
        (uint64 taken,) = sheet.epochMeta(sheet.newestEpoch());
        uint256 last = taken + manager.maxActionAge();
        vm.warp(last + 1);
        _expect(abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, uint64(taken + 1)));
        vm.warp(last);
        _liquidate(1_500e6);
    }

    /// @dev What is lent to such an account must not be liquidatable at once, whatever the vault's terms say.
    function test_K28_Draw_LegAtThreshold_OneUnitMoreRefused() public {
        vault.setCollateral(ETH, 9_000);
        Binds memory b = actionBinds(3, address(usd), 100e6 + 1);
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 100e6 + 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.LegUnhealthy.selector, trader, b.epoch));
        vm.prank(trader);
        vault.draw(100e6 + 1, request, proof);
        drawNow(100e6);
        assertEq(vault.debtOf(trader), 1_600e6, "1 ether at 2 000 and its threshold of 80 %");
    }

    function test_K28_Draw_VouchedFor_ByItsCapAlone() public {
        custodians.setCustodian(vm.addr(custodianKey), 0, type(uint40).max);
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        vault.setCap(2, 400e6);
        drawNow(500e6);
        assertEq(vault.debtOf(trader), 2_000e6, "above what the escrow carries");
    }

    function test_K4_OnlyTheVaultThatIsOwed_MayAsk() public {
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.VaultUnknown.selector, address(this)));
        manager.openLiquidationEpoch(trader, true);
        manager.registerVault(address(this));
        vm.expectRevert(abi.encodeWithSelector(IManagerEvents.OtherVaultDebt.selector, trader, address(vault)));
        manager.openLiquidationEpoch(trader, true);
    }

    function test_K20_WithoutDebt_NothingToLiquidate() public {
        usd.mint(trader, 1_500e6);
        vm.startPrank(trader);
        usd.approve(address(vault), 1_500e6);
        vault.repay(trader, 1_500e6);
        vm.stopPrank();
        _expect(abi.encodeWithSelector(IManagerEvents.OtherVaultDebt.selector, trader, address(0)));
    }
}
