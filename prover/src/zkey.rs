//! Proving keys of Groth16 in snarkjs' format (`.zkey`, version 1).

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;

use crate::Error;
use crate::verifying_key::VerifyingKey;

pub(crate) const MAGIC: &[u8; 4] = b"zkey";
pub(crate) const VERSION: u32 = 1;
pub(crate) const GROTH16: u32 = 1;
/// Two-adicity of r − 1 is 28 and the quotient needs the doubled domain.
pub(crate) const MAX_DOMAIN: usize = 1 << 27;

pub(crate) const PROTOCOL: u32 = 1;
pub(crate) const HEADER: u32 = 2;
pub(crate) const IC: u32 = 3;
pub(crate) const COEFFICIENTS: u32 = 4;
pub(crate) const POINTS_A: u32 = 5;
pub(crate) const POINTS_B1: u32 = 6;
pub(crate) const POINTS_B2: u32 = 7;
pub(crate) const POINTS_C: u32 = 8;
pub(crate) const POINTS_H: u32 = 9;
pub(crate) const CONTRIBUTIONS: u32 = 10;

/// One entry of the matrices A and B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficient {
    /// False for A, true for B.
    pub in_b: bool,
    /// Row of the evaluation domain.
    pub row: u32,
    /// Wire that is multiplied.
    pub wire: u32,
    /// Factor.
    pub value: Fr,
}

/// Everything a prover needs.
pub struct ZKey {
    /// Wires, the constant 1 included.
    pub wires: usize,
    /// Rows of the evaluation domain, a power of two.
    pub domain_size: usize,
    /// The key that verifies what this one proves.
    pub verifying_key: VerifyingKey,
    /// beta in G1.
    pub beta_g1: G1Affine,
    /// delta in G1.
    pub delta_g1: G1Affine,
    /// Matrices A and B, the rows of the public signals included.
    pub coefficients: Vec<Coefficient>,
    /// A_i(tau) for each wire.
    pub a: Vec<G1Affine>,
    /// B_i(tau) in G1 for each wire.
    pub b_g1: Vec<G1Affine>,
    /// B_i(tau) in G2 for each wire.
    pub b_g2: Vec<G2Affine>,
    /// (beta·A_i + alpha·B_i + C_i)(tau)/delta for each private wire.
    pub c: Vec<G1Affine>,
    /// L_{2j+1}(tau)/delta, the odd half of the Lagrange basis of the doubled domain.
    pub h: Vec<G1Affine>,
}

impl ZKey {
    /// Number of public signals.
    pub fn public(&self) -> usize {
        self.verifying_key.public()
    }

    /// beta and delta are the same numbers in G1 and G2.
    pub(crate) fn check_pairs(&self) -> Result<(), Error> {
        let g1 = G1Affine::generator();
        let g2 = G2Affine::generator();
        let pairs = [
            ("beta", self.beta_g1, *self.verifying_key.beta()),
            ("delta", self.delta_g1, *self.verifying_key.delta()),
        ];
        for (name, in_g1, in_g2) in pairs {
            if Bn254::pairing(in_g1, g2) != Bn254::pairing(g1, in_g2) {
                return Err(Error::File(format!(
                    "{name} is not the same number in G1 and G2"
                )));
            }
        }
        Ok(())
    }
}
