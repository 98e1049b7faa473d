//! Membership of many G2 points in the subgroup of order r, at a tenth of the price of one by one.
//!
//! The check of one point, psi(P) = \[6x²\]P (El Housni, Guillevic, Piellard, eprint 2022/352,
//! section 4.3), is linear: P ↦ psi(P) − \[6x²\]P is a homomorphism whose kernel is the subgroup and
//! whose image has an order dividing the cofactor. The smallest prime factor of the cofactor is
//! 10069, so a sum with uniform 11-bit weights hides a bad point with probability 2^-11 at most, and
//! independent rounds multiply.

use ark_bn254::{G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use rayon::prelude::*;

use crate::Error;

const WEIGHT_BITS: u32 = 11;
/// 12 rounds of 11 bits: a bad point stays hidden with probability 2^-132.
const ROUNDS: usize = 12;
/// Below this many points, one by one is cheaper.
const SMALLEST_BATCH: usize = 512;

/// The index of a point outside the subgroup, if there is one; the points must be on the curve.
pub fn find_outside(points: &[G2Affine]) -> Result<Option<usize>, Error> {
    let finite = points.iter().filter(|point| !point.is_zero()).count();
    if finite >= SMALLEST_BATCH && batch_is_inside(points)? {
        return Ok(None);
    }
    Ok(points.par_iter().position_first(|point| {
        !point.is_zero() && !point.is_in_correct_subgroup_assuming_on_curve()
    }))
}

fn batch_is_inside(points: &[G2Affine]) -> Result<bool, Error> {
    for _ in 0..ROUNDS {
        let mut random = vec![0; 2 * points.len()];
        getrandom::fill(&mut random).map_err(|_| Error::Randomness)?;
        let sum = weighted_sum(points, &random).into_affine();
        if !sum.is_zero() && !sum.is_in_correct_subgroup_assuming_on_curve() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Σ weight·point with the low bits of two random bytes a point; no reduction modulo r anywhere,
/// which would be wrong for points outside the subgroup.
fn weighted_sum(points: &[G2Affine], random: &[u8]) -> G2Projective {
    let chunk = points.len().div_ceil(rayon::current_num_threads()).max(1);
    points
        .par_chunks(chunk)
        .zip(random.par_chunks(2 * chunk))
        .map(|(points, random)| {
            let mut buckets = vec![G2Projective::zero(); 1 << WEIGHT_BITS];
            for (point, bytes) in points.iter().zip(random.chunks_exact(2)) {
                let weight = u16::from_le_bytes([bytes[0], bytes[1]]) >> (16 - WEIGHT_BITS);
                buckets[usize::from(weight)] += point;
            }
            let mut running = G2Projective::zero();
            let mut sum = G2Projective::zero();
            for bucket in buckets.iter().skip(1).rev() {
                running += bucket;
                sum += running;
            }
            sum
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_ec::PrimeGroup;

    fn outside() -> Option<G2Affine> {
        (1_u64..100)
            .filter_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), false))
            .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
    }

    #[test]
    fn one_bad_point_among_many_is_found() {
        let generator = G2Projective::generator();
        let mut points: Vec<G2Affine> = (0..1000_u64)
            .map(|scalar| (generator * Fr::from(scalar)).into_affine())
            .collect();
        assert_eq!(find_outside(&points), Ok(None));
        for index in [1, 500, 999] {
            let good = points[index];
            points[index] = outside().unwrap();
            assert_eq!(find_outside(&points), Ok(Some(index)));
            points[index] = good;
        }
    }

    #[test]
    fn bad_points_of_small_order_are_found() {
        // The order of this point divides r·10069: all other factors of the cofactor are cleared.
        let bad = outside().unwrap();
        let mut cleared: G2Projective = bad.into();
        for factor in [5_864_401_u64, 1_875_725_156_269] {
            cleared = cleared.into_affine().mul_bigint([factor]);
        }
        // 197620364512881247228717050342013327560683201906968909
        let large = [
            0x9b6e_0b35_8e0d_894d_u64,
            0xe9da_b924_0f0c_6ab8,
            0x0002_1031_5729_f570,
        ];
        let cleared = cleared.into_affine().mul_bigint(large).into_affine();
        let mut points = vec![G2Affine::generator(); 1000];
        points[7] = cleared;
        assert!(!cleared.is_in_correct_subgroup_assuming_on_curve());
        assert_eq!(find_outside(&points), Ok(Some(7)));
    }
}
