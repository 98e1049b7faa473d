// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BookBinder} from "../../src/BookBinder.sol";
import {BinderConfig, BindRequest, PartClaim} from "../../src/interfaces/IBookBinder.sol";
import {ReaderKey} from "../../src/interfaces/IReaderKeys.sol";
import {Proof} from "../../src/interfaces/Types.sol";
import {Params} from "../../src/libraries/Params.sol";
import {ReaderKeys} from "../../src/ReaderKeys.sol";
import {VenueRegistry} from "../../src/VenueRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {SimulatedKey} from "./ProofSimulator.sol";

/// @title A deployment with venues, readers and a binder whose circuit keys are simulated
/// @dev Venue 1 signs with the base point's double, venue 2 with its triple; one keeper reads with the base point.
abstract contract BindingFixture is Fixture {
    uint256 internal constant TWO_X = 10031262171927540148667355526369034398030886437092045105752248699557385197826;
    uint256 internal constant TWO_Y = 633281375905621697187330766174974863687049529291089048651929454608812697683;
    uint256 internal constant THREE_X = 2763488322167937039616325905516046217694264098671987087929565332380420898366;
    uint256 internal constant THREE_Y = 15305195750036305661220525648961313310481046260814497672243197092298550508693;
    uint64 internal constant SPREAD = 600;
    uint64 internal constant OLDEST = 1 days;
    uint64 internal constant LIFETIME = 7 days;
    uint64 internal constant NOTICE = 1 hours;
    uint256 internal constant ACCOUNT_A = 0xaaaa;
    uint256 internal constant ACCOUNT_B = 0xbbbb;

    VenueRegistry internal venues;
    ReaderKeys internal readerKeys;
    BookBinder internal binder;

    function setUp() public virtual override {
        super.setUp();
        (venues, readerKeys) = (new VenueRegistry(address(this), NOTICE), new ReaderKeys(address(this), NOTICE));
        binder = new BookBinder(
            BinderConfig({
                admin: address(this),
                manager: address(manager),
                venues: address(venues),
                readerKeys: address(readerKeys),
                keyDelay: 2 days,
                maxStatementAge: OLDEST,
                statementLifetime: LIFETIME,
                maxSpread: SPREAD
            })
        );
        manager.setBinder(address(binder));
        venues.addKey(1, TWO_X, TWO_Y, 0, type(uint40).max);
        venues.addKey(2, THREE_X, THREE_Y, 0, type(uint40).max);
        for (uint8 parts = 1; parts <= 4; parts *= 2) {
            binder.setKey(parts, 1, keyBlob(bindKey(parts, 1, 0), 3));
            binder.setKey(parts, 3, keyBlob(bindKey(parts, 3, 0), 3));
        }
    }

    function bindKey(uint256 parts, uint256 readers, uint256 salt) internal pure returns (SimulatedKey memory key) {
        (key.kind, key.salt) = (uint8(16 * parts + readers), salt);
    }

    function announceKeeper() internal {
        ReaderKey[] memory keys = new ReaderKey[](1);
        keys[0] = ReaderKey(Params.EDWARDS_BASE_X, Params.EDWARDS_BASE_Y);
        readerKeys.announceKeepers(keys);
    }

    // ---- requests

    function unsignedPart() internal pure returns (PartClaim memory claim) {}

    function signedPart(uint32 venue, uint256 nullifier, uint64 timestamp) internal pure returns (PartClaim memory) {
        return PartClaim(venue, 0, nullifier, timestamp, type(uint40).max);
    }

    function requestOf(address account, uint8 count, uint8 readers) internal view returns (BindRequest memory request) {
        request.commitment = manager.accountState(account).commitment;
        (request.digest, request.readers) = (0xd19e57, readers);
        request.deadline = uint64(vm.getBlockTimestamp() + 600);
        request.parts = new PartClaim[](count);
        if (count > 1) request.epoch = sheet.newestEpoch();
        request.ciphertext = new uint256[](2 + uint256(readers) + (2 * N + 2) / 3);
        for (uint256 i = 0; i < request.ciphertext.length; ++i) {
            request.ciphertext[i] = uint256(keccak256(abi.encode("ciphertext", i))) % R;
        }
    }

    /// @dev One part that venue 1 signed just now.
    function fullRequest(address account) internal view returns (BindRequest memory request) {
        request = requestOf(account, 1, 1);
        request.parts[0] = signedPart(1, ACCOUNT_A, uint64(vm.getBlockTimestamp()));
        request.coverageBps = 10_000;
    }

    // ---- what a proof is about, put together here again from the protocol's text

    function valuesFor(address account, BindRequest memory request) internal view returns (uint256[] memory values) {
        uint256 count = request.parts.length;
        uint256 prices = count > 1 ? N - 1 : 0;
        values = new uint256[](5 + 6 * count + 2 * request.readers + prices + request.ciphertext.length);
        (values[0], values[1], values[2]) = (request.commitment, uint160(account), block.chainid);
        (values[3], values[4]) = (uint160(address(binder)), request.coverageBps);
        uint256 next = 5;
        for (uint256 m = 0; m < count; ++m) {
            PartClaim memory claim = request.parts[m];
            (uint256 x, uint256 y) = (uint256(0), uint256(1));
            if (claim.venue == 1) (x, y) = (TWO_X, TWO_Y);
            if (claim.venue == 2) (x, y) = (THREE_X, THREE_Y);
            (values[next], values[next + 1], values[next + 2]) = (claim.venue, x, y);
            (values[next + 3], values[next + 4], values[next + 5]) = (claim.nullifier, claim.timestamp, claim.lockedUntil);
            next += 6;
        }
        (, ReaderKey[] memory keys_) = readerKeys.readersOf(account);
        for (uint256 r = 0; r < request.readers; ++r) {
            values[next + 2 * r] = r < keys_.length ? keys_[r].x : 0;
            values[next + 2 * r + 1] = r < keys_.length ? keys_[r].y : 1;
        }
        next += 2 * uint256(request.readers);
        if (prices != 0) {
            uint64[] memory all = sheet.pricesOf(request.epoch);
            for (uint256 i = 0; i < prices; ++i) {
                values[next + i] = all[i + 1];
            }
        }
        next += prices;
        for (uint256 i = 0; i < request.ciphertext.length; ++i) {
            values[next + i] = request.ciphertext[i];
        }
    }

    function proofOf(address account, BindRequest memory request) internal view returns (Proof memory) {
        return proofUnder(bindKey(request.parts.length, request.readers, 0), account, request);
    }

    function proofUnder(SimulatedKey memory key, address account, BindRequest memory request)
        internal
        view
        returns (Proof memory)
    {
        uint256[] memory values = valuesFor(account, request);
        bytes memory encoded = abi.encode(
            keccak256("zkrisk.binding.v1"),
            block.chainid,
            address(binder),
            leafOf(0, keyBlob(key, 3)),
            account,
            manager.accountState(account).sequence,
            request.deadline,
            request.digest,
            values
        );
        uint256 context = uint256(keccak256(encoded)) % R;
        uint256 fingerprint;
        uint256 power = 1;
        for (uint256 i = values.length; i > 0; --i) {
            fingerprint = addmod(fingerprint, mulmod(values[i - 1], power, R), R);
            power = mulmod(power, context, R);
        }
        uint256 x = addmod(tau(key, 0), mulmod(tau(key, 1), request.digest, R), R);
        x = addmod(x, mulmod(tau(key, 2), context, R), R);
        x = addmod(x, mulmod(tau(key, 3), fingerprint, R), R);
        return simulate(x, 777);
    }

    function bindAs(address account, BindRequest memory request) internal {
        Proof memory proof = proofOf(account, request);
        vm.prank(account);
        binder.bind(request, proof);
    }

    /// @dev Expects the refusal of an otherwise honest binding.
    function refuseBind(address account, BindRequest memory request, bytes memory reason) internal {
        Proof memory proof = proofOf(account, request);
        vm.prank(account);
        vm.expectRevert(reason);
        binder.bind(request, proof);
    }
}
