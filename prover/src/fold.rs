//! Sums of points, as the contracts fold public values into one point.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use rayon::prelude::*;

use crate::Error;
use crate::encode::{self, G1_BYTES};

/// Read points of 64 bytes each, big-endian; all zeros is the identity. The error names the first bad one.
pub fn points(bytes: &[u8]) -> Result<Vec<G1Affine>, Error> {
    if !bytes.len().is_multiple_of(G1_BYTES) {
        return Err(Error::File(format!(
            "{} bytes are not a whole number of points",
            bytes.len()
        )));
    }
    bytes
        .par_chunks_exact(G1_BYTES)
        .enumerate()
        .map(|(index, chunk)| {
            encode::g1_from_be(chunk)
                .ok_or_else(|| Error::File(format!("point {index} is not on the curve")))
        })
        .collect()
}

/// Σ scalars\[j\]·points\[j\], for small and full scalars; the identity when there are none.
pub fn fold(points: &[G1Affine], scalars: &[Fr]) -> Result<G1Affine, Error> {
    G1Projective::msm(points, scalars)
        .map(|sum| sum.into_affine())
        .map_err(|_| {
            Error::Input(format!(
                "{} points but {} scalars",
                points.len(),
                scalars.len()
            ))
        })
}

/// Σ points\[j\].
pub fn add(points: &[G1Affine]) -> G1Affine {
    points.iter().sum::<G1Projective>().into_affine()
}
