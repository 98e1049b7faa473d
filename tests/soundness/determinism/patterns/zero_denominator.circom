pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 6, "b": 3}
// good inputs: {"a": 6, "b": 3}
// C5: with a = b = 0 any quotient satisfies out * b = a. The assertion binds the generator only.

template ZeroDenominatorBad() {
    signal input a;
    signal input b;
    signal output out;
    assert(b != 0);
    out <-- a / b;
    out * b === a;
}

template ZeroDenominatorGood() {
    signal input a;
    signal input b;
    signal output out;
    signal inverse <-- 1 / b;
    inverse * b === 1;
    out <== a * inverse;
}
