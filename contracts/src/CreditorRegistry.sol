// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {DebtIncrease, ICreditorRegistry} from "./interfaces/ICreditorRegistry.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";

/// @title Debts that creditors elsewhere record against a borrower: see ICreditorRegistry
contract CreditorRegistry is ICreditorRegistry, AccessControl, EIP712 {
    bytes32 public constant CREDITOR_ADMIN_ROLE = keccak256("CREDITOR_ADMIN_ROLE");
    bytes32 public constant INCREASE_TYPEHASH = keccak256(
        "DebtIncrease(address creditor,address borrower,uint8 slot,uint128 amount,uint64 nonce,uint64 deadline)"
    );

    IRiskManager public immutable manager;

    mapping(address creditor => bool) public isCreditor;
    mapping(address creditor => mapping(address borrower => mapping(uint8 slot => uint128))) public debtOf;
    mapping(address borrower => mapping(address creditor => uint64)) public nonceOf;

    constructor(address admin, address manager_) EIP712("zkrisk creditors", "1") {
        manager = IRiskManager(manager_);
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(CREDITOR_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ICreditorRegistry
    function setCreditor(address creditor, bool registered) external onlyRole(CREDITOR_ADMIN_ROLE) {
        isCreditor[creditor] = registered;
        emit CreditorSet(creditor, registered);
    }

    /// @inheritdoc ICreditorRegistry
    function increase(DebtIncrease calldata debt, bytes calldata signature) external {
        if (debt.creditor != msg.sender || !isCreditor[msg.sender]) revert CreditorUnknown(debt.creditor);
        if (block.timestamp > debt.deadline) revert DeadlinePassed(debt.deadline, uint64(block.timestamp));
        uint64 expected = nonceOf[debt.borrower][msg.sender]++;
        if (debt.nonce != expected) revert NonceUsed(debt.nonce, expected);
        if (!SignatureChecker.isValidSignatureNow(debt.borrower, increaseDigest(debt), signature)) {
            revert BorrowerSignatureInvalid(debt.borrower);
        }
        uint128 recorded = debtOf[msg.sender][debt.borrower][debt.slot] + debt.amount;
        debtOf[msg.sender][debt.borrower][debt.slot] = recorded;
        emit DebtRecorded(msg.sender, debt.borrower, debt.slot, recorded);
        manager.setCredit(debt.borrower, debt.slot, manager.creditOf(debt.borrower, debt.slot) + debt.amount);
    }

    /// @inheritdoc ICreditorRegistry
    function decrease(address borrower, uint8 slot, uint128 amount) external {
        uint128 recorded = debtOf[msg.sender][borrower][slot];
        if (amount > recorded) revert DebtTooSmall(recorded, amount);
        debtOf[msg.sender][borrower][slot] = recorded - amount;
        emit DebtRecorded(msg.sender, borrower, slot, recorded - amount);
        manager.setCredit(borrower, slot, manager.creditOf(borrower, slot) - amount);
    }

    /// @inheritdoc ICreditorRegistry
    function increaseDigest(DebtIncrease calldata debt) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(INCREASE_TYPEHASH, debt)));
    }
}
