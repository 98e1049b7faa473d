pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"x": [0, 0], "y": [1, 1]}
// good inputs: {"x": [0, 0], "y": [1, 1]}
// Addition on an Edwards curve whose d is a square: for some points a denominator is 0, and the sum is anything.

template EdwardsAdd(A, D) {
    signal input x[2];
    signal input y[2];
    signal output sum_x;
    signal output sum_y;
    signal square_x[2];
    signal square_y[2];
    for (var i = 0; i < 2; i++) {
        square_x[i] <== x[i] * x[i];
        square_y[i] <== y[i] * y[i];
        A * square_x[i] + square_y[i] === 1 + D * square_x[i] * square_y[i];
    }
    signal beta <== x[0] * y[1];
    signal gamma <== y[0] * x[1];
    signal same_x <== x[0] * x[1];
    signal same_y <== y[0] * y[1];
    signal all <== beta * gamma;
    sum_x <-- (beta + gamma) / (1 + D * all);
    (1 + D * all) * sum_x === beta + gamma;
    sum_y <-- (same_y - A * same_x) / (1 - D * all);
    (1 - D * all) * sum_y === same_y - A * same_x;
}

template EdwardsIncompleteBad() {
    signal input x[2];
    signal input y[2];
    signal output sum_x;
    signal output sum_y;
    (sum_x, sum_y) <== EdwardsAdd(168700, 4)(x, y);
}

template EdwardsIncompleteGood() {
    signal input x[2];
    signal input y[2];
    signal output sum_x;
    signal output sum_y;
    (sum_x, sum_y) <== EdwardsAdd(168700, 168696)(x, y);
}
