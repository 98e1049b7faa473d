//! Verifying keys and the pairing check.

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::Field;

use crate::Error;
use crate::binfile::Cursor;
use crate::encode::{self, G1_BYTES, G2_BYTES};
use crate::fold;
use crate::proof::Proof;

/// The points that verify a proof: e(A, B) = e(alpha, beta)·e(vk_x, gamma)·e(C, delta).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    alpha: G1Affine,
    beta: G2Affine,
    gamma: G2Affine,
    delta: G2Affine,
    ic: Vec<G1Affine>,
}

impl VerifyingKey {
    /// Take points that are on their curves and in their subgroups.
    ///
    /// Refuses the identity anywhere (as alpha … delta it makes proofs free, as IC_j it leaves a
    /// signal unbound) and the keys that anybody can forge for, each with either sign: delta = gamma
    /// or the generator is a key without phase-2 contribution (A = alpha, B = beta, C = −vk_x);
    /// for beta = gamma take A = alpha + vk_x, B = gamma + delta, C = A; for beta = delta take
    /// A = vk_x, B = gamma + delta, C = vk_x − alpha.
    pub fn new(
        alpha: G1Affine,
        beta: G2Affine,
        gamma: G2Affine,
        delta: G2Affine,
        ic: Vec<G1Affine>,
    ) -> Result<Self, Error> {
        if ic.is_empty() {
            return Err(Error::File("the verifying key has no IC points".into()));
        }
        if alpha.is_zero() || beta.is_zero() || gamma.is_zero() || delta.is_zero() {
            return Err(Error::File(
                "a point of the verifying key is the identity".into(),
            ));
        }
        if let Some(index) = ic.iter().position(AffineRepr::is_zero) {
            return Err(Error::File(format!("IC_{index} is the identity")));
        }
        // Equal abscissas are equal points up to the sign.
        let related = [
            ("delta", delta, "gamma", gamma),
            ("delta", delta, "the generator", G2Affine::generator()),
            ("beta", beta, "gamma", gamma),
            ("beta", beta, "delta", delta),
        ];
        if let Some((one, _, other, _)) = related.iter().find(|(_, p, _, q)| p.x == q.x) {
            return Err(Error::Forgeable(format!(
                "{one} of the key is ± {other}: anybody can forge proofs for it"
            )));
        }
        Ok(Self {
            alpha,
            beta,
            gamma,
            delta,
            ic,
        })
    }

    /// Read alpha (64 bytes), beta, gamma, delta (128 each), then every IC point (64 each).
    pub fn from_bytes(blob: &[u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(blob, "the verifying key");
        let refuse = |name: &str| Error::File(format!("{name} is not a point of its group"));
        let alpha = encode::g1_from_be(cursor.take(G1_BYTES)?).ok_or_else(|| refuse("alpha"))?;
        let beta = encode::g2_from_be(cursor.take(G2_BYTES)?).ok_or_else(|| refuse("beta"))?;
        let gamma = encode::g2_from_be(cursor.take(G2_BYTES)?).ok_or_else(|| refuse("gamma"))?;
        let delta = encode::g2_from_be(cursor.take(G2_BYTES)?).ok_or_else(|| refuse("delta"))?;
        let ic = fold::points(cursor.take(cursor.remaining())?)?;
        Self::new(alpha, beta, gamma, delta, ic)
    }

    /// The inverse of [`Self::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = encode::g1_to_be(&self.alpha).to_vec();
        for point in [&self.beta, &self.gamma, &self.delta] {
            out.extend_from_slice(&encode::g2_to_be(point));
        }
        for point in &self.ic {
            out.extend_from_slice(&encode::g1_to_be(point));
        }
        out
    }

    /// Number of public signals.
    pub fn public(&self) -> usize {
        self.ic.len() - 1
    }

    /// alpha in G1.
    pub fn alpha(&self) -> &G1Affine {
        &self.alpha
    }

    /// beta in G2.
    pub fn beta(&self) -> &G2Affine {
        &self.beta
    }

    /// gamma in G2.
    pub fn gamma(&self) -> &G2Affine {
        &self.gamma
    }

    /// delta in G2.
    pub fn delta(&self) -> &G2Affine {
        &self.delta
    }

    /// IC_0 … IC_public.
    pub fn ic(&self) -> &[G1Affine] {
        &self.ic
    }

    /// IC_0 + Σ public\[j\]·IC_{j+1}; refuses another number of values.
    pub fn fold(&self, public: &[Fr]) -> Result<G1Affine, Error> {
        if public.len() != self.public() {
            return Err(Error::Rejected(format!(
                "{} public values, the key takes {}",
                public.len(),
                self.public()
            )));
        }
        let sum = fold::fold(&self.ic[1..], public)?;
        Ok(fold::add(&[self.ic[0], sum]))
    }

    /// Accept the proof for these public values or say why not.
    pub fn verify(&self, public: &[Fr], proof: &Proof) -> Result<(), Error> {
        self.verify_with_point(&self.fold(public)?, proof)
    }

    /// Accept the proof for an already folded point.
    ///
    /// A point that the caller did not fold himself from values proves nothing: whoever chooses it
    /// can forge.
    pub fn verify_with_point(&self, vk_x: &G1Affine, proof: &Proof) -> Result<(), Error> {
        let left = [-proof.a, self.alpha, *vk_x, proof.c];
        let right = [proof.b, self.beta, self.gamma, self.delta];
        if Bn254::multi_pairing(left, right).0 == <Bn254 as Pairing>::TargetField::ONE {
            return Ok(());
        }
        Err(Error::Rejected("the pairing equation does not hold".into()))
    }
}
