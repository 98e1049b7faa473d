//! Coordinates of points: elements of the base field, or of its quadratic extension.

use ark_bn254::{Fq, Fq2};
use ark_ff::{AdditiveGroup, Field, MontFp};
use zeroize::Zeroize;

use super::lanes::{Lanes, Line, MAX_WIDTH, pack_line, unpack_line};

/// A point as it lies in memory: its coordinates, all zeros for the point at infinity.
pub trait Point: Copy + Eq + Send + Sync + 'static {
    /// The point at infinity.
    const INFINITY: Self;
    /// Overwrite it.
    fn wipe(&mut self);
    /// Ask for it before it is read.
    fn prefetch<L: Lanes>(&self);
}

impl<const LINES: usize> Point for [Line; LINES] {
    const INFINITY: Self = [Line::ZERO; LINES];

    fn wipe(&mut self) {
        for line in self {
            line.0.zeroize();
        }
    }

    #[inline(always)]
    fn prefetch<L: Lanes>(&self) {
        for line in self {
            L::prefetch(line);
        }
    }
}

/// Coordinates side by side, with what a short Weierstrass curve with a = 0 needs of them.
pub trait Coordinate: Copy + Send + Sync + 'static {
    /// The lanes underneath.
    type Lanes: Lanes<Field = Fq>;
    /// One coordinate in arkworks.
    type Field: Field;
    /// A point in memory.
    type Point: Point;
    /// Products in the base field that a product here takes, and a square.
    const PRODUCTS: (u64, u64);

    /// One coordinate in every lane.
    fn splat(value: &Self::Field) -> Self;
    /// Coordinates of `WIDTH` lanes.
    fn from_fields(values: &[Self::Field]) -> Self;
    /// The coordinates of all lanes.
    fn to_fields(self, out: &mut [Self::Field]);
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Less two others.
    fn sub_both(self, one: Self, other: Self) -> Self;
    /// Difference that is only multiplied afterwards.
    fn sub_lazy(self, other: Self) -> Self;
    /// Product.
    fn mul(self, other: Self) -> Self;
    /// Square.
    fn square(self) -> Self;
    /// Lanes whose bit is set are negated, to be added to or taken from others.
    fn negate(self, lanes: u8) -> Self;
    /// Lanes whose bit is set come from `other`.
    fn select(self, other: Self, lanes: u8) -> Self;
    /// A bit for each lane that is zero.
    fn zeros(self) -> u8;
    /// 3b times this, b the curve's constant.
    fn times_3b(self) -> Self;
    /// x and y of points.
    fn read_points(points: &[&Self::Point; MAX_WIDTH]) -> (Self, Self);
    /// x of points.
    fn read_x(points: &[&Self::Point; MAX_WIDTH]) -> Self;
    /// Points of all lanes, `WIDTH` of them, to a slice of so many.
    fn write_points(x: Self, y: Self, out: &mut [Self::Point]);
    /// A point in memory.
    fn pack(x: &Self::Field, y: &Self::Field) -> Self::Point;
    /// The coordinates of a point.
    fn unpack(point: &Self::Point) -> (Self::Field, Self::Field);
}

/// Coordinates in the base field: points of G1, y² = x³ + 3.
#[derive(Clone, Copy)]
pub struct Base<L>(L);

/// Coordinates in the extension by i² = −1: points of G2, y² = x³ + 3/(9 + i).
#[derive(Clone, Copy)]
pub struct Extension<L> {
    real: L,
    imaginary: L,
}

/// 9/(9 + i).
const TWIST_3B: Fq2 = Fq2::new(
    MontFp!("14681138511599513868579906292550611339979233093309515871315818100066920017953"),
    MontFp!("800789373359973483740722161411851527635230895998700865708135532730922910070"),
);

impl<L: Lanes<Field = Fq>> Coordinate for Base<L> {
    type Lanes = L;
    type Field = Fq;
    type Point = [Line; 1];
    const PRODUCTS: (u64, u64) = (1, 1);

    #[inline(always)]
    fn splat(value: &Fq) -> Self {
        Self(L::splat(value))
    }

    #[inline(always)]
    fn from_fields(values: &[Fq]) -> Self {
        Self(L::from_fields(values))
    }

    #[inline(always)]
    fn to_fields(self, out: &mut [Fq]) {
        self.0.to_fields(out);
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(other.0))
    }

    #[inline(always)]
    fn sub_both(self, one: Self, other: Self) -> Self {
        Self(self.0.sub_both(one.0, other.0))
    }

    #[inline(always)]
    fn sub_lazy(self, other: Self) -> Self {
        Self(self.0.sub_lazy(other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0.mul(other.0))
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self(self.0.square())
    }

    #[inline(always)]
    fn negate(self, lanes: u8) -> Self {
        Self(self.0.negate(lanes))
    }

    #[inline(always)]
    fn select(self, other: Self, lanes: u8) -> Self {
        Self(self.0.select(other.0, lanes))
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        self.0.zeros()
    }

    #[inline(always)]
    fn times_3b(self) -> Self {
        let two = self.add(self);
        let four = two.add(two);
        four.add(four).add(self)
    }

    #[inline(always)]
    fn read_points(points: &[&Self::Point; MAX_WIDTH]) -> (Self, Self) {
        let (x, y) = L::read_lines(&lines_at(points, 0));
        (Self(x), Self(y))
    }

    #[inline(always)]
    fn read_x(points: &[&Self::Point; MAX_WIDTH]) -> Self {
        Self(L::read_first(&lines_at(points, 0)))
    }

    #[inline(always)]
    fn write_points(x: Self, y: Self, out: &mut [Self::Point]) {
        let lines = L::write_lines(x.0, y.0);
        for (lane, out) in out.iter_mut().enumerate().take(L::WIDTH) {
            out[0] = lines[lane];
        }
    }

    fn pack(x: &Fq, y: &Fq) -> Self::Point {
        [pack_line::<L>(x, y)]
    }

    fn unpack(point: &Self::Point) -> (Fq, Fq) {
        unpack_line::<L>(&point[0])
    }
}

impl<L: Lanes<Field = Fq>> Coordinate for Extension<L> {
    type Lanes = L;
    type Field = Fq2;
    type Point = [Line; 2];
    const PRODUCTS: (u64, u64) = (3, 2);

    #[inline(always)]
    fn splat(value: &Fq2) -> Self {
        Self {
            real: L::splat(&value.c0),
            imaginary: L::splat(&value.c1),
        }
    }

    #[inline(always)]
    fn from_fields(values: &[Fq2]) -> Self {
        let mut parts = [[Fq::ZERO; MAX_WIDTH]; 2];
        for (lane, value) in values.iter().take(L::WIDTH).enumerate() {
            (parts[0][lane], parts[1][lane]) = (value.c0, value.c1);
        }
        Self {
            real: L::from_fields(&parts[0]),
            imaginary: L::from_fields(&parts[1]),
        }
    }

    #[inline(always)]
    fn to_fields(self, out: &mut [Fq2]) {
        let mut parts = [[Fq::ZERO; MAX_WIDTH]; 2];
        self.real.to_fields(&mut parts[0]);
        self.imaginary.to_fields(&mut parts[1]);
        for (lane, value) in out.iter_mut().take(L::WIDTH).enumerate() {
            *value = Fq2::new(parts[0][lane], parts[1][lane]);
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            real: self.real.add(other.real),
            imaginary: self.imaginary.add(other.imaginary),
        }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            real: self.real.sub(other.real),
            imaginary: self.imaginary.sub(other.imaginary),
        }
    }

    #[inline(always)]
    fn sub_both(self, one: Self, other: Self) -> Self {
        Self {
            real: self.real.sub_both(one.real, other.real),
            imaginary: self.imaginary.sub_both(one.imaginary, other.imaginary),
        }
    }

    #[inline(always)]
    fn sub_lazy(self, other: Self) -> Self {
        // Products of the extension add their factors first.
        self.sub(other)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (real, imaginary) =
            L::mul_pairs((self.real, self.imaginary), (other.real, other.imaginary));
        Self { real, imaginary }
    }

    #[inline(always)]
    fn square(self) -> Self {
        let (real, imaginary) = L::square_pair((self.real, self.imaginary));
        Self { real, imaginary }
    }

    #[inline(always)]
    fn negate(self, lanes: u8) -> Self {
        Self {
            real: self.real.negate(lanes),
            imaginary: self.imaginary.negate(lanes),
        }
    }

    #[inline(always)]
    fn select(self, other: Self, lanes: u8) -> Self {
        Self {
            real: self.real.select(other.real, lanes),
            imaginary: self.imaginary.select(other.imaginary, lanes),
        }
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        self.real.zeros() & self.imaginary.zeros()
    }

    #[inline(always)]
    fn times_3b(self) -> Self {
        self.mul(Self::splat(&TWIST_3B))
    }

    #[inline(always)]
    fn read_points(points: &[&Self::Point; MAX_WIDTH]) -> (Self, Self) {
        let (real, imaginary) = L::read_lines(&lines_at(points, 1));
        (Self::read_x(points), Self { real, imaginary })
    }

    #[inline(always)]
    fn read_x(points: &[&Self::Point; MAX_WIDTH]) -> Self {
        let (real, imaginary) = L::read_lines(&lines_at(points, 0));
        Self { real, imaginary }
    }

    #[inline(always)]
    fn write_points(x: Self, y: Self, out: &mut [Self::Point]) {
        let xs = L::write_lines(x.real, x.imaginary);
        let ys = L::write_lines(y.real, y.imaginary);
        for (lane, out) in out.iter_mut().enumerate().take(L::WIDTH) {
            *out = [xs[lane], ys[lane]];
        }
    }

    fn pack(x: &Fq2, y: &Fq2) -> Self::Point {
        [pack_line::<L>(&x.c0, &x.c1), pack_line::<L>(&y.c0, &y.c1)]
    }

    fn unpack(point: &Self::Point) -> (Fq2, Fq2) {
        let ((x0, x1), (y0, y1)) = (unpack_line::<L>(&point[0]), unpack_line::<L>(&point[1]));
        (Fq2::new(x0, x1), Fq2::new(y0, y1))
    }
}

/// One line of each point.
#[inline(always)]
fn lines_at<'a, const LINES: usize>(
    points: &[&'a [Line; LINES]; MAX_WIDTH],
    line: usize,
) -> [&'a Line; MAX_WIDTH] {
    let [a, b, c, d, e, f, g, h] = *points;
    [
        &a[line], &b[line], &c[line], &d[line], &e[line], &f[line], &g[line], &h[line],
    ]
}
