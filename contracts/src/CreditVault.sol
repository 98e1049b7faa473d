// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICreditVault, VaultConfig} from "./interfaces/ICreditVault.sol";
import {IHeartbeat} from "./interfaces/IHeartbeat.sol";
import {IManagerEvents} from "./interfaces/IManagerEvents.sol";
import {ActionRequest, LIQUIDATION_THRESHOLD_BPS} from "./interfaces/ManagerTypes.sol";
import {Proof} from "./interfaces/Types.sol";
import {Context} from "./libraries/Context.sol";
import {Params} from "./libraries/Params.sol";
import {VaultSeizing} from "./VaultSeizing.sol";

/// @title A lender's pool that lends against escrow and proved books: see ICreditVault
contract CreditVault is ERC4626, VaultSeizing {
    using SafeERC20 for IERC20;

    bytes32 public immutable policyId;
    IHeartbeat public immutable heartbeat;
    uint256 private immutable _epochSeconds;
    /// @dev Longest life of an attestation of the policy, seconds.
    uint256 private immutable _policyAge;

    mapping(address account => mapping(address from => bool)) public isTopUpAllowed;

    constructor(VaultConfig memory config)
        ERC4626(IERC20(config.asset))
        ERC20(config.name, config.symbol)
        VaultSeizing(config)
    {
        (policyId, heartbeat) = (config.policyId, IHeartbeat(config.heartbeat));
        _epochSeconds = sheet.epochSeconds();
        (_policyAge,,) = manager.policies().terms(config.policyId);
    }

    /// @inheritdoc ICreditVault
    function depositEscrow(uint8 slot, uint256 amount, address account)
        external
        nonReentrant
        returns (uint128 received)
    {
        IERC20 token = _collateralToken(slot);
        bool isAllowed = account == msg.sender || isTopUpAllowed[account][msg.sender];
        if (!isAllowed) revert TopUpRefused(account, msg.sender);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        received = _toUint128(token.balanceOf(address(this)) - before);
        escrowOf[account][slot] += received;
        manager.addEscrow(account, slot, received);
        emit EscrowDeposited(account, slot, msg.sender, received);
    }

    /// @inheritdoc ICreditVault
    function allowTopUps(address from, bool isAllowed) external {
        isTopUpAllowed[msg.sender][from] = isAllowed;
        emit TopUpsAllowed(msg.sender, from, isAllowed);
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
            _requireNotReducing();
            bytes32 policy = owed == address(this) ? policyId : ICreditVault(owed).policyId();
            bytes32 actionHash = Context.transferHash(address(token), amount);
            manager.consume(msg.sender, Params.ACTION_WITHDRAW, actionHash, policy, request, proof);
            _requireWithinLimit(request.epoch);
        } else {
            if (request.beneficiary == address(0)) revert IManagerEvents.BeneficiaryZero();
            uint256 bad = manager.badDebtOf(msg.sender);
            if (bad != 0) revert IManagerEvents.BadDebtUnpaid(msg.sender, bad);
        }
        emit EscrowWithdrawn(msg.sender, slot, request.beneficiary, taken);
        token.safeTransfer(request.beneficiary, taken);
    }

    /// @inheritdoc ICreditVault
    function draw(uint256 amount, ActionRequest calldata request, Proof calldata proof) external nonReentrant {
        uint128 drawn = _toUint128(amount);
        if (amount > liquid) revert LiquidityInsufficient(amount, liquid);
        _requireNotReducing();
        uint256 start = request.epoch * _epochSeconds;
        _addDebt(msg.sender, drawn, start);
        uint256 debt = _debtAt(msg.sender, start);
        if (debt < minimumDebt) revert DebtBelowMinimum(debt, minimumDebt);
        bytes32 actionHash = Context.transferHash(asset(), amount);
        manager.consume(msg.sender, Params.ACTION_DRAW, actionHash, policyId, request, proof);
        _requireWithinLimit(request.epoch);
        emit Drawn(msg.sender, request.beneficiary, drawn, debtOf(msg.sender));
        _lent.safeTransfer(request.beneficiary, amount);
    }

    /// @inheritdoc ICreditVault
    function debtLimitOf(address account, uint64 epoch) public view returns (uint256) {
        return _escrowWorth(account, epoch, true) + _capOf(account, epoch);
    }

    /// @notice What shares are worth: liquid assets and outstanding debt, less the reserve; asset units.
    function totalAssets() public view override returns (uint256) {
        return liquid + totalDebt() - reserve();
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
        uint256 before = _lent.balanceOf(address(this));
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

    /// @dev What venues vouch for counts only while it stays with them: from the epoch's end as long as an attestation may live.
    function _capOf(address account, uint64 epoch) private view returns (uint256) {
        uint8 level = manager.levelOf(account);
        if (level != Params.ASSURANCE_VENUE_SIGNED) return capOf[level];
        (, uint64 lockedUntil) = manager.coverageOf(account);
        return lockedUntil < _endOf(epoch) + _policyAge ? 0 : capOf[level];
    }

    /// @dev The end of an epoch: interest counts until then, so that what is asked is known before the block is.
    function _endOf(uint64 epoch) private view returns (uint256) {
        return (uint256(epoch) + 1) * _epochSeconds;
    }

    function _requireNotReducing() private view {
        bool isReducing = address(heartbeat) != address(0) && heartbeat.isReducing(msg.sender);
        // Also where the debt that was asked about is paid: a new one would be liquidated at once.
        if (!isReducing && address(desk) != address(0)) (isReducing,,) = desk.unansweredFor(msg.sender);
        if (isReducing) revert AccountReducing(msg.sender);
    }

    function _requireWithinLimit(uint64 epoch) private view {
        (uint256 debt, uint256 limit) = (_debtAt(msg.sender, _endOf(epoch)), debtLimitOf(msg.sender, epoch));
        if (debt > limit) revert DebtAboveLimit(debt, limit);
        if (manager.levelOf(msg.sender) > Params.ASSURANCE_SELF_DECLARED) return;
        (uint256 assets, uint256 debts) = manager.weightedLegOf(msg.sender, epoch);
        if (assets < debts * LIQUIDATION_THRESHOLD_BPS) revert LegUnhealthy(msg.sender, epoch);
    }
}
