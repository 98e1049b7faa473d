// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {CreditVault} from "../src/CreditVault.sol";
import {VaultConfig} from "../src/interfaces/ICreditVault.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {LegClaim, Proof} from "../src/interfaces/Types.sol";
import {HookToken} from "./Tokens.t.sol";
import {FakeClock} from "./utils/FakeClock.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title Every function of a vault that moves tokens, re-entered from the token through every function of that vault
contract ThreatsReentrancyTest is Fixture {
    uint8 private constant ASSET = 3;
    uint8 private constant COLLATERAL = 4;
    uint256 private constant DOORS = 13;

    HookToken private _asset;
    HookToken private _escrow;
    CreditVault private _pool;
    /// @dev Owes and left a challenge unanswered.
    address private _silent = address(0x51e47);

    function setUp() public override {
        super.setUp();
        (_asset, _escrow) = (new HookToken(), new HookToken());
        manager.registerToken(ASSET, address(_asset));
        manager.registerToken(COLLATERAL, address(_escrow));
        VaultConfig memory terms = vaultTerms(address(_asset), ASSET, policyId);
        FakeClock clock = new FakeClock();
        (terms.minimumDebt, terms.desk) = (1, address(clock));
        _pool = new CreditVault(terms);
        manager.registerVault(address(_pool));
        _pool.setCollateral(COLLATERAL, 8_000);
        _fund(keeper);
        vm.prank(keeper);
        _pool.deposit(1e12, trader);
        _borrow(trader);
        _borrow(_silent);
        clock.setChallenge(_silent, keeper, uint64(vm.getBlockTimestamp() - 1));
        // So that there is something to claim.
        _run(keeper, _liquidate(1e6));
    }

    function _borrow(address who) private {
        commitFor(who);
        _fund(who);
        vm.prank(who);
        _pool.depositEscrow(COLLATERAL, 100e6, who);
        _run(who, _draw(who, 10e6));
    }

    function _fund(address who) private {
        _asset.mint(who, 1e15);
        _escrow.mint(who, 1e15);
        vm.startPrank(who);
        _asset.approve(address(_pool), type(uint256).max);
        _escrow.approve(address(_pool), type(uint256).max);
        vm.stopPrank();
    }

    function _run(address sender, bytes memory data) private {
        vm.prank(sender);
        (bool ok, bytes memory reason) = address(_pool).call(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    // ---- the doors

    function _binds(address who, uint8 action, address token, uint256 amount) private view returns (Binds memory b) {
        b = attestBinds(who, policyId);
        (b.target, b.action, b.actionHash) = (address(_pool), action, keccak256(abi.encode(token, amount)));
        b.nonce = manager.nonceOf(who, action);
    }

    function _draw(address who, uint256 amount) private view returns (bytes memory) {
        Binds memory b = _binds(who, 3, address(_asset), amount);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(who, sheet.newestEpoch());
        short[ASSET] += uint64(amount);
        Proof memory proof = simulate(complianceX(b, long, short), 3);
        return abi.encodeCall(_pool.draw, (amount, ActionRequest(b.epoch, b.nonce, b.deadline, who), proof));
    }

    function _withdraw(uint256 amount) private view returns (bytes memory) {
        Binds memory b = _binds(trader, 4, address(_escrow), amount);
        (uint64[] memory long, uint64[] memory short) = manager.legOf(trader, sheet.newestEpoch());
        long[COLLATERAL] -= uint64(amount);
        Proof memory proof = simulate(complianceX(b, long, short), 3);
        ActionRequest memory request = ActionRequest(b.epoch, b.nonce, b.deadline, trader);
        return abi.encodeCall(_pool.withdrawEscrow, (COLLATERAL, amount, request, proof));
    }

    function _liquidate(uint256 amount) private view returns (bytes memory) {
        LiquidationRequest memory r;
        (r.account, r.repayAmount, r.seizeSlot, r.beneficiary) = (trader, amount, COLLATERAL, keeper);
        (uint64[] memory long, uint64[] memory short) = manager.liquidationLegOf(trader);
        (r.thresholdBps, r.claims) = (10_000, new LegClaim[](2));
        r.claims[0] = LegClaim(ASSET, long[ASSET], short[ASSET]);
        r.claims[1] = LegClaim(COLLATERAL, long[COLLATERAL], short[COLLATERAL]);
        (r.epoch, r.deadline) = (sheet.newestEpoch(), uint64(vm.getBlockTimestamp() + 600));
        r.nonce = manager.liquidationNonceOf(trader, keeper);
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (address(_pool), trader, keeper, 5);
        (b.commitment, b.sequence) = (manager.accountState(trader).commitment, manager.accountState(trader).sequence);
        b.actionHash = keccak256(abi.encode(r.repayAmount, r.seizeSlot, r.thresholdBps, r.claims));
        (b.epoch, b.nonce, b.deadline) = (r.epoch, r.nonce, r.deadline);
        return abi.encodeCall(_pool.liquidate, (r, simulate(liquidationX(b, r.claims, 10_000), 3)));
    }

    /// @dev A call that passes, and who sends it.
    function _door(uint256 i) private view returns (address sender, bytes memory data) {
        sender = trader;
        if (i == 0) data = abi.encodeCall(_pool.depositEscrow, (COLLATERAL, 1e6, trader));
        if (i == 1) data = _withdraw(1e6);
        if (i == 2) data = _draw(trader, 1e6);
        if (i == 3) data = abi.encodeCall(_pool.repay, (trader, 1e6));
        if (i == 4) data = abi.encodeCall(_pool.deposit, (1e6, trader));
        if (i == 5) data = abi.encodeCall(_pool.mint, (1e6, trader));
        if (i == 6) data = abi.encodeWithSignature("withdraw(uint256,address,address)", 1e6, trader, trader);
        if (i == 7) data = abi.encodeWithSignature("redeem(uint256,address,address)", 1e6, trader, trader);
        if (i == 8) (sender, data) = (keeper, _liquidate(1e6));
        if (i == 9) (sender, data) = (keeper, abi.encodeCall(_pool.claim, (address(_escrow), keeper)));
        if (i == 10) data = abi.encodeCall(_pool.fundReserve, (1e6));
        if (i == 11) (sender, data) = (keeper, abi.encodeCall(_pool.liquidateUnanswered, (_silent, 1e6, COLLATERAL)));
        // Nothing is swept, but the token is called.
        if (i == 12) (sender, data) = (address(this), abi.encodeCall(_pool.sweepDust, (COLLATERAL, thief)));
    }

    /// @dev The same calls as the token makes them; the ERC-4626 four with an amount that the token may use.
    function _inner(uint256 i) private view returns (bytes memory data) {
        (, data) = _door(i);
        address token = address(_asset);
        if (i == 4) data = abi.encodeCall(_pool.deposit, (0, token));
        if (i == 5) data = abi.encodeCall(_pool.mint, (0, token));
        if (i == 6) data = abi.encodeWithSignature("withdraw(uint256,address,address)", 0, token, token);
        if (i == 7) data = abi.encodeWithSignature("redeem(uint256,address,address)", 0, token, token);
    }

    /// @notice A hundred and sixty-nine pairs; each outer call passes, each inner one is refused by the guard and by nothing else.
    function test_K13_Reentrancy_AllPairsShut() public {
        bytes32 reason = keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
        uint256 state = vm.snapshotState();
        for (uint256 outer = 0; outer < DOORS; ++outer) {
            for (uint256 inner = 0; inner < DOORS; ++inner) {
                bytes memory back = _inner(inner);
                _asset.setHook(address(_pool), back);
                _escrow.setHook(address(_pool), back);
                (address sender, bytes memory data) = _door(outer);
                _run(sender, data);
                _requireShut(_moved(outer), reason);
                assertTrue(_pool.liquid() <= _asset.balanceOf(address(_pool)), "accounted <= balance");
                vm.revertToState(state);
            }
        }
    }

    /// @notice The liquidation without a proof, from inside every door, and every door from inside it.
    function test_K13_Reentrancy_LiquidationByTheLeg_Shut() public {
        bytes32 reason = keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
        bytes memory bare = abi.encodeCall(_pool.liquidateSelfDeclared, (trader, 1e6, COLLATERAL));
        uint256 state = vm.snapshotState();
        for (uint256 outer = 0; outer < DOORS; ++outer) {
            _asset.setHook(address(_pool), bare);
            _escrow.setHook(address(_pool), bare);
            (address sender, bytes memory data) = _door(outer);
            _run(sender, data);
            _requireShut(_moved(outer), reason);
            vm.revertToState(state);
        }
        pushPrice(COLLATERAL, basePrice(COLLATERAL) / 20);
        nextEpoch();
        nextEpoch();
        state = vm.snapshotState();
        for (uint256 inner = 0; inner <= DOORS; ++inner) {
            bytes memory back = inner == DOORS ? bare : _inner(inner);
            _asset.setHook(address(_pool), back);
            _escrow.setHook(address(_pool), back);
            _run(keeper, bare);
            _requireShut(_asset, reason);
            assertEq(_escrow.answer().length, 0, "K19: nothing is paid out");
            vm.revertToState(state);
        }
    }

    /// @notice Taking the reserve, from inside every door, and every door from inside it. It passes only when nothing is owed.
    function test_K13_Reentrancy_TakingTheReserve_Shut() public {
        bytes32 reason = keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
        bytes memory take = abi.encodeCall(_pool.takeReserve, (1, thief));
        vm.prank(trader);
        _pool.fundReserve(10);
        uint256 state = vm.snapshotState();
        for (uint256 outer = 0; outer < DOORS; ++outer) {
            _asset.setHook(address(_pool), take);
            _escrow.setHook(address(_pool), take);
            (address sender, bytes memory data) = _door(outer);
            _run(sender, data);
            _requireShut(_moved(outer), reason);
            vm.revertToState(state);
        }
        bytes[] memory backs = new bytes[](DOORS + 1);
        for (uint256 inner = 0; inner < DOORS; ++inner) {
            backs[inner] = _inner(inner);
        }
        backs[DOORS] = take;
        _run(trader, abi.encodeCall(_pool.repay, (trader, type(uint256).max)));
        _run(_silent, abi.encodeCall(_pool.repay, (_silent, type(uint256).max)));
        state = vm.snapshotState();
        for (uint256 inner = 0; inner <= DOORS; ++inner) {
            _asset.setHook(address(_pool), backs[inner]);
            _run(address(this), take);
            _requireShut(_asset, reason);
            assertEq(_asset.balanceOf(thief), 1, "taken once");
            vm.revertToState(state);
        }
    }

    /// @dev The token that a door moves.
    function _moved(uint256 outer) private view returns (HookToken) {
        return outer < 2 || outer == 9 || outer == 12 ? _escrow : _asset;
    }

    function _requireShut(HookToken token, bytes32 reason) private view {
        assertTrue(token.answer().length != 0, "the hook was called");
        assertTrue(!token.succeeded() && keccak256(token.answer()) == reason, "refused by the guard");
    }

    /// @notice The inner calls are refused for nothing else: outside of a call they pass.
    function test_K13_Reentrancy_InnerCallsPassOutside() public {
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < DOORS; ++i) {
            (address sender, bytes memory data) = _door(i);
            _run(i > 3 && i < 8 ? address(_asset) : sender, i > 3 && i < 8 ? _inner(i) : data);
            vm.revertToState(state);
        }
    }

    /// @notice What a lender, a borrower or another protocol reads in the middle of a call is consistent.
    function test_K14_ReadOnly_EveryGetterInEveryCall() public {
        bytes[3] memory reads = [
            abi.encodeCall(_pool.totalAssets, ()),
            abi.encodeCall(_pool.convertToAssets, (1e12)),
            abi.encodeCall(_pool.convertToShares, (1e12))
        ];
        uint256 state = vm.snapshotState();
        for (uint256 outer = 0; outer < DOORS; ++outer) {
            for (uint256 read = 0; read < reads.length; ++read) {
                (, bytes memory before) = address(_pool).staticcall(reads[read]);
                _asset.setHook(address(_pool), reads[read]);
                _escrow.setHook(address(_pool), reads[read]);
                (address sender, bytes memory data) = _door(outer);
                _run(sender, data);
                (, bytes memory later) = address(_pool).staticcall(reads[read]);
                _requireOneOf(_moved(outer), before, later);
                vm.revertToState(state);
            }
        }
    }

    function _requireOneOf(HookToken token, bytes memory before, bytes memory later) private view {
        uint256 seen = abi.decode(token.answer(), (uint256));
        (uint256 first, uint256 last) = (abi.decode(before, (uint256)), abi.decode(later, (uint256)));
        assertTrue(seen == first || seen == last, "neither the state before nor the one after");
    }
}
