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

    /// @dev A level above self-declared holds until its time, and what venues signed until one of them revokes a key.
    function _levelAt(address account, uint8 level, uint40 until) internal view returns (uint8) {
        if (level <= Params.ASSURANCE_SELF_DECLARED) return level;
        if (block.timestamp > until) return Params.ASSURANCE_SELF_DECLARED;
        bool isRevoked = level == Params.ASSURANCE_VENUE_SIGNED && _binder.isRevokedSince(account);
        return isRevoked ? Params.ASSURANCE_SELF_DECLARED : level;
    }

    /// @dev Zeros when nothing is covered, or no longer.
    function _coverageAt(address account, Backing storage backing)
        internal
        view
        returns (uint16 coverageBps, uint64 lockedUntil)
    {
        if (backing.coverageBps == 0 || block.timestamp > backing.until) return (0, 0);
        return _binder.isRevokedSince(account) ? (0, 0) : (backing.coverageBps, backing.lockedUntil);
    }

    function _setActive(Account storage state, Backing memory backing) internal {
        state.backing = backing;
        Head storage head = state.head;
        (head.level, head.levelUntil, head.readersVersion) =
            (backing.level, backing.levelUntil, backing.readersVersion);
    }

    /// @dev A custodian's statement never lowers a level that holds, and never shortens one of its own.
    function _isLifted(address account, uint8 level, uint40 until, uint40 newUntil) internal view returns (bool) {
        uint8 lifted = Params.ASSURANCE_CUSTODIAN_SIGNED;
        return _levelAt(account, level, until) < lifted || (level == lifted && newUntil > until);
    }
}
