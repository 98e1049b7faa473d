pragma circom 2.1.6;

include "exposure.circom";

/// Statement 2: gross exposure / equity <= limit.
/// @input    enabled    a bit
/// @input    gross      10^-16 USD, non-negative
/// @input    equity     10^-16 USD, positive (AssertSolvent)
/// @input    limit_bps  public, below 2^RATIO_BITS
/// @enforces enabled = 0, or 10^4 * gross <= limit * equity
template AssertLeverage(N) {
    signal input enabled;
    signal input gross;
    signal input equity;
    signal input limit_bps;
    signal allowed <== limit_bps * equity;
    component limit = AssertAtMost(RATIO_BITS() + EQUITY_BITS(N));
    limit.enabled <== enabled;
    limit.value <== BPS() * gross;
    limit.limit <== allowed;
}
