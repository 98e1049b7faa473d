// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CreditVault} from "../../src/CreditVault.sol";
import {MockERC20} from "../../src/demo/MockERC20.sol";
import {VaultConfig} from "../../src/interfaces/ICreditVault.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Limits} from "../../src/interfaces/IPolicyRegistry.sol";
import {FeeToken, HookToken, QuietToken} from "../Tokens.t.sol";
import {Fixture} from "../utils/Fixture.sol";

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
abstract contract World is Fixture {
    uint256 internal constant TRADERS = 4;
    uint256 internal constant VAULTS = 2;
    uint256 internal constant OTHERS = 2;
    uint8 internal constant FEE = 3;
    uint8 internal constant QUIET = 4;
    uint8 internal constant GROWING = 5;
    uint8 internal constant HOOK = 6;
    uint8 internal constant SLOTS = 7;
    uint256 internal constant BONUS_BPS = 500;
    uint256 internal constant HEALTH_BPS = 11_000;

    /// @dev What the rules say of an account. `debtVault` is 1 + the index of the vault owed, or 0.
    struct Expected {
        uint256 commitment;
        uint256 pending;
        uint64 sequence;
        uint64 worsened;
        uint8 level;
        uint8 pendingLevel;
        uint64 levelUntil;
        uint64 pendingUntil;
        uint256 debtVault;
        uint64[5] nonces;
    }

    /// @dev What the rules say of a vault.
    struct Pool {
        uint256 liquid;
        uint256 totalDebt;
        uint256 shares;
        uint128 minimumDebt;
        bytes32 policy;
    }

    address[] internal traders;
    address[] internal lenders;
    address[] internal keepers;
    CreditVault[] internal vaults;
    address[] internal tokens;
    Pool[] internal pools;
    mapping(address => Expected) internal expected;
    mapping(uint256 vault => mapping(address => mapping(uint8 slot => uint256))) internal escrow;
    mapping(uint256 vault => mapping(address => uint256)) internal debt;
    mapping(uint256 vault => mapping(address => uint256)) internal shares;
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

    function debtSum(address who) internal view returns (uint256) {
        return debt[0][who] + debt[1][who];
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
            pools.push(Pool(0, 0, 0, made.minimumDebt(), policy));
            for (uint8 slot = ETH; slot < SLOTS; ++slot) {
                ltv[v][slot] = 8_000;
                made.setCollateral(slot, 8_000);
            }
            _fund(made);
            _deposit(v, lenders[0], 1e13);
        }
    }

    function _deposit(uint256 v, address lender_, uint256 assets) private {
        vm.prank(lender_);
        uint256 made = vaults[v].deposit(assets, lender_);
        (pools[v].liquid, pools[v].shares, shares[v][lender_]) = (assets, made, made);
    }

    function _terms(bytes32 policy, uint128 minimumDebt) private view returns (VaultConfig memory) {
        return VaultConfig({
            admin: address(this),
            asset: address(usd),
            manager: address(manager),
            sheet: address(sheet),
            policyId: policy,
            assetSlot: USD,
            bonusBps: uint16(BONUS_BPS),
            minimumDebt: minimumDebt,
            name: "Pool",
            symbol: "POOL"
        });
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
