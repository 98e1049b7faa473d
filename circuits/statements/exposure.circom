pragma circom 2.1.6;

include "../lib/absolute.circom";
include "../lib/divide.circom";
include "../lib/params.circom";

/// Bits of |E| and of a sum of |n_i|.
function EQUITY_BITS(N) {
    return VALUE_BITS() + LOG2_CEIL(N);
}

/// Net exposures, in full and floored to cents, and the totals over them.
/// @param    N               instruments
/// @input    long_value      10^-16 USD, below 2^(QUANTITY_BITS + 1 + PRICE_BITS)
/// @input    short_value     as `long_value`
/// @output   exposure_cents  floor(net / 10^14), |.| <= 2^EXPOSURE_BITS
/// @output   magnitude       |net| of slots 1 .. N-1, below 2^VALUE_BITS
/// @output   equity          sum of net, 10^-16 USD, signed
/// @output   equity_cents    sum of exposure_cents, signed, at most equity
/// @output   gross           sum of long + short over slots 1 .. N-1
/// @enforces the floor is the floor (FloorDivide); magnitude is |net| (Absolute)
template Exposure(N) {
    signal input long_value[N];
    signal input short_value[N];
    signal output exposure_cents[N];
    signal output magnitude[N - 1];
    signal output equity;
    signal output equity_cents;
    signal output gross;

    component floor[N];
    component absolute[N - 1];
    var equity_sum = 0;
    var cents_sum = 0;
    var gross_sum = 0;
    for (var i = 0; i < N; i++) {
        floor[i] = FloorDivide(VALUE_PER_CENT(), REMAINDER_BITS(), EXPOSURE_BITS());
        floor[i].dividend <== long_value[i] - short_value[i];
        exposure_cents[i] <== floor[i].quotient;
        equity_sum += long_value[i] - short_value[i];
        cents_sum += exposure_cents[i];
        if (i > 0) {
            absolute[i - 1] = Absolute(VALUE_BITS());
            absolute[i - 1].in <== long_value[i] - short_value[i];
            magnitude[i - 1] <== absolute[i - 1].out;
            gross_sum += long_value[i] + short_value[i];
        }
    }
    equity <== equity_sum;
    equity_cents <== cents_sum;
    gross <== gross_sum;
}

/// Solvency, part of every compliance proof.
/// @input    equity  |.| < 2^EQUITY_BITS
/// @enforces equity >= 1
template AssertSolvent(N) {
    signal input equity;
    component range = AssertRange(EQUITY_BITS(N));
    range.in <== equity - 1;
}
