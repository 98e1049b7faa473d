pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"dividend": 5003}
// good inputs: {"dividend": 5003}
// C4: quotient and remainder with a remainder that need not be below the divisor.

include "circomlib/circuits/bitify.circom";

template DivisionNoBoundBad() {
    signal input dividend;
    signal output quotient;
    signal output remainder;
    quotient <-- dividend \ 1000;
    remainder <-- dividend % 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(64)(quotient);
}

template DivisionNoBoundGood() {
    signal input dividend;
    signal output quotient;
    signal output remainder;
    quotient <-- dividend \ 1000;
    remainder <-- dividend % 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(64)(quotient);
    _ <== Num2Bits(10)(remainder);
    _ <== Num2Bits(10)(999 - remainder);
}
