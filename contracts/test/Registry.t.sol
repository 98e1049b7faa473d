// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {ICircuitRegistry, SetRange} from "../src/interfaces/ICircuitRegistry.sol";
import {Blob} from "../src/libraries/Blob.sol";
import {IPolicyRegistry, Limits} from "../src/interfaces/IPolicyRegistry.sol";
import {PolicyRegistry} from "../src/PolicyRegistry.sol";
import {ProofSimulator, SimulatedKey} from "./utils/ProofSimulator.sol";

contract RegistryTest is ProofSimulator {
    CircuitRegistry private registry;
    PolicyRegistry private policies;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new CircuitRegistry(address(this), [uint16(8), 16, 4, 2], 2 days);
        policies = new PolicyRegistry(address(registry));
    }

    function _blob() private view returns (bytes memory) {
        SimulatedKey memory key;
        key.kind = 2;
        return keyBlob(key, registry.setRanges(2)[4].first - 1);
    }

    function _register(bytes memory blob) private returns (uint32) {
        return registry.register(2, leafOf(0, blob), blob, new bytes32[](0), registry.setRanges(2));
    }

    function _expect(bytes memory blob, bytes memory reason) private {
        SetRange[6] memory ranges = registry.setRanges(2);
        vm.expectRevert(reason);
        registry.register(2, leafOf(0, blob), blob, new bytes32[](0), ranges);
    }

    function _put(bytes memory blob, uint256 offset, bytes memory part) private pure returns (bytes memory out) {
        out = bytes.concat(blob);
        for (uint256 i = 0; i < part.length; ++i) {
            out[offset + i] = part[i];
        }
    }

    function _negative(bytes memory g2) private pure returns (bytes memory) {
        (uint256 x1, uint256 x0, uint256 y1, uint256 y0) = abi.decode(g2, (uint256, uint256, uint256, uint256));
        return abi.encode(x1, x0, Q - y1, Q - y0);
    }

    function test_S1_DeltaEqualsGammaOrGenerator_Refused() public {
        bytes memory blob = _blob();
        _expect(_put(blob, 320, generatorG2()), abi.encodeWithSelector(ICircuitRegistry.DeltaEqualsGamma.selector));
        _expect(
            _put(blob, 320, _negative(generatorG2())),
            abi.encodeWithSelector(ICircuitRegistry.DeltaEqualsGamma.selector)
        );
        bytes memory other = _put(blob, 192, tripleG2());
        _expect(_put(other, 320, generatorG2()), abi.encodeWithSelector(ICircuitRegistry.DeltaIsGenerator.selector));
        _expect(_put(other, 320, tripleG2()), abi.encodeWithSelector(ICircuitRegistry.DeltaEqualsGamma.selector));
        _register(blob);
    }

    function test_S1_BetaEqualsGammaOrDelta_Refused() public {
        bytes memory blob = _blob();
        bytes memory reason = abi.encodeWithSelector(ICircuitRegistry.BetaEqualsGammaOrDelta.selector);
        _expect(_put(blob, 64, generatorG2()), reason);
        _expect(_put(blob, 64, _negative(generatorG2())), reason);
        _expect(_put(blob, 64, doubleG2()), reason);
        _expect(_put(blob, 64, _negative(doubleG2())), reason);
        _register(blob);
    }

    function test_P3_BadKeyPoints_Refused() public {
        bytes memory blob = _blob();
        uint256[6] memory offsets = [uint256(0), 64, 192, 320, 448, blob.length - 64];
        for (uint256 i = 0; i < 6; ++i) {
            bool second = i > 0 && i < 4;
            bytes memory zero = new bytes(second ? 128 : 64);
            bytes memory reason = abi.encodeWithSelector(ICircuitRegistry.KeyPointInvalid.selector, offsets[i]);
            _expect(_put(blob, offsets[i], zero), reason);
            _expect(_put(blob, offsets[i], abi.encode(uint256(1), uint256(1))), reason);
            _expect(_put(blob, offsets[i], abi.encode(Q, uint256(2))), reason);
        }
        // On the twist's curve but outside the subgroup of order r.
        bytes memory outside = abi.encode(
            uint256(0),
            uint256(1),
            5912654199736721486680175016176231956195085055698687135131307249486702594212,
            18278151005453108793778860132295291098363647455926340152056652516292830556603
        );
        _expect(_put(blob, 192, outside), abi.encodeWithSelector(ICircuitRegistry.KeyPointInvalid.selector, 192));
    }

    function test_S7_Register_RevertWhen_LengthRootOrRangesWrong() public {
        bytes memory blob = _blob();
        SetRange[6] memory ranges = registry.setRanges(2);
        bytes memory longer = bytes.concat(blob, blob);
        _expect(
            longer,
            abi.encodeWithSelector(ICircuitRegistry.KeyLengthInvalid.selector, longer.length, blob.length)
        );
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyRootMismatch.selector, bytes32(uint256(1))));
        registry.register(2, bytes32(uint256(1)), blob, new bytes32[](0), ranges);
        for (uint256 set = 0; set < 6; ++set) {
            ranges[set].count += 1;
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICircuitRegistry.RangeInvalid.selector, set, ranges[set].first, ranges[set].count
                )
            );
            registry.register(2, leafOf(0, blob), blob, new bytes32[](0), ranges);
            ranges[set].count -= 1;
        }
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KindUnknown.selector, 4));
        registry.register(4, leafOf(0, blob), blob, new bytes32[](0), ranges);
    }

    function test_Register_KeepsKeyBlobThenTables() public {
        bytes memory blob = _blob();
        (, address stored) = registry.keyOf(2, _register(blob));
        bytes memory code = Blob.read(stored);
        assertEq(code.length, blob.length + 2 * 15 * 64, "two words of four slots");
        SimulatedKey memory key;
        key.kind = 2;
        uint256 first = registry.setRanges(2)[2].first;
        for (uint256 entry = 0; entry < 30; ++entry) {
            uint256 dlog;
            for (uint256 lane = 0; lane < 4; ++lane) {
                uint256 slot = 4 * (entry / 15) + lane;
                if (((entry % 15 + 1) >> lane) & 1 == 1 && slot != 0) dlog = addmod(dlog, tau(key, first + slot - 1), R);
            }
            (uint256 x, uint256 y) = g1(dlog);
            uint256 at_ = blob.length + 64 * entry;
            uint256 sx;
            uint256 sy;
            assembly {
                sx := mload(add(add(code, 32), at_))
                sy := mload(add(add(code, 64), at_))
            }
            assertEq(sx, x, "x");
            assertEq(sy, y, "y");
        }
        assembly {
            mstore(code, mload(blob))
        }
        assertTrue(keccak256(code) == keccak256(blob), "key blob first");
    }

    function test_K21_LaterVersion_WaitsForDelay() public {
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyUnregistered.selector, 2));
        registry.currentKey(2);
        bytes memory blob = _blob();
        assertEq(_register(blob), 1, "first");
        (uint32 version,,) = registry.currentKey(2);
        assertEq(version, 1, "active at once");
        assertEq(_register(blob), 2, "second");
        _expect(blob, abi.encodeWithSelector(ICircuitRegistry.KeyAlreadyPending.selector, 2, 2));
        uint64 from = uint64(vm.getBlockTimestamp() + 2 days);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyDelayRunning.selector, from, from - 1));
        registry.activate(2);
        vm.warp(from);
        registry.activate(2);
        (version,,) = registry.currentKey(2);
        assertEq(version, 2, "switched");
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyVersionUnknown.selector, 2, 1));
        registry.keyOf(2, 1);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyNotPending.selector, 2));
        registry.activate(2);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.KeyNotPending.selector, 2));
        registry.cancel(2);
        assertEq(_register(blob), 3, "third");
        registry.cancel(2);
        assertEq(_register(blob), 4, "numbers are not used again");
    }

    function test_Register_RevertWhen_NoRole() public {
        bytes memory blob = _blob();
        SetRange[6] memory ranges = registry.setRanges(2);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        vm.prank(address(0xbad));
        registry.register(2, leafOf(0, blob), blob, new bytes32[](0), ranges);
    }

    /// @dev A call of its own: where the build replaces `new` by a cheat code, an expected revert ends the test itself.
    function newRegistry(uint16[4] memory sizes) external {
        new CircuitRegistry(address(this), sizes, 1);
    }

    function test_Tier_RevertWhen_TooLarge() public {
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TierInvalid.selector, 65, 16, 4, 2));
        this.newRegistry([uint16(65), 16, 4, 2]);
        // The longest key blob and its tables would not fit one contract.
        this.newRegistry([uint16(44), 252, 12, 8]);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TierInvalid.selector, 45, 252, 12, 8));
        this.newRegistry([uint16(45), 252, 12, 8]);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TierInvalid.selector, 0, 16, 4, 2));
        this.newRegistry([uint16(0), 16, 4, 2]);
    }

    // ---- policies

    function _limits() private pure returns (Limits memory made) {
        made.enabledMask = 1;
        made.confidenceBps = 9_500;
        made.maxAgeSeconds = 1;
        made.minAssurance = 1;
        made.sectorMaxBps = new uint32[](2);
    }

    function _expectPolicy(Limits memory limits, bytes memory reason) private {
        vm.expectRevert(reason);
        policies.register("p", limits);
    }

    function test_Policy_RevertWhen_OutOfRange() public {
        Limits memory l = _limits();
        l.enabledMask = 0;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.PolicyEmpty.selector));
        l = _limits();
        l.confidenceBps = 10_000;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.ConfidenceOutOfRange.selector, 10_000));
        l = _limits();
        l.maxAgeSeconds = 0;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.MaxAgeInvalid.selector, 0));
        l = _limits();
        l.minAssurance = 4;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.AssuranceInvalid.selector, 4));
        l = _limits();
        l.sectorMaxBps = new uint32[](1);
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.SectorCountMismatch.selector, 1, 2));
        l = _limits();
        l.sectorMaxBps[1] = 1 << 20;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.LimitOutOfRange.selector, 10, 1 << 20));
        l = _limits();
        l.varMaxBps = 1 << 20;
        _expectPolicy(l, abi.encodeWithSelector(IPolicyRegistry.LimitOutOfRange.selector, 4, 1 << 20));
        l = _limits();
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.NameInvalid.selector, 0));
        policies.register("", l);
    }

    function test_Policy_ValuesAndVersions() public {
        Limits memory l = _limits();
        (l.enabledMask, l.healthMinBps, l.varMaxBps) = (0x81, 10_500, 700);
        (l.sectorMaxBps[0], l.sectorMaxBps[1]) = (11, 22);
        bytes32 first = policies.register("p", l);
        bytes32 second = policies.register("p", l);
        assertTrue(first != second && first == policies.policyIdOf(address(this), "p", 1), "ids");
        assertEq(policies.latestVersion(address(this), "p"), 2, "version");
        uint256[] memory values = policies.policyValues(first);
        uint256[19] memory expected =
            [uint256(1), 0, 0, 0, 0, 0, 0, 1, 10_500, 0, 0, 0, 700, 0, 0, 0, 8_000, 11, 22];
        for (uint256 i = 0; i < 19; ++i) {
            assertEq(values[i], expected[i], "value");
        }
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyUnknown.selector, bytes32(0)));
        policies.limitsOf(0);
    }

    function testFuzz_Policy_TailCountRoundsDown(uint16 confidence) public view {
        confidence = uint16(bound(confidence, 1, 9_999));
        uint256 mass = policies.tailMass(confidence);
        assertEq(mass, (10_000 - uint256(confidence)) * 16, "mass");
        uint256 count = policies.tailCount(confidence);
        assertTrue(count * 10_000 <= mass && mass < (count + 1) * 10_000, "count");
    }
}
