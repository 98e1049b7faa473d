//! Multiples of one point by many numbers: each the sum of a few multiples out of a table.

use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::coordinate::Coordinate;
use super::digits::Digits;
use super::lists::{Lists, Sums};
use super::msm::Group;
use super::pairs::NEGATIVE;
use super::path::Path;

/// Bits of a window: the table then fits the second-level cache.
const BITS: u32 = 10;
/// Numbers that are worked on together.
const TOGETHER: usize = 1 << 10;

/// Multiples of a point: d·2^(BITS·w) of it for every window w, and d from 1 to half of a window.
pub struct Multiples<T: Path, G: Group> {
    table: Vec<<G::Coordinate<T> as Coordinate>::Point>,
}

impl<T: Path, G: Group> Multiples<T, G> {
    /// Of a point that is not the point at infinity, and whose order is that of the scalar field.
    pub fn new(point: Affine<G>) -> Self {
        let windows = Digits::of(&[], BITS).windows();
        let mut starts = Vec::with_capacity(windows);
        let mut start = point.into_group();
        for _ in 0..windows {
            starts.push(start);
            for _ in 0..BITS {
                start.double_in_place();
            }
        }
        let of_window = |start: &Projective<G>| {
            let mut all = Vec::with_capacity(1 << (BITS - 1));
            let mut next = *start;
            for _ in 0..1 << (BITS - 1) {
                all.push(next);
                next += start;
            }
            Projective::normalize_batch(&all)
        };
        let pack = |point: Affine<G>| G::Coordinate::<T>::pack(&point.x, &point.y);
        Self {
            table: starts
                .par_iter()
                .flat_map_iter(of_window)
                .map(pack)
                .collect(),
        }
    }

    /// The multiples by these numbers, in their order.
    pub fn by(&self, numbers: &[Fr]) -> Vec<Affine<G>> {
        numbers
            .par_chunks(TOGETHER)
            .flat_map_iter(|numbers| self.by_some(numbers))
            .collect()
    }

    fn by_some(&self, numbers: &[Fr]) -> Vec<Affine<G>> {
        let (mut lists, mut sums) = (lists(numbers), Sums::<G::Coordinate<T>>::default());
        sums.add_points::<G>(&self.table, &mut lists);
        let point = |entry: u32| {
            let (x, y) = G::Coordinate::<T>::unpack(&sums.points()[(entry & !NEGATIVE) as usize]);
            let point = Affine::new_unchecked(x, y);
            if entry & NEGATIVE == 0 { point } else { -point }
        };
        let out = (0..numbers.len())
            .map(|list| lists.first(list).map_or(Affine::identity(), point))
            .collect();
        lists.wipe();
        sums.wipe();
        out
    }
}

/// For each number the places of its digits in the table.
fn lists(numbers: &[Fr]) -> Lists {
    let integers: Zeroizing<Vec<BigInt<4>>> =
        Zeroizing::new(numbers.iter().map(|number| number.into_bigint()).collect());
    let digits = Digits::of(&integers, BITS);
    let mut lists = Lists::default();
    lists.clear(numbers.len());
    for window in 0..digits.windows() {
        for (numbers, values) in digits.of_window(window) {
            for (number, digit) in numbers.iter().zip(values) {
                lists.counts[(number & !NEGATIVE) as usize] += u32::from(*digit != 0);
            }
        }
    }
    lists.open();
    for window in 0..digits.windows() {
        let first = (window * digits.buckets()) as u32;
        for (numbers, values) in digits.of_window(window) {
            for (number, digit) in numbers.iter().zip(values).filter(|(_, digit)| **digit != 0) {
                let place = first + u32::from(digit.unsigned_abs()) - 1;
                let sign = number & NEGATIVE ^ u32::from(*digit < 0) << 31;
                lists.put((number & !NEGATIVE) as usize, place | sign);
            }
        }
    }
    lists
}
