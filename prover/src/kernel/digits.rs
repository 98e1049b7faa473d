//! Scalars as signed digits, read window by window without carries.

use std::ops::Range;

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use rayon::prelude::*;
use zeroize::Zeroize;

use super::pairs::NEGATIVE;

/// Scalars have so many bits at most: those above r/2 count as the negative of a smaller number.
const SCALAR_BITS: u32 = 253;

/// Scalars whose digits lie together.
const BLOCK: usize = 1 << 10;

/// Digits of scalars that are not 0, the longest first, in windows of `bits` bits.
///
/// Half of a window is added at every window but the highest, so that each digit is a number of `bits` bits less that half: between
/// −2^(bits−1) and 2^(bits−1) − 1, and at most 2^(bits−1) in the highest window.
pub struct Digits {
    bits: u32,
    /// Number of each scalar's point, with the sign of the scalar.
    points: Vec<u32>,
    /// For each `BLOCK` of scalars, window by window, a digit of each.
    digits: Vec<i16>,
    /// For each window, how many of the scalars may have a digit there.
    active: Vec<usize>,
}

impl Digits {
    /// Digits of scalars, numbers below r; at most 15 bits to a window.
    pub fn of(scalars: &[BigInt<4>], bits: u32) -> Self {
        let windows = (SCALAR_BITS + 1).div_ceil(bits);
        let halves = halves(bits, windows);
        let mut lengths: Vec<u8> = vec![0; scalars.len()];
        let mut counts = vec![0_usize; windows as usize + 1];
        scalars
            .par_iter()
            .with_min_len(1 << 12)
            .zip(&mut lengths)
            .for_each(|(scalar, length)| {
                let size = magnitude(scalar).0.num_bits();
                // One bit more: the halves below a window carry into it from a little under its half on.
                *length = if size == 0 {
                    0
                } else {
                    (1 + (size + 1) / bits).min(windows) as u8
                };
            });
        for length in &lengths {
            counts[*length as usize] += 1;
        }
        let mut active = Vec::with_capacity(windows as usize);
        let mut places = vec![0_usize; windows as usize + 1];
        let mut longer = 0;
        for length in (1..=windows as usize).rev() {
            places[length] = longer;
            longer += counts[length];
            active.push(longer);
        }
        active.reverse();
        let mut points = vec![0_u32; longer];
        for (point, length) in lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| **length != 0)
        {
            let place = &mut places[*length as usize];
            points[*place] = point as u32;
            *place += 1;
        }
        let block = BLOCK * windows as usize;
        let mut digits = vec![0_i16; longer.div_ceil(BLOCK) * block];
        digits
            .par_chunks_mut(block)
            .zip(points.par_chunks_mut(BLOCK))
            .for_each(|(digits, points)| {
                for (i, point) in points.iter_mut().enumerate() {
                    let at = *point as usize;
                    let (mut number, is_negative) = magnitude(&scalars[at]);
                    number.add_with_carry(&halves);
                    if is_negative {
                        *point |= NEGATIVE;
                    }
                    for window in 0..usize::from(lengths[at]) {
                        digits[window * BLOCK + i] =
                            digit(&number.0, window, bits, window + 1 == windows as usize);
                    }
                }
            });
        lengths.zeroize();
        Self {
            bits,
            points,
            digits,
            active,
        }
    }

    /// Windows, the lowest first.
    pub fn windows(&self) -> usize {
        self.active.len()
    }

    /// Bits of a window.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Buckets of a window: digits are at most so large.
    pub fn buckets(&self) -> usize {
        1 << (self.bits - 1)
    }

    /// Digits of all windows.
    pub fn count(&self) -> usize {
        self.active.iter().sum()
    }

    /// Windows in stretches of at least so many digits each, so that what a stretch costs once counts for little.
    pub fn stretches(&self, digits: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let (mut start, mut found) = (0, 0);
        for (window, active) in self.active.iter().enumerate() {
            found += active;
            if found >= digits || window + 1 == self.active.len() {
                out.push(start..window + 1);
                (start, found) = (window + 1, 0);
            }
        }
        out
    }

    /// Points with sign and their digits, 0 among them, of a window's scalars that may have one there; in stretches.
    #[inline(always)]
    pub fn of_window(&self, window: usize) -> impl Iterator<Item = (&[u32], &[i16])> {
        let points = self.points[..self.active[window]].chunks(BLOCK);
        let blocks = self.digits.chunks_exact(BLOCK * self.active.len());
        points.zip(blocks).map(move |(points, block)| {
            (
                points,
                &block[window * BLOCK..window * BLOCK + points.len()],
            )
        })
    }
}

/// One window of a number to which the halves were added.
#[inline(always)]
fn digit(number: &[u64; 4], window: usize, bits: u32, is_highest: bool) -> i16 {
    let start = window * bits as usize;
    let (word, shift) = (start / 64, (start % 64) as u32);
    let above = if word < 3 { number[word + 1] } else { 0 };
    let value = (u128::from(number[word]) | u128::from(above) << 64) >> shift;
    let half = if is_highest { 0 } else { 1 << (bits - 1) };
    ((value as i64 & ((1 << bits) - 1)) - half) as i16
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.points.zeroize();
        self.digits.zeroize();
        self.active.zeroize();
    }
}

/// Half of a window at every window but the highest.
fn halves(bits: u32, windows: u32) -> BigInt<4> {
    let mut words = [0_u64; 4];
    for window in 0..windows - 1 {
        let bit = window * bits + bits - 1;
        words[bit as usize / 64] |= 1 << (bit % 64);
    }
    BigInt(words)
}

fn magnitude(scalar: &BigInt<4>) -> (BigInt<4>, bool) {
    if *scalar <= Fr::MODULUS_MINUS_ONE_DIV_TWO {
        return (*scalar, false);
    }
    let mut out = Fr::MODULUS;
    out.sub_with_borrow(scalar);
    (out, true)
}

/// Bits of a window by what additions cost: one for each digit, and some two and a half for each bucket.
pub fn best_bits(scalars: &[BigInt<4>]) -> u32 {
    let mut lengths = [0_usize; 257];
    for scalar in scalars {
        lengths[magnitude(scalar).0.num_bits() as usize] += 1;
    }
    let cost = |bits: &u32| {
        let windows = (SCALAR_BITS + 1).div_ceil(*bits) as usize;
        let digits = |length: usize| (1 + (length + 1) / *bits as usize).min(windows);
        let additions: usize = (1..)
            .zip(&lengths[1..])
            .map(|(length, count)| count * digits(length))
            .sum();
        2 * additions + windows * (5 << (bits - 1))
    };
    (4..=15).min_by_key(cost).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field, UniformRand};

    #[test]
    fn digits_add_up_to_their_scalars() {
        let mut rng = ark_std::test_rng();
        let half = -Fr::ONE / Fr::from(2_u64);
        let mut scalars = vec![
            Fr::ZERO,
            Fr::ONE,
            -Fr::ONE,
            half,
            half + Fr::ONE,
            Fr::from(u64::MAX),
            -Fr::from(77_u64),
        ];
        scalars.extend((0..500).map(|_| Fr::rand(&mut rng)));
        scalars.extend((0..253).map(|bit| Fr::from(2_u64).pow([bit])));
        scalars.extend((0..253).map(|bit| Fr::from(2_u64).pow([bit]) - Fr::ONE));
        let numbers: Vec<BigInt<4>> = scalars.iter().map(|scalar| scalar.into_bigint()).collect();
        for bits in 4..=15 {
            let digits = Digits::of(&numbers, bits);
            let mut sums = vec![Fr::ZERO; scalars.len()];
            let mut weight = Fr::ONE;
            for window in 0..digits.windows() {
                for (points, values) in digits.of_window(window) {
                    for (point, digit) in points.iter().zip(values) {
                        assert!(usize::from(digit.unsigned_abs()) <= digits.buckets());
                        let part = weight * Fr::from(i64::from(*digit));
                        let sum = &mut sums[(point & !NEGATIVE) as usize];
                        *sum += if point & NEGATIVE == 0 { part } else { -part };
                    }
                }
                weight *= Fr::from(1_u64 << bits);
            }
            assert!(sums == scalars, "{bits} bits");
        }
    }
}
