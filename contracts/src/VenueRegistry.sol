// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IVenueRegistry, VenueKey} from "./interfaces/IVenueRegistry.sol";
import {Edwards} from "./libraries/Edwards.sol";

/// @title The signing keys of venues: see IVenueRegistry
contract VenueRegistry is IVenueRegistry, AccessControl {
    bytes32 public constant VENUE_ADMIN_ROLE = keccak256("VENUE_ADMIN_ROLE");

    /// @notice Seconds between the addition of a further key and its first statement.
    uint64 public immutable notice;

    mapping(uint32 venue => VenueKey[]) private _keys;

    constructor(address admin, uint64 notice_) {
        notice = notice_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(VENUE_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IVenueRegistry
    function addKey(uint32 venue, uint256 x, uint256 y, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(VENUE_ADMIN_ROLE)
        returns (uint32 index)
    {
        if (venue == 0) revert VenueZero();
        if (!Edwards.isKey(x, y)) revert VenueKeyInvalid(x, y);
        index = uint32(_keys[venue].length);
        uint64 earliest = index == 0 ? 0 : uint64(block.timestamp) + notice;
        if (validFrom < earliest || validUntil <= validFrom) {
            revert VenueKeyPeriodInvalid(validFrom, validUntil, earliest);
        }
        _keys[venue].push(VenueKey(x, y, validFrom, validUntil, 0));
        emit VenueKeyAdded(venue, index, x, y, validFrom, validUntil);
    }

    /// @inheritdoc IVenueRegistry
    function revokeKey(uint32 venue, uint32 index) external onlyRole(VENUE_ADMIN_ROLE) {
        VenueKey storage key = _at(venue, index);
        if (key.revokedAt != 0) revert VenueKeyIsRevoked(venue, index, key.revokedAt);
        key.revokedAt = uint64(block.timestamp);
        emit VenueKeyRevoked(venue, index);
    }

    /// @inheritdoc IVenueRegistry
    function keyFor(uint32 venue, uint32 index, uint64 timestamp)
        external
        view
        returns (uint256 x, uint256 y, uint64 validUntil)
    {
        VenueKey storage key = _at(venue, index);
        if (key.revokedAt != 0) revert VenueKeyIsRevoked(venue, index, key.revokedAt);
        if (timestamp < key.validFrom || timestamp > key.validUntil || block.timestamp > key.validUntil) {
            revert VenueKeyExpired(venue, index, key.validFrom, key.validUntil);
        }
        return (key.x, key.y, key.validUntil);
    }

    /// @inheritdoc IVenueRegistry
    function keyOf(uint32 venue, uint32 index) external view returns (VenueKey memory) {
        return _at(venue, index);
    }

    /// @inheritdoc IVenueRegistry
    function isRevoked(uint32 venue, uint32 index) external view returns (bool) {
        return _at(venue, index).revokedAt != 0;
    }

    /// @inheritdoc IVenueRegistry
    function keyCount(uint32 venue) external view returns (uint256) {
        return _keys[venue].length;
    }

    function _at(uint32 venue, uint32 index) private view returns (VenueKey storage) {
        if (index >= _keys[venue].length) revert VenueKeyUnknown(venue, index);
        return _keys[venue][index];
    }
}
