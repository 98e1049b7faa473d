pragma circom 2.1.6;
// expect: unranged
// bad inputs: {"amount": 3}
// good inputs: {"amount": 3}
// C1: LessThan(64)(r - 1, 5) is 1.

include "circomlib/circuits/comparators.circom";

template CompareUnrangedBad() {
    signal input amount;
    signal output below;
    below <== LessThan(64)([amount, 5]);
}

template CompareUnrangedGood() {
    signal input amount;
    signal output below;
    _ <== Num2Bits(64)(amount);
    below <== LessThan(64)([amount, 5]);
}
