pragma circom 2.1.6;
// expect: dropped
// bad inputs: {"a": 3, "b": 4}
// good inputs: {"a": 3, "b": 4}
// C19, circom-pairing: a comparison is computed, and nobody looks at its result.

include "circomlib/circuits/comparators.circom";

template DroppedResultBad() {
    signal input a;
    signal input b;
    signal output sum;
    sum <== a + b;
    _ <== Num2Bits(64)(a);
    _ <== Num2Bits(64)(b);
    component below = LessThan(64);
    below.in <== [a, b];
}

template DroppedResultGood() {
    signal input a;
    signal input b;
    signal output sum;
    sum <== a + b;
    _ <== Num2Bits(64)(a);
    _ <== Num2Bits(64)(b);
    component below = LessThan(64);
    below.in <== [a, b];
    below.out === 1;
}
