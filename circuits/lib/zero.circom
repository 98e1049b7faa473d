pragma circom 2.1.6;

/// Whether a number is 0.
/// @input    in   any field element
/// @output   out  1 for 0, else 0
/// @enforces the inverse, which the prover computes, has one value for 0 as well
template IsZeroUnique() {
    signal input in;
    signal output out;
    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
    inverse * out === 0;
}
