//! Windows of a multi-scalar multiplication: entries into buckets, buckets to one sum a window.

use std::ops::Range;

use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, Zero};

use super::coordinate::{Coordinate, Point};
use super::digits::Digits;
use super::lanes::{Lanes, MAX_WIDTH};
use super::lists::{Lists, Sums};
use super::pairs::NEGATIVE;
use super::path::Job;

/// Points of a key as a path's kernels read them.
pub struct Points<C: Coordinate> {
    all: Vec<C::Point>,
    /// Whether each is not the point at infinity.
    there: Vec<bool>,
}

impl<C: Coordinate> Points<C> {
    /// Of points in memory.
    pub fn new(all: Vec<C::Point>) -> Self {
        let there = all
            .iter()
            .map(|point| *point != C::Point::INFINITY)
            .collect();
        Self { all, there }
    }
}

/// Room that multiplications use one after the other.
pub struct Room<C: Coordinate> {
    sums: Sums<C>,
    buckets: Lists,
    halves: Lists,
    /// Products in the base field so far, for reports.
    products: u64,
}

impl<C: Coordinate> Default for Room<C> {
    fn default() -> Self {
        Self {
            sums: Sums::default(),
            buckets: Lists::default(),
            halves: Lists::default(),
            products: 0,
        }
    }
}

impl<C: Coordinate> Room<C> {
    /// Products in the base field since this was last asked.
    pub fn take_products(&mut self) -> u64 {
        std::mem::take(&mut self.products)
    }

    /// Overwrite what the last multiplication left.
    pub fn wipe(&mut self) {
        self.sums.wipe();
        self.buckets.wipe();
        self.halves.wipe();
    }
}

/// How a digit d falls into two halves, d = high·2^bits + low, and where the lists of a window's halves are: of high ones from 1 on,
/// then of low ones from 1 on.
#[derive(Clone, Copy)]
struct Halves {
    bits: u32,
    high: usize,
    low: usize,
}

impl Halves {
    fn of(digits: &Digits) -> Self {
        let bits = digits.bits() / 2;
        Self {
            bits,
            high: digits.buckets() >> bits,
            low: (1 << bits) - 1,
        }
    }

    /// Lists of a window.
    fn lists(&self) -> usize {
        self.high + self.low
    }

    /// The lists that a digit belongs to.
    #[inline]
    fn places(&self, digit: usize) -> [Option<usize>; 2] {
        let (high, low) = (digit >> self.bits, digit & self.low);
        [
            (high != 0).then(|| high - 1),
            (low != 0).then(|| self.high + low - 1),
        ]
    }
}

/// Σ digit·point of each of some windows. The point at infinity counts for nothing.
pub fn window_sums<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>>(
    base: &Points<C>,
    digits: &Digits,
    windows: Range<usize>,
    room: &mut Room<C>,
) -> Vec<Projective<P>> {
    let count = windows.len();
    let Room {
        sums,
        buckets,
        halves,
        products,
    } = room;
    sort(&base.there, digits, windows, buckets);
    if buckets.is_empty() {
        return vec![Projective::zero(); count];
    }
    sums.add_points::<P>(&base.all, buckets);
    let split_at = Halves::of(digits);
    split(buckets, digits.buckets() + 1, split_at, halves);
    sums.add::<P>(halves);
    let (product, square) = C::PRODUCTS;
    // An addition has five products and a square; with complete formulas, for each list of a window, some 23.
    *products +=
        sums.count() as u64 * (5 * product + square) + halves.counts.len() as u64 * 23 * product;
    totals::<C, P>(sums.points(), halves, split_at, count)
}

/// Entries by window and digit.
fn sort(there: &[bool], digits: &Digits, windows: Range<usize>, buckets: &mut Lists) {
    let each = digits.buckets() + 1;
    buckets.clear(each * windows.len());
    for (counts, window) in buckets.counts.chunks_exact_mut(each).zip(windows.clone()) {
        for (points, values) in digits.of_window(window) {
            for (point, digit) in points.iter().zip(values) {
                // What counts for nothing has digit 0.
                let is_there = there[(point & !NEGATIVE) as usize];
                counts[usize::from(digit.unsigned_abs()) * usize::from(is_there)] += 1;
            }
        }
        counts[0] = 0;
    }
    buckets.open();
    for (i, window) in windows.enumerate() {
        for (points, values) in digits.of_window(window) {
            for (point, digit) in points.iter().zip(values) {
                if *digit != 0 && there[(point & !NEGATIVE) as usize] {
                    let entry = point ^ (u32::from(*digit < 0) << 31);
                    buckets.put(i * each + usize::from(digit.unsigned_abs()), entry);
                }
            }
        }
    }
}

/// From lists of one entry at most, `each` to a window by digit, to lists of all with one half of the digit.
fn split(buckets: &Lists, each: usize, split_at: Halves, halves: &mut Lists) {
    halves.clear(buckets.counts.len() / each * split_at.lists());
    for (counts, of_halves) in buckets
        .counts
        .chunks_exact(each)
        .zip(halves.counts.chunks_exact_mut(split_at.lists()))
    {
        for (digit, count) in counts.iter().enumerate() {
            for place in split_at.places(digit).into_iter().flatten() {
                of_halves[place] += count;
            }
        }
    }
    halves.open();
    for list in 0..buckets.counts.len() {
        if let Some(entry) = buckets.first(list) {
            for place in split_at.places(list % each).into_iter().flatten() {
                halves.put(list / each * split_at.lists() + place, entry);
            }
        }
    }
}

/// Homogeneous coordinates; the point at infinity is (0 : 1 : 0).
#[derive(Clone, Copy)]
struct Homogeneous<C> {
    x: C,
    y: C,
    z: C,
}

/// Complete additions on y² = x³ + b: no case is special.
/// J. Renes, C. Costello, L. Batina, "Complete addition formulas for prime order elliptic curves", algorithms 7 and 8.
impl<C: Coordinate> Homogeneous<C> {
    #[inline(always)]
    fn infinity() -> Self {
        let (zero, one) = (C::splat(&C::Field::ZERO), C::splat(&C::Field::ONE));
        Self {
            x: zero,
            y: one,
            z: zero,
        }
    }

    #[inline(always)]
    fn finish(xx: C, yy: C, zz3b: C, xy: C, yz: C, xz3b: C) -> Self {
        let xx3 = xx.add(xx).add(xx);
        let (sum, difference) = (yy.add(zz3b), yy.sub(zz3b));
        Self {
            x: xy.mul(difference).sub(yz.mul(xz3b)),
            y: difference.mul(sum).add(xx3.mul(xz3b)),
            z: sum.mul(yz).add(xx3.mul(xy)),
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (xx, yy, zz) = (
            self.x.mul(other.x),
            self.y.mul(other.y),
            self.z.mul(other.z),
        );
        let xy = self
            .x
            .add(self.y)
            .mul(other.x.add(other.y))
            .sub_both(xx, yy);
        let yz = self
            .y
            .add(self.z)
            .mul(other.y.add(other.z))
            .sub_both(yy, zz);
        let xz = self
            .x
            .add(self.z)
            .mul(other.x.add(other.z))
            .sub_both(xx, zz);
        Self::finish(xx, yy, zz.times_3b(), xy, yz, xz.times_3b())
    }

    #[inline(always)]
    fn add_affine(self, x: C, y: C) -> Self {
        let (xx, yy) = (self.x.mul(x), self.y.mul(y));
        let xy = self.x.add(self.y).mul(x.add(y)).sub_both(xx, yy);
        let yz = y.mul(self.z).add(self.y);
        let xz = x.mul(self.z).add(self.x);
        Self::finish(xx, yy, self.z.times_3b(), xy, yz, xz.times_3b())
    }

    #[inline(always)]
    fn select(self, other: Self, lanes: u8) -> Self {
        Self {
            x: self.x.select(other.x, lanes),
            y: self.y.select(other.y, lanes),
            z: self.z.select(other.z, lanes),
        }
    }

    /// The points of all lanes, as arkworks has them.
    #[inline(always)]
    fn to_points<P: SWCurveConfig<BaseField = C::Field>>(self) -> [Projective<P>; MAX_WIDTH] {
        let zero = [C::Field::ZERO; MAX_WIDTH];
        let (mut x, mut y, mut z) = (zero, zero, zero);
        self.x.to_fields(&mut x);
        self.y.to_fields(&mut y);
        self.z.to_fields(&mut z);
        core::array::from_fn(|lane| {
            if z[lane].is_zero() {
                return Projective::zero();
            }
            Projective::new_unchecked(x[lane] * z[lane], y[lane] * z[lane].square(), z[lane])
        })
    }
}

/// A stretch of lists that a lane takes, from the highest down: Σ list and Σ (i + 1)·list i.
#[derive(Clone, Copy, Default)]
struct Stretch {
    from: usize,
    to: usize,
}

/// Σ digit·list of each window, from lists of one entry at most.
fn totals<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>>(
    sums: &[C::Point],
    lists: &Lists,
    split_at: Halves,
    windows: usize,
) -> Vec<Projective<P>> {
    let width = C::Lanes::WIDTH;
    // Few windows: each half is cut, by a power of two, so that all lanes have something to do.
    let cuts = (width / (2 * windows)).max(1).next_power_of_two();
    let length = split_at
        .high
        .max(split_at.low)
        .div_ceil(cuts)
        .next_power_of_two();
    let mut stretches = Vec::with_capacity(2 * windows * cuts);
    for window in 0..windows {
        let first = window * split_at.lists();
        for (start, lists) in [
            (first, split_at.high),
            (first + split_at.high, split_at.low),
        ] {
            stretches.extend((0..cuts).map(|cut| Stretch {
                from: start + (cut * length).min(lists),
                to: start + ((cut + 1) * length).min(lists),
            }));
        }
    }
    let (mut plain, mut weighted) = (Vec::new(), Vec::new());
    for stretches in stretches.chunks(width) {
        let (sum, sums_of_sums) = C::Lanes::dispatch(Down::<C> {
            sums,
            lists,
            stretches,
            length,
        });
        plain.extend(sum.to_points::<P>().into_iter().take(width));
        weighted.extend(sums_of_sums.to_points::<P>().into_iter().take(width));
    }
    let together = |half: usize| {
        let (plain, weighted) = (
            &plain[half * cuts..(half + 1) * cuts],
            &weighted[half * cuts..(half + 1) * cuts],
        );
        let (mut running, mut offset, mut out) = (
            Projective::<P>::zero(),
            Projective::<P>::zero(),
            weighted[0],
        );
        for cut in (1..cuts).rev() {
            running += plain[cut];
            offset += running;
            out += weighted[cut];
        }
        for _ in 0..length.trailing_zeros() {
            offset.double_in_place();
        }
        out + offset
    };
    (0..windows)
        .map(|window| {
            let mut high = together(2 * window);
            for _ in 0..split_at.bits {
                high.double_in_place();
            }
            high + together(2 * window + 1)
        })
        .collect()
}

/// The sums of stretches, a lane each, no longer than `length`.
struct Down<'a, C: Coordinate> {
    sums: &'a [C::Point],
    lists: &'a Lists,
    stretches: &'a [Stretch],
    length: usize,
}

impl<C: Coordinate> Job for Down<'_, C> {
    type Output = (Homogeneous<C>, Homogeneous<C>);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (mut sum, mut weighted) = (Homogeneous::<C>::infinity(), Homogeneous::<C>::infinity());
        for step in (0..self.length).rev() {
            let mut points = [&self.sums[0]; MAX_WIDTH];
            let (mut there, mut signs) = (0_u8, 0_u8);
            for (lane, stretch) in self.stretches.iter().enumerate() {
                let list = stretch.from + step;
                let entry = if list < stretch.to {
                    self.lists.first(list)
                } else {
                    None
                };
                if let Some(entry) = entry {
                    points[lane] = &self.sums[(entry & !NEGATIVE) as usize];
                    there |= 1 << lane;
                    signs |= ((entry >> 31) as u8) << lane;
                }
            }
            if there != 0 {
                let (x, y) = C::read_points(&points);
                sum = sum.select(sum.add_affine(x, y.negate(signs)), there);
            }
            weighted = weighted.add(sum);
        }
        (sum, weighted)
    }
}
