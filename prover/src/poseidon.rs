//! Poseidon as circomlib has it: state (0, inputs…), x^5, eight full rounds, first element out.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{Field, Zero};

use crate::Error;
use crate::poseidon_grain::{self, Constants};

/// Inputs at most.
pub const MAX_INPUTS: usize = 16;

const FULL_ROUNDS: usize = 8;
/// Partial rounds for 1 … 16 inputs.
const PARTIAL_ROUNDS: [usize; MAX_INPUTS] = [
    56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68,
];

static CONSTANTS: [OnceLock<Constants>; MAX_INPUTS] = [const { OnceLock::new() }; MAX_INPUTS];

/// The hash of 1 to 16 elements; refuses any other number of inputs.
pub fn hash(inputs: &[Fr]) -> Result<Fr, Error> {
    Ok(permute(inputs)?[0])
}

/// The first `count` elements of the state after the permutation, circomlib's `PoseidonEx` with initial state 0.
///
/// One element stays hidden, at least: with the whole state anybody runs the permutation backwards to the inputs.
pub fn squeeze(inputs: &[Fr], count: usize) -> Result<Vec<Fr>, Error> {
    if count == 0 || count > inputs.len() {
        return Err(Error::Input(format!(
            "Poseidon of {} inputs gives 1 to {} elements, not {count}",
            inputs.len(),
            inputs.len()
        )));
    }
    let mut state = permute(inputs)?;
    state.truncate(count);
    Ok(state)
}

fn permute(inputs: &[Fr]) -> Result<Vec<Fr>, Error> {
    let refuse = || {
        Error::Input(format!(
            "Poseidon takes 1 to 16 inputs, not {}",
            inputs.len()
        ))
    };
    let slot = inputs.len().checked_sub(1).ok_or_else(refuse)?;
    let partial = *PARTIAL_ROUNDS.get(slot).ok_or_else(refuse)?;
    let width = inputs.len() + 1;
    let constants =
        CONSTANTS[slot].get_or_init(|| poseidon_grain::generate(width, FULL_ROUNDS, partial));
    let mut state = Vec::with_capacity(width);
    state.push(Fr::zero());
    state.extend_from_slice(inputs);
    for (round, row) in constants.rounds.chunks_exact(width).enumerate() {
        for (element, constant) in state.iter_mut().zip(row) {
            *element += constant;
        }
        let half = FULL_ROUNDS / 2;
        let full = round < half || round >= half + partial;
        let boxes = if full { width } else { 1 };
        for element in state.iter_mut().take(boxes) {
            *element *= element.square().square();
        }
        state = constants
            .matrix
            .chunks_exact(width)
            .map(|row| row.iter().zip(&state).map(|(m, s)| *m * s).sum())
            .collect();
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::MontFp;

    /// Published with circomlib: poseidon([1, 2]).
    #[test]
    fn published_vector_matches() {
        let expected: Fr =
            MontFp!("7853200120776062878684798364095072458815029376092732009249414926327459813530");
        assert_eq!(hash(&[Fr::from(1), Fr::from(2)]), Ok(expected));
    }

    #[test]
    fn squeezed_state_starts_with_the_hash_and_hides_an_element() {
        let inputs = [Fr::from(1), Fr::from(2)];
        let two = squeeze(&inputs, 2).unwrap();
        assert_eq!(Ok(two[0]), hash(&inputs));
        assert_eq!(two.len(), 2);
        assert!(squeeze(&inputs, 3).is_err());
        assert!(squeeze(&inputs, 0).is_err());
    }

    #[test]
    fn count_outside_range_is_refused() {
        assert!(hash(&[]).is_err());
        assert!(hash(&[Fr::from(1); 17]).is_err());
        assert!(hash(&[Fr::from(1); 16]).is_ok());
    }
}
