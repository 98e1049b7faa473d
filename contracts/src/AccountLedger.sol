// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";

/// @title Escrow and debt of every account, shared by all vaults, and their conversion to lots
abstract contract AccountLedger is IRiskManager, AccessControl {
    /// @dev One word: what every proof needs. `legMask` is escrowMask | debtMask.
    struct Head {
        uint32 sequence;
        uint32 worsened;
        uint32 attestNonce;
        uint32 subjectVersion;
        uint64 legMask;
        uint40 levelUntil;
        uint8 level;
    }

    /// @dev Attesting reads the first three words. The subject is IC_0 + commitment·IC_1 + account·IC_2 of the active commitment
    /// under the compliance key of version head.subjectVersion, 0 for none; it is written when a commitment becomes active
    /// and used only while that version is current. `nonces` are those of UPDATE, DRAW and WITHDRAW, 32 bits each.
    struct Account {
        Head head;
        uint256 subjectX;
        uint256 subjectY;
        uint256 commitment;
        uint64 escrowMask;
        uint64 debtMask;
        uint96 nonces;
        uint256 pendingCommitment;
        address vault;
        uint8 pendingLevel;
        uint40 pendingUntil;
    }

    /// @dev One word in this order, read as one by _lots. `exponent` is the slot's, kept here so that a leg takes one read a slot; set when the slot is first used.
    struct Position {
        uint120 escrow;
        uint120 debt;
        int8 exponent;
    }

    bytes32 public constant VAULT_ADMIN_ROLE = keccak256("VAULT_ADMIN_ROLE");

    ICircuitRegistry public immutable registry;
    IPriceSheet public immutable sheet;
    uint256 internal immutable _instruments;

    mapping(address account => Account) internal _accounts;
    mapping(address account => mapping(uint8 slot => Position)) internal _positions;
    mapping(address vault => bool) public isVault;
    mapping(uint8 slot => address) public tokenOf;
    /// @dev By slot / 32: 8 bits a slot, token decimals less d_i, signed.
    mapping(uint256 word => uint256) private _exponents;

    modifier onlyVault() {
        if (!isVault[msg.sender]) revert VaultUnknown(msg.sender);
        _;
    }

    constructor(address admin, address registry_, address sheet_) {
        registry = ICircuitRegistry(registry_);
        sheet = IPriceSheet(sheet_);
        _instruments = registry.instruments();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(VAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IRiskManager
    function registerVault(address vault) external onlyRole(VAULT_ADMIN_ROLE) {
        isVault[vault] = true;
        emit VaultRegistered(vault);
    }

    /// @inheritdoc IRiskManager
    function registerToken(uint8 slot, address token) external onlyRole(VAULT_ADMIN_ROLE) {
        if (slot == 0 || slot >= _instruments || sheet.slotConfig(slot).feed == address(0)) revert SlotInvalid(slot);
        if (tokenOf[slot] != address(0)) revert TokenRegisteredAlready(slot, tokenOf[slot]);
        int256 exponent =
            int256(uint256(IERC20Metadata(token).decimals())) - int256(uint256(sheet.slotConfig(slot).decimals));
        // Amounts are below 2^128, about 10^38: a coarser lot would hold everything.
        if (exponent > 38 || exponent < -38) revert SlotInvalid(slot);
        tokenOf[slot] = token;
        _exponents[slot / 32] |= uint256(uint8(int8(exponent))) << (8 * (slot % 32));
        emit TokenRegistered(slot, token, int8(exponent));
    }

    /// @inheritdoc IRiskManager
    function addEscrow(address account, uint8 slot, uint128 amount) external onlyVault {
        Position storage position = _position(account, slot);
        int8 exponent = _exponentOf(slot);
        uint120 escrow = _fitting(slot, uint256(position.escrow) + amount, exponent);
        (position.escrow, position.exponent) = (escrow, exponent);
        Account storage state = _accounts[account];
        state.escrowMask |= uint64(1) << slot;
        state.head.legMask |= uint64(1) << slot;
        emit EscrowChanged(account, slot, escrow);
    }

    /// @inheritdoc IRiskManager
    function removeEscrow(address account, uint8 slot, uint128 amount) external onlyVault {
        Position storage position = _position(account, slot);
        uint120 escrow = position.escrow;
        if (amount > escrow) revert LedgerInsufficient(slot, escrow, amount);
        position.escrow = escrow - uint120(amount);
        Account storage state = _accounts[account];
        ++state.head.worsened;
        if (escrow == amount) {
            state.escrowMask &= ~(uint64(1) << slot);
            state.head.legMask = state.escrowMask | state.debtMask;
        }
        emit EscrowChanged(account, slot, escrow - amount);
    }

    /// @inheritdoc IRiskManager
    function addDebt(address account, uint8 slot, uint128 amount) external onlyVault {
        Account storage state = _accounts[account];
        if (state.vault != msg.sender && state.vault != address(0)) revert OtherVaultDebt(account, state.vault);
        Position storage position = _position(account, slot);
        int8 exponent = _exponentOf(slot);
        uint120 debt = _fitting(slot, uint256(position.debt) + amount, exponent);
        (position.debt, position.exponent) = (debt, exponent);
        state.vault = msg.sender;
        state.debtMask |= uint64(1) << slot;
        state.head.legMask |= uint64(1) << slot;
        ++state.head.worsened;
        emit DebtChanged(account, slot, debt, msg.sender);
    }

    /// @inheritdoc IRiskManager
    function removeDebt(address account, uint8 slot, uint128 amount) external onlyVault {
        Account storage state = _accounts[account];
        if (state.vault != msg.sender) revert OtherVaultDebt(account, state.vault);
        Position storage position = _position(account, slot);
        uint120 debt = position.debt;
        if (amount > debt) revert LedgerInsufficient(slot, debt, amount);
        position.debt = debt - uint120(amount);
        if (debt == amount) {
            state.debtMask &= ~(uint64(1) << slot);
            if (state.debtMask == 0) state.vault = address(0);
            state.head.legMask = state.escrowMask | state.debtMask;
        }
        emit DebtChanged(account, slot, debt - amount, msg.sender);
    }

    /// @inheritdoc IRiskManager
    function positionOf(address account, uint8 slot) external view returns (uint128 escrow, uint128 debt) {
        Position storage position = _positions[account][slot];
        return (position.escrow, position.debt);
    }

    /// @inheritdoc IRiskManager
    function vaultOf(address account) external view returns (address) {
        return _accounts[account].vault;
    }

    /// @inheritdoc IRiskManager
    function legOf(address account) external view returns (uint64[] memory long, uint64[] memory short) {
        return _leg(account, false);
    }

    /// @inheritdoc IRiskManager
    function liquidationLegOf(address account) external view returns (uint64[] memory long, uint64[] memory short) {
        return _leg(account, true);
    }

    /// @dev Escrow and debt of a slot in lots. Against a borrower: escrow down, debt up; against a keeper the reverse.
    function _lotsOf(address account, uint8 slot, bool againstKeeper)
        internal
        view
        returns (uint256 long, uint256 short)
    {
        return _lots(_positions[account][slot], againstKeeper);
    }

    /// @dev See _lotsOf.
    function _lots(Position storage position, bool againstKeeper) internal view returns (uint256 long, uint256 short) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(position.slot)
        }
        (long, short) = (uint120(word), uint120(word >> 120));
        int256 exponent = int8(uint8(word >> 240));
        // See _lotsUp.
        unchecked {
            if (exponent <= 0) {
                uint256 factor = 10 ** uint256(-exponent);
                return (long * factor, short * factor);
            }
            uint256 unit = 10 ** uint256(exponent);
            if (againstKeeper) return ((long + unit - 1) / unit, short / unit);
            return (long / unit, (short + unit - 1) / unit);
        }
    }

    /// @dev Token decimals less d_i of a slot.
    function _exponentOf(uint256 slot) private view returns (int8) {
        return int8(uint8(_exponents[slot / 32] >> (8 * (slot % 32))));
    }

    function _leg(address account, bool againstKeeper)
        private
        view
        returns (uint64[] memory long, uint64[] memory short)
    {
        (long, short) = (new uint64[](_instruments), new uint64[](_instruments));
        uint256 left = _accounts[account].head.legMask;
        for (; left != 0; left &= left - 1) {
            uint8 slot = uint8(Packing.lowestBit(left));
            (uint256 longLots, uint256 shortLots) = _lotsOf(account, slot, againstKeeper);
            (long[slot], short[slot]) = (uint64(longLots), uint64(shortLots));
        }
    }

    function _position(address account, uint8 slot) private view returns (Position storage) {
        if (tokenOf[slot] == address(0)) revert SlotInvalid(slot);
        return _positions[account][slot];
    }

    /// @dev Refused when it enters the ledger, so that no leg ever fails a proof.
    function _fitting(uint8 slot, uint256 amount, int8 exponent) private pure returns (uint120) {
        uint256 lots = _lotsUp(amount, exponent);
        if (lots >> Params.LEG_BITS != 0 || amount > type(uint120).max) revert LegTooLarge(slot, lots);
        return uint120(amount);
    }

    /// @dev Amounts are below 2^129 and exponents within ± 38: nothing overflows.
    function _lotsUp(uint256 amount, int256 exponent) private pure returns (uint256) {
        unchecked {
            if (exponent <= 0) return amount * 10 ** uint256(-exponent);
            uint256 unit = 10 ** uint256(exponent);
            return (amount + unit - 1) / unit;
        }
    }
}
