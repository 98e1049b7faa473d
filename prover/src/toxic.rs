//! The secrets of a setup. Whoever keeps them can forge proofs.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::Error;
use crate::field;
use crate::randomness;

/// tau, alpha, beta and delta; wiped when dropped, never written.
pub struct Toxic {
    pub(crate) tau: Zeroizing<Fr>,
    pub(crate) alpha: Zeroizing<Fr>,
    pub(crate) beta: Zeroizing<Fr>,
    pub(crate) delta: Zeroizing<Fr>,
}

impl Toxic {
    /// Draw from the operating system.
    pub fn draw() -> Result<Self, Error> {
        Ok(Self {
            tau: randomness::nonzero_element()?,
            alpha: randomness::nonzero_element()?,
            beta: randomness::nonzero_element()?,
            delta: draw_delta()?,
        })
    }

    /// Derive from a seed, for tests only: whoever knows the seed can forge.
    pub fn from_seed_insecure(seed: &[u8; 32]) -> Self {
        let derive = |label: &str| {
            let hash = Sha512::new()
                .chain_update(b"zkrisk.setup.insecure.")
                .chain_update(label)
                .chain_update(seed)
                .finalize();
            Zeroizing::new(field::fr_from_wide(&hash.into()))
        };
        Self {
            tau: derive("tau"),
            alpha: derive("alpha"),
            beta: derive("beta"),
            delta: derive("delta"),
        }
    }

    /// No secret is 0 and delta is not gamma (which is 1).
    pub(crate) fn is_usable(&self) -> bool {
        let nonzero = [&self.tau, &self.alpha, &self.beta, &self.delta]
            .iter()
            .all(|secret| !secret.is_zero());
        nonzero && !self.delta.is_one()
    }
}

fn draw_delta() -> Result<Zeroizing<Fr>, Error> {
    loop {
        let delta = randomness::nonzero_element()?;
        if !delta.is_one() {
            return Ok(delta);
        }
    }
}
