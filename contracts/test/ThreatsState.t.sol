// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {MockERC20} from "../src/demo/MockERC20.sol";
import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {ActionRequest, AttestRequest, LiquidationRequest, UpdateRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, ProofInvalid} from "../src/interfaces/Types.sol";
import {RiskManager} from "../src/RiskManager.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @dev All balances change by a factor, as those of a rebasing token do.
contract RebasingToken is MockERC20 {
    uint256 public factorBps = 10_000;

    constructor() MockERC20("Rebasing", "REB", 6) {}

    function rebase(uint256 factorBps_) external {
        factorBps = factorBps_;
    }

    function balanceOf(address holder) public view override returns (uint256) {
        return super.balanceOf(holder) * factorBps / 10_000;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value * 10_000 / factorBps);
    }
}

/// @title K11, K18 and K21 … K24: prices, odd tokens, upgrades, parameters, pause, degenerate proofs
contract ThreatsStateTest is Fixture {
    uint8 private constant ODD = 3;

    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
    }

    // ---- K11

    function test_K11_JumpAndLiquidateInOneBlock_Refused() public {
        drawNow(1_500e6);
        vm.warp((vm.getBlockTimestamp() / HOUR + 1) * HOUR);
        pushPrice(ETH, 1_000e8);
        uint64 epoch = sheet.snapshot();
        foldNewest();
        assertEq(sheet.priceOf(epoch, ETH), 2_000e10, "the last price stays");
        // A proof of the liquidation at the jumped price is a proof about other values.
        LiquidationRequest memory request = liquidationOf(trader, 100e6, 10_000);
        uint256 delta = mulmod(tau(keys[LIQUIDATION], 5 + 2 * N + ETH - 1), 1_000e10, R);
        Proof memory proof = simulate(addmod(_liquidationX(request), R - delta, R), 9);
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function _liquidationX(LiquidationRequest memory request) private view returns (uint256) {
        Binds memory b;
        (b.target, b.account, b.beneficiary, b.action) = (address(vault), request.account, request.beneficiary, 5);
        b.commitment = manager.accountState(request.account).commitment;
        b.sequence = manager.accountState(request.account).sequence;
        b.actionHash = keccak256(abi.encode(request.repayAmount, request.seizeSlot, request.thresholdBps, request.claims));
        (b.epoch, b.nonce, b.deadline) = (request.epoch, request.nonce, request.deadline);
        return liquidationX(b, request.claims, 10_000);
    }

    // ---- K18

    /// @dev What a rebase adds belongs to nobody; what it takes is missing from that slot alone, and the last to leave waits for it.
    function test_K18_Rebasing_TouchesNoOtherToken() public {
        RebasingToken token = new RebasingToken();
        manager.registerToken(ODD, address(token));
        vault.setCollateral(ODD, 5_000);
        token.mint(trader, 100e6);
        vm.prank(trader);
        token.approve(address(vault), type(uint256).max);
        vm.prank(trader);
        vault.depositEscrow(ODD, 100e6, trader);
        token.rebase(12_000);
        assertEq(vault.escrowOf(trader, ODD), 100e6, "growth counts for nobody");
        assertTrue(vault.escrowOf(trader, ODD) <= token.balanceOf(address(vault)), "accounted <= balance");
        token.rebase(8_000);
        Proof memory none;
        ActionRequest memory request = ActionRequest(0, 0, 0, trader);
        vm.prank(trader);
        (bool ok,) = address(vault).call(abi.encodeCall(vault.withdrawEscrow, (ODD, 100e6, request, none)));
        assertTrue(!ok, "not more than is there");
        assertEq(vault.escrowOf(trader, ODD), 100e6, "and nothing is lost by trying");
        vm.prank(trader);
        vault.withdrawEscrow(ODD, 80e6, request, none);
        assertEq(token.balanceOf(trader), 80e6, "what is there can be taken");
        assertTrue(vault.escrowOf(trader, ETH) <= eth.balanceOf(address(vault)), "another token");
        assertTrue(vault.liquid() <= usd.balanceOf(address(vault)), "the lent token");
    }

    // ---- K21

    /// @dev No contract can be initialised twice, point elsewhere, be replaced or destroyed: their code has no instruction for it, but for the
    /// one with which the manager runs its extension.
    function test_K21_NoDelegatecallNoSelfdestruct() public view {
        address extension = RiskManager(address(manager)).extension();
        address[6] memory deployed =
            [address(registry), address(sheet), address(policies), address(vault), address(custodians), extension];
        for (uint256 i = 0; i < deployed.length; ++i) {
            assertEq(_count(deployed[i].code, 0xf4), 0, "DELEGATECALL");
            assertEq(_count(deployed[i].code, 0xf2), 0, "CALLCODE");
            assertEq(_count(deployed[i].code, 0xff), 0, "SELFDESTRUCT");
        }
        bytes memory code = address(manager).code;
        assertEq(_count(code, 0xf4), 1, "the extension's DELEGATECALL");
        assertEq(_count(code, 0xf2) + _count(code, 0xff), 0, "CALLCODE, SELFDESTRUCT");
        // The search finds what there is.
        bytes memory known = hex"600060006000600060006000f460f4";
        assertTrue(_count(known, 0xf4) == 1 && _count(bytes.concat(known, known), 0xf4) == 2, "the search");
        assertTrue(_count(code, 0xfa) != 0, "STATICCALL is there");
    }

    /// @dev Which code it runs does not stand in storage, where it could be changed.
    function test_K21_Extension_IsNotInStorage() public {
        vm.record();
        assertEq(manager.liquidationGrace(), 1 hours, "a constant of the extension");
        (bytes32[] memory reads,) = vm.accesses(address(manager));
        assertEq(reads.length, 0, "nothing is read to find it");
    }

    function test_K21_NoInitializer() public {
        string[4] memory names =
            ["initialize()", "initialize(address)", "upgradeTo(address)", "upgradeToAndCall(address,bytes)"];
        address[5] memory deployed =
            [address(registry), address(sheet), address(policies), address(manager), address(vault)];
        for (uint256 i = 0; i < deployed.length; ++i) {
            for (uint256 k = 0; k < names.length; ++k) {
                (bool ok,) = deployed[i].call(abi.encodeWithSignature(names[k], address(this), ""));
                assertTrue(!ok, "no such function");
            }
        }
    }

    /// @dev Walks over instructions, not over what PUSH carries, up to the INVALID that ends the code; constants follow it.
    function _count(bytes memory code, uint8 wanted) private pure returns (uint256 found) {
        for (uint256 at_ = 0; at_ < code.length; ++at_) {
            uint8 instruction = uint8(code[at_]);
            if (instruction == wanted) ++found;
            if (instruction == 0xfe) return found;
            if (instruction >= 0x60 && instruction <= 0x7f) at_ += instruction - 0x5f;
        }
    }

    // ---- K22

    /// @dev One below the least and one above the most of every kind of value; and one beyond the step.
    function test_K22_Parameters_OneBeyondEveryBound() public {
        int256[2][4] memory bounds =
            [[int256(0), 10_000], [int256(10_000), 2 ** 20 - 1], [int256(0), 1], [-int256(1e6), 2 ** 23 - 1]];
        uint256[4] memory rows = [uint256(0), 1, 2, 2 + K];
        for (uint256 kind = 0; kind < 4; ++kind) {
            for (uint256 side = 0; side < 2; ++side) {
                int256 value = bounds[kind][side] + (side == 0 ? int256(-1) : int256(1));
                vm.expectRevert(
                    abi.encodeWithSelector(IPriceSheet.ParameterOutOfRange.selector, rows[kind], ETH, value)
                );
                sheet.proposeParameters(_with(rows[kind], ETH, value));
            }
        }
        for (uint256 kind = 0; kind < 4; ++kind) {
            if (kind == 2) continue;
            int256 from = parameterAt(rows[kind], ETH);
            int256 step = kind < 2 ? int256(1_000) : int256(100_000);
            int256 beyond = kind == 1 ? from + step + 1 : from - step - 1;
            vm.expectRevert(
                abi.encodeWithSelector(IPriceSheet.ParameterStepTooLarge.selector, rows[kind], ETH, from, beyond)
            );
            sheet.proposeParameters(_with(rows[kind], ETH, beyond));
            sheet.proposeParameters(_with(rows[kind], ETH, kind == 1 ? from + step : from - step));
            sheet.cancelParameters();
        }
    }

    /// @dev A healthy account stays so until the delay is over: before, no sheet knows the proposed values.
    function test_K22_ProposedParameters_CountForNobody() public {
        drawNow(1_400e6);
        LiquidationRequest memory request = liquidationOf(trader, 100e6, 10_000);
        uint256 delta = mulmod(tau(keys[LIQUIDATION], 5 + 2 * N + N - 1 + ETH), 1_000, R);
        Proof memory proof = simulate(addmod(_liquidationX(request), R - delta, R), 9);
        sheet.proposeParameters(_with(0, ETH, 7_000));
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(keeper);
        vault.liquidate(request, proof);
        (, uint32 pending,) = sheet.parametersState();
        foldAllParameters(LIQUIDATION, 1, pending);
        sheet.fold(LIQUIDATION, sheet.newestEpoch());
        vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
        vm.prank(keeper);
        vault.liquidate(request, proof);
    }

    function _with(uint256 row, uint256 slot, int256 value) private view returns (bytes memory values) {
        values = parameterValues();
        bytes4 word = bytes4(uint32(int32(value)));
        for (uint256 i = 0; i < 4; ++i) {
            values[4 * (row * N + slot) + i] = word[i];
        }
    }

    // ---- K23

    /// @dev What stops and what goes on in a pause: every function of the manager and the vault that changes anything.
    function test_K23_PauseMatrix_EveryFunction() public {
        drawNow(1_500e6);
        uint256 pending = commitFor(trader);
        moveEth(1_700e8);
        manager.pause();
        _expectPaused();
        usd.mint(lender, 1e9);
        // Books, statements and what makes an account safer go on, and so do lenders and everybody's own escrow.
        commitFor(lender);
        attachCustodian(trader, pending, 2);
        depositEth(1);
        vm.prank(trader);
        vault.repay(trader, 100e6);
        vm.startPrank(lender);
        vault.deposit(1e6, lender);
        vault.mint(1e6, lender);
        vault.withdraw(1e6, lender, lender);
        vault.redeem(1e6, lender, lender);
        vm.stopPrank();
        nextEpoch();
        vm.prank(trader);
        vault.repay(trader, type(uint256).max);
        Proof memory none;
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 1e18, ActionRequest(0, 0, 0, trader), none);
        vm.prank(trader);
        manager.activatePending();
        assertEq(manager.accountState(trader).debtMask, 0, "a paused system can be left");
    }

    function _expectPaused() private {
        bytes memory reason = abi.encodeWithSelector(Pausable.EnforcedPause.selector);
        Proof memory none;
        ActionRequest memory action = ActionRequest(sheet.newestEpoch(), 1, type(uint64).max, trader);
        LiquidationRequest memory liquidation = liquidationOf(trader, 100e6, 10_000);
        vm.startPrank(trader);
        vm.expectRevert(reason);
        manager.attest(AttestRequest(policyId, action.epoch, 0, action.deadline), none);
        vm.expectRevert(reason);
        manager.update(UpdateRequest(action.epoch, 0, action.deadline), none);
        vm.expectRevert(reason);
        vault.draw(100e6, action, none);
        vm.expectRevert(reason);
        vault.withdrawEscrow(ETH, 1, action, none);
        vm.stopPrank();
        vm.expectRevert(reason);
        vm.prank(keeper);
        vault.liquidate(liquidation, none);
    }

    // ---- K24

    /// @dev A and C each infinity, the generator or its negative, B infinity, the generator or its negative: all 27, in a
    /// compliance and in a liquidation.
    function test_K24_AllDegenerateProofs_Refused() public {
        drawNow(1_500e6);
        moveEth(1_700e8);
        (AttestRequest memory request,) = attestProof(attestBinds(trader, policyId));
        LiquidationRequest memory liquidation = liquidationOf(trader, 100e6, 10_000);
        for (uint256 i = 0; i < 27; ++i) {
            Proof memory proof = Proof(_g1Of(i % 3), _g2Of(i / 3 % 3), _g1Of(i / 9));
            vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
            vm.prank(trader);
            manager.attest(request, proof);
            vm.expectRevert(abi.encodeWithSelector(ProofInvalid.selector));
            vm.prank(keeper);
            vault.liquidate(liquidation, proof);
        }
        Proof memory honest = liquidationProof(liquidation);
        vm.prank(keeper);
        vault.liquidate(liquidation, honest);
    }

    function _g1Of(uint256 which) private pure returns (uint256[2] memory point) {
        if (which != 0) point = [uint256(1), which == 1 ? 2 : Q - 2];
    }

    function _g2Of(uint256 which) private pure returns (uint256[2][2] memory point) {
        if (which == 0) return point;
        (point[0][0], point[0][1], point[1][0], point[1][1]) =
            abi.decode(generatorG2(), (uint256, uint256, uint256, uint256));
        if (which == 2) (point[1][0], point[1][1]) = (Q - point[1][0], Q - point[1][1]);
    }
}
