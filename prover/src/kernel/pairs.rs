//! Sums of pairs of affine points, many at a time, with one inversion for thousands of them.

use std::marker::PhantomData;

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, batch_inversion};

use super::coordinate::{Coordinate, Point};
use super::lanes::{Lanes, MAX_WIDTH};
use super::path::Job;

/// Couples of vectors that share an inversion: their prefix products stay in the second-level cache.
const CHUNK: usize = 128;
/// Couples between asking for points and reading them.
const AHEAD: usize = 4;
/// The bit of an entry that says "the negative of this point".
pub const NEGATIVE: u32 = 1 << 31;

/// Numbers of two points, each with a sign.
pub type Entries = (u32, u32);

/// Pairs are added so many at a time: two vectors of them.
pub const fn couple<C: Coordinate>() -> usize {
    2 * C::Lanes::WIDTH
}

#[inline(always)]
fn number(entry: u32) -> usize {
    (entry & !NEGATIVE) as usize
}

/// A point in arkworks.
fn affine<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>>(
    points: &[C::Point],
    entry: u32,
) -> Affine<P> {
    let (x, y) = C::unpack(&points[number(entry)]);
    let point = Affine::new_unchecked(x, y);
    if entry & NEGATIVE == 0 { point } else { -point }
}

/// The points of a vector of pairs.
struct Sides<'a, C: Coordinate> {
    left: [&'a C::Point; MAX_WIDTH],
    right: [&'a C::Point; MAX_WIDTH],
}

impl<'a, C: Coordinate> Sides<'a, C> {
    #[inline(always)]
    fn of(points: &'a [C::Point], pairs: &[Entries]) -> Self {
        let (mut left, mut right) = ([&points[0]; MAX_WIDTH], [&points[0]; MAX_WIDTH]);
        for (lane, pair) in pairs.iter().enumerate().take(MAX_WIDTH) {
            (left[lane], right[lane]) = (&points[number(pair.0)], &points[number(pair.1)]);
        }
        Self { left, right }
    }
}

/// Inverses of all lanes, none of which is zero.
#[inline(always)]
fn inverted<C: Coordinate>(value: C) -> C {
    let mut fields = [C::Field::ONE; MAX_WIDTH];
    value.to_fields(&mut fields);
    batch_inversion(&mut fields[..C::Lanes::WIDTH]);
    C::from_fields(&fields)
}

/// left + right of every pair, in order, to `out`; whether one of the sums is the point at infinity.
///
/// No entry may name the point at infinity. There are a multiple of [`couple`] of pairs, and as much room.
pub fn add_pairs<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>>(
    points: &[C::Point],
    pairs: &[Entries],
    out: &mut [C::Point],
) -> bool {
    C::Lanes::dispatch(AddPairs {
        points,
        pairs,
        out,
        curve: PhantomData::<(C, P)>,
    })
}

struct AddPairs<'a, C: Coordinate, P> {
    points: &'a [C::Point],
    pairs: &'a [Entries],
    out: &'a mut [C::Point],
    curve: PhantomData<(C, P)>,
}

impl<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>> Job for AddPairs<'_, C, P> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let size = CHUNK * couple::<C>();
        let mut has_infinity = false;
        for (pairs, out) in self.pairs.chunks(size).zip(self.out.chunks_mut(size)) {
            if !add_chunk::<C, false>(self.points, pairs, out) {
                add_chunk::<C, true>(self.points, pairs, out);
                has_infinity |= mend::<C, P>(self.points, pairs, out);
            }
        }
        has_infinity
    }
}

/// x2 − x1, to be multiplied; with `SKIP`, 1 where that is 0.
#[inline(always)]
fn distance<C: Coordinate, const SKIP: bool>(x1: C, x2: C) -> C {
    let distance = x2.sub_lazy(x1);
    if SKIP {
        distance.select(C::splat(&C::Field::ONE), distance.zeros())
    } else {
        distance
    }
}

#[inline(always)]
fn distance_of<C: Coordinate, const SKIP: bool>(points: &[C::Point], pairs: &[Entries]) -> C {
    let sides = Sides::<C>::of(points, pairs);
    distance::<C, SKIP>(C::read_x(&sides.left), C::read_x(&sides.right))
}

/// The coordinates of a vector of pairs, with signs.
struct Pair<C> {
    x1: C,
    y1: C,
    x2: C,
    /// y2 − y1, to be multiplied.
    rise: C,
}

impl<C: Coordinate> Pair<C> {
    #[inline(always)]
    fn read(points: &[C::Point], pairs: &[Entries]) -> Self {
        let sides = Sides::<C>::of(points, pairs);
        let ((x1, mut y1), (x2, mut y2)) =
            (C::read_points(&sides.left), C::read_points(&sides.right));
        let (mut left, mut right) = (0, 0);
        for (lane, pair) in pairs.iter().enumerate() {
            left |= ((pair.0 >> 31) as u8) << lane;
            right |= ((pair.1 >> 31) as u8) << lane;
        }
        // Only points of the key have signs.
        if left | right != 0 {
            (y1, y2) = (y1.negate(left), y2.negate(right));
        }
        Self {
            x1,
            y1,
            x2,
            rise: y2.sub_lazy(y1),
        }
    }
}

/// Add; false, with nothing done, where two points of a pair have one x. With `SKIP` such pairs get a wrong sum instead.
///
/// Two vectors at a time, with a product of their own each: while one waits for a multiplication the other goes on.
#[inline(always)]
fn add_chunk<C: Coordinate, const SKIP: bool>(
    points: &[C::Point],
    pairs: &[Entries],
    out: &mut [C::Point],
) -> bool {
    let width = C::Lanes::WIDTH;
    let one = C::splat(&C::Field::ONE);
    let mut prefixes = [[one; 2]; CHUNK];
    let mut products = [one; 2];
    for (i, (couple, prefix)) in pairs.chunks_exact(2 * width).zip(&mut prefixes).enumerate() {
        for (left, right) in pairs.iter().skip((i + AHEAD) * 2 * width).take(2 * width) {
            points[number(*left)].prefetch::<C::Lanes>();
            points[number(*right)].prefetch::<C::Lanes>();
        }
        let first = distance_of::<C, SKIP>(points, &couple[..width]);
        let second = distance_of::<C, SKIP>(points, &couple[width..]);
        *prefix = products;
        products = [products[0].mul(first), products[1].mul(second)];
    }
    let both = products[0].mul(products[1]);
    if !SKIP && both.zeros() != 0 {
        return false;
    }
    let inverse = inverted(both);
    let mut inverses = [inverse.mul(products[1]), inverse.mul(products[0])];
    let couples = pairs
        .chunks_exact(2 * width)
        .zip(out.chunks_exact_mut(2 * width))
        .zip(&prefixes);
    for ((couple, out), prefix) in couples.rev() {
        let (p, q) = (
            Pair::<C>::read(points, &couple[..width]),
            Pair::<C>::read(points, &couple[width..]),
        );
        let (p_part, q_part) = (prefix[0].mul(inverses[0]), prefix[1].mul(inverses[1]));
        inverses = [
            inverses[0].mul(distance::<C, SKIP>(p.x1, p.x2)),
            inverses[1].mul(distance::<C, SKIP>(q.x1, q.x2)),
        ];
        let (p_slope, q_slope) = (p_part.mul(p.rise), q_part.mul(q.rise));
        let (p_square, q_square) = (p_slope.square(), q_slope.square());
        let (p_x, q_x) = (p_square.sub_both(p.x1, p.x2), q_square.sub_both(q.x1, q.x2));
        let (p_y, q_y) = (
            p_slope.mul(p.x1.sub_lazy(p_x)),
            q_slope.mul(q.x1.sub_lazy(q_x)),
        );
        C::write_points(p_x, p_y.sub(p.y1), &mut out[..width]);
        C::write_points(q_x, q_y.sub(q.y1), &mut out[width..]);
    }
    true
}

/// Sums of the pairs with one x, by arkworks: twice a point, or the point at infinity.
#[cold]
#[inline(never)]
fn mend<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>>(
    points: &[C::Point],
    pairs: &[Entries],
    out: &mut [C::Point],
) -> bool {
    let mut has_infinity = false;
    for ((left, right), out) in pairs.iter().zip(out) {
        let (left, right) = (
            affine::<C, P>(points, *left),
            affine::<C, P>(points, *right),
        );
        if left.x != right.x {
            continue;
        }
        *out = match (left + right).into_affine().xy() {
            Some((x, y)) => C::pack(&x, &y),
            None => {
                has_infinity = true;
                C::Point::INFINITY
            }
        };
    }
    has_infinity
}
