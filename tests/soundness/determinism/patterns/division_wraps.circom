pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"dividend": 5003}
// good inputs: {"dividend": 5003}
// Ranges that are there but too wide: quotient * 1000 + remainder passes r.

include "circomlib/circuits/bitify.circom";

template DivisionWrapsBad() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1000;
    quotient <-- dividend \ 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(10)(remainder);
    _ <== Num2Bits(10)(999 - remainder);
    _ <== Num2Bits(253)(quotient);
}

template DivisionWrapsGood() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1000;
    quotient <-- dividend \ 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(10)(remainder);
    _ <== Num2Bits(10)(999 - remainder);
    _ <== Num2Bits(240)(quotient);
}
