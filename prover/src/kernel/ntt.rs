//! Number-theoretic transforms over the scalar field.
//!
//! Forward by decimation in frequency (natural order in, bit-reversed out) and back by decimation in time (bit-reversed in, natural
//! out), so that nothing is ever put in another order. Within the last vectors, rows and columns of small squares are exchanged.

use ark_bn254::Fr;
use ark_ff::{FftField, Field};
use rayon::join;

use super::lanes::{Lanes, MAX_WIDTH};
use super::path::{Job, Path};

/// Below so many vectors one thread goes on alone.
const SERIAL: usize = 1 << 9;

/// Direction of a transform.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// Powers of one root of unity, as the levels of a transform meet them.
pub struct Roots<T: Path> {
    /// By level, the largest blocks first: w^0 … w^(half − 1) of that level's root, as vectors.
    levels: Vec<Vec<T::Scalar>>,
    /// For blocks within a vector, each power by itself in all lanes.
    small: Vec<Vec<T::Scalar>>,
}

impl<T: Path> Roots<T> {
    /// Powers of the root of order 2^log_size, or of its inverse; `None` where the field has none or a square of vectors is larger than the domain.
    pub fn new(log_size: u32, is_inverse: bool) -> Option<Self> {
        let width = T::Scalar::WIDTH;
        if (1 << log_size) < width * width {
            return None;
        }
        let mut root = Fr::get_root_of_unity(1 << log_size)?;
        if is_inverse {
            root = root.inverse()?;
        }
        let (mut levels, mut small) = (Vec::new(), Vec::new());
        let mut half = (1_usize << log_size) / 2;
        while half > 0 {
            let mut powers = vec![Fr::ONE; half];
            for i in 1..half {
                powers[i] = powers[i - 1] * root;
            }
            if half >= width {
                levels.push(
                    powers
                        .chunks_exact(width)
                        .map(T::Scalar::from_fields)
                        .collect(),
                );
            } else {
                small.push(powers.iter().map(T::Scalar::splat).collect());
            }
            root.square_in_place();
            half /= 2;
        }
        Some(Self { levels, small })
    }

    /// Natural order to bit-reversed, with this root.
    pub fn forward(&self, values: &mut [T::Scalar]) {
        self.forward_from(0, values);
    }

    /// Bit-reversed order to natural, with this root.
    pub fn backward(&self, values: &mut [T::Scalar]) {
        self.backward_from(0, values);
    }

    fn forward_from(&self, level: usize, values: &mut [T::Scalar]) {
        if values.len() <= SERIAL {
            T::dispatch(Block {
                roots: self,
                level,
                values,
                direction: Direction::Forward,
            });
            return;
        }
        let (low, high) = values.split_at_mut(values.len() / 2);
        parallel_level::<T>(low, high, &self.levels[level], Direction::Forward);
        join(
            || self.forward_from(level + 1, low),
            || self.forward_from(level + 1, high),
        );
    }

    fn backward_from(&self, level: usize, values: &mut [T::Scalar]) {
        if values.len() <= SERIAL {
            T::dispatch(Block {
                roots: self,
                level,
                values,
                direction: Direction::Backward,
            });
            return;
        }
        let (low, high) = values.split_at_mut(values.len() / 2);
        join(
            || self.backward_from(level + 1, low),
            || self.backward_from(level + 1, high),
        );
        parallel_level::<T>(low, high, &self.levels[level], Direction::Backward);
    }
}

/// One level, by two threads where it is long.
fn parallel_level<T: Path>(
    low: &mut [T::Scalar],
    high: &mut [T::Scalar],
    roots: &[T::Scalar],
    direction: Direction,
) {
    if low.len() <= SERIAL {
        T::dispatch(Level::<T> {
            low,
            high,
            roots,
            direction,
        });
        return;
    }
    let middle = low.len() / 2;
    let ((low_a, low_b), (high_a, high_b)) = (low.split_at_mut(middle), high.split_at_mut(middle));
    let (roots_a, roots_b) = roots.split_at(middle);
    join(
        || parallel_level::<T>(low_a, high_a, roots_a, direction),
        || parallel_level::<T>(low_b, high_b, roots_b, direction),
    );
}

struct Level<'a, T: Path> {
    low: &'a mut [T::Scalar],
    high: &'a mut [T::Scalar],
    roots: &'a [T::Scalar],
    direction: Direction,
}

impl<T: Path> Job for Level<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.direction {
            Direction::Forward => forward(self.low, self.high, self.roots),
            Direction::Backward => backward(self.low, self.high, self.roots),
        }
    }
}

/// All levels below one, of values that fit a cache.
struct Block<'a, T: Path> {
    roots: &'a Roots<T>,
    level: usize,
    values: &'a mut [T::Scalar],
    direction: Direction,
}

impl<T: Path> Job for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let levels = &self.roots.levels[self.level..];
        match self.direction {
            Direction::Forward => {
                for roots in levels {
                    for block in self.values.chunks_exact_mut(2 * roots.len()) {
                        let (low, high) = block.split_at_mut(roots.len());
                        forward(low, high, roots);
                    }
                }
                within::<T>(self.values, &self.roots.small, self.direction);
            }
            Direction::Backward => {
                within::<T>(self.values, &self.roots.small, self.direction);
                for roots in levels.iter().rev() {
                    for block in self.values.chunks_exact_mut(2 * roots.len()) {
                        let (low, high) = block.split_at_mut(roots.len());
                        backward(low, high, roots);
                    }
                }
            }
        }
    }
}

/// The levels within vectors, of squares of vectors turned around.
#[inline(always)]
fn within<T: Path>(values: &mut [T::Scalar], small: &[Vec<T::Scalar>], direction: Direction) {
    let width = T::Scalar::WIDTH;
    if width == 1 {
        return;
    }
    let mut block = [T::Scalar::zero(); MAX_WIDTH];
    for square in values.chunks_exact_mut(width) {
        block[..width].copy_from_slice(square);
        T::Scalar::transpose(&mut block[..width]);
        for step in 0..small.len() {
            let roots = match direction {
                Direction::Forward => &small[step],
                Direction::Backward => &small[small.len() - 1 - step],
            };
            for part in block[..width].chunks_exact_mut(2 * roots.len()) {
                let (low, high) = part.split_at_mut(roots.len());
                match direction {
                    Direction::Forward => forward(low, high, roots),
                    Direction::Backward => backward(low, high, roots),
                }
            }
        }
        T::Scalar::transpose(&mut block[..width]);
        square.copy_from_slice(&block[..width]);
    }
}

#[inline(always)]
fn forward<L: Lanes>(low: &mut [L], high: &mut [L], roots: &[L]) {
    for ((a, b), root) in low.iter_mut().zip(high).zip(roots) {
        let difference = a.sub_lazy(*b);
        *a = a.add(*b);
        *b = difference.mul(*root);
    }
}

#[inline(always)]
fn backward<L: Lanes>(low: &mut [L], high: &mut [L], roots: &[L]) {
    for ((a, b), root) in low.iter_mut().zip(high).zip(roots) {
        let product = b.mul(*root);
        *b = a.sub(product);
        *a = a.add(product);
    }
}
