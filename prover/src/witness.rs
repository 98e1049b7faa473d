//! A full assignment of the wires of a circuit.

use ark_bn254::Fr;
use ark_ff::One;
use zeroize::Zeroizing;

use crate::Error;
use crate::field::{self, FIELD_BYTES};

/// The value of every wire; wire 0 is 1. Wiped from memory when dropped.
pub struct Witness(Zeroizing<Vec<Fr>>);

impl Witness {
    /// Read `wires` canonical little-endian elements, 32 bytes each, without any header.
    ///
    /// Messages name wire numbers, never values.
    pub fn parse(bytes: &[u8], wires: usize) -> Result<Self, Error> {
        if Some(bytes.len()) != wires.checked_mul(FIELD_BYTES) {
            return Err(Error::Witness(format!(
                "the witness has {} bytes, not {wires} elements of {FIELD_BYTES}",
                bytes.len()
            )));
        }
        let mut values = Zeroizing::new(Vec::<Fr>::with_capacity(wires));
        for (wire, chunk) in bytes.chunks_exact(FIELD_BYTES).enumerate() {
            let element = chunk.try_into().ok().and_then(field::from_le);
            values.push(element.ok_or_else(|| {
                Error::Witness(format!("wire {wire} is not below the field's order"))
            })?);
        }
        match values.first() {
            Some(first) if first.is_one() => Ok(Self(values)),
            _ => Err(Error::Witness("wire 0 is not 1".into())),
        }
    }

    /// All wires in order.
    pub fn values(&self) -> &[Fr] {
        &self.0
    }
}
