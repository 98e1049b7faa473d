pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"a": 3, "b": 4}
// good inputs: {"a": 3, "b": 4}
// A limb and a carry where the limb has no range.

include "circomlib/circuits/bitify.circom";

template CarryNoRangeBad() {
    signal input a;
    signal input b;
    signal output limb;
    signal carry <-- (a + b) >> 64;
    limb <-- (a + b) & ((1 << 64) - 1);
    carry * (carry - 1) === 0;
    carry * (1 << 64) + limb === a + b;
}

template CarryNoRangeGood() {
    signal input a;
    signal input b;
    signal output limb;
    signal carry <-- (a + b) >> 64;
    limb <-- (a + b) & ((1 << 64) - 1);
    carry * (carry - 1) === 0;
    carry * (1 << 64) + limb === a + b;
    _ <== Num2Bits(64)(limb);
}
