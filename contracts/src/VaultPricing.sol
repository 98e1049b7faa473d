// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICreditVault, VaultConfig} from "./interfaces/ICreditVault.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";

/// @title What a vault takes as collateral, and what amounts are worth at an epoch's prices
abstract contract VaultPricing is ICreditVault, AccessControl {
    /// @dev `unit` exponent: token decimals less d_i.
    struct Collateral {
        address token;
        uint16 ltvBps;
        int8 exponent;
    }

    bytes32 public constant VAULT_GOVERNOR_ROLE = keccak256("VAULT_GOVERNOR_ROLE");

    IRiskManager public immutable manager;
    IPriceSheet public immutable sheet;
    uint8 public immutable assetSlot;
    uint16 public immutable bonusBps;
    uint16 public immutable maximumBonusBps;
    int256 private immutable _assetExponent;

    mapping(uint8 slot => Collateral) private _collateral;
    /// @dev Slots that ever were collateral.
    uint256 internal _collateralMask;
    mapping(uint8 level => uint128) public capOf;
    mapping(address account => mapping(uint8 slot => uint128)) public escrowOf;

    constructor(VaultConfig memory config) {
        (manager, sheet, assetSlot) = (IRiskManager(config.manager), IPriceSheet(config.sheet), config.assetSlot);
        (bonusBps, maximumBonusBps) = (config.bonusBps, config.maximumBonusBps);
        bool fits = config.admin != address(0) && config.bonusBps <= config.maximumBonusBps
            && config.maximumBonusBps < Params.BPS && manager.tokenOf(config.assetSlot) == config.asset
            && address(manager.sheet()) == config.sheet;
        if (!fits) revert VaultConfigInvalid();
        _assetExponent = _exponentOf(config.asset, config.assetSlot);
        _grantRole(DEFAULT_ADMIN_ROLE, config.admin);
        _grantRole(VAULT_GOVERNOR_ROLE, config.admin);
    }

    /// @inheritdoc ICreditVault
    function setCollateral(uint8 slot, uint16 ltvBps) external onlyRole(VAULT_GOVERNOR_ROLE) {
        address token = manager.tokenOf(slot);
        // At the ltv the highest bonus must still be there to seize.
        bool isCovered = uint256(ltvBps) * (Params.BPS + maximumBonusBps) <= Params.BPS * Params.BPS;
        if (token == address(0) || slot == assetSlot || !isCovered) revert CollateralInvalid(slot, ltvBps);
        _collateral[slot] = Collateral(token, ltvBps, int8(_exponentOf(token, slot)));
        _collateralMask |= 1 << slot;
        emit CollateralSet(slot, token, ltvBps);
    }

    /// @inheritdoc ICreditVault
    function setCap(uint8 level, uint128 cap) external onlyRole(VAULT_GOVERNOR_ROLE) {
        if (level <= Params.ASSURANCE_SELF_DECLARED || level > Params.ASSURANCE_VENUE_SIGNED) revert CapInvalid(level);
        capOf[level] = cap;
        emit CapSet(level, cap);
    }

    /// @inheritdoc ICreditVault
    function ltvOf(uint8 slot) external view returns (uint16) {
        return _collateral[slot].ltvBps;
    }

    function _collateralToken(uint8 slot) internal view returns (IERC20) {
        address token = _collateral[slot].token;
        if (token == address(0)) revert CollateralUnknown(slot);
        return IERC20(token);
    }

    /// @dev Σ escrow, by ltv or in full, in asset units; every step rounds down.
    function _escrowWorth(address account, uint64 epoch, bool byLtv) internal view returns (uint256) {
        uint256 weighted;
        for (uint256 left = _collateralMask; left != 0; left &= left - 1) {
            uint8 slot = uint8(Packing.lowestBit(left));
            uint256 escrow = escrowOf[account][slot];
            if (escrow == 0) continue;
            Collateral memory terms = _collateral[slot];
            (uint256 up, uint256 down) = _powers(-int256(terms.exponent));
            weighted += escrow * up / down * sheet.priceOf(epoch, slot) * (byLtv ? terms.ltvBps : Params.BPS);
        }
        uint256 price = sheet.priceOf(epoch, assetSlot);
        if (price == 0) return 0;
        (uint256 unitUp, uint256 unitDown) = _powers(_assetExponent);
        return Math.mulDiv(weighted, unitUp, price * Params.BPS * unitDown);
    }

    /// @dev What a keeper that offers `offered` assets pays and takes of an escrow: units worth the payment and the bonus, rounded
    /// down. An escrow worth less is taken whole, for what it is worth without the bonus, rounded up: were that refused, a debt at the
    /// minimum could not be liquidated at all once its escrow does not cover it.
    function _seizable(uint8 slot, uint128 offered, uint128 escrow, uint64 epoch, uint256 bonus)
        internal
        view
        returns (uint128 paid, uint128 seized)
    {
        uint256 price = sheet.priceOf(epoch, slot) * Params.BPS;
        if (escrow == 0 || price == 0) return (0, 0);
        (uint256 up, uint256 down) = _powers(int256(_collateral[slot].exponent) - _assetExponent);
        uint256 assetPrice = sheet.priceOf(epoch, assetSlot) * (Params.BPS + bonus);
        uint256 units = Math.mulDiv(offered * assetPrice, up, price * down);
        if (units <= escrow) return (offered, uint128(units));
        // At most `offered`, because units are more than the escrow.
        return (uint128(Math.mulDiv(escrow * price, down, assetPrice * up, Math.Rounding.Ceil)), escrow);
    }

    /// @dev The bonus when `done` of `span` is over: linear from the least to the highest, rounded down.
    function _bonusAfter(uint256 done, uint256 span) internal view returns (uint256) {
        uint256 room = maximumBonusBps - bonusBps;
        return bonusBps + (done < span ? room * done / span : room);
    }

    function _takeEscrow(address account, uint8 slot, uint128 amount) internal {
        uint128 escrow = escrowOf[account][slot];
        if (amount > escrow) revert EscrowInsufficient(slot, amount, escrow);
        escrowOf[account][slot] = escrow - amount;
        manager.removeEscrow(account, slot, amount);
    }

    function _toUint128(uint256 amount) internal pure returns (uint128) {
        if (amount == 0 || amount > type(uint128).max) revert AmountInvalid(amount);
        return uint128(amount);
    }

    /// @dev 10^exponent as a fraction.
    function _powers(int256 exponent) private pure returns (uint256 up, uint256 down) {
        return exponent < 0 ? (uint256(1), 10 ** uint256(-exponent)) : (10 ** uint256(exponent), uint256(1));
    }

    function _exponentOf(address token, uint8 slot) private view returns (int256) {
        return int256(uint256(IERC20Metadata(token).decimals())) - int256(uint256(sheet.slotConfig(slot).decimals));
    }
}
