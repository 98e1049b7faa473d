// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {CustodianStatement, ICustodianRegistry} from "./interfaces/ICustodianRegistry.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";

/// @title Custodians and what they sign about commitments: see ICustodianRegistry
contract CustodianRegistry is ICustodianRegistry, AccessControl, EIP712 {
    struct Validity {
        uint64 from;
        uint64 until;
    }

    bytes32 public constant CUSTODIAN_ADMIN_ROLE = keccak256("CUSTODIAN_ADMIN_ROLE");
    bytes32 public constant STATEMENT_TYPEHASH =
        keccak256("CustodianStatement(address account,uint256 commitment,uint64 sequence,uint64 asOf)");

    IRiskManager public immutable manager;
    uint32 public immutable maxStatementAge;
    uint32 public immutable statementLifetime;

    mapping(address custodian => Validity) private _custodians;

    constructor(address admin, address manager_, uint32 maxStatementAge_, uint32 statementLifetime_)
        EIP712("zkrisk", "1")
    {
        manager = IRiskManager(manager_);
        (maxStatementAge, statementLifetime) = (maxStatementAge_, statementLifetime_);
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CUSTODIAN_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ICustodianRegistry
    function setCustodian(address custodian, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(CUSTODIAN_ADMIN_ROLE)
    {
        if (custodian == address(0)) revert CustodianInvalid(custodian);
        _custodians[custodian] = Validity(validFrom, validUntil);
        emit CustodianSet(custodian, validFrom, validUntil);
    }

    /// @inheritdoc ICustodianRegistry
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
        until = until < validity.until ? until : validity.until;
        emit CustodianAttached(
            statement.account, custodian, statement.commitment, statement.sequence, statement.asOf
        );
        manager.noteStatement(
            statement.account, statement.commitment, statement.sequence, statement.asOf, uint40(until)
        );
    }

    /// @inheritdoc ICustodianRegistry
    function custodianOf(address custodian) external view returns (uint64 validFrom, uint64 validUntil) {
        return (_custodians[custodian].from, _custodians[custodian].until);
    }

    /// @inheritdoc ICustodianRegistry
    function statementDigest(CustodianStatement calldata statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(STATEMENT_TYPEHASH, statement)));
    }
}
