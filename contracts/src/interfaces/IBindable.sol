// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice What a binding says of a commitment.
/// @param coverageBps Share of the book's assets that venues signed.
/// @param readersVersion Set of keepers that can read it.
/// @param until Time until which the venues' word holds, 0 when nobody signed anything.
/// @param lockedUntil No assets leave the venues before, 0 when any may.
struct Bound {
    uint16 coverageBps;
    uint32 readersVersion;
    uint40 until;
    uint40 lockedUntil;
}

/// @title What the binder asks and tells the keeper of the accounts
interface IBindable {
    /// @notice Emitted for every binding.
    event CommitmentBound(address indexed account, uint256 indexed commitment, Bound bound);

    /// @notice Thrown for anybody but the binder.
    error BinderOnly(address sender);

    /// @notice Commitments of an account and the sequence of the active one.
    function commitmentsOf(address account) external view returns (uint256 active, uint256 pending, uint64 sequence);

    /// @notice Time of the last deposit of escrow for an account, 0 if there was none.
    function lastDepositOf(address account) external view returns (uint64);

    /// @notice Keeps what a binding says of the active or the pending commitment. Binder only.
    function noteBinding(address account, uint256 commitment, Bound calldata bound) external;
}
