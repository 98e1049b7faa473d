// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {MockERC20} from "../src/demo/MockERC20.sol";
import {ICircuitRegistry} from "../src/interfaces/ICircuitRegistry.sol";
import {ICreditVault} from "../src/interfaces/ICreditVault.sol";
import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {ICustodianRegistry} from "../src/interfaces/ICustodianRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {Proof, SlotStatus} from "../src/interfaces/Types.sol";
import {Fixture} from "./utils/Fixture.sol";

struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

interface LogVm {
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

/// @title Every event with every value: whoever follows the contracts off-chain has nothing else
contract EventsTest is Fixture {
    LogVm private constant LOGS = LogVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev By hash of emitter and topics.
    mapping(bytes32 => bytes) private _data;
    mapping(bytes32 => bool) private _seen;

    function setUp() public override {
        super.setUp();
        LOGS.recordLogs();
    }

    function test_Events_Registry_EveryStepOfAKey() public {
        registry = new CircuitRegistry(address(this), tier(), 2 days);
        registerKey(2, 2);
        (uint32 version, bytes32 keyId, address blob) = registry.currentKey(2);
        uint64 time = uint64(vm.getBlockTimestamp());
        logged(
            address(registry), ICircuitRegistry.KeyRegistered.selector, abi.encode(2, 1, keyId), abi.encode(blob, time)
        );
        logged(address(registry), ICircuitRegistry.KeyActivated.selector, abi.encode(2, 1, keyId), "");
        registerKey(2, 9);
        (version, keyId, blob,) = registry.pendingKey(2);
        bytes memory data = abi.encode(blob, time + 2 days);
        logged(address(registry), ICircuitRegistry.KeyRegistered.selector, abi.encode(2, 2, keyId), data);
        registry.cancel(2);
        logged(address(registry), ICircuitRegistry.KeyCancelled.selector, abi.encode(2, 2), "");
        registerKey(2, 10);
        vm.warp(time + 2 days);
        registry.activate(2);
        logged(address(registry), ICircuitRegistry.KeyActivated.selector, abi.encode(2, 3, keys[2].keyId), "");
    }

    function test_Events_Policies_RegisteredAndFolded() public {
        bytes32 id = policies.register("other", limits(2));
        bytes memory data = abi.encode("other", uint32(1), limits(2));
        logged(address(policies), IPolicyRegistry.PolicyRegistered.selector, abi.encode(id, address(this)), data);
        policies.fold(id);
        logged(address(policies), IPolicyRegistry.PolicyFolded.selector, abi.encode(id, 1), "");
    }

    function test_Events_Sheet_SnapshotStatusAndFold() public {
        pushPrice(ETH, 3_000e8);
        uint64 epoch = nextEpoch();
        (uint64 time, uint128 blocked) = sheet.epochMeta(epoch);
        assertEq(blocked, 1 << ETH, "blocked");
        bytes memory data = abi.encode(time, blocked, packed(sheet.pricesOf(epoch)));
        logged(address(sheet), IPriceSheet.Snapshot.selector, abi.encode(epoch), data);
        data = abi.encode(SlotStatus.DEVIATING);
        logged(address(sheet), IPriceSheet.SlotStatusChanged.selector, abi.encode(epoch, ETH), data);
        unlogged(address(sheet), IPriceSheet.SlotStatusChanged.selector, abi.encode(epoch, USD));
        (uint32 ordinal,,) = sheet.windowState(1);
        for (uint8 kind = 1; kind <= 3; ++kind) {
            data = abi.encode(1, 1, kind == COMPLIANCE ? ordinal : 0);
            logged(address(sheet), IPriceSheet.SheetFolded.selector, abi.encode(kind, epoch), data);
        }
    }

    function test_Events_Window_CloseRollAndClamp() public {
        uint32 day = GENESIS + uint32(S) + 1;
        vm.warp((uint256(day) + 1) * 86_400 - 300);
        for (uint256 slot = 1; slot < N - 1; ++slot) {
            pushPrice(slot, slot == ETH ? int256(100_000e8) : basePrice(slot));
        }
        vm.warp((uint256(day) + 1) * 86_400);
        sheet.recordClose(day, roundIds(uint64(S + 2)));
        roll(1);
        uint32 ordinal = uint32(S) + 1;
        uint256[] memory words = packed(sheet.closesOf(ordinal));
        logged(address(sheet), IPriceSheet.CloseRecorded.selector, abi.encode(ordinal), abi.encode(day, words));
        logged(address(sheet), IPriceSheet.WindowRolled.selector, abi.encode(1, ordinal), abi.encode(ordinal % S));
        (uint256 before, uint256 then) = (sheet.closesOf(ordinal - 1)[ETH], sheet.closesOf(ordinal)[ETH]);
        int256 exact = int256(then * 1e6 / before) - 1e6;
        bytes memory data = abi.encode(ETH, exact, int256((1 << 23) - 1));
        logged(address(sheet), IPriceSheet.ReturnClamped.selector, abi.encode(ordinal), data);
    }

    function test_Events_Parameters_EveryStepOfAVersion() public {
        uint64 from = uint64(vm.getBlockTimestamp()) + 1 days;
        sheet.proposeParameters(parameterValues());
        bytes memory data = dataOf(address(sheet), IPriceSheet.ParametersProposed.selector, abi.encode(2));
        (address blob, uint64 activeFrom) = abi.decode(data, (address, uint64));
        assertEq(activeFrom, from, "from");
        assertTrue(keccak256(blob.code) == keccak256(bytes.concat(hex"00", parameterValues())), "blob");
        foldAllParameters(LIQUIDATION, 1, 2);
        logged(address(sheet), IPriceSheet.ParametersFolded.selector, abi.encode(LIQUIDATION, 1, 2), abi.encode(1));
        vm.warp(from);
        sheet.activateParameters();
        logged(address(sheet), IPriceSheet.ParametersActivated.selector, abi.encode(2), "");
        sheet.proposeParameters(parameterValues());
        sheet.cancelParameters();
        logged(address(sheet), IPriceSheet.ParametersCancelled.selector, abi.encode(3), "");
        sheet.proposeDelisting(ETH);
        logged(address(sheet), IPriceSheet.DelistingProposed.selector, abi.encode(ETH), abi.encode(from + 1 days));
    }

    function test_Events_Manager_AdminAndCustodian() public {
        manager.registerVault(thief);
        logged(address(manager), IManagerEvents.VaultRegistered.selector, abi.encode(thief), "");
        address token = address(new MockERC20("Token", "T", 18));
        manager.registerToken(3, token);
        logged(address(manager), IManagerEvents.TokenRegistered.selector, abi.encode(3, token), abi.encode(int8(12)));
        custodians.setCustodian(thief, 5, 7);
        logged(address(custodians), ICustodianRegistry.CustodianSet.selector, abi.encode(thief), abi.encode(5, 7));
        uint256 commitment = commitFor(trader);
        logged(address(manager), IManagerEvents.Committed.selector, abi.encode(trader, commitment), abi.encode(1, true));
        logged(
            address(manager), IManagerEvents.CommitmentActivated.selector, abi.encode(trader, commitment), abi.encode(1)
        );
        attachCustodian(trader, commitment, 1);
        bytes memory topics = abi.encode(trader, vm.addr(custodianKey), commitment);
        bytes memory data = abi.encode(1, vm.getBlockTimestamp());
        logged(address(custodians), ICustodianRegistry.CustodianAttached.selector, topics, data);
        attestNow(trader);
        topics = abi.encode(trader, policyId, sheet.newestEpoch());
        logged(address(manager), IManagerEvents.Attested.selector, topics, abi.encode(1));
    }

    function test_Events_Vault_EveryMovement() public {
        vault.setCollateral(ETH, 7_900);
        logged(address(vault), ICreditVault.CollateralSet.selector, abi.encode(ETH), abi.encode(eth, 7_900));
        vault.setCap(2, 77);
        logged(address(vault), ICreditVault.CapSet.selector, abi.encode(2), abi.encode(77));
        commitFor(trader);
        depositEth(1e18);
        movedEscrow(ICreditVault.EscrowDeposited.selector, trader, 1e18, 1e18);
        eth.mint(keeper, 5);
        vm.prank(trader);
        vault.allowTopUps(keeper, true);
        logged(address(vault), ICreditVault.TopUpsAllowed.selector, abi.encode(trader, keeper), abi.encode(true));
        vm.startPrank(keeper);
        eth.approve(address(vault), 5);
        vault.depositEscrow(ETH, 5, trader);
        vm.stopPrank();
        movedEscrow(ICreditVault.EscrowDeposited.selector, keeper, 5, 1e18 + 5);
        ActionRequest memory request;
        Proof memory proof;
        request.beneficiary = lender;
        vm.prank(trader);
        vault.withdrawEscrow(ETH, 5, request, proof);
        movedEscrow(ICreditVault.EscrowWithdrawn.selector, lender, 5, 1e18);
    }

    function test_Events_Vault_DebtFromDrawToLiquidation() public {
        commitFor(trader);
        depositEth(1e18);
        Binds memory b = actionBinds(3, address(usd), 1_500e6);
        b.beneficiary = lender;
        (ActionRequest memory request, Proof memory proof) = actionProof(b, 1_500e6, 0);
        vm.prank(trader);
        vault.draw(1_500e6, request, proof);
        movedDebt(ICreditVault.Drawn.selector, lender, 1_500e6, 1_500e6, address(vault));
        vm.prank(keeper);
        vault.repay(trader, 100e6);
        movedDebt(ICreditVault.Repaid.selector, keeper, 100e6, 1_400e6, address(vault));
        moveEth(1_650e8);
        LiquidationRequest memory liquidation = liquidationOf(trader, 300e6, 10_000);
        proof = liquidationProof(liquidation);
        vm.prank(thief);
        usd.approve(address(vault), type(uint256).max);
        usd.mint(thief, 300e6);
        vm.prank(thief);
        (, uint128 seized) = vault.liquidate(liquidation, proof);
        bytes memory topics = abi.encode(trader, keeper, ETH);
        logged(address(vault), ICreditVault.Liquidated.selector, topics, abi.encode(300e6, seized, 1_100e6));
        logged(address(vault), ICreditVault.Seized.selector, topics, abi.encode(seized));
        topics = abi.encode(trader, keeper, liquidation.epoch);
        logged(address(manager), IManagerEvents.LiquidationVerified.selector, topics, abi.encode(10_000));
        assertTrue(seized != 0 && vault.claimableOf(keeper, address(eth)) == seized, "to the bound keeper");
    }

    function movedEscrow(bytes32 selector, address other, uint256 amount, uint256 total) private {
        logged(address(vault), selector, abi.encode(trader, ETH, other), abi.encode(amount));
        logged(address(manager), IManagerEvents.EscrowChanged.selector, abi.encode(trader, ETH), abi.encode(total));
    }

    function movedDebt(bytes32 selector, address other, uint256 amount, uint256 total, address owed) private {
        logged(address(vault), selector, abi.encode(trader, other), abi.encode(amount, total));
        logged(address(manager), IManagerEvents.DebtChanged.selector, abi.encode(trader, USD), abi.encode(total, owed));
    }

    function packed(uint64[] memory values) private pure returns (uint256[] memory words) {
        words = new uint256[]((values.length + 3) / 4);
        for (uint256 i = 0; i < values.length; ++i) {
            words[i / 4] |= uint256(values[i]) << (64 * (i % 4));
        }
    }

    function logged(address emitter, bytes32 selector, bytes memory topics, bytes memory data) private {
        bytes memory given = dataOf(emitter, selector, topics);
        assertTrue(keccak256(given) == keccak256(data), "the event's values");
    }

    function unlogged(address emitter, bytes32 selector, bytes memory topics) private view {
        assertTrue(!_seen[keccak256(abi.encode(emitter, bytes.concat(selector, topics)))], "no such event");
    }

    /// @dev Data of the last event of an emitter with these topics.
    function dataOf(address emitter, bytes32 selector, bytes memory topics) private returns (bytes memory) {
        Log[] memory logs = LOGS.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 key = keccak256(abi.encode(logs[i].emitter, abi.encodePacked(logs[i].topics)));
            (_seen[key], _data[key]) = (true, logs[i].data);
        }
        bytes32 wanted = keccak256(abi.encode(emitter, bytes.concat(selector, topics)));
        assertTrue(_seen[wanted], "the event and its topics");
        return _data[wanted];
    }
}
