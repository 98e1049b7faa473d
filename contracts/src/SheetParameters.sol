// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {KeyTree} from "./libraries/KeyTree.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {CachedPoint, SheetBase} from "./SheetBase.sol";

/// @title The parameters part of PriceSheet: thresholds, borrow factors, sectors, stress grids
abstract contract SheetParameters is SheetBase {
    using Fold for Accumulator;

    /// @notice Most that a threshold or borrow factor moves in one change, basis points.
    int256 public constant FACTOR_STEP_BPS = 1_000;
    /// @notice Most that a stress return moves in one change, 10^-6.
    int256 public constant STRESS_STEP = 100_000;

    mapping(uint32 version => address) private _blobs;
    uint32 private _lastParametersVersion;
    /// @dev Tag: rows folded.
    mapping(uint8 kind => mapping(uint32 keyVersion => mapping(uint32 version => CachedPoint))) private _points;

    /// @inheritdoc IPriceSheet
    function proposeParameters(bytes calldata values) external onlyRole(GOVERNOR_ROLE) returns (uint32 version) {
        State memory state = _state;
        if (state.pendingVersion != 0) revert ParametersPending(state.pendingVersion);
        uint256 expected = 4 * _instruments * (2 + _sectors + _stresses);
        if (values.length != expected) revert ParametersLengthInvalid(values.length, expected);
        bytes memory content = values;
        uint256 old = state.parametersVersion == 0 ? 0 : Blob.copy(_blobs[state.parametersVersion], 0, expected);
        _checkValues(content, old);
        version = ++_lastParametersVersion;
        _blobs[version] = Blob.write(content);
        if (state.parametersVersion == 0) {
            _state.parametersVersion = version;
            emit ParametersProposed(version, _blobs[version], uint64(block.timestamp));
            emit ParametersActivated(version);
            return version;
        }
        uint64 from = uint64(block.timestamp) + parameterDelay;
        (_state.pendingVersion, _state.pendingFrom) = (version, from);
        emit ParametersProposed(version, _blobs[version], from);
    }

    /// @inheritdoc IPriceSheet
    function activateParameters() external onlyRole(GOVERNOR_ROLE) {
        State memory state = _state;
        if (state.pendingVersion == 0) revert NothingPending();
        if (block.timestamp < state.pendingFrom) revert DelayRunning(state.pendingFrom, uint64(block.timestamp));
        (state.parametersVersion, state.pendingVersion, state.pendingFrom) = (state.pendingVersion, 0, 0);
        _state = state;
        emit ParametersActivated(state.parametersVersion);
    }

    /// @inheritdoc IPriceSheet
    function cancelParameters() external onlyRole(GOVERNOR_ROLE) {
        uint32 version = _state.pendingVersion;
        if (version == 0) revert NothingPending();
        (_state.pendingVersion, _state.pendingFrom) = (0, 0);
        emit ParametersCancelled(version);
    }

    /// @inheritdoc IPriceSheet
    function foldParameters(
        uint8 kind,
        uint32 keyVersion,
        uint32 parametersVersion,
        uint16 row,
        bytes calldata rowBases,
        bytes32[] calldata proof
    ) external {
        CachedPoint storage point = _points[kind][keyVersion][parametersVersion];
        if (row != point.tag || row >= _rowsNeeded(kind)) revert RowUnexpected(row, uint16(point.tag));
        if (rowBases.length != 64 * _instruments) revert BasesLengthInvalid(rowBases.length, 64 * _instruments);
        (bytes32 keyId,) = registry.keyOf(kind, keyVersion);
        if (!KeyTree.isLeaf(keyId, 1 + uint256(row), rowBases, proof)) {
            revert BasesRootMismatch(keyId, 1 + uint256(row));
        }
        uint256[] memory scalars = _rowScalars(parametersVersion, row);
        Accumulator sum = Fold.start();
        if (row != 0) sum.add(point.x, point.y);
        bytes memory bases = rowBases;
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(bases, 32)
        }
        sum.addProducts(ptr, scalars);
        point.tag = uint256(row) + 1;
        (point.x, point.y) = sum.read();
        emit ParametersFolded(kind, keyVersion, parametersVersion, row);
    }

    /// @inheritdoc IPriceSheet
    function parametersProgress(uint8 kind, uint32 keyVersion, uint32 parametersVersion)
        external
        view
        returns (uint16 rows, uint16 needed)
    {
        return (uint16(_points[kind][keyVersion][parametersVersion].tag), uint16(_rowsNeeded(kind)));
    }

    /// @inheritdoc IPriceSheet
    function parametersState() external view returns (uint32 current, uint32 pending, uint64 activeFrom) {
        State memory state = _state;
        return (state.parametersVersion, state.pendingVersion, state.pendingFrom);
    }

    /// @inheritdoc IPriceSheet
    function parameters(uint32 version) external view returns (bytes memory) {
        _requireKnown(version);
        return Blob.read(_blobs[version]);
    }

    /// @dev The complete point of a version, or a named revert.
    function _completeParameters(uint8 kind, uint32 keyVersion, uint32 version)
        internal
        view
        returns (uint256 x, uint256 y)
    {
        if (version == 0) revert ParametersUnset();
        CachedPoint storage point = _points[kind][keyVersion][version];
        uint256 needed = _rowsNeeded(kind);
        if (point.tag != needed) revert ParametersIncomplete(kind, version, uint16(point.tag), uint16(needed));
        return (point.x, point.y);
    }

    function _rowsNeeded(uint8 kind) private view returns (uint256) {
        return PublicSignals.parameterRows(kind, _stresses, _sectors);
    }

    function _requireKnown(uint32 version) private view {
        State memory state = _state;
        bool known = version != 0 && (version == state.parametersVersion || version == state.pendingVersion);
        if (!known) revert ParametersVersionUnknown(version);
    }

    function _rowScalars(uint32 version, uint16 row) private view returns (uint256[] memory scalars) {
        _requireKnown(version);
        scalars = new uint256[](_instruments);
        uint256 ptr = Blob.copy(_blobs[version], 4 * _instruments * row, 4 * _instruments);
        for (uint256 i = 0; i < scalars.length; ++i) {
            scalars[i] = Fold.toScalar(Packing.signed32At(ptr, i));
        }
    }

    /// @dev Ranges of every value, and steps against the values at `old` unless that is 0.
    function _checkValues(bytes memory content, uint256 old) private view {
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(content, 32)
        }
        uint256 count = _instruments;
        uint256 rows = 2 + _sectors + _stresses;
        for (uint256 i = 0; i < count; ++i) {
            int256 inSectors;
            for (uint256 row = 0; row < rows; ++row) {
                int256 value = Packing.signed32At(ptr, row * count + i);
                if (!_isInRange(row, i, value)) revert ParameterOutOfRange(uint16(row), uint8(i), value);
                if (row > 1 && row < 2 + _sectors) inSectors += value;
                if (old != 0) _checkStep(row, i, Packing.signed32At(old, row * count + i), value);
            }
            if (inSectors > 1) revert SectorOverlap(uint8(i));
        }
    }

    function _isInRange(uint256 row, uint256 slot, int256 value) private view returns (bool) {
        if (slot != 0 && (_usedMask >> slot) & 1 == 0) return value == 0;
        if (row == 0) return value >= 0 && value <= int256(Params.BPS);
        if (row == 1) return value >= int256(Params.BPS) && value < int256(1 << Params.RATIO_BITS);
        if (row < 2 + _sectors) return value == 0 || (value == 1 && slot != 0);
        return value >= -int256(Params.RETURN_SCALE) && value < int256(1 << Params.RETURN_BITS);
    }

    /// @dev Sector bits have no step; a delisted slot's threshold may fall to 0 at once.
    function _checkStep(uint256 row, uint256 slot, int256 from, int256 to) private view {
        if (row > 1 && row < 2 + _sectors) return;
        if (row == 0 && to == 0 && (_delistedMask >> slot) & 1 == 1) return;
        int256 step = row < 2 ? FACTOR_STEP_BPS : STRESS_STEP;
        if (to > from + step || to < from - step) revert ParameterStepTooLarge(uint16(row), uint8(slot), from, to);
    }
}
