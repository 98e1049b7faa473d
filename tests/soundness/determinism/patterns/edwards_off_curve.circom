pragma circom 2.1.6;
// expect: not unique
// BabyAdd on points that nobody has checked: off the curve a denominator can be 0.

include "circomlib/circuits/babyjub.circom";

template EdwardsOffCurveBad() {
    signal input x[2];
    signal input y[2];
    signal output sum_x;
    signal output sum_y;
    (sum_x, sum_y) <== BabyAdd()(x[0], y[0], x[1], y[1]);
}

template EdwardsOffCurveGood() {
    signal input x[2];
    signal input y[2];
    signal output sum_x;
    signal output sum_y;
    BabyCheck()(x[0], y[0]);
    BabyCheck()(x[1], y[1]);
    (sum_x, sum_y) <== BabyAdd()(x[0], y[0], x[1], y[1]);
}
