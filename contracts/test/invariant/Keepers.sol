// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICreditVault} from "../../src/interfaces/ICreditVault.sol";
import {LiquidationRequest} from "../../src/interfaces/ManagerTypes.sol";
import {LegClaim} from "../../src/interfaces/Types.sol";
import {Seizing} from "./Seizing.sol";

/// @title Calls of keepers who liquidate, and of borrowers who liquidate themselves
abstract contract Keepers is Seizing {
    /// @dev Seizures, encoded.
    bytes[] internal seizures;
    bytes[] internal waitingSeizures;

    /// @dev All prices fall (Market).
    function _fall(uint256 size) internal virtual;

    /// @dev Seizes from an account as far as a keeper can prove it unhealthy, with some room in the claims; now and then after a fall.
    function liquidate(uint256 by, uint256 who, uint256 slot, uint256 amount, uint256 fate) external {
        if (fate % 4 == 0) _crash(who, amount);
        Seizure memory s = _unproved(by, _unhealthiest(who), slot, amount, fate);
        _choose(s, amount, fate);
        _makeOdd(s.request, (fate >> 100) % 16);
        _prove(s);
        if (fate & 0x7000 == 0x7000) {
            _keepSeizure(waitingSeizures, s, fate);
            return;
        }
        bool ok = _seize(s, fate & 0x80000 == 0 ? s.request.beneficiary : keepers[by % OTHERS], fate);
        _count(s.request.thresholdBps <= 9_500 ? bytes32("liquidate deeply") : bytes32("liquidate"), ok);
        if (ok) _keepSeizure(seizures, s, fate);
    }

    /// @dev Whoever owes nothing borrows four fifths of what it may, before prices fall.
    function _crash(uint256 who, uint256 size) internal {
        if (expected[account(who)].debtVault == 0) this.draw(who, who >> 8, 0, (31 << 100) + 5);
        _fall(size);
    }

    /// @dev Mostly the slot that is worth most; now and then no more than it carries. Mostly a threshold that can be proved.
    function _choose(Seizure memory s, uint256 amount, uint256 fate) private view {
        LiquidationRequest memory r = s.request;
        for (uint8 other = ETH; other < SLOTS && fate & 0x300 != 0; ++other) {
            if (_worth(s.vault, r.account, r.seizeSlot) < _worth(s.vault, r.account, other)) r.seizeSlot = other;
        }
        uint256 carried = _worth(s.vault, r.account, r.seizeSlot) * 9 / 10;
        if (fate & 0x2000 != 0) r.repayAmount = bound(amount, 1, carried + 1e6);
        r.claims = _claims(r.account, fate & 0x400 == 0 ? 0 : uint64(fate >> 64) % 1_000);
        uint16[4] memory depths = [10_000, 9_500, 9_000, uint16(bound(fate >> 200, 8_000, 10_000))];
        r.thresholdBps = depths[(fate >> 11) % 4];
        bool isTrue = !isHealthy(expected[r.account].commitment, claimedLeg(r.claims), newest, r.thresholdBps);
        if (!isTrue && fate & 0x300000 != 0) r.thresholdBps = 10_000;
    }

    /// @dev Without a proof, of what nobody vouched for, by escrow and debt alone; the sender is the keeper.
    function liquidateSelfDeclared(uint256 by, uint256 who, uint256 slot, uint256 amount, uint256 fate) external {
        if (fate % 4 == 0) _crash(who, amount);
        address target = _carriedLeast(who);
        Seizure memory s = _unproved(by, target, slot, amount, fate);
        (uint256 assets, uint256 debts) = weighted(0, legNow(target), newest);
        bool isUnhealthy = 10_000 * assets < 10_000 * debts;
        // Below the next basis point.
        if (isUnhealthy) s.request.thresholdBps = uint16(10_000 * assets / debts + 1);
        bonusOf(s);
        Outcome memory o = _amountsOf(s);
        o.mayPass = o.mayPass && isUnhealthy && _isOpen(s) && expected[target].word.level < 2;
        bytes memory data =
            abi.encodeCall(ICreditVault.liquidateSelfDeclared, (target, s.request.repayAmount, s.request.seizeSlot));
        bool ok = _send(s, s.request.beneficiary, data, o);
        _same(ok, o.mayPass, "INV55 without a proof only what nobody vouched for is liquidated, when its leg carries no debt");
        _count("liquidate by the leg", ok);
    }

    /// @dev One time in eight the borrower is the keeper.
    function _keeperOf(uint256 by, address target, uint256 fate) private view returns (address) {
        return (fate >> 40) % 8 == 0 ? target : keepers[by % OTHERS];
    }

    /// @dev One time in two it asks for nearly all of the escrow, which leaves dust.
    function _unproved(uint256 by, address target, uint256 slot, uint256 amount, uint256 fate)
        internal
        view
        returns (Seizure memory s)
    {
        uint256 owed = expected[target].debtVault;
        s = _seizure(owed == 0 ? fate % VAULTS : owed - 1, target, _keeperOf(by, target, fate));
        s.request.seizeSlot = uint8(bound(slot, ETH, SLOTS - 1));
        s.request.repayAmount = bound(amount, 1, debtNow(s.vault, target) + 1e6);
        uint256 carried;
        for (uint8 other = ETH; other < SLOTS; ++other) {
            carried += _worth(s.vault, target, other) * 9 / 10;
        }
        if ((fate >> 44) % 2 == 0) s.request.repayAmount = carried + 1;
        s.request.thresholdBps = 10_000;
    }

    /// @dev A prover may prove for any of these; only the contract refuses them.
    function _makeOdd(LiquidationRequest memory r, uint256 odd) private view {
        if (odd == 0) ++r.nonce;
        if (odd == 1 && previous != 0) r.epoch = previous;
        if (odd == 2) r.deadline = uint64(vm.getBlockTimestamp() - 1);
        if (odd == 3) r.thresholdBps = 10_001;
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
            if (isLiquidatable(target)) return target;
        }
        return account(who);
    }

    /// @dev Of all traders, the first from `who` on whose escrow does not carry its debt; or `who`.
    function _carriedLeast(uint256 who) private view returns (address target) {
        for (uint256 i = 0; i < TRADERS; ++i) {
            target = account((who % TRADERS) + i);
            if (!isHealthy(0, legNow(target), newest, 10_000)) return target;
        }
        return account(who);
    }

    function _seizure(uint256 v, address target, address beneficiary) internal view returns (Seizure memory s) {
        LiquidationRequest memory r = s.request;
        (s.vault, r.account, r.beneficiary) = (v, target, beneficiary);
        (r.epoch, r.nonce) = (newest, keeperNonce[target][r.beneficiary]);
        r.deadline = uint64(vm.getBlockTimestamp() + 7_200);
    }

    /// @dev The tightest leg, or one with room.
    function _claims(address target, uint64 room) internal view returns (LegClaim[] memory claims) {
        Leg memory leg = legNow(target);
        claims = new LegClaim[](SLOTS - 1);
        for (uint8 slot = USD; slot < SLOTS; ++slot) {
            uint64 short = leg.short[slot] > room ? leg.short[slot] - room : 0;
            claims[slot - 1] = LegClaim(slot, leg.long[slot] + room, short);
        }
    }

    function _keepSeizure(bytes[] storage list, Seizure memory s, uint256 fate) internal {
        if (list.length < 8) list.push(abi.encode(s));
        else list[(fate >> 16) % 8] = abi.encode(s);
    }
}
