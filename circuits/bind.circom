pragma circom 2.1.6;

include "binding/coverage.circom";
include "binding/fingerprint.circom";
include "binding/venue_statement.circom";
include "commitment/book_commitment.circom";
include "commitment/cipher.circom";
include "lib/range.circom";

/// A committed book is the sum of what venues signed, and a ciphertext opens it for the recipients (docs/protocol.md, "Binding").
/// The contract supplies every value of the lists; they reach the verification equation as the value of one polynomial at the context, which
/// is a hash of the lists and of the digest of what the prover could choose. The rest follows from the commitment.
/// @param N           instruments
/// @param VENUES      parts of the book
/// @param RECIPIENTS  keys that may read it
template Bind(N, VENUES, RECIPIENTS) {
    var ELEMENTS = (2 * N + 2) \ 3;
    // Of one part either nothing is signed or all.
    var PRICES = VENUES > 1 ? N - 1 : 0;
    // Public.
    signal input digest;
    signal input context;
    signal input fingerprint;
    // Private, and equal to what the contract supplies.
    signal input owner;
    signal input chain;
    signal input registry;
    signal input coverage_bps;
    signal input venue[VENUES];
    signal input venue_key[VENUES][2];
    signal input timestamp[VENUES];
    signal input locked_until[VENUES];
    signal input recipient_key[RECIPIENTS][2];
    signal input price[PRICES];
    // Private.
    signal input account_tag[VENUES];
    signal input r8[VENUES][2];
    signal input s[VENUES];
    signal input long[VENUES][N];
    signal input short[VENUES][N];
    signal input salt;

    component parts = SumOfParts(N, VENUES);
    parts.long <== long;
    parts.short <== short;

    component book = BookCommitment(N);
    book.long <== parts.total_long;
    book.short <== parts.total_short;
    book.owner <== owner;
    book.salt <== salt;

    component part_hash[VENUES];
    component statement[VENUES];
    for (var m = 0; m < VENUES; m++) {
        statement[m] = VenueStatement();
        statement[m].venue <== venue[m];
        statement[m].key <== venue_key[m];
        statement[m].owner <== owner;
        statement[m].chain <== chain;
        statement[m].registry <== registry;
        statement[m].timestamp <== timestamp[m];
        statement[m].locked_until <== locked_until[m];
        statement[m].account_tag <== account_tag[m];
        statement[m].r8 <== r8[m];
        statement[m].s <== s[m];
        if (VENUES == 1) {
            statement[m].book_hash <== book.book_hash;
        } else {
            part_hash[m] = BookHash(N);
            part_hash[m].long <== long[m];
            part_hash[m].short <== short[m];
            statement[m].book_hash <== part_hash[m].hash;
        }
    }
    if (VENUES == 1) {
        coverage_bps === BPS() * statement[0].signed;
    } else {
        component coverage = AssertCoverage(N, VENUES);
        coverage.long <== long;
        for (var m = 0; m < VENUES; m++) {
            coverage.signed[m] <== statement[m].signed;
        }
        coverage.price <== price;
        coverage.coverage_bps <== coverage_bps;
    }

    component ephemeral = EphemeralKey();
    ephemeral.salt <== salt;
    ephemeral.commitment <== book.commitment;
    component wrap[RECIPIENTS];
    for (var r = 0; r < RECIPIENTS; r++) {
        wrap[r] = WrapSalt();
        wrap[r].bit <== ephemeral.bit;
        wrap[r].key <== recipient_key[r];
        wrap[r].salt <== salt;
        wrap[r].commitment <== book.commitment;
    }
    component cipher = EncryptBook(ELEMENTS);
    cipher.element <== book.packed;
    cipher.salt <== salt;
    cipher.commitment <== book.commitment;

    // The lists, in the order of docs/protocol.md.
    var CHOSEN = 5 + 6 * VENUES + 2 * RECIPIENTS + PRICES;
    var ALL = CHOSEN + 2 + RECIPIENTS + ELEMENTS;
    component chosen = HashChain(POSEIDON_DOMAIN_BINDING(), CHOSEN, CHOSEN);
    component list = Fingerprint(ALL);
    var value[ALL];
    value[0] = book.commitment;
    value[1] = owner;
    value[2] = chain;
    value[3] = registry;
    value[4] = coverage_bps;
    for (var m = 0; m < VENUES; m++) {
        value[5 + 6 * m] = venue[m];
        value[6 + 6 * m] = venue_key[m][0];
        value[7 + 6 * m] = venue_key[m][1];
        value[8 + 6 * m] = statement[m].nullifier;
        value[9 + 6 * m] = timestamp[m];
        value[10 + 6 * m] = locked_until[m];
    }
    for (var r = 0; r < RECIPIENTS; r++) {
        value[5 + 6 * VENUES + 2 * r] = recipient_key[r][0];
        value[6 + 6 * VENUES + 2 * r] = recipient_key[r][1];
        value[CHOSEN + 2 + r] = wrap[r].wrap;
    }
    for (var i = 0; i < PRICES; i++) {
        value[5 + 6 * VENUES + 2 * RECIPIENTS + i] = price[i];
    }
    value[CHOSEN] = ephemeral.point[0];
    value[CHOSEN + 1] = ephemeral.point[1];
    for (var i = 0; i < ELEMENTS; i++) {
        value[CHOSEN + 2 + RECIPIENTS + i] = cipher.body[i];
    }
    for (var i = 0; i < CHOSEN; i++) {
        chosen.element[i] <== value[i];
    }
    list.value <== value;
    list.at <== context;
    digest === chosen.out;
    fingerprint === list.out;
}

/// The book as the sum of its parts.
/// @param    N            instruments
/// @param    PARTS        parts
/// @input    long, short  lots of each part
/// @output   total_long, total_short  lots of the book
/// @enforces every quantity of a part and of the book is in [0, 2^QUANTITY_BITS)
template SumOfParts(N, PARTS) {
    signal input long[PARTS][N];
    signal input short[PARTS][N];
    signal output total_long[N];
    signal output total_short[N];

    component long_range[PARTS][N];
    component short_range[PARTS][N];
    component total_long_range[N];
    component total_short_range[N];
    for (var i = 0; i < N; i++) {
        var sum_long = 0;
        var sum_short = 0;
        for (var m = 0; m < PARTS; m++) {
            long_range[m][i] = AssertRange(QUANTITY_BITS());
            long_range[m][i].in <== long[m][i];
            short_range[m][i] = AssertRange(QUANTITY_BITS());
            short_range[m][i].in <== short[m][i];
            sum_long += long[m][i];
            sum_short += short[m][i];
        }
        total_long[i] <== sum_long;
        total_short[i] <== sum_short;
        if (PARTS > 1) {
            total_long_range[i] = AssertRange(QUANTITY_BITS());
            total_long_range[i].in <== total_long[i];
            total_short_range[i] = AssertRange(QUANTITY_BITS());
            total_short_range[i].in <== total_short[i];
        }
    }
}
