pragma circom 2.1.6;
// expect: aliasing
// bad inputs: {"in": 5}
// good inputs: {"in": 5}
// C3: 254 bits hold in and, for a quarter of the field, in + r as well.

include "circomlib/circuits/bitify.circom";

template BitsAliasBad() {
    signal input in;
    signal output out[254];
    out <== Num2Bits(254)(in);
}

template BitsAliasGood() {
    signal input in;
    signal output out[254];
    out <== Num2Bits_strict()(in);
}
