// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

import {CreditVault} from "../src/CreditVault.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {ICreditVault, VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {ActionRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @dev Burns a hundredth of every transfer.
contract FeeToken is MockERC20 {
    constructor() MockERC20("Fee", "FEE", 6) {}

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @dev Calls somebody during every transfer.
contract HookToken is MockERC20 {
    address public target;
    bytes public data;
    bool public succeeded;
    bytes public answer;

    constructor() MockERC20("Hook", "HOOK", 6) {}

    function setHook(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (target != address(0)) (succeeded, answer) = target.call(data);
        super._update(from, to, value);
    }
}

/// @dev Moves tokens and returns nothing.
contract QuietToken {
    mapping(address => uint256) public balanceOf;
    uint8 public constant decimals = 6;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

contract TokensTest is Fixture {
    uint8 private constant ODD = 3;

    /// @dev Registers a token of six decimals as collateral in a slot of six decimals.
    function _list(address token) private {
        manager.registerToken(ODD, token);
        vault.setCollateral(ODD, 5_000);
    }

    function _escrow() private view returns (uint256) {
        (uint128 escrow,) = manager.positionOf(trader, ODD);
        assertEq(escrow, vault.escrowOf(trader, ODD), "ledger and vault agree");
        return escrow;
    }

    function _withdraw(uint256 amount) private {
        Proof memory none;
        vm.prank(trader);
        vault.withdrawEscrow(ODD, amount, ActionRequest(0, 0, 0, trader), none);
    }

    function _config(address asset, uint8 slot) private view returns (VaultConfig memory) {
        return vaultTerms(asset, slot, policyId);
    }

    function test_K18_FeeOnTransfer_EscrowIsWhatArrived() public {
        FeeToken token = new FeeToken();
        _list(address(token));
        token.mint(trader, 100e6);
        vm.startPrank(trader);
        token.approve(address(vault), 100e6);
        assertEq(vault.depositEscrow(ODD, 100e6, trader), 99e6, "received");
        vm.stopPrank();
        assertEq(_escrow(), 99e6, "escrow");
        _withdraw(99e6);
        assertEq(_escrow(), 0, "taken");
        assertEq(token.balanceOf(address(vault)), 0, "nothing left, nothing missing");
    }

    function test_K18_FeeOnTransfer_RevertWhen_Asset() public {
        FeeToken token = new FeeToken();
        manager.registerToken(ODD, address(token));
        CreditVault made = new CreditVault(_config(address(token), ODD));
        token.mint(lender, 100e6);
        vm.startPrank(lender);
        token.approve(address(made), 100e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.ReceivedTooLittle.selector, 99e6, 100e6));
        made.deposit(100e6, lender);
        vm.stopPrank();
    }

    /// @dev A token that charges nothing until it does: what is repaid is what arrives.
    function test_K18_FeeStartedLater_RevertWhen_Repaid() public {
        commitFor(trader);
        depositEth(1e18);
        drawNow(1_500e6);
        vm.etch(address(usd), address(new FeeToken()).code);
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.ReceivedTooLittle.selector, 99e6, 100e6));
        vm.prank(keeper);
        vault.repay(trader, 100e6);
    }

    function test_K18_NoReturnValue_MovesBothWays() public {
        QuietToken token = new QuietToken();
        _list(address(token));
        token.mint(trader, 100e6);
        vm.prank(trader);
        vault.depositEscrow(ODD, 60e6, trader);
        assertEq(_escrow(), 60e6, "escrow");
        _withdraw(25e6);
        assertEq(_escrow(), 35e6, "rest");
        assertEq(token.balanceOf(trader), 65e6, "trader");
    }

    function test_K13_Reentrancy_EveryDoorIsShut() public {
        HookToken token = new HookToken();
        _list(address(token));
        token.mint(address(token), 100e6);
        token.mint(trader, 100e6);
        vm.prank(trader);
        token.approve(address(vault), 100e6);
        Proof memory none;
        ActionRequest memory request = ActionRequest(0, 0, 0, address(token));
        bytes[6] memory calls = [
            abi.encodeCall(ICreditVault.depositEscrow, (ODD, 1e6, address(token))),
            abi.encodeCall(ICreditVault.withdrawEscrow, (ODD, 1e6, request, none)),
            abi.encodeCall(ICreditVault.draw, (1e6, request, none)),
            abi.encodeCall(ICreditVault.repay, (trader, 1e6)),
            abi.encodeWithSignature("deposit(uint256,address)", 1e6, address(token)),
            abi.encodeWithSignature("withdraw(uint256,address,address)", 0, address(token), address(token))
        ];
        bytes32 reason = keccak256(abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector));
        for (uint256 i = 0; i < calls.length; ++i) {
            token.setHook(address(vault), calls[i]);
            vm.prank(trader);
            vault.depositEscrow(ODD, 2e6, trader);
            assertTrue(!token.succeeded() && keccak256(token.answer()) == reason, "shut while depositing");
            _withdraw(1e6);
            assertTrue(!token.succeeded() && keccak256(token.answer()) == reason, "shut while withdrawing");
            assertEq(_escrow(), (i + 1) * 1e6, "escrow");
        }
    }

    /// @dev Whoever reads the share price during a deposit sees neither its assets nor its shares.
    function test_K14_ReadDuringTransfer_SeesTheStateBefore() public {
        HookToken token = new HookToken();
        manager.registerToken(ODD, address(token));
        CreditVault made = new CreditVault(_config(address(token), ODD));
        token.mint(lender, 300e6);
        vm.startPrank(lender);
        token.approve(address(made), 300e6);
        made.deposit(100e6, lender);
        uint256 price = made.convertToAssets(1e9);
        token.setHook(address(made), abi.encodeWithSignature("convertToAssets(uint256)", 1e9));
        made.deposit(200e6, lender);
        assertEq(abi.decode(token.answer(), (uint256)), price, "while depositing");
        made.withdraw(50e6, lender, lender);
        assertEq(abi.decode(token.answer(), (uint256)), price, "while withdrawing");
        vm.stopPrank();
    }

    function test_Vault_RevertWhen_NoAdminOrTheTermsCannotBe() public {
        VaultConfig memory config = _config(address(usd), USD);
        (config.bonusBps, config.maximumBonusBps, config.reserveFactorBps) = (9_999, 9_999, 9_999);
        config.bonusSeconds = 1;
        this.newVaultOf(config);
        config.maximumBonusBps = 9_998;
        _refused(config);
        (config.bonusBps, config.maximumBonusBps) = (500, 10_000);
        _refused(config);
        (config.maximumBonusBps, config.reserveFactorBps) = (9_999, 10_000);
        _refused(config);
        (config.reserveFactorBps, config.bonusSeconds) = (9_999, 0);
        _refused(config);
        (config.bonusSeconds, config.admin) = (1, address(0));
        _refused(config);
        (config.admin, config.policyId) = (address(this), bytes32(uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyUnknown.selector, config.policyId));
        this.newVaultOf(config);
    }

    function _refused(VaultConfig memory config) private {
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.VaultConfigInvalid.selector));
        this.newVaultOf(config);
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newVaultOf(VaultConfig memory config) external {
        new CreditVault(config);
    }

    function test_Vault_RevertWhen_AssetIsNotTheSlots() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.VaultConfigInvalid.selector));
        this.newVaultOf(_config(address(usd), ETH));
        vm.expectRevert(abi.encodeWithSelector(ICreditVault.VaultConfigInvalid.selector));
        this.newVaultOf(_config(address(usd), ODD));
    }
}
