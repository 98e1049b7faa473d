// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof} from "./Types.sol";

/// @notice What a deployment of BookBinder is given.
/// @param keyDelay Seconds before a replaced circuit key counts. @param maxStatementAge Oldest statement accepted, seconds.
/// @param statementLifetime Seconds after its time that a statement counts. @param maxSpread Most seconds between the statements of a binding.
struct BinderConfig {
    address admin;
    address manager;
    address venues;
    address readerKeys;
    uint64 keyDelay;
    uint64 maxStatementAge;
    uint64 statementLifetime;
    uint64 maxSpread;
}

/// @notice What the sender says of one part of the book. All zero for a part that nobody signed.
/// @param venue Number in the venue registry.
/// @param keyIndex Which of the venue's keys signed.
/// @param nullifier Hash of venue and account tag.
/// @param timestamp Of the statement. @param lockedUntil No assets leave the venue's account before.
struct PartClaim {
    uint32 venue;
    uint32 keyIndex;
    uint256 nullifier;
    uint64 timestamp;
    uint64 lockedUntil;
}

/// @notice A binding of a commitment of the sender.
/// @param commitment The active or the pending one.
/// @param digest Poseidon digest of the values that the prover could choose: fixes them before the context is known.
/// @param coverageBps Share of the assets that venues signed, in basis points.
/// @param parts As many as the circuit takes.
/// @param readers Places for readers that the circuit has, at least as many as there are readers now.
/// @param epoch Of the prices, for more than one part; else 0.
/// @param deadline Last time at which it is accepted.
/// @param ciphertext Ephemeral point, one wrap a place, body.
struct BindRequest {
    uint256 commitment;
    uint256 digest;
    uint16 coverageBps;
    PartClaim[] parts;
    uint8 readers;
    uint64 epoch;
    uint64 deadline;
    uint256[] ciphertext;
}

/// @title Bindings of commitments to venue statements and reader keys, by proof
interface IBookBinder {
    /// @notice Emitted when the key of a circuit is set, or announced for later.
    event BindKeySet(uint8 indexed parts, uint8 indexed readers, bytes32 keyId, uint64 activeFrom);
    event BindKeyCancelled(uint8 indexed parts, uint8 indexed readers, bytes32 keyId);
    event VenueAccountRequired(address indexed account, uint256 nullifier);
    event VenueAccountReleased(address indexed account, uint256 nullifier);
    /// @notice Emitted with every binding: all that a reader needs to decrypt the book.
    event BookBound(
        address indexed account,
        uint256 indexed commitment,
        uint16 readersVersion,
        uint8 readers,
        uint16 coverageBps,
        uint256[] ciphertext
    );
    /// @notice Emitted when an account uses a venue account for the first time.
    event VenueAccountClaimed(address indexed account, uint32 indexed venue, uint256 nullifier);

    /// @notice Thrown for a circuit without a key.
    error BindKeyUnknown(uint256 parts, uint256 readers);
    /// @notice Thrown for a key of a circuit of no parts, or of more than an account's venue accounts.
    error BindPartsInvalid(uint256 parts, uint256 most);
    /// @notice Thrown for a key of another length. @param length Bytes.
    error BindKeyLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when the ciphertext has not one element a value of the circuit.
    error CiphertextLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when there are more readers than the circuit has places.
    error ReadersTooMany(uint256 readers, uint256 places);
    /// @notice Thrown for an unsigned part with values, or a signed one without a nullifier.
    error PartInvalid(uint256 index);
    /// @notice Thrown when one venue account stands in two parts.
    error VenueAccountTwice(uint256 nullifier);
    /// @notice Thrown when another account claimed the venue account.
    error VenueAccountTaken(uint256 nullifier, address owner);
    /// @notice Thrown when a venue account that must be in the book is not among the parts.
    error VenueAccountMissing(uint256 nullifier);
    /// @notice Thrown for a statement from the future, too old, older than one accepted before, or not newer than the last deposit of escrow.
    error StatementTimeRefused(uint256 index, uint64 timestamp, uint64 oldest, uint64 newest);
    /// @notice Thrown when statements lie too far apart.
    error StatementsApart(uint64 first, uint64 last, uint64 most);
    /// @notice Thrown when the commitment is neither the account's active one nor its pending one.
    error CommitmentUnknown(uint256 commitment);
    /// @notice Thrown for a coverage above 10 000.
    error CoverageOutOfRange(uint256 coverageBps);
    /// @notice Thrown for prices of an epoch that is not the newest, or for an epoch where none is wanted.
    error EpochRefused(uint64 epoch, uint64 newest);

    /// @notice Thrown when a circuit has no key that waits.
    error BindKeyNotPending(uint256 parts, uint256 readers);
    /// @notice Thrown while one waits already.
    error BindKeyAlreadyPending(uint256 parts, uint256 readers);
    /// @notice Thrown before the delay is over.
    error BindKeyDelayRunning(uint64 activeFrom, uint64 time);
    /// @notice Thrown when the deadline is over.
    error DeadlinePassed(uint64 deadline, uint64 time);
    /// @notice Thrown for a coverage of a book of which nobody signed anything.
    error CoverageUnsigned(uint256 coverageBps);
    /// @notice Thrown when an account has as many venue accounts as a binding can hold, or does not have the one named.
    error VenueAccountsInvalid(address account, uint256 nullifier);

    /// @notice Sets the verifying key of a circuit: at once the first time, later after the delay, by `activateKey`. Role REGISTRAR.
    /// @param blob alpha, beta, gamma, delta, IC_0 … IC_3 (docs/protocol.md). The id is leaf 0 of a tree of this leaf alone.
    function setKey(uint8 parts, uint8 readers, bytes calldata blob) external;

    /// @notice Makes the announced key of a circuit the current one once the delay is over. Role REGISTRAR.
    function activateKey(uint8 parts, uint8 readers) external;

    /// @notice Withdraws the announced key of a circuit. Role REGISTRAR.
    function cancelKey(uint8 parts, uint8 readers) external;

    /// @notice Current key of a circuit; zeros when there is none.
    function keyOf(uint8 parts, uint8 readers) external view returns (bytes32 keyId, address blob);

    /// @notice Demands that every later binding of an account that counts anything a venue signed includes a venue account: a debt that somebody knows
    /// of. Role REGISTRAR.
    function requireVenueAccount(address account, uint256 nullifier) external;

    /// @notice Ends that demand, for a venue account that is closed. It stays its owner's. Role REGISTRAR.
    function releaseVenueAccount(address account, uint256 nullifier) external;

    /// @notice Both at once, where the places are all taken: in between nobody can take the free one. Role REGISTRAR.
    function replaceVenueAccount(address account, uint256 released, uint256 required) external;

    /// @notice Binds a commitment of the sender, gives its readers the book, and tells the manager what venues vouch for.
    function bind(BindRequest calldata request, Proof calldata proof) external;

    /// @notice Tells the manager which keepers are the current ones. Anyone.
    function syncReaders() external;

    /// @notice Venue accounts that a binding of the account must include: all that it ever bound, and what a registrar added.
    function requiredOf(address account) external view returns (uint256[] memory);

    /// @notice The account that a venue account belongs to, and the newest statement accepted about it.
    function venueAccountOf(uint256 nullifier) external view returns (address owner, uint64 timestamp);

    /// @notice Whether a venue revoked a key that the newest binding of the commitment rests on: then what it signed counts for nothing.
    function isRevoked(uint256 commitment) external view returns (bool);

    /// @notice The values of a binding, in order (docs/protocol.md, Binding), and the context. Reverts by name as `bind` would, but for the proof.
    function valuesOf(address account, BindRequest calldata request)
        external
        view
        returns (uint256[] memory values, uint256 context);
}
