// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BindRequest, PartClaim} from "../../src/interfaces/IBookBinder.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Borrowers} from "./Borrowers.sol";

/// @title Bindings to a venue's statements and the venue's keys
/// @dev Each trader has one account at venue 1. A proof is made only of what the venue signed.
abstract contract Venues is Borrowers {
    mapping(uint256 nullifier => uint64) private _newestStatement;

    /// @dev A binding of the active or the pending commitment: all of its assets signed, some, or none. Now and then it is too old,
    /// under another key, of another commitment, with somebody else's account, or false. The second two traders are rarely vouched for.
    function bindBook(uint256 who, uint256 fate) external {
        address trader_ = account(fate & 0xff00 == 0 ? who : who % 2);
        (BindRequest memory request, bool isTrue) = _request(trader_, fate);
        bool mayPass = isTrue && _mayBind(trader_, request);
        BindRequest memory proved = abi.decode(abi.encode(request), (BindRequest));
        // The statement said something else.
        if (!isTrue) ++proved.digest;
        Proof memory proof = proofOf(trader_, proved);
        bool ok = _call(trader_, address(binder), abi.encodeCall(binder.bind, (request, proof)));
        _same(ok, mayPass, "INV25 a level is lifted only by a valid statement about that very commitment");
        bool isSigned = request.parts[0].venue != 0;
        bytes32 kind = request.coverageBps == 10_000 ? bytes32("bind fully") : bytes32("bind partly");
        _count(isSigned ? kind : bytes32("bind unsigned"), ok);
        if (ok) _apply(trader_, request, isSigned);
    }

    /// @dev One time in four nobody signed, one time in four some of the assets.
    function _request(address who, uint256 fate) private view returns (BindRequest memory request, bool isTrue) {
        uint256 kind = fate % 4;
        uint256 odd = (fate >> 20) % 16;
        request = requestOf(who, kind == 1 ? 2 : 1, 1);
        request.commitment = fate & 16 == 16 && expected[who].pending != 0 ? expected[who].pending : expected[who].commitment;
        if (odd == 0) ++request.commitment;
        request.deadline = uint64(vm.getBlockTimestamp() + (odd == 1 ? 0 : 600));
        isTrue = odd > 2;
        if (kind == 0) return (request, isTrue);
        PartClaim memory part = request.parts[0];
        (part.venue, part.keyIndex) = (1, newestVenueKey);
        if (odd == 3 && newestVenueKey != 0) --part.keyIndex;
        part.nullifier = uint160(odd == 2 ? account(uint160(who) + 1) : who);
        part.timestamp = uint64(vm.getBlockTimestamp() - (odd == 4 ? 1 days + 1 : (fate >> 24) % 600));
        bool isLong = fate & 0x40000 == 0;
        part.lockedUntil = isLong ? type(uint40).max : uint64(vm.getBlockTimestamp() + (fate >> 40) % 12 hours);
        request.coverageBps = kind == 1 ? uint16((fate >> 80) % 10_000) : 10_000;
    }

    function _mayBind(address who, BindRequest memory request) private view returns (bool) {
        Expected storage state = expected[who];
        if (request.commitment == 0) return false;
        if (request.commitment != state.commitment && request.commitment != state.pending) return false;
        PartClaim memory part = request.parts[0];
        if (part.venue == 0) return true;
        bool isInTime = part.timestamp > state.lastDeposit && part.timestamp + OLDEST >= vm.getBlockTimestamp();
        bool isNewest = part.timestamp >= _newestStatement[part.nullifier];
        return isInTime && isNewest && !isKeyRevoked[part.keyIndex] && part.timestamp >= keyValidFrom[part.keyIndex];
    }

    function _apply(address who, BindRequest memory request, bool isSigned) private {
        Expected storage state = expected[who];
        Word memory told;
        if (isSigned) {
            PartClaim memory part = request.parts[0];
            _newestStatement[part.nullifier] = part.timestamp;
            (told.coverageBps, told.until) = (request.coverageBps, part.timestamp + LIFETIME);
            (told.lockedUntil, told.key) = (part.lockedUntil, part.keyIndex + 1);
        }
        bool isActive = request.commitment == state.commitment;
        bool ends = levelOf(isActive ? state.word : state.pendingWord) == 3 && told.coverageBps != 10_000;
        if (ends) _count("end a venue's word", true);
        _bound(isActive ? state.word : state.pendingWord, told);
    }

    /// @dev The venue's newest key is revoked and followed by another, which counts after the notice.
    function revokeVenueKey(uint256 fate) external {
        if (fate % 8 != 0) return;
        venues.revokeKey(1, newestVenueKey);
        isKeyRevoked[newestVenueKey++] = true;
        keyValidFrom[newestVenueKey] = uint64(vm.getBlockTimestamp()) + NOTICE;
        venues.addKey(1, TWO_X, TWO_Y, keyValidFrom[newestVenueKey], type(uint40).max);
        _count("revoke a venue's key", true);
    }
}
