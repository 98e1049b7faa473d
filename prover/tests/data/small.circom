// A public output, two public inputs of which one is in no constraint, bits, wide linear combinations.
pragma circom 2.1.0;
template Small() {
    signal input x;
    signal input idle;
    signal input secret;
    signal input mask;
    signal output product;
    signal bits[16];
    var sum = 0;
    for (var i = 0; i < 16; i++) {
        bits[i] <-- (secret >> i) & 1;
        bits[i] * (bits[i] - 1) === 0;
        sum += bits[i] * (1 << i);
    }
    sum === secret;
    signal square <== secret * secret;
    signal shifted <== (square + 3 * x - mask) * (7 * x + secret - 5);
    product <== shifted * shifted;
}
component main {public [x, idle]} = Small();
