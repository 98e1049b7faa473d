pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"dividend": 5003}
// good inputs: {"dividend": 5003}
// A remainder below 2^10 instead of below 1000 admits two floors.

include "circomlib/circuits/bitify.circom";

template DivisionLooseBoundBad() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1000;
    quotient <-- dividend \ 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(64)(quotient);
    _ <== Num2Bits(10)(remainder);
}

template DivisionLooseBoundGood() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1024;
    quotient <-- dividend \ 1024;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1024 + remainder;
    _ <== Num2Bits(64)(quotient);
    _ <== Num2Bits(10)(remainder);
}
