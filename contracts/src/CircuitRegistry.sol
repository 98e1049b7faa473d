// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {ICircuitRegistry, SetRange} from "./interfaces/ICircuitRegistry.sol";
import {Blob} from "./libraries/Blob.sol";
import {KeyCheck} from "./libraries/KeyCheck.sol";
import {KeyTree} from "./libraries/KeyTree.sol";
import {Params} from "./libraries/Params.sol";
import {PriceTable} from "./libraries/PriceTable.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title The verifying keys of one universe's circuits: see ICircuitRegistry
contract CircuitRegistry is ICircuitRegistry, AccessControl {
    struct Entry {
        bytes32 keyId;
        address blob;
        uint32 version;
        uint64 activeFrom;
    }

    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    /// @dev Slot masks and status words hold this many; one code blob a key holds fewer, depending on the sectors.
    uint16 public constant MAX_INSTRUMENTS = 64;

    uint16 public immutable instruments;
    uint16 public immutable scenarios;
    uint16 public immutable stresses;
    uint16 public immutable sectors;
    uint64 public immutable activationDelay;

    mapping(uint8 kind => Entry) private _current;
    mapping(uint8 kind => Entry) private _pending;
    mapping(uint8 kind => uint32) private _lastVersion;

    constructor(address admin, uint16[4] memory tier, uint64 delay) {
        (instruments, scenarios, stresses, sectors) = (tier[0], tier[1], tier[2], tier[3]);
        if (tier[0] < 2 || tier[0] > MAX_INSTRUMENTS || tier[1] == 0 || !_fits(tier[0], tier[3])) {
            revert TierInvalid(tier[0], tier[1], tier[2], tier[3]);
        }
        activationDelay = delay;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(REGISTRAR_ROLE, admin);
    }

    /// @inheritdoc ICircuitRegistry
    function register(
        uint8 kind,
        bytes32 keyId,
        bytes calldata blob,
        bytes32[] calldata proof,
        SetRange[6] calldata ranges
    ) external onlyRole(REGISTRAR_ROLE) returns (uint32 version) {
        SetRange[6] memory expected = setRanges(kind);
        _checkRanges(ranges, expected);
        uint256 length = PublicSignals.blobBytes(kind, instruments, sectors);
        if (blob.length != length) revert KeyLengthInvalid(blob.length, length);
        if (!KeyTree.isLeaf(keyId, 0, blob, proof)) revert KeyRootMismatch(keyId);
        if (_pending[kind].version != 0) revert KeyAlreadyPending(kind, _pending[kind].version);
        bytes memory content = blob;
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(content, 32)
        }
        KeyCheck.check(ptr, length);
        content = bytes.concat(content, PriceTable.build(ptr + PublicSignals.offsetOf(expected[2].first), instruments));
        version = ++_lastVersion[kind];
        _store(kind, Entry(keyId, Blob.write(content), version, uint64(block.timestamp)));
    }

    /// @inheritdoc ICircuitRegistry
    function activate(uint8 kind) external onlyRole(REGISTRAR_ROLE) {
        Entry memory entry = _pending[kind];
        if (entry.version == 0) revert KeyNotPending(kind);
        if (block.timestamp < entry.activeFrom) revert KeyDelayRunning(entry.activeFrom, uint64(block.timestamp));
        _current[kind] = entry;
        delete _pending[kind];
        emit KeyActivated(kind, entry.version, entry.keyId);
    }

    /// @inheritdoc ICircuitRegistry
    function cancel(uint8 kind) external onlyRole(REGISTRAR_ROLE) {
        uint32 version = _pending[kind].version;
        if (version == 0) revert KeyNotPending(kind);
        delete _pending[kind];
        emit KeyCancelled(kind, version);
    }

    /// @inheritdoc ICircuitRegistry
    function currentKey(uint8 kind) external view returns (uint32 version, bytes32 keyId, address blob) {
        Entry storage entry = _current[kind];
        (version, keyId, blob) = (entry.version, entry.keyId, entry.blob);
        if (version == 0) revert KeyUnregistered(kind);
    }

    /// @inheritdoc ICircuitRegistry
    function currentBlob(uint8 kind) external view returns (uint32 version, address blob) {
        Entry storage entry = _current[kind];
        (version, blob) = (entry.version, entry.blob);
        if (version == 0) revert KeyUnregistered(kind);
    }

    /// @inheritdoc ICircuitRegistry
    function keyOf(uint8 kind, uint32 version) external view returns (bytes32 keyId, address blob) {
        Entry storage entry = _current[kind];
        if (entry.version != version) entry = _pending[kind];
        if (version == 0 || entry.version != version) revert KeyVersionUnknown(kind, version);
        return (entry.keyId, entry.blob);
    }

    /// @inheritdoc ICircuitRegistry
    function pendingKey(uint8 kind)
        external
        view
        returns (uint32 version, bytes32 keyId, address blob, uint64 activeFrom)
    {
        Entry storage entry = _pending[kind];
        return (entry.version, entry.keyId, entry.blob, entry.activeFrom);
    }

    /// @inheritdoc ICircuitRegistry
    function setRanges(uint8 kind) public view returns (SetRange[6] memory) {
        if (kind < Params.CIRCUIT_KIND_COMPLIANCE || kind > Params.CIRCUIT_KIND_LIQUIDATION) revert KindUnknown(kind);
        return PublicSignals.setRanges(kind, instruments, scenarios, stresses, sectors);
    }

    function _store(uint8 kind, Entry memory entry) private {
        if (_current[kind].version == 0) {
            _current[kind] = entry;
            emit KeyRegistered(kind, entry.version, entry.keyId, entry.blob, entry.activeFrom);
            emit KeyActivated(kind, entry.version, entry.keyId);
            return;
        }
        entry.activeFrom += activationDelay;
        _pending[kind] = entry;
        emit KeyRegistered(kind, entry.version, entry.keyId, entry.blob, entry.activeFrom);
    }

    /// @dev Whether the code of one contract holds the longest key blob and its tables.
    function _fits(uint256 count, uint256 sectorCount) private pure returns (bool) {
        uint256 length = PublicSignals.blobBytes(Params.CIRCUIT_KIND_COMPLIANCE, count, sectorCount);
        return length + PriceTable.size(count) <= Blob.MAX_BYTES;
    }

    /// @dev Equality with the protocol's sets makes them disjoint, contiguous and covering.
    function _checkRanges(SetRange[6] calldata given, SetRange[6] memory expected) private pure {
        for (uint256 set = 0; set < 6; ++set) {
            if (given[set].first != expected[set].first || given[set].count != expected[set].count) {
                revert RangeInvalid(set, given[set].first, given[set].count);
            }
        }
    }
}
