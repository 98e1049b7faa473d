// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof} from "./Types.sol";
import {ActionRequest, LiquidationRequest} from "./ManagerTypes.sol";

/// @dev Proved to be below this health factor, an account's debt may be repaid as a whole.
uint256 constant DEEP_THRESHOLD_BPS = 9_500;
/// @dev At this threshold and below the bonus is the maximum.
uint256 constant MAXIMUM_BONUS_THRESHOLD_BPS = 9_000;

/// @notice Terms of a vault.
/// @param asset The lent token. @param assetSlot Its slot; debts are shorts there.
/// @param heartbeat Says whose attestations lapsed (IHeartbeat), or zero: then nobody is ever REDUCING here.
/// @param desk Says who left a challenge unanswered (IChallengeDesk), or zero: then nobody is liquidated for silence here.
/// @param policyId Policy that draw, withdraw and update are proved against.
/// @param bonusBps What a keeper gets above what it repays, at least. @param maximumBonusBps The same at most, below 10 000.
/// @param bonusSeconds Live seconds after an answer was due in which the bonus rises to the maximum.
/// @param reserveFactorBps Share of the interest that goes to the reserve, below 10 000.
/// @param minimumDebt Least debt that may remain, and least escrow beside it, asset units.
struct VaultConfig {
    address admin;
    address asset;
    address manager;
    address sheet;
    address heartbeat;
    address desk;
    bytes32 policyId;
    uint8 assetSlot;
    uint16 bonusBps;
    uint16 maximumBonusBps;
    uint32 bonusSeconds;
    uint16 reserveFactorBps;
    uint128 minimumDebt;
    string name;
    string symbol;
}

/// @title A lender's pool (ERC-4626) that lends against escrow, and beyond it to books proved to meet a policy
/// @notice Debt ≤ escrow·ltv at the epoch's prices + cap(level); the cap of a self-declared account is 0, and that of a venue-signed one
/// counts only while its assets stay locked at the venues for as long as an attestation may live.
/// @notice Order of losses: a debt that no escrow is left for is taken from the reserve first, and what the reserve has not got from all
/// shares alike. The reserve is a claim behind all shares, not money set aside: shares are worth liquid + debt − reserve. A share of the
/// interest fills it, gifts do, and what is paid of written-off debts. Nobody takes it out while anything is owed: a reserve that could
/// leave just before a loss would protect nobody.
/// @notice After any liquidation the debt is 0, or both the debt and the escrow beside it are at least minimumDebt. Nobody is paid during a
/// liquidation: what is seized is credited, and claimed later.
/// @dev Debts are units of an index that the manager keeps, so that interest needs no transaction. Liquid assets and escrow are counted
/// from what was received, never from balances. A lender who leaves before a loss is realised does not bear it, as long as there are
/// liquid assets; liquidations realise losses at once to keep that time short.
interface ICreditVault {
    event EscrowDeposited(address indexed account, uint8 indexed slot, address indexed from, uint128 received);
    event EscrowWithdrawn(address indexed account, uint8 indexed slot, address indexed beneficiary, uint128 amount);
    event TopUpsAllowed(address indexed account, address indexed from, bool isAllowed);
    event Drawn(address indexed account, address indexed beneficiary, uint128 amount, uint256 debt);
    event Repaid(address indexed account, address indexed from, uint128 amount, uint256 debt);
    /// @notice @param seized Of the named slot; Seized tells all. @param debt What is owed afterwards.
    event Liquidated(
        address indexed account,
        address indexed beneficiary,
        uint8 indexed seizeSlot,
        uint128 repaid,
        uint128 seized,
        uint256 debt
    );
    /// @notice @param amount Token units that the beneficiary may claim.
    event Seized(address indexed account, address indexed beneficiary, uint8 indexed slot, uint128 amount);
    event Claimed(address indexed owner, address indexed token, address indexed to, uint256 amount);
    /// @notice A debt that no escrow is left for. @param covered Taken from the reserve. @param shared Taken from all shares.
    event LossRealised(address indexed account, uint256 debt, uint256 covered, uint256 shared);
    event DustTaken(address indexed account, uint8 indexed slot, uint128 amount);
    event DustSwept(uint8 indexed slot, address indexed to, uint256 amount);
    event BadDebtRepaid(address indexed account, address indexed from, uint256 amount, uint256 left);
    event ReserveFunded(address indexed from, uint256 amount);
    event ReserveTaken(address indexed to, uint256 amount);
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
    /// @notice Thrown for interest above 100 % a year. @param most Highest rate, 10^-18 a second.
    error RateTooHigh(uint64 perSecond, uint64 most);
    /// @notice Thrown when the debt after the action is above escrow·ltv + cap. @param limit What may be owed, asset units.
    error DebtAboveLimit(uint256 debt, uint256 limit);
    /// @notice Thrown when the pool has not got that much.
    error LiquidityInsufficient(uint256 wanted, uint256 liquid);
    /// @notice Thrown when the account has not got that much escrow in this vault.
    error EscrowInsufficient(uint8 slot, uint256 wanted, uint256 escrow);
    /// @notice Thrown when somebody adds escrow for an account that did not allow it.
    error TopUpRefused(address account, address from);
    /// @notice Thrown when there is nothing to repay.
    error DebtZero(address account);
    /// @notice Thrown when an account whose attestation lapsed, or whose challenge is unanswered and not closed, would take on risk.
    error AccountReducing(address account);
    /// @notice Thrown when an action would leave an account that nobody vouches for liquidatable at once.
    error LegUnhealthy(address account, uint64 epoch);
    /// @notice Thrown when an account's leg carries its debt at an epoch's prices.
    error LegHealthy(address account, uint64 epoch);
    /// @notice Thrown when no challenge of the account is unanswered after its time.
    error NotUnanswered(address account);
    /// @notice Thrown when a token handed over less than was counted on.
    error ReceivedTooLittle(uint256 received, uint256 expected);
    /// @notice Thrown when an action would leave a debt too small to be worth a keeper's work.
    error DebtBelowMinimum(uint256 debt, uint256 minimum);
    /// @notice Thrown when the reserve is to be taken out while anything is owed. @param debt Of all accounts.
    error ReserveBound(uint256 debt);
    /// @notice Thrown when the reserve has not got that much.
    error ReserveInsufficient(uint256 wanted, uint256 reserve);

    // ---- borrowers

    /// @notice Adds escrow to an account. Never paused, no proof. The account itself, or whom it allowed: venue statements must be newer
    /// than the last deposit of escrow, so that one wei from a stranger would void them.
    function depositEscrow(uint8 slot, uint256 amount, address account) external returns (uint128 received);

    /// @notice Allows an address to add escrow for the sender, or no longer.
    function allowTopUps(address from, bool isAllowed) external;

    /// @notice Takes escrow out. With debt outstanding it needs a proof bound to WITHDRAW(token, amount) on the leg afterwards, the debt must
    /// stay within the limit, and the account must not be REDUCING. Without debt request.beneficiary alone counts and the proof is ignored,
    /// but the leg still counts as worsened, so that attestations that rested on that escrow end.
    function withdrawEscrow(uint8 slot, uint256 amount, ActionRequest calldata request, Proof calldata proof) external;

    /// @notice Borrows. Needs a proof bound to DRAW(asset, amount) on the leg afterwards.
    /// @dev Counts from the start of the request's epoch, rounded up, so that the leg is known before the block is. Limit and minimum are
    /// those of the debt with interest to the end of the epoch, and at its start.
    function draw(uint256 amount, ActionRequest calldata request, Proof calldata proof) external;

    /// @notice Repays an account's debt, at most all of it. Anyone, never paused, no proof. A debt that was written off is repaid to the reserve.
    /// @dev Takes away whole units of the index, rounded down; all of them when the amount is at least the debt.
    function repay(address account, uint256 amount) external returns (uint128 repaid);

    // ---- keepers

    /// @notice Repays part of an unhealthy account's debt and credits its collateral plus bonus to the keeper named in the proof.
    /// @dev repayAmount is cut to the close factor: half of the debt, rounded up; all of it when it is proved to be deep (threshold ≤ 9 500) or
    /// when less than the minimum would remain. Seizes repaid·price·(1 + bonus) worth of the slot at epoch prices, rounded down. Where its
    /// escrow is worth less, all of it, for what that is worth without the bonus, rounded up; the rest comes from the other slots alike, in
    /// their order, and when they are empty too, less is repaid. The bonus rises linearly from bonusBps at a proved threshold of 10 000 to
    /// maximumBonusBps at 9 000.
    /// @dev Escrow worth less than minimumDebt beside a debt is dust: it goes to the reserve's hands and the debt is written off. So an account
    /// without any escrow can be liquidated too: nothing is repaid, nothing seized, and its debt is written off.
    function liquidate(LiquidationRequest calldata request, Proof calldata proof)
        external
        returns (uint128 repaid, uint128 seized);

    /// @notice Liquidates an account that nobody vouched for, by what the contracts hold alone; the sender pays and is credited. No proof.
    /// @dev What such an account says of its assets backs no credit: not in `draw`, and not here. Were the liquidation proof the only
    /// way, invented assets would keep the account healthy for ever. The health factor is that of the circuit for an empty book, at the
    /// newest epoch and the current parameters; it counts as proved to be below the next basis point. Amounts as in `liquidate`.
    function liquidateSelfDeclared(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        returns (uint128 repaid, uint128 seized);

    /// @notice Liquidates an account that left a challenge unanswered, whatever its level; the sender pays and is credited. No proof.
    /// @dev The bonus rises linearly to maximumBonusBps within bonusSeconds of live time after the answer was due; one fifth of it is the
    /// challenger's, rounded down. Other amounts as in `liquidate` at a threshold of 10 000.
    function liquidateUnanswered(address account, uint256 repayAmount, uint8 seizeSlot)
        external
        returns (uint128 repaid, uint128 seized);

    /// @notice Pays all that the sender may claim of a token. Never paused.
    function claim(address token, address to) external returns (uint256 amount);

    // ---- reserve and governor

    /// @notice Adds to the reserve. Anyone.
    function fundReserve(uint256 amount) external;

    /// @notice Takes out of the reserve, only while nothing is owed. Role VAULT_GOVERNOR.
    function takeReserve(uint256 amount, address to) external;

    /// @notice Takes out the dust of a slot, to be sold for the reserve. Role VAULT_GOVERNOR.
    function sweepDust(uint8 slot, address to) external returns (uint256 amount);

    /// @notice Sets the interest on debts, 10^-18 a second, at most 100 % a year, from the end of this epoch on. Role VAULT_GOVERNOR.
    function setRate(uint64 perSecond) external;

    /// @notice Sets a collateral and its ltv; 0 stops new credit against it. Role VAULT_GOVERNOR.
    function setCollateral(uint8 slot, uint16 ltvBps) external;

    /// @notice Sets the credit beyond escrow of an assurance level, asset units. Role VAULT_GOVERNOR.
    function setCap(uint8 level, uint128 cap) external;

    // ---- reading

    function policyId() external view returns (bytes32);

    function assetSlot() external view returns (uint8);

    /// @notice Outstanding debt of an account to this vault now, asset units, rounded up.
    function debtOf(address account) external view returns (uint256);

    /// @notice The same in units of the manager's index.
    function unitsOf(address account) external view returns (uint128);

    /// @notice Outstanding debt of all accounts now, asset units, rounded down.
    function totalDebt() external view returns (uint256);

    /// @notice Assets in the pool that are not lent out, those of the reserve among them.
    function liquid() external view returns (uint256);

    /// @notice What bears losses before any share does, with its share of the interest until now, rounded down.
    function reserve() external view returns (uint256);

    /// @notice What was written off of an account's debt and not repaid since.
    function badDebtOf(address account) external view returns (uint256);

    /// @notice Escrow of an account held by this vault, token units.
    function escrowOf(address account, uint8 slot) external view returns (uint128);

    /// @notice Dust of a slot that was not swept yet, token units.
    function dustOf(uint8 slot) external view returns (uint256);

    /// @notice What an address may claim of a token.
    function claimableOf(address owner, address token) external view returns (uint256);

    /// @notice Whether an address may add escrow for an account.
    function isTopUpAllowed(address account, address from) external view returns (bool);

    /// @notice ltv of a collateral slot.
    function ltvOf(uint8 slot) external view returns (uint16);

    /// @notice Credit beyond escrow of an assurance level.
    function capOf(uint8 level) external view returns (uint128);

    /// @notice What the account may owe at the end of an epoch at its prices, rounded down: escrow·ltv + cap(level).
    function debtLimitOf(address account, uint64 epoch) external view returns (uint256);
}
