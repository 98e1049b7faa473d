// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice A run of public signals: signal numbers `first … first + count − 1`, counted from 1.
struct SetRange {
    uint32 first;
    uint32 count;
}

/// @title The verifying keys of one universe's circuits
/// @notice Kinds are 1 compliance, 2 healthy, 3 liquidation. The first version of a kind is active at once; a later one is
/// proposed, waits for the delay, and is activated. Proofs are always checked with the current key, so proofs under an older
/// key stop verifying at the switch.
/// @dev Key blob: alpha (64 bytes), beta, gamma, delta (128 each, x.c1 x.c0 y.c1 y.c0), IC_0, then the IC points of the sets
/// DYNAMIC, LEG, PRICES, POLICY (64 each). `keyId` is the Merkle root of the blob and of the base rows (docs/protocol.md).
/// The contract that holds it has a STOP byte, the key blob, then tables computed here: for each four slots (0 … 3, 4 … 7, …)
/// the 15 sums of their price points' subsets in binary order, cash and slots behind the last counting as the identity.
interface ICircuitRegistry {
    /// @notice Emitted when a version is stored. @param activeFrom Earliest activation; now for the first version.
    event KeyRegistered(
        uint8 indexed kind, uint32 indexed version, bytes32 indexed keyId, address blob, uint64 activeFrom
    );
    /// @notice Emitted when a version becomes the current one.
    event KeyActivated(uint8 indexed kind, uint32 indexed version, bytes32 indexed keyId);
    /// @notice Emitted when a proposed version is withdrawn.
    event KeyCancelled(uint8 indexed kind, uint32 indexed version);

    /// @notice Thrown for a tier the layout cannot hold: key blob and tables must fit the code of one contract.
    error TierInvalid(uint16 instruments, uint16 scenarios, uint16 stresses, uint16 sectors);
    /// @notice Thrown for a kind that is none of 1, 2, 3.
    error KindUnknown(uint8 kind);
    /// @notice Thrown when the kind has no current key.
    error KeyUnregistered(uint8 kind);
    /// @notice Thrown when there is no such version, current or proposed.
    error KeyVersionUnknown(uint8 kind, uint32 version);
    /// @notice Thrown when a proposed version already waits.
    error KeyAlreadyPending(uint8 kind, uint32 version);
    /// @notice Thrown when no version waits.
    error KeyNotPending(uint8 kind);
    /// @notice Thrown before the delay is over.
    error KeyDelayRunning(uint64 activeFrom, uint64 time);
    /// @notice Thrown when the blob has another length than the kind and tier demand.
    error KeyLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when the blob is not leaf 0 of the tree with this root.
    error KeyRootMismatch(bytes32 keyId);
    /// @notice Thrown when the ranges are not the protocol's for this kind and tier. @param set Index of the first wrong set.
    error RangeInvalid(uint256 set, uint32 first, uint32 count);
    /// @notice Thrown for an off-curve, wrong-subgroup, non-canonical or identity point of the key.
    /// @param offset Byte offset of the point in the blob.
    error KeyPointInvalid(uint256 offset);
    /// @notice Thrown when delta is ± gamma (no phase 2: anybody forges) .
    error DeltaEqualsGamma();
    /// @notice Thrown when delta is ± the generator of G2 (no phase 2: anybody forges).
    error DeltaIsGenerator();
    /// @notice Thrown when beta is ± gamma or ± delta (anybody forges).
    error BetaEqualsGammaOrDelta();

    /// @notice Instruments N of the universe, cash included.
    function instruments() external view returns (uint16);

    /// @notice Scenarios S of the window.
    function scenarios() external view returns (uint16);

    /// @notice Stress rows R.
    function stresses() external view returns (uint16);

    /// @notice Sectors K.
    function sectors() external view returns (uint16);

    /// @notice Seconds between a later version's registration and its earliest activation.
    function activationDelay() external view returns (uint64);

    /// @notice Stores a key. Role REGISTRAR. Active at once when it is the kind's first, else proposed.
    /// @param kind 1 compliance, 2 healthy, 3 liquidation.
    /// @param keyId Root of the key's Merkle tree.
    /// @param blob The key blob. @param proof Merkle proof that it is leaf 0.
    /// @param ranges The sets DYNAMIC, LEG, PRICES, POLICY, PARAMETERS, WINDOW; an empty set has count 0 and the next number as first.
    function register(
        uint8 kind,
        bytes32 keyId,
        bytes calldata blob,
        bytes32[] calldata proof,
        SetRange[6] calldata ranges
    ) external returns (uint32 version);

    /// @notice Makes the proposed version the current one, once its delay is over. Role REGISTRAR.
    /// @dev Fold the new version's parameters and window in PriceSheet first, or attesting stops until they are folded.
    function activate(uint8 kind) external;

    /// @notice Withdraws the proposed version. Role REGISTRAR. Its version number is never used again.
    function cancel(uint8 kind) external;

    /// @notice The key that proofs of this kind are checked with.
    function currentKey(uint8 kind) external view returns (uint32 version, bytes32 keyId, address blob);

    /// @notice The current key's version and blob alone, for callers that save a storage read.
    function currentBlob(uint8 kind) external view returns (uint32 version, address blob);

    /// @notice A current or proposed version. Reverts KeyVersionUnknown for every other one.
    function keyOf(uint8 kind, uint32 version) external view returns (bytes32 keyId, address blob);

    /// @notice The proposed version, or zeros.
    function pendingKey(uint8 kind) external view returns (uint32 version, bytes32 keyId, address blob, uint64 activeFrom);

    /// @notice The six set ranges of a kind.
    function setRanges(uint8 kind) external view returns (SetRange[6] memory ranges);
}
