// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {LegClaim, Proof} from "../../src/interfaces/Types.sol";
import {LiquidationRequest} from "../../src/interfaces/ManagerTypes.sol";
import {World} from "./World.sol";

/// @title Which statements are true of whose book, and what the verification equation must come to
/// @dev Every commitment stands for a book drawn from its number, known to its owner alone. A proof is made only of a true
/// statement, as the circuits would have it; anything else gets a proof of other values.
abstract contract Oracle is World {
    /// @dev What an account holds, in lots.
    struct Leg {
        uint64[8] long;
        uint64[8] short;
    }

    /// @dev What a compliance proof is about. `slot` and `amount` are the action's.
    struct Order {
        uint8 action;
        uint256 vault;
        address account;
        uint8 slot;
        uint256 amount;
        bytes32 policy;
        uint256 commitment;
        address beneficiary;
        uint64 epoch;
        uint64 nonce;
        uint64 deadline;
        uint256 x;
    }

    /// @dev What a sheet was folded from.
    struct FoldedFrom {
        uint32 keyVersion;
        uint32 parametersVersion;
        uint64 validUntil;
        uint256 x;
    }

    mapping(uint256 commitment => address) internal ownerOf;
    mapping(uint8 kind => mapping(uint64 epoch => FoldedFrom)) internal foldedFrom;
    mapping(uint8 kind => uint32) internal keyVersion;
    mapping(uint8 kind => mapping(uint256 signal => uint256)) private _tau;
    mapping(bytes32 policy => uint256) private _policyX;
    mapping(bytes32 policy => uint32) internal policyKey;
    uint32 internal parametersVersion;
    uint64 internal newest;
    uint64 internal previous;

    /// @dev Forgets what was known of a kind's key.
    function _useKey(uint8 kind, uint32 version) internal {
        keyVersion[kind] = version;
        for (uint256 signal = 0; signal < 5 + 2 * N; ++signal) {
            _tau[kind][signal] = tau(keys[kind], signal);
        }
    }

    function policyX(bytes32 policy) internal view returns (uint256) {
        return _policyX[policy];
    }

    function _knowPolicy(bytes32 policy) internal {
        (_policyX[policy], policyKey[policy]) = (policyDlog(policy), keyVersion[COMPLIANCE]);
    }

    // ---- what is true

    /// @dev Some books are empty; others owe ether or hold cash. Commitment 0 stands for no book at all.
    function bookOf(uint256 commitment) internal pure returns (Leg memory book) {
        uint256 noise = uint256(keccak256(abi.encode("book", commitment)));
        if (commitment == 0 || noise & 3 == 0) return book;
        book.long[0] = uint64((noise >> 8) % 1_000e6);
        if (noise & 4 == 4) book.short[ETH] = uint64((noise >> 72) % 1e5);
        if (noise & 24 == 24) book.long[QUIET] = uint64((noise >> 136) % 5e6);
    }

    /// @dev Escrow and debt of now in lots, rounded against the keeper.
    function legNow(address who) internal view returns (Leg memory leg) {
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            uint256 unit = 10 ** exponentOf(slot);
            leg.long[slot] = uint64((escrowSum(who, slot) + unit - 1) / unit);
        }
        leg.short[USD] = _short(who, vm.getBlockTimestamp(), [uint256(0), 0], false);
    }

    /// @dev Escrow in lots, and debt with interest to the end of an epoch, rounded against the borrower.
    function _legAt(address who, uint64 epoch, uint256[VAULTS] memory more) private view returns (Leg memory leg) {
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            leg.long[slot] = uint64(escrowSum(who, slot) / 10 ** exponentOf(slot));
        }
        leg.short[USD] = _short(who, (uint256(epoch) + 1) * HOUR, more, true);
    }

    /// @dev What is owed to all vaults at a time, with `more` units, and what was written off.
    function _short(address who, uint256 time, uint256[VAULTS] memory more, bool up) private view returns (uint64 sum) {
        for (uint256 v = 0; v < VAULTS; ++v) {
            uint256 worth = (units[v][who] + more[v]) * indexAt(v, time);
            sum += uint64((worth + (up ? UNIT - 1 : 0)) / UNIT);
        }
        sum += uint64(badDebtSum(who));
    }

    /// @dev Units that a draw adds: of its epoch's start, rounded up.
    function unitsOf(Order memory o) internal view returns (uint256) {
        uint256 index = indexAt(o.vault, o.epoch * HOUR);
        return (o.amount * UNIT + index - 1) / index;
    }

    /// @dev The leg after an order, rounded against the borrower.
    function legAfter(Order memory o) internal view returns (Leg memory leg) {
        return legAfter(o, false);
    }

    function legAfter(Order memory o, bool againstKeeper) internal view returns (Leg memory leg) {
        uint256[VAULTS] memory more;
        if (o.action == 3) more[o.vault] = unitsOf(o);
        leg = _legAt(o.account, o.epoch, more);
        if (againstKeeper) {
            leg = legNow(o.account);
            leg.short[USD] = _short(o.account, vm.getBlockTimestamp(), more, false);
        }
        if (o.action != 4) return leg;
        uint256 sum = escrowSum(o.account, o.slot);
        uint256 unit = 10 ** exponentOf(o.slot);
        uint256 left = o.amount > sum ? 0 : sum - o.amount;
        leg.long[o.slot] = uint64(againstKeeper ? (left + unit - 1) / unit : left / unit);
    }

    /// @dev Statement 1: 10^4·Σ L·price·lt ≥ threshold·Σ S·price·bf, of book and leg together.
    function isHealthy(uint256 commitment, Leg memory leg, uint64 epoch, uint256 threshold)
        internal
        view
        returns (bool)
    {
        (uint256 assets, uint256 debts) = weighted(commitment, leg, epoch);
        return 10_000 * assets >= threshold * debts;
    }

    /// @dev Whether a keeper could prove it unhealthy on its leg as it is now.
    function isLiquidatable(address who) internal view returns (bool) {
        return expected[who].debtVault != 0 && !isHealthy(expected[who].commitment, legNow(who), newest, 10_000);
    }

    /// @dev Whether anybody could without a proof: nobody vouched for it, and escrow and debt alone are unhealthy.
    function isLiquidatableByLeg(address who) internal view returns (bool) {
        return expected[who].debtVault != 0 && expected[who].word.level < 2 && !isHealthy(0, legNow(who), newest, 10_000);
    }

    /// @dev Σ L·price·lt and Σ S·price·bf of book and leg together.
    function weighted(uint256 commitment, Leg memory leg, uint64 epoch)
        internal
        view
        returns (uint256 assets, uint256 debts)
    {
        Leg memory book = bookOf(commitment);
        uint64[] memory prices = sheet.pricesOf(epoch);
        for (uint256 i = 0; i < N; ++i) {
            assets += (uint256(book.long[i]) + leg.long[i]) * prices[i] * uint256(factor[0][i]);
            debts += (uint256(book.short[i]) + leg.short[i]) * prices[i] * uint256(parameterAt(1, i));
        }
    }

    /// @dev E > 0, statement B, and statement 1 at the policy's minimum.
    function complies(uint256 commitment, Leg memory leg, uint64 epoch) internal view returns (bool) {
        Leg memory book = bookOf(commitment);
        uint64[] memory prices = sheet.pricesOf(epoch);
        (, uint128 blocked) = sheet.epochMeta(epoch);
        int256 equity;
        for (uint256 i = 0; i < N; ++i) {
            uint256 long = uint256(book.long[i]) + leg.long[i];
            uint256 short = uint256(book.short[i]) + leg.short[i];
            if ((blocked >> i) & 1 == 1 && long + short != 0) return false;
            equity += (int256(long) - int256(short)) * int256(uint256(prices[i]));
        }
        return equity > 0 && isHealthy(commitment, leg, epoch, HEALTH_BPS);
    }

    // ---- what the equation comes to

    function _legX(uint8 kind, Leg memory leg) private view returns (uint256 x) {
        uint256 first = kind == COMPLIANCE ? 4 : 5;
        for (uint256 i = 0; i < N; ++i) {
            if (leg.long[i] != 0) x = addmod(x, mulmod(_tau[kind][first + i], leg.long[i], R), R);
            if (leg.short[i] != 0) x = addmod(x, mulmod(_tau[kind][first + N + i], leg.short[i], R), R);
        }
    }

    function _subjectX(uint8 kind, uint256 commitment, address who, uint256 context) private view returns (uint256 x) {
        x = addmod(_tau[kind][0], mulmod(_tau[kind][1], commitment, R), R);
        x = addmod(x, mulmod(_tau[kind][2], uint160(who), R), R);
        x = addmod(x, mulmod(_tau[kind][3], context, R), R);
    }

    function _bindsOf(Order memory o) private view returns (Binds memory b) {
        b.target = o.action < 3 ? address(manager) : address(vaults[o.vault]);
        (b.policy, b.account, b.commitment, b.beneficiary) = (o.policy, o.account, o.commitment, o.beneficiary);
        b.sequence = expected[o.account].sequence + (o.action == 2 ? 1 : 0);
        b.action = o.action;
        if (o.action == 2) b.actionHash = keccak256(abi.encode(o.commitment));
        if (o.action > 2) b.actionHash = keccak256(abi.encode(tokens[o.slot], o.amount));
        (b.epoch, b.nonce, b.deadline) = (o.epoch, o.nonce, o.deadline);
    }

    /// @dev What a compliance proof of the order would have to be about now, for the commitment it names.
    function orderX(Order memory o) internal view returns (uint256 x) {
        Binds memory b = _bindsOf(o);
        x = _subjectX(COMPLIANCE, o.commitment, o.account, contextFor(COMPLIANCE, b));
        x = addmod(x, _legX(COMPLIANCE, legAfter(o)), R);
        x = addmod(x, foldedFrom[COMPLIANCE][o.epoch].x, R);
        x = addmod(x, _policyX[o.policy], R);
    }

    /// @dev The same of a liquidation, for the commitment given.
    function seizureX(uint256 v, LiquidationRequest memory r, uint256 commitment) internal view returns (uint256 x) {
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (address(vaults[v]), r.account, r.beneficiary, 5);
        (b.commitment, b.sequence) = (commitment, expected[r.account].sequence);
        b.actionHash = keccak256(abi.encode(r.repayAmount, r.seizeSlot, r.thresholdBps, r.claims));
        (b.epoch, b.nonce, b.deadline) = (r.epoch, r.nonce, r.deadline);
        x = _subjectX(LIQUIDATION, commitment, r.account, contextFor(LIQUIDATION, b));
        x = addmod(x, mulmod(_tau[LIQUIDATION][4], thresholdOf(r), R), R);
        x = addmod(x, _legX(LIQUIDATION, claimedLeg(r.claims)), R);
        x = addmod(x, foldedFrom[LIQUIDATION][r.epoch].x, R);
    }

    function thresholdOf(LiquidationRequest memory r) internal pure returns (uint256) {
        return r.thresholdBps;
    }

    function claimedLeg(LegClaim[] memory claims) internal pure returns (Leg memory leg) {
        for (uint256 i = 0; i < claims.length; ++i) {
            (leg.long[claims[i].slot & 7], leg.short[claims[i].slot & 7]) = (claims[i].long, claims[i].short);
        }
    }

    /// @dev The contracts' own public values, folded here: prices and blocked bits as stored, window from the closes.
    function _foldHere(uint8 kind, uint64 epoch) internal {
        (,, uint64 validUntil) = sheet.windowState(keyVersion[COMPLIANCE]);
        foldedFrom[kind][epoch] =
            FoldedFrom(keyVersion[kind], parametersVersion, validUntil, sheetDlog(kind, epoch));
    }

    /// @dev A valid proof that vk_x = x, in one of many encodings.
    function proofOf(uint256 x, uint256 seed) internal view returns (Proof memory proof) {
        proof = simulate(x, seed % (R - 1) + 1);
        if (seed & 1 == 0) return proof;
        proof.a[1] = Q - proof.a[1];
        (proof.b[1][0], proof.b[1][1]) = (Q - proof.b[1][0], Q - proof.b[1][1]);
    }

    function isFolded(uint8 kind, uint64 epoch) internal view returns (bool) {
        FoldedFrom storage from = foldedFrom[kind][epoch];
        bool isCurrent = from.keyVersion == keyVersion[kind] && from.parametersVersion == parametersVersion;
        return from.x != 0 && isCurrent && (kind != COMPLIANCE || vm.getBlockTimestamp() < from.validUntil);
    }
}
