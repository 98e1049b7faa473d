// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice A point of BabyJubJub in the subgroup of prime order.
struct ReaderKey {
    uint256 x;
    uint256 y;
}

/// @notice A key that may read one account's books while the period runs.
/// @param from, until Commitments bound in this time, both ends included.
/// @param appointed By the auditor role: then the account itself cannot change it.
struct Auditor {
    ReaderKey key;
    uint64 from;
    uint64 until;
    bool appointed;
}

/// @title Who can read a committed book: the keepers of the day, and an auditor for an account and a period
interface IReaderKeys {
    /// @notice Emitted when new keepers are announced. @param version Counts the sets from 1.
    event KeepersAnnounced(uint32 indexed version, ReaderKey[] keys, uint64 activeFrom);
    /// @notice Emitted when an announced set is withdrawn before it counted; the next one gets its number.
    event KeepersCancelled(uint32 indexed version);
    /// @notice Emitted when an auditor of an account is set or, with a period that is over, removed.
    event AuditorSet(address indexed account, uint256 x, uint256 y, uint64 from, uint64 until);

    /// @notice Thrown for a point that is not on the curve, not in the subgroup of prime order, or not canonical.
    error ReaderKeyInvalid(uint256 x, uint256 y);
    /// @notice Thrown for a set of keepers that is empty or too large. @param most Most keepers.
    error KeeperCountInvalid(uint256 count, uint256 most);
    /// @notice Thrown while an announced set is not active yet.
    error KeepersPending(uint32 version, uint64 activeFrom);
    /// @notice Thrown for a version that does not exist, or no longer waits.
    error KeepersUnknown(uint32 version);
    /// @notice Thrown when an account would change the auditor that the auditor role appointed.
    error AuditorAppointed(address account);
    /// @notice Thrown when an auditor's period ends before it starts.
    error AuditorPeriodInvalid(uint64 from, uint64 until);

    /// @notice Announces the next set of keepers. It replaces the current one after the notice; the first at once. Old keys read what was bound
    /// to them, and nothing newer.
    function announceKeepers(ReaderKey[] calldata keys) external returns (uint32 version);

    /// @notice Withdraws the set that was announced and does not count yet. Role KEEPER_ADMIN.
    function cancelKeepers() external;

    /// @notice Sets the auditor of the sender's own account, or of any account for the auditor role.
    function setAuditor(address account, ReaderKey calldata key, uint64 from, uint64 until) external;

    /// @notice Takes an auditor away: what is bound from now on is not for it.
    function removeAuditor(address account) external;

    /// @notice Version of the set of keepers to which books are bound now, 0 before the first.
    function currentVersion() external view returns (uint32);

    /// @notice Keys of a set.
    function keepersOf(uint32 version) external view returns (ReaderKey[] memory);

    /// @notice The keys that a binding of the account must encrypt to now, keepers first.
    function readersOf(address account) external view returns (uint32 version, ReaderKey[] memory keys);

    /// @notice The auditor of an account, with its period.
    function auditorOf(address account) external view returns (Auditor memory);
}
