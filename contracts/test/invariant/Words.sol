// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Oracle} from "./Oracle.sol";

/// @title What others say of the books, and for how long it counts
abstract contract Words is Oracle {
    /// @dev Keys of venue 1 that are revoked, by index. The newest is the last.
    mapping(uint256 index => bool) internal isKeyRevoked;
    mapping(uint256 index => uint64) internal keyValidFrom;
    uint32 internal newestVenueKey;

    /// @dev Level of an account's active book now.
    function levelNow(address who) internal view returns (uint8) {
        return levelOf(expected[who].word);
    }

    function levelOf(Word memory word) internal view returns (uint8) {
        bool isOver = vm.getBlockTimestamp() > word.levelUntil || (word.level == 3 && isRevoked(word));
        return word.level > 1 && isOver ? 1 : word.level;
    }

    function isRevoked(Word memory word) internal view returns (bool) {
        return word.key != 0 && isKeyRevoked[word.key - 1];
    }

    /// @dev What venues signed of a book, and until when it is locked there; zeros when that does not count, or no longer.
    function coverageOf(Word memory word) internal view returns (uint16 coverageBps, uint64 lockedUntil) {
        if (word.coverageBps == 0 || vm.getBlockTimestamp() > word.until || isRevoked(word)) return (0, 0);
        return (word.coverageBps, word.lockedUntil);
    }

    /// @dev What may be lent on a book's level at an epoch: on a venue's word only while the assets stay there for an attestation's life.
    function capAt(address who, uint64 epoch) internal view returns (uint256) {
        uint8 level = levelNow(who);
        (, uint64 lockedUntil) = coverageOf(expected[who].word);
        bool isLocked = lockedUntil >= (uint256(epoch) + 1) * HOUR + 4 hours;
        return level == 3 && !isLocked ? 0 : cap[level];
    }

    /// @dev The pending commitment became the active one; what is said of it comes with it.
    function _activated(address who) internal {
        Expected storage state = expected[who];
        (state.commitment, state.pending) = (state.pending, 0);
        state.word = state.pendingWord;
        delete state.pendingWord;
        ++state.sequence;
    }

    /// @dev What was said of the books before a deposit ends with it; which level it was stays known.
    function _endWords(address who) internal {
        Expected storage state = expected[who];
        state.lastDeposit = uint64(vm.getBlockTimestamp());
        _end(state.word);
        if (state.pending != 0) _end(state.pendingWord);
    }

    function _end(Word storage word) private {
        uint64 last = uint64(vm.getBlockTimestamp()) - 1;
        if (word.levelUntil > last) word.levelUntil = last;
        if (word.until > last) word.until = last;
    }

    /// @dev A custodian's word lifts what is less, or lasts longer.
    function _custodianSaid(Word storage word, uint64 until) internal {
        bool isLonger = word.level == 2 && until > word.levelUntil;
        if (levelOf(word) < 2 || isLonger) (word.level, word.levelUntil) = (2, until);
    }

    /// @dev A binding tells what venues signed. Less than everything ends a venue's level and no other.
    function _bound(Word storage word, Word memory told) internal {
        (word.coverageBps, word.until, word.lockedUntil) = (told.coverageBps, told.until, told.lockedUntil);
        word.key = told.key;
        if (told.coverageBps == 10_000) (word.level, word.levelUntil) = (3, told.until);
        else if (word.level == 3) word.levelUntil = 0;
    }
}
