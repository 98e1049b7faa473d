// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CustodianStatement, ICustodianRegistry} from "../../src/interfaces/ICustodianRegistry.sol";
import {ICreditVault} from "../../src/interfaces/ICreditVault.sol";
import {Ledger} from "./Ledger.sol";

/// @title Calls of traders, and of strangers who pay for them
abstract contract Borrowers is Ledger {
    Order[] internal sent;
    Order[] internal waiting;

    function commit(uint256 who, uint256 fate) external {
        address trader_ = account(who);
        uint256 commitment = nextCommitment++;
        if (fate % 16 == 0) commitment = expected[trader_].commitment;
        if (fate % 16 == 1) commitment += R;
        bool mayPass = fate % 16 > 1;
        bool ok = _call(trader_, address(manager), abi.encodeCall(manager.commit, (commitment)));
        _same(ok, mayPass, "INV23 a commitment counts once an account, below the field's order");
        _count("commit", ok);
        if (!ok) return;
        Expected storage state = expected[trader_];
        delete state.pendingWord;
        (state.pending, state.pendingWord.level) = (commitment, 1);
        ownerOf[commitment] = trader_;
        if (state.debtVault == 0) _activated(trader_);
    }

    /// @dev One time in four everything is repaid before.
    function activatePending(uint256 who, uint256 fate) external {
        address trader_ = account(who);
        Expected storage state = expected[trader_];
        if (fate % 4 == 0 && state.pending != 0 && state.debtVault != 0) this.repay(8, who, 0, 0, 0);
        bool mayPass = state.pending != 0 && state.debtVault == 0;
        bool ok = _call(trader_, address(manager), abi.encodeCall(manager.activatePending, ()));
        _same(ok, mayPass, "INV24 a pending commitment is activated without a proof only when nothing is owed");
        _count("activatePending", ok);
        if (ok) _activated(trader_);
    }

    /// @dev A statement about the active or the pending commitment, sometimes about another, too old, or forged.
    /// Two traders are rarely vouched for: of what nobody vouched for, other rules hold.
    function custodian(uint256 who, uint256 fate) external {
        address trader_ = account(fate & 0xff00 == 0 ? who : who % 2);
        Expected storage state = expected[trader_];
        bool isPending = fate & 1 == 1;
        CustodianStatement memory statement;
        (statement.account, statement.asOf) = (trader_, uint64(vm.getBlockTimestamp()));
        statement.commitment = isPending ? state.pending : state.commitment;
        statement.sequence = state.sequence + (isPending ? 1 : 0);
        bool mayPass = statement.commitment != 0 && fate % 32 > 7;
        if (fate % 32 < 2) ++statement.sequence;
        if (fate % 32 == 2 || fate % 32 == 3) ++statement.commitment;
        if (fate % 32 == 4 || fate % 32 == 5) statement.asOf -= 1 days + 1;
        mayPass = mayPass && statement.asOf > state.lastDeposit;
        uint256 key = fate % 32 == 6 || fate % 32 == 7 ? 0xbad : custodianKey;
        bytes memory signature = signed(key, statement);
        bytes memory data = abi.encodeCall(ICustodianRegistry.attachCustodian, (statement, signature));
        bool ok = _call(thief, address(custodians), data);
        _same(ok, mayPass, "INV25 a level is lifted only by a valid statement about that very commitment");
        _count("custodian", ok);
        if (!ok) return;
        uint64 until = statement.asOf + 30 days;
        _custodianSaid(isPending ? state.pendingWord : state.word, until);
    }

    // ---- what needs a proof

    function attest(uint256 who, uint256 fate) external {
        Order memory o = _order(1, who, 0, fate);
        o.policy = pools[fate % VAULTS].policy;
        if (fate & 12 == 0 && previous != 0) o.epoch = previous;
        _finishOrder("attest", o, fate);
    }

    function update(uint256 who, uint256 fate) external {
        Order memory o = _order(2, who, 0, fate);
        o.commitment = expected[o.account].pending;
        if (expected[o.account].debtVault != 0) o.policy = pools[expected[o.account].debtVault - 1].policy;
        _finishOrder("update", o, fate);
    }

    /// @dev Mostly within what the escrow allows.
    function draw(uint256 who, uint256 v, uint256 amount, uint256 fate) external {
        Order memory o = _order(3, who, v % VAULTS, fate);
        if (fate & 48 != 0 && expected[o.account].debtVault != 0) o.vault = expected[o.account].debtVault - 1;
        o.slot = USD;
        o.policy = pools[o.vault].policy;
        uint256 limit = newest == 0 ? 0 : vaults[o.vault].debtLimitOf(o.account, newest);
        uint256 owed = debtAt(o.vault, o.account, (uint256(newest) + 1) * HOUR);
        uint256 room = limit > owed ? limit - owed : 0;
        o.amount = fate % 8 == 0 ? amount % 1e12 : bound(amount, 1e6, room * (fate & 0x30000 == 0 ? 10 : 8) / 10 + 2e6);
        if (fate % 8 == 1) o.amount = room;
        if (fate % 8 > 4) o.amount = room * 4 / 5;
        _finishOrder("draw", o, fate);
    }

    function withdraw(uint256 who, uint256 v, uint256 slot, uint256 amount, uint256 fate) external {
        Order memory o = _order(4, who, v % VAULTS, fate);
        o.slot = uint8(bound(slot, ETH, SLOTS - 1));
        if (expected[o.account].debtVault != 0) o.policy = pools[expected[o.account].debtVault - 1].policy;
        uint256 most = escrow[o.vault][o.account][o.slot];
        o.amount = bound(amount, 0, fate % 8 == 0 ? most + 1 : most / 8);
        _finishOrder(isUnproved(o) ? bytes32("withdraw freely") : bytes32("withdraw with proof"), o, fate);
    }

    function _order(uint8 action, uint256 who, uint256 v, uint256 fate) private view returns (Order memory o) {
        (o.action, o.vault, o.account, o.beneficiary) = (action, v, account(who), account(who));
        if (action > 2 && fate & 0x300 == 0) o.beneficiary = thief;
        o.commitment = expected[o.account].commitment;
        (o.epoch, o.nonce) = (newest, expected[o.account].nonces[action]);
        o.deadline = uint64(vm.getBlockTimestamp() + 7_200);
        // A prover may prove for any of these; only the contract refuses them.
        uint256 odd = (fate >> 100) % 32;
        if (odd == 0) ++o.nonce;
        if (odd == 1 && o.nonce != 0) --o.nonce;
        if (odd == 2 && previous != 0) o.epoch = previous;
        if (odd == 3) o.deadline = uint64(vm.getBlockTimestamp() - 1);
        if (odd == 4) o.beneficiary = address(0);
    }

    /// @dev An honest prover proves what is true of a book whose opening it has. One order in eight waits to be sent later.
    function _finishOrder(bytes32 kind, Order memory o, uint256 fate) private {
        bool isOwn = o.commitment != 0 && ownerOf[o.commitment] == o.account;
        bool isTrue = isOwn && complies(o.commitment, legAfter(o), o.epoch);
        o.x = addmod(orderX(o), isTrue ? 0 : 1, R);
        if (fate & 0x7000 == 0x7000) {
            _keep(waiting, o, fate);
            return;
        }
        bool ok = _send(o, o.account, fate);
        _count(kind, ok);
        if (!ok || (o.action == 4 && expected[o.account].debtVault == 0)) return;
        _keep(sent, o, fate);
        if (fate & 0xc0000 == 0) _replay(o, fate + 1);
    }

    /// @dev The same again, in another encoding or with the proof of another randomness.
    function _replay(Order memory o, uint256 noise) internal {
        bool ok = _send(o, o.account, noise);
        _count("replay", ok);
        assertTrue(!ok, "INV44 no proof passes twice");
    }

    function _keep(Order[] storage list, Order memory o, uint256 fate) internal {
        if (list.length < 8) list.push(o);
        else list[(fate >> 16) % 8] = o;
    }

    // ---- what needs none

    function depositEscrow(uint256 who, uint256 v, uint256 slot, uint256 amount) external {
        uint8 chosen = uint8(bound(slot, ETH, SLOTS - 1));
        uint256 most = chosen == ETH ? 1e18 : 30e6;
        _depositEscrow("depositEscrow", account(who), account(who), v % VAULTS, chosen, bound(amount, 1, most));
    }

    /// @dev By somebody else: the first keeper is allowed to, the second is not.
    function topUp(uint256 by, uint256 who, uint256 v, uint256 slot, uint256 amount) external {
        uint8 chosen = uint8(bound(slot, ETH, SLOTS - 1));
        amount = bound(amount, 1, chosen == ETH ? 1e15 : 1e5);
        _depositEscrow("topUp", keepers[by % OTHERS], account(who), v % VAULTS, chosen, amount);
    }

    function _depositEscrow(bytes32 kind, address from, address to, uint256 v, uint8 slot, uint256 amount) private {
        uint256 received = arriving(slot, amount);
        bool mayPass = received != 0 && (from == to || from == keepers[0]);
        bool ok = _call(from, address(vaults[v]), abi.encodeCall(ICreditVault.depositEscrow, (slot, amount, to)));
        _same(ok, mayPass, "INV26 topping up works in every state, for others only where the account allowed it");
        _count(isPaused ? bytes32("top up while paused") : kind, ok);
        if (!ok) return;
        _endWords(to);
        escrow[v][to][slot] += received;
        held[v][slot] += received;
    }

    function repay(uint256 by, uint256 who, uint256 v, uint256 amount, uint256 all) external {
        for (uint256 i = 1; i < TRADERS && _creditorOf(account(who)) == 0 && by & 96 != 0; ++i) {
            who = who % TRADERS + 1;
        }
        address to = account(who);
        uint256 from = _creditorOf(to) != 0 && by & 24 != 0 ? _creditorOf(to) - 1 : v % VAULTS;
        (uint256 owed, uint256 bad) = (debtNow(from, to), badDebt[from][to]);
        if (owed == 0) owed = bad;
        // Mostly a little, so that debts live until prices fall; of what was written off mostly all, or nothing is lent again.
        bool isAll = all % 8 == 0 || (units[from][to] == 0 && all % 8 < 5);
        amount = isAll ? type(uint256).max : bound(amount, 1, all % 8 < 3 ? owed + 1 : owed / 16 + 1);
        address payer = by & 1 == 0 ? to : keepers[(by >> 1) % OTHERS];
        bool ok = _call(payer, address(vaults[from]), abi.encodeCall(ICreditVault.repay, (to, amount)));
        _same(ok, owed != 0, "INV27 repaying works in every state");
        _count(isPaused ? bytes32("repay while paused") : bytes32("repay"), ok);
        if (!ok) return;
        amount = amount < owed ? amount : owed;
        if (units[from][to] != 0) {
            _reducedDebt(from, to, amount);
            return;
        }
        _repaidBadDebt(from, to, amount);
    }

    /// @dev 1 + the index of the vault that is owed, or wrote something off; or 0.
    function _creditorOf(address who) private view returns (uint256) {
        if (expected[who].debtVault != 0) return expected[who].debtVault;
        return badDebt[0][who] != 0 ? 1 : badDebt[1][who] != 0 ? 2 : 0;
    }

    /// @dev What was written off goes to the shares that bore it first, then to the reserve.
    function _repaidBadDebt(uint256 v, address who, uint256 amount) private {
        uint256 toShares = amount < sharedBadDebt[v][who] ? amount : sharedBadDebt[v][who];
        badDebt[v][who] -= amount;
        sharedBadDebt[v][who] -= toShares;
        pools[v].liquid += amount;
        pools[v].reserve += amount - toShares;
        assertEq(vaults[v].totalAssets(), assetsNow(v), "INV66 what is repaid of a loss goes to the shares that bore it first");
        _count("repay bad debt", true);
        if (toShares != 0) _count("restore the shares", true);
    }
}
