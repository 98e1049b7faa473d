// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MockFeed} from "../src/demo/MockFeed.sol";
import {ICircuitRegistry} from "../src/interfaces/ICircuitRegistry.sol";
import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof} from "../src/interfaces/Types.sol";
import {SimulatedKey} from "./utils/ProofSimulator.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @title K26: a second before, at, and a second after every time that the contracts compare
/// @dev Others of the kind stand with their subjects: Attest.t.sol (deadline, snapshot age), Commit.t.sol (statements), Sheet.t.sol
/// (heartbeat), AttacksSheet.t.sol (half an epoch).
contract ThreatsTimeTest is Fixture {
    function setUp() public override {
        super.setUp();
        commitFor(trader);
        moveEth(2_000e8);
        depositEth(1e18);
    }

    /// @dev The call is refused at `from` − 1 and passes at `from` and `from` + 1.
    function _onlyFrom(uint64 from, address target, bytes memory data, bytes memory reason) private {
        uint256 state = vm.snapshotState();
        vm.warp(from - 1);
        _refused(target, data, reason);
        for (uint64 late = 0; late < 2; ++late) {
            vm.revertToState(state);
            vm.warp(from + late);
            (bool ok,) = target.call(data);
            assertTrue(ok, "from then on");
        }
    }

    function _refused(address target, bytes memory data, bytes memory reason) private {
        (bool ok, bytes memory given) = target.call(data);
        assertTrue(!ok, "not before");
        assertTrue(keccak256(given) == keccak256(reason), "by name");
    }

    function test_K26_KeyDelay() public {
        SimulatedKey memory old = keys[LIQUIDATION];
        registerKey(LIQUIDATION, 55);
        keys[LIQUIDATION] = old;
        (,,, uint64 from) = registry.pendingKey(LIQUIDATION);
        assertEq(from, vm.getBlockTimestamp() + 2 days, "the delay");
        bytes memory reason = abi.encodeWithSelector(ICircuitRegistry.KeyDelayRunning.selector, from, from - 1);
        _onlyFrom(from, address(registry), abi.encodeCall(registry.activate, (LIQUIDATION)), reason);
    }

    function test_K26_ParametersDelay() public {
        sheet.proposeParameters(parameterValues());
        (,, uint64 from) = sheet.parametersState();
        assertEq(from, vm.getBlockTimestamp() + 1 days, "the delay");
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.DelayRunning.selector, from, from - 1);
        _onlyFrom(from, address(sheet), abi.encodeCall(sheet.activateParameters, ()), reason);
    }

    function test_K26_DelistingDelay() public {
        sheet.proposeDelisting(ETH);
        uint64 from = uint64(vm.getBlockTimestamp() + 1 days);
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.DelayRunning.selector, from, from - 1);
        _onlyFrom(from, address(sheet), abi.encodeCall(sheet.delist, (ETH)), reason);
    }

    function test_K26_EpochBoundary() public {
        uint64 newest = sheet.newestEpoch();
        uint64 from = (newest + 1) * HOUR;
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.SnapshotExists.selector, newest);
        _onlyFrom(from, address(sheet), abi.encodeCall(sheet.snapshot, ()), reason);
    }

    function test_K26_CloseOfADay() public {
        uint32 day = GENESIS + uint32(S) + 1;
        uint64 midnight = (uint64(day) + 1) * 86_400;
        bytes memory data = abi.encodeCall(sheet.recordClose, (day, _latestRounds()));
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.DayNotOver.selector, day, midnight - 1);
        _onlyFrom(midnight, address(sheet), data, reason);
    }

    /// @dev A round at midnight belongs to the next day; its predecessor is the close, whatever comes at midnight or later.
    function test_K26_LastRoundOfADay() public {
        uint32 day = GENESIS + uint32(S) + 1;
        uint64 midnight = (uint64(day) + 1) * 86_400;
        vm.warp(midnight + 10);
        uint80[] memory ids = _latestRounds();
        uint256 state = vm.snapshotState();
        for (uint64 offset = 0; offset < 3; ++offset) {
            MockFeed.Round[] memory rounds = new MockFeed.Round[](1);
            rounds[0] = MockFeed.Round(2_100e8, midnight - 1 + offset);
            feeds[ETH].push(rounds);
            bytes memory reason = abi.encodeWithSelector(IPriceSheet.CloseNotLast.selector, ETH, ids[ETH - 1]);
            if (offset == 0) _refused(address(sheet), abi.encodeCall(sheet.recordClose, (day, ids)), reason);
            uint80[] memory later = _latestRounds();
            reason = abi.encodeWithSelector(IPriceSheet.CloseNotLast.selector, ETH, later[ETH - 1]);
            if (offset > 0) _refused(address(sheet), abi.encodeCall(sheet.recordClose, (day, later)), reason);
            sheet.recordClose(day, offset == 0 ? later : ids);
            vm.revertToState(state);
        }
    }

    function test_K26_WindowEnds() public {
        (,, uint64 until) = sheet.windowState(1);
        vm.warp(until - 100);
        uint64 epoch = sheet.snapshot();
        sheet.fold(COMPLIANCE, epoch);
        vm.warp(until - 1);
        sheet.sheetPoint(COMPLIANCE, epoch);
        for (uint64 late = 0; late < 2; ++late) {
            vm.warp(until + late);
            bytes memory reason = abi.encodeWithSelector(IPriceSheet.WindowStale.selector, until, until + late);
            _refused(address(sheet), abi.encodeCall(sheet.sheetPoint, (COMPLIANCE, epoch)), reason);
            _refused(address(sheet), abi.encodeCall(sheet.fold, (COMPLIANCE, epoch)), reason);
        }
    }

    function test_K26_LevelOfAStatementEnds() public {
        attachCustodian(trader, manager.accountState(trader).commitment, 1);
        uint64 until = manager.accountState(trader).levelUntil;
        assertEq(until, vm.getBlockTimestamp() + 30 days, "its lifetime");
        vm.warp(until - 1);
        assertEq(manager.levelOf(trader), 2, "before");
        vm.warp(until);
        assertEq(manager.levelOf(trader), 2, "the last second");
        vm.warp(until + 1);
        assertEq(manager.levelOf(trader), 1, "after");
    }

    function test_K26_CompliantForTheAgeAskedFor() public {
        attestNow(trader);
        (uint64 taken,) = sheet.epochMeta(sheet.newestEpoch());
        vm.warp(taken + 1 hours - 1);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "before");
        vm.warp(taken + 1 hours);
        assertTrue(manager.isCompliant(trader, policyId, 1 hours), "the last second");
        vm.warp(taken + 1 hours + 1);
        assertTrue(!manager.isCompliant(trader, policyId, 1 hours), "after");
    }

    /// @dev A draw at the last second of its deadline, and of the snapshot's age.
    function test_K26_DrawDeadlineAndAge() public {
        (uint64 taken,) = sheet.epochMeta(sheet.newestEpoch());
        uint64 deadline = uint64(vm.getBlockTimestamp() + 100);
        bytes memory late = abi.encodeWithSelector(IManagerEvents.DeadlinePassed.selector, deadline, deadline + 1);
        _onlyUntil(deadline, deadline, late);
        uint64 oldest = taken + 2 hours;
        late = abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, taken + 1);
        _onlyUntil(type(uint64).max, oldest, late);
    }

    function _onlyUntil(uint64 deadline, uint64 last, bytes memory reason) private {
        Binds memory b = actionBinds(3, address(usd), 200e6);
        b.deadline = deadline;
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 200e6, 0);
        uint256 state = vm.snapshotState();
        for (uint64 offset = 0; offset < 3; ++offset) {
            vm.warp(last - 1 + offset);
            if (offset == 2) vm.expectRevert(reason);
            vm.prank(trader);
            vault.draw(200e6, request, proof);
            vm.revertToState(state);
        }
    }

    /// @dev Liquidations start when the grace after a pause is over, and end with their deadline and the snapshot's age.
    function test_K26_LiquidationGraceDeadlineAndAge() public {
        drawNow(1_500e6);
        moveEth(1_700e8);
        (uint64 taken,) = sheet.epochMeta(sheet.newestEpoch());
        LiquidationRequest memory request = liquidationOf(trader, 100e6, 10_000);
        uint64 deadline = request.deadline;
        bytes memory late = abi.encodeWithSelector(IManagerEvents.DeadlinePassed.selector, deadline, deadline + 1);
        _liquidateAround(request, deadline, late, false);
        request.deadline = type(uint64).max;
        late = abi.encodeWithSelector(IManagerEvents.SnapshotStale.selector, taken, taken + 1);
        _liquidateAround(request, taken + 2 hours, late, false);
        manager.pause();
        manager.unpause();
        uint64 from = uint64(vm.getBlockTimestamp() + 1 hours);
        bytes memory early = abi.encodeWithSelector(IManagerEvents.LiquidationGrace.selector, from, from - 1);
        _liquidateAround(request, from, early, true);
    }

    /// @dev Refused a second before `time` when it is a first second, a second after when it is a last one.
    function _liquidateAround(LiquidationRequest memory request, uint64 time, bytes memory reason, bool isFirst) private {
        Proof memory proof = liquidationProof(request);
        uint256 state = vm.snapshotState();
        for (uint64 offset = 0; offset < 3; ++offset) {
            vm.warp(time - 1 + offset);
            if (offset == (isFirst ? 0 : 2)) vm.expectRevert(reason);
            vm.prank(keeper);
            vault.liquidate(request, proof);
            vm.revertToState(state);
        }
    }

    function _latestRounds() private view returns (uint80[] memory ids) {
        ids = new uint80[](N - 1);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = (uint80(1) << 64) | feeds[i + 1].lastRound();
        }
    }
}
