pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"in": 77}
// good inputs: {"in": 77}
// Off by one: the sum stops below the top bit, which is then anything.

template DigitsBelow(N, SUMMED) {
    signal input in;
    signal output digit[N];
    var sum = 0;
    for (var i = 0; i < N; i++) {
        digit[i] <-- (in >> i) & 1;
        digit[i] * (digit[i] - 1) === 0;
        if (i < SUMMED) {
            sum += digit[i] * (1 << i);
        }
    }
    sum === in;
}

template TopBitLeftOutBad() {
    signal input in;
    signal output digit[8];
    digit <== DigitsBelow(8, 7)(in);
}

template TopBitLeftOutGood() {
    signal input in;
    signal output digit[8];
    digit <== DigitsBelow(8, 8)(in);
}
