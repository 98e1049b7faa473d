pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"in": 0}
// good inputs: {"in": 0}
// circomlib's IsZero: the result is unique, the inverse is free at 0.

template ZeroTestInverseBad() {
    signal input in;
    signal output out;
    signal output inverse;
    inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
}

template ZeroTestInverseGood() {
    signal input in;
    signal output out;
    signal output inverse;
    inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
    inverse * out === 0;
}
