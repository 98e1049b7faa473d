// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice What a custodian signs (EIP-712): it has seen the whole book behind the commitment.
/// @dev Type CustodianStatement(address account,uint256 commitment,uint64 sequence,uint64 asOf); domain name "zkrisk",
/// version "1", chain id, CustodianRegistry.
struct CustodianStatement {
    address account;
    uint256 commitment;
    uint64 sequence;
    uint64 asOf;
}

/// @title Custodians and what they sign about commitments
interface ICustodianRegistry {
    event CustodianSet(address indexed custodian, uint64 validFrom, uint64 validUntil);
    event CustodianAttached(
        address indexed account, address indexed custodian, uint256 indexed commitment, uint64 sequence, uint64 asOf
    );

    /// @notice Thrown when the custodian is not registered or not valid now.
    error CustodianInvalid(address custodian);
    /// @notice Thrown for a statement from the future, or older than accepted.
    error StatementTimeInvalid(uint64 asOf, uint64 oldest, uint64 newest);

    /// @notice Lifts the account's active (statement.sequence = sequence) or pending (sequence + 1) commitment to level 2. Anyone may send it.
    function attachCustodian(CustodianStatement calldata statement, bytes calldata signature) external;

    /// @notice EIP-712 digest a custodian signs.
    function statementDigest(CustodianStatement calldata statement) external view returns (bytes32);

    /// @notice Registers, changes or (validUntil in the past) revokes a custodian. Role CUSTODIAN_ADMIN.
    function setCustodian(address custodian, uint64 validFrom, uint64 validUntil) external;

    /// @notice Validity of a custodian.
    function custodianOf(address custodian) external view returns (uint64 validFrom, uint64 validUntil);

    /// @notice Oldest statement accepted, seconds.
    function maxStatementAge() external view returns (uint32);

    /// @notice Seconds after `asOf` that a statement keeps lifting the account's level.
    function statementLifetime() external view returns (uint32);
}
