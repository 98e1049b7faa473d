pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"x": 0, "y": 1}
// good inputs: {"half_x": 0, "half_y": 1}
// A point in the subgroup, shown by a hint Q with 2 Q = P: Q plus a point of order two does as well. With P computed from
// Q there is nothing to choose.

include "circomlib/circuits/babyjub.circom";

template SubgroupHalvingBad() {
    signal input x;
    signal input y;
    signal output half_x;
    signal output half_y;
    half_x <-- x;
    half_y <-- y;
    BabyCheck()(half_x, half_y);
    component twice = BabyAdd();
    twice.x1 <== half_x;
    twice.y1 <== half_y;
    twice.x2 <== half_x;
    twice.y2 <== half_y;
    twice.xout === x;
    twice.yout === y;
}

template SubgroupHalvingGood() {
    signal input half_x;
    signal input half_y;
    signal output x;
    signal output y;
    BabyCheck()(half_x, half_y);
    component twice = BabyAdd();
    twice.x1 <== half_x;
    twice.y1 <== half_y;
    twice.x2 <== half_x;
    twice.y2 <== half_y;
    x <== twice.xout;
    y <== twice.yout;
}
