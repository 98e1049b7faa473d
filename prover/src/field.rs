//! Field elements as bytes. Every reader accepts canonical encodings (below the modulus) only.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInt, PrimeField};

/// Bytes of an element of either field.
pub const FIELD_BYTES: usize = 32;

fn limbs_le(bytes: &[u8; FIELD_BYTES]) -> BigInt<4> {
    let mut limbs = [0_u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    BigInt::new(limbs)
}

fn bytes_le(limbs: &BigInt<4>) -> [u8; FIELD_BYTES] {
    let mut out = [0; FIELD_BYTES];
    for (chunk, limb) in out.chunks_exact_mut(8).zip(limbs.0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    out
}

/// The modulus as little-endian bytes, as file headers carry it.
pub fn modulus_le<F: PrimeField<BigInt = BigInt<4>>>() -> [u8; FIELD_BYTES] {
    bytes_le(&F::MODULUS)
}

/// A canonical little-endian element; `None` when it is not below the modulus.
pub fn from_le<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; FIELD_BYTES]) -> Option<F> {
    F::from_bigint(limbs_le(bytes))
}

/// A canonical big-endian element; `None` when it is not below the modulus.
pub fn from_be<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; FIELD_BYTES]) -> Option<F> {
    let mut reversed = *bytes;
    reversed.reverse();
    from_le(&reversed)
}

/// Canonical little-endian bytes.
pub fn to_le<F: PrimeField<BigInt = BigInt<4>>>(value: &F) -> [u8; FIELD_BYTES] {
    bytes_le(&value.into_bigint())
}

/// Canonical big-endian bytes.
pub fn to_be<F: PrimeField<BigInt = BigInt<4>>>(value: &F) -> [u8; FIELD_BYTES] {
    let mut out = to_le(value);
    out.reverse();
    out
}

/// A base field element from little-endian Montgomery form (value·2^256), as in the points of a zkey.
pub fn fq_from_montgomery_le(bytes: &[u8; FIELD_BYTES]) -> Option<Fq> {
    let limbs = limbs_le(bytes);
    (limbs < Fq::MODULUS).then(|| Fq::new_unchecked(limbs))
}

/// The inverse of [`fq_from_montgomery_le`].
pub fn fq_to_montgomery_le(value: &Fq) -> [u8; FIELD_BYTES] {
    bytes_le(&value.0)
}

/// A coefficient of a zkey, stored as value·2^512, "twice Montgomery".
pub fn fr_from_double_montgomery_le(bytes: &[u8; FIELD_BYTES]) -> Option<Fr> {
    let limbs = limbs_le(bytes);
    (limbs < Fr::MODULUS).then(|| Fr::new_unchecked(Fr::new_unchecked(limbs).into_bigint()))
}

/// The inverse of [`fr_from_double_montgomery_le`].
pub fn fr_to_double_montgomery_le(value: &Fr) -> [u8; FIELD_BYTES] {
    // The Montgomery limbs of an element are below the modulus, so this is total.
    bytes_le(&Fr::from_bigint(value.0).unwrap_or_default().0)
}

/// Reduce a 512-bit number; the bias against uniform is below 2^-250.
pub fn fr_from_wide(bytes: &[u8; 64]) -> Fr {
    Fr::from_le_bytes_mod_order(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{Field, UniformRand};

    #[test]
    fn non_canonical_is_refused() {
        let modulus = modulus_le::<Fr>();
        assert_eq!(from_le::<Fr>(&modulus), None);
        assert_eq!(from_le::<Fr>(&[0xff; 32]), None);
        assert_eq!(fr_from_double_montgomery_le(&modulus), None);
        assert_eq!(fq_from_montgomery_le(&modulus_le::<Fq>()), None);
        let mut below = modulus;
        below[0] -= 1;
        assert_eq!(from_le::<Fr>(&below), Some(-Fr::from(1)));
    }

    #[test]
    fn fields_are_those_of_params() {
        use crate::params::{BASE_MODULUS, SCALAR_MODULUS};
        assert_eq!(Fr::MODULUS.to_string(), SCALAR_MODULUS);
        assert_eq!(Fq::MODULUS.to_string(), BASE_MODULUS);
    }

    #[test]
    fn encodings_are_inverse() {
        let mut rng = ark_std::test_rng();
        for _ in 0..100 {
            let value = Fr::rand(&mut rng);
            assert_eq!(from_le(&to_le(&value)), Some(value));
            assert_eq!(from_be(&to_be(&value)), Some(value));
            let bytes = fr_to_double_montgomery_le(&value);
            assert_eq!(fr_from_double_montgomery_le(&bytes), Some(value));
            let factor = Fr::from(2).pow([512]);
            assert_eq!(from_le(&bytes), Some(value * factor));
        }
    }
}
