// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";
import {FoldedSheet} from "./interfaces/IPriceSheet.sol";
import {LegClaim, Proof} from "./interfaces/Types.sol";
import {Blob} from "./libraries/Blob.sol";
import {Binding, Context} from "./libraries/Context.sol";
import {Accumulator, Fold} from "./libraries/Fold.sol";
import {Groth16} from "./libraries/Groth16.sol";
import {Packing} from "./libraries/Packing.sol";
import {Params} from "./libraries/Params.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";
import {CommitmentBook} from "./CommitmentBook.sol";

/// @title The verification equation's inputs, put together from storage
abstract contract ProofGate is CommitmentBook {
    using Fold for Accumulator;

    /// @dev What one check works on. `header` is the memory address of the key blob's first points, `head` the account's as the
    /// check finds it, with the readers of the commitment that is proved, `pending` the commitment to prove instead of the active one, or 0.
    struct Check {
        Binding binding;
        FoldedSheet sheet;
        address blob;
        uint256 header;
        Head head;
        uint256 pending;
        uint8 level;
        uint8 kind;
        Accumulator sum;
    }

    IPolicyRegistry internal immutable _policies;

    constructor(address policies_) {
        _policies = IPolicyRegistry(policies_);
    }

    /// @dev Loads key and sheet of a kind at the epoch of the binding, whose keyId it fills in.
    function _open(Check memory check, uint8 kind) internal view {
        check.kind = kind;
        FoldedSheet memory folded = _sheet.sheetPoint(kind, check.binding.epoch);
        (check.sheet, check.binding.keyId, check.blob) = (folded, folded.keyId, folded.blob);
    }

    /// @dev Nonce, deadline and beneficiary of a request; the nonce is used up.
    function _spend(Check memory check) internal {
        Binding memory binding = check.binding;
        if (block.timestamp > binding.deadline) revert DeadlinePassed(binding.deadline, uint64(block.timestamp));
        if (binding.beneficiary == address(0)) revert BeneficiaryZero();
        Account storage state = _accounts[binding.account];
        bool isAttest = binding.action == Params.ACTION_ATTEST;
        uint32 expected = isAttest ? check.head.attestNonce : _nonceOf(state, binding.action);
        if (binding.nonce != expected) revert NonceUsed(binding.nonce, expected);
        if (isAttest) state.head.attestNonce = expected + 1;
        else state.nonces += uint96(uint256(1) << _nonceShift(binding.action));
    }

    function _nonceOf(Account storage state, uint8 action) internal view returns (uint32) {
        return action == Params.ACTION_ATTEST ? state.head.attestNonce : uint32(state.nonces >> _nonceShift(action));
    }

    /// @dev Sums all terms but the leg's: IC_0, sheet, commitment, owner, context.
    function _begin(Check memory check) internal view {
        uint256 length = PublicSignals.offsetOf(PublicSignals.dynamicCount(check.kind) + 1);
        uint256 header = Blob.copy(check.blob, 0, length);
        Accumulator sum = Fold.startAt(check.sheet.x, check.sheet.y);
        address account = check.binding.account;
        Account storage state = _accounts[account];
        bool isActive = check.pending == 0;
        bool isCached = check.kind == Params.CIRCUIT_KIND_COMPLIANCE
            && check.head.subjectVersion == check.sheet.keyVersion;
        if (isActive && isCached) {
            sum.add(state.subjectX, state.subjectY);
        } else {
            _addSubject(sum, header, account, isActive ? state.commitment : check.pending);
        }
        _term(sum, header, PublicSignals.CONTEXT, Context.hash(check.binding));
        (check.header, check.sum) = (header, sum);
    }

    /// @dev The pairing check over what was summed.
    function _finish(Check memory check, Proof calldata proof) internal view {
        (uint256 x, uint256 y) = check.sum.read();
        Groth16.verify(check.header, proof, x, y);
    }

    /// @dev Adds the account's leg as it stands, against the borrower.
    function _addStoredLeg(Check memory check) internal view {
        uint256 left = check.head.legMask;
        if (left == 0) return;
        address account = check.binding.account;
        uint256 index = _debtIndex(check.head.vaultId, _endOf(check.binding.epoch));
        for (; left != 0; left = Packing.withoutLowest(left)) {
            uint8 slot = uint8(Packing.lowestBit(left));
            (uint256 long, uint256 short) = _lotsOf(account, slot, index, false);
            _addLeg(check, slot, long, short);
        }
    }

    /// @dev Adds a claimed leg after checking that the actual one is no healthier than it.
    function _addClaimedLeg(Check memory check, LegClaim[] calldata claims) internal view {
        address account = check.binding.account;
        uint256 index = _debtIndex(check.head.vaultId, block.timestamp);
        uint256 covered;
        for (uint256 i = 0; i < claims.length; ++i) {
            uint8 slot = claims[i].slot;
            if (slot >= _instruments || covered >> slot != 0) revert LegClaimOrder(i);
            covered |= 1 << slot;
            (uint256 long, uint256 short) = _lotsOf(account, slot, index, true);
            if (claims[i].long < long) revert LegClaimTooLow(slot, claims[i].long, long);
            if (claims[i].short > short) revert LegClaimTooHigh(slot, claims[i].short, short);
            _addLeg(check, slot, claims[i].long, claims[i].short);
        }
        uint256 missing = _accounts[account].escrowMask & ~covered;
        if (missing != 0) {
            uint8 slot = uint8(Packing.lowestBit(missing));
            (uint256 long,) = _lotsOf(account, slot, index, true);
            revert LegClaimTooLow(slot, 0, long);
        }
    }

    function _addLeg(Check memory check, uint8 slot, uint256 long, uint256 short) private view {
        // Slots are below N: no number overflows.
        unchecked {
            uint256 offset = PublicSignals.offsetOf(PublicSignals.legFirst(check.kind) + slot);
            if (long != 0) check.sum.addBlobProduct(check.blob, offset, long);
            if (short != 0) check.sum.addBlobProduct(check.blob, offset + Fold.POINT_BYTES * _instruments, short);
        }
    }

    /// @dev Place of the nonce of UPDATE, DRAW or WITHDRAW.
    function _nonceShift(uint8 action) private pure returns (uint256) {
        unchecked {
            return 32 * (uint256(action) - Params.ACTION_UPDATE);
        }
    }
}
