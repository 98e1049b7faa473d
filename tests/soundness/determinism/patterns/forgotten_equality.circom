pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 6, "b": 3}
// good inputs: {"a": 6, "b": 3}
// A quotient that is assigned and never checked.

template ForgottenEqualityBad() {
    signal input a;
    signal input b;
    signal output out;
    signal inverse <-- 1 / b;
    inverse * b === 1;
    out <-- a / b;
}

template ForgottenEqualityGood() {
    signal input a;
    signal input b;
    signal output out;
    signal inverse <-- 1 / b;
    inverse * b === 1;
    out <-- a / b;
    out * b === a;
}
