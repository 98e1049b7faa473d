pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"in": 5}
// good inputs: {"in": 5}
// C7: |x| of which nobody asks that it be small.

include "circomlib/circuits/bitify.circom";

template MagnitudeSignBad() {
    signal input in;
    signal output out;
    _ <== Num2Bits(250)(in + (1 << 249));
    out <-- in < 0 ? -in : in;
    (out - in) * (out + in) === 0;
}

template MagnitudeSignGood() {
    signal input in;
    signal output out;
    _ <== Num2Bits(250)(in + (1 << 249));
    out <-- in < 0 ? -in : in;
    (out - in) * (out + in) === 0;
    _ <== Num2Bits(250)(out);
}
