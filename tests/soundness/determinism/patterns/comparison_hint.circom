pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 5, "b": 5}
// good inputs: {"a": 5, "b": 5}
// The result of a comparison as a hint: free at equality where both sides of the check admit 0.

include "circomlib/circuits/bitify.circom";

template ComparisonHintBad() {
    signal input a;
    signal input b;
    signal output above;
    _ <== Num2Bits(64)(a);
    _ <== Num2Bits(64)(b);
    above <-- a > b ? 1 : 0;
    above * (above - 1) === 0;
    signal distance <== (2 * above - 1) * (a - b);
    _ <== Num2Bits(64)(distance);
}

template ComparisonHintGood() {
    signal input a;
    signal input b;
    signal output above;
    _ <== Num2Bits(64)(a);
    _ <== Num2Bits(64)(b);
    above <-- a > b ? 1 : 0;
    above * (above - 1) === 0;
    signal distance <== (2 * above - 1) * (a - b) - above;
    _ <== Num2Bits(64)(distance);
}
