pragma circom 2.1.6;

/// Statement B: nothing is held of an instrument whose price may not carry new risk.
/// @param    N            instruments
/// @input    blocked      public bits of slots 1 .. N-1, from the price sheet
/// @input    total_long   lots, non-negative
/// @input    total_short  lots, non-negative
/// @enforces blocked[i] = 0, or total_long and total_short of that slot are both 0
template AssertNotBlocked(N) {
    signal input blocked[N - 1];
    signal input total_long[N];
    signal input total_short[N];
    for (var i = 1; i < N; i++) {
        // Both terms are non-negative and far below the field, so their sum is 0 only when both are.
        blocked[i - 1] * (total_long[i] + total_short[i]) === 0;
    }
}
