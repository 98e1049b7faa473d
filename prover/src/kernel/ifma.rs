//! Eight elements at a time with AVX-512 IFMA: five limbs of 52 bits, Montgomery form with R = 2^260.
//!
//! The functions here run instructions that not every processor has. All of them work on vectors, and whatever makes a vector
//! first asks the processor ([`found`]): the module is not reached where it lacks them.
//!
//! Ranges. "Loose" is below 2p + e with e < 2^230: what additions, differences and products give and
//! what lines hold. A product takes factors whose product is below 2^520/84·… : with factors below 8p it is
//! below 8p·8p/2^260 + p < 2p. Limbs of a vector are below 2^52; sums of limbs in between are signed.
#![allow(unsafe_code)]
// One index for the limbs of several numbers.
#![allow(clippy::needless_range_loop)]

use core::arch::x86_64::*;
use core::marker::PhantomData;

use ark_ff::BigInt;

use super::lanes::{Lanes, Line, MAX_WIDTH};
use super::path::Job;

mod limbs;

use limbs::*;
pub use limbs::{BaseModulus, Modulus, ScalarModulus};

/// Eight elements.
#[derive(Clone, Copy)]
pub struct Octet<M: Modulus>([__m512i; LIMBS], PhantomData<M>);

/// Whether the processor has what this module runs.
#[inline(always)]
pub fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// Panics where the processor lacks what this module runs.
#[inline(always)]
fn found() {
    assert!(is_available(), "this processor has no AVX-512 IFMA");
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn with_ifma<J: Job>(job: J) -> J::Output {
    job.run()
}

#[inline(always)]
fn row(line: &Line) -> __m512i {
    // SAFETY: a line has 64 bytes at an address that 64 divides.
    unsafe { _mm512_load_si512(line.0.as_ptr().cast()) }
}

impl<M: Modulus> Octet<M> {
    #[inline(always)]
    const fn new(limbs: [__m512i; LIMBS]) -> Self {
        Self(limbs, PhantomData)
    }

    /// a + b, below twice the bound, to be multiplied.
    #[inline(always)]
    fn sum_lazy(self, other: Self) -> Self {
        let mut limbs = self.0;
        for i in 0..LIMBS {
            limbs[i] = plus(limbs[i], other.0[i]);
        }
        Self::new(carried(limbs))
    }

    /// a + offset − b, limbs without carries.
    #[inline(always)]
    fn difference(self, other: Self, offset: [u64; LIMBS]) -> [__m512i; LIMBS] {
        let mut limbs = self.0;
        for i in 0..LIMBS {
            // SAFETY: the module is only reached where the processor has AVX-512F.
            limbs[i] = unsafe {
                _mm512_add_epi64(_mm512_sub_epi64(limbs[i], other.0[i]), spread(offset[i]))
            };
        }
        limbs
    }

    /// The factor that turns a number of 2^256 form into one of 2^260 form.
    fn sixteen() -> FieldOf<M> {
        FieldOf::<M>::from(16_u64)
    }

    #[inline(always)]
    fn from_words(words: &[[u64; 4]; 8]) -> Self {
        found();
        let mut vectors = [spread(0); 4];
        for (i, vector) in vectors.iter_mut().enumerate() {
            let lanes: [u64; 8] = core::array::from_fn(|lane| words[lane][i]);
            // SAFETY: the array has 64 bytes; the load asks for no alignment.
            *vector = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
        }
        Self::new(split(vectors))
    }

    #[inline(always)]
    fn to_words(self) -> [[u64; 4]; 8] {
        let mut out = [[0; 4]; 8];
        for (i, vector) in joined(self.0).into_iter().enumerate() {
            let mut lanes = [0_u64; 8];
            // SAFETY: the array has 64 bytes; the store asks for no alignment.
            unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), vector) };
            for (word, lane) in out.iter_mut().zip(lanes) {
                word[i] = lane;
            }
        }
        out
    }
}

impl<M: Modulus> Lanes for Octet<M> {
    const WIDTH: usize = 8;
    type Field = FieldOf<M>;

    fn dispatch<J: Job>(job: J) -> J::Output {
        found();
        // SAFETY: the features were found just now.
        unsafe { with_ifma(job) }
    }

    #[inline(always)]
    fn splat(value: &FieldOf<M>) -> Self {
        Self::from_words(&[Self::pack(value); 8])
    }

    #[inline(always)]
    fn from_fields(values: &[FieldOf<M>]) -> Self {
        let words: [[u64; 4]; 8] = core::array::from_fn(|lane| values[lane].0.0);
        let raw = Self::from_words(&words);
        Self::new(product::<M>(raw.0, limbs(M::TO_260)))
    }

    #[inline(always)]
    fn to_fields(self, out: &mut [FieldOf<M>]) {
        let raw = Self::new(product::<M>(self.0, limbs(M::TO_256)));
        for (value, words) in out.iter_mut().zip(raw.to_words()) {
            *value = FieldOf::<M>::new_unchecked(reduced::<M>(words));
        }
    }

    #[inline(always)]
    fn to_integers(self, out: &mut [BigInt<4>]) {
        let raw = Self::new(product::<M>(self.0, limbs([1, 0, 0, 0, 0])));
        for (value, words) in out.iter_mut().zip(raw.to_words()) {
            *value = reduced::<M>(words);
        }
    }

    #[inline(always)]
    fn zero() -> Self {
        found();
        Self::new([spread(0); LIMBS])
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut limbs = self.0;
        for i in 0..LIMBS {
            // SAFETY: the module is only reached where the processor has AVX-512F.
            limbs[i] = unsafe { _mm512_add_epi64(limbs[i], other.0[i]) };
        }
        Self::new(carried(lowered::<M>(limbs)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // Between p − e and 5p + e, then twice 2p less.
        let limbs = self.difference(other, M::P3);
        Self::new(carried(lowered::<M>(lowered::<M>(limbs))))
    }

    #[inline(always)]
    fn sub_both(self, one: Self, other: Self) -> Self {
        // Between p − 2e and 7p + e, then three times 2p less.
        let mut limbs = self.difference(one, M::P5);
        for i in 0..LIMBS {
            // SAFETY: the module is only reached where the processor has AVX-512F.
            limbs[i] = unsafe { _mm512_sub_epi64(limbs[i], other.0[i]) };
        }
        Self::new(carried(lowered::<M>(lowered::<M>(lowered::<M>(limbs)))))
    }

    #[inline(always)]
    fn sub_lazy(self, other: Self) -> Self {
        Self::new(carried(self.difference(other, M::P3)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::new(product::<M>(self.0, other.0))
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self::new(squared::<M>(self.0))
    }

    #[inline(always)]
    fn mul_pairs(a: (Self, Self), b: (Self, Self)) -> (Self, Self) {
        let (mut real, imaginary) = (wide(a.0.0, b.0.0), wide(a.1.0, b.1.0));
        let mut cross = wide(a.0.sum_lazy(a.1).0, b.0.sum_lazy(b.1).0);
        for i in 0..2 * LIMBS {
            // Not negative: the products of the parts that are not both real or both imaginary.
            cross[i] = minus(cross[i], plus(real[i], imaginary[i]));
            real[i] = minus(real[i], imaginary[i]);
        }
        for i in 0..LIMBS {
            // The imaginary parts' product is below p·2^260: one p more, and the difference is above 0 and below 3p.
            real[LIMBS + i] = plus(real[LIMBS + i], spread(M::P[i]));
        }
        let real = lowered::<M>(reduced_by_260::<M>(real));
        (
            Self::new(carried(real)),
            Self::new(reduced_by_260::<M>(cross)),
        )
    }

    #[inline(always)]
    fn square_pair(a: (Self, Self)) -> (Self, Self) {
        let real = a.0.sum_lazy(a.1).mul(a.0.sub_lazy(a.1));
        (real, a.0.sum_lazy(a.0).mul(a.1))
    }

    #[inline(always)]
    fn negate(self, lanes: u8) -> Self {
        // 3p less a loose number is not negative.
        let mut limbs = self.0;
        for i in 0..LIMBS {
            // SAFETY: the module is only reached where the processor has AVX-512F.
            limbs[i] =
                unsafe { _mm512_mask_sub_epi64(limbs[i], lanes, spread(M::P3[i]), limbs[i]) };
        }
        Self::new(carried(limbs))
    }

    #[inline(always)]
    fn select(self, other: Self, lanes: u8) -> Self {
        let mut limbs = self.0;
        for i in 0..LIMBS {
            // SAFETY: the module is only reached where the processor has AVX-512F.
            limbs[i] = unsafe { _mm512_mask_mov_epi64(limbs[i], lanes, other.0[i]) };
        }
        Self::new(limbs)
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        let mut found = 0;
        // Loose values are below 3p; those of lazy differences below 6p.
        for factor in 0..6 {
            let multiple = times(M::P, factor);
            let mut equal = 0xff;
            for i in 0..LIMBS {
                // SAFETY: the module is only reached where the processor has AVX-512F.
                equal &= unsafe { _mm512_cmpeq_epi64_mask(self.0[i], spread(multiple[i])) };
            }
            found |= equal;
        }
        found
    }

    #[inline(always)]
    fn transpose(block: &mut [Self]) {
        for limb in 0..LIMBS {
            let rows = core::array::from_fn(|i| block[i].0[limb]);
            for (vector, column) in block.iter_mut().zip(transposed(rows)) {
                vector.0[limb] = column;
            }
        }
    }

    #[inline(always)]
    fn read_lines(lines: &[&Line; MAX_WIDTH]) -> (Self, Self) {
        found();
        let [a, b, c, d, e, f, g, h] = transposed([
            row(lines[0]),
            row(lines[1]),
            row(lines[2]),
            row(lines[3]),
            row(lines[4]),
            row(lines[5]),
            row(lines[6]),
            row(lines[7]),
        ]);
        (
            Self::new(split([a, b, c, d])),
            Self::new(split([e, f, g, h])),
        )
    }

    #[inline(always)]
    fn prefetch(line: &Line) {
        // SAFETY: prefetching reads nothing and faults nowhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.0.as_ptr().cast()) };
    }

    #[inline(always)]
    fn read_first(lines: &[&Line; MAX_WIDTH]) -> Self {
        found();
        // SAFETY: the first half of a line has 32 bytes at an address that 32 divides; the module is only reached where the processor
        // has AVX-512F.
        unsafe {
            let half = |line: &Line| _mm256_load_si256(line.0.as_ptr().cast());
            let row = |i: usize| {
                _mm512_inserti64x4::<1>(_mm512_castsi256_si512(half(lines[i])), half(lines[i + 4]))
            };
            let (a, b, c, d) = (row(0), row(1), row(2), row(3));
            let (even, odd) = (
                _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13),
                _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15),
            );
            let (low_ab, high_ab) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
            let (low_cd, high_cd) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
            Self::new(split([
                _mm512_permutex2var_epi64(low_ab, even, low_cd),
                _mm512_permutex2var_epi64(high_ab, even, high_cd),
                _mm512_permutex2var_epi64(low_ab, odd, low_cd),
                _mm512_permutex2var_epi64(high_ab, odd, high_cd),
            ]))
        }
    }

    #[inline(always)]
    fn write_lines(first: Self, second: Self) -> [Line; MAX_WIDTH] {
        let ([a, b, c, d], [e, f, g, h]) = (joined(first.0), joined(second.0));
        let mut out = [Line::ZERO; MAX_WIDTH];
        for (line, row) in out.iter_mut().zip(transposed([a, b, c, d, e, f, g, h])) {
            // SAFETY: a line has 64 bytes at an address that 64 divides.
            unsafe { _mm512_store_si512(line.0.as_mut_ptr().cast(), row) };
        }
        out
    }

    fn pack(value: &FieldOf<M>) -> [u64; 4] {
        // value·16·2^256 = value·2^260, below p: the words of arkworks' own form.
        (*value * Self::sixteen()).0.0
    }

    fn unpack(words: [u64; 4]) -> FieldOf<M> {
        FieldOf::<M>::new_unchecked(reduced::<M>(words)) * M::SIXTEENTH
    }
}
