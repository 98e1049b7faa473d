// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICircuitRegistry} from "../src/interfaces/ICircuitRegistry.sol";
import {IPolicyRegistry} from "../src/interfaces/IPolicyRegistry.sol";
import {IPriceSheet} from "../src/interfaces/IPriceSheet.sol";
import {ICustodianRegistry} from "../src/interfaces/ICustodianRegistry.sol";
import {IManagerEvents} from "../src/interfaces/IManagerEvents.sol";
import {ActionRequest, LiquidationRequest} from "../src/interfaces/ManagerTypes.sol";
import {CurveOperationFailed, Proof} from "../src/interfaces/Types.sol";
import {Blob} from "../src/libraries/Blob.sol";
import {Accumulator, Fold} from "../src/libraries/Fold.sol";
import {PriceTable} from "../src/libraries/PriceTable.sol";
import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {Fixture} from "./utils/Fixture.sol";

/// @dev An honest feed that wants most of the gas it is promised, and says so instead of using it up.
contract DearFeed {
    int256 private immutable _answer;

    constructor(int256 answer) {
        _answer = answer;
    }

    function decimals() external view returns (uint8) {
        _work();
        return 8;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        _work();
        return (1, _answer, block.timestamp, block.timestamp, 1);
    }

    function _work() private view {
        require(gasleft() > 95_000);
        uint256 left = gasleft() - 14_000;
        while (gasleft() > left) {}
    }
}

/// @title One refusal for every place that refuses: an error thrown in two functions needs two tests
contract RefusalsTest is Fixture {
    using Fold for Accumulator;
    using PriceTable for Accumulator;

    // ---- the registry and the policies

    function test_Registry_NoKey_BothReadersRefuse() public {
        CircuitRegistry fresh = new CircuitRegistry(address(this), tier(), 1 days);
        bytes memory reason = abi.encodeWithSelector(ICircuitRegistry.KeyUnregistered.selector, 1);
        refused(address(fresh), abi.encodeCall(fresh.currentKey, (1)), reason);
        refused(address(fresh), abi.encodeCall(fresh.currentBlob, (1)), reason);
    }

    function test_Registry_VersionZeroOrOther_Unknown() public {
        bytes4 unknown = ICircuitRegistry.KeyVersionUnknown.selector;
        refused(address(registry), abi.encodeCall(registry.keyOf, (1, 0)), abi.encodeWithSelector(unknown, 1, 0));
        refused(address(registry), abi.encodeCall(registry.keyOf, (1, 2)), abi.encodeWithSelector(unknown, 1, 2));
    }

    function test_Policies_Unknown_EveryReaderRefuses() public {
        bytes32 id = bytes32(uint256(1));
        bytes memory reason = abi.encodeWithSelector(IPolicyRegistry.PolicyUnknown.selector, id);
        refused(address(policies), abi.encodeCall(policies.fold, (id)), reason);
        refused(address(policies), abi.encodeCall(policies.limitsOf, (id)), reason);
        refused(address(policies), abi.encodeCall(policies.policyInfo, (id)), reason);
        refused(address(policies), abi.encodeCall(policies.terms, (id)), reason);
        refused(address(policies), abi.encodeCall(policies.policyPoint, (id, 1)), reason);
        refused(address(policies), abi.encodeCall(policies.policyValues, (id)), reason);
    }

    function test_Policies_Name_SixtyFourBytesAtMost() public {
        policies.register(string(new bytes(64)), limits(1));
        bytes memory reason = abi.encodeWithSelector(IPolicyRegistry.NameInvalid.selector, 65);
        refused(
            address(policies), abi.encodeCall(policies.register, (string(new bytes(65)), limits(1))), reason
        );
    }

    // ---- the sheet

    function test_Sheet_SlotOutside_EveryReaderRefuses() public {
        uint8 slot = uint8(N);
        uint64 epoch = sheet.newestEpoch();
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.SlotUnknown.selector, slot);
        refused(address(sheet), abi.encodeCall(sheet.slotConfig, (slot)), reason);
        refused(address(sheet), abi.encodeCall(sheet.slotStatus, (slot)), reason);
        refused(address(sheet), abi.encodeCall(sheet.priceOf, (epoch, slot)), reason);
        refused(address(sheet), abi.encodeCall(sheet.proposeDelisting, (slot)), reason);
        sheet.slotConfig(slot - 1);
        sheet.slotStatus(slot - 1);
        sheet.priceOf(epoch, slot - 1);
    }

    function test_Sheet_EpochUnknown_EveryReaderRefuses() public {
        uint64 newest = sheet.newestEpoch();
        bytes memory reason = abi.encodeWithSelector(IPriceSheet.EpochUnknown.selector, newest + 1, newest);
        refused(address(sheet), abi.encodeCall(sheet.pricesOf, (newest + 1)), reason);
        refused(address(sheet), abi.encodeCall(sheet.priceOf, (newest + 1, ETH)), reason);
        refused(address(sheet), abi.encodeCall(sheet.epochMeta, (newest + 1)), reason);
        refused(address(sheet), abi.encodeCall(sheet.fold, (1, newest + 1)), reason);
        // 0 is in no snapshot, though an untouched word says so.
        reason = abi.encodeWithSelector(IPriceSheet.EpochUnknown.selector, 0, newest);
        refused(address(sheet), abi.encodeCall(sheet.epochMeta, (0)), reason);
    }

    function test_Sheet_ParametersUnknown_BothReadersRefuse() public {
        bytes4 unknown = IPriceSheet.ParametersVersionUnknown.selector;
        refused(address(sheet), abi.encodeCall(sheet.parameters, (2)), abi.encodeWithSelector(unknown, 2));
        refused(address(sheet), abi.encodeCall(sheet.parameters, (0)), abi.encodeWithSelector(unknown, 0));
        (bytes memory bases, bytes32[] memory proof) = rowBases(1, 0);
        bytes memory call = abi.encodeCall(sheet.foldParameters, (1, 1, 2, 0, bases, proof));
        refused(address(sheet), call, abi.encodeWithSelector(unknown, 2));
    }

    function test_Sheet_FoldParameters_BasesOfOneRowOnly() public {
        sheet.proposeParameters(parameterValues());
        (bytes memory bases, bytes32[] memory proof) = rowBases(1, 0);
        bytes memory call = abi.encodeCall(sheet.foldParameters, (1, 1, 2, 0, bytes.concat(bases, bases), proof));
        refused(
            address(sheet),
            call,
            abi.encodeWithSelector(IPriceSheet.BasesLengthInvalid.selector, 128 * N, 64 * N)
        );
        (bases, proof) = rowBases(1, 1);
        refused(
            address(sheet),
            abi.encodeCall(sheet.foldParameters, (1, 1, 2, 0, bases, proof)),
            abi.encodeWithSelector(IPriceSheet.BasesRootMismatch.selector, keys[1].keyId, 1)
        );
    }

    function test_Sheet_Snapshot_NoGasMakesADearFeedLookBroken() public {
        uint8 last = uint8(N - 2);
        for (uint8 slot = last - 1; slot <= last; ++slot) {
            vm.etch(address(feeds[slot]), address(new DearFeed(basePrice(slot))).code);
        }
        vm.warp(vm.getBlockTimestamp() + 2 * HOUR);
        uint256 taken;
        for (uint256 gasGiven = 200_000; gasGiven < 600_000; gasGiven += 2_000) {
            uint256 state = vm.snapshotState();
            try sheet.snapshot{gas: gasGiven}() {
                assertEq(uint8(sheet.slotStatus(last - 1)), 0, "the last but one made to look broken");
                assertEq(uint8(sheet.slotStatus(last)), 0, "the last made to look broken");
                ++taken;
            } catch {}
            vm.revertToState(state);
        }
        assertTrue(taken != 0 && taken != 200, "some gas is enough, some is not");
    }

    function test_Sheet_ReturnsBeforeTheFirst_Missing() public {
        (uint32 count,,) = sheet.closeState();
        bytes4 missing = IPriceSheet.CloseMissing.selector;
        refused(address(sheet), abi.encodeCall(sheet.returnsOf, (0)), abi.encodeWithSelector(missing, 0, count));
        refused(
            address(sheet), abi.encodeCall(sheet.returnsOf, (count)), abi.encodeWithSelector(missing, count, count)
        );
        refused(
            address(sheet), abi.encodeCall(sheet.closesOf, (count)), abi.encodeWithSelector(missing, count, count)
        );
    }

    // ---- the ledger

    function test_Ledger_DebtOfAnotherVault_NeitherReducedNorLiquidated() public {
        commitFor(trader);
        depositEth(1e18);
        drawNow(1_500e6);
        manager.registerVault(address(this));
        bytes memory reason =
            abi.encodeWithSelector(IManagerEvents.OtherVaultDebt.selector, trader, address(vault));
        LiquidationRequest memory request = liquidationOf(trader, 1e6, 10_000);
        Proof memory proof;
        refused(address(manager), abi.encodeCall(manager.removeDebt, (trader, USD, 1)), reason);
        refused(address(manager), abi.encodeCall(manager.addDebt, (trader, USD, 1)), reason);
        refused(address(manager), abi.encodeCall(manager.verifyLiquidation, (request, proof)), reason);
    }

    function test_Custodian_Nobody_IsNone() public {
        refused(
            address(custodians),
            abi.encodeCall(custodians.setCustodian, (address(0), 0, 1)),
            abi.encodeWithSelector(ICustodianRegistry.CustodianInvalid.selector, address(0))
        );
    }

    function test_Withdraw_WithoutDebt_StillNeedsABeneficiary() public {
        depositEth(1e18);
        ActionRequest memory request;
        Proof memory none;
        vm.prank(trader);
        refused(
            address(vault),
            abi.encodeCall(vault.withdrawEscrow, (ETH, 1, request, none)),
            abi.encodeWithSelector(IManagerEvents.BeneficiaryZero.selector)
        );
    }

    function test_Nonce_ActionsWithoutOne_Unknown() public {
        bytes4 unknown = IManagerEvents.ActionUnknown.selector;
        refused(address(manager), abi.encodeCall(manager.nonceOf, (trader, 0)), abi.encodeWithSelector(unknown, 0));
        refused(address(manager), abi.encodeCall(manager.nonceOf, (trader, 5)), abi.encodeWithSelector(unknown, 5));
    }

    // ---- the libraries

    function test_Blob_Limits_Named() public {
        assertEq(this.write(new bytes(24_575)).code.length, 24_576, "the longest");
        refused(
            address(this),
            abi.encodeCall(this.write, (new bytes(24_576))),
            abi.encodeWithSelector(Blob.BlobTooLong.selector, 24_576, 24_575)
        );
        (bool ok, bytes memory reason) =
            address(this).call{gas: 2_000_000}(abi.encodeCall(this.write, (new bytes(24_000))));
        assertTrue(!ok && bytes4(reason) == Blob.BlobNotWritten.selector, "no gas to keep it");
    }

    function test_Fold_PointOffCurve_EveryOperationRefuses() public {
        for (uint256 operation = 0; operation < 8; ++operation) {
            (bool ok, bytes memory reason) =
                address(this).call{gas: 10_000_000}(abi.encodeCall(this.foldBad, (operation)));
            assertTrue(!ok && bytes4(reason) == CurveOperationFailed.selector, "named");
        }
    }

    function write(bytes memory content) external returns (address) {
        return Blob.write(content);
    }

    /// @dev Adds (1, 1), which is not on the curve, in one of all ways.
    function foldBad(uint256 operation) external {
        bytes memory bad = abi.encode(1, 1);
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(bad, 32)
        }
        Accumulator sum = Fold.start();
        uint256[] memory one = new uint256[](1);
        int256[] memory small = new int256[](1);
        (one[0], small[0]) = (operation == 3 ? 1 : 2, 1);
        if (operation == 0) sum.add(1, 1);
        if (operation == 1) sum.addAt(ptr);
        if (operation == 2) sum.addProductAt(ptr, 2, 1);
        if (operation == 3 || operation == 4) sum.addProducts(ptr, one);
        if (operation == 5) sum.addSmall(ptr, small);
        if (operation == 6) sum.addBlobProduct(Blob.write(bad), 0, 2);
        if (operation == 7) {
            // Slot 1 costs one: the second entry of the table.
            one[0] = 1 << 64;
            sum.fold(ptr - 64, one);
        }
    }

    function refused(address target, bytes memory call, bytes memory reason) private {
        (bool ok, bytes memory given) = target.call(call);
        assertTrue(!ok && keccak256(given) == keccak256(reason), "refused by name");
    }
}
