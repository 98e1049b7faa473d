//! Files of strangers: every damage is refused with an error, and nothing panics.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Numbers, R1CS, WTNS, body, sections};
use zkrisk_prover::Error;
use zkrisk_prover::field;
use zkrisk_prover::prover::{Options, Prover};
use zkrisk_prover::r1cs::R1cs;
use zkrisk_prover::watch::Watch;
use zkrisk_prover::witness::Witness;
use zkrisk_prover::wtns;
use zkrisk_prover::zkey::ZKey;

type Reader = fn(&[u8]) -> Result<(), Error>;

fn readers() -> Vec<(&'static str, Vec<u8>, Reader)> {
    vec![
        ("r1cs", R1CS.to_vec(), |bytes| R1cs::parse(bytes).map(drop)),
        ("wtns", WTNS.to_vec(), |bytes| wtns::parse(bytes).map(drop)),
        ("zkey", common::zkey_bytes(), |bytes| {
            ZKey::parse(bytes).map(drop)
        }),
    ]
}

/// Offset of a number in a section's body, a new value and a part of the message that must answer.
struct Edit(u32, usize, Vec<u8>, &'static str);

fn refused(name: &str, file: &[u8], read: fn(&[u8]) -> Result<(), Error>, edits: &[Edit]) {
    for Edit(section, offset, bytes, expected) in edits {
        let mut damaged = file.to_vec();
        let start = body(file, *section) + offset;
        damaged[start..start + bytes.len()].copy_from_slice(bytes);
        match read(&damaged) {
            Err(Error::File(message)) => {
                assert!(
                    message.contains(expected),
                    "{name}: {message:?} for {expected:?}"
                );
            }
            other => panic!("{name} section {section} offset {offset}: {other:?}"),
        }
    }
}

fn number(value: u32) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

#[test]
fn every_truncation_is_refused() {
    for (name, file, read) in readers() {
        read(&file).unwrap();
        for length in 0..file.len() {
            assert!(
                read(&file[..length]).is_err(),
                "{name} cut to {length} bytes"
            );
        }
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for (name, mut file, read) in readers() {
        file.push(0);
        assert!(read(&file).is_err(), "{name}");
    }
}

#[test]
fn another_magic_or_version_is_refused() {
    for (name, file, read) in readers() {
        for (offset, bytes) in [(0, b"xxxx".to_vec()), (4, number(3)), (4, number(0))] {
            let mut damaged = file.clone();
            damaged[offset..offset + 4].copy_from_slice(&bytes);
            assert!(read(&damaged).is_err(), "{name}");
        }
    }
}

#[test]
fn missing_doubled_and_unknown_sections_are_refused() {
    for (name, file, read) in readers() {
        for (kind, start, size) in sections(&file) {
            let part = &file[start..start + 12 + size];
            let count = u32::from_le_bytes(file[8..12].try_into().unwrap());
            let mut without = file.clone();
            without.drain(start..start + part.len());
            without[8..12].copy_from_slice(&number(count - 1));
            assert!(read(&without).is_err(), "{name} without {kind}");
            let mut twice = file.clone();
            twice.extend_from_slice(part);
            twice[8..12].copy_from_slice(&number(count + 1));
            assert!(read(&twice).is_err(), "{name} with two {kind}");
            let mut unknown = file.clone();
            unknown[start..start + 4].copy_from_slice(&number(77));
            assert!(read(&unknown).is_err(), "{name} with 77 for {kind}");
        }
    }
}

#[test]
fn sections_that_grow_or_shrink_are_refused() {
    for (name, file, read) in readers() {
        for (kind, start, size) in sections(&file) {
            let end = start + 12 + size;
            let mut longer = file.clone();
            longer.insert(end, 0);
            longer[start + 4..start + 12].copy_from_slice(&(size as u64 + 1).to_le_bytes());
            assert!(read(&longer).is_err(), "{name} section {kind} longer");
            let mut shorter = file.clone();
            shorter.remove(end - 1);
            shorter[start + 4..start + 12].copy_from_slice(&(size as u64 - 1).to_le_bytes());
            assert!(read(&shorter).is_err(), "{name} section {kind} shorter");
        }
    }
}

#[test]
fn wrong_numbers_in_an_r1cs_are_refused() {
    let modulus = field::modulus_le::<ark_bn254::Fr>();
    let other_prime = field::modulus_le::<ark_bn254::Fq>().to_vec();
    // The first linear combination: count at 0, its first wire at 4, its first coefficient at 8.
    let edits = [
        Edit(1, 0, number(64), "64 bytes"),
        Edit(1, 4, other_prime, "prime"),
        Edit(1, 36, number(1), "do not fit"),
        Edit(1, 36, number(u32::MAX), "label section"),
        Edit(1, 40, number(u32::MAX), "do not fit"),
        Edit(1, 52, vec![1, 0, 0, 0, 0, 0, 0, 0], "label of wire"),
        Edit(1, 60, number(u32::MAX), "truncated"),
        Edit(2, 0, number(u32::MAX), "truncated"),
        Edit(2, 4, number(u32::MAX), "out of range"),
        Edit(2, 8, modulus.to_vec(), "order"),
    ];
    refused("r1cs", R1CS, |bytes| R1cs::parse(bytes).map(drop), &edits);
}

#[test]
fn wrong_numbers_in_a_witness_are_refused() {
    let modulus = field::modulus_le::<ark_bn254::Fr>().to_vec();
    let edits = [
        Edit(1, 4, field::modulus_le::<ark_bn254::Fq>().to_vec(), "prime"),
        Edit(1, 36, number(u32::MAX), "bytes"),
        Edit(2, 0, number(2), "wire 0"),
        Edit(2, 32, modulus, "wire 1"),
    ];
    refused("wtns", WTNS, |bytes| wtns::parse(bytes).map(drop), &edits);
}

#[test]
fn wrong_numbers_in_a_zkey_are_refused() {
    let file = common::zkey_bytes();
    let scalar = field::modulus_le::<ark_bn254::Fr>().to_vec();
    let edits = [
        Edit(1, 0, number(2), "Groth16"),
        Edit(2, 4, scalar.clone(), "prime"),
        Edit(2, 40, vec![0; 32], "prime"),
        Edit(2, 72, number(u32::MAX), "section"),
        Edit(2, 76, number(u32::MAX), "do not fit"),
        Edit(2, 80, number(33), "33 rows"),
        Edit(2, 80, number(u32::MAX), "rows"),
        Edit(2, 80, number(1 << 28), "rows"),
        Edit(2, 80, number(0), "rows"),
        Edit(4, 0, number(u32::MAX), "entries"),
        Edit(4, 4, number(2), "neither A nor B"),
        Edit(4, 8, number(u32::MAX), "out of range"),
        Edit(4, 12, number(u32::MAX), "out of range"),
        Edit(4, 16, scalar, "order"),
        Edit(9, 0, vec![0; 64], "identity"),
        Edit(3, 64, vec![0; 64], "IC_1 is the identity"),
        Edit(2, 84, vec![0; 64], "identity"),
        Edit(10, 64, number(u32::MAX), "truncated"),
    ];
    refused("zkey", &file, |bytes| ZKey::parse(bytes).map(drop), &edits);
}

#[test]
fn points_of_the_wrong_group_are_refused() {
    let file = common::zkey_bytes();
    let outside = zkrisk_prover::encode::g2_to_montgomery(&outside_subgroup());
    for kind in 3..=9 {
        if kind == 4 {
            continue;
        }
        let mut damaged = file.clone();
        let start = body(&file, kind);
        damaged[start] ^= 1;
        damaged[start + 1] ^= 0x55;
        assert!(ZKey::parse(&damaged).is_err(), "section {kind}");
    }
    // beta, gamma, delta of the header and a point of B2: on the curve, outside the subgroup.
    for (kind, offset) in [(2, 212), (2, 340), (2, 532), (7, 0), (7, 128)] {
        let mut damaged = file.clone();
        let start = body(&file, kind) + offset;
        damaged[start..start + 128].copy_from_slice(&outside);
        assert!(
            ZKey::parse(&damaged).is_err(),
            "section {kind} offset {offset}"
        );
    }
}

fn outside_subgroup() -> ark_bn254::G2Affine {
    (1_u64..100)
        .filter_map(|x| ark_bn254::G2Affine::get_point_from_x_unchecked(x.into(), true))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

#[test]
fn beta_and_delta_that_differ_between_the_groups_are_refused() {
    let file = common::zkey_bytes();
    let header = body(&file, 2);
    let alpha = file[header + 84..header + 148].to_vec();
    for offset in [148, 468] {
        let mut damaged = file.clone();
        damaged[header + offset..header + offset + 64].copy_from_slice(&alpha);
        let error = ZKey::parse(&damaged).map(drop).unwrap_err();
        assert!(error.to_string().contains("same number"), "{error}");
    }
}

/// Damage a file in one of the ways that files get damaged.
fn mutate(file: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = file.to_vec();
    let position = numbers.below(out.len());
    match numbers.below(6) {
        0 => out[position] ^= 1 << numbers.below(8),
        1 => out[position] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
        2 => {
            let end = (position + 4).min(out.len());
            out[position..end].fill([0, 0xff][numbers.below(2)]);
        }
        3 => {
            out.drain(position..(position + 1 + numbers.below(64)).min(file.len()));
        }
        4 => {
            let end = (position + numbers.below(64)).min(file.len());
            let copied = file[position..end].to_vec();
            out.splice(position..position, copied);
        }
        _ => {
            // Headers of sections are where the sizes are.
            let all = sections(file);
            let (_, start, _) = all[numbers.below(all.len())];
            out[start + numbers.below(12)] = numbers.next() as u8;
        }
    }
    out
}

/// Mutate one file and use what still reads; `true` when it was refused. The number alone decides what happens.
fn is_refused(seed: u64, index: u64, fixture: &Fixture) -> bool {
    let mut numbers = Numbers(seed ^ index.wrapping_mul(0xd134_2543_de82_ef95));
    // A zkey takes ten times as long as the others.
    let (name, file, read) = &fixture.readers[match index % 21 {
        0 => 2,
        1..=10 => 0,
        _ => 1,
    }];
    let damaged = mutate(file, &mut numbers);
    if damaged == *file || read(&damaged).is_err() {
        return damaged != *file;
    }
    // What still reads must still be safe to use.
    if *name == "r1cs" {
        let _ = R1cs::parse(&damaged).unwrap().check(&fixture.witness);
    } else if *name == "wtns" {
        let values = wtns::parse(&damaged).unwrap();
        if let Ok(witness) = Witness::parse(&values, fixture.system.wires) {
            let _ = fixture.system.check(&witness);
        }
    } else {
        let key = ZKey::parse(&damaged).unwrap();
        let (witness, r) = (&fixture.witness, ark_bn254::Fr::from(3));
        let prover = Prover::new(
            key,
            Options {
                threads: 1,
                ..Options::default()
            },
        )
        .unwrap();
        if let Ok(proof) = prover.prove_insecure_with_randomness(witness, &r, &r, &Watch::default())
        {
            let public = &witness.values()[1..=prover.verifying_key().public()];
            prover.verifying_key().verify(public, &proof).unwrap();
        }
    }
    false
}

struct Fixture {
    readers: Vec<(&'static str, Vec<u8>, Reader)>,
    system: R1cs,
    witness: Witness,
}

fn fixture() -> Fixture {
    Fixture {
        readers: readers(),
        system: common::r1cs(),
        witness: common::witness(),
    }
}

#[test]
fn test_p1_ten_thousand_mutated_files_never_panic() {
    let fixture = fixture();
    let refused = (0..10_000).filter(|index| is_refused(20_240_229, *index, &fixture));
    assert!(refused.count() > 4_000, "many a change is another file");
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// What `python -m tests.campaigns.verifiers --files` runs; `MUTATE_SEED`, `MUTATE_FIRST` and `MUTATE_LAST` say which files.
#[test]
#[ignore = "minutes; run with --ignored --release"]
fn test_p1_mutated_files_never_panic_at_length() {
    let (seed, fixture) = (setting("MUTATE_SEED", 1), fixture());
    let (first, last) = (setting("MUTATE_FIRST", 0), setting("MUTATE_LAST", 105_000));
    let (mut refused, mut crashed) = (0, 0);
    for index in first..last {
        match std::panic::catch_unwind(|| is_refused(seed, index, &fixture)) {
            Ok(answer) => refused += u64::from(answer),
            Err(_) => {
                println!("CRASH file {index}");
                crashed += 1;
            }
        }
        if (index + 1) % 20_000 == 0 {
            println!("files: {} of {last}", index + 1);
        }
    }
    println!(
        "files: {} mutated, {refused} refused by their reader, the rest used safely, {crashed} crashes",
        last - first
    );
    assert_eq!(crashed, 0);
}
