pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"dividend": 5003}
// good inputs: {"dividend": 5003}
// Without a range of the quotient any remainder passes: field division finds the quotient to it.

include "circomlib/circuits/bitify.circom";

template DivisionNoQuotientRangeBad() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1000;
    quotient <-- dividend \ 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(10)(remainder);
    _ <== Num2Bits(10)(999 - remainder);
}

template DivisionNoQuotientRangeGood() {
    signal input dividend;
    signal output quotient;
    signal remainder <-- dividend % 1000;
    quotient <-- dividend \ 1000;
    _ <== Num2Bits(70)(dividend);
    dividend === quotient * 1000 + remainder;
    _ <== Num2Bits(10)(remainder);
    _ <== Num2Bits(10)(999 - remainder);
    _ <== Num2Bits(100)(quotient);
}
