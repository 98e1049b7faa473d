// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ActionRequest, Bound} from "../../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../../src/interfaces/Types.sol";
import {Governors} from "./Governors.sol";
import {GrowingToken} from "./World.sol";

/// @title Replayed, malleated, foreign, stale and lying calls; gifts; calls without a role; re-entrance
abstract contract Attackers is Governors {
    uint256 internal hookPassed;

    /// @dev What waited in the mempool arrives late: the rules decide.
    function sendLate(uint256 which, uint256 noise) external {
        if (waiting.length == 0) return;
        Order memory o = waiting[which % waiting.length];
        bool ok = _send(o, o.account, noise);
        _count("sent late", ok);
        if (ok && o.action != 4) _keep(sent, o, noise);
    }

    /// @dev What passed long ago is sent again; what passed just now is in Borrowers.
    function replay(uint256 which, uint256 noise) external {
        if (sent.length == 0) return;
        Order memory o = sent[which % sent.length];
        if (!isUnproved(o)) _replay(o, noise);
    }

    /// @dev Somebody else's call, or the same call at the other vault.
    function foreign(uint256 which, uint256 by, uint256 noise, uint256 fate) external {
        if (waiting.length == 0) return;
        Order memory o = waiting[which % waiting.length];
        bool otherVault = fate % 2 == 0;
        address sender = otherVault ? o.account : account(by);
        if (otherVault) o.vault = 1 - o.vault;
        bool isTheirs = sender == o.account && (!otherVault || o.action < 3);
        Order memory actual = o;
        actual.account = sender;
        if (isTheirs || isUnproved(actual)) return;
        o.account = waiting[which % waiting.length].account;
        bool ok = _send(o, sender, noise);
        _count("foreign", ok);
        assertTrue(!ok, "INV45 no proof serves another account or vault");
    }

    /// @dev A true proof with one word of the call changed.
    function tamper(uint256 which, uint256 word, uint256 by, uint256 noise) external {
        if (waiting.length == 0) return;
        Order memory o = waiting[which % waiting.length];
        if (isUnproved(o)) return;
        by = bound(by, 1, 1_000);
        word = word % 6;
        if (word == 0) o.epoch -= uint64(by);
        if (word == 1) o.nonce += uint64(by);
        if (word == 2) o.deadline += uint64(by);
        if (word == 3) (o.beneficiary, o.amount) = (keepers[0], o.action < 3 ? o.amount : o.amount + 1);
        if (word == 4) o.amount += by;
        if (word == 5) o.x = addmod(o.x, by, R);
        if (o.action < 3 && (word == 3 || word == 4)) return;
        bool ok = _send(o, o.account, noise);
        _count("tamper", ok);
        assertTrue(!ok, "INV46 no proof serves a changed call");
    }

    // ---- liquidations

    function seizeLate(uint256 which, uint256 by, uint256 noise) external {
        if (waitingSeizures.length == 0) return;
        Seizure memory s = abi.decode(waitingSeizures[which % waitingSeizures.length], (Seizure));
        bool ok = _seize(s, keepers[by % OTHERS], noise);
        _count("seized late", ok);
        if (ok) _keepSeizure(seizures, s, noise);
    }

    function seizeAgain(uint256 which, uint256 by, uint256 noise) external {
        if (seizures.length == 0) return;
        Seizure memory s = abi.decode(seizures[which % seizures.length], (Seizure));
        bool ok = _seize(s, keepers[by % OTHERS], noise);
        _count("seize again", ok);
        assertTrue(!ok, "INV47 no liquidation passes twice");
    }

    /// @dev A proof that is true of a leg worse than the account's: less escrow, more debt, or a slot left out.
    function lie(uint256 who, uint256 by, uint256 fate) external {
        address target = account(who);
        uint256 owed = expected[target].debtVault;
        if (owed == 0) return;
        Seizure memory s = _seizure(owed - 1, target, keepers[by % OTHERS]);
        (s.request.seizeSlot, s.request.repayAmount) = (ETH, debtNow(owed - 1, target));
        s.request.thresholdBps = fate & 0x800 == 0x800 ? 9_500 : 10_000;
        LegClaim[] memory claims = _claims(target, 0);
        uint256 index = fate % claims.length;
        if (fate & 0x300 == 0) claims[0].short += uint64(bound(fate >> 16, 1, 1e12));
        else if (fate & 0x300 == 0x100) for (uint256 i = 1; i < claims.length; ++i) claims[i].long = 0;
        else if (fate & 0x300 == 0x200) claims[index].long /= 2;
        else claims[index].slot = uint8(fate >> 16);
        s.request.claims = claims;
        if (isSameLeg(claims, target)) return;
        _prove(s);
        bool ok = _seize(s, keepers[by % OTHERS], fate);
        _count("lie", ok);
        assertTrue(!ok, "INV48 no claim worse than the leg is accepted");
    }

    function isSameLeg(LegClaim[] memory claims, address target) private view returns (bool) {
        return keccak256(abi.encode(claims)) == keccak256(abi.encode(_claims(target, 0)));
    }

    // ---- without a proof

    /// @dev Tokens sent to a vault count for nobody.
    function donate(uint256 v, uint256 slot, uint256 amount) external {
        uint8 chosen = uint8(bound(slot, USD, SLOTS - 1));
        amount = bound(amount, 1, 1e9);
        given[v % VAULTS][chosen] += arriving(chosen, amount);
        if (chosen == GROWING) {
            GrowingToken(tokens[chosen]).grow(address(vaults[v % VAULTS]), amount);
        } else {
            // One of the tokens returns nothing, which an ordinary call would refuse.
            bytes memory data = abi.encodeCall(IERC20.transfer, (address(vaults[v % VAULTS]), amount));
            assertTrue(_call(keepers[0], tokens[chosen], data), "a gift arrives");
        }
        _count("donate", true);
    }

    /// @dev Every function that a role or a vault guards, by somebody without either.
    function trespass(uint256 which, uint256 who) external {
        address by = who % 3 == 0 ? thief : who % 3 == 1 ? keepers[0] : account(who);
        (address target, bytes memory data) = _guarded(which % 29);
        bool ok = _call(by, target, data);
        _count("trespass", ok);
        assertTrue(!ok, "INV49 what a role or a vault guards is refused to everybody else");
    }

    function _guarded(uint256 i) private view returns (address, bytes memory) {
        Proof memory none;
        ActionRequest memory request = ActionRequest(newest, 0, type(uint64).max, thief);
        Bound memory full = Bound(10_000, 0, type(uint40).max, type(uint40).max);
        address m = address(manager);
        if (i == 0) return (m, abi.encodeCall(manager.addEscrow, (thief, ETH, 1e18)));
        if (i == 1) return (m, abi.encodeCall(manager.removeEscrow, (traders[0], ETH, 1)));
        if (i == 2) return (m, abi.encodeCall(manager.addDebt, (traders[0], USD, 1)));
        if (i == 3) return (m, abi.encodeCall(manager.removeDebt, (traders[0], USD, 1)));
        if (i == 4) return (m, abi.encodeCall(manager.consume, (traders[0], 3, 0, policyId, request, none)));
        if (i == 5) return (m, abi.encodeCall(manager.verifyLiquidation, (_seizure(0, traders[0], keepers[0]).request, none)));
        if (i == 6) return (m, abi.encodeCall(manager.pause, ()));
        if (i == 7) return (m, abi.encodeCall(manager.unpause, ()));
        if (i == 8) return (m, abi.encodeCall(manager.registerVault, (thief)));
        if (i == 9) return (m, abi.encodeCall(manager.registerToken, (7, address(usd))));
        if (i == 10) return (address(custodians), abi.encodeCall(custodians.setCustodian, (thief, 0, type(uint64).max)));
        if (i == 11) return (address(vaults[0]), abi.encodeCall(vaults[0].setCap, (2, type(uint128).max)));
        if (i == 12) return (address(vaults[0]), abi.encodeCall(vaults[0].setCollateral, (ETH, 9_000)));
        if (i == 13) return (address(sheet), abi.encodeCall(sheet.proposeParameters, (parameterValues())));
        if (i == 14) return (address(sheet), abi.encodeCall(sheet.activateParameters, ()));
        if (i == 15) return (address(sheet), abi.encodeCall(sheet.proposeDelisting, (ETH)));
        if (i == 16) return (address(registry), abi.encodeCall(registry.activate, (COMPLIANCE)));
        if (i == 17) return (address(registry), abi.encodeCall(registry.cancel, (COMPLIANCE)));
        if (i == 18) return (m, abi.encodeCall(manager.setDebtRate, (0)));
        if (i == 19) return (m, abi.encodeCall(manager.setCredit, (traders[0], USD, 1)));
        if (i == 20) return (m, abi.encodeCall(manager.noteStatement, (thief, 1, 1, 1, type(uint40).max)));
        if (i == 21) return (address(vaults[0]), abi.encodeCall(vaults[0].setRate, (0)));
        if (i == 22) return (address(vaults[0]), abi.encodeCall(vaults[0].takeReserve, (0, thief)));
        if (i == 23) return (address(vaults[0]), abi.encodeCall(vaults[0].sweepDust, (ETH, thief)));
        if (i == 24) return (m, abi.encodeCall(manager.setBadDebt, (traders[0], USD, 0)));
        if (i == 25) return (m, abi.encodeCall(manager.noteBinding, (traders[0], expected[traders[0]].commitment, full)));
        if (i == 26) return (m, abi.encodeCall(manager.noteReaders, (1)));
        if (i == 27) return (m, abi.encodeCall(manager.setBinder, (thief)));
        return (address(venues), abi.encodeCall(venues.revokeKey, (1, newestVenueKey)));
    }

    /// @notice What the hook token calls during every transfer: back into the vault that moves it.
    function onHook() external {
        for (uint256 v = 0; v < VAULTS; ++v) {
            CreditVault vault_ = vaults[v];
            if (callee != address(vault_)) continue;
            // A deposit of nothing would pass otherwise.
            (bool ok,) = address(vault_).call(abi.encodeCall(vault_.deposit, (0, address(this))));
            bool isTrue = vault_.totalAssets() == assetsNow(v);
            if (ok || !isTrue) ++hookPassed;
            _count("re-enter", ok || !isTrue);
        }
    }
}
