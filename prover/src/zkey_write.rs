//! Writing a zkey in the order and encodings of snarkjs.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};

use crate::binfile;
use crate::encode;
use crate::field::{self, FIELD_BYTES};
use crate::zkey::{self, Coefficient, ZKey};

impl ZKey {
    /// The file of this key without contributions; `circuit_hash` is a label that no reader checks.
    ///
    /// `snarkjs zkey verify` refuses it, as it should: there was no ceremony.
    pub fn assemble_development(&self, circuit_hash: &[u8; 64]) -> Vec<u8> {
        let mut contributions = circuit_hash.to_vec();
        contributions.extend_from_slice(&0_u32.to_le_bytes());
        let sections = [
            (zkey::PROTOCOL, zkey::GROTH16.to_le_bytes().to_vec()),
            (zkey::HEADER, self.header()),
            (zkey::IC, g1_section(self.verifying_key.ic())),
            (zkey::COEFFICIENTS, coefficient_section(&self.coefficients)),
            (zkey::POINTS_A, g1_section(&self.a)),
            (zkey::POINTS_B1, g1_section(&self.b_g1)),
            (zkey::POINTS_B2, g2_section(&self.b_g2)),
            (zkey::POINTS_C, g1_section(&self.c)),
            (zkey::POINTS_H, g1_section(&self.h)),
            (zkey::CONTRIBUTIONS, contributions),
        ];
        binfile::assemble(zkey::MAGIC, zkey::VERSION, &sections)
    }

    fn header(&self) -> Vec<u8> {
        let vk = &self.verifying_key;
        let mut out = Vec::new();
        for modulus in [field::modulus_le::<Fq>(), field::modulus_le::<Fr>()] {
            out.extend_from_slice(&(FIELD_BYTES as u32).to_le_bytes());
            out.extend_from_slice(&modulus);
        }
        for number in [self.wires, self.public(), self.domain_size] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        out.extend_from_slice(&encode::g1_to_montgomery(vk.alpha()));
        out.extend_from_slice(&encode::g1_to_montgomery(&self.beta_g1));
        out.extend_from_slice(&encode::g2_to_montgomery(vk.beta()));
        out.extend_from_slice(&encode::g2_to_montgomery(vk.gamma()));
        out.extend_from_slice(&encode::g1_to_montgomery(&self.delta_g1));
        out.extend_from_slice(&encode::g2_to_montgomery(vk.delta()));
        out
    }
}

fn g1_section(points: &[G1Affine]) -> Vec<u8> {
    points.iter().flat_map(encode::g1_to_montgomery).collect()
}

fn g2_section(points: &[G2Affine]) -> Vec<u8> {
    points.iter().flat_map(encode::g2_to_montgomery).collect()
}

fn coefficient_section(coefficients: &[Coefficient]) -> Vec<u8> {
    let mut out = (coefficients.len() as u32).to_le_bytes().to_vec();
    for entry in coefficients {
        out.extend_from_slice(&u32::from(entry.in_b).to_le_bytes());
        out.extend_from_slice(&entry.row.to_le_bytes());
        out.extend_from_slice(&entry.wire.to_le_bytes());
        out.extend_from_slice(&field::fr_to_double_montgomery_le(&entry.value));
    }
    out
}
