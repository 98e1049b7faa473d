// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IManagerEvents} from "./interfaces/IManagerEvents.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";

/// @title Escrow and debt of every account, shared by all vaults, and their conversion to lots
abstract contract AccountLedger is IManagerEvents, AccessControl {
    /// @dev One word: what every proof needs. `legMask` is escrowMask | debtMask | creditMask; `vaultId` the vault that is owed, or 0.
    /// `readersVersion`: newest set of keepers that can read the active commitment's book, 0 for none.
    struct Head {
        uint32 sequence;
        uint32 worsened;
        uint32 attestNonce;
        uint16 subjectVersion;
        uint16 readersVersion;
        uint16 vaultId;
        uint64 legMask;
        uint40 levelUntil;
        uint8 level;
    }

    /// @dev What vouches for one commitment. `coverageBps` of its assets are signed by venues and locked there until `lockedUntil`;
    /// both count until `until`.
    struct Backing {
        uint16 coverageBps;
        uint16 readersVersion;
        uint8 level;
        uint40 levelUntil;
        uint40 until;
        uint40 lockedUntil;
    }

    /// @dev Attesting reads the first three words. The subject is IC_0 + commitment·IC_1 + account·IC_2 of the active commitment
    /// under the compliance key of version head.subjectVersion, 0 for none; it is written when a commitment becomes active
    /// and used only while that version is current. `nonces` are those of UPDATE, DRAW and WITHDRAW, 32 bits each. Level, its end and readers of
    /// the active commitment stand in the head, those of `backing` are not used.
    struct Account {
        Head head;
        uint256 subjectX;
        uint256 subjectY;
        uint256 commitment;
        uint64 escrowMask;
        uint64 debtMask;
        uint96 nonces;
        uint64 creditMask;
        uint40 lastDeposit;
        uint40 activatedAt;
        Backing backing;
        uint256 pendingCommitment;
        Backing pending;
    }

    /// @dev One word in this order, read as one by _lots. `debt` is owed to a vault and grows with its index; `exponent` is the slot's,
    /// kept here so that a leg takes one read a slot; set when the slot is first used. `credited`: creditors recorded, or a vault wrote off, a debt here as well.
    struct Position {
        uint120 escrow;
        uint120 debt;
        int8 exponent;
        bool credited;
    }

    /// @dev Index of a vault's debts, one word: `index` at `since`, and what it grows a second after and before. Times before `since` are
    /// asked for only by actions of epochs that had begun when the rate was set.
    struct Rate {
        uint96 index;
        uint40 since;
        uint48 growth;
        uint48 growthBefore;
    }

    /// @dev What a vault wrote off and was not repaid since, asset units. One vault's: nobody lends to the account before it is repaid.
    struct BadDebt {
        uint16 vaultId;
        uint8 slot;
        uint128 amount;
    }

    bytes32 public constant VAULT_ADMIN_ROLE = keccak256("VAULT_ADMIN_ROLE");
    /// @notice Role of the registry of creditors.
    bytes32 public constant CREDITOR_ROLE = keccak256("CREDITOR_ROLE");
    /// @dev An index of one: debts start at it.
    uint256 internal constant INDEX_UNIT = 1e18;

    ICircuitRegistry internal immutable _registry;
    IPriceSheet internal immutable _sheet;
    uint256 internal immutable _instruments;
    uint256 internal immutable _epochSeconds;

    mapping(address account => Account) internal _accounts;
    mapping(address account => mapping(uint8 slot => Position)) internal _positions;
    mapping(address vault => uint16) internal _vaultIds;
    mapping(uint16 vaultId => address) internal _vaults;
    mapping(uint16 vaultId => Rate) internal _rates;
    uint16 internal _lastVaultId;
    mapping(uint8 slot => address) internal _tokens;
    /// @dev By slot / 32: 8 bits a slot, token decimals less d_i, signed.
    mapping(uint256 word => uint256) internal _exponents;
    /// @dev Token units that creditors recorded, with the bad debt.
    mapping(address account => mapping(uint8 slot => uint128)) internal _credits;
    mapping(address account => BadDebt) internal _badDebts;

    modifier onlyVault() {
        if (_vaultIds[msg.sender] == 0) revert VaultUnknown(msg.sender);
        _;
    }

    constructor(address admin, address registry_, address sheet_) {
        _registry = ICircuitRegistry(registry_);
        _sheet = IPriceSheet(sheet_);
        _instruments = _registry.instruments();
        _epochSeconds = _sheet.epochSeconds();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(VAULT_ADMIN_ROLE, admin);
    }

    /// @dev The end of an epoch: until then interest is counted against a borrower.
    function _endOf(uint64 epoch) internal view returns (uint256) {
        return (uint256(epoch) + 1) * _epochSeconds;
    }

    /// @dev The index of what an account owes its vault.
    function _debtIndex(uint16 vaultId, uint256 time) internal view returns (uint256) {
        return vaultId == 0 ? 0 : _indexAt(_rates[vaultId], time);
    }

    /// @dev Escrow and debt of a slot in lots. Against a borrower: escrow down, debt up; against a keeper the reverse.
    /// @param index Of the debts, see _debtIndex.
    function _lotsOf(address account, uint8 slot, uint256 index, bool againstKeeper)
        internal
        view
        returns (uint256 long, uint256 short)
    {
        Position storage position = _positions[account][slot];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(position.slot)
        }
        (long, short) = (uint120(word), uint120(word >> 120));
        // Debts are below 2^120 and indices below 2^128; see _lotsUp for the rest.
        unchecked {
            short = (short * index + (againstKeeper ? 0 : INDEX_UNIT - 1)) / INDEX_UNIT;
            if (word >> 248 != 0) short += _credits[account][slot];
            int256 exponent = int8(uint8(word >> 240));
            if (exponent <= 0) {
                uint256 factor = 10 ** uint256(-exponent);
                return (long * factor, short * factor);
            }
            uint256 unit = 10 ** uint256(exponent);
            if (againstKeeper) return ((long + unit - 1) / unit, short / unit);
            return (long / unit, (short + unit - 1) / unit);
        }
    }

    /// @dev See Rate. Simple interest between changes of the rate.
    function _indexAt(Rate storage rate, uint256 time) internal view returns (uint256) {
        (uint256 index, uint256 since) = (rate.index, rate.since);
        return time < since
            ? index - uint256(rate.growthBefore) * (since - time)
            : index + uint256(rate.growth) * (time - since);
    }

    function _setLegMask(Account storage state) internal {
        state.head.legMask = state.escrowMask | state.debtMask | state.creditMask;
    }

    /// @dev Token decimals less d_i of a slot.
    function _exponentOf(uint256 slot) internal view returns (int8) {
        return int8(uint8(_exponents[slot / 32] >> (8 * (slot % 32))));
    }

    function _position(address account, uint8 slot) internal view returns (Position storage) {
        if (_tokens[slot] == address(0)) revert SlotInvalid(slot);
        return _positions[account][slot];
    }

    /// @dev Refused when it enters the ledger, so that no leg ever fails a proof.
    function _fitting(uint8 slot, uint256 amount, int8 exponent) internal pure returns (uint120) {
        if (amount > type(uint120).max) revert LegTooLarge(slot, amount);
        uint256 lots = _lotsUp(amount, exponent);
        if (lots >> Params.LEG_BITS != 0) revert LegTooLarge(slot, lots);
        return uint120(amount);
    }

    /// @dev Amounts are below 2^120 and exponents within ± 38: nothing overflows.
    function _lotsUp(uint256 amount, int256 exponent) private pure returns (uint256) {
        unchecked {
            if (exponent <= 0) return amount * 10 ** uint256(-exponent);
            uint256 unit = 10 ** uint256(exponent);
            return (amount + unit - 1) / unit;
        }
    }
}
