pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";
include "../lib/params.circom";

/// Three quantities to a field element.
/// @param    COUNT     number of quantities
/// @input    quantity  each constrained by the caller to QUANTITY_BITS
/// @output   packed    ceil(COUNT / 3) elements; a missing quantity counts as 0
template PackQuantities(COUNT) {
    var ELEMENTS = (COUNT + 2) \ 3;
    signal input quantity[COUNT];
    signal output packed[ELEMENTS];
    for (var j = 0; j < ELEMENTS; j++) {
        var sum = 0;
        for (var k = 0; k < 3; k++) {
            if (3 * j + k < COUNT) {
                sum += quantity[3 * j + k] * (1 << (QUANTITY_BITS() * k));
            }
        }
        packed[j] <== sum;
    }
}

/// Poseidon chain over a list, led by a domain tag and a length.
/// @param    DOMAIN  domain tag
/// @param    LENGTH  committed beside the elements
/// @param    COUNT   number of elements, at least 1
/// @input    element any field elements
/// @output   out     h = P(DOMAIN, LENGTH, first 14); then h = P(h, next up to 15) until all are in
template HashChain(DOMAIN, LENGTH, COUNT) {
    signal input element[COUNT];
    signal output out;

    var FIRST = COUNT < 14 ? COUNT : 14;
    var STEPS = (COUNT - FIRST + 14) \ 15;
    signal state[STEPS + 1];

    component head = Poseidon(FIRST + 2);
    head.inputs[0] <== DOMAIN;
    head.inputs[1] <== LENGTH;
    for (var i = 0; i < FIRST; i++) {
        head.inputs[i + 2] <== element[i];
    }
    state[0] <== head.out;

    component step[STEPS];
    for (var s = 0; s < STEPS; s++) {
        var START = FIRST + 15 * s;
        var LEFT = COUNT - START;
        var TAKE = LEFT < 15 ? LEFT : 15;
        step[s] = Poseidon(TAKE + 1);
        step[s].inputs[0] <== state[s];
        for (var i = 0; i < TAKE; i++) {
            step[s].inputs[i + 1] <== element[START + i];
        }
        state[s + 1] <== step[s].out;
    }
    out <== state[STEPS];
}

/// The hash of a book, its own and a venue's alike (docs/protocol.md, "Commitment").
/// @param    N       instruments
/// @input    long    lots, each constrained by the caller to QUANTITY_BITS
/// @input    short   as `long`
/// @output   packed  the book, three quantities to an element
/// @output   hash    HashChain(DOMAIN_BOOK, N) over `packed`
template BookHash(N) {
    var ELEMENTS = (2 * N + 2) \ 3;
    signal input long[N];
    signal input short[N];
    signal output packed[ELEMENTS];
    signal output hash;

    component pack = PackQuantities(2 * N);
    for (var i = 0; i < N; i++) {
        pack.quantity[i] <== long[i];
        pack.quantity[N + i] <== short[i];
    }
    component chain = HashChain(POSEIDON_DOMAIN_BOOK(), N, ELEMENTS);
    chain.element <== pack.packed;
    (packed, hash) <== (pack.packed, chain.out);
}

/// The commitment to a book (docs/protocol.md, "Commitment").
/// @param    N           instruments
/// @input    long        lots, each constrained by the caller to QUANTITY_BITS
/// @input    short       as `long`
/// @input    owner       account address as an integer
/// @input    salt        248 random bits, drawn by the client
/// @output   commitment  P(DOMAIN_COMMITMENT, book_hash, owner, salt)
/// @output   book_hash   BookHash of the book
/// @output   packed      the book, three quantities to an element
template BookCommitment(N) {
    signal input long[N];
    signal input short[N];
    signal input owner;
    signal input salt;
    signal output commitment;
    signal output book_hash;
    signal output packed[(2 * N + 2) \ 3];

    component book = BookHash(N);
    book.long <== long;
    book.short <== short;
    (book_hash, packed) <== (book.hash, book.packed);

    component outer = Poseidon(4);
    outer.inputs[0] <== POSEIDON_DOMAIN_COMMITMENT();
    outer.inputs[1] <== book.hash;
    outer.inputs[2] <== owner;
    outer.inputs[3] <== salt;
    commitment <== outer.out;
}
