// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {BinderConfig, BindRequest, IBookBinder, PartClaim} from "./interfaces/IBookBinder.sol";
import {IPriceSheet} from "./interfaces/IPriceSheet.sol";
import {IReaderKeys, ReaderKey} from "./interfaces/IReaderKeys.sol";
import {IRiskManager} from "./interfaces/IRiskManager.sol";
import {IVenueRegistry} from "./interfaces/IVenueRegistry.sol";
import {Bound} from "./interfaces/ManagerTypes.sol";
import {Proof} from "./interfaces/Types.sol";
import {Fingerprint} from "./libraries/Fingerprint.sol";
import {Params} from "./libraries/Params.sol";
import {BindKeys} from "./BindKeys.sol";

/// @title Bindings of commitments to venue statements and reader keys: see IBookBinder
contract BookBinder is BindKeys {
    /// @dev Whose a venue account is, and the time of the newest statement about it.
    struct VenueAccount {
        address owner;
        uint64 timestamp;
    }

    /// @dev What a request comes to.
    struct Reading {
        uint256[] values;
        uint256 filled;
        uint256 context;
        bytes32 keyId;
        address keyBlob;
        uint64 sequence;
        uint16 readersVersion;
        uint64 first;
        uint64 last;
        uint64 oldest;
        uint64 until;
        uint64 lockedUntil;
        uint256 signed;
        uint256 keysUsed;
    }

    IRiskManager public immutable manager;
    IPriceSheet public immutable sheet;
    IVenueRegistry public immutable venues;
    IReaderKeys public immutable readerKeys;
    uint64 public immutable maxStatementAge;
    uint64 public immutable statementLifetime;
    uint64 public immutable maxSpread;
    uint256 private immutable _instruments;

    mapping(uint256 nullifier => VenueAccount) private _venueAccounts;
    mapping(address account => uint256[]) private _required;
    /// @dev By commitment: 64 bits a part, venue and number of its key. Only the commitment's owner can bind it.
    mapping(uint256 commitment => uint256) private _keysUsed;

    constructor(BinderConfig memory config) BindKeys(config.admin, config.keyDelay) {
        manager = IRiskManager(config.manager);
        sheet = manager.sheet();
        (venues, readerKeys) = (IVenueRegistry(config.venues), IReaderKeys(config.readerKeys));
        (maxStatementAge, statementLifetime) = (config.maxStatementAge, config.statementLifetime);
        maxSpread = config.maxSpread;
        _instruments = manager.registry().instruments();
    }

    /// @inheritdoc IBookBinder
    function bind(BindRequest calldata request, Proof calldata proof) external {
        if (block.timestamp > request.deadline) revert DeadlinePassed(request.deadline, uint64(block.timestamp));
        Reading memory reading = _read(msg.sender, request);
        uint256[3] memory signals =
            [request.digest, reading.context, Fingerprint.evaluate(reading.values, reading.context)];
        _verify(reading.keyBlob, signals, proof);
        _keep(msg.sender, request, reading.signed);
        _keysUsed[request.commitment] = reading.keysUsed;
        Bound memory bound = Bound({
            coverageBps: request.coverageBps,
            readersVersion: reading.readersVersion,
            until: SafeCast.toUint40(reading.until),
            lockedUntil: SafeCast.toUint40(reading.lockedUntil)
        });
        emit BookBound(
            msg.sender,
            request.commitment,
            reading.readersVersion,
            request.readers,
            request.coverageBps,
            request.ciphertext
        );
        manager.noteBinding(msg.sender, request.commitment, bound);
        manager.noteReaders(reading.readersVersion);
    }

    /// @inheritdoc IBookBinder
    function syncReaders() external {
        manager.noteReaders(SafeCast.toUint16(readerKeys.currentVersion()));
    }

    /// @inheritdoc IBookBinder
    function requireVenueAccount(address account, uint256 nullifier) public onlyRole(REGISTRAR_ROLE) {
        address owner = _venueAccounts[nullifier].owner;
        if (owner != address(0) && owner != account) revert VenueAccountTaken(nullifier, owner);
        if (nullifier == 0 || !_addRequired(account, nullifier)) revert VenueAccountsInvalid(account, nullifier);
        _venueAccounts[nullifier].owner = account;
        emit VenueAccountRequired(account, nullifier);
    }

    /// @inheritdoc IBookBinder
    function replaceVenueAccount(address account, uint256 released, uint256 required) external {
        releaseVenueAccount(account, released);
        requireVenueAccount(account, required);
    }

    /// @inheritdoc IBookBinder
    function releaseVenueAccount(address account, uint256 nullifier) public onlyRole(REGISTRAR_ROLE) {
        uint256[] storage required = _required[account];
        for (uint256 i = 0; i < required.length; ++i) {
            if (required[i] != nullifier) continue;
            required[i] = required[required.length - 1];
            required.pop();
            emit VenueAccountReleased(account, nullifier);
            return;
        }
        revert VenueAccountsInvalid(account, nullifier);
    }

    /// @inheritdoc IBookBinder
    function requiredOf(address account) external view returns (uint256[] memory) {
        return _required[account];
    }

    /// @inheritdoc IBookBinder
    function venueAccountOf(uint256 nullifier) external view returns (address owner, uint64 timestamp) {
        return (_venueAccounts[nullifier].owner, _venueAccounts[nullifier].timestamp);
    }

    /// @inheritdoc IBookBinder
    function isRevoked(uint256 commitment) external view returns (bool) {
        for (uint256 used = _keysUsed[commitment]; used != 0; used >>= 64) {
            if (uint32(used) != 0 && venues.isRevoked(uint32(used), uint32(used >> 32))) return true;
        }
        return false;
    }

    /// @inheritdoc IBookBinder
    function valuesOf(address account, BindRequest calldata request)
        external
        view
        returns (uint256[] memory values, uint256 context)
    {
        Reading memory reading = _read(account, request);
        return (reading.values, reading.context);
    }

    /// @dev Everything that a request says, looked up and judged; the proof is not.
    function _read(address account, BindRequest calldata request) private view returns (Reading memory reading) {
        (reading.keyId, reading.keyBlob) = _keyOf(request.parts.length, request.readers);
        bool isPriced = request.parts.length > 1;
        uint256 rest = 2 + uint256(request.readers) + (2 * _instruments + 2) / 3;
        uint256 chosen = 5 + 6 * request.parts.length + 2 * uint256(request.readers) + (isPriced ? _instruments - 1 : 0);
        if (request.ciphertext.length != rest) revert CiphertextLengthInvalid(request.ciphertext.length, rest);
        if (request.coverageBps > Params.BPS) revert CoverageOutOfRange(request.coverageBps);
        reading.values = new uint256[](chosen + rest);
        _addSubject(reading, account, request.commitment, request.coverageBps);
        for (uint256 i = 0; i < request.parts.length; ++i) {
            _addPart(reading, account, request.parts, i);
        }
        _judgeParts(reading, account, request);
        _addReaders(reading, account, request.readers);
        _addPrices(reading, isPriced, request.epoch);
        for (uint256 i = 0; i < rest; ++i) {
            _push(reading, request.ciphertext[i]);
        }
        reading.context = _contextOf(reading, account, request.deadline, request.digest);
    }

    /// @dev Commitment, owner, chain, this contract, coverage; and from which time on statements count.
    function _addSubject(Reading memory reading, address account, uint256 commitment, uint256 coverageBps) private view {
        uint256 lastDeposit;
        {
            (uint256 active, uint256 pending, uint64 sequence, uint64 deposited) = manager.bindableOf(account);
            bool isKnown = commitment != 0 && (commitment == active || commitment == pending);
            if (!isKnown) revert CommitmentUnknown(commitment);
            (reading.sequence, lastDeposit) = (sequence, deposited);
        }
        _push(reading, commitment);
        _push(reading, uint160(account));
        _push(reading, block.chainid);
        _push(reading, uint160(address(this)));
        _push(reading, coverageBps);
        uint256 oldest = block.timestamp > maxStatementAge ? block.timestamp - maxStatementAge : 0;
        reading.oldest = uint64(Math.max(lastDeposit + 1, oldest));
        (reading.first, reading.until, reading.lockedUntil) = (type(uint64).max, type(uint40).max, type(uint40).max);
    }

    /// @dev What the parts are together.
    function _judgeParts(Reading memory reading, address account, BindRequest calldata request) private view {
        if (reading.signed == 0) {
            if (request.coverageBps != 0) revert CoverageUnsigned(request.coverageBps);
            (reading.until, reading.lockedUntil) = (0, 0);
            return;
        }
        _requireComplete(account, request.parts);
        if (reading.last - reading.first > maxSpread) {
            revert StatementsApart(reading.first, reading.last, maxSpread);
        }
    }

    /// @dev See docs/protocol.md, Binding.
    function _contextOf(Reading memory reading, address account, uint64 deadline, uint256 digest)
        private
        view
        returns (uint256)
    {
        bytes memory encoded = abi.encode(
            Params.BINDING_DOMAIN,
            block.chainid,
            address(this),
            reading.keyId,
            account,
            reading.sequence,
            deadline,
            digest,
            reading.values
        );
        return uint256(keccak256(encoded)) % Params.SCALAR_MODULUS;
    }

    /// @dev Venue, key, nullifier, timestamp, lockedUntil; the neutral key and zeros for a part that nobody signed.
    function _addPart(Reading memory reading, address account, PartClaim[] calldata parts, uint256 i) private view {
        PartClaim calldata part = parts[i];
        _push(reading, part.venue);
        if (part.venue == 0) {
            bool isEmpty =
                part.keyIndex == 0 && part.nullifier == 0 && part.timestamp == 0 && part.lockedUntil == 0;
            if (!isEmpty) revert PartInvalid(i);
            _push(reading, 0);
            _push(reading, 1);
        } else {
            if (part.nullifier == 0) revert PartInvalid(i);
            for (uint256 k = 0; k < i; ++k) {
                if (parts[k].nullifier == part.nullifier) revert VenueAccountTwice(part.nullifier);
            }
            VenueAccount storage known = _venueAccounts[part.nullifier];
            if (known.owner != address(0) && known.owner != account) {
                revert VenueAccountTaken(part.nullifier, known.owner);
            }
            uint64 oldest = uint64(Math.max(reading.oldest, known.timestamp));
            if (part.timestamp < oldest || part.timestamp > block.timestamp) {
                revert StatementTimeRefused(i, part.timestamp, oldest, uint64(block.timestamp));
            }
            (uint256 x, uint256 y, uint64 validUntil) = venues.keyFor(part.venue, part.keyIndex, part.timestamp);
            _push(reading, x);
            _push(reading, y);
            ++reading.signed;
            reading.keysUsed |= (uint256(part.venue) | (uint256(part.keyIndex) << 32)) << (64 * i);
            reading.first = uint64(Math.min(reading.first, part.timestamp));
            reading.last = uint64(Math.max(reading.last, part.timestamp));
            reading.until = uint64(Math.min(reading.until, Math.min(validUntil, part.timestamp + statementLifetime)));
            reading.lockedUntil = uint64(Math.min(reading.lockedUntil, part.lockedUntil));
        }
        _push(reading, part.nullifier);
        _push(reading, part.timestamp);
        _push(reading, part.lockedUntil);
    }

    /// @dev The readers' keys, then the neutral one for every place that is left.
    function _addReaders(Reading memory reading, address account, uint256 places) private view {
        (uint32 version, ReaderKey[] memory keys) = readerKeys.readersOf(account);
        if (keys.length > places) revert ReadersTooMany(keys.length, places);
        reading.readersVersion = SafeCast.toUint16(version);
        for (uint256 i = 0; i < places; ++i) {
            _push(reading, i < keys.length ? keys[i].x : 0);
            _push(reading, i < keys.length ? keys[i].y : 1);
        }
    }

    /// @dev The newest prices of slots 1 … N − 1, where they weigh one part against another.
    function _addPrices(Reading memory reading, bool isPriced, uint64 epoch) private view {
        uint64 expected = isPriced ? sheet.newestEpoch() : 0;
        if (epoch != expected) revert EpochRefused(epoch, expected);
        if (!isPriced) return;
        uint64[] memory prices = sheet.pricesOf(epoch);
        for (uint256 i = 1; i < prices.length; ++i) {
            _push(reading, prices[i]);
        }
    }

    /// @dev Every venue account that the account must include is among the parts.
    function _requireComplete(address account, PartClaim[] calldata parts) private view {
        uint256[] storage required = _required[account];
        for (uint256 k = 0; k < required.length; ++k) {
            uint256 nullifier = required[k];
            bool isThere;
            for (uint256 i = 0; i < parts.length; ++i) {
                isThere = isThere || parts[i].nullifier == nullifier;
            }
            if (!isThere) revert VenueAccountMissing(nullifier);
        }
    }

    /// @dev Claims venue accounts and moves their times on.
    function _keep(address account, BindRequest calldata request, uint256 signed) private {
        if (signed == 0) return;
        for (uint256 i = 0; i < request.parts.length; ++i) {
            PartClaim calldata part = request.parts[i];
            if (part.venue == 0) continue;
            VenueAccount storage known = _venueAccounts[part.nullifier];
            if (known.owner == address(0)) {
                known.owner = account;
                emit VenueAccountClaimed(account, part.venue, part.nullifier);
            }
            known.timestamp = part.timestamp;
            _addRequired(account, part.nullifier);
        }
    }

    /// @dev False when there is no place for it.
    function _addRequired(address account, uint256 nullifier) private returns (bool) {
        uint256[] storage required = _required[account];
        for (uint256 i = 0; i < required.length; ++i) {
            if (required[i] == nullifier) return true;
        }
        if (required.length == MAX_PARTS) return false;
        required.push(nullifier);
        return true;
    }

    function _push(Reading memory reading, uint256 value) private pure {
        reading.values[reading.filled++] = value;
    }
}
