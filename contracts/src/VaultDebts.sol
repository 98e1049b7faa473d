// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ICreditVault, VaultConfig} from "./interfaces/ICreditVault.sol";
import {Params} from "./libraries/Params.sol";
import {VaultPricing} from "./VaultPricing.sol";

/// @title What is lent out, what it earns, and who bears what does not come back
abstract contract VaultDebts is VaultPricing, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What an account's liquidation left unpaid, and how much of it the shares bear.
    struct BadDebt {
        uint128 owed;
        uint128 shared;
    }

    /// @dev An index of one: debts start at it.
    uint256 internal constant INDEX_UNIT = 1e18;
    /// @notice Highest interest: 100 % a year.
    uint64 public constant MAXIMUM_RATE = uint64(INDEX_UNIT / 365 days);

    uint128 public immutable minimumDebt;
    uint16 public immutable reserveFactorBps;
    IERC20 internal immutable _lent;

    uint256 public liquid;
    /// @dev With the interest until `_accruedIndex`.
    uint256 private _reserve;
    uint128 private _totalUnits;
    uint128 private _accruedIndex;
    mapping(address account => uint128) public unitsOf;
    mapping(address account => BadDebt) private _badDebts;
    mapping(uint8 slot => uint256) public dustOf;

    constructor(VaultConfig memory config) VaultPricing(config) {
        // Without a least debt there would be dust that nobody can liquidate.
        if (config.reserveFactorBps >= Params.BPS || config.minimumDebt == 0) revert VaultConfigInvalid();
        (minimumDebt, reserveFactorBps, _lent) = (config.minimumDebt, config.reserveFactorBps, IERC20(config.asset));
    }

    /// @inheritdoc ICreditVault
    function repay(address account, uint256 amount) external nonReentrant returns (uint128 repaid) {
        uint256 debt = debtOf(account);
        if (debt == 0) return _repayBadDebt(account, amount);
        repaid = _toUint128(Math.min(amount, debt));
        _accrue();
        _reduceDebt(account, repaid, debt);
        emit Repaid(account, msg.sender, repaid, debtOf(account));
        _pull(repaid);
    }

    /// @inheritdoc ICreditVault
    function fundReserve(uint256 amount) external nonReentrant {
        _addToReserve(_toUint128(amount));
        emit ReserveFunded(msg.sender, amount);
        _pull(amount);
    }

    /// @inheritdoc ICreditVault
    function takeReserve(uint256 amount, address to) external nonReentrant onlyRole(VAULT_GOVERNOR_ROLE) {
        if (_totalUnits != 0) revert ReserveBound(totalDebt());
        if (amount > _reserve) revert ReserveInsufficient(amount, _reserve);
        // Shares and reserve are what is liquid, or owed; now nothing is.
        (liquid, _reserve) = (liquid - amount, _reserve - amount);
        emit ReserveTaken(to, amount);
        _lent.safeTransfer(to, amount);
    }

    /// @inheritdoc ICreditVault
    function sweepDust(uint8 slot, address to)
        external
        nonReentrant
        onlyRole(VAULT_GOVERNOR_ROLE)
        returns (uint256 amount)
    {
        IERC20 token = _collateralToken(slot);
        amount = dustOf[slot];
        dustOf[slot] = 0;
        emit DustSwept(slot, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc ICreditVault
    function setRate(uint64 perSecond) external onlyRole(VAULT_GOVERNOR_ROLE) {
        if (perSecond > MAXIMUM_RATE) revert RateTooHigh(perSecond, MAXIMUM_RATE);
        manager.setDebtRate(perSecond);
    }

    /// @inheritdoc ICreditVault
    function debtOf(address account) public view returns (uint256) {
        return _debtAt(account, block.timestamp);
    }

    /// @inheritdoc ICreditVault
    function badDebtOf(address account) external view returns (uint256) {
        return _badDebts[account].owed;
    }

    /// @inheritdoc ICreditVault
    function totalDebt() public view returns (uint256) {
        return _total(_indexAt(block.timestamp));
    }

    /// @inheritdoc ICreditVault
    function reserve() public view returns (uint256) {
        return _reserve + _pending(_indexAt(block.timestamp));
    }

    function _indexAt(uint256 time) internal view returns (uint256) {
        return manager.debtIndexOf(address(this), uint64(time));
    }

    function _debtAt(address account, uint256 time) internal view returns (uint256) {
        uint256 units = unitsOf[account];
        return units == 0 ? 0 : Math.ceilDiv(units * _indexAt(time), INDEX_UNIT);
    }

    /// @dev Lends `amount` as of a time. Counted as of before now, the debt is now a little more than what is lent.
    function _addDebt(address account, uint128 amount, uint256 time) internal {
        _accrue();
        uint128 units = SafeCast.toUint128(Math.ceilDiv(uint256(amount) * INDEX_UNIT, _indexAt(time)));
        liquid -= amount;
        unitsOf[account] += units;
        _totalUnits += units;
        manager.addDebt(account, assetSlot, units);
    }

    /// @dev Takes whole units worth no more than `amount` away, all of them for all of the debt. @param debt Now.
    function _reduceDebt(address account, uint256 amount, uint256 debt) internal {
        uint128 units = unitsOf[account];
        if (amount < debt) units = uint128(amount * INDEX_UNIT / _indexAt(block.timestamp));
        liquid += amount;
        _removeUnits(account, units);
    }

    /// @dev Takes the loss from the reserve, and the rest from all shares: they are worth what is left.
    function _writeOff(address account) internal {
        (uint256 debt, uint256 before) = (debtOf(account), totalDebt());
        _removeUnits(account, unitsOf[account]);
        uint256 loss = before - totalDebt();
        uint256 covered = Math.min(loss, _reserve);
        _reserve -= covered;
        BadDebt memory bad = _badDebts[account];
        bad = BadDebt(_toUint128(bad.owed + debt), uint128(bad.shared + loss - covered));
        _badDebts[account] = bad;
        manager.setBadDebt(account, assetSlot, bad.owed);
        emit LossRealised(account, debt, covered, loss - covered);
    }

    /// @dev Counts the reserve's share of the interest so far; before every change of what is owed.
    function _accrue() internal {
        uint256 index = _indexAt(block.timestamp);
        uint256 pending = _pending(index);
        if (pending != 0) _reserve += pending;
        _accruedIndex = uint128(index);
    }

    /// @dev Takes assets that are counted already; a token that delivers less is refused.
    function _pull(uint256 amount) internal {
        uint256 before = _lent.balanceOf(address(this));
        _lent.safeTransferFrom(msg.sender, address(this), amount);
        _requireReceived(before, amount);
    }

    function _requireReceived(uint256 before, uint256 amount) internal view {
        uint256 received = _lent.balanceOf(address(this)) - before;
        if (received < amount) revert ReceivedTooLittle(received, amount);
    }

    function _repayBadDebt(address account, uint256 amount) private returns (uint128 repaid) {
        BadDebt memory bad = _badDebts[account];
        if (bad.owed == 0) revert DebtZero(account);
        repaid = _toUint128(Math.min(amount, bad.owed));
        uint128 toShares = uint128(Math.min(repaid, bad.shared));
        (bad.owed, bad.shared) = (bad.owed - repaid, bad.shared - toShares);
        _badDebts[account] = bad;
        manager.setBadDebt(account, assetSlot, bad.owed);
        liquid += toShares;
        _addToReserve(repaid - toShares);
        emit BadDebtRepaid(account, msg.sender, repaid, bad.owed);
        _pull(repaid);
    }

    function _addToReserve(uint256 amount) private {
        (liquid, _reserve) = (liquid + amount, _reserve + amount);
    }

    function _removeUnits(address account, uint128 units) private {
        unitsOf[account] -= units;
        _totalUnits -= units;
        manager.removeDebt(account, assetSlot, units);
    }

    /// @dev Debt of all accounts at an index.
    function _total(uint256 index) private view returns (uint256) {
        return _totalUnits * index / INDEX_UNIT;
    }

    /// @dev The reserve's share of the interest since it was counted last.
    function _pending(uint256 index) private view returns (uint256) {
        return (_total(index) - _total(_accruedIndex)) * reserveFactorBps / Params.BPS;
    }
}
