// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBookBinder} from "./interfaces/IBookBinder.sol";
import {Bound, IRiskManager} from "./interfaces/IRiskManager.sol";
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

    mapping(address account => mapping(uint256 commitment => bool)) public isCommitmentUsed;
    IBookBinder public binder;

    /// @inheritdoc IRiskManager
    function setBinder(address binder_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (address(binder) != address(0)) revert BinderSetAlready(address(binder));
        binder = IBookBinder(binder_);
        _grantRole(BINDER_ROLE, binder_);
    }

    /// @inheritdoc IRiskManager
    function commit(uint256 commitment) external {
        if (commitment == 0 || commitment >= Params.SCALAR_MODULUS) revert CommitmentOutOfRange(commitment);
        if (isCommitmentUsed[msg.sender][commitment]) revert CommitmentUsed(commitment);
        isCommitmentUsed[msg.sender][commitment] = true;
        Account storage state = _accounts[msg.sender];
        bool active = state.head.vaultId == 0;
        emit Committed(msg.sender, commitment, state.head.sequence + 1, active);
        state.pendingCommitment = commitment;
        delete state.pending;
        state.pending.level = Params.ASSURANCE_SELF_DECLARED;
        if (active) _activate(msg.sender);
    }

    /// @inheritdoc IRiskManager
    function activatePending() external {
        Account storage state = _accounts[msg.sender];
        if (state.pendingCommitment == 0) revert NoPendingCommitment(msg.sender);
        if (state.head.vaultId != 0) revert DebtOutstanding(msg.sender);
        _activate(msg.sender);
    }

    /// @inheritdoc IRiskManager
    function noteStatement(address account, uint256 commitment, uint64 sequence, uint40 until)
        external
        onlyRole(CUSTODIAN_ROLE)
    {
        Account storage state = _accounts[account];
        uint64 active = state.head.sequence;
        uint8 level = Params.ASSURANCE_CUSTODIAN_SIGNED;
        if (commitment != 0 && sequence == active && commitment == state.commitment) {
            Head storage head = state.head;
            bool isLifted = _isLifted(account, head.level, head.levelUntil, until);
            if (isLifted) (head.level, head.levelUntil) = (level, until);
        } else if (commitment != 0 && sequence == active + 1 && commitment == state.pendingCommitment) {
            Backing storage pending = state.pending;
            bool isLifted = _isLifted(account, pending.level, pending.levelUntil, until);
            if (isLifted) (pending.level, pending.levelUntil) = (level, until);
        } else {
            revert StatementMismatch(commitment, sequence);
        }
    }

    /// @inheritdoc IRiskManager
    function noteBinding(address account, uint256 commitment, Bound calldata bound) external onlyRole(BINDER_ROLE) {
        Account storage state = _accounts[account];
        bool isActive = commitment == state.commitment;
        if (commitment == 0 || !(isActive || commitment == state.pendingCommitment)) {
            revert CommitmentUnknown(account, commitment);
        }
        Backing memory backing = isActive ? state.backing : state.pending;
        if (isActive) (backing.level, backing.levelUntil) = (state.head.level, state.head.levelUntil);
        (backing.coverageBps, backing.readersVersion) = (bound.coverageBps, bound.readersVersion);
        (backing.until, backing.lockedUntil) = (bound.until, bound.lockedUntil);
        // A later binding tells more than an earlier one, also when it tells less good.
        if (bound.coverageBps == Params.BPS) {
            (backing.level, backing.levelUntil) = (Params.ASSURANCE_VENUE_SIGNED, bound.until);
        } else if (backing.level == Params.ASSURANCE_VENUE_SIGNED) {
            (backing.level, backing.levelUntil) = (Params.ASSURANCE_SELF_DECLARED, 0);
        }
        if (isActive) _setActive(state, backing);
        else state.pending = backing;
        emit CommitmentBound(account, commitment, bound);
    }

    /// @inheritdoc IRiskManager
    function levelOf(address account) public view returns (uint8) {
        Account storage state = _accounts[account];
        return _levelAt(account, state.head.level, state.head.levelUntil);
    }

    /// @inheritdoc IRiskManager
    function coverageOf(address account) public view returns (uint16 coverageBps, uint64 lockedUntil) {
        return _coverageAt(account, _accounts[account].backing);
    }

    /// @dev Makes the pending commitment the active one; what vouches for it comes with it.
    function _activate(address account) internal {
        Account storage state = _accounts[account];
        uint256 commitment = state.pendingCommitment;
        state.head.sequence += 1;
        _setActive(state, state.pending);
        uint16 subjectVersion = 0;
        // Without a key, or with one that cannot be read, proofs compute the subject themselves.
        try registry.currentBlob(Params.CIRCUIT_KIND_COMPLIANCE) returns (uint32 version, address blob) {
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
        bool isRevoked = level == Params.ASSURANCE_VENUE_SIGNED && binder.isRevokedSince(account);
        return isRevoked ? Params.ASSURANCE_SELF_DECLARED : level;
    }

    /// @dev Zeros when nothing is covered, or no longer.
    function _coverageAt(address account, Backing storage backing)
        internal
        view
        returns (uint16 coverageBps, uint64 lockedUntil)
    {
        if (backing.coverageBps == 0 || block.timestamp > backing.until) return (0, 0);
        return binder.isRevokedSince(account) ? (0, 0) : (backing.coverageBps, backing.lockedUntil);
    }

    function _setActive(Account storage state, Backing memory backing) private {
        state.backing = backing;
        Head storage head = state.head;
        (head.level, head.levelUntil, head.readersVersion) =
            (backing.level, backing.levelUntil, backing.readersVersion);
    }

    /// @dev A custodian's statement never lowers a level that holds, and never shortens one of its own.
    function _isLifted(address account, uint8 level, uint40 until, uint40 newUntil) private view returns (bool) {
        uint8 lifted = Params.ASSURANCE_CUSTODIAN_SIGNED;
        return _levelAt(account, level, until) < lifted || (level == lifted && newUntil > until);
    }
}
