//! The only place that asks the operating system for randomness.

use ark_bn254::Fr;
use ark_ff::Zero;
use zeroize::Zeroizing;

use crate::Error;
use crate::field;

/// A uniform element of the scalar field.
pub fn element() -> Result<Zeroizing<Fr>, Error> {
    let mut bytes = Zeroizing::new([0; 64]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Error::Randomness)?;
    Ok(Zeroizing::new(field::fr_from_wide(&bytes)))
}

/// A uniform element that is not zero.
pub fn nonzero_element() -> Result<Zeroizing<Fr>, Error> {
    loop {
        let value = element()?;
        if !value.is_zero() {
            return Ok(value);
        }
    }
}
