pragma circom 2.1.6;
// expect: unranged
// bad inputs: {"enabled": 1, "value": 3, "limit": 4}
// good inputs: {"enabled": 1, "value": 3, "limit": 4}
// A limit behind a switch that may be any number: headroom = enabled * (limit - value) can be made small.

include "circomlib/circuits/bitify.circom";

template Switched(CHECKED) {
    signal input enabled;
    signal input value;
    signal input limit;
    if (CHECKED) {
        enabled * (enabled - 1) === 0;
    }
    _ <== Num2Bits(64)(value);
    _ <== Num2Bits(64)(limit);
    signal headroom <== enabled * (limit - value);
    _ <== Num2Bits(64)(headroom);
}

template SwitchNotBitBad() {
    signal input enabled;
    signal input value;
    signal input limit;
    Switched(0)(enabled, value, limit);
}

template SwitchNotBitGood() {
    signal input enabled;
    signal input value;
    signal input limit;
    Switched(1)(enabled, value, limit);
}
