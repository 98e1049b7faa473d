pragma circom 2.1.6;
// expect: not unique
// bad inputs: {"in": 77}
// good inputs: {"in": 77}
// A decomposition whose digits are not bits.

template Digits(N, CHECKED) {
    signal input in;
    signal output digit[N];
    var sum = 0;
    for (var i = 0; i < N; i++) {
        digit[i] <-- (in >> i) & 1;
        if (i < CHECKED) {
            digit[i] * (digit[i] - 1) === 0;
        }
        sum += digit[i] * (1 << i);
    }
    sum === in;
}

template BitsNotBooleanBad() {
    signal input in;
    signal output digit[8];
    digit <== Digits(8, 7)(in);
}

template BitsNotBooleanGood() {
    signal input in;
    signal output digit[8];
    digit <== Digits(8, 8)(in);
}
