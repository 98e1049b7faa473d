pragma circom 2.1.6;

include "../lib/params.circom";

/// Values of the long and of the short side, slot by slot.
/// @param    N            instruments
/// @input    total_long   lots, below 2^(QUANTITY_BITS + 1)
/// @input    total_short  as `total_long`
/// @input    price        public, slots 1 .. N-1, 10^-16 USD a lot; bounded by the contract to PRICE_BITS
/// @output   long_value   total_long * price, 10^-16 USD; slot 0 at the constant cash price
/// @output   short_value  as `long_value`
template Valuation(N) {
    signal input total_long[N];
    signal input total_short[N];
    signal input price[N - 1];
    signal output long_value[N];
    signal output short_value[N];

    long_value[0] <== total_long[0] * CASH_PRICE();
    short_value[0] <== total_short[0] * CASH_PRICE();
    for (var i = 1; i < N; i++) {
        long_value[i] <== total_long[i] * price[i - 1];
        short_value[i] <== total_short[i] * price[i - 1];
    }
}
