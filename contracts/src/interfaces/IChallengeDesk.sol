// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AnswerRequest} from "./ManagerTypes.sol";
import {Proof} from "./Types.sol";

/// @notice A challenge of an account. @param epoch Newest epoch when it was made: the answer is about the first one after it.
/// @param live Live time when it was made. @param challenger Who posted the bond; zero when no challenge is open.
struct Challenge {
    address challenger;
    uint64 number;
    uint64 epoch;
    uint64 live;
}

/// @title Challenges: an account that owes answers that it is healthy, or can be liquidated without anybody knowing its book
/// @notice An open challenge stops nothing: neither a liquidation nor a repayment.
interface IChallengeDesk {
    event Challenged(address indexed account, address indexed challenger, uint64 indexed number, uint64 epoch);
    event Answered(address indexed account, uint64 indexed number, bool inTime);
    event ChallengeClosed(address indexed account, uint64 indexed number);
    event Claimed(address indexed owner, address indexed to, uint256 amount);

    /// @notice Thrown when the account owes nothing.
    error NothingOwed(address account);
    /// @notice Thrown while another challenge of the account is open.
    error ChallengeOpen(address account, uint64 number);
    /// @notice Thrown when no challenge of that number is open.
    error ChallengeUnknown(address account, uint64 number);
    /// @notice Thrown for a bond that is not exactly the bond of the desk.
    error BondInvalid(uint256 given, uint256 bond);
    /// @notice Thrown for an answer about an epoch that is neither the newest one nor, in time, the first after the challenge.
    error EpochRefused(uint64 given, uint64 newest);
    /// @notice Thrown for a window that may be over before there is a price to answer at.
    error WindowInvalid(uint64 window);
    /// @notice Thrown while the debt stands.
    error DebtOutstanding(address account);
    /// @notice Thrown when there is nothing to claim, or the payment fails.
    error ClaimFailed(address owner, uint256 amount);

    /// @notice Challenges an account that owes, with the bond as value. @return number Of the challenge.
    function challenge(address account) external payable returns (uint64 number);

    /// @notice Answers for the sender. In time and owing, healthy at the first epoch after the challenge: the bond is the sender's. Or healthy
    /// at the newest epoch, at any time: the bond goes back to the challenger.
    function answer(AnswerRequest calldata request, Proof calldata proof) external;

    /// @notice Closes the challenge of an account that owes nothing any more; the bond goes back. Anyone.
    function close(address account) external;

    /// @notice Pays what the sender is owed to an address other than zero.
    function claim(address payable to) external;

    /// @notice Whether the time to answer is over, who challenged, and for how many live seconds it has been over.
    function unansweredFor(address account)
        external
        view
        returns (bool isUnanswered, address challenger, uint64 liveSeconds);

    /// @notice The open challenge of an account; zeros when there is none.
    function challengeOf(address account) external view returns (Challenge memory);

    /// @notice Live seconds to answer in, after an epoch.
    function window() external view returns (uint64);

    /// @notice Value to post with a challenge, wei.
    function bond() external view returns (uint256);

    /// @notice What an address may claim, wei.
    function claimable(address owner) external view returns (uint256);
}
