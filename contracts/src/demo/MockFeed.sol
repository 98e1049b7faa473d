// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";

/// @title A price feed anybody can write: for demonstrations and tests only
contract MockFeed is AggregatorV3Interface {
    /// @dev One word.
    struct Round {
        int192 answer;
        uint64 updatedAt;
    }

    /// @notice Thrown for a round that does not exist.
    error RoundUnknown(uint80 roundId);

    uint8 public decimals;
    uint16 public phase = 1;
    uint64 public lastRound;
    mapping(uint80 roundId => Round) private _rounds;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    /// @notice Appends rounds to the current phase.
    function push(Round[] calldata rounds) external {
        uint64 round = lastRound;
        for (uint256 i = 0; i < rounds.length; ++i) {
            _rounds[_id(++round)] = rounds[i];
        }
        lastRound = round;
    }

    /// @notice Starts the next phase, whose rounds count from 1 again.
    function startPhase() external {
        ++phase;
        lastRound = 0;
    }

    /// @notice Changes the decimals, as a feed never should.
    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_id(lastRound));
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId) public view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[roundId];
        if (round.updatedAt == 0 && round.answer == 0) revert RoundUnknown(roundId);
        return (roundId, round.answer, round.updatedAt, round.updatedAt, roundId);
    }

    function _id(uint64 round) private view returns (uint80) {
        return (uint80(phase) << 64) | round;
    }
}
