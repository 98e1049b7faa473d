//! The values of A·B − C that the H section of a zkey is multiplied with.

use ark_bn254::Fr;
use ark_ff::{Field, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::Error;
use crate::zkey::Coefficient;

/// A·B − C on the odd coset of the doubled domain, in natural order, one value a row.
///
/// C is A·B on the domain itself, whether or not the witness satisfies the constraints: a zkey does
/// not have the matrix C. So the caller must verify the proof that he makes of this.
/// Rows and wires of `coefficients` must be in range, which the reader of the zkey enforces.
pub fn odd_coset(
    coefficients: &[Coefficient],
    witness: &[Fr],
    domain_size: usize,
) -> Result<Zeroizing<Vec<Fr>>, Error> {
    let refuse = || Error::File(format!("a domain of {domain_size} rows is not possible"));
    let domain = Radix2EvaluationDomain::<Fr>::new(domain_size).ok_or_else(refuse)?;
    let doubled = Radix2EvaluationDomain::<Fr>::new(2 * domain_size).ok_or_else(refuse)?;
    let coset = domain.get_coset(doubled.group_gen()).ok_or_else(refuse)?;

    let mut a = Zeroizing::new(vec![Fr::zero(); domain_size]);
    let mut b = Zeroizing::new(vec![Fr::zero(); domain_size]);
    for entry in coefficients {
        let rows = if entry.in_b { &mut b } else { &mut a };
        let value = witness[entry.wire as usize];
        rows[entry.row as usize] += if entry.value == Fr::ONE {
            value
        } else {
            value * entry.value
        };
    }
    let mut c = Zeroizing::new(Vec::with_capacity(domain_size));
    c.extend(a.iter().zip(b.iter()).map(|(a, b)| *a * b));

    for values in [&mut a, &mut b, &mut c] {
        domain.ifft_in_place(&mut **values);
        coset.fft_in_place(&mut **values);
    }
    a.par_iter_mut()
        .zip(b.par_iter())
        .zip(c.par_iter())
        .for_each(|((a, b), c)| *a = *a * b - c);
    Ok(a)
}
