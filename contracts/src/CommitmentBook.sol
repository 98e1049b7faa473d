// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {CustodianStatement, IRiskManager} from "./interfaces/IRiskManager.sol";
import {Blob} from "./libraries/Blob.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {AccountLedger} from "./AccountLedger.sol";

/// @title Active and pending commitments, and what custodians say about them
abstract contract CommitmentBook is AccountLedger, EIP712 {
    using Fold for Accumulator;

    struct Validity {
        uint64 from;
        uint64 until;
    }

    bytes32 public constant CUSTODIAN_ADMIN_ROLE = keccak256("CUSTODIAN_ADMIN_ROLE");
    bytes32 public constant STATEMENT_TYPEHASH =
        keccak256("CustodianStatement(address account,uint256 commitment,uint64 sequence,uint64 asOf)");

    uint32 public immutable maxStatementAge;
    uint32 public immutable statementLifetime;

    mapping(address account => mapping(uint256 commitment => bool)) public isCommitmentUsed;
    mapping(address custodian => Validity) private _custodians;

    constructor(address admin, uint32 maxStatementAge_, uint32 statementLifetime_) EIP712("zkrisk", "1") {
        (maxStatementAge, statementLifetime) = (maxStatementAge_, statementLifetime_);
        _grantRole(CUSTODIAN_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IRiskManager
    function commit(uint256 commitment) external {
        if (commitment == 0 || commitment >= Params.SCALAR_MODULUS) revert CommitmentOutOfRange(commitment);
        if (isCommitmentUsed[msg.sender][commitment]) revert CommitmentUsed(commitment);
        isCommitmentUsed[msg.sender][commitment] = true;
        Account storage state = _accounts[msg.sender];
        bool active = state.debtMask == 0;
        emit Committed(msg.sender, commitment, state.head.sequence + 1, active);
        (state.pendingCommitment, state.pendingLevel, state.pendingUntil) =
            (commitment, Params.ASSURANCE_SELF_DECLARED, 0);
        if (active) _activate(msg.sender);
    }

    /// @inheritdoc IRiskManager
    function activatePending() external {
        Account storage state = _accounts[msg.sender];
        if (state.pendingCommitment == 0) revert NoPendingCommitment(msg.sender);
        if (state.debtMask != 0) revert DebtOutstanding(msg.sender);
        _activate(msg.sender);
    }

    /// @inheritdoc IRiskManager
    function setCustodian(address custodian, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(CUSTODIAN_ADMIN_ROLE)
    {
        if (custodian == address(0)) revert CustodianInvalid(custodian);
        _custodians[custodian] = Validity(validFrom, validUntil);
        emit CustodianSet(custodian, validFrom, validUntil);
    }

    /// @inheritdoc IRiskManager
    function attachCustodian(CustodianStatement calldata statement, bytes calldata signature) external {
        uint64 time = uint64(block.timestamp);
        uint64 oldest = time > maxStatementAge ? time - maxStatementAge : 0;
        if (statement.asOf > time || statement.asOf < oldest) {
            revert StatementTimeInvalid(statement.asOf, oldest, time);
        }
        address custodian = ECDSA.recover(statementDigest(statement), signature);
        Validity memory validity = _custodians[custodian];
        if (statement.asOf < validity.from || time > validity.until) revert CustodianInvalid(custodian);
        uint64 until = statement.asOf + statementLifetime;
        _lift(statement, uint40(until < validity.until ? until : validity.until));
        emit CustodianAttached(
            statement.account, custodian, statement.commitment, statement.sequence, statement.asOf
        );
    }

    /// @inheritdoc IRiskManager
    function custodianOf(address custodian) external view returns (uint64 validFrom, uint64 validUntil) {
        return (_custodians[custodian].from, _custodians[custodian].until);
    }

    /// @inheritdoc IRiskManager
    function statementDigest(CustodianStatement calldata statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(STATEMENT_TYPEHASH, statement)));
    }

    /// @inheritdoc IRiskManager
    function levelOf(address account) public view returns (uint8) {
        Account storage state = _accounts[account];
        return _levelAt(state.head.level, state.head.levelUntil);
    }

    /// @dev Makes the pending commitment the active one; its statement comes with it.
    function _activate(address account) internal {
        Account storage state = _accounts[account];
        uint256 commitment = state.pendingCommitment;
        Head memory head = state.head;
        head.sequence += 1;
        (head.level, head.levelUntil) = (state.pendingLevel, state.pendingUntil);
        head.subjectVersion = 0;
        // Without a key, or with one that cannot be read, proofs compute the subject themselves.
        try registry.currentBlob(Params.CIRCUIT_KIND_COMPLIANCE) returns (uint32 version, address blob) {
            uint256 header = Blob.copy(blob, 0, PublicSignals.offsetOf(PublicSignals.OWNER + 1));
            Accumulator subject = Fold.start();
            _addSubject(subject, header, account, commitment);
            (state.subjectX, state.subjectY) = subject.read();
            head.subjectVersion = version;
        } catch {}
        (state.head, state.commitment) = (head, commitment);
        (state.pendingCommitment, state.pendingLevel, state.pendingUntil) = (0, 0, 0);
        emit CommitmentActivated(account, commitment, head.sequence);
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

    /// @dev A level above self-declared holds until its time.
    function _levelAt(uint8 level, uint40 until) internal view returns (uint8) {
        return level > Params.ASSURANCE_SELF_DECLARED && block.timestamp > until
            ? Params.ASSURANCE_SELF_DECLARED
            : level;
    }

    /// @dev Never shortens what another statement about the same commitment gave.
    function _lift(CustodianStatement calldata statement, uint40 until) private {
        Account storage state = _accounts[statement.account];
        uint8 level = Params.ASSURANCE_CUSTODIAN_SIGNED;
        uint64 sequence = state.head.sequence;
        bool isNamed = statement.commitment != 0;
        if (isNamed && statement.sequence == sequence && statement.commitment == state.commitment) {
            if (until > state.head.levelUntil) (state.head.level, state.head.levelUntil) = (level, until);
        } else if (
            isNamed && statement.sequence == sequence + 1
                && statement.commitment == state.pendingCommitment
        ) {
            if (until > state.pendingUntil) (state.pendingLevel, state.pendingUntil) = (level, until);
        } else {
            revert StatementMismatch(statement.commitment, statement.sequence);
        }
    }
}
