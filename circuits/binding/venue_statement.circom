pragma circom 2.1.6;

include "../lib/zero.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/params.circom";
include "signature.circom";

/// What one venue says of one account: a complete statement, assets and liabilities, signed; or, for venue 0, a part of the book that
/// nobody signed.
/// @input    venue         number of the venue, 0 for an unsigned part
/// @input    key           the venue's, (0, 1) for an unsigned part
/// @input    owner         the account that the contract speaks about
/// @input    chain         its chain
/// @input    registry      its contract
/// @input    timestamp     of the statement, unix
/// @input    locked_until  no assets leave the venue's account before, unix
/// @input    account_tag   private: the venue's name for the customer's account, hard to guess
/// @input    book_hash     BookHash of all that the account holds and owes
/// @input    r8, s         private: the signature
/// @output   signed        1 unless venue = 0
/// @output   nullifier     P(DOMAIN_VENUE_ACCOUNT, venue, account_tag), 0 for an unsigned part
/// @enforces venue = 0, or the key signed P(DOMAIN_STATEMENT, chain, registry, venue, account_tag, owner, timestamp, locked_until, book_hash)
template VenueStatement() {
    signal input venue;
    signal input key[2];
    signal input owner;
    signal input chain;
    signal input registry;
    signal input timestamp;
    signal input locked_until;
    signal input account_tag;
    signal input book_hash;
    signal input r8[2];
    signal input s;
    signal output signed;
    signal output nullifier;

    component unsigned = IsZeroUnique();
    unsigned.in <== venue;
    signed <== 1 - unsigned.out;

    component account = Poseidon(3);
    account.inputs <== [POSEIDON_DOMAIN_VENUE_ACCOUNT(), venue, account_tag];
    nullifier <== signed * account.out;

    component message = Poseidon(9);
    message.inputs <== [
        POSEIDON_DOMAIN_STATEMENT(), chain, registry, venue, account_tag, owner, timestamp, locked_until, book_hash
    ];
    component signature = AssertSignature();
    signature.enabled <== signed;
    signature.key <== key;
    signature.message <== message.out;
    signature.r8 <== r8;
    signature.s <== s;
}
