// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SimulatedKey} from "../utils/ProofSimulator.sol";
import {Market} from "./Market.sol";

/// @title What the roles may do: parameters and keys behind their delays, pause, caps, terms
abstract contract Governors is Market {
    uint64 internal parametersFrom;
    uint64 internal keyFrom;
    uint8 internal pendingKind;
    uint256 private _salt = 1_000;
    SimulatedKey internal pendingKey;
    mapping(uint256 slot => int256) private _proposed;

    function pauseOrResume(uint256 fate) external {
        if (isPaused) {
            manager.unpause();
            liquidationsFrom = uint64(vm.getBlockTimestamp() + 1 hours);
            isPaused = false;
            _count("unpause", true);
        } else if (fate % 3 == 0) {
            manager.pause();
            isPaused = true;
            _count("pause", true);
        }
    }

    function setTerms(uint256 v, uint256 slot, uint256 value, uint256 ofCap) external {
        if (ofCap % 2 == 0) {
            uint8 level = uint8(2 + (ofCap >> 1) % 2);
            cap[level] = value % 2_000e6;
            for (uint256 i = 0; i < VAULTS; ++i) {
                vaults[i].setCap(level, uint128(cap[level]));
            }
            _count("setCap", true);
            return;
        }
        uint8 chosen = uint8(bound(slot, ETH, SLOTS - 1));
        uint16 bps = uint16(bound(value, 5_000, 10_000));
        bytes memory data = abi.encodeCall(vaults[0].setCollateral, (chosen, bps));
        bool ok = _call(address(this), address(vaults[v % VAULTS]), data);
        _same(ok, bps <= 9_090, "INV40 at the ltv there is always the bonus left to seize");
        _count("setCollateral", ok);
        if (ok) ltv[v % VAULTS][chosen] = bps;
    }

    /// @dev Interest from the end of this epoch on.
    function setRate(uint256 v, uint256 value) external {
        v = v % VAULTS;
        uint64 most = vaults[v].MAXIMUM_RATE();
        uint64 perSecond = uint64(bound(value, 0, uint256(most) * 21 / 20));
        bool ok = _call(address(this), address(vaults[v]), abi.encodeCall(vaults[v].setRate, (perSecond)));
        _same(ok, perSecond <= most, "INV59 interest is at most 100 % a year");
        _count("setRate", ok);
        if (!ok) return;
        uint256 from = (vm.getBlockTimestamp() / HOUR + 1) * HOUR;
        Pool storage pool = pools[v];
        uint256 index = indexAt(v, from);
        if (pool.since != from) (pool.since, pool.growthBefore) = (from, pool.growth);
        (pool.index, pool.growth) = (index, index * perSecond / UNIT);
    }

    /// @dev Proposes thresholds, activates them when their time has come, or tries to before.
    function changeParameters(uint256 noise) external {
        if (parametersFrom == 0) {
            if (noise % 4 == 0) _propose(noise >> 2);
            return;
        }
        bool mayPass = vm.getBlockTimestamp() >= parametersFrom;
        bool ok = _call(address(this), address(sheet), abi.encodeCall(sheet.activateParameters, ()));
        _same(ok, mayPass, "INV41 parameters change only after their delay");
        _count("activateParameters", ok);
        if (!ok) return;
        (parametersVersion,,) = sheet.parametersState();
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            factor[0][slot] = _proposed[slot];
        }
        parametersFrom = 0;
        foldAllParameters(COMPLIANCE, keyVersion[COMPLIANCE], parametersVersion);
        foldAllParameters(LIQUIDATION, keyVersion[LIQUIDATION], parametersVersion);
        _foldAll(1);
    }

    function _propose(uint256 noise) private {
        bool tooFar = noise % 8 == 0;
        int256[8] memory old;
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            old[slot] = factor[0][slot];
            int256 by = int256((noise >> (8 + 16 * slot)) % 1_001) * (slot & 1 == 0 ? int256(1) : -1);
            int256 value = old[slot] + by;
            if (value < 7_500 || value > 8_500) value = 8_000;
            if (value > old[slot] + 1_000 || value < old[slot] - 1_000) value = old[slot];
            factor[0][slot] = tooFar && slot == ETH ? old[slot] - 1_001 : value;
            _proposed[slot] = factor[0][slot];
        }
        bytes memory values = parameterValues();
        for (uint256 slot = 1; slot < SLOTS; ++slot) {
            factor[0][slot] = old[slot];
        }
        bool ok = _call(address(this), address(sheet), abi.encodeCall(sheet.proposeParameters, (values)));
        _same(ok, !tooFar, "INV42 parameters move by at most their step");
        _count("proposeParameters", ok);
        if (ok) parametersFrom = uint64(vm.getBlockTimestamp() + 1 days);
    }

    /// @dev Registers a later key, activates it when its time has come, or tries to before.
    function changeKey(uint256 fate) external {
        if (pendingKind == 0) {
            if (fate % 8 == 0) _registerLater(fate & 8 == 0 ? COMPLIANCE : LIQUIDATION);
            return;
        }
        uint8 kind = pendingKind;
        bool isDue = vm.getBlockTimestamp() >= keyFrom;
        if (isDue) _prepareKey(kind);
        bool ok = _call(address(this), address(registry), abi.encodeCall(registry.activate, (kind)));
        _same(ok, isDue, "INV43 a key changes only after its delay");
        _count("activateKey", ok);
        if (ok) _keyActivated(kind);
    }

    function _registerLater(uint8 kind) private {
        SimulatedKey memory current = keys[kind];
        registerKey(kind, ++_salt);
        pendingKey = keys[kind];
        keys[kind] = current;
        (pendingKind, keyFrom) = (kind, uint64(vm.getBlockTimestamp() + 2 days));
        _count("registerKey", true);
    }

    /// @dev Folds under the pending key, whose version is the next.
    function _prepareKey(uint8 kind) private {
        SimulatedKey memory current = keys[kind];
        keys[kind] = pendingKey;
        foldAllParameters(kind, keyVersion[kind] + 1, parametersVersion);
        if (kind == COMPLIANCE) {
            for (uint256 i = 0; i < S; ++i) {
                roll(keyVersion[kind] + 1);
            }
        }
        keys[kind] = current;
    }

    function _keyActivated(uint8 kind) private {
        keys[kind] = pendingKey;
        pendingKind = 0;
        _useKey(kind, keyVersion[kind] + 1);
        if (kind == COMPLIANCE) {
            windowKey = keyVersion[kind];
            for (uint256 v = 0; v < VAULTS; ++v) {
                policies.fold(pools[v].policy);
                _knowPolicy(pools[v].policy);
            }
        }
        _foldAll(1);
    }
}
