//! The fixture: files that circom and snarkjs made, and a key from a fixed seed.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use ark_bn254::Fr;
use zkrisk_prover::field;
use zkrisk_prover::prover::{Options, Prover};
use zkrisk_prover::r1cs::R1cs;
use zkrisk_prover::setup;
use zkrisk_prover::toxic::Toxic;
use zkrisk_prover::witness::Witness;
use zkrisk_prover::wtns;
use zkrisk_prover::zkey::ZKey;

pub const R1CS: &[u8] = include_bytes!("../data/small.r1cs");
pub const WTNS: &[u8] = include_bytes!("../data/small.wtns");

pub fn seed() -> [u8; 32] {
    std::array::from_fn(|index| index as u8)
}

pub fn r1cs() -> R1cs {
    R1cs::parse(R1CS).unwrap()
}

pub fn witness_bytes() -> Vec<u8> {
    wtns::parse(WTNS).unwrap().to_vec()
}

pub fn witness() -> Witness {
    Witness::parse(&witness_bytes(), r1cs().wires).unwrap()
}

pub fn zkey_bytes() -> Vec<u8> {
    setup::setup_file(R1CS, &Toxic::from_seed_insecure(&seed()), &|_| ()).unwrap()
}

pub fn zkey() -> ZKey {
    ZKey::parse(&zkey_bytes()).unwrap()
}

/// (type, start, length of the body) of each section; starts include the 12 bytes of the header.
pub fn sections(file: &[u8]) -> Vec<(u32, usize, usize)> {
    let mut out = Vec::new();
    let mut position = 12;
    while position < file.len() {
        let kind = u32::from_le_bytes(file[position..position + 4].try_into().unwrap());
        let size = u64::from_le_bytes(file[position + 4..position + 12].try_into().unwrap());
        out.push((kind, position, size as usize));
        position += 12 + size as usize;
    }
    out
}

/// Offset of the body of a section.
pub fn body(file: &[u8], kind: u32) -> usize {
    let found = sections(file).into_iter().find(|section| section.0 == kind);
    found.unwrap().1 + 12
}

/// A small generator of repeatable numbers (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

pub fn prover() -> Prover {
    Prover::new(
        zkey(),
        Options {
            threads: 1,
            ..Options::default()
        },
    )
    .unwrap()
}

/// A row of a constraint system: (wire, factor) of A, B and C.
pub type Row = (Vec<(u32, Fr)>, Vec<(u32, Fr)>, Vec<(u32, Fr)>);

/// A constraint system's file; the first wires after the 1 are public inputs.
pub fn r1cs_file(wires: usize, public: usize, rows: &[Row]) -> Vec<u8> {
    let mut header = 32_u32.to_le_bytes().to_vec();
    header.extend(field::modulus_le::<Fr>());
    for count in [wires, 0, public, wires - public - 1] {
        header.extend((count as u32).to_le_bytes());
    }
    header.extend((wires as u64).to_le_bytes());
    header.extend((rows.len() as u32).to_le_bytes());
    let mut constraints = Vec::new();
    for (a, b, c) in rows {
        for terms in [a, b, c] {
            constraints.extend((terms.len() as u32).to_le_bytes());
            for (wire, factor) in terms {
                constraints.extend(wire.to_le_bytes());
                constraints.extend(field::to_le(factor));
            }
        }
    }
    let labels: Vec<u8> = (0..wires as u64).flat_map(u64::to_le_bytes).collect();
    let mut file = b"r1cs\x01\0\0\0\x03\0\0\0".to_vec();
    for (kind, body) in [(1_u32, header), (2, constraints), (3, labels)] {
        file.extend(kind.to_le_bytes());
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(body);
    }
    file
}
