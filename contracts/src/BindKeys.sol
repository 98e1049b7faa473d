// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IBookBinder} from "./interfaces/IBookBinder.sol";
import {Proof} from "./interfaces/Types.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Groth16} from "./libraries/Groth16.sol";
import {KeyCheck} from "./libraries/KeyCheck.sol";
import {KeyTree} from "./libraries/KeyTree.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title The verifying keys of the bind circuits, which have three public signals each
abstract contract BindKeys is IBookBinder, AccessControl {
    using Fold for Accumulator;

    struct BindKey {
        bytes32 keyId;
        address blob;
        uint64 activeFrom;
    }

    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    /// @notice Parts of the largest circuit: more venue accounts an account cannot have at a time.
    uint256 public constant MAX_PARTS = 4;
    uint256 private constant SIGNALS = 3;

    /// @notice Seconds before a key that replaces another can be activated.
    uint64 public immutable keyDelay;

    mapping(uint256 parts => mapping(uint256 readers => BindKey)) private _keys;
    mapping(uint256 parts => mapping(uint256 readers => BindKey)) private _pendingKeys;

    constructor(address admin, uint64 keyDelay_) {
        keyDelay = keyDelay_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(REGISTRAR_ROLE, admin);
    }

    /// @inheritdoc IBookBinder
    function setKey(uint8 parts, uint8 readers, bytes calldata blob) external onlyRole(REGISTRAR_ROLE) {
        if (parts == 0 || parts > MAX_PARTS) revert BindPartsInvalid(parts, MAX_PARTS);
        uint256 length = PublicSignals.offsetOf(SIGNALS + 1);
        if (blob.length != length) revert BindKeyLengthInvalid(blob.length, length);
        bytes memory content = blob;
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(content, 32)
        }
        KeyCheck.check(ptr, length);
        bool isFirst = _keys[parts][readers].blob == address(0);
        if (_pendingKeys[parts][readers].blob != address(0)) revert BindKeyAlreadyPending(parts, readers);
        uint64 from = uint64(block.timestamp) + (isFirst ? 0 : keyDelay);
        BindKey memory key = BindKey(KeyTree.leaf(0, blob), Blob.write(content), from);
        if (isFirst) _keys[parts][readers] = key;
        else _pendingKeys[parts][readers] = key;
        emit BindKeySet(parts, readers, key.keyId, from);
    }

    /// @inheritdoc IBookBinder
    function activateKey(uint8 parts, uint8 readers) external onlyRole(REGISTRAR_ROLE) {
        BindKey memory key = _pendingKey(parts, readers);
        if (block.timestamp < key.activeFrom) revert BindKeyDelayRunning(key.activeFrom, uint64(block.timestamp));
        _keys[parts][readers] = key;
        delete _pendingKeys[parts][readers];
        emit BindKeySet(parts, readers, key.keyId, uint64(block.timestamp));
    }

    /// @inheritdoc IBookBinder
    function cancelKey(uint8 parts, uint8 readers) external onlyRole(REGISTRAR_ROLE) {
        bytes32 keyId = _pendingKey(parts, readers).keyId;
        delete _pendingKeys[parts][readers];
        emit BindKeyCancelled(parts, readers, keyId);
    }

    /// @inheritdoc IBookBinder
    function keyOf(uint8 parts, uint8 readers) external view returns (bytes32 keyId, address blob) {
        return (_keys[parts][readers].keyId, _keys[parts][readers].blob);
    }

    /// @dev Reverts BindKeyUnknown.
    function _keyOf(uint256 parts, uint256 readers) internal view returns (bytes32 keyId, address blob) {
        BindKey storage key = _keys[parts][readers];
        (keyId, blob) = (key.keyId, key.blob);
        if (blob == address(0)) revert BindKeyUnknown(parts, readers);
    }

    /// @dev Reverts ProofInvalid unless the proof holds for the signals.
    function _verify(address blob, uint256[SIGNALS] memory signals, Proof calldata proof) internal view {
        uint256 header = Blob.copy(blob, 0, PublicSignals.offsetOf(SIGNALS + 1));
        Accumulator sum = Fold.start();
        sum.addAt(header + PublicSignals.HEADER_BYTES);
        for (uint256 i = 0; i < SIGNALS; ++i) {
            sum.addProductAt(header + PublicSignals.offsetOf(i + 1), signals[i], i + 1);
        }
        (uint256 x, uint256 y) = sum.read();
        Groth16.verify(header, proof, x, y);
    }

    function _pendingKey(uint256 parts, uint256 readers) private view returns (BindKey memory key) {
        key = _pendingKeys[parts][readers];
        if (key.blob == address(0)) revert BindKeyNotPending(parts, readers);
    }
}
