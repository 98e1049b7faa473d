//! Poseidon's constants from the Grain generator of its authors' reference script
//! (`generate_parameters_grain`, field GF(r), S-box x^5), which circomlib's constants come from.

use std::collections::VecDeque;

use ark_bn254::Fr;
use ark_ff::{BigInt, Field, PrimeField, Zero};

const FIELD_BITS: usize = 254;

/// The 80-bit self-shrinking generator.
struct Grain {
    state: VecDeque<bool>,
}

impl Grain {
    fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        // Field kind 1 (prime), S-box 0 (x^alpha), then the sizes, then ones.
        let fields = [
            (1, 2),
            (0, 4),
            (FIELD_BITS, 12),
            (width, 12),
            (full_rounds, 10),
            (partial_rounds, 10),
            ((1 << 30) - 1, 30),
        ];
        let state = fields
            .iter()
            .flat_map(|&(value, bits)| (0..bits).rev().map(move |bit| value >> bit & 1 == 1))
            .collect();
        let mut grain = Self { state };
        for _ in 0..160 {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let bit = [62, 51, 38, 23, 13, 0]
            .iter()
            .fold(false, |sum, &tap| sum ^ self.state[tap]);
        self.state.pop_front();
        self.state.push_back(bit);
        bit
    }

    fn bit(&mut self) -> bool {
        loop {
            let keep = self.step();
            let bit = self.step();
            if keep {
                return bit;
            }
        }
    }

    /// 254 bits, most significant first, not reduced.
    fn integer(&mut self) -> BigInt<4> {
        let mut limbs = [0_u64; 4];
        for position in (0..FIELD_BITS).rev() {
            limbs[position / 64] |= u64::from(self.bit()) << (position % 64);
        }
        BigInt::new(limbs)
    }

    /// The next integer below the modulus.
    fn element(&mut self) -> Fr {
        loop {
            if let Some(element) = Fr::from_bigint(self.integer()) {
                return element;
            }
        }
    }

    /// The next integer, reduced.
    fn element_reduced(&mut self) -> Fr {
        let limbs = self.integer();
        let bytes: Vec<u8> = limbs.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Fr::from_le_bytes_mod_order(&bytes)
    }
}

/// Round constants (one row of `width` a round) and the MDS matrix (row-major).
pub struct Constants {
    /// `width` constants for each of the rounds, in order.
    pub rounds: Vec<Fr>,
    /// `width` × `width`, row-major; the new state is matrix times state.
    pub matrix: Vec<Fr>,
}

/// Generate the constants for a state of `width` elements.
pub fn generate(width: usize, full_rounds: usize, partial_rounds: usize) -> Constants {
    let mut grain = Grain::new(width, full_rounds, partial_rounds);
    let count = width * (full_rounds + partial_rounds);
    let rounds = (0..count).map(|_| grain.element()).collect();
    Constants {
        rounds,
        matrix: cauchy(&mut grain, width),
    }
}

/// The Cauchy matrix 1/(x_i + y_j) of the first distinct x, y without a zero sum.
fn cauchy(grain: &mut Grain, width: usize) -> Vec<Fr> {
    loop {
        let values: Vec<Fr> = (0..2 * width).map(|_| grain.element_reduced()).collect();
        let distinct = (1..values.len()).all(|i| !values[..i].contains(&values[i]));
        let (xs, ys) = values.split_at(width);
        let sums: Vec<Fr> = xs
            .iter()
            .flat_map(|x| ys.iter().map(move |y| *x + y))
            .collect();
        if distinct && sums.iter().all(|sum| !sum.is_zero()) {
            return sums.iter().filter_map(Field::inverse).collect();
        }
    }
}
