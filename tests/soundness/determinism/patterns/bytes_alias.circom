pragma circom 2.1.6;
// expect: aliasing
// bad inputs: {"in": 77}
// good inputs: {"in": 77}
// 32 bytes of a field element; 31 fit.

include "circomlib/circuits/bitify.circom";

template BytesOf(COUNT) {
    signal input in;
    signal output byte[COUNT];
    var whole = 0;
    for (var i = 0; i < COUNT; i++) {
        byte[i] <-- (in >> (8 * i)) & 255;
        _ <== Num2Bits(8)(byte[i]);
        whole += byte[i] * (1 << (8 * i));
    }
    whole === in;
}

template BytesAliasBad() {
    signal input in;
    signal output byte[32];
    byte <== BytesOf(32)(in);
}

template BytesAliasGood() {
    signal input in;
    signal output byte[31];
    byte <== BytesOf(31)(in);
}
