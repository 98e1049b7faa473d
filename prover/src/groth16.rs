//! Making proofs.

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};

use crate::Error;
use crate::proof::Proof;
use crate::quotient;
use crate::randomness;
use crate::witness::Witness;
use crate::zkey::ZKey;

/// Prove with fresh randomness; the proof is verified before it is returned.
///
/// A witness that does not satisfy the constraints gives [`Error::Constraint`], never a proof.
pub fn prove(key: &ZKey, witness: &Witness) -> Result<Proof, Error> {
    let r = randomness::element()?;
    let s = randomness::element()?;
    prove_insecure_with_randomness(key, witness, &r, &s)
}

/// Prove with the caller's r and s, the same bytes every time.
///
/// Insecure unless r and s are uniform, secret and used once: known randomness lets a reader test
/// guesses of the witness.
pub fn prove_insecure_with_randomness(
    key: &ZKey,
    witness: &Witness,
    r: &Fr,
    s: &Fr,
) -> Result<Proof, Error> {
    let values = witness.values();
    if values.len() != key.wires {
        return Err(Error::Witness(format!(
            "the witness has {} wires, the key {}",
            values.len(),
            key.wires
        )));
    }
    let public = key.public();
    let quotient = quotient::odd_coset(&key.coefficients, values, key.domain_size)?;
    let vk = &key.verifying_key;

    let a = multi_g1(&key.a, values)? + vk.alpha() + key.delta_g1 * r;
    let b_g1 = multi_g1(&key.b_g1, values)? + key.beta_g1 + key.delta_g1 * s;
    let b = G2Projective::msm(&key.b_g2, values).map_err(mismatch)? + vk.beta() + *vk.delta() * s;
    let c =
        multi_g1(&key.c, &values[public + 1..])? + multi_g1(&key.h, &quotient)? + a * s + b_g1 * r
            - key.delta_g1 * (*r * s);

    let proof = Proof::new(a.into_affine(), b.into_affine(), c.into_affine())
        .map_err(|_| Error::Constraint(None))?;
    vk.verify(&values[1..=public], &proof)
        .map_err(|_| Error::Constraint(None))?;
    Ok(proof)
}

fn multi_g1(points: &[ark_bn254::G1Affine], scalars: &[Fr]) -> Result<G1Projective, Error> {
    G1Projective::msm(points, scalars).map_err(mismatch)
}

fn mismatch(count: usize) -> Error {
    Error::File(format!("the key has points for {count} wires only"))
}
