pragma circom 2.1.6;

include "../lib/params.circom";
include "../lib/range.circom";

/// How much of the book's assets registered venues signed, at public prices.
/// @param    N             instruments
/// @param    PARTS         parts of the book, at least 2
/// @input    long          lots of each part, below 2^QUANTITY_BITS
/// @input    signed        bit of each part, constrained by the caller
/// @input    price         slots 1 .. N-1; bounded by the contract to PRICE_BITS
/// @input    coverage_bps  bounded by the contract to RATIO_BITS
/// @enforces 10^4 * (value of the signed parts) >= coverage_bps * (value of all parts)
template AssertCoverage(N, PARTS) {
    var BITS = QUANTITY_BITS() + PRICE_BITS() + RATIO_BITS() + LOG2_CEIL(N * PARTS);
    assert(BITS <= 250);
    signal input long[PARTS][N];
    signal input signed[PARTS];
    signal input price[N - 1];
    signal input coverage_bps;

    signal slot_value[PARTS][N];
    signal signed_value[PARTS];
    var all = 0;
    var covered = 0;
    for (var m = 0; m < PARTS; m++) {
        slot_value[m][0] <== long[m][0] * CASH_PRICE();
        var part = slot_value[m][0];
        for (var i = 1; i < N; i++) {
            slot_value[m][i] <== long[m][i] * price[i - 1];
            part += slot_value[m][i];
        }
        signed_value[m] <== signed[m] * part;
        all += part;
        covered += signed_value[m];
    }
    signal required <== coverage_bps * all;
    component range = AssertRange(BITS);
    range.in <== BPS() * covered - required;
}
