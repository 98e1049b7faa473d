// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IChallengeDesk} from "./interfaces/IChallengeDesk.sol";
import {
    DEEP_THRESHOLD_BPS,
    ICreditVault,
    MAXIMUM_BONUS_THRESHOLD_BPS,
    VaultConfig
} from "./interfaces/ICreditVault.sol";
import {LIQUIDATION_THRESHOLD_BPS, LiquidationRequest} from "./interfaces/ManagerTypes.sol";
import {Proof} from "./interfaces/Types.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {VaultDebts} from "./VaultDebts.sol";

/// @title Three ways to a liquidation, one rule for what it repays and seizes
abstract contract VaultSeizing is VaultDebts {
    using SafeERC20 for IERC20;

    /// @dev `offered` assets at most are repaid. `challenger` gets a part of the bonus, or is zero. `isEarly`: too early to call a debt bad.
    struct Seizure {
        address account;
        uint8 slot;
        uint128 offered;
        uint64 epoch;
        uint256 bonus;
        address beneficiary;
        address challenger;
        bool isEarly;
    }

    /// @dev What liquidations for silence may still repay in an epoch.
    struct Closing {
        uint64 epoch;
        uint128 left;
    }

    /// @notice Share of a debt that one liquidation may repay.
    uint256 public constant CLOSE_FACTOR_BPS = 5_000;
    /// @dev The challenger's part of the bonus is one in so many.
    uint256 private constant CHALLENGER_PARTS = 5;

    IChallengeDesk public immutable desk;
    uint32 public immutable bonusSeconds;

    mapping(address owner => mapping(address token => uint256)) public claimableOf;
    mapping(address account => Closing) private _closings;

    constructor(VaultConfig memory config) VaultDebts(config) {
        (desk, bonusSeconds) = (IChallengeDesk(config.desk), config.bonusSeconds);
        if (config.bonusSeconds == 0) revert VaultConfigInvalid();
    }

    /// @inheritdoc ICreditVault
    function liquidate(LiquidationRequest calldata request, Proof calldata proof)
        external
        nonReentrant
        returns (uint128 repaid, uint128 seized)
    {
        Seizure memory s;
        (s.account, s.slot, s.epoch) = (request.account, request.seizeSlot, request.epoch);
        (s.offered, s.bonus) = _termsAt(request.account, request.repayAmount, request.thresholdBps);
        s.beneficiary = request.beneficiary;
        manager.verifyLiquidation(request, proof);
        return _seize(s);
    }

    /// @inheritdoc ICreditVault
    function liquidateSelfDeclared(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        nonReentrant
        returns (uint128 repaid, uint128 seized)
    {
        Seizure memory s;
        (s.account, s.slot, s.epoch) = (account, seizeSlot, manager.openLiquidationEpoch(account, true));
        (uint256 assets, uint256 debts) = manager.weightedLegOf(account, s.epoch);
        if (assets >= debts * LIQUIDATION_THRESHOLD_BPS) revert LegHealthy(account, s.epoch);
        // Below the next basis point; debts are not 0, or the leg would be healthy.
        (s.offered, s.bonus) = _termsAt(account, repayAmount, assets / debts + 1);
        s.beneficiary = msg.sender;
        return _seize(s);
    }

    /// @inheritdoc ICreditVault
    function liquidateUnanswered(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        nonReentrant
        returns (uint128 repaid, uint128 seized)
    {
        if (address(desk) == address(0)) revert NotUnanswered(account);
        (bool isUnanswered, address challenger, uint64 liveSeconds) = desk.unansweredFor(account);
        if (!isUnanswered) revert NotUnanswered(account);
        Seizure memory s;
        (s.account, s.slot, s.epoch) = (account, seizeSlot, manager.openLiquidationEpoch(account, false));
        (s.offered,) = _termsAt(account, repayAmount, LIQUIDATION_THRESHOLD_BPS);
        // Silence does not say that a debt is bad, either: calling it so takes as long as the bonus rises.
        (s.bonus, s.isEarly) = (_bonusAfter(liveSeconds, bonusSeconds), liveSeconds < bonusSeconds);
        (s.beneficiary, s.challenger) = (msg.sender, challenger);
        _closeWithinEpoch(s);
        (repaid, seized) = _seize(s);
        Closing storage closing = _closings[account];
        closing.left -= uint128(Math.min(closing.left, repaid));
    }

    /// @inheritdoc ICreditVault
    function claim(address token, address to) external nonReentrant returns (uint256 amount) {
        amount = claimableOf[msg.sender][token];
        if (amount == 0) revert AmountInvalid(0);
        claimableOf[msg.sender][token] = 0;
        emit Claimed(msg.sender, token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @dev Silence says nothing of an account's health: half of its debt an epoch, however many calls it takes, or all that is left when the
    /// rest would be too small.
    function _closeWithinEpoch(Seizure memory s) private {
        Closing storage closing = _closings[s.account];
        uint256 debt = debtOf(s.account);
        if (closing.epoch != s.epoch) {
            closing.epoch = s.epoch;
            closing.left = uint128(Math.ceilDiv(debt * CLOSE_FACTOR_BPS, Params.BPS));
        }
        uint128 left = closing.left;
        if (s.offered > left && debt - left >= minimumDebt) s.offered = left;
        if (s.offered == 0) revert NotUnanswered(s.account);
    }

    /// @dev The part of a debt that one liquidation repays, and its bonus, of an account whose health factor is below a threshold.
    function _termsAt(address account, uint256 wanted, uint256 thresholdBps)
        private
        view
        returns (uint128 offered, uint256 bonus)
    {
        uint256 debt = debtOf(account);
        if (debt == 0) revert DebtZero(account);
        uint256 most = Math.ceilDiv(debt * CLOSE_FACTOR_BPS, Params.BPS);
        if (thresholdBps <= DEEP_THRESHOLD_BPS || debt - most < minimumDebt) most = debt;
        uint256 repaid = Math.min(wanted, most);
        if (repaid != debt && debt - repaid < minimumDebt) {
            if (debt <= minimumDebt) revert DebtBelowMinimum(debt - repaid, minimumDebt);
            repaid = debt - minimumDebt;
        }
        // The manager refuses a higher threshold later.
        uint256 depth = LIQUIDATION_THRESHOLD_BPS - Math.min(thresholdBps, LIQUIDATION_THRESHOLD_BPS);
        bonus = _bonusAfter(depth, LIQUIDATION_THRESHOLD_BPS - MAXIMUM_BONUS_THRESHOLD_BPS);
        return (_toUint128(repaid), bonus);
    }

    /// @dev Takes at most what is offered from the sender and credits what that is worth, with the bonus: from the named slot first, then
    /// from the others. What is left of the debt afterwards is nothing, or it is at least the minimum and so is the escrow.
    function _seize(Seizure memory s) private returns (uint128 repaid, uint128 seized) {
        _accrue();
        _collateralToken(s.slot);
        (repaid, seized) = _seizeFrom(s, s.slot, s.offered);
        for (uint256 left = _collateralMask & ~(1 << s.slot); left != 0 && repaid < s.offered; left &= left - 1) {
            (uint128 paid,) = _seizeFrom(s, uint8(Packing.lowestBit(left)), s.offered - repaid);
            repaid += paid;
        }
        if (repaid != 0) _reduceDebt(s.account, repaid, debtOf(s.account));
        if (unitsOf[s.account] != 0 && _escrowWorth(s.account, s.epoch, false) < minimumDebt) {
            if (s.isEarly) revert NotUnanswered(s.account);
            _takeDust(s.account);
            _writeOff(s.account);
        }
        emit Liquidated(s.account, s.beneficiary, s.slot, repaid, seized, debtOf(s.account));
        if (repaid != 0) _pull(repaid);
    }

    function _seizeFrom(Seizure memory s, uint8 slot, uint128 offered) private returns (uint128 paid, uint128 seized) {
        (paid, seized) = _seizable(slot, offered, escrowOf[s.account][slot], s.epoch, s.bonus);
        if (seized == 0) return (paid, seized);
        _takeEscrow(s.account, slot, seized);
        uint256 bonusPart = seized * s.bonus / (Params.BPS + s.bonus);
        uint128 challengers = s.challenger == address(0) ? 0 : uint128(bonusPart / CHALLENGER_PARTS);
        if (challengers != 0) _credit(s.account, s.challenger, slot, challengers);
        _credit(s.account, s.beneficiary, slot, seized - challengers);
    }

    function _credit(address account, address owner, uint8 slot, uint128 amount) private {
        claimableOf[owner][address(_collateralToken(slot))] += amount;
        emit Seized(account, owner, slot, amount);
    }

    /// @dev Hands what is left of an account's escrow to the reserve's keeping.
    function _takeDust(address account) private {
        for (uint256 left = _collateralMask; left != 0; left &= left - 1) {
            uint8 slot = uint8(Packing.lowestBit(left));
            uint128 amount = escrowOf[account][slot];
            if (amount == 0) continue;
            _takeEscrow(account, slot, amount);
            dustOf[slot] += amount;
            emit DustTaken(account, slot, amount);
        }
    }
}
