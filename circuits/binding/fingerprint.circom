pragma circom 2.1.6;

/// The value of a polynomial: a list of public values in one public signal.
/// @param    COUNT  values
/// @input    value  coefficients, the highest first
/// @input    at     where; fixed only after the values are
/// @output   out    Σ value[i]·at^(COUNT - 1 - i)
template Fingerprint(COUNT) {
    signal input value[COUNT];
    signal input at;
    signal output out;
    signal partial[COUNT];
    partial[0] <== value[0];
    for (var i = 1; i < COUNT; i++) {
        partial[i] <== partial[i - 1] * at + value[i];
    }
    out <== partial[COUNT - 1];
}
