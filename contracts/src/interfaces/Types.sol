// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice A Groth16 proof over BN254 in the coordinate order of the pairing precompile.
/// @param a A in G1: x, y.
/// @param b B in G2: [[x.c1, x.c0], [y.c1, y.c0]] (the imaginary part first; snarkjs' JSON has it the other way round).
/// @param c C in G1: x, y.
struct Proof {
    uint256[2] a;
    uint256[2][2] b;
    uint256[2] c;
}

/// @notice What a caller claims about one slot of an account's on-chain leg in a liquidation, in lots.
/// @dev Sound when `long` is at least the actual escrow (rounded up) and `short` at most the actual debt (rounded down).
struct LegClaim {
    uint8 slot;
    uint64 long;
    uint64 short;
}

/// @notice Where a price of an epoch stands. Unless it is OK the last used price is kept and the slot is blocked.
enum SlotStatus {
    OK,
    STALE,
    INVALID,
    DEVIATING,
    DELISTED
}

/// @notice Thrown by every function that takes a proof when the verification equation does not hold for the values the
/// contracts computed themselves, or when a proof coordinate is not a canonical, non-identity curve point.
error ProofInvalid();

/// @notice Thrown when a value of the verification equation is not below the scalar field's order.
/// @param index Number of the public signal, from 1. @param value The value.
error ScalarOutOfRange(uint256 index, uint256 value);

/// @notice Thrown when a curve operation on registered points fails, which registration makes impossible unless gas ran out.
error CurveOperationFailed();
