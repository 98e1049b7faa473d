// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBookBinder} from "./interfaces/IBookBinder.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {AccountLedger} from "./AccountLedger.sol";

/// @title Active and pending commitments, and what others vouch for about them
abstract contract CommitmentBook is AccountLedger {
    using Fold for Accumulator;

    /// @notice Role of the registry of custodians.
    bytes32 public constant CUSTODIAN_ROLE = keccak256("CUSTODIAN_ROLE");
    /// @notice Role of the binder, one contract; it is asked whether a venue's word still holds.
    bytes32 public constant BINDER_ROLE = keccak256("BINDER_ROLE");

    mapping(address account => mapping(uint256 commitment => bool)) internal _usedCommitments;
    IBookBinder internal _binder;

    /// @dev Makes the pending commitment the active one; what vouches for it comes with it.
    function _activate(address account) internal {
        Account storage state = _accounts[account];
        uint256 commitment = state.pendingCommitment;
        state.head.sequence += 1;
        _setActive(state, state.pending);
        uint16 subjectVersion = 0;
        // Without a key, or with one that cannot be read, proofs compute the subject themselves.
        try _registry.currentBlob(Params.CIRCUIT_KIND_COMPLIANCE) returns (uint32 version, address blob) {
            if (version <= type(uint16).max) {
                uint256 header = Blob.copy(blob, 0, PublicSignals.offsetOf(PublicSignals.OWNER + 1));
                Accumulator subject = Fold.start();
                _addSubject(subject, header, account, commitment);
                (state.subjectX, state.subjectY) = subject.read();
                subjectVersion = uint16(version);
            }
        } catch {}
        state.head.subjectVersion = subjectVersion;
        (state.commitment, state.activatedAt) = (commitment, uint40(block.timestamp));
        state.pendingCommitment = 0;
        delete state.pending;
        emit CommitmentActivated(account, commitment, state.head.sequence);
    }

    /// @dev Adds IC_0 + commitment·IC_1 + account·IC_2. @param header Memory address of the key blob's first points.
    function _addSubject(Accumulator sum, uint256 header, address account, uint256 commitment) internal view {
        sum.addAt(header + PublicSignals.HEADER_BYTES);
        _term(sum, header, PublicSignals.COMMITMENT, commitment);
        _term(sum, header, PublicSignals.OWNER, uint160(account));
    }

    /// @dev Adds scalar · IC_signal from the header.
    function _term(Accumulator sum, uint256 header, uint256 signal, uint256 scalar) internal view {
        unchecked {
            sum.addProductAt(header + PublicSignals.offsetOf(signal), scalar, signal);
        }
    }

    /// @dev Whatever was said of the books before a deposit of escrow may count the assets that became escrow: it ends with it. The levels
    /// themselves stay known, like those that ran out.
    function _endBacking(Account storage state) internal {
        uint40 time = uint40(block.timestamp);
        (state.lastDeposit, state.head.levelUntil) = (time, _before(state.head.levelUntil, time));
        if (state.backing.until != 0) state.backing.until = _before(state.backing.until, time);
        if (state.pendingCommitment == 0) return;
        Backing memory pending = state.pending;
        (pending.levelUntil, pending.until) = (_before(pending.levelUntil, time), _before(pending.until, time));
        state.pending = pending;
    }

    /// @dev Level of the active commitment. @param level The head's. @param until The head's.
    function _activeLevel(Account storage state, uint8 level, uint40 until) internal view returns (uint8) {
        return _holds(level, until) && !(level == Params.ASSURANCE_VENUE_SIGNED && _binder.isRevoked(state.commitment))
            ? level
            : _least(level);
    }

    /// @dev Level of the pending commitment.
    function _pendingLevel(Account storage state) internal view returns (uint8) {
        (uint8 level, uint40 until) = (state.pending.level, state.pending.levelUntil);
        bool isVenues = level == Params.ASSURANCE_VENUE_SIGNED;
        return _holds(level, until) && !(isVenues && _binder.isRevoked(state.pendingCommitment)) ? level : _least(level);
    }

    /// @dev Zeros when nothing is covered, or no longer.
    function _coverageAt(uint256 commitment, Backing storage backing)
        internal
        view
        returns (uint16 coverageBps, uint64 lockedUntil)
    {
        if (backing.coverageBps == 0 || block.timestamp > backing.until) return (0, 0);
        return _binder.isRevoked(commitment) ? (0, 0) : (backing.coverageBps, backing.lockedUntil);
    }

    function _setActive(Account storage state, Backing memory backing) internal {
        state.backing = backing;
        Head storage head = state.head;
        (head.level, head.levelUntil, head.readersVersion) =
            (backing.level, backing.levelUntil, backing.readersVersion);
    }

    function _before(uint40 until, uint40 time) private pure returns (uint40) {
        return until < time ? until : time - 1;
    }

    /// @dev A level above self-declared holds until its time.
    function _holds(uint8 level, uint40 until) private view returns (bool) {
        return level > Params.ASSURANCE_SELF_DECLARED && block.timestamp <= until;
    }

    /// @dev What is left of a level that does not hold: 0 without a commitment.
    function _least(uint8 level) private pure returns (uint8) {
        return level == 0 ? 0 : Params.ASSURANCE_SELF_DECLARED;
    }
}
