// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICreditVault} from "../../src/interfaces/ICreditVault.sol";
import {LiquidationRequest} from "../../src/interfaces/ManagerTypes.sol";
import {LegClaim} from "../../src/interfaces/Types.sol";
import {Lenders} from "./Lenders.sol";

/// @title What a liquidation may do by the rules, and what it does
abstract contract Seizing is Lenders {
    /// @dev A liquidation, the values its proof is about, its bonus and who gets a part of that, or nobody. For silence: `most` is all that
    /// it may repay when the rest is at least the minimum; while `isEarly` it may write nothing off.
    struct Seizure {
        uint256 vault;
        LiquidationRequest request;
        uint256 x;
        uint256 bonus;
        address challenger;
        uint256 most;
        bool isEarly;
    }

    /// @dev What it comes to. `seized` by slot.
    struct Outcome {
        bool mayPass;
        uint256 repaid;
        uint256[SLOTS] seized;
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
        bonusOf(s);
        Outcome memory o = _termsOf(s);
        o.mayPass = o.mayPass && s.x == seizureX(s.vault, r, expected[r.account].commitment);
        bool isUnhealthy = !isHealthy(expected[r.account].commitment, legNow(r.account), newest, thresholdOf(r));
        ok = _send(s, sender, abi.encodeCall(ICreditVault.liquidate, (r, proofOf(s.x, noise))), o);
        _same(ok, o.mayPass, "INV30 a liquidation passes if and only if the rules say so");
        if (!ok) return false;
        assertTrue(isUnhealthy, "INV31 only an account that is unhealthy on its actual leg is liquidated");
        ++keeperNonce[r.account][r.beneficiary];
    }

    /// @dev Sends a liquidation and, when it passed, counts its effects.
    function _send(Seizure memory s, address sender, bytes memory data, Outcome memory o) internal returns (bool ok) {
        LiquidationRequest memory r = s.request;
        int256 before = _netWorth(r.account);
        int256 together = _worthOfAll(s, sender);
        uint256 credited = _claimableOf(s);
        ok = _call(sender, address(vaults[s.vault]), data);
        if (!ok || !o.mayPass) return ok;
        _settle(s, o);
        assertEq(_claimableOf(s) - credited, _keepersPart(s, o), "INV33 what is seized is credited to the keeper of the proof");
        assertTrue(_worthOfAll(s, sender) <= together, "INV58 nobody gains by its own liquidation, from whatever address");
        // Alone the account may: by what somebody else pays for a gift, and by what is rounded at the expense of who pays.
        if (sender != r.account && r.beneficiary == r.account) return ok;
        int256 rounded = sender == r.account ? int256(0) : _rounded(o);
        assertTrue(_netWorth(r.account) <= before + rounded, "INV58 nobody gains by its own liquidation");
    }

    /// @dev Of each slot that was seized: a unit of the token, rounded down, or of the debt, rounded up.
    function _rounded(Outcome memory o) private view returns (int256 worth) {
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            if (o.seized[slot] == 0) continue;
            uint256 dollar = uint256(sheet.priceOf(newest, USD)) * 1e12;
            worth += int256(dollar + uint256(sheet.priceOf(newest, slot)) * 10 ** (12 - exponentOf(slot)));
        }
    }

    /// @dev What those who take part have together: whoever is one person under all of these addresses.
    function _worthOfAll(Seizure memory s, address sender) private view returns (int256 worth) {
        address[4] memory parties = [s.request.account, sender, s.request.beneficiary, s.challenger];
        for (uint256 i = 0; i < parties.length; ++i) {
            bool isNew = true;
            for (uint256 j = 0; j < i; ++j) {
                isNew = isNew && parties[j] != parties[i];
            }
            if (isNew) worth += _netWorth(parties[i]);
        }
    }

    function _claimableOf(Seizure memory s) private view returns (uint256) {
        return vaults[s.vault].claimableOf(s.request.beneficiary, tokens[s.request.seizeSlot]);
    }

    /// @dev Of the named slot. A challenger that is the keeper has both parts.
    function _keepersPart(Seizure memory s, Outcome memory o) private pure returns (uint256) {
        uint256 seized = o.seized[s.request.seizeSlot];
        return s.challenger == s.request.beneficiary ? seized : seized - _challengersPart(s, seized);
    }

    function _challengersPart(Seizure memory s, uint256 seized) private pure returns (uint256) {
        return s.challenger == address(0) ? 0 : seized * s.bonus / (10_000 + s.bonus) / 5;
    }

    /// @dev Dollars, escrow and what is credited, less what is and was owed, at the newest prices; 10^-28 dollars.
    function _netWorth(address who) private view returns (int256 worth) {
        uint256 dollar = uint256(sheet.priceOf(newest, USD)) * 1e12;
        uint256 plus = balance(USD, who) * dollar;
        uint256 minus;
        for (uint256 v = 0; v < VAULTS; ++v) {
            for (uint8 slot = ETH; slot < SLOTS; ++slot) {
                uint256 amount = vaults[v].escrowOf(who, slot) + vaults[v].claimableOf(who, tokens[slot]);
                plus += amount * sheet.priceOf(newest, slot) * 10 ** (12 - exponentOf(slot));
            }
            minus += (vaults[v].debtOf(who) + vaults[v].badDebtOf(who)) * dollar;
        }
        return int256(plus) - int256(minus);
    }

    /// @dev The effects of a liquidation.
    function _settle(Seizure memory s, Outcome memory o) private {
        (uint256 v, address target) = (s.vault, s.request.account);
        if (o.repaid != 0) _reducedDebt(v, target, o.repaid);
        else accrue(v);
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            uint256 seized = o.seized[slot];
            if (seized == 0) continue;
            _tookEscrow(v, target, slot, seized);
            held[v][slot] += seized;
            uint256 part = _challengersPart(s, seized);
            claimable[v][s.challenger][slot] += part;
            claimable[v][s.request.beneficiary][slot] += seized - part;
        }
        uint256[SLOTS] memory none;
        bool isDusty = units[v][target] != 0 && _escrowWorth(v, target, none) < pools[v].minimumDebt;
        if (isDusty) _writtenOff(v, target);
        assertTrue(o.repaid != 0 || isDusty, "INV32 a liquidation repays, or writes off");
        (uint256 left, uint256 least) = (vaults[v].debtOf(target), pools[v].minimumDebt);
        bool isClean = left == 0 || (left >= least && _escrowWorth(v, target, none) >= least);
        assertTrue(isClean, "INV34 after a liquidation nothing is owed, or debt and escrow are both above the floor");
    }

    /// @dev Escrow of an account in a vault less some of it, in dollars of the dollar slot, rounded down.
    function _escrowWorth(uint256 v, address target, uint256[SLOTS] memory less) private view returns (uint256 worth) {
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            worth += (escrow[v][target][slot] - less[slot]) / 10 ** exponentOf(slot) * sheet.priceOf(newest, slot);
        }
        return worth / sheet.priceOf(newest, USD);
    }

    /// @dev The dust is kept for the reserve; the reserve bears the loss as far as it goes, all shares the rest.
    function _writtenOff(uint256 v, address target) private {
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            uint256 left = escrow[v][target][slot];
            if (left == 0) continue;
            _tookEscrow(v, target, slot, left);
            held[v][slot] += left;
            dust[v][slot] += left;
        }
        badDebt[v][target] += debtNow(v, target);
        // A worse leg, but for one who owes the same as before.
        ++expected[target].worsened;
        uint256 before = totalNow(v);
        _removedUnits(v, target, units[v][target]);
        uint256 loss = before - totalNow(v);
        Pool storage pool = pools[v];
        uint256 covered = loss < pool.reserve ? loss : pool.reserve;
        pool.reserve -= covered;
        if (covered < loss) sharedLoss[v] = true;
        sharedBadDebt[v][target] += loss - covered;
        _count(covered < loss ? bytes32("loss of the shares") : bytes32("loss of the reserve"), true);
    }

    /// @dev Whether the rules allow it but for the proof, and what it would repay and seize.
    function _termsOf(Seizure memory s) private view returns (Outcome memory o) {
        LiquidationRequest memory r = s.request;
        if (!_isOpen(s) || r.nonce != keeperNonce[r.account][r.beneficiary]) return o;
        if (vm.getBlockTimestamp() > r.deadline || r.thresholdBps == 0 || r.thresholdBps > 10_000) return o;
        if (r.epoch != newest || !isFolded(LIQUIDATION, r.epoch) || !_isSound(r)) return o;
        return _amountsOf(s);
    }

    /// @dev Not paused, no grace running, prices young, owed to this vault.
    function _isOpen(Seizure memory s) internal view returns (bool) {
        (uint64 taken,) = sheet.epochMeta(newest);
        bool isYoung = vm.getBlockTimestamp() <= uint256(taken) + 2 hours;
        bool isOwed = expected[s.request.account].debtVault == s.vault + 1;
        return isYoung && isOwed && !isPaused && vm.getBlockTimestamp() >= liquidationsFrom;
    }

    /// @dev By depth: 5 % at a threshold of 10 000, 10 % at 9 000 and below.
    function bonusOf(Seizure memory s) internal pure {
        uint256 threshold = s.request.thresholdBps;
        uint256 depth = threshold > 10_000 ? 0 : 10_000 - threshold;
        s.bonus = depth > 1_000 ? MAXIMUM_BONUS_BPS : BONUS_BPS + (MAXIMUM_BONUS_BPS - BONUS_BPS) * depth / 1_000;
    }

    /// @dev By time: 5 % when the answer is due, 10 % two hours later.
    function bonusSince(Seizure memory s, uint256 time) internal pure {
        uint256 rise = (MAXIMUM_BONUS_BPS - BONUS_BPS) * time / BONUS_SECONDS;
        s.bonus = time > BONUS_SECONDS ? MAXIMUM_BONUS_BPS : BONUS_BPS + rise;
    }

    /// @dev At most half of the debt, or all when deep or when less than the minimum would remain; from the named slot, then from the others.
    function _amountsOf(Seizure memory s) internal view returns (Outcome memory o) {
        LiquidationRequest memory r = s.request;
        (uint256 owed, uint256 least) = (debtNow(s.vault, r.account), pools[s.vault].minimumDebt);
        uint256 most = (owed + 1) / 2;
        if (r.thresholdBps <= 9_500 || owed - most < least) most = owed;
        uint256 offered = r.repayAmount < most ? r.repayAmount : most;
        // Too much is cut, when there is something left to pay then.
        if (offered != owed && owed - offered < least) offered = owed > least ? owed - least : 0;
        if (s.challenger != address(0) && offered > s.most && owed - s.most >= least) offered = s.most;
        if (offered == 0) return o;
        (o.repaid, o.seized[r.seizeSlot]) = _exchange(s, r.seizeSlot, offered);
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            if (slot == r.seizeSlot) continue;
            uint256 paid;
            (paid, o.seized[slot]) = _exchange(s, slot, offered - o.repaid);
            o.repaid += paid;
        }
        o.mayPass = !s.isEarly || o.repaid == owed || _escrowWorth(s.vault, r.account, o.seized) >= least;
    }

    /// @dev Units worth the payment and the bonus, rounded down; of an escrow worth less all, for its worth, rounded up.
    function _exchange(Seizure memory s, uint8 slot, uint256 offered) private view returns (uint256 paid, uint256 seized) {
        uint256 most = escrow[s.vault][s.request.account][slot];
        if (most == 0 || offered == 0) return (0, 0);
        uint256 asked = sheet.priceOf(newest, USD) * (10_000 + s.bonus) * 10 ** exponentOf(slot);
        uint256 price = uint256(sheet.priceOf(newest, slot)) * 10_000;
        seized = offered * asked / price;
        return seized <= most ? (offered, seized) : ((most * price + asked - 1) / asked, most);
    }

    /// @dev Claimed long ≥ escrow up, claimed short ≤ debt down, every slot with escrow named, in order.
    function _isSound(LiquidationRequest memory r) private view returns (bool) {
        Leg memory actual = legNow(r.account);
        uint256 named;
        for (uint256 i = 0; i < r.claims.length; ++i) {
            LegClaim memory given_ = r.claims[i];
            if (given_.slot >= N || named >> given_.slot != 0) return false;
            named |= 1 << given_.slot;
            if (given_.long < actual.long[given_.slot] || given_.short > actual.short[given_.slot]) return false;
        }
        for (uint256 slot = 0; slot < N; ++slot) {
            if (actual.long[slot] != 0 && (named >> slot) & 1 == 0) return false;
        }
        return true;
    }
}
