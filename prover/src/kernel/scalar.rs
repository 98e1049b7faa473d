//! One element at a time, by arkworks' field arithmetic: the kernel for every processor.

use ark_ff::{BigInt, Fp, MontBackend, MontConfig, PrimeField};

use super::lanes::{Lanes, Line, MAX_WIDTH};
use super::path::Job;

/// One element of the field of a modulus.
pub struct Single<M: MontConfig<4>>(Fp<MontBackend<M, 4>, 4>);

impl<M: MontConfig<4>> Clone for Single<M> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: MontConfig<4>> Copy for Single<M> {}

impl<M: MontConfig<4>> Single<M> {
    #[inline(always)]
    fn word(words: &[u64]) -> Fp<MontBackend<M, 4>, 4> {
        Fp::new_unchecked(BigInt([words[0], words[1], words[2], words[3]]))
    }
}

impl<M: MontConfig<4>> Lanes for Single<M> {
    const WIDTH: usize = 1;
    type Field = Fp<MontBackend<M, 4>, 4>;

    fn dispatch<J: Job>(job: J) -> J::Output {
        job.run()
    }

    #[inline(always)]
    fn splat(value: &Self::Field) -> Self {
        Self(*value)
    }

    #[inline(always)]
    fn from_fields(values: &[Self::Field]) -> Self {
        Self(values[0])
    }

    #[inline(always)]
    fn to_fields(self, out: &mut [Self::Field]) {
        out[0] = self.0;
    }

    #[inline(always)]
    fn to_integers(self, out: &mut [BigInt<4>]) {
        out[0] = self.0.into_bigint();
    }

    #[inline(always)]
    fn zero() -> Self {
        Self(Self::Field::from(0_u64))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn sub_both(self, one: Self, other: Self) -> Self {
        self.sub(one).sub(other)
    }

    #[inline(always)]
    fn sub_lazy(self, other: Self) -> Self {
        self.sub(other)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self(ark_ff::Field::square(&self.0))
    }

    #[inline(always)]
    fn negate(self, lanes: u8) -> Self {
        if lanes & 1 == 0 { self } else { Self(-self.0) }
    }

    #[inline(always)]
    fn select(self, other: Self, lanes: u8) -> Self {
        if lanes & 1 == 0 { self } else { other }
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        u8::from(ark_ff::Zero::is_zero(&self.0))
    }

    #[inline(always)]
    fn transpose(_block: &mut [Self]) {}

    #[inline(always)]
    fn read_lines(lines: &[&Line; MAX_WIDTH]) -> (Self, Self) {
        let words = &lines[0].0;
        (Self(Self::word(&words[..4])), Self(Self::word(&words[4..])))
    }

    #[inline(always)]
    fn prefetch(_line: &Line) {}

    #[inline(always)]
    fn read_first(lines: &[&Line; MAX_WIDTH]) -> Self {
        Self(Self::word(&lines[0].0[..4]))
    }

    #[inline(always)]
    fn write_lines(first: Self, second: Self) -> [Line; MAX_WIDTH] {
        let mut out = [Line::ZERO; MAX_WIDTH];
        out[0].0[..4].copy_from_slice(&first.0.0.0);
        out[0].0[4..].copy_from_slice(&second.0.0.0);
        out
    }

    fn pack(value: &Self::Field) -> [u64; 4] {
        value.0.0
    }

    fn unpack(words: [u64; 4]) -> Self::Field {
        debug_assert!(BigInt(words) < Self::Field::MODULUS);
        Self::word(&words)
    }
}
