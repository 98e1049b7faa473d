//! Sparse rows times a witness.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

use super::lanes::{Lanes, MAX_WIDTH};
use super::path::{Job, Path};
use crate::zkey::Coefficient;

/// Rows that a thread computes at a time.
const ROWS: usize = 1 << 10;
/// The bit of a term that says "minus", on the wire's number.
const MINUS: u32 = 1 << 31;

/// One matrix of a constraint system by rows; terms with a factor of 1 or −1 apart from the others.
#[derive(Default)]
pub struct Matrix {
    /// End of each row's units and of its products.
    ends: Vec<(u32, u32)>,
    units: Vec<u32>,
    products: Vec<(u32, Fr)>,
}

impl Matrix {
    /// From terms in any order, of so many rows. Rows, wires and terms are below 2^31.
    pub fn new<'a>(rows: usize, terms: impl Iterator<Item = &'a Coefficient>) -> Self {
        let mut terms: Vec<&Coefficient> = terms.collect();
        terms.sort_by_key(|term| term.row);
        let mut out = Self::default();
        let mut next = terms.into_iter().peekable();
        for row in 0..rows {
            while let Some(term) = next.next_if(|term| term.row as usize == row) {
                if term.value == Fr::ONE {
                    out.units.push(term.wire);
                } else if term.value == -Fr::ONE {
                    out.units.push(term.wire | MINUS);
                } else {
                    out.products.push((term.wire, term.value));
                }
            }
            out.ends
                .push((out.units.len() as u32, out.products.len() as u32));
        }
        out
    }

    /// Products that all rows take.
    pub fn products(&self) -> u64 {
        self.products.len() as u64
    }

    fn row(&self, row: usize, witness: &[Fr]) -> Fr {
        let start = if row == 0 { (0, 0) } else { self.ends[row - 1] };
        let end = self.ends[row];
        let mut sum = Fr::ZERO;
        for unit in &self.units[start.0 as usize..end.0 as usize] {
            let value = witness[(unit & !MINUS) as usize];
            if unit & MINUS == 0 {
                sum += value;
            } else {
                sum -= value;
            }
        }
        for (wire, factor) in &self.products[start.1 as usize..end.1 as usize] {
            sum += witness[*wire as usize] * factor;
        }
        sum
    }

    /// All rows, as vectors.
    pub fn times<T: Path>(&self, witness: &[Fr]) -> Vec<T::Scalar> {
        let width = T::Scalar::WIDTH;
        let mut out = vec![T::Scalar::zero(); self.ends.len() / width];
        out.par_chunks_mut(ROWS)
            .enumerate()
            .for_each(|(chunk, out)| {
                T::dispatch(Rows::<T> {
                    matrix: self,
                    witness,
                    first: chunk * ROWS * width,
                    out,
                });
            });
        out
    }
}

struct Rows<'a, T: Path> {
    matrix: &'a Matrix,
    witness: &'a [Fr],
    first: usize,
    out: &'a mut [T::Scalar],
}

impl<T: Path> Job for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = T::Scalar::WIDTH;
        let mut values = [Fr::ZERO; MAX_WIDTH];
        for (i, vector) in self.out.iter_mut().enumerate() {
            for (lane, value) in values.iter_mut().take(width).enumerate() {
                *value = self.matrix.row(self.first + i * width + lane, self.witness);
            }
            *vector = T::Scalar::from_fields(&values);
        }
    }
}
