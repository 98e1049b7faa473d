// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IPolicyRegistry, Limits} from "./interfaces/IPolicyRegistry.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title Policies and their folded points: see IPolicyRegistry
contract PolicyRegistry is IPolicyRegistry {
    using Fold for Accumulator;

    /// @dev One word that attesting reads, then the point. A policy is registered when maxAgeSeconds is not 0.
    struct Folded {
        uint32 keyVersion;
        uint32 maxAgeSeconds;
        uint8 minAssurance;
        uint16 minCoverageBps;
        uint256 x;
        uint256 y;
    }

    struct Info {
        address owner;
        uint32 version;
        string name;
    }

    uint256 private constant NAME_BYTES = 64;
    uint8 private constant KIND = Params.CIRCUIT_KIND_COMPLIANCE;

    ICircuitRegistry public immutable registry;
    uint256 private immutable _instruments;
    uint256 private immutable _scenarios;
    uint256 private immutable _sectors;

    mapping(bytes32 policyId => Folded) private _folded;
    mapping(bytes32 policyId => Limits) private _limits;
    mapping(bytes32 policyId => Info) private _info;
    mapping(address owner => mapping(bytes32 nameHash => uint32)) private _versions;

    constructor(address registry_) {
        registry = ICircuitRegistry(registry_);
        _instruments = registry.instruments();
        _scenarios = registry.scenarios();
        _sectors = registry.sectors();
    }

    /// @inheritdoc IPolicyRegistry
    function register(string calldata name, Limits calldata limits) external returns (bytes32 policyId) {
        if (bytes(name).length == 0 || bytes(name).length > NAME_BYTES) revert NameInvalid(bytes(name).length);
        _check(limits);
        uint32 version = ++_versions[msg.sender][keccak256(bytes(name))];
        policyId = policyIdOf(msg.sender, name, version);
        _limits[policyId] = limits;
        _info[policyId] = Info(msg.sender, version, name);
        Folded storage folded = _folded[policyId];
        (folded.maxAgeSeconds, folded.minAssurance) = (limits.maxAgeSeconds, limits.minAssurance);
        folded.minCoverageBps = limits.minCoverageBps;
        emit PolicyRegistered(policyId, msg.sender, name, version, limits);
    }

    /// @inheritdoc IPolicyRegistry
    function fold(bytes32 policyId) external {
        Folded storage folded = _known(policyId);
        (uint32 version, address blob) = registry.currentBlob(KIND);
        if (folded.keyVersion == version) return;
        uint256[] memory values = policyValues(policyId);
        uint256 offset = PublicSignals.offsetOf(PublicSignals.policyFirst(_instruments));
        Accumulator sum = Fold.start();
        sum.addProducts(Blob.copy(blob, offset, 64 * values.length), values);
        folded.keyVersion = version;
        (folded.x, folded.y) = sum.read();
        emit PolicyFolded(policyId, version);
    }

    /// @inheritdoc IPolicyRegistry
    function latestVersion(address owner, string calldata name) external view returns (uint32) {
        return _versions[owner][keccak256(bytes(name))];
    }

    /// @inheritdoc IPolicyRegistry
    function limitsOf(bytes32 policyId) external view returns (Limits memory) {
        _known(policyId);
        return _limits[policyId];
    }

    /// @inheritdoc IPolicyRegistry
    function policyInfo(bytes32 policyId) external view returns (address owner, string memory name, uint32 version) {
        _known(policyId);
        Info storage info = _info[policyId];
        return (info.owner, info.name, info.version);
    }

    /// @inheritdoc IPolicyRegistry
    function terms(bytes32 policyId)
        external
        view
        returns (uint32 maxAgeSeconds, uint8 minAssurance, uint16 minCoverageBps)
    {
        Folded storage folded = _known(policyId);
        return (folded.maxAgeSeconds, folded.minAssurance, folded.minCoverageBps);
    }

    /// @inheritdoc IPolicyRegistry
    function policyPoint(bytes32 policyId, uint32 keyVersion)
        external
        view
        returns (uint256 x, uint256 y, uint32 maxAgeSeconds, uint8 minAssurance, uint16 minCoverageBps)
    {
        Folded storage folded = _known(policyId);
        if (folded.keyVersion != keyVersion || keyVersion == 0) {
            revert PolicyNotFolded(policyId, folded.keyVersion, keyVersion);
        }
        return (folded.x, folded.y, folded.maxAgeSeconds, folded.minAssurance, folded.minCoverageBps);
    }

    /// @inheritdoc IPolicyRegistry
    function policyValues(bytes32 policyId) public view returns (uint256[] memory values) {
        _known(policyId);
        Limits memory limits = _limits[policyId];
        values = new uint256[](PublicSignals.policyCount(_sectors));
        for (uint256 i = 0; i < Params.STATEMENTS; ++i) {
            values[i] = (limits.enabledMask >> i) & 1;
        }
        uint256[] memory scalars = _scalars(limits);
        for (uint256 i = 0; i < scalars.length; ++i) {
            values[Params.STATEMENTS + i] = scalars[i];
        }
        uint256 first = Params.STATEMENTS + scalars.length;
        values[first] = tailCount(limits.confidenceBps);
        values[first + 1] = tailMass(limits.confidenceBps);
        for (uint256 k = 0; k < _sectors; ++k) {
            values[first + 2 + k] = limits.sectorMaxBps[k];
        }
    }

    /// @inheritdoc IPolicyRegistry
    function policyIdOf(address owner, string calldata name, uint32 version) public view returns (bytes32) {
        return keccak256(abi.encode(Params.POLICY_DOMAIN, block.chainid, address(this), owner, name, version));
    }

    /// @inheritdoc IPolicyRegistry
    function tailCount(uint16 confidenceBps) public view returns (uint256) {
        return tailMass(confidenceBps) / Params.BPS;
    }

    /// @inheritdoc IPolicyRegistry
    function tailMass(uint16 confidenceBps) public view returns (uint256) {
        return (Params.BPS - confidenceBps) * _scenarios;
    }

    function _known(bytes32 policyId) private view returns (Folded storage folded) {
        folded = _folded[policyId];
        if (folded.maxAgeSeconds == 0) revert PolicyUnknown(policyId);
    }

    /// @dev The seven limits in basis points, in the order of the public signals.
    function _scalars(Limits memory limits) private pure returns (uint256[] memory scalars) {
        scalars = new uint256[](Params.POLICY_SCALARS - 2);
        scalars[0] = limits.healthMinBps;
        scalars[1] = limits.leverageMaxBps;
        scalars[2] = limits.positionMaxBps;
        scalars[3] = limits.hhiMaxBps;
        scalars[4] = limits.varMaxBps;
        scalars[5] = limits.expectedShortfallMaxBps;
        scalars[6] = limits.stressMaxBps;
    }

    function _check(Limits calldata limits) private view {
        if (limits.enabledMask == 0) revert PolicyEmpty();
        if (limits.confidenceBps == 0 || limits.confidenceBps >= Params.BPS) {
            revert ConfidenceOutOfRange(limits.confidenceBps);
        }
        if (limits.maxAgeSeconds == 0) revert MaxAgeInvalid(limits.maxAgeSeconds);
        bool levelExists = limits.minAssurance >= Params.ASSURANCE_SELF_DECLARED
            && limits.minAssurance <= Params.ASSURANCE_VENUE_SIGNED;
        if (!levelExists) revert AssuranceInvalid(limits.minAssurance);
        if (limits.minCoverageBps > Params.BPS) revert CoverageInvalid(limits.minCoverageBps);
        if (limits.sectorMaxBps.length != _sectors) revert SectorCountMismatch(limits.sectorMaxBps.length, _sectors);
        uint256[] memory scalars = _scalars(limits);
        for (uint256 i = 0; i < scalars.length; ++i) {
            if (scalars[i] >> Params.RATIO_BITS != 0) revert LimitOutOfRange(i, scalars[i]);
        }
        for (uint256 k = 0; k < _sectors; ++k) {
            uint256 limit = limits.sectorMaxBps[k];
            if (limit >> Params.RATIO_BITS != 0) revert LimitOutOfRange(Params.POLICY_SCALARS + k, limit);
        }
    }
}
