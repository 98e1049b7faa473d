pragma circom 2.1.6;
// expect: unranged
// bad inputs: {"value": 3, "limit": 4}
// good inputs: {"value": 3, "limit": 4}
// One operand of the limit is ranged, the other is not.

include "circomlib/circuits/bitify.circom";

template CompareOneSideBad() {
    signal input value;
    signal input limit;
    _ <== Num2Bits(64)(limit);
    _ <== Num2Bits(65)(limit - value);
}

template CompareOneSideGood() {
    signal input value;
    signal input limit;
    _ <== Num2Bits(64)(limit);
    _ <== Num2Bits(64)(value);
    _ <== Num2Bits(65)(limit - value);
}
