// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The clock that counts only time in which an account could have acted, and what it says of attestations
/// @notice Live time passes while the newest snapshot is young and nothing is paused. It is counted when somebody pokes; time that nobody vouched for by a
/// poke before the next snapshot is not counted, which favours the account.
interface IHeartbeat {
    /// @notice Emitted when live time was counted. @param live Seconds in all.
    event Poked(uint64 live);

    /// @notice Counts the live time since the last call. Anyone; keepers do, every epoch.
    function poke() external;

    /// @notice Live seconds until now.
    function liveTime() external view returns (uint64);

    /// @notice Live seconds until a time in the past: never less than there were.
    function liveTimeAt(uint64 time) external view returns (uint64);

    /// @notice Whether an account owes a vault and has no attestation of its policy younger, in live time, than the policy's maximum age. Such an
    /// account can repay, add escrow, attest and shrink, but neither draw nor take escrow out.
    function isReducing(address account) external view returns (bool);
}
