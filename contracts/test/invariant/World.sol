// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {MockERC20} from "../../src/demo/MockERC20.sol";
import {VaultConfig} from "../../src/interfaces/ICreditVault.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Limits} from "../../src/interfaces/IPolicyRegistry.sol";
import {FeeToken, HookToken, QuietToken} from "../Tokens.t.sol";
import {BindingFixture} from "../utils/BindingFixture.sol";
import {FakeClock} from "../utils/FakeClock.sol";

/// @dev A balance grows by itself.
contract GrowingToken is MockERC20 {
    constructor() MockERC20("Growing", "GRO", 6) {}

    function grow(address holder, uint256 by) external {
        _mint(holder, by);
    }
}

/// @title What the campaign attacks: two vaults, six tokens of five kinds, four traders, and what each of them should hold
/// @dev The expected state is kept here and changed only by the rules of docs/protocol.md, in arithmetic of its own; after every
/// call the contracts must agree with it (Properties).
abstract contract World is BindingFixture {
    uint256 internal constant TRADERS = 4;
    uint256 internal constant VAULTS = 2;
    uint256 internal constant OTHERS = 2;
    uint8 internal constant FEE = 3;
    uint8 internal constant QUIET = 4;
    uint8 internal constant GROWING = 5;
    uint8 internal constant HOOK = 6;
    uint8 internal constant SLOTS = 7;
    uint256 internal constant BONUS_BPS = 500;
    uint256 internal constant MAXIMUM_BONUS_BPS = 1_000;
    uint256 internal constant BONUS_SECONDS = 7_200;
    uint256 internal constant RESERVE_FACTOR_BPS = 1_000;
    uint256 internal constant UNIT = 1e18;
    uint256 internal constant HEALTH_BPS = 11_000;

    /// @dev What others say of a commitment. The level counts until `levelUntil`, what venues signed until `until`, each no longer than the
    /// venue's key that signed, whose index is `key` − 1.
    struct Word {
        uint8 level;
        uint64 levelUntil;
        uint16 coverageBps;
        uint64 until;
        uint64 lockedUntil;
        uint32 key;
    }

    /// @dev What the rules say of an account. `debtVault` is 1 + the index of the vault owed, or 0.
    struct Expected {
        uint256 commitment;
        uint256 pending;
        uint64 sequence;
        uint64 worsened;
        Word word;
        Word pendingWord;
        uint64 lastDeposit;
        uint256 debtVault;
        uint64[5] nonces;
    }

    /// @dev What the rules say of a vault. Debts are units of an index that is `index` at `since` and grows by `growth` a second after it
    /// and by `growthBefore` before. `reserve` has its share of the interest until `accrued`, an index.
    struct Pool {
        uint256 liquid;
        uint256 units;
        uint256 shares;
        uint128 minimumDebt;
        bytes32 policy;
        uint256 index;
        uint256 since;
        uint256 growth;
        uint256 growthBefore;
        uint256 reserve;
        uint256 accrued;
    }

    address[] internal traders;
    address[] internal lenders;
    address[] internal keepers;
    CreditVault[] internal vaults;
    FakeClock internal clock;
    address[] internal tokens;
    Pool[] internal pools;
    mapping(address => Expected) internal expected;
    mapping(uint256 vault => mapping(address => mapping(uint8 slot => uint256))) internal escrow;
    /// @dev Debts in units of the vault's index.
    mapping(uint256 vault => mapping(address => uint256)) internal units;
    mapping(uint256 vault => mapping(address => uint256)) internal badDebt;
    /// @dev The part of it that the shares bore.
    mapping(uint256 vault => mapping(address => uint256)) internal sharedBadDebt;
    mapping(uint256 vault => mapping(address => mapping(uint8 slot => uint256))) internal claimable;
    mapping(uint256 vault => mapping(uint8 slot => uint256)) internal dust;
    /// @dev Shares bore a loss since the price of a share was looked at.
    mapping(uint256 vault => bool) internal sharedLoss;
    mapping(uint256 vault => mapping(address => uint256)) internal shares;
    /// @dev Escrow, dust and what may be claimed.
    mapping(uint256 vault => mapping(uint8 slot => uint256)) internal held;
    mapping(uint256 vault => mapping(uint8 slot => uint256)) internal given;
    mapping(address => mapping(address => uint64)) internal keeperNonce;
    mapping(uint256 vault => mapping(uint8 slot => uint16)) internal ltv;
    mapping(uint8 level => uint256) internal cap;
    mapping(uint8 row => mapping(uint256 slot => int256)) internal factor;
    bool internal isPaused;
    uint64 internal liquidationsFrom;

    function setUp() public virtual override {
        factor[0][0] = 10_000;
        for (uint256 slot = USD; slot < SLOTS; ++slot) {
            factor[0][slot] = 8_000;
        }
        super.setUp();
        for (uint160 i = 0; i < TRADERS; ++i) {
            traders.push(address(0xa11ce000 + i));
        }
        for (uint160 i = 0; i < OTHERS; ++i) {
            lenders.push(address(0x1e4de000 + i));
            keepers.push(address(0x4ee9e000 + i));
        }
        clock = new FakeClock();
        _deployTokens();
        _deployVaults();
    }

    /// @dev Thresholds that the campaign changes; the rest is the fixture's.
    function parameterAt(uint256 row, uint256 slot) internal view override returns (int256) {
        return row == 0 && (slot == 0 || isUsed(slot)) ? factor[0][slot] : super.parameterAt(row, slot);
    }

    /// @dev Only statement 1 (health) is enabled, so that the model knows what an honest prover can prove.
    function healthLimits(uint8 minAssurance) internal view returns (Limits memory made) {
        made = limits(minAssurance);
        made.enabledMask = 1;
    }

    function account(uint256 seed) internal view returns (address) {
        return traders[seed % TRADERS];
    }

    /// @dev Token decimals less the slot's.
    function exponentOf(uint256 slot) internal pure returns (uint256) {
        return slot == ETH ? 12 : 0;
    }

    /// @dev What arrives of an amount.
    function arriving(uint8 slot, uint256 amount) internal pure returns (uint256) {
        return slot == FEE ? amount - amount / 100 : amount;
    }

    function balance(uint8 slot, address holder) internal view returns (uint256) {
        return IERC20(tokens[slot]).balanceOf(holder);
    }

    /// @dev Escrow of an account over all vaults.
    function escrowSum(address who, uint8 slot) internal view returns (uint256) {
        return escrow[0][who][slot] + escrow[1][who][slot];
    }

    /// @dev What was written off and not repaid since, over all vaults.
    function badDebtSum(address who) internal view returns (uint256) {
        return badDebt[0][who] + badDebt[1][who];
    }

    /// @dev What a unit of a vault's debts is worth at a time.
    function indexAt(uint256 v, uint256 time) internal view returns (uint256) {
        Pool storage pool = pools[v];
        if (time < pool.since) return pool.index - pool.growthBefore * (pool.since - time);
        return pool.index + pool.growth * (time - pool.since);
    }

    /// @dev A debt at a time, rounded up.
    function debtAt(uint256 v, address who, uint256 time) internal view returns (uint256) {
        return (units[v][who] * indexAt(v, time) + UNIT - 1) / UNIT;
    }

    function debtNow(uint256 v, address who) internal view returns (uint256) {
        return debtAt(v, who, vm.getBlockTimestamp());
    }

    /// @dev All debts of a vault now, rounded down.
    function totalNow(uint256 v) internal view returns (uint256) {
        return pools[v].units * indexAt(v, vm.getBlockTimestamp()) / UNIT;
    }

    /// @dev The reserve with its share of the interest until now.
    function reserveNow(uint256 v) internal view returns (uint256) {
        Pool storage pool = pools[v];
        uint256 interest = totalNow(v) - pool.units * pool.accrued / UNIT;
        return pool.reserve + interest * RESERVE_FACTOR_BPS / 10_000;
    }

    /// @dev What all shares are worth now.
    function assetsNow(uint256 v) internal view returns (uint256) {
        return pools[v].liquid + totalNow(v) - reserveNow(v);
    }

    /// @dev Before the units change: what they earned so far.
    function accrue(uint256 v) internal {
        (pools[v].reserve, pools[v].accrued) = (reserveNow(v), indexAt(v, vm.getBlockTimestamp()));
    }

    function _deployTokens() private {
        tokens = new address[](SLOTS);
        (tokens[USD], tokens[ETH]) = (address(usd), address(eth));
        tokens[FEE] = address(new FeeToken());
        tokens[QUIET] = address(new QuietToken());
        tokens[GROWING] = address(new GrowingToken());
        tokens[HOOK] = address(new HookToken());
        for (uint8 slot = FEE; slot < SLOTS; ++slot) {
            manager.registerToken(slot, tokens[slot]);
        }
    }

    function _deployVaults() private {
        for (uint256 v = 0; v < VAULTS; ++v) {
            bytes32 policy = policies.register("health", healthLimits(1));
            policies.fold(policy);
            CreditVault made = new CreditVault(_terms(policy, v == 0 ? 100e6 : 1e6));
            manager.registerVault(address(made));
            vaults.push(made);
            pools.push(Pool(0, 0, 0, made.minimumDebt(), policy, UNIT, vm.getBlockTimestamp(), 0, 0, 0, UNIT));
            for (uint8 slot = ETH; slot < SLOTS; ++slot) {
                ltv[v][slot] = 8_000;
                made.setCollateral(slot, 8_000);
            }
            _fund(made);
            for (uint256 i = 0; i < TRADERS; ++i) {
                vm.prank(traders[i]);
                made.allowTopUps(keepers[0], true);
            }
            _deposit(v, lenders[0], 1e13);
        }
    }

    function _deposit(uint256 v, address lender_, uint256 assets) private {
        vm.prank(lender_);
        uint256 made = vaults[v].deposit(assets, lender_);
        (pools[v].liquid, pools[v].shares, shares[v][lender_]) = (assets, made, made);
    }

    function _terms(bytes32 policy, uint128 minimumDebt) private view returns (VaultConfig memory terms) {
        terms = vaultTerms(address(usd), USD, policy);
        (terms.maximumBonusBps, terms.bonusSeconds) = (uint16(MAXIMUM_BONUS_BPS), uint32(BONUS_SECONDS));
        (terms.minimumDebt, terms.reserveFactorBps) = (minimumDebt, uint16(RESERVE_FACTOR_BPS));
        (terms.heartbeat, terms.desk) = (address(clock), address(clock));
    }

    /// @dev Everybody has plenty of everything and lets every vault take it.
    function _fund(CreditVault made) private {
        for (uint256 i = 0; i < TRADERS + 2 * OTHERS; ++i) {
            address who = keepers[i % OTHERS];
            if (i < TRADERS) who = traders[i];
            else if (i < TRADERS + OTHERS) who = lenders[i - TRADERS];
            for (uint8 slot = USD; slot < SLOTS; ++slot) {
                MockERC20(tokens[slot]).mint(who, slot == ETH ? 1e30 : 1e18);
                if (slot == QUIET) continue;
                vm.prank(who);
                MockERC20(tokens[slot]).approve(address(made), type(uint256).max);
            }
        }
    }
}
