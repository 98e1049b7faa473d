pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";
include "../lib/scalar_multiply.circom";

/// An EdDSA signature with Poseidon, as circomlibjs makes it. Its bytes are malleable (s + order): they identify nothing.
/// @input    enabled  a bit, constrained by the caller
/// @input    key      the signer's; registered by the contract, which checks that its order is the subgroup's
/// @input    message  a field element
/// @input    r8       the signature's point, of the curve also where not enabled
/// @input    s        the signature's scalar
/// @enforces key and r8 are on the curve; enabled = 0, or s·BASE = r8 + Poseidon(r8, key, message)·8·key
template AssertSignature() {
    signal input enabled;
    signal input key[2];
    signal input message;
    signal input r8[2];
    signal input s;

    component key_on_curve = AssertOnCurve();
    key_on_curve.point <== key;
    component r8_on_curve = AssertOnCurve();
    r8_on_curve.point <== r8;

    component challenge = Poseidon(5);
    challenge.inputs <== [r8[0], r8[1], key[0], key[1], message];
    component challenge_bits = Num2Bits_strict();
    challenge_bits.in <== challenge.out;

    component eightfold[3];
    for (var i = 0; i < 3; i++) {
        eightfold[i] = EdwardsDouble();
        if (i == 0) {
            eightfold[i].p <== key;
        } else {
            eightfold[i].p <== eightfold[i - 1].double;
        }
    }
    component share = Multiply(254);
    share.bit <== challenge_bits.out;
    share.point <== eightfold[2].double;
    component right = EdwardsAdd();
    right.p <== r8;
    right.q <== share.product;

    component s_bits = Num2Bits(EDWARDS_ORDER_BITS());
    s_bits.in <== s;
    component left = MultiplyBase(EDWARDS_ORDER_BITS());
    left.bit <== s_bits.out;
    for (var c = 0; c < 2; c++) {
        enabled * (left.product[c] - right.sum[c]) === 0;
    }
}
