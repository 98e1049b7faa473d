// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Proof} from "../../src/interfaces/Types.sol";
import {Accumulator, Fold} from "../../src/libraries/Fold.sol";
import {Groth16} from "../../src/libraries/Groth16.sol";
import {KeyCheck} from "../../src/libraries/KeyCheck.sol";
import {PublicSignals} from "../../src/libraries/PublicSignals.sol";

/// @notice A proof as a stranger may send it. @param key alpha, beta, gamma, delta, IC. @param proof A, B, C.
struct Tuple {
    bytes key;
    uint256[] signals;
    bytes proof;
}

/// @title The contracts' own libraries in the order in which registration and gate use them, for any number of signals
/// @dev Holds no rule of its own but the lengths, which ABI and registry check on the way in.
contract VerdictJudge {
    using Fold for Accumulator;

    error LengthInvalid();

    /// @notice One byte a tuple: 1 when it is accepted, 0 when it is refused.
    function verdicts(Tuple[] calldata tuples) external view returns (bytes memory out) {
        out = new bytes(tuples.length);
        for (uint256 i = 0; i < tuples.length; ++i) {
            try this.judge(tuples[i]) {
                out[i] = 0x01;
            } catch {}
        }
    }

    /// @notice Reverts unless the key would be registered and the proof holds under it.
    function judge(Tuple calldata given) external view {
        uint256 length = PublicSignals.offsetOf(given.signals.length + 1);
        if (given.key.length != length || given.proof.length != 256) revert LengthInvalid();
        bytes memory key = given.key;
        uint256 ptr;
        assembly ("memory-safe") {
            ptr := add(key, 32)
        }
        KeyCheck.check(ptr, length);
        Accumulator sum = Fold.start();
        sum.addAt(ptr + PublicSignals.offsetOf(0));
        for (uint256 j = 1; j <= given.signals.length; ++j) {
            sum.addProductAt(ptr + PublicSignals.offsetOf(j), given.signals[j - 1], j);
        }
        bytes calldata raw = given.proof;
        Proof calldata proof;
        assembly ("memory-safe") {
            proof := raw.offset
        }
        (uint256 x, uint256 y) = sum.read();
        Groth16.verify(ptr, proof, x, y);
    }
}
