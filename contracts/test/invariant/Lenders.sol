// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {ICreditVault} from "../../src/interfaces/ICreditVault.sol";
import {LiquidationRequest} from "../../src/interfaces/ManagerTypes.sol";
import {LegClaim} from "../../src/interfaces/Types.sol";
import {Borrowers} from "./Borrowers.sol";

/// @title Calls of lenders and of keepers who liquidate
abstract contract Lenders is Borrowers {
    /// @dev A liquidation and the values its proof is about.
    struct Seizure {
        uint256 vault;
        LiquidationRequest request;
        uint256 x;
    }

    /// @dev Seizures, encoded.
    bytes[] internal seizures;
    bytes[] internal waitingSeizures;

    /// @dev All prices fall (Market).
    function _fall(uint256 size) internal virtual;

    // ---- lenders

    function lend(uint256 who, uint256 v, uint256 amount, uint256 fate) external {
        (CreditVault vault_, Pool storage pool) = (vaults[v % VAULTS], pools[v % VAULTS]);
        address to = lenders[who % OTHERS];
        uint256 total = pool.liquid + pool.totalDebt;
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
        uint256 assets = gone * (pool.liquid + pool.totalDebt + 1) / (pool.shares + 1_000);
        bool mayPass = gone <= own && gone <= vault_.maxRedeem(to);
        bool ok = _call(to, address(vault_), abi.encodeCall(vault_.redeem, (gone, to, to)));
        _same(ok, mayPass, "INV29 a lender takes out its share of what is liquid, and no more");
        _count("unlend", ok);
        if (!ok) return;
        (pool.liquid, pool.shares) = (pool.liquid - assets, pool.shares - gone);
        shares[v % VAULTS][to] -= gone;
    }

    // ---- keepers

    /// @dev Seizes from an account as far as a keeper can prove it unhealthy, with some room in the claims; now and then after a fall.
    function liquidate(uint256 by, uint256 who, uint256 slot, uint256 amount, uint256 fate) external {
        if (fate % 6 == 0) _fall(amount);
        address target = _unhealthiest(who);
        uint256 owed = expected[target].debtVault;
        uint256 v = owed == 0 ? fate % VAULTS : owed - 1;
        Seizure memory s = _seizure(v, target, by);
        s.request.seizeSlot = uint8(bound(slot, ETH, SLOTS - 1));
        for (uint8 other = ETH; other < SLOTS && fate & 0x300 != 0; ++other) {
            if (_worth(v, target, s.request.seizeSlot) < _worth(v, target, other)) s.request.seizeSlot = other;
        }
        uint256 most = fate & 0x2000 == 0 ? debt[v][target] : _worth(v, target, s.request.seizeSlot) * 9 / 10;
        s.request.repayAmount = bound(amount, 1, most + 1e6);
        s.request.claims = _claims(target, fate & 0x400 == 0 ? 0 : uint64(fate >> 64) % 1_000);
        bool isDeep = !isHealthy(expected[target].commitment, claimedLeg(s.request.claims), newest, 9_500);
        s.request.deep = isDeep ? fate & 0x800 == 0 : fate & 0x1800 == 0;
        _makeOdd(s.request, (fate >> 100) % 16);
        _prove(s);
        if (fate & 0x7000 == 0x7000) {
            _keepSeizure(waitingSeizures, s, fate);
            return;
        }
        bool ok = _seize(s, keepers[by % OTHERS], fate);
        _count(s.request.deep ? bytes32("liquidate deeply") : bytes32("liquidate"), ok);
        if (ok) _keepSeizure(seizures, s, fate);
    }

    /// @dev A prover may prove for any of these; only the contract refuses them.
    function _makeOdd(LiquidationRequest memory r, uint256 odd) private view {
        if (odd == 0) ++r.nonce;
        if (odd == 1 && previous != 0) r.epoch = previous;
        if (odd == 2) r.deadline = uint64(vm.getBlockTimestamp() - 1);
    }

    /// @dev Escrow of a slot in units of the lent token, about.
    function _worth(uint256 v, address target, uint8 slot) private view returns (uint256) {
        uint256 lots = escrow[v][target][slot] / 10 ** exponentOf(slot);
        return lots * sheet.priceOf(newest, slot) / sheet.priceOf(newest, USD);
    }

    /// @dev Of all traders, the first from `who` on that a keeper could liquidate; or `who`.
    function _unhealthiest(uint256 who) private view returns (address target) {
        for (uint256 i = 0; i < TRADERS; ++i) {
            target = account((who % TRADERS) + i);
            bool isOwing = expected[target].debtVault != 0;
            if (isOwing && !isHealthy(expected[target].commitment, legNow(target, true), newest, 10_000)) return target;
        }
        return account(who);
    }

    function _seizure(uint256 v, address target, uint256 by) internal view returns (Seizure memory s) {
        LiquidationRequest memory r = s.request;
        (s.vault, r.account, r.beneficiary) = (v, target, keepers[by % OTHERS]);
        (r.epoch, r.nonce) = (newest, keeperNonce[target][r.beneficiary]);
        r.deadline = uint64(vm.getBlockTimestamp() + 7_200);
    }

    /// @dev The tightest leg, or one with room.
    function _claims(address target, uint64 room) internal view returns (LegClaim[] memory claims) {
        Leg memory leg = legNow(target, true);
        claims = new LegClaim[](SLOTS - 1);
        for (uint8 slot = USD; slot < SLOTS; ++slot) {
            uint64 short = leg.short[slot] > room ? leg.short[slot] - room : 0;
            claims[slot - 1] = LegClaim(slot, leg.long[slot] + room, short);
        }
    }

    /// @dev Proves the claims if they are true of the active book; else the proof is of something else.
    function _prove(Seizure memory s) internal view {
        LiquidationRequest memory r = s.request;
        uint256 commitment = expected[r.account].commitment;
        bool isTrue = !isHealthy(commitment, claimedLeg(r.claims), r.epoch, thresholdOf(r));
        s.x = addmod(seizureX(s.vault, r, commitment), isTrue ? 0 : 1, R);
    }

    function _seize(Seizure memory s, address sender, uint256 noise) internal returns (bool ok) {
        LiquidationRequest memory r = s.request;
        (bool mayPass, uint256 repaid, uint256 seized) = _termsOf(s);
        mayPass = mayPass && s.x == seizureX(s.vault, r, expected[r.account].commitment);
        uint256 before = balance(r.seizeSlot, r.beneficiary);
        bool isUnhealthy = !isHealthy(expected[r.account].commitment, legNow(r.account, true), newest, thresholdOf(r));
        ok = _call(sender, address(vaults[s.vault]), abi.encodeCall(ICreditVault.liquidate, (r, proofOf(s.x, noise))));
        _same(ok, mayPass, "INV30 a liquidation passes if and only if the rules say so");
        if (!ok) return false;
        assertTrue(isUnhealthy, "INV31 only an account that is unhealthy on its actual leg is liquidated");
        ++keeperNonce[r.account][r.beneficiary];
        _settle(s, repaid, seized, before);
    }

    /// @dev Without a proof, of what nobody vouched for, by escrow and debt alone; the sender is the keeper.
    function liquidateSelfDeclared(uint256 by, uint256 who, uint256 slot, uint256 amount, uint256 fate) external {
        if (fate % 6 == 0) _fall(amount);
        address target = _carriedLeast(who);
        uint256 owed = expected[target].debtVault;
        Seizure memory s = _seizure(owed == 0 ? fate % VAULTS : owed - 1, target, by);
        LiquidationRequest memory r = s.request;
        r.seizeSlot = uint8(bound(slot, ETH, SLOTS - 1));
        r.repayAmount = bound(amount, 1, debt[s.vault][target] + 1e6);
        r.deep = !isHealthy(0, legNow(target, true), newest, 9_500);
        bool isUnhealthy = !isHealthy(0, legNow(target, true), newest, 10_000);
        (bool mayPass, uint256 repaid, uint256 seized) = _amountsOf(s);
        mayPass = mayPass && isUnhealthy && _isOpen(s) && expected[target].level < 2;
        uint256 before = balance(r.seizeSlot, r.beneficiary);
        bytes memory data = abi.encodeCall(ICreditVault.liquidateSelfDeclared, (target, r.repayAmount, r.seizeSlot));
        bool ok = _call(r.beneficiary, address(vaults[s.vault]), data);
        _same(ok, mayPass, "INV55 without a proof only what nobody vouched for is liquidated, when its leg carries no debt");
        _count("liquidate by the leg", ok);
        if (ok) _settle(s, repaid, seized, before);
    }

    /// @dev Of all traders, the first from `who` on whose escrow does not carry its debt; or `who`.
    function _carriedLeast(uint256 who) private view returns (address target) {
        for (uint256 i = 0; i < TRADERS; ++i) {
            target = account((who % TRADERS) + i);
            if (!isHealthy(0, legNow(target, true), newest, 10_000)) return target;
        }
        return account(who);
    }

    /// @dev The effects of a liquidation. @param before What the keeper had of the seized token.
    function _settle(Seizure memory s, uint256 repaid, uint256 seized, uint256 before) private {
        LiquidationRequest memory r = s.request;
        assertTrue(repaid != 0, "INV32 a liquidation reduces the debt");
        _reducedDebt(s.vault, r.account, repaid);
        if (seized != 0) _tookEscrow(s.vault, r.account, r.seizeSlot, seized);
        uint256 paid = balance(r.seizeSlot, r.beneficiary) - before;
        assertEq(paid, arriving(r.seizeSlot, seized), "INV33 what is seized goes to the keeper of the proof");
        uint256 left = debt[s.vault][r.account];
        bool isDust = left != 0 && left < pools[s.vault].minimumDebt;
        bool isEmptied = escrow[s.vault][r.account][r.seizeSlot] == 0;
        assertTrue(!isDust || isEmptied, "INV34 no liquidation leaves a dust debt beside the escrow it could have taken");
    }

    /// @dev Whether the rules allow it but for the proof, and what it would repay and seize.
    function _termsOf(Seizure memory s) private view returns (bool mayPass, uint256 repaid, uint256 seized) {
        LiquidationRequest memory r = s.request;
        if (!_isOpen(s) || r.nonce != keeperNonce[r.account][r.beneficiary]) return (false, 0, 0);
        if (vm.getBlockTimestamp() > r.deadline) return (false, 0, 0);
        if (r.epoch != newest || !isFolded(LIQUIDATION, r.epoch) || !_isSound(r)) return (false, 0, 0);
        return _amountsOf(s);
    }

    /// @dev Not paused, no grace running, prices young, owed to this vault.
    function _isOpen(Seizure memory s) private view returns (bool) {
        (uint64 taken,) = sheet.epochMeta(newest);
        bool isYoung = vm.getBlockTimestamp() <= uint256(taken) + 2 hours;
        bool isOwed = expected[s.request.account].debtVault == s.vault + 1;
        return isYoung && isOwed && !isPaused && vm.getBlockTimestamp() >= liquidationsFrom;
    }

    /// @dev At most half of the debt, or all when deep or when less than the minimum would remain.
    function _amountsOf(Seizure memory s) private view returns (bool mayPass, uint256 repaid, uint256 seized) {
        LiquidationRequest memory r = s.request;
        uint256 owed = debt[s.vault][r.account];
        uint256 least = pools[s.vault].minimumDebt;
        uint256 most = (owed + 1) / 2;
        if (r.deep || owed - most < least) most = owed;
        repaid = r.repayAmount < most ? r.repayAmount : most;
        if (repaid == 0 || (repaid != owed && owed - repaid < least)) return (false, 0, 0);
        return _exchange(r.seizeSlot, repaid, escrow[s.vault][r.account][r.seizeSlot]);
    }

    /// @dev Units worth the payment and the bonus, rounded down; of an escrow worth less all, for its worth, rounded up.
    function _exchange(uint8 slot, uint256 offered, uint256 most)
        private
        view
        returns (bool mayPass, uint256 repaid, uint256 seized)
    {
        uint256 asked = sheet.priceOf(newest, USD) * (10_000 + BONUS_BPS) * 10 ** exponentOf(slot);
        uint256 price = uint256(sheet.priceOf(newest, slot)) * 10_000;
        seized = offered * asked / price;
        if (seized <= most) return (true, offered, seized);
        return (most != 0, (most * price + asked - 1) / asked, most);
    }

    /// @dev Claimed long ≥ escrow up, claimed short ≤ debt down, every slot with escrow named, in order.
    function _isSound(LiquidationRequest memory r) private view returns (bool) {
        Leg memory actual = legNow(r.account, true);
        uint256 named;
        for (uint256 i = 0; i < r.claims.length; ++i) {
            LegClaim memory claim = r.claims[i];
            if (claim.slot >= N || named >> claim.slot != 0) return false;
            named |= 1 << claim.slot;
            if (claim.long < actual.long[claim.slot] || claim.short > actual.short[claim.slot]) return false;
        }
        for (uint256 slot = 0; slot < N; ++slot) {
            if (actual.long[slot] != 0 && (named >> slot) & 1 == 0) return false;
        }
        return true;
    }

    function _keepSeizure(bytes[] storage list, Seizure memory s, uint256 fate) internal {
        if (list.length < 8) list.push(abi.encode(s));
        else list[(fate >> 16) % 8] = abi.encode(s);
    }
}
