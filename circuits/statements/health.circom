pragma circom 2.1.6;

include "../lib/params.circom";
include "../lib/range.circom";

/// Bits that hold |HealthGap| for every state that the widths admit:
/// threshold (RATIO_BITS) * N * value (QUANTITY + 1 + PRICE) * borrow factor (RATIO_BITS).
function HEALTH_GAP_BITS(N) {
    return 2 * RATIO_BITS() + QUANTITY_BITS() + 1 + PRICE_BITS() + LOG2_CEIL(N);
}

/// How far the risk-weighted assets exceed the threshold times the risk-weighted debt.
/// @param    N                          instruments
/// @input    long_value, short_value    10^-16 USD, below 2^(QUANTITY_BITS + 1 + PRICE_BITS)
/// @input    liquidation_threshold_bps  public, at most 10^4
/// @input    borrow_factor_bps          public, below 2^RATIO_BITS
/// @input    threshold_bps              public, below 2^RATIO_BITS
/// @output   gap                        10^4 * sum(long * lt) - threshold * sum(short * bf), signed
template HealthGap(N) {
    assert(HEALTH_GAP_BITS(N) <= 250);
    signal input long_value[N];
    signal input short_value[N];
    signal input liquidation_threshold_bps[N];
    signal input borrow_factor_bps[N];
    signal input threshold_bps;
    signal output gap;

    signal weighted_long[N];
    signal weighted_short[N];
    var assets = 0;
    var debts = 0;
    for (var i = 0; i < N; i++) {
        weighted_long[i] <== long_value[i] * liquidation_threshold_bps[i];
        weighted_short[i] <== short_value[i] * borrow_factor_bps[i];
        assets += weighted_long[i];
        debts += weighted_short[i];
    }
    signal required <== threshold_bps * debts;
    gap <== BPS() * assets - required;
}

/// Statement 1: health factor >= threshold; holds without debt.
/// @enforces enabled = 0, or gap >= 0
template AssertHealthy(N) {
    signal input enabled;
    signal input gap;
    component limit = AssertAtMost(HEALTH_GAP_BITS(N));
    limit.enabled <== enabled;
    limit.value <== 0;
    limit.limit <== gap;
}

/// Statement 1': health factor < threshold, the strict negation of statement 1.
/// @enforces gap <= -1
template AssertLiquidatable(N) {
    signal input gap;
    component range = AssertRange(HEALTH_GAP_BITS(N));
    range.in <== -gap - 1;
}
