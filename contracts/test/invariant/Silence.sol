// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICreditVault} from "../../src/interfaces/ICreditVault.sol";
import {Keepers} from "./Keepers.sol";

/// @title Who is silent, who challenges, and who liquidates for it
abstract contract Silence is Keepers {
    /// @dev What liquidations for silence may repay in an epoch, and have repaid. `half` of the debt at the first of them.
    struct Closing {
        uint64 epoch;
        uint256 half;
        uint256 repaid;
    }

    mapping(uint256 vault => mapping(address => Closing)) private _closings;

    /// @dev Without a proof, of whoever left a challenge unanswered; now and then of one who borrowed before prices fell, and then once
    /// more in the same epoch.
    function liquidateUnanswered(uint256 by, uint256 who, uint256 slot, uint256 amount, uint256 fate) external {
        address target = account(who);
        for (uint256 i = 1; i < TRADERS && clock.challengerOf(target) == address(0); ++i) target = account(who % TRADERS + i);
        if (fate % 4 == 0) {
            target = account(who);
            _crash(who, amount);
            // Half of the debt has to be worth more than all of the escrow for a loss.
            if (fate & 8 == 8) _crash(who, 0);
            clock.setChallenge(target, keepers[by % OTHERS], uint64(vm.getBlockTimestamp() - (fate >> 8) % 4 hours));
        }
        bool ok = _sendUnanswered(_unproved(by, target, slot, amount, fate));
        if (ok && fate % 2 == 0) this.liquidateUnanswered(by + 1, uint160(target), slot, amount / 3, (fate >> 8) | 3);
        if (fate % 4 == 0) clock.setChallenge(target, address(0), 0);
    }

    function _sendUnanswered(Seizure memory s) private returns (bool ok) {
        address target = s.request.account;
        s.challenger = clock.challengerOf(target);
        uint256 due = clock.dueAt(target);
        bool isOver = s.challenger != address(0) && vm.getBlockTimestamp() > due;
        if (isOver) bonusSince(s, vm.getBlockTimestamp() - due);
        s.isEarly = isOver && vm.getBlockTimestamp() - due < BONUS_SECONDS;
        Closing memory closing = _closingOf(s);
        s.most = closing.half > closing.repaid ? closing.half - closing.repaid : 0;
        (uint256 owed, uint256 bad) = (debtNow(s.vault, target), badDebt[s.vault][target]);
        Outcome memory o = _amountsOf(s);
        o.mayPass = o.mayPass && isOver && _isOpen(s);
        bytes memory data =
            abi.encodeCall(ICreditVault.liquidateUnanswered, (target, s.request.repayAmount, s.request.seizeSlot));
        ok = _send(s, s.request.beneficiary, data, o);
        _same(ok, o.mayPass, "INV62 who left a challenge unanswered is liquidated without a proof, and nobody else");
        _count("liquidate the silent", ok);
        if (!ok) return false;
        bool isWrittenOff = vaults[s.vault].badDebtOf(target) != bad;
        assertTrue(!isWrittenOff || !s.isEarly, "INV65 silence makes no debt a loss before the bonus has risen");
        if (isWrittenOff) _count("write off the silent", true);
        _closed(s, closing, owed, o.repaid);
    }

    /// @dev Of this epoch, as it is or as the first call of the epoch opens it.
    function _closingOf(Seizure memory s) private view returns (Closing memory closing) {
        closing = _closings[s.vault][s.request.account];
        if (closing.epoch == newest) return closing;
        return Closing(newest, (debtNow(s.vault, s.request.account) + 1) / 2, 0);
    }

    function _closed(Seizure memory s, Closing memory closing, uint256 owed, uint256 repaid) private {
        if (closing.repaid != 0) _count("close again in an epoch", true);
        closing.repaid += repaid;
        bool wasSmall = owed - s.most < pools[s.vault].minimumDebt;
        assertTrue(closing.repaid <= closing.half || wasSmall, "INV65 silence costs half of a debt an epoch");
        _closings[s.vault][s.request.account] = closing;
    }

    /// @dev Somebody challenges, or the challenge is over.
    function challenge(uint256 by, uint256 who, uint256 fate) external {
        address challenger = fate % 8 > 1 ? address(0) : fate % 8 == 1 ? account(who) : keepers[by % OTHERS];
        clock.setChallenge(account(who), challenger, uint64(vm.getBlockTimestamp() + bound(fate >> 8, 0, 6 hours)));
        _count("challenge", true);
    }

    /// @dev An account's attestation lapses, or it attests again.
    function silence(uint256 who, uint256 fate) external {
        clock.setReducing(account(who), fate % 8 == 0);
        _count("silence", true);
    }
}
