// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof} from "./Types.sol";
import {ActionRequest, LiquidationRequest} from "./ManagerTypes.sol";

/// @notice Terms of a vault.
/// @param asset The lent token. @param assetSlot Its slot; debts are shorts there.
/// @param policyId Policy that draw, withdraw and update are proved against.
/// @param bonusBps What a keeper gets above what it repays. @param minimumDebt Least debt that may remain, asset units.
struct VaultConfig {
    address admin;
    address asset;
    address manager;
    address sheet;
    bytes32 policyId;
    uint8 assetSlot;
    uint16 bonusBps;
    uint128 minimumDebt;
    string name;
    string symbol;
}

/// @title A lender's pool (ERC-4626) that lends against escrow, and beyond it to books proved to meet a policy
/// @notice Debt ≤ escrow·ltv at the epoch's prices + cap(level); the cap of a self-declared account is 0.
/// @dev Shares count liquid assets and outstanding debt. Interest, a reserve and the sharing of bad debt are later work: a debt
/// that no collateral covers stays in totalAssets. Liquid assets and escrow are counted from what was received, never from balances.
interface ICreditVault {
    event EscrowDeposited(address indexed account, uint8 indexed slot, address indexed from, uint128 received);
    event EscrowWithdrawn(address indexed account, uint8 indexed slot, address indexed beneficiary, uint128 amount);
    event Drawn(address indexed account, address indexed beneficiary, uint128 amount, uint128 debt);
    event Repaid(address indexed account, address indexed from, uint128 amount, uint128 debt);
    event Liquidated(
        address indexed account,
        address indexed beneficiary,
        uint8 indexed seizeSlot,
        uint128 repaid,
        uint128 seized,
        uint128 debt
    );
    event CollateralSet(uint8 indexed slot, address token, uint16 ltvBps);
    event CapSet(uint8 indexed level, uint128 cap);

    /// @notice Thrown for an amount of zero, or one that does not fit 128 bits.
    error AmountInvalid(uint256 amount);
    /// @notice Thrown for a slot that is no collateral of this vault.
    error CollateralUnknown(uint8 slot);
    /// @notice Thrown for collateral terms that cannot be: the asset itself, no token, or an ltv whose liquidation would take more than all.
    error CollateralInvalid(uint8 slot, uint16 ltvBps);
    /// @notice Thrown for vault terms that cannot be: among them an asset or a sheet that are not the manager's.
    error VaultConfigInvalid();
    /// @notice Thrown when a cap is given to self-declared accounts, or to a level that does not exist.
    error CapInvalid(uint8 level);
    /// @notice Thrown when the debt after the action is above escrow·ltv + cap. @param limit What may be owed, asset units.
    error DebtAboveLimit(uint256 debt, uint256 limit);
    /// @notice Thrown when the pool has not got that much.
    error LiquidityInsufficient(uint256 wanted, uint256 liquid);
    /// @notice Thrown when the account has not got that much escrow in this vault.
    error EscrowInsufficient(uint8 slot, uint256 wanted, uint256 escrow);
    /// @notice Thrown when somebody else opens a new collateral slot of an account: only slots in use can be topped up by others.
    error TopUpRefused(address account, uint8 slot);
    /// @notice Thrown when there is nothing to repay.
    error DebtZero(address account);
    /// @notice Thrown when an action would leave an account that nobody vouches for liquidatable at once.
    error LegUnhealthy(address account, uint64 epoch);
    /// @notice Thrown when an account's leg carries its debt at an epoch's prices.
    error LegHealthy(address account, uint64 epoch);
    /// @notice Thrown when the account has nothing to seize in that slot. @param wanted At the actual repay amount.
    error SeizeAboveEscrow(uint8 slot, uint256 wanted, uint256 escrow);
    /// @notice Thrown when a token handed over less than was counted on.
    error ReceivedTooLittle(uint256 received, uint256 expected);
    /// @notice Thrown when an action would leave a debt too small to be worth a keeper's work.
    error DebtBelowMinimum(uint256 debt, uint256 minimum);

    /// @notice Adds escrow to an account. Never paused, no proof. Anyone may top up a slot the account uses already.
    function depositEscrow(uint8 slot, uint256 amount, address account) external returns (uint128 received);

    /// @notice Takes escrow out. With debt outstanding it needs a proof bound to WITHDRAW(token, amount) on the leg afterwards, and
    /// the debt must stay within the limit. Without debt request.beneficiary alone counts and the proof is ignored, but the leg
    /// still counts as worsened, so that attestations that rested on that escrow end.
    function withdrawEscrow(uint8 slot, uint256 amount, ActionRequest calldata request, Proof calldata proof) external;

    /// @notice Borrows. Needs a proof bound to DRAW(asset, amount) on the leg afterwards.
    function draw(uint256 amount, ActionRequest calldata request, Proof calldata proof) external;

    /// @notice Repays an account's debt, at most all of it. Anyone, never paused, no proof.
    function repay(address account, uint256 amount) external returns (uint128 repaid);

    /// @notice Repays part of an unhealthy account's debt and hands its collateral plus bonus to the keeper named in the proof.
    /// @dev repayAmount is cut to the close factor (half the debt; all of it when deep or when a remainder below the minimum would stay).
    /// Seizes repaid·price·(1 + bonus) worth of the slot at epoch prices, rounded down; where the escrow is worth less, all of it, and
    /// the keeper repays what that is worth without the bonus, rounded up. Only then may a debt below the minimum remain.
    function liquidate(LiquidationRequest calldata request, Proof calldata proof)
        external
        returns (uint128 repaid, uint128 seized);

    /// @notice Liquidates an account that nobody vouched for, by what the contracts hold alone; the sender pays and is paid. No proof.
    /// @dev What such an account says of its assets backs no credit: not in `draw`, and not here. Were the liquidation proof the only
    /// way, invented assets would keep the account healthy for ever. The health factor is that of the circuit for an empty book, at the
    /// newest epoch and the current parameters; below 0.95 all of the debt may be repaid. Amounts as in `liquidate`.
    function liquidateSelfDeclared(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        returns (uint128 repaid, uint128 seized);

    /// @notice Sets a collateral and its ltv; 0 stops new credit against it. Role VAULT_GOVERNOR.
    function setCollateral(uint8 slot, uint16 ltvBps) external;

    /// @notice Sets the credit beyond escrow of an assurance level, asset units. Role VAULT_GOVERNOR.
    function setCap(uint8 level, uint128 cap) external;

    function policyId() external view returns (bytes32);

    function assetSlot() external view returns (uint8);

    /// @notice Outstanding debt of an account to this vault, asset units.
    function debtOf(address account) external view returns (uint128);

    /// @notice Outstanding debt of all accounts, asset units.
    function totalDebt() external view returns (uint256);

    /// @notice Assets in the pool that are not lent out.
    function liquid() external view returns (uint256);

    /// @notice Escrow of an account held by this vault, token units.
    function escrowOf(address account, uint8 slot) external view returns (uint128);

    /// @notice ltv of a collateral slot.
    function ltvOf(uint8 slot) external view returns (uint16);

    /// @notice Credit beyond escrow of an assurance level.
    function capOf(uint8 level) external view returns (uint128);

    /// @notice What the account may owe at an epoch's prices, rounded down: escrow·ltv + cap(level).
    function debtLimitOf(address account, uint64 epoch) external view returns (uint256);
}
