// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Stands for heartbeat and desk: says of an account what a test chose, and counts all time as live
contract FakeClock {
    mapping(address account => bool) public isReducing;
    mapping(address account => address) public challengerOf;
    mapping(address account => uint64) public dueAt;

    function setReducing(address account, bool isReducing_) external {
        isReducing[account] = isReducing_;
    }

    function setChallenge(address account, address challenger, uint64 due) external {
        (challengerOf[account], dueAt[account]) = (challenger, due);
    }

    function unansweredFor(address account) external view returns (bool, address, uint64) {
        uint64 due = dueAt[account];
        bool isOver = challengerOf[account] != address(0) && block.timestamp > due;
        return (isOver, challengerOf[account], isOver ? uint64(block.timestamp) - due : 0);
    }
}
