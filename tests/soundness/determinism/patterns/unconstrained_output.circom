pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 3}
// good inputs: {"a": 3}
// An output that only the witness generator computes.

template UnconstrainedOutputBad() {
    signal input a;
    signal output out;
    out <-- a * a;
}

template UnconstrainedOutputGood() {
    signal input a;
    signal output out;
    out <== a * a;
}
