//! Proofs.

use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;

use crate::Error;
use crate::encode::{self, G1_BYTES, G2_BYTES};

/// Bytes of a proof.
pub const PROOF_BYTES: usize = 2 * G1_BYTES + G2_BYTES;

/// The three points of a Groth16 proof, each in its group and none the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(crate) a: G1Affine,
    pub(crate) b: G2Affine,
    pub(crate) c: G1Affine,
}

impl Proof {
    pub(crate) fn new(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self, Error> {
        if a.is_zero() || b.is_zero() || c.is_zero() {
            return Err(Error::Rejected(
                "a point of the proof is the identity".into(),
            ));
        }
        Ok(Self { a, b, c })
    }

    /// Read A (64 bytes), B (128, x.c1 x.c0 y.c1 y.c0) and C (64), big-endian.
    ///
    /// Refuses points that are not canonical, not on the curve, not in the subgroup or the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != PROOF_BYTES {
            return Err(Error::Rejected(format!(
                "a proof has {PROOF_BYTES} bytes, not {}",
                bytes.len()
            )));
        }
        let (a, rest) = bytes.split_at(G1_BYTES);
        let (b, c) = rest.split_at(G2_BYTES);
        let refuse = |name: &str| Error::Rejected(format!("{name} is not a point of its group"));
        Self::new(
            encode::g1_from_be(a).ok_or_else(|| refuse("A"))?,
            encode::g2_from_be(b).ok_or_else(|| refuse("B"))?,
            encode::g1_from_be(c).ok_or_else(|| refuse("C"))?,
        )
    }

    /// The inverse of [`Self::from_bytes`].
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut out = [0; PROOF_BYTES];
        let (a, rest) = out.split_at_mut(G1_BYTES);
        let (b, c) = rest.split_at_mut(G2_BYTES);
        a.copy_from_slice(&encode::g1_to_be(&self.a));
        b.copy_from_slice(&encode::g2_to_be(&self.b));
        c.copy_from_slice(&encode::g1_to_be(&self.c));
        out
    }
}
