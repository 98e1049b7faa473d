pragma circom 2.1.6;

include "edwards.circom";

/// A multiple of the base point, three bits of the scalar at a time.
/// @param    BITS     of the scalar
/// @input    bit      each constrained by the caller to 0 or 1, lowest first
/// @output   product  (Σ 2^i bit[i])·BASE, on the curve
template MultiplyBase(BITS) {
    signal input bit[BITS];
    signal output product[2];

    var WINDOWS = (BITS + 2) \ 3;
    component window[WINDOWS];
    component sum[WINDOWS - 1];
    var step[2] = [EDWARDS_BASE_X(), EDWARDS_BASE_Y()];
    for (var w = 0; w < WINDOWS; w++) {
        window[w] = SelectMultiple(step);
        for (var i = 0; i < 3; i++) {
            if (3 * w + i < BITS) {
                window[w].bit[i] <== bit[3 * w + i];
            } else {
                window[w].bit[i] <== 0;
            }
        }
        for (var i = 0; i < 3; i++) {
            step = EDWARDS_SUM(step, step);
        }
        if (w > 0) {
            sum[w - 1] = EdwardsAdd();
            if (w == 1) {
                sum[0].p <== window[0].multiple;
            } else {
                sum[w - 1].p <== sum[w - 2].sum;
            }
            sum[w - 1].q <== window[w].multiple;
        }
    }
    product <== sum[WINDOWS - 2].sum;
}

/// One of the multiples 0 … 7 of a constant point.
/// @param    POINT     on the curve
/// @input    bit       each constrained by the caller to 0 or 1, lowest first
/// @output   multiple  (bit[0] + 2·bit[1] + 4·bit[2])·POINT
template SelectMultiple(POINT) {
    signal input bit[3];
    signal output multiple[2];

    var table[8][2];
    table[0] = [0, 1];
    for (var i = 1; i < 8; i++) {
        table[i] = EDWARDS_SUM(table[i - 1], POINT);
    }
    signal b01 <== bit[0] * bit[1];
    signal b02 <== bit[0] * bit[2];
    signal b12 <== bit[1] * bit[2];
    signal b012 <== b01 * bit[2];
    for (var c = 0; c < 2; c++) {
        var t0 = table[0][c];
        var t1 = table[1][c];
        var t2 = table[2][c];
        var t4 = table[4][c];
        var t01 = table[3][c] - t1 - t2 + t0;
        var t02 = table[5][c] - t1 - t4 + t0;
        var t12 = table[6][c] - t2 - t4 + t0;
        var t012 = table[7][c] - table[3][c] - table[5][c] - table[6][c] + t1 + t2 + t4 - t0;
        multiple[c] <== t0 + bit[0] * (t1 - t0) + bit[1] * (t2 - t0) + bit[2] * (t4 - t0)
            + b01 * t01 + b02 * t02 + b12 * t12 + b012 * t012;
    }
}

/// A multiple of a point, two bits of the scalar at a time, highest first.
/// @param    BITS     of the scalar, even
/// @input    bit      each constrained by the caller to 0 or 1, lowest first
/// @input    point    on the curve, constrained by the caller
/// @output   product  (Σ 2^i bit[i])·point, on the curve
template Multiply(BITS) {
    assert(BITS % 2 == 0 && BITS >= 4);
    signal input bit[BITS];
    signal input point[2];
    signal output product[2];

    component double = EdwardsDouble();
    double.p <== point;
    component triple = EdwardsAdd();
    triple.p <== double.double;
    triple.q <== point;

    var WINDOWS = BITS \ 2;
    component window[WINDOWS];
    component twice[WINDOWS - 1];
    component fourfold[WINDOWS - 1];
    component sum[WINDOWS - 1];
    for (var w = 0; w < WINDOWS; w++) {
        var LOW = BITS - 2 * w - 2;
        window[w] = SelectPoint();
        window[w].bit <== [bit[LOW], bit[LOW + 1]];
        window[w].one <== point;
        window[w].two <== double.double;
        window[w].three <== triple.sum;
        if (w > 0) {
            twice[w - 1] = EdwardsDouble();
            if (w == 1) {
                twice[0].p <== window[0].selected;
            } else {
                twice[w - 1].p <== sum[w - 2].sum;
            }
            fourfold[w - 1] = EdwardsDouble();
            fourfold[w - 1].p <== twice[w - 1].double;
            sum[w - 1] = EdwardsAdd();
            sum[w - 1].p <== fourfold[w - 1].double;
            sum[w - 1].q <== window[w].selected;
        }
    }
    product <== sum[WINDOWS - 2].sum;
}

/// The neutral point or one of three points.
/// @input    bit       each constrained by the caller to 0 or 1, lowest first
/// @input    one, two, three  points
/// @output   selected  the one with the number bit[0] + 2·bit[1]; (0, 1) for 0
template SelectPoint() {
    signal input bit[2];
    signal input one[2];
    signal input two[2];
    signal input three[2];
    signal output selected[2];
    signal difference[2];
    signal low[2];
    signal high[2];
    for (var c = 0; c < 2; c++) {
        // At bit[1] = 0: c, one; at bit[1] = 1: two, three. (0, 1) has the coordinates 0 and 1, that is c.
        difference[c] <== bit[1] * (three[c] - two[c] - one[c] + c);
        low[c] <== bit[0] * (one[c] - c + difference[c]);
        high[c] <== bit[1] * (two[c] - c);
        selected[c] <== c + low[c] + high[c];
    }
}
