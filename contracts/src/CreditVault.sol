// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICreditVault, VaultConfig} from "./interfaces/ICreditVault.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";
import {
    ActionRequest,
    DEEP_THRESHOLD_BPS,
    LIQUIDATION_THRESHOLD_BPS,
    LiquidationRequest
} from "./interfaces/ManagerTypes.sol";
import {Proof} from "./interfaces/Types.sol";
import {Context} from "./libraries/Context.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {VaultPricing} from "./VaultPricing.sol";

/// @title A lender's pool that lends against escrow and proved books: see ICreditVault
contract CreditVault is ERC4626, VaultPricing, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Share of a debt that one liquidation may repay.
    uint256 public constant CLOSE_FACTOR_BPS = 5_000;

    IRiskManager public immutable manager;
    bytes32 public immutable policyId;
    uint128 public immutable minimumDebt;

    uint256 public liquid;
    uint256 public totalDebt;
    mapping(address account => uint128) public debtOf;

    constructor(VaultConfig memory config)
        ERC4626(IERC20(config.asset))
        ERC20(config.name, config.symbol)
        VaultPricing(config)
    {
        (manager, policyId) = (IRiskManager(config.manager), config.policyId);
        minimumDebt = config.minimumDebt;
        bool fits = manager.tokenOf(config.assetSlot) == config.asset && address(manager.sheet()) == address(sheet);
        if (!fits) revert VaultConfigInvalid();
    }

    /// @inheritdoc ICreditVault
    function depositEscrow(uint8 slot, uint256 amount, address account)
        external
        nonReentrant
        returns (uint128 received)
    {
        IERC20 token = _collateralToken(slot);
        if (account != msg.sender && escrowOf[account][slot] == 0) revert TopUpRefused(account, slot);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        received = _toUint128(token.balanceOf(address(this)) - before);
        escrowOf[account][slot] += received;
        manager.addEscrow(account, slot, received);
        emit EscrowDeposited(account, slot, msg.sender, received);
    }

    /// @inheritdoc ICreditVault
    function withdrawEscrow(uint8 slot, uint256 amount, ActionRequest calldata request, Proof calldata proof)
        external
        nonReentrant
    {
        IERC20 token = _collateralToken(slot);
        uint128 taken = _toUint128(amount);
        _takeEscrow(msg.sender, slot, taken);
        address owed = manager.vaultOf(msg.sender);
        if (owed != address(0)) {
            bytes32 policy = owed == address(this) ? policyId : ICreditVault(owed).policyId();
            bytes32 actionHash = Context.transferHash(address(token), amount);
            manager.consume(msg.sender, Params.ACTION_WITHDRAW, actionHash, policy, request, proof);
            _requireWithinLimit(msg.sender, debtOf[msg.sender], request.epoch);
        } else if (request.beneficiary == address(0)) {
            revert IRiskManager.BeneficiaryZero();
        }
        emit EscrowWithdrawn(msg.sender, slot, request.beneficiary, taken);
        token.safeTransfer(request.beneficiary, taken);
    }

    /// @inheritdoc ICreditVault
    function draw(uint256 amount, ActionRequest calldata request, Proof calldata proof) external nonReentrant {
        uint128 drawn = _toUint128(amount);
        if (amount > liquid) revert LiquidityInsufficient(amount, liquid);
        uint128 debt = debtOf[msg.sender] + drawn;
        if (debt < minimumDebt) revert DebtBelowMinimum(debt, minimumDebt);
        (liquid, totalDebt, debtOf[msg.sender]) = (liquid - amount, totalDebt + amount, debt);
        manager.addDebt(msg.sender, assetSlot, drawn);
        bytes32 actionHash = Context.transferHash(asset(), amount);
        manager.consume(msg.sender, Params.ACTION_DRAW, actionHash, policyId, request, proof);
        _requireWithinLimit(msg.sender, debt, request.epoch);
        emit Drawn(msg.sender, request.beneficiary, drawn, debt);
        IERC20(asset()).safeTransfer(request.beneficiary, amount);
    }

    /// @inheritdoc ICreditVault
    function repay(address account, uint256 amount) external nonReentrant returns (uint128 repaid) {
        uint128 debt = debtOf[account];
        if (debt == 0) revert DebtZero(account);
        repaid = amount < debt ? _toUint128(amount) : debt;
        _reduceDebt(account, repaid);
        emit Repaid(account, msg.sender, repaid, debt - repaid);
        _pull(msg.sender, repaid);
    }

    /// @inheritdoc ICreditVault
    function liquidate(LiquidationRequest calldata request, Proof calldata proof)
        external
        nonReentrant
        returns (uint128 repaid, uint128 seized)
    {
        repaid = _repayable(request.account, request.repayAmount, request.deep);
        manager.verifyLiquidation(request, proof);
        return _liquidate(request.account, request.seizeSlot, repaid, request.epoch, request.beneficiary);
    }

    /// @inheritdoc ICreditVault
    function liquidateSelfDeclared(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        nonReentrant
        returns (uint128 repaid, uint128 seized)
    {
        uint64 epoch = manager.openLiquidationEpoch(account);
        (uint256 assets, uint256 debts) = _weightedLeg(account, epoch);
        if (assets >= debts * LIQUIDATION_THRESHOLD_BPS) revert LegHealthy(account, epoch);
        repaid = _repayable(account, repayAmount, assets < debts * DEEP_THRESHOLD_BPS);
        return _liquidate(account, seizeSlot, repaid, epoch, msg.sender);
    }

    /// @inheritdoc ICreditVault
    function debtLimitOf(address account, uint64 epoch) public view returns (uint256) {
        return _escrowLimit(account, epoch) + capOf[manager.levelOf(account)];
    }

    /// @notice Liquid assets and outstanding debt, asset units.
    function totalAssets() public view override returns (uint256) {
        return liquid + totalDebt;
    }

    /// @notice What the owner may take out now: never more than is liquid.
    function maxWithdraw(address owner) public view override returns (uint256) {
        return Math.min(super.maxWithdraw(owner), liquid);
    }

    /// @notice Shares the owner may redeem now: never worth more than is liquid.
    function maxRedeem(address owner) public view override returns (uint256) {
        return Math.min(super.maxRedeem(owner), _convertToShares(liquid, Math.Rounding.Floor));
    }

    /// @dev OpenZeppelin's deposit under the guard, counting what arrived.
    function _deposit(address caller, address receiver, uint256 assets, uint256 shares)
        internal
        override
        nonReentrant
    {
        uint256 before = IERC20(asset()).balanceOf(address(this));
        super._deposit(caller, receiver, assets, shares);
        _requireReceived(before, assets);
        // Only now, together with the shares: whoever reads during the transfer sees neither.
        liquid += assets;
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
        nonReentrant
    {
        if (assets > liquid) revert LiquidityInsufficient(assets, liquid);
        liquid -= assets;
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    /// @dev Virtual shares make an inflation attack cost a thousand times its gain.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 3;
    }

    function _token(uint8 slot) internal view override returns (address) {
        return manager.tokenOf(slot);
    }

    function _requireWithinLimit(address account, uint256 debt, uint64 epoch) private view {
        uint256 limit = debtLimitOf(account, epoch);
        if (debt > limit) revert DebtAboveLimit(debt, limit);
        if (manager.levelOf(account) > Params.ASSURANCE_SELF_DECLARED) return;
        (uint256 assets, uint256 debts) = _weightedLeg(account, epoch);
        if (assets < debts * LIQUIDATION_THRESHOLD_BPS) revert LegUnhealthy(account, epoch);
    }

    /// @dev The part of a debt one liquidation repays: at most the close factor, rounded up, or all of it when deep or when the
    /// rest would be too small.
    function _repayable(address account, uint256 wanted, bool deep) private view returns (uint128) {
        uint256 debt = debtOf[account];
        if (debt == 0) revert DebtZero(account);
        uint256 most = Math.ceilDiv(debt * CLOSE_FACTOR_BPS, Params.BPS);
        if (deep || debt - most < minimumDebt) most = debt;
        uint256 repaid = Math.min(wanted, most);
        if (repaid != debt && debt - repaid < minimumDebt) revert DebtBelowMinimum(debt - repaid, minimumDebt);
        return _toUint128(repaid);
    }

    /// @dev Takes at most `offered` from the sender and hands the beneficiary what that is worth, with the bonus.
    function _liquidate(address account, uint8 seizeSlot, uint128 offered, uint64 epoch, address beneficiary)
        private
        returns (uint128 repaid, uint128 seized)
    {
        IERC20 token = _collateralToken(seizeSlot);
        (repaid, seized) = _seizable(seizeSlot, offered, escrowOf[account][seizeSlot], epoch);
        _reduceDebt(account, repaid);
        if (seized != 0) _takeEscrow(account, seizeSlot, seized);
        emit Liquidated(account, beneficiary, seizeSlot, repaid, seized, debtOf[account]);
        _pull(msg.sender, repaid);
        token.safeTransfer(beneficiary, seized);
    }

    /// @dev What the liquidation circuit compares, for an empty book: 10^4·Σ long·price·lt and Σ short·price·bf of the leg, escrow up
    /// and debt down. Lots and prices are below 2^64, weights below 2^20: nothing overflows.
    function _weightedLeg(address account, uint64 epoch) private view returns (uint256 assets, uint256 debts) {
        (uint64[] memory long, uint64[] memory short) = manager.liquidationLegOf(account);
        uint64[] memory prices = sheet.pricesOf(epoch);
        (uint32 version,,) = sheet.parametersState();
        bytes memory rows = sheet.parameters(version);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(rows, 32)
        }
        for (uint256 i = 0; i < long.length; ++i) {
            if (long[i] | short[i] == 0) continue;
            uint256 thresholdBps = uint256(Packing.signed32At(ptr, i));
            uint256 factorBps = uint256(Packing.signed32At(ptr, long.length + i));
            assets += uint256(long[i]) * prices[i] * thresholdBps * Params.BPS;
            debts += uint256(short[i]) * prices[i] * factorBps;
        }
    }

    function _reduceDebt(address account, uint128 amount) private {
        (liquid, totalDebt) = (liquid + amount, totalDebt - amount);
        debtOf[account] -= amount;
        manager.removeDebt(account, assetSlot, amount);
    }

    function _takeEscrow(address account, uint8 slot, uint128 amount) private {
        uint128 escrow = escrowOf[account][slot];
        if (amount > escrow) revert EscrowInsufficient(slot, amount, escrow);
        escrowOf[account][slot] = escrow - amount;
        manager.removeEscrow(account, slot, amount);
    }

    /// @dev Takes assets that are counted already; a token that delivers less is refused.
    function _pull(address from, uint256 amount) private {
        uint256 before = IERC20(asset()).balanceOf(address(this));
        IERC20(asset()).safeTransferFrom(from, address(this), amount);
        _requireReceived(before, amount);
    }

    function _requireReceived(uint256 before, uint256 amount) private view {
        uint256 received = IERC20(asset()).balanceOf(address(this)) - before;
        if (received < amount) revert ReceivedTooLittle(received, amount);
    }
}
