//! What the prover signs and what the verifier accepts.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, Zero};
use zkrisk_prover::encode;
use zkrisk_prover::proof::Proof;
use zkrisk_prover::prover::{Options, Prover};
use zkrisk_prover::setup;
use zkrisk_prover::toxic::Toxic;
use zkrisk_prover::verifying_key::VerifyingKey;
use zkrisk_prover::watch::Watch;
use zkrisk_prover::witness::Witness;
use zkrisk_prover::{Error, field};

const GOLDEN: &str = include_str!("data/proof.hex");

fn public() -> Vec<Fr> {
    common::witness().values()[1..=common::r1cs().public].to_vec()
}

fn prove(prover: &Prover, witness: &Witness) -> Result<Proof, Error> {
    prover.prove(witness, &Watch::default())
}

fn edited(wire: usize, value: Fr) -> Witness {
    let mut bytes = common::witness_bytes();
    bytes[32 * wire..32 * wire + 32].copy_from_slice(&field::to_le(&value));
    Witness::parse(&bytes, common::r1cs().wires).unwrap()
}

#[test]
fn proof_with_given_randomness_has_golden_bytes() {
    let (r, s) = (Fr::from(3), Fr::from(5));
    let proof = common::prover().prove_insecure_with_randomness(
        &common::witness(),
        &r,
        &s,
        &Watch::default(),
    );
    let hex: String = proof
        .unwrap()
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, GOLDEN.trim());
}

#[test]
fn fresh_proofs_differ_and_verify() {
    let key = common::prover();
    let one = prove(&key, &common::witness()).unwrap();
    let two = prove(&key, &common::witness()).unwrap();
    assert_ne!(one, two);
    for proof in [one, two] {
        key.verifying_key().verify(&public(), &proof).unwrap();
        assert_eq!(Proof::from_bytes(&proof.to_bytes()), Ok(proof));
    }
}

#[test]
fn every_edited_wire_is_refused_by_the_check_and_by_the_prover() {
    let (key, r1cs) = (common::prover(), common::r1cs());
    r1cs.check(&common::witness()).unwrap();
    for wire in 1..r1cs.wires {
        let honest = common::witness().values()[wire];
        let tampered = edited(wire, honest + Fr::one());
        // `idle` is in no constraint: any value of it satisfies them, and the proof binds it.
        if wire == 3 {
            r1cs.check(&tampered).unwrap();
            let proof = prove(&key, &tampered).unwrap();
            assert!(key.verifying_key().verify(&public(), &proof).is_err());
            continue;
        }
        assert!(
            matches!(r1cs.check(&tampered), Err(Error::Constraint(Some(_)))),
            "wire {wire}"
        );
        assert_eq!(
            prove(&key, &tampered),
            Err(Error::Constraint(None)),
            "wire {wire}"
        );
        assert!(!r1cs.violations(&tampered, 99).unwrap().is_empty());
    }
}

#[test]
fn malformed_witnesses_are_refused() {
    let wires = common::r1cs().wires;
    let good = common::witness_bytes();
    let mut not_one = good.clone();
    not_one[0] = 2;
    let mut not_canonical = good.clone();
    not_canonical[64..96].copy_from_slice(&field::modulus_le::<Fr>());
    let short = good[..good.len() - 32].to_vec();
    let odd = good[..good.len() - 1].to_vec();
    for bytes in [not_one, not_canonical, short, odd, vec![]] {
        assert!(matches!(
            Witness::parse(&bytes, wires),
            Err(Error::Witness(_))
        ));
    }
    let two_wires = Witness::parse(&good[..64], 2).unwrap();
    assert!(matches!(
        prove(&common::prover(), &two_wires),
        Err(Error::Witness(_))
    ));
    assert!(matches!(
        common::r1cs().check(&two_wires),
        Err(Error::Witness(_))
    ));
}

#[test]
fn public_values_of_another_count_or_value_are_refused() {
    let key = common::zkey().verifying_key;
    let proof = prove(&common::prover(), &common::witness()).unwrap();
    let good = public();
    key.verify(&good, &proof).unwrap();
    assert!(key.verify(&good[1..], &proof).is_err());
    assert!(
        key.verify(&[good.clone(), vec![Fr::zero()]].concat(), &proof)
            .is_err()
    );
    for index in 0..good.len() {
        let mut wrong = good.clone();
        wrong[index] += Fr::one();
        assert!(matches!(
            key.verify(&wrong, &proof),
            Err(Error::Rejected(_))
        ));
    }
    key.verify_with_point(&key.fold(&good).unwrap(), &proof)
        .unwrap();
    assert!(
        key.verify_with_point(&G1Affine::generator(), &proof)
            .is_err()
    );
    assert!(key.verify_with_point(&G1Affine::zero(), &proof).is_err());
}

#[test]
fn no_proof_with_a_flipped_bit_is_accepted() {
    let key = common::zkey().verifying_key;
    let bytes = prove(&common::prover(), &common::witness())
        .unwrap()
        .to_bytes();
    for bit in 0..8 * bytes.len() {
        let mut damaged = bytes;
        damaged[bit / 8] ^= 1 << (bit % 8);
        let verdict = Proof::from_bytes(&damaged).and_then(|proof| key.verify(&public(), &proof));
        assert!(matches!(verdict, Err(Error::Rejected(_))), "bit {bit}");
    }
}

#[test]
fn identity_and_wrong_subgroup_points_in_a_proof_are_refused() {
    let bytes = prove(&common::prover(), &common::witness())
        .unwrap()
        .to_bytes();
    let outside = (1_u64..100)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), true))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let edits = [
        (0, vec![0; 64]),
        (64, vec![0; 128]),
        (192, vec![0; 64]),
        (64, encode::g2_to_be(&outside).to_vec()),
    ];
    for (offset, replacement) in edits {
        let mut damaged = bytes;
        damaged[offset..offset + replacement.len()].copy_from_slice(&replacement);
        assert!(
            matches!(Proof::from_bytes(&damaged), Err(Error::Rejected(_))),
            "{offset}"
        );
    }
    assert!(Proof::from_bytes(&bytes[..255]).is_err());
}

/// S1: with delta = gamma anybody proves anything: A = alpha, B = beta, C = −vk_x. Likewise the others.
#[test]
fn test_s1_keys_that_anybody_can_forge_for_are_refused() {
    let key = common::zkey().verifying_key;
    let (alpha, beta, gamma, delta) = (*key.alpha(), *key.beta(), *key.gamma(), *key.delta());
    let made = |beta, gamma, delta| VerifyingKey::new(alpha, beta, gamma, delta, key.ic().to_vec());
    assert_eq!(made(beta, gamma, delta).as_ref(), Ok(&key));
    let other = (gamma + gamma).into_affine();
    let generator = G2Affine::generator();
    for forgeable in [
        (beta, gamma, gamma),
        (beta, gamma, -gamma),
        (beta, other, generator),
        (beta, other, -generator),
        (gamma, gamma, delta),
        (-gamma, gamma, delta),
        (delta, gamma, delta),
        (-delta, gamma, delta),
    ] {
        let answer = made(forgeable.0, forgeable.1, forgeable.2);
        assert!(matches!(answer, Err(Error::Forgeable(_))), "{forgeable:?}");
    }
    let mut blob = key.to_bytes();
    blob.copy_within(192..320, 320);
    assert!(matches!(
        VerifyingKey::from_bytes(&blob),
        Err(Error::Forgeable(_))
    ));
}

#[test]
fn verifying_key_blob_reads_back_and_damage_is_refused() {
    let key = common::zkey().verifying_key;
    let blob = key.to_bytes();
    assert_eq!(blob.len(), 64 + 3 * 128 + 64 * (key.public() + 1));
    assert_eq!(VerifyingKey::from_bytes(&blob).as_ref(), Ok(&key));
    for length in (0..448).chain([449, blob.len() - 1]) {
        assert!(
            VerifyingKey::from_bytes(&blob[..length]).is_err(),
            "{length}"
        );
    }
    for start in (0..blob.len()).step_by(64) {
        let mut damaged = blob.clone();
        damaged[start + 31] ^= 1;
        assert!(VerifyingKey::from_bytes(&damaged).is_err(), "byte {start}");
    }
    assert!(
        VerifyingKey::from_bytes(&blob[..448]).is_err(),
        "no IC points"
    );
}

#[test]
fn setup_is_repeatable_from_a_seed_and_fresh_otherwise() {
    assert_eq!(common::zkey_bytes(), common::zkey_bytes());
    let fresh = setup::setup(&common::r1cs(), &Toxic::draw().unwrap(), &|_| ()).unwrap();
    assert_ne!(fresh.verifying_key, common::zkey().verifying_key);
    let fresh = Prover::new(fresh, Options::default()).unwrap();
    let proof = prove(&fresh, &common::witness()).unwrap();
    fresh.verifying_key().verify(&public(), &proof).unwrap();
    assert!(
        common::zkey()
            .verifying_key
            .verify(&public(), &proof)
            .is_err()
    );
}

#[test]
fn folding_is_the_sum_of_multiples() {
    let points: Vec<G1Affine> = (0..40_u64)
        .map(|scalar| (G1Affine::generator() * Fr::from(scalar)).into_affine())
        .collect();
    let scalars: Vec<Fr> = (0..40_u64)
        .map(|index| {
            if index % 3 == 0 {
                -Fr::from(index)
            } else {
                Fr::from(index << 50)
            }
        })
        .collect();
    let expected: Fr = (0..40_u64)
        .map(|index| Fr::from(index) * scalars[index as usize])
        .sum();
    let folded = zkrisk_prover::fold::fold(&points, &scalars).unwrap();
    assert_eq!(folded, (G1Affine::generator() * expected).into_affine());
    assert!(zkrisk_prover::fold::fold(&points, &scalars[1..]).is_err());
    assert_eq!(zkrisk_prover::fold::fold(&[], &[]), Ok(G1Affine::zero()));
    assert_eq!(zkrisk_prover::fold::add(&points[..4]), points[6]);
    assert!(zkrisk_prover::fold::points(&[0; 63]).is_err());
    assert!(zkrisk_prover::fold::points(&[1; 64]).is_err());
    assert_eq!(
        zkrisk_prover::fold::points(&[0; 64]),
        Ok(vec![G1Affine::zero()])
    );
}
