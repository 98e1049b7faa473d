//! Points as bytes: big-endian affine as the pairing precompile reads them (EIP-196, EIP-197), and
//! little-endian Montgomery as a zkey holds them. All zeros is the identity in both.
//!
//! Every reader checks that the coordinates are canonical, that the point is on the curve and, in
//! G2, that it is in the subgroup of order r (G1 has no other).

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;

use crate::field::{self, FIELD_BYTES};

/// Bytes of an affine point of G1.
pub const G1_BYTES: usize = 2 * FIELD_BYTES;
/// Bytes of an affine point of G2.
pub const G2_BYTES: usize = 4 * FIELD_BYTES;

type FqReader = fn(&[u8; FIELD_BYTES]) -> Option<Fq>;

fn coordinates<const N: usize>(bytes: &[u8], read: FqReader) -> Option<[Fq; N]> {
    if bytes.len() != N * FIELD_BYTES {
        return None;
    }
    let mut out = [Fq::default(); N];
    for (slot, chunk) in out.iter_mut().zip(bytes.chunks_exact(FIELD_BYTES)) {
        *slot = read(chunk.try_into().ok()?)?;
    }
    Some(out)
}

fn g1_checked(x: Fq, y: Fq) -> Option<G1Affine> {
    let point = G1Affine::new_unchecked(x, y);
    (point.is_zero() || point.is_on_curve()).then_some(point)
}

fn g2_on_curve(x: Fq2, y: Fq2) -> Option<G2Affine> {
    let point = G2Affine::new_unchecked(x, y);
    (point.is_zero() || point.is_on_curve()).then_some(point)
}

fn g2_in_subgroup(point: G2Affine) -> Option<G2Affine> {
    let inside = point.is_zero() || point.is_in_correct_subgroup_assuming_on_curve();
    inside.then_some(point)
}

/// A point of G1 from x ‖ y, big-endian; `None` when it is not one. The identity is accepted.
pub fn g1_from_be(bytes: &[u8]) -> Option<G1Affine> {
    let [x, y] = coordinates(bytes, field::from_be)?;
    g1_checked(x, y)
}

/// A point of G2 from x.c1 ‖ x.c0 ‖ y.c1 ‖ y.c0, big-endian; `None` when it is not one.
pub fn g2_from_be(bytes: &[u8]) -> Option<G2Affine> {
    let [x1, x0, y1, y0] = coordinates(bytes, field::from_be)?;
    g2_on_curve(Fq2::new(x0, x1), Fq2::new(y0, y1)).and_then(g2_in_subgroup)
}

/// A point of G1 from Montgomery little-endian x ‖ y.
pub fn g1_from_montgomery(bytes: &[u8]) -> Option<G1Affine> {
    let [x, y] = coordinates(bytes, field::fq_from_montgomery_le)?;
    g1_checked(x, y)
}

/// A point of G2 from Montgomery little-endian x.c0 ‖ x.c1 ‖ y.c0 ‖ y.c1.
pub fn g2_from_montgomery(bytes: &[u8]) -> Option<G2Affine> {
    g2_from_montgomery_unchecked(bytes).and_then(g2_in_subgroup)
}

/// The same without the subgroup check, which the caller makes for many points at once
/// ([`crate::subgroup::find_outside`]); the point is on the curve.
pub fn g2_from_montgomery_unchecked(bytes: &[u8]) -> Option<G2Affine> {
    let [x0, x1, y0, y1] = coordinates(bytes, field::fq_from_montgomery_le)?;
    g2_on_curve(Fq2::new(x0, x1), Fq2::new(y0, y1))
}

fn join<const N: usize>(parts: &[[u8; FIELD_BYTES]]) -> [u8; N] {
    let mut out = [0; N];
    for (chunk, part) in out.chunks_exact_mut(FIELD_BYTES).zip(parts) {
        chunk.copy_from_slice(part);
    }
    out
}

/// The four base field coordinates of a G2 point in the order x.c0, x.c1, y.c0, y.c1.
fn g2_coordinates(point: &G2Affine) -> [Fq; 4] {
    let (x, y) = point.xy().unwrap_or_default();
    [x.c0, x.c1, y.c0, y.c1]
}

/// x ‖ y, big-endian; zeros for the identity.
pub fn g1_to_be(point: &G1Affine) -> [u8; G1_BYTES] {
    let (x, y) = point.xy().unwrap_or_default();
    join(&[field::to_be(&x), field::to_be(&y)])
}

/// x.c1 ‖ x.c0 ‖ y.c1 ‖ y.c0, big-endian; zeros for the identity.
pub fn g2_to_be(point: &G2Affine) -> [u8; G2_BYTES] {
    let [x0, x1, y0, y1] = g2_coordinates(point);
    join(&[x1, x0, y1, y0].map(|value| field::to_be(&value)))
}

/// The inverse of [`g1_from_montgomery`].
pub fn g1_to_montgomery(point: &G1Affine) -> [u8; G1_BYTES] {
    let (x, y) = point.xy().unwrap_or_default();
    join(&[x, y].map(|value| field::fq_to_montgomery_le(&value)))
}

/// The inverse of [`g2_from_montgomery`].
pub fn g2_to_montgomery(point: &G2Affine) -> [u8; G2_BYTES] {
    join(&g2_coordinates(point).map(|value| field::fq_to_montgomery_le(&value)))
}
