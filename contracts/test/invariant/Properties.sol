// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {AccountState} from "../../src/interfaces/ManagerTypes.sol";
import {FoldedSheet} from "../../src/interfaces/IPriceSheet.sol";
import {Attackers} from "./Attackers.sol";

/// @title What holds after every call, whatever the call was
abstract contract Properties is Attackers {
    uint256[VAULTS] private _priceUp;
    uint256[VAULTS] private _priceDown;
    mapping(address => bool) private _wasLiquidatable;
    mapping(address => bool) private _wasByLeg;
    bytes32 private _circumstances;
    uint256 private _turn;

    function checkAll() external {
        for (uint256 v = 0; v < VAULTS; ++v) {
            _checkPool(v);
            _checkTokens(v);
            _checkSharePrice(v);
        }
        for (uint256 i = 0; i < TRADERS; ++i) {
            _checkAccount(traders[i]);
            _checkPositions(traders[i]);
            _checkCompliance(traders[i]);
        }
        _checkSheet();
        _checkHealth();
        ++_turn;
        assertEq(hookPassed, 0, "INV19 nobody re-enters a vault or reads it half-way");
    }

    function _checkPool(uint256 v) private view {
        (CreditVault vault_, Pool storage pool) = (vaults[v], pools[v]);
        assertEq(vault_.liquid(), pool.liquid, "INV01 liquid assets change only by the rules");
        assertEq(vault_.totalDebt(), totalNow(v), "INV02 a vault's total debt changes only by the rules");
        assertEq(vault_.reserve(), reserveNow(v), "INV60 the reserve changes only by the rules");
        assertEq(vault_.totalSupply(), pool.shares, "INV03 shares change only by the rules");
        uint256 both = vault_.totalAssets() + vault_.reserve();
        assertEq(both, vault_.liquid() + vault_.totalDebt(), "INV04 shares and reserve are what is liquid or owed");
        uint256 owed;
        for (uint256 i = 0; i < TRADERS; ++i) {
            uint256 debt_ = vault_.debtOf(traders[i]);
            assertEq(debt_, debtNow(v, traders[i]), "INV05 a debt changes only by the rules");
            assertEq(vault_.badDebtOf(traders[i]), badDebt[v][traders[i]], "INV63 what was written off is remembered");
            owed += debt_;
        }
        bool addsUp = owed >= totalNow(v) && owed <= totalNow(v) + TRADERS;
        assertTrue(addsUp, "INV06 the debts add up to the vault's total, but for a unit each");
        for (uint256 i = 0; i < OTHERS; ++i) {
            assertEq(vault_.balanceOf(lenders[i]), shares[v][lenders[i]], "INV03 shares change only by the rules");
        }
    }

    function _checkTokens(uint256 v) private view {
        for (uint8 slot = USD; slot < SLOTS; ++slot) {
            uint256 accounted = slot == USD ? pools[v].liquid : held[v][slot];
            uint256 has = balance(slot, address(vaults[v]));
            assertTrue(accounted <= has, "INV07 what is accounted for is there, in every token");
            assertEq(has, accounted + given[v][slot], "INV08 only gifts are not accounted for");
            // One slot a look, in turn: it takes a call for everybody.
            if (slot == ETH + _turn % (SLOTS - ETH)) _checkKept(v, slot);
        }
    }

    function _checkSharePrice(uint256 v) private {
        (uint256 up, uint256 down) = (vaults[v].totalAssets() + 1, vaults[v].totalSupply() + 1_000);
        bool hasFallen = _priceDown[v] != 0 && up * _priceDown[v] < _priceUp[v] * down;
        assertTrue(!hasFallen || sharedLoss[v], "INV09 the price of a share falls only by a loss that the reserve has not got");
        (_priceUp[v], _priceDown[v], sharedLoss[v]) = (up, down, false);
    }

    /// @dev Every token that a vault holds is somebody's escrow, claim or the reserve's dust.
    function _checkKept(uint256 v, uint8 slot) private view {
        uint256 sum = vaults[v].dustOf(slot);
        assertEq(sum, dust[v][slot], "INV61 dust changes only by the rules");
        for (uint256 i = 0; i < TRADERS + OTHERS; ++i) {
            address owner = i < TRADERS ? traders[i] : keepers[i - TRADERS];
            uint256 own = vaults[v].claimableOf(owner, tokens[slot]);
            assertEq(own, claimable[v][owner][slot], "INV57 what may be claimed changes only by the rules");
            sum += own + vaults[v].escrowOf(owner, slot);
        }
        assertEq(sum, held[v][slot], "INV07 what is accounted for is somebody's");
    }

    /// @dev Time, prices and parameters are the same as at the last look: then nobody became liquidatable.
    function _checkHealth() private {
        bytes32 circumstances = keccak256(abi.encode(vm.getBlockTimestamp(), newest, parametersVersion));
        for (uint256 i = 0; i < TRADERS; ++i) {
            bool isNow = isLiquidatable(traders[i]);
            bool became = isNow && !_wasLiquidatable[traders[i]] && circumstances == _circumstances;
            assertTrue(!became, "INV56 only prices, interest, parameters or time make an account liquidatable");
            _wasLiquidatable[traders[i]] = isNow;
            isNow = isLiquidatableByLeg(traders[i]);
            became = isNow && !_wasByLeg[traders[i]] && circumstances == _circumstances;
            assertTrue(!became, "INV56 only prices, interest, parameters or time open the way without a proof");
            _wasByLeg[traders[i]] = isNow;
        }
        _circumstances = circumstances;
    }

    function _checkAccount(address who) private view {
        Expected storage want = expected[who];
        AccountState memory state = manager.accountState(who);
        assertEq(state.commitment, want.commitment, "INV10 the active commitment changes only by its owner");
        assertEq(state.pendingCommitment, want.pending, "INV10 the pending commitment changes only by its owner");
        assertEq(state.sequence, want.sequence, "INV11 the sequence counts the activations");
        assertEq(state.worsened, want.worsened, "INV12 every worse leg is counted");
        _checkWords(state, want);
        address owed = want.debtVault == 0 ? address(0) : address(vaults[want.debtVault - 1]);
        assertTrue(state.vault == owed, "INV14 an account owes at most one vault");
        for (uint8 action = 1; action < 5; ++action) {
            uint256 nonce = manager.nonceOf(who, action);
            assertEq(nonce, want.nonces[action], "INV15 a nonce moves by one a proof, and else never");
        }
        for (uint256 k = 0; k < OTHERS; ++k) {
            uint256 nonce = manager.liquidationNonceOf(who, keepers[k]);
            assertEq(nonce, keeperNonce[who][keepers[k]], "INV15 a keeper's nonce moves by one a liquidation");
        }
    }

    function _checkWords(AccountState memory state, Expected storage want) private view {
        assertEq(state.level, levelOf(want.word), "INV13 the level is what a statement gave, for its time");
        assertEq(state.levelUntil, want.word.levelUntil, "INV13 a level's time is the statement's, until it ends");
        assertEq(state.pendingLevel, levelOf(want.pendingWord), "INV13 the pending level is what a statement gave");
        (uint16 coverageBps, uint64 lockedUntil) = coverageOf(want.word);
        assertEq(state.coverageBps, coverageBps, "INV13 the coverage is what a binding gave, for its time");
        assertEq(state.lockedUntil, lockedUntil, "INV13 the lock is what a binding gave, for its time");
        (coverageBps,) = coverageOf(want.pendingWord);
        assertEq(state.pendingCoverageBps, coverageBps, "INV13 the pending coverage is what a binding gave");
    }

    /// @dev What was written off is one vault's and stays in the leg; draws and withdrawals are judged in Ledger.
    function _checkBadDebt(address who, AccountState memory state) private view {
        uint256 bad = badDebtSum(who);
        assertEq(manager.badDebtOf(who), bad, "INV64 what was written off stays recorded in the ledger");
        assertEq(manager.creditOf(who, USD), bad, "INV64 what was written off counts in the leg");
        assertEq(state.creditMask, bad == 0 ? 0 : 1 << USD, "INV64 the mask names the slot of what was written off");
        assertTrue(badDebt[0][who] == 0 || badDebt[1][who] == 0, "INV64 what was written off is one vault's");
        assertTrue(bad == 0 || expected[who].debtVault == 0, "INV64 nobody lends to whom a loss was written off");
    }

    function _checkPositions(address who) private view {
        uint256 masks;
        for (uint8 slot = ETH; slot < SLOTS; ++slot) {
            (uint128 total,) = manager.positionOf(who, slot);
            uint256 sum;
            for (uint256 v = 0; v < VAULTS; ++v) {
                uint256 here = vaults[v].escrowOf(who, slot);
                assertEq(here, escrow[v][who][slot], "INV16 escrow falls only by its owner or a liquidation");
                sum += here;
            }
            assertEq(total, sum, "INV17 the ledger's escrow is that of all vaults");
            if (sum != 0) masks |= 1 << slot;
        }
        (, uint128 owed) = manager.positionOf(who, USD);
        assertEq(owed, units[0][who] + units[1][who], "INV17 the ledger's debt is that of all vaults, in units");
        AccountState memory state = manager.accountState(who);
        _checkBadDebt(who, state);
        assertEq(state.escrowMask, masks, "INV18 the mask names the slots with escrow");
        assertEq(state.debtMask, owed == 0 ? 0 : 1 << USD, "INV18 the mask names the slots with debt");
    }

    function _checkCompliance(address who) private view {
        for (uint256 v = 0; v < VAULTS; ++v) {
            bool isCompliant = manager.isCompliant(who, pools[v].policy, type(uint64).max);
            bool isStanding_ = isStanding(who, pools[v].policy);
            assertTrue(isCompliant == isStanding_, "INV54 compliant means that all the proof rests on is unchanged");
        }
    }

    function _checkSheet() private view {
        assertEq(sheet.newestEpoch(), newest, "INV35 there is one snapshot an epoch");
        uint256 count = epochs.length;
        for (uint256 back = 1; back <= 3 && back <= count; ++back) {
            _checkEpoch(epochs[count - back]);
        }
        uint64 older = epochs[uint256(newest) * 7 % count];
        if (older + 512 > newest) _checkEpoch(older);
        _checkPoint(COMPLIANCE);
        _checkPoint(LIQUIDATION);
        bytes32 policy = pools[newest % VAULTS].policy;
        (uint256 x, uint256 y,,,) = policies.policyPoint(policy, keyVersion[COMPLIANCE]);
        (uint256 wantX, uint256 wantY) = g1(policyX(policy));
        assertTrue(x == wantX && y == wantY, "INV53 a policy's point is the fold of its limits");
    }

    function _checkEpoch(uint64 epoch) private view {
        assertTrue(_content(epoch) == contentOf[epoch], "INV50 what an epoch says never changes");
    }

    /// @dev The stored point is the one computed here from the values, or there is none that counts.
    function _checkPoint(uint8 kind) private view {
        bool isCurrent = isFolded(kind, newest);
        try sheet.sheetPoint(kind, newest) returns (FoldedSheet memory folded) {
            assertTrue(isCurrent, "INV51 a sheet counts only under the key and parameters it was folded with");
            (uint256 x, uint256 y) = g1(foldedFrom[kind][newest].x);
            assertTrue(folded.x == x && folded.y == y, "INV52 a cached point is the fold of the values");
            assertEq(folded.keyVersion, keyVersion[kind], "INV51 key version");
            assertEq(folded.parametersVersion, parametersVersion, "INV51 parameters version");
        } catch {
            assertTrue(!isCurrent, "INV51 a sheet that is current can be used");
        }
    }
}
