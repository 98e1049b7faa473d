// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../src/CreditVault.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Amounts, prices and decimals of every size against exact rationals
contract MoneyTest is Fixture {
    uint8 private constant ASSET = 3;
    uint8 private constant COLLATERAL = 4;

    /// @dev A vault that lends a token of `assetDecimals` against one of `escrowDecimals`; lots of both are 10^-6.
    function _vault(uint8 assetDecimals, uint8 escrowDecimals) private returns (CreditVault made, MockERC20 escrow) {
        MockERC20 asset = new MockERC20("Asset", "A", assetDecimals);
        escrow = new MockERC20("Escrow", "E", escrowDecimals);
        manager.registerToken(ASSET, address(asset));
        manager.registerToken(COLLATERAL, address(escrow));
        VaultConfig memory terms = vaultTerms(address(asset), ASSET, policyId);
        terms.minimumDebt = 1;
        made = new CreditVault(terms);
        manager.registerVault(address(made));
    }

    function _price(uint8 slot, uint64 price) private {
        bytes memory call = abi.encodeCall(IPriceSheet.priceOf, (sheet.newestEpoch(), slot));
        vm.mockCall(address(sheet), call, abi.encode(price));
    }

    /// @notice The limit is at most escrow·price·ltv and less than it by no more than what rounding to lots and units takes.
    function testFuzz_Money_DebtLimit_RoundsDownByLessThanALotAndAUnit(
        uint64 lots,
        uint256 rest,
        uint64[2] memory prices,
        uint8[2] memory decimals,
        uint16 ltv
    ) public {
        uint8 own = uint8(bound(decimals[0], 0, 18));
        uint8 other = uint8(bound(decimals[1], 0, 18));
        (CreditVault made, MockERC20 escrow) = _vault(own, other);
        ltv = uint16(bound(ltv, 0, 9_523));
        made.setCollateral(COLLATERAL, ltv);
        // A lot is 10^-6: fewer decimals make whole units of many lots.
        uint256 unit = other > 6 ? 10 ** (other - 6) : 1;
        uint256 lotsPerUnit = other < 6 ? 10 ** (6 - other) : 1;
        uint256 amount = uint256(lots) / lotsPerUnit * unit + rest % unit;
        if (amount == 0) amount = 1;
        // So that the lots fit also when they are rounded up.
        if ((amount + unit - 1) / unit * lotsPerUnit >> 64 != 0) amount -= unit;
        escrow.mint(address(this), amount);
        escrow.approve(address(made), amount);
        made.depositEscrow(COLLATERAL, amount, address(this));
        (uint64 assetPrice, uint64 price) = (prices[0] == 0 ? 1 : prices[0], prices[1]);
        _price(ASSET, assetPrice);
        _price(COLLATERAL, price);
        uint256 limit = made.debtLimitOf(address(this), sheet.newestEpoch());
        _checkLimit(limit, amount / unit * lotsPerUnit, uint256(price) * ltv, uint256(assetPrice) * 10_000, own);
    }

    /// @dev limit = floor(lots · worth · 10^(own − 6) / per); lots · worth is below 2^142, times 10^12 below 2^182.
    function _checkLimit(uint256 limit, uint256 lots, uint256 worth, uint256 per, uint8 own) private pure {
        uint256 up = lots * worth * (own > 6 ? 10 ** (own - 6) : 1);
        uint256 down = per * (own < 6 ? 10 ** (6 - own) : 1);
        assertTrue(limit * down <= up, "never above");
        assertTrue((limit + 1) * down > up, "by less than a unit");
    }

    /// @notice Whoever deposits and redeems at once, in any state of the pool, comes out with no more than went in.
    function testFuzz_Money_RoundTrip_NeverGains(uint256 assets, uint256 debt, uint256 first, bool inShares) public {
        uint256 room = bound(debt, 0, 1e12);
        if (room >= 100e6) _lend(room);
        first = bound(first, 1, 1e15);
        assets = bound(assets, 1, 1e15);
        usd.mint(thief, 4e15);
        vm.startPrank(thief);
        usd.approve(address(vault), type(uint256).max);
        vault.deposit(first, thief);
        uint256 before = usd.balanceOf(thief);
        uint256 price = vault.convertToAssets(1e18);
        uint256 shares = inShares ? assets : vault.deposit(assets, thief);
        if (inShares) vault.mint(shares, thief);
        assertTrue(vault.convertToAssets(1e18) >= price, "in: the price of a share never falls");
        if (vault.maxRedeem(thief) >= shares) vault.redeem(shares, thief, thief);
        vm.stopPrank();
        assertTrue(vault.convertToAssets(1e18) >= price, "out: the price of a share never falls");
        assertTrue(usd.balanceOf(thief) <= before, "no gain");
    }

    /// @dev Some of the pool is lent out.
    function _lend(uint256 amount) private {
        commitFor(trader);
        moveEth(2_000e8);
        eth.mint(trader, 1e24);
        depositEth(1_000e18);
        drawNow(amount);
    }
}
