pragma circom 2.1.6;

include "params.circom";

// BabyJubJub: a is a square and d is none, so the addition law is complete. For two points of the curve no denominator is 0, and there
// is nothing to branch on.

/// Sum of two points, at compile time.
function EDWARDS_SUM(p, q) {
    var tau = p[0] * q[0] * p[1] * q[1];
    return [
        (p[0] * q[1] + p[1] * q[0]) / (1 + EDWARDS_D() * tau),
        (p[1] * q[1] - EDWARDS_A() * p[0] * q[0]) / (1 - EDWARDS_D() * tau)
    ];
}

/// A point of the curve, of any order.
/// @input    point  any field elements
/// @enforces a x² + y² = 1 + d x² y²
template AssertOnCurve() {
    signal input point[2];
    signal x_square <== point[0] * point[0];
    signal y_square <== point[1] * point[1];
    EDWARDS_D() * x_square * y_square === EDWARDS_A() * x_square + y_square - 1;
}

/// The sum of two points.
/// @input    p, q  on the curve, constrained by the caller
/// @output   sum   p + q, on the curve
template EdwardsAdd() {
    signal input p[2];
    signal input q[2];
    signal output sum[2];
    signal beta <== p[0] * q[1];
    signal gamma <== p[1] * q[0];
    signal delta <== (p[1] - EDWARDS_A() * p[0]) * (q[0] + q[1]);
    signal tau <== beta * gamma;
    sum[0] <-- (beta + gamma) / (1 + EDWARDS_D() * tau);
    (1 + EDWARDS_D() * tau) * sum[0] === beta + gamma;
    sum[1] <-- (delta + EDWARDS_A() * beta - gamma) / (1 - EDWARDS_D() * tau);
    (1 - EDWARDS_D() * tau) * sum[1] === delta + EDWARDS_A() * beta - gamma;
}

/// Twice a point: the same law, with one product less.
/// @input    p       on the curve, constrained by the caller
/// @output   double  p + p, on the curve
template EdwardsDouble() {
    signal input p[2];
    signal output double[2];
    signal beta <== p[0] * p[1];
    signal delta <== (p[1] - EDWARDS_A() * p[0]) * (p[0] + p[1]);
    signal tau <== beta * beta;
    double[0] <-- 2 * beta / (1 + EDWARDS_D() * tau);
    (1 + EDWARDS_D() * tau) * double[0] === 2 * beta;
    double[1] <-- (delta + (EDWARDS_A() - 1) * beta) / (1 - EDWARDS_D() * tau);
    (1 - EDWARDS_D() * tau) * double[1] === delta + (EDWARDS_A() - 1) * beta;
}
