//! Numbers of five limbs of 52 bits, one in each of eight lanes.
//!
//! Private to [`super`], which makes every vector and asks the processor before: nothing here is reached where it lacks AVX-512F
//! and AVX-512IFMA.
#![allow(unsafe_code)]
// One index for the limbs of several numbers.
#![allow(clippy::needless_range_loop)]

use core::arch::x86_64::*;

use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{BigInt, BigInteger, Fp, MontBackend, MontConfig, MontFp, PrimeField};

pub(super) const LIMBS: usize = 5;
pub(super) const LIMB_BITS: u32 = 52;
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Four words as five limbs.
const fn limbs_of(words: [u64; 4]) -> [u64; LIMBS] {
    [
        words[0] & LIMB_MASK,
        (words[0] >> 52 | words[1] << 12) & LIMB_MASK,
        (words[1] >> 40 | words[2] << 24) & LIMB_MASK,
        (words[2] >> 28 | words[3] << 36) & LIMB_MASK,
        words[3] >> 16,
    ]
}

/// A small multiple of a number, in limbs.
pub(super) const fn times(limbs: [u64; LIMBS], factor: u64) -> [u64; LIMBS] {
    let mut out = [0; LIMBS];
    let mut carry = 0;
    let mut i = 0;
    while i < LIMBS {
        let sum = limbs[i] * factor + carry;
        out[i] = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    out
}

/// 2^exponent modulo p, by doubling.
const fn power_of_two(p: [u64; LIMBS], exponent: u32) -> [u64; LIMBS] {
    let mut value = [1, 0, 0, 0, 0];
    let mut i = 0;
    while i < exponent {
        value = times(value, 2);
        let mut difference = [0; LIMBS];
        let mut borrow = 0;
        let mut j = 0;
        while j < LIMBS {
            let limb = value[j].wrapping_sub(p[j]).wrapping_sub(borrow);
            borrow = limb >> 63;
            difference[j] = limb & LIMB_MASK;
            j += 1;
        }
        if borrow == 0 {
            value = difference;
        }
        i += 1;
    }
    value
}

/// −1/p modulo 2^52, by Newton's iteration.
const fn negative_inverse(low: u64) -> u64 {
    let mut inverse: u64 = 1;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg() & LIMB_MASK
}

pub(super) type FieldOf<M> = Fp<MontBackend<<M as Modulus>::Config, 4>, 4>;

/// The prime of a field, prepared.
pub trait Modulus: Copy + Send + Sync + 'static {
    /// The field in arkworks.
    type Config: MontConfig<4>;
    /// p.
    const P: [u64; LIMBS] = limbs_of(Self::Config::MODULUS.0);
    /// 2p.
    const P2: [u64; LIMBS] = times(Self::P, 2);
    /// 3p.
    const P3: [u64; LIMBS] = times(Self::P, 3);
    /// 5p.
    const P5: [u64; LIMBS] = times(Self::P, 5);
    /// A highest limb from which on a number, whose limbs may still lack carries, is not below 2p.
    const FROM: u64 = Self::P2[4] + 8;
    /// 1/16, which turns a number of 2^260 form into one of 2^256 form.
    const SIXTEENTH: FieldOf<Self>;
    /// 2^264 modulo p: times it, arkworks' form becomes this one.
    const TO_260: [u64; LIMBS] = power_of_two(Self::P, 264);
    /// 2^256 modulo p: times it, this form becomes arkworks'.
    const TO_256: [u64; LIMBS] = power_of_two(Self::P, 256);
    /// −1/p modulo 2^52.
    const INVERSE: u64 = negative_inverse(Self::P[0]);
}

/// The base field's prime.
#[derive(Clone, Copy, Debug)]
pub struct BaseModulus;
/// The scalar field's prime.
#[derive(Clone, Copy, Debug)]
pub struct ScalarModulus;

impl Modulus for BaseModulus {
    type Config = FqConfig;
    const SIXTEENTH: FieldOf<Self> =
        MontFp!("12312136615409592312513603231707217237391675025980025810262583815737939742328");
}

impl Modulus for ScalarModulus {
    type Config = FrConfig;
    const SIXTEENTH: FieldOf<Self> =
        MontFp!("20520227692349320520856005386178695395514091625390032197217066424914820464641");
}

/// A constant in every lane.
#[inline(always)]
pub(super) fn limbs(constant: [u64; LIMBS]) -> [__m512i; LIMBS] {
    constant.map(spread)
}

/// A loose number as the one below p.
#[inline(always)]
pub(super) fn reduced<M: Modulus>(words: [u64; 4]) -> BigInt<4> {
    let mut number = BigInt(words);
    while number >= FieldOf::<M>::MODULUS {
        number.sub_with_borrow(&FieldOf::<M>::MODULUS);
    }
    number
}

/// The same number in every lane.
#[inline(always)]
pub(super) fn spread(value: u64) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe { _mm512_set1_epi64(value as i64) }
}

/// Limbs with their carries, which may be negative, moved up.
#[inline(always)]
pub(super) fn carried(mut limbs: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    let mask = spread(LIMB_MASK);
    for i in 0..LIMBS - 1 {
        // SAFETY: the module is only reached where the processor has AVX-512F.
        unsafe {
            let carry = _mm512_srai_epi64::<LIMB_BITS>(limbs[i]);
            limbs[i] = _mm512_and_si512(limbs[i], mask);
            limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], carry);
        }
    }
    limbs
}

/// 2p less where the number is 2p or more, limbs without carries.
#[inline(always)]
pub(super) fn lowered<M: Modulus>(mut limbs: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe {
        let lanes = _mm512_cmpge_epi64_mask(limbs[4], spread(M::FROM));
        for i in 0..LIMBS {
            limbs[i] = _mm512_mask_sub_epi64(limbs[i], lanes, limbs[i], spread(M::P2[i]));
        }
    }
    limbs
}

/// Rows and columns of eight by eight words exchanged.
#[inline(always)]
pub(super) fn transposed(rows: [__m512i; 8]) -> [__m512i; 8] {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe {
        let mut pairs = [_mm512_setzero_si512(); 8];
        for i in 0..4 {
            pairs[2 * i] = _mm512_unpacklo_epi64(rows[2 * i], rows[2 * i + 1]);
            pairs[2 * i + 1] = _mm512_unpackhi_epi64(rows[2 * i], rows[2 * i + 1]);
        }
        let mut quads = [_mm512_setzero_si512(); 8];
        for half in 0..2 {
            for odd in 0..2 {
                let (low, high) = (pairs[4 * half + odd], pairs[4 * half + 2 + odd]);
                quads[4 * half + odd] = _mm512_shuffle_i64x2::<0b10_00_10_00>(low, high);
                quads[4 * half + 2 + odd] = _mm512_shuffle_i64x2::<0b11_01_11_01>(low, high);
            }
        }
        let mut out = [_mm512_setzero_si512(); 8];
        for i in 0..4 {
            let (low, high) = (quads[i], quads[4 + i]);
            out[i] = _mm512_shuffle_i64x2::<0b10_00_10_00>(low, high);
            out[4 + i] = _mm512_shuffle_i64x2::<0b11_01_11_01>(low, high);
        }
        out
    }
}

/// Four vectors of words as five of limbs.
#[inline(always)]
pub(super) fn split(words: [__m512i; 4]) -> [__m512i; LIMBS] {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe {
        let mask = spread(LIMB_MASK);
        let or = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        [
            _mm512_and_si512(words[0], mask),
            or(
                _mm512_srli_epi64::<52>(words[0]),
                _mm512_slli_epi64::<12>(words[1]),
            ),
            or(
                _mm512_srli_epi64::<40>(words[1]),
                _mm512_slli_epi64::<24>(words[2]),
            ),
            or(
                _mm512_srli_epi64::<28>(words[2]),
                _mm512_slli_epi64::<36>(words[3]),
            ),
            _mm512_srli_epi64::<16>(words[3]),
        ]
    }
}

/// The inverse of [`split`], of numbers below 2^256.
#[inline(always)]
pub(super) fn joined(limbs: [__m512i; LIMBS]) -> [__m512i; 4] {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe {
        [
            _mm512_or_si512(limbs[0], _mm512_slli_epi64::<52>(limbs[1])),
            _mm512_or_si512(
                _mm512_srli_epi64::<12>(limbs[1]),
                _mm512_slli_epi64::<40>(limbs[2]),
            ),
            _mm512_or_si512(
                _mm512_srli_epi64::<24>(limbs[2]),
                _mm512_slli_epi64::<28>(limbs[3]),
            ),
            _mm512_or_si512(
                _mm512_srli_epi64::<36>(limbs[3]),
                _mm512_slli_epi64::<16>(limbs[4]),
            ),
        ]
    }
}

/// The low half of a·b added to a sum.
#[inline(always)]
pub(super) fn low(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512IFMA.
    unsafe { _mm512_madd52lo_epu64(sum, a, b) }
}

/// The high half of a·b, from the 52nd bit on, added to a sum.
#[inline(always)]
pub(super) fn high(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512IFMA.
    unsafe { _mm512_madd52hi_epu64(sum, a, b) }
}

#[inline(always)]
pub(super) fn plus(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe { _mm512_add_epi64(a, b) }
}

#[inline(always)]
pub(super) fn minus(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe { _mm512_sub_epi64(a, b) }
}

/// What a limb, which may be negative, carries.
#[inline(always)]
pub(super) fn carry_of(limb: __m512i) -> __m512i {
    // SAFETY: the module is only reached where the processor has AVX-512F.
    unsafe { _mm512_srai_epi64::<LIMB_BITS>(limb) }
}

/// A number of ten limbs, each between −2^58 and 2^58, divided by 2^260 modulo p: by 2^260, and up to p more.
#[inline(always)]
pub(super) fn reduced_by_260<M: Modulus>(mut sums: [__m512i; 2 * LIMBS]) -> [__m512i; LIMBS] {
    let mask = spread(LIMB_MASK);
    let zero = spread(0);
    for i in 0..LIMBS {
        let quotient = low(zero, sums[i], spread(M::INVERSE));
        // With quotient·p the low 52 bits become 0: what is carried is one more unless they were 0 already.
        let carry = carry_of(plus(sums[i], mask));
        let first = low(carry, quotient, spread(M::P[1]));
        sums[i + 1] = plus(high(sums[i + 1], quotient, spread(M::P[0])), first);
        for j in 2..LIMBS {
            sums[i + j] = low(sums[i + j], quotient, spread(M::P[j]));
        }
        for j in 1..LIMBS {
            sums[i + j + 1] = high(sums[i + j + 1], quotient, spread(M::P[j]));
        }
    }
    let mut out = [sums[5], sums[6], sums[7], sums[8], sums[9]];
    for i in 0..LIMBS - 1 {
        out[i + 1] = plus(out[i + 1], carry_of(out[i]));
        // SAFETY: the module is only reached where the processor has AVX-512F.
        out[i] = unsafe { _mm512_and_si512(out[i], mask) };
    }
    out
}

/// a·b, limbs with carries, each below 2^56.
#[inline(always)]
pub(super) fn wide(a: [__m512i; LIMBS], b: [__m512i; LIMBS]) -> [__m512i; 2 * LIMBS] {
    let mut sums = [spread(0); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in 0..LIMBS {
            sums[i + j] = low(sums[i + j], a[i], b[j]);
            sums[i + j + 1] = high(sums[i + j + 1], a[i], b[j]);
        }
    }
    sums
}

/// a·b/2^260 modulo p, below 2p for factors below 8p.
#[inline(always)]
pub(super) fn product<M: Modulus>(a: [__m512i; LIMBS], b: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    reduced_by_260::<M>(wide(a, b))
}

/// a²/2^260 modulo p, below 2p for a below 8p.
#[inline(always)]
pub(super) fn squared<M: Modulus>(a: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    let mut sums = [spread(0); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in i + 1..LIMBS {
            sums[i + j] = low(sums[i + j], a[i], a[j]);
            sums[i + j + 1] = high(sums[i + j + 1], a[i], a[j]);
        }
    }
    for sum in &mut sums {
        *sum = plus(*sum, *sum);
    }
    for i in 0..LIMBS {
        sums[2 * i] = low(sums[2 * i], a[i], a[i]);
        sums[2 * i + 1] = high(sums[2 * i + 1], a[i], a[i]);
    }
    reduced_by_260::<M>(sums)
}
