//! Field elements side by side: what the kernels need of a vector of them.

use ark_ff::{BigInt, PrimeField};

use super::path::Job;

/// Two field elements as they lie in memory: a cache line of eight words, each element four words
/// of its kernel's Montgomery form, not necessarily below the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [u64; 8]);

impl Line {
    /// Both elements zero; as a point's coordinates, the point at infinity.
    pub const ZERO: Self = Self([0; 8]);
}

/// The most lanes that any kernel has.
pub const MAX_WIDTH: usize = 8;

/// `WIDTH` elements of one prime field. Every operation acts on each lane by itself.
///
/// Values are loose: below a few multiples of the modulus, within bounds that each operation keeps.
/// [`Lanes::sub_lazy`] may only be multiplied; everything else takes and gives what may be stored.
pub trait Lanes: Copy + Send + Sync + 'static {
    /// Elements of a vector.
    const WIDTH: usize;
    /// The field.
    type Field: PrimeField<BigInt = BigInt<4>>;

    /// Run a job with the instructions that these lanes need.
    fn dispatch<J: Job>(job: J) -> J::Output;
    /// One element in every lane.
    fn splat(value: &Self::Field) -> Self;
    /// Element of each lane; the slice has `WIDTH` elements or more.
    fn from_fields(values: &[Self::Field]) -> Self;
    /// Elements of all lanes, to a slice of `WIDTH` elements or more.
    fn to_fields(self, out: &mut [Self::Field]);
    /// Elements of all lanes as numbers below the modulus, to a slice of `WIDTH` or more.
    fn to_integers(self, out: &mut [BigInt<4>]);
    /// Zero in every lane.
    fn zero() -> Self;
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
    /// Product of two elements of the extension by i² = −1, real part first.
    #[inline(always)]
    fn mul_pairs(a: (Self, Self), b: (Self, Self)) -> (Self, Self) {
        let (real, imaginary) = (a.0.mul(b.0), a.1.mul(b.1));
        let sums = a.0.add(a.1).mul(b.0.add(b.1));
        (real.sub(imaginary), sums.sub_both(real, imaginary))
    }
    /// Square in the extension by i² = −1.
    #[inline(always)]
    fn square_pair(a: (Self, Self)) -> (Self, Self) {
        let product = a.0.mul(a.1);
        (a.0.add(a.1).mul(a.0.sub_lazy(a.1)), product.add(product))
    }
    /// Lanes whose bit is set are negated, to be added to or taken from others.
    fn negate(self, lanes: u8) -> Self;
    /// Lanes whose bit is set come from `other`.
    fn select(self, other: Self, lanes: u8) -> Self;
    /// A bit for each lane that is zero in the field.
    fn zeros(self) -> u8;

    /// Rows and columns of `WIDTH` vectors exchanged.
    fn transpose(block: &mut [Self]);

    /// The two elements of each line; `WIDTH` lines are read.
    fn read_lines(lines: &[&Line; MAX_WIDTH]) -> (Self, Self);
    /// Ask for a line that is read soon.
    fn prefetch(line: &Line);
    /// The first element of each line.
    fn read_first(lines: &[&Line; MAX_WIDTH]) -> Self;
    /// Both elements to lines.
    fn write_lines(first: Self, second: Self) -> [Line; MAX_WIDTH];
    /// An element as a half of a line.
    fn pack(value: &Self::Field) -> [u64; 4];
    /// The element of a half of a line.
    fn unpack(words: [u64; 4]) -> Self::Field;
}

/// Both elements of a line.
pub fn unpack_line<L: Lanes>(line: &Line) -> (L::Field, L::Field) {
    let [a, b, c, d, e, f, g, h] = line.0;
    (L::unpack([a, b, c, d]), L::unpack([e, f, g, h]))
}

/// A line of two elements.
pub fn pack_line<L: Lanes>(first: &L::Field, second: &L::Field) -> Line {
    let ([a, b, c, d], [e, f, g, h]) = (L::pack(first), L::pack(second));
    Line([a, b, c, d, e, f, g, h])
}
