pragma circom 2.1.6;
// expect: unranged
// bad inputs: {"quantity": [1, 1, 1, 1, 1, 1, 1, 1], "price": [2, 2, 2, 2, 2, 2, 2, 2], "limit": 100}
// good inputs: {"quantity": [1, 1, 1, 1, 1, 1, 1, 1], "price": [2, 2, 2, 2, 2, 2, 2, 2], "limit": 100}
// C8: each product is in range, their sum passes r, and a large debt becomes a small one.

include "circomlib/circuits/bitify.circom";

template SumWraps(BITS) {
    signal input quantity[8];
    signal input price[8];
    signal input limit;
    signal product[8];
    var total = 0;
    for (var i = 0; i < 8; i++) {
        _ <== Num2Bits(BITS)(quantity[i]);
        _ <== Num2Bits(BITS)(price[i]);
        product[i] <== quantity[i] * price[i];
        total += product[i];
    }
    _ <== Num2Bits(250)(limit);
    _ <== Num2Bits(250)(limit - total);
}

template SumWrapsBad() {
    signal input quantity[8];
    signal input price[8];
    signal input limit;
    component sum = SumWraps(126);
    sum.quantity <== quantity;
    sum.price <== price;
    sum.limit <== limit;
}

template SumWrapsGood() {
    signal input quantity[8];
    signal input price[8];
    signal input limit;
    component sum = SumWraps(120);
    sum.quantity <== quantity;
    sum.price <== price;
    sum.limit <== limit;
}
