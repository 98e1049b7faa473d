// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {CreditVault} from "../../src/CreditVault.sol";
import {VaultConfig} from "../../src/interfaces/ICreditVault.sol";
import {SheetConfig, SlotConfig} from "../../src/interfaces/IPriceSheet.sol";
import {ActionRequest} from "../../src/interfaces/ManagerTypes.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Packing} from "../../src/libraries/Packing.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {PriceSheet} from "../../src/PriceSheet.sol";
import {FakeManager, FakeRegistry, FakeSheet, FakeToken, Symbolic} from "./Fakes.sol";

/// @title What holds of the registry, the policies, the sheet, the vault and the packing, for all states and senders
/// @dev The contracts are the real ones, each alone among fakes, with any storage where that is said.
contract SymbolicOthersTest is Symbolic {
    CircuitRegistry private registry;
    FakeRegistry private fakeRegistry;
    PolicyRegistry private policies;
    PriceSheet private sheet;
    FakeManager private manager;
    CreditVault private vault;

    function setUp() public {
        vm.warp(1_800_000_000);
        fakeRegistry = new FakeRegistry();
        registry = new CircuitRegistry(address(this), [uint16(8), 8, 2, 2], 2 days);
        policies = new PolicyRegistry(address(fakeRegistry));
        SheetConfig memory config;
        (config.admin, config.registry, config.weekdayMask) = (address(this), address(fakeRegistry), 0x7f);
        (config.genesisDay, config.epochSeconds, config.parameterDelay) = (20_000, 3_600, 1 days);
        config.slots = new SlotConfig[](8);
        sheet = new PriceSheet(config);
        FakeToken token = new FakeToken();
        address fakeSheet = address(new FakeSheet());
        manager = new FakeManager(fakeSheet, address(token));
        vault = new CreditVault(
            VaultConfig({
                admin: address(this),
                asset: address(token),
                manager: address(manager),
                sheet: fakeSheet,
                heartbeat: address(0),
                desk: address(0),
                policyId: bytes32(uint256(1)),
                assetSlot: 1,
                bonusBps: 500,
                maximumBonusBps: 1_000,
                bonusSeconds: 1 hours,
                reserveFactorBps: 1_000,
                minimumDebt: 1,
                name: "Pool",
                symbol: "POOL"
            })
        );
    }

    function check_Roles_RegistryRefusesOthers(address sender, uint8 kind) public {
        svm.enableSymbolicStorage(address(registry));
        vm.assume(!registry.hasRole(registry.REGISTRAR_ROLE(), sender));
        assert(!call(sender, address(registry), abi.encodeCall(registry.activate, (kind))));
        assert(!call(sender, address(registry), abi.encodeCall(registry.cancel, (kind))));
    }

    function check_K21_Registry_NoKeyBeforeItsDelay(uint8 kind, uint64 time) public {
        svm.enableSymbolicStorage(address(registry));
        vm.warp(time);
        (uint32 version, bytes32 keyId,, uint64 activeFrom) = registry.pendingKey(kind);
        vm.assume(call(address(this), address(registry), abi.encodeCall(registry.activate, (kind))));
        assert(version != 0 && time >= activeFrom);
        (uint32 current, bytes32 currentId,) = registry.currentKey(kind);
        assert(current == version && currentId == keyId);
        (uint32 pending,,,) = registry.pendingKey(kind);
        assert(pending == 0);
    }

    function check_K21_Registry_CancelLeavesTheCurrentKey(uint8 kind) public {
        svm.enableSymbolicStorage(address(registry));
        (uint32 version, bytes32 keyId, address blob) = registry.currentKey(kind);
        vm.assume(call(address(this), address(registry), abi.encodeCall(registry.cancel, (kind))));
        (uint32 then, bytes32 idThen, address blobThen) = registry.currentKey(kind);
        assert(then == version && idThen == keyId && blobThen == blob);
    }

    function check_Policies_OnePointOneKeyVersion(bytes32 policyId, uint32 one, uint32 other) public {
        svm.enableSymbolicStorage(address(policies));
        policies.policyPoint(policyId, one);
        vm.assume(other != one);
        assert(one != 0);
        assert(!call(address(this), address(policies), abi.encodeCall(policies.policyPoint, (policyId, other))));
    }

    function check_Sheet_PointOfItsKeyVersionOnly(uint8 kind, uint64 epoch, uint32 one, uint32 other) public {
        svm.enableSymbolicStorage(address(sheet));
        fakeRegistry.set(one);
        sheet.sheetPoint(kind, epoch);
        fakeRegistry.set(other);
        vm.assume(other != one);
        assert(!call(address(this), address(sheet), abi.encodeCall(sheet.sheetPoint, (kind, epoch))));
    }

    function check_Sheet_PointOfItsEpochOnly(uint8 kind, uint64 epoch) public {
        vm.assume(epoch < type(uint64).max - 512);
        svm.enableSymbolicStorage(address(sheet));
        sheet.sheetPoint(kind, epoch);
        assert(epoch != 0);
        assert(!call(address(this), address(sheet), abi.encodeCall(sheet.sheetPoint, (kind, epoch + 512))));
    }

    function check_Roles_SheetRefusesOthers(address sender, uint8 slot) public {
        svm.enableSymbolicStorage(address(sheet));
        vm.assume(!sheet.hasRole(sheet.GOVERNOR_ROLE(), sender));
        assert(!call(sender, address(sheet), abi.encodeCall(sheet.proposeParameters, (""))));
        assert(!call(sender, address(sheet), abi.encodeCall(sheet.activateParameters, ())));
        assert(!call(sender, address(sheet), abi.encodeCall(sheet.cancelParameters, ())));
        assert(!call(sender, address(sheet), abi.encodeCall(sheet.proposeDelisting, (slot))));
        assert(!call(sender, address(sheet), abi.encodeCall(sheet.delist, (slot))));
    }

    function check_K22_Sheet_NoParametersBeforeTheirDelay(uint64 time) public {
        svm.enableSymbolicStorage(address(sheet));
        vm.warp(time);
        (, uint32 pending, uint64 from) = sheet.parametersState();
        vm.assume(call(address(this), address(sheet), abi.encodeCall(sheet.activateParameters, ())));
        assert(pending != 0 && time >= from);
        (uint32 current, uint32 left,) = sheet.parametersState();
        assert(current == pending && left == 0);
    }

    function check_Roles_VaultRefusesOthers(address sender, uint8 slot, uint16 ltv, uint8 level, uint128 cap) public {
        svm.enableSymbolicStorage(address(vault));
        vm.assume(!vault.hasRole(vault.VAULT_GOVERNOR_ROLE(), sender));
        assert(!call(sender, address(vault), abi.encodeCall(vault.setCollateral, (slot, ltv))));
        assert(!call(sender, address(vault), abi.encodeCall(vault.setCap, (level, cap))));
        assert(!call(sender, address(vault), abi.encodeCall(vault.setRate, (0))));
        assert(!call(sender, address(vault), abi.encodeCall(vault.takeReserve, (cap, sender))));
        assert(!call(sender, address(vault), abi.encodeCall(vault.sweepDust, (slot, sender))));
    }

    function check_Cap_SelfDeclaredStaysZero(uint8 level, uint128 cap) public {
        call(address(this), address(vault), abi.encodeCall(vault.setCap, (level, cap)));
        assert(vault.capOf(0) == 0 && vault.capOf(1) == 0);
    }

    /// @dev Any balances and caps; the account's collateral is bounded to none.
    function check_K4_Draw_OnlyThroughTheGate(
        bool answer,
        uint128 cap,
        uint256 amount,
        ActionRequest memory request,
        Proof memory proof,
        address sender
    ) public {
        vault.setCap(2, cap);
        setLiquid(1e12);
        manager.set(answer);
        uint256 before = vault.debtOf(sender);
        bool ok = call(sender, address(vault), abi.encodeCall(vault.draw, (amount, request, proof)));
        assert(!ok || (answer && manager.asked() && vault.debtOf(sender) <= cap));
        assert(ok || vault.debtOf(sender) == before);
    }

    function check_Packing_LaneRoundTrip(uint64[4] memory values, uint256 lane) public pure {
        vm.assume(lane < 4);
        uint256 word;
        for (uint256 i = 0; i < 4; ++i) {
            word = Packing.put64(word, i, values[i]);
        }
        uint64 expected;
        for (uint256 i = 0; i < 4; ++i) {
            if (i == lane) expected = values[i];
        }
        assert(Packing.lane64(word, lane) == expected);
    }

    function check_Packing_LowestBit(uint256 mask) public pure {
        vm.assume(mask != 0);
        uint256 bit = Packing.lowestBit(mask);
        assert(bit < 256 && (mask >> bit) & 1 == 1 && mask & ((uint256(1) << bit) - 1) == 0);
        assert(Packing.withoutLowest(mask) == mask ^ (uint256(1) << bit));
    }

    function check_Packing_Signed32RoundTrip(int32 first, int32 second) public pure {
        bytes memory packed = abi.encodePacked(first, second);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(packed, 32)
        }
        assert(Packing.signed32At(ptr, 0) == first && Packing.signed32At(ptr, 1) == second);
    }

    /// @dev `liquid`, the first variable of the vault after those of shares, roles and prices.
    function setLiquid(uint256 amount) private {
        vm.store(address(vault), bytes32(LIQUID_SLOT), bytes32(amount));
        require(vault.liquid() == amount);
    }

    uint256 private constant LIQUID_SLOT = 10;

    function call(address sender, address target, bytes memory data) private returns (bool ok) {
        vm.prank(sender);
        (ok,) = target.call(data);
    }
}
