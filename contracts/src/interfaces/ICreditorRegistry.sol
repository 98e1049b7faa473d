// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice What a borrower signs (EIP-712) for a debt to be recorded or raised.
/// @dev Type DebtIncrease(address creditor,address borrower,uint8 slot,uint128 amount,uint64 nonce,uint64 deadline); domain name "zkrisk
/// creditors", version "1", chain id, CreditorRegistry. `amount` is what is added, token units of the slot.
struct DebtIncrease {
    address creditor;
    address borrower;
    uint8 slot;
    uint128 amount;
    uint64 nonce;
    uint64 deadline;
}

/// @title Debts that creditors elsewhere record against a borrower
/// @notice The total of a borrower is a short of the on-chain leg: every proof about the borrower's health includes it.
interface ICreditorRegistry {
    event CreditorSet(address indexed creditor, bool registered);
    event DebtRecorded(address indexed creditor, address indexed borrower, uint8 indexed slot, uint128 debt);

    /// @notice Thrown when the sender, or the creditor named, is not registered.
    error CreditorUnknown(address creditor);
    /// @notice Thrown when the borrower did not sign this.
    error BorrowerSignatureInvalid(address borrower);
    /// @notice Thrown when the nonce is not the borrower's next one for the creditor.
    error NonceUsed(uint64 given, uint64 expected);
    /// @notice Thrown when the deadline is over.
    error DeadlinePassed(uint64 deadline, uint64 time);
    /// @notice Thrown when more is taken back than is recorded.
    error DebtTooSmall(uint128 recorded, uint128 taken);

    /// @notice Registers or removes a creditor. Debts that a removed one recorded stay until it takes them back. Role CREDITOR_ADMIN.
    function setCreditor(address creditor, bool registered) external;

    /// @notice Records or raises a debt to the sender, with the borrower's signature.
    function increase(DebtIncrease calldata debt, bytes calldata signature) external;

    /// @notice Lowers a debt to the sender. Needs nobody's consent, also after the sender was removed.
    function decrease(address borrower, uint8 slot, uint128 amount) external;

    /// @notice Debt of a borrower to a creditor in a slot, token units.
    function debtOf(address creditor, address borrower, uint8 slot) external view returns (uint128);

    /// @notice The borrower's next nonce for a creditor.
    function nonceOf(address borrower, address creditor) external view returns (uint64);

    /// @notice EIP-712 digest a borrower signs.
    function increaseDigest(DebtIncrease calldata debt) external view returns (bytes32);
}
