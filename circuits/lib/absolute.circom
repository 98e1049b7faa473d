pragma circom 2.1.6;

include "range.circom";

/// Absolute value.
/// @param    BITS  1..251
/// @input    in    any field element, read as signed
/// @output   out   |in|, below 2^BITS
/// @enforces out = in or out = -in; out < 2^BITS, which picks the sign, so the witness is unique
template Absolute(BITS) {
    signal input in;
    signal output out;
    // Signed comparison: values above r/2 are negative in circom.
    out <-- in < 0 ? -in : in;
    (out - in) * (out + in) === 0;
    component range = AssertRange(BITS);
    range.in <== out;
}
