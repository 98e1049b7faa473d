pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 3, "b": 4}
// good inputs: {"a": 3, "b": 4}
// The smaller of two numbers, shown by sum and product of both: the larger one has the same.

include "circomlib/circuits/bitify.circom";

template SortedPairBad() {
    signal input a;
    signal input b;
    signal output low;
    low <-- a < b ? a : b;
    signal high <-- a < b ? b : a;
    low + high === a + b;
    signal product <== a * b;
    low * high === product;
}

template SortedPairGood() {
    signal input a;
    signal input b;
    signal output low;
    _ <== Num2Bits(64)(a);
    _ <== Num2Bits(64)(b);
    signal above <-- a > b ? 1 : 0;
    above * (above - 1) === 0;
    low <== above * (b - a) + a;
    _ <== Num2Bits(64)(a + b - 2 * low - above);
}
