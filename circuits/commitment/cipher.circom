pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "../lib/zero.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/params.circom";
include "../lib/scalar_multiply.circom";

/// Elements that one permutation of the key stream gives. One element of its state stays hidden, without which nobody inverts it.
function CIPHER_BLOCK() { return 11; }

/// The ephemeral key of a ciphertext. It follows from the salt, so there is nothing that a prover could choose.
/// @input    salt        private, of the commitment
/// @input    commitment  public
/// @output   bit         EPHEMERAL_BITS bits, the lowest of P(DOMAIN_EPHEMERAL, salt, commitment)
/// @output   point       their number times BASE
/// @enforces the number is not 0
template EphemeralKey() {
    signal input salt;
    signal input commitment;
    signal output bit[EPHEMERAL_BITS()];
    signal output point[2];

    component hash = Poseidon(3);
    hash.inputs <== [POSEIDON_DOMAIN_EPHEMERAL(), salt, commitment];
    component bits = Num2Bits_strict();
    bits.in <== hash.out;
    component multiply = MultiplyBase(EPHEMERAL_BITS());
    var scalar = 0;
    for (var i = 0; i < EPHEMERAL_BITS(); i++) {
        bit[i] <== bits.out[i];
        multiply.bit[i] <== bits.out[i];
        scalar += bits.out[i] * (1 << i);
    }
    signal inverse <-- 1 / scalar;
    inverse * scalar === 1;
    point <== multiply.product;
}

/// The salt for one recipient: whoever has it decrypts the book and opens the commitment.
/// @input    bit         the ephemeral scalar, lowest bit first, constrained by the caller
/// @input    key         the recipient's, supplied by the contract, which checks its order; (0, 1) for none
/// @input    salt        private
/// @input    commitment  public
/// @output   wrap        salt + P(DOMAIN_WRAP, scalar·key, commitment), 0 for no recipient
/// @enforces key is on the curve
template WrapSalt() {
    signal input bit[EPHEMERAL_BITS()];
    signal input key[2];
    signal input salt;
    signal input commitment;
    signal output wrap;

    component on_curve = AssertOnCurve();
    on_curve.point <== key;
    component shared = Multiply(EPHEMERAL_BITS());
    shared.bit <== bit;
    shared.point <== key;
    component pad = Poseidon(4);
    pad.inputs <== [POSEIDON_DOMAIN_WRAP(), shared.product[0], shared.product[1], commitment];
    // (0, 1) and (0, -1) are the points with x = 0.
    component none = IsZeroUnique();
    none.in <== key[0];
    wrap <== (1 - none.out) * (salt + pad.out);
}

/// A packed book under a key stream of its salt.
/// @param    COUNT       elements
/// @input    element     any field elements
/// @input    salt        private
/// @input    commitment  public
/// @output   body        element + key stream; block b of it is PoseidonEx(DOMAIN_CIPHER, salt, commitment, b, 0, …)
template EncryptBook(COUNT) {
    signal input element[COUNT];
    signal input salt;
    signal input commitment;
    signal output body[COUNT];

    var BLOCKS = (COUNT + CIPHER_BLOCK() - 1) \ CIPHER_BLOCK();
    component block[BLOCKS];
    for (var b = 0; b < BLOCKS; b++) {
        var LEFT = COUNT - b * CIPHER_BLOCK();
        var TAKE = LEFT < CIPHER_BLOCK() ? LEFT : CIPHER_BLOCK();
        block[b] = PoseidonEx(CIPHER_BLOCK(), TAKE);
        block[b].initialState <== 0;
        block[b].inputs[0] <== POSEIDON_DOMAIN_CIPHER();
        block[b].inputs[1] <== salt;
        block[b].inputs[2] <== commitment;
        block[b].inputs[3] <== b;
        for (var i = 4; i < CIPHER_BLOCK(); i++) {
            block[b].inputs[i] <== 0;
        }
        for (var i = 0; i < TAKE; i++) {
            body[b * CIPHER_BLOCK() + i] <== element[b * CIPHER_BLOCK() + i] + block[b].out[i];
        }
    }
}
