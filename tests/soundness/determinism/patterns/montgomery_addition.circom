pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"x": [1, 1], "y": [3, 3]}
// good inputs: {"x": [1, 2], "y": [3, 5]}
// circomlib's MontgomeryAdd: for two points with the same x the slope is anything.

template MontgomeryAdditionBad() {
    signal input x[2];
    signal input y[2];
    signal output sum;
    signal slope <-- (y[1] - y[0]) / (x[1] - x[0]);
    slope * (x[1] - x[0]) === y[1] - y[0];
    sum <== slope * slope - 168698 - x[0] - x[1];
}

template MontgomeryAdditionGood() {
    signal input x[2];
    signal input y[2];
    signal output sum;
    signal inverse <-- 1 / (x[1] - x[0]);
    inverse * (x[1] - x[0]) === 1;
    signal slope <== (y[1] - y[0]) * inverse;
    sum <== slope * slope - 168698 - x[0] - x[1];
}
