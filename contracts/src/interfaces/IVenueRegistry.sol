// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice A key with which a venue signs statements.
/// @param x, y Point of BabyJubJub in the subgroup of prime order.
/// @param validFrom First time of a statement that it may sign.
/// @param validUntil Last time of a statement that it may sign, and last time at which such a statement is accepted.
/// @param revokedAt When it was revoked, 0 if it was not.
struct VenueKey {
    uint256 x;
    uint256 y;
    uint64 validFrom;
    uint64 validUntil;
    uint64 revokedAt;
}

/// @title Venues and the keys with which they sign: rotation by adding, revocation at once and for ever
interface IVenueRegistry {
    /// @notice Emitted when a key is added. @param index Counts the venue's keys from 0.
    event VenueKeyAdded(
        uint32 indexed venue, uint32 indexed index, uint256 x, uint256 y, uint64 validFrom, uint64 validUntil
    );
    /// @notice Emitted when a key is revoked.
    event VenueKeyRevoked(uint32 indexed venue, uint32 indexed index);

    /// @notice Thrown for venue 0, which stands for a part that nobody signed.
    error VenueZero();
    /// @notice Thrown for a point that is not on the curve, not in the subgroup of prime order, or not canonical.
    error VenueKeyInvalid(uint256 x, uint256 y);
    /// @notice Thrown when a key would start before its notice is over, or end before it starts.
    error VenueKeyPeriodInvalid(uint64 validFrom, uint64 validUntil, uint64 earliest);
    /// @notice Thrown for a key that the venue does not have.
    error VenueKeyUnknown(uint32 venue, uint32 index);
    /// @notice Thrown for a key that was revoked.
    error VenueKeyIsRevoked(uint32 venue, uint32 index, uint64 revokedAt);
    /// @notice Thrown for a statement outside the key's period, or accepted after it.
    error VenueKeyExpired(uint32 venue, uint32 index, uint64 validFrom, uint64 validUntil);

    /// @notice Adds a key of a venue; its period starts after the notice, so that everybody sees it coming. Not for the venue's first key.
    function addKey(uint32 venue, uint256 x, uint256 y, uint64 validFrom, uint64 validUntil)
        external
        returns (uint32 index);

    /// @notice Revokes a key: at once, and no statement under it counts any more, also none that was accepted.
    function revokeKey(uint32 venue, uint32 index) external;

    /// @notice The key, if a statement of that time may be accepted now; reverts by name otherwise.
    function keyFor(uint32 venue, uint32 index, uint64 timestamp)
        external
        view
        returns (uint256 x, uint256 y, uint64 validUntil);

    /// @notice The key with its period.
    function keyOf(uint32 venue, uint32 index) external view returns (VenueKey memory);

    /// @notice Number of keys that the venue ever had.
    function keyCount(uint32 venue) external view returns (uint256);

    /// @notice Whether a key was revoked: then nothing that it ever signed counts.
    function isRevoked(uint32 venue, uint32 index) external view returns (bool);
}
