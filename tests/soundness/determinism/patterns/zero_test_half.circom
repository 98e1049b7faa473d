pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"in": 7}
// good inputs: {"in": 7}
// IsZero that lacks in * out = 0: with inverse 0, out is 1 for any input.

template ZeroTestHalfBad() {
    signal input in;
    signal output out;
    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
}

template ZeroTestHalfGood() {
    signal input in;
    signal output out;
    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
    inverse * out === 0;
}
