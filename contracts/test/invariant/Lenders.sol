// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {Venues} from "./Venues.sol";

/// @title Calls of lenders, of whoever may claim something, and about the reserve
abstract contract Lenders is Venues {
    // ---- lenders

    function lend(uint256 who, uint256 v, uint256 amount, uint256 fate) external {
        (CreditVault vault_, Pool storage pool) = (vaults[v % VAULTS], pools[v % VAULTS]);
        address to = lenders[who % OTHERS];
        uint256 total = assetsNow(v % VAULTS);
        amount = bound(amount, 1, 1e12);
        uint256 assets = amount;
        uint256 made = amount * (pool.shares + 1_000) / (total + 1);
        bool inShares = fate % 2 == 0;
        if (inShares) {
            made = amount * 1_000;
            assets = (made * (total + 1) + pool.shares + 999) / (pool.shares + 1_000);
        }
        bytes memory data =
            inShares ? abi.encodeCall(vault_.mint, (made, to)) : abi.encodeCall(vault_.deposit, (assets, to));
        bool ok = _call(to, address(vault_), data);
        _same(ok, true, "INV28 lending always works");
        _count("lend", ok);
        pool.liquid += assets;
        pool.shares += made;
        shares[v % VAULTS][to] += made;
    }

    function unlend(uint256 who, uint256 v, uint256 amount, uint256 all) external {
        (CreditVault vault_, Pool storage pool) = (vaults[v % VAULTS], pools[v % VAULTS]);
        address to = lenders[who % OTHERS];
        uint256 own = shares[v % VAULTS][to];
        uint256 gone = bound(amount, 0, all % 4 == 0 ? own + 1 : own / 4);
        uint256 assets = gone * (assetsNow(v % VAULTS) + 1) / (pool.shares + 1_000);
        bool mayPass = gone <= own && gone <= vault_.maxRedeem(to);
        bool ok = _call(to, address(vault_), abi.encodeCall(vault_.redeem, (gone, to, to)));
        _same(ok, mayPass, "INV29 a lender takes out its share of what is liquid, and no more");
        _count("unlend", ok);
        if (!ok) return;
        (pool.liquid, pool.shares) = (pool.liquid - assets, pool.shares - gone);
        shares[v % VAULTS][to] -= gone;
    }

    // ---- claims and the reserve

    function claim(uint256 who, uint256 v, uint256 slot) external {
        address owner = who % 3 == 0 ? account(who) : keepers[who % OTHERS];
        uint8 chosen = uint8(bound(slot, ETH, SLOTS - 1));
        for (uint8 other = ETH; other < SLOTS && claimable[v % VAULTS][owner][chosen] == 0; ++other) chosen = other;
        uint256 amount = claimable[v % VAULTS][owner][chosen];
        uint256 before = balance(chosen, owner);
        bytes memory data = abi.encodeCall(vaults[0].claim, (tokens[chosen], owner));
        bool ok = _call(owner, address(vaults[v % VAULTS]), data);
        _same(ok, amount != 0, "INV57 what is credited can be claimed in every state, once");
        _count("claim", ok);
        if (!ok) return;
        uint256 paid = balance(chosen, owner) - before;
        assertEq(paid, arriving(chosen, amount), "INV57 what is credited is paid");
        claimable[v % VAULTS][owner][chosen] = 0;
        held[v % VAULTS][chosen] -= amount;
    }

    function fundReserve(uint256 by, uint256 v, uint256 amount) external {
        amount = bound(amount, 0, 1e9);
        bool ok = _call(keepers[by % OTHERS], address(vaults[v % VAULTS]), abi.encodeCall(vaults[0].fundReserve, (amount)));
        _same(ok, amount != 0, "INV60 anybody may add to the reserve");
        if (!ok) return;
        _count("fundReserve", true);
        pools[v % VAULTS].liquid += amount;
        pools[v % VAULTS].reserve += amount;
    }

    /// @dev One time in sixteen everybody who owes the vault repays before.
    function takeReserve(uint256 v, uint256 amount, uint256 fate) external {
        v = v % VAULTS;
        for (uint256 i = 0; i < TRADERS && fate % 16 == 0; ++i) {
            if (units[v][traders[i]] != 0) this.repay(8, i, v, 0, 0);
        }
        amount = bound(amount, 0, reserveNow(v) + 1);
        bool mayPass = pools[v].units == 0 && amount <= pools[v].reserve;
        bytes memory data = abi.encodeCall(vaults[v].takeReserve, (amount, thief));
        bool ok = _call(address(this), address(vaults[v]), data);
        _same(ok, mayPass, "INV60 the reserve stays while anything is owed");
        if (!ok || amount != 0) _count("takeReserve", ok);
        if (!ok) return;
        pools[v].liquid -= amount;
        pools[v].reserve -= amount;
    }

    function sweepDust(uint256 v, uint256 slot) external {
        uint8 chosen = uint8(bound(slot, ETH, SLOTS - 1));
        for (uint8 i = 0; i < VAULTS * SLOTS && dust[v % VAULTS][chosen] == 0; ++i) {
            (v, chosen) = (i % SLOTS == 0 ? v % VAULTS + 1 : v, ETH + i % (SLOTS - ETH));
        }
        (uint256 amount, uint256 before) = (dust[v % VAULTS][chosen], balance(chosen, thief));
        bytes memory data = abi.encodeCall(vaults[0].sweepDust, (chosen, thief));
        bool ok = _call(address(this), address(vaults[v % VAULTS]), data);
        assertTrue(ok && balance(chosen, thief) - before == arriving(chosen, amount), "INV61 dust is swept as it was taken");
        if (amount != 0) _count("sweepDust", ok);
        dust[v % VAULTS][chosen] = 0;
        held[v % VAULTS][chosen] -= amount;
    }
}
