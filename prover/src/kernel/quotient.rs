//! The values of A·B − C that the H section of a zkey is multiplied with, by the kernels.

use ark_bn254::Fr;
use ark_ff::{BigInt, FftField, Field};
use rayon::prelude::*;

use super::lanes::Lanes;
use super::matrix::Matrix;
use super::ntt::Roots;
use super::path::{Job, Path};

/// Vectors that a thread takes at a time.
const PART: usize = 1 << 9;

/// Tables of one domain.
pub struct Quotient<T: Path> {
    there: Roots<T>,
    back: Roots<T>,
    /// Powers of the generator of the odd coset over the domain's size, in bit-reversed order.
    shifts: Vec<T::Scalar>,
}

impl<T: Path> Quotient<T> {
    /// Tables for a domain of 2^log_size rows; `None` where the field has no doubled domain, or the domain is too small for this path.
    pub fn new(log_size: u32) -> Option<Self> {
        let size = 1_usize << log_size;
        let shift = Fr::get_root_of_unity(2 << log_size)?;
        let mut power = Fr::from(size as u64).inverse()?;
        let mut shifts = vec![Fr::ONE; size];
        for i in 0..size {
            shifts[i.reverse_bits() >> (usize::BITS - log_size)] = power;
            power *= shift;
        }
        Some(Self {
            there: Roots::new(log_size, true)?,
            back: Roots::new(log_size, false)?,
            shifts: shifts
                .chunks_exact(T::Scalar::WIDTH)
                .map(T::Scalar::from_fields)
                .collect(),
        })
    }

    /// A·B − C on the odd coset of the doubled domain, in natural order, as numbers; C is A·B on the domain itself.
    pub fn values(&self, a: &Matrix, b: &Matrix, witness: &[Fr]) -> Vec<BigInt<4>> {
        let (mut a, mut b) = rayon::join(|| a.times::<T>(witness), || b.times::<T>(witness));
        let mut c = vec![T::Scalar::zero(); a.len()];
        let parts = c
            .par_chunks_mut(PART)
            .zip(a.par_chunks(PART))
            .zip(b.par_chunks(PART));
        parts.for_each(|((c, a), b)| T::dispatch(Products::<T> { out: c, a, b }));
        rayon::join(
            || self.extend(&mut a),
            || rayon::join(|| self.extend(&mut b), || self.extend(&mut c)),
        );
        let width = T::Scalar::WIDTH;
        let mut out = vec![BigInt([0; 4]); a.len() * width];
        out.par_chunks_mut(PART * width)
            .zip(
                a.par_chunks(PART)
                    .zip(b.par_chunks(PART))
                    .zip(c.par_chunks(PART)),
            )
            .for_each(|(out, ((a, b), c))| T::dispatch(Differences::<T> { out, a, b, c }));
        wipe::<T>(&mut [a, b, c]);
        out
    }

    /// Products that the values of two matrices take.
    pub fn products(a: &Matrix, b: &Matrix, log_size: u32) -> u64 {
        let size = 1 << log_size;
        // Six transforms, the shifts of three polynomials, A·B twice, and from Montgomery's form.
        a.products()
            + b.products()
            + 6 * size / 2 * u64::from(log_size)
            + 3 * size
            + 2 * size
            + size
    }

    /// From values on the domain to values on the odd coset.
    fn extend(&self, values: &mut [T::Scalar]) {
        self.there.forward(values);
        let parts = values
            .par_chunks_mut(PART)
            .zip(self.shifts.par_chunks(PART));
        parts.for_each(|(values, factors)| T::dispatch(Scale::<T> { values, factors }));
        self.back.backward(values);
    }
}

/// Overwrite values that tell of a witness.
fn wipe<T: Path>(all: &mut [Vec<T::Scalar>; 3]) {
    for values in all {
        values.fill(T::Scalar::zero());
        std::hint::black_box(&mut **values);
    }
}

struct Products<'a, T: Path> {
    out: &'a mut [T::Scalar],
    a: &'a [T::Scalar],
    b: &'a [T::Scalar],
}

impl<T: Path> Job for Products<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((out, a), b) in self.out.iter_mut().zip(self.a).zip(self.b) {
            *out = a.mul(*b);
        }
    }
}

struct Scale<'a, T: Path> {
    values: &'a mut [T::Scalar],
    factors: &'a [T::Scalar],
}

impl<T: Path> Job for Scale<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (value, factor) in self.values.iter_mut().zip(self.factors) {
            *value = value.mul(*factor);
        }
    }
}

struct Differences<'a, T: Path> {
    out: &'a mut [BigInt<4>],
    a: &'a [T::Scalar],
    b: &'a [T::Scalar],
    c: &'a [T::Scalar],
}

impl<T: Path> Job for Differences<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let parts = self.out.chunks_exact_mut(T::Scalar::WIDTH);
        for (((out, a), b), c) in parts.zip(self.a).zip(self.b).zip(self.c) {
            a.mul(*b).sub(*c).to_integers(out);
        }
    }
}
