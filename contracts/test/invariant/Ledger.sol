// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IManagerCore} from "../../src/interfaces/IManagerCore.sol";
import {ActionRequest, AttestRequest, UpdateRequest} from "../../src/interfaces/ManagerTypes.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Words} from "./Words.sol";

/// @title Sends what needs a compliance proof, and decides by the rules alone whether it has to pass
abstract contract Ledger is Words {
    /// @dev Times each kind of call passed and was refused.
    struct Count {
        uint32 passed;
        uint32 refused;
    }

    /// @dev What the last proof of a policy rested on.
    struct Attested {
        uint64 taken;
        uint64 sequence;
        uint64 worsened;
        uint32 keyVersion;
        uint32 parametersVersion;
    }

    mapping(address => mapping(bytes32 policy => Attested)) internal attested;
    mapping(bytes32 kind => Count) internal counts;
    bytes32[] internal kinds;
    /// @dev The contract that a campaign's call is in.
    address internal callee;

    function _count(bytes32 kind, bool ok) internal {
        Count storage count = counts[kind];
        if (count.passed + count.refused == 0) kinds.push(kind);
        if (ok) ++count.passed;
        else ++count.refused;
    }

    /// @dev INV20 … INV29 are about the verdict on one call; INV01 … are checked after every call (Properties).
    function _same(bool ok, bool mayPass, string memory what) internal pure {
        assertTrue(ok == mayPass, what);
    }

    function _call(address sender, address target, bytes memory data) internal returns (bool ok) {
        callee = target;
        vm.prank(sender);
        (ok,) = target.call(data);
        callee = address(0);
    }

    // ---- sending

    function _data(Order memory o, Proof memory proof) private view returns (address target, bytes memory data) {
        target = o.action < 3 ? address(manager) : address(vaults[o.vault]);
        ActionRequest memory request = ActionRequest(o.epoch, o.nonce, o.deadline, o.beneficiary);
        if (o.action == 1) {
            AttestRequest memory attest = AttestRequest(o.policy, o.epoch, o.nonce, o.deadline);
            data = abi.encodeCall(IManagerCore.attest, (attest, proof));
        } else if (o.action == 2) {
            UpdateRequest memory update = UpdateRequest(o.epoch, o.nonce, o.deadline);
            data = abi.encodeCall(IManagerCore.update, (update, proof));
        } else if (o.action == 3) {
            data = abi.encodeCall(vaults[0].draw, (o.amount, request, proof));
        } else {
            data = abi.encodeCall(vaults[0].withdrawEscrow, (o.slot, o.amount, request, proof));
        }
    }

    /// @dev Sends an order with a proof of its x; the verdict must be the rules'.
    function _send(Order memory o, address sender, uint256 noise) internal returns (bool ok) {
        (address target, bytes memory data) = _data(o, proofOf(o.x, noise));
        Order memory actual = _asSentBy(o, sender);
        bool mayPass = _mayPass(actual) && (isUnproved(actual) || actual.x == orderX(actual));
        uint256 before = o.action > 2 ? balance(o.slot, o.beneficiary) : 0;
        ok = _call(sender, target, data);
        _same(ok, mayPass, "INV20 a call that needs a compliance proof passes if and only if the rules say so");
        if (!ok) return false;
        bool isTrue = isUnproved(actual) || complies(actual.commitment, legAfter(actual), actual.epoch);
        assertTrue(isTrue, "INV21 whatever passed with a compliance proof is true of the book and the leg afterwards");
        _apply(actual);
        if (o.action > 2) {
            uint256 sent = balance(o.slot, o.beneficiary) - before;
            assertEq(sent, arriving(o.slot, o.amount), "INV22 a draw or withdrawal pays its beneficiary that amount");
        }
    }

    /// @dev What a call of `sender` means: accounts, and the commitment spoken about, are never the caller's choice.
    function _asSentBy(Order memory o, address sender) private view returns (Order memory actual) {
        actual = abi.decode(abi.encode(o), (Order));
        actual.account = sender;
        Expected storage state = expected[sender];
        actual.commitment = o.action == 2 ? state.pending : state.commitment;
        if (o.action == 2 && state.debtVault != 0) actual.policy = pools[state.debtVault - 1].policy;
        if (o.action == 3) actual.policy = pools[o.vault].policy;
        if (o.action == 4 && state.debtVault != 0) actual.policy = pools[state.debtVault - 1].policy;
        if (o.action < 3) actual.beneficiary = sender;
    }

    /// @dev A withdrawal without debt.
    function isUnproved(Order memory o) internal view returns (bool) {
        return o.action == 4 && expected[o.account].debtVault == 0;
    }

    // ---- the rules

    function _mayPass(Order memory o) private view returns (bool) {
        if (o.beneficiary == address(0)) return false;
        if (o.action == 4 && (o.amount == 0 || o.amount > escrow[o.vault][o.account][o.slot])) return false;
        if (o.action > 2 && badDebtSum(o.account) != 0) return false;
        if (isUnproved(o)) return true;
        if (isPaused || expected[o.account].sequence == 0) return false;
        if (vm.getBlockTimestamp() > o.deadline || o.nonce != expected[o.account].nonces[o.action]) return false;
        if (policyKey[o.policy] != keyVersion[COMPLIANCE]) return false;
        if (!isFolded(COMPLIANCE, o.epoch) || !_isInTime(o)) return false;
        if (o.action == 2) return _mayUpdate(o);
        (bool isSilent,,) = clock.unansweredFor(o.account);
        if (o.action > 2 && (isSilent || clock.isReducing(o.account))) return false;
        if (o.action == 3 && !_mayDraw(o)) return false;
        if (o.action > 2 && _holdsBlocked(o)) return false;
        if (o.action < 3) return true;
        // What nobody vouched for carries nothing: escrow and debt alone must not be liquidatable at once.
        if (levelNow(o.account) < 2 && !isHealthy(0, legAfter(o, true), o.epoch, 10_000)) return false;
        return _debtAfter(o, (uint256(o.epoch) + 1) * HOUR) <= _carriedAfter(o) + capAt(o.account, o.epoch);
    }

    function _isInTime(Order memory o) private view returns (bool) {
        bool isRecent = o.epoch == newest || (o.action == 1 && o.epoch >= (previous == 0 ? newest : previous));
        if (!isRecent) return false;
        (uint64 taken,) = sheet.epochMeta(o.epoch);
        return vm.getBlockTimestamp() <= uint256(taken) + (o.action == 1 ? 4 hours : 2 hours);
    }

    function _mayUpdate(Order memory o) private view returns (bool) {
        Expected storage state = expected[o.account];
        if (state.pending == 0 || state.debtVault == 0) return false;
        // What the active book got, even when it ran out since.
        return levelOf(state.pendingWord) >= state.word.level;
    }

    function _mayDraw(Order memory o) private view returns (bool) {
        Pool storage pool = pools[o.vault];
        uint256 owed = expected[o.account].debtVault;
        bool isOnlyVault = owed == 0 || owed == o.vault + 1;
        bool isEnough = _debtAfter(o, o.epoch * HOUR) >= pool.minimumDebt;
        return o.amount != 0 && isOnlyVault && o.amount <= pool.liquid && isEnough;
    }

    /// @dev What is owed to the order's vault after it, at a time.
    function _debtAfter(Order memory o, uint256 time) private view returns (uint256) {
        uint256 owed = units[o.vault][o.account] + (o.action == 3 ? unitsOf(o) : 0);
        return (owed * indexAt(o.vault, time) + UNIT - 1) / UNIT;
    }

    function _holdsBlocked(Order memory o) private view returns (bool) {
        (, uint128 blocked) = sheet.epochMeta(o.epoch);
        Leg memory leg = legAfter(o);
        for (uint256 slot = 1; slot < N; ++slot) {
            if ((blocked >> slot) & 1 == 1 && (leg.long[slot] | leg.short[slot]) != 0) return true;
        }
        return false;
    }

    /// @dev Σ escrow·ltv in dollars of the dollar slot after the order: exact, then rounded down. The vault rounds each step down; units
    /// are 10^-18 for ether and 10^-6 else, so that its steps lose nothing but the last division's rest.
    function _carriedAfter(Order memory o) private view returns (uint256) {
        uint256 weighted;
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            uint256 units = escrow[o.vault][o.account][slot];
            if (o.action == 4 && slot == o.slot) units -= o.amount;
            weighted += units / 10 ** exponentOf(slot) * sheet.priceOf(o.epoch, slot) * ltv[o.vault][slot];
        }
        return weighted / (uint256(sheet.priceOf(o.epoch, USD)) * 10_000);
    }

    // ---- the effects

    function _apply(Order memory o) private {
        Expected storage state = expected[o.account];
        bool isProved = !isUnproved(o);
        if (isProved) ++state.nonces[o.action];
        if (isProved && o.action > 2) _noteLevel(o);
        if (o.action == 2) _activated(o.account);
        if (o.action == 3) {
            accrue(o.vault);
            uint256 more = unitsOf(o);
            (pools[o.vault].liquid, pools[o.vault].units) =
                (pools[o.vault].liquid - o.amount, pools[o.vault].units + more);
            units[o.vault][o.account] += more;
            state.debtVault = o.vault + 1;
            ++state.worsened;
        }
        if (o.action == 4) _tookEscrow(o.vault, o.account, o.slot, o.amount);
        if (isProved) _attested(o);
    }

    /// @dev Escrow alone carries the whole debt of an account that nobody vouches for now: what somebody said once is over.
    function _noteLevel(Order memory o) private {
        Word storage word = expected[o.account].word;
        uint8 level = levelNow(o.account);
        if (level == 3 && _debtAfter(o, (uint256(o.epoch) + 1) * HOUR) > _carriedAfter(o)) _count("lent on a venue's word", true);
        if (level != 1 || word.level == 1) return;
        (word.level, word.levelUntil) = (1, 0);
        _count("forget a level", true);
    }

    function _attested(Order memory o) private {
        Expected storage state = expected[o.account];
        (uint64 taken,) = sheet.epochMeta(o.epoch);
        attested[o.account][o.policy] =
            Attested(taken, state.sequence, state.worsened, keyVersion[COMPLIANCE], parametersVersion);
    }

    /// @dev Whether the last proof of a policy still stands.
    function isStanding(address who, bytes32 policy) internal view returns (bool) {
        Attested storage last = attested[who][policy];
        bool isSame = last.sequence == expected[who].sequence && last.worsened == expected[who].worsened;
        bool isCurrent = last.keyVersion == keyVersion[COMPLIANCE] && last.parametersVersion == parametersVersion;
        return last.taken != 0 && isSame && isCurrent && vm.getBlockTimestamp() - last.taken <= 4 hours;
    }

    function _tookEscrow(uint256 v, address who, uint8 slot, uint256 amount) internal {
        escrow[v][who][slot] -= amount;
        held[v][slot] -= amount;
        ++expected[who].worsened;
    }

    function _reducedDebt(uint256 v, address who, uint256 amount) internal {
        accrue(v);
        uint256 all = units[v][who];
        uint256 gone = amount < debtNow(v, who) ? amount * UNIT / indexAt(v, vm.getBlockTimestamp()) : all;
        pools[v].liquid += amount;
        _removedUnits(v, who, gone);
    }

    function _removedUnits(uint256 v, address who, uint256 gone) internal {
        pools[v].units -= gone;
        units[v][who] -= gone;
        if (units[v][who] == 0) expected[who].debtVault = 0;
    }
}
