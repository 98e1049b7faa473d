pragma circom 2.1.6;

include "book_commitment.circom";
include "../lib/range.circom";

/// The account that every circuit speaks about: the committed book plus the on-chain leg, bound to one context.
/// @param    N           instruments
/// @input    commitment  public; the contract supplies the stored one
/// @input    owner       public; the account's address
/// @input    context     public; the contract computes it
/// @input    leg_long    public, lots; bounded by the contract to LEG_BITS
/// @input    leg_short   as `leg_long`
/// @input    long        private, lots
/// @input    short       private, lots
/// @input    salt        private
/// @output   total_long  long + leg_long, below 2^(QUANTITY_BITS + 1)
/// @output   total_short short + leg_short, as `total_long`
/// @enforces every private quantity is in [0, 2^QUANTITY_BITS); the commitment opens to this book, owner and salt;
///           the context takes part in a constraint
template BoundBook(N) {
    signal input commitment;
    signal input owner;
    signal input context;
    signal input leg_long[N];
    signal input leg_short[N];
    signal input long[N];
    signal input short[N];
    signal input salt;
    signal output total_long[N];
    signal output total_short[N];

    component long_range[N];
    component short_range[N];
    for (var i = 0; i < N; i++) {
        long_range[i] = AssertRange(QUANTITY_BITS());
        long_range[i].in <== long[i];
        short_range[i] = AssertRange(QUANTITY_BITS());
        short_range[i].in <== short[i];
        total_long[i] <== long[i] + leg_long[i];
        total_short[i] <== short[i] + leg_short[i];
    }

    component book = BookCommitment(N);
    book.long <== long;
    book.short <== short;
    book.owner <== owner;
    book.salt <== salt;
    commitment === book.commitment;

    signal context_square <== context * context;
}
