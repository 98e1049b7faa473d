//! Witness files (`.wtns`, version 2).

use ark_bn254::Fr;
use zeroize::Zeroizing;

use crate::Error;
use crate::binfile::{self, Cursor, Sections};
use crate::field::{self, FIELD_BYTES};
use crate::witness::Witness;

const MAGIC: &[u8; 4] = b"wtns";
const VERSION: u32 = 2;
const HEADER: u32 = 1;
const VALUES: u32 = 2;

/// The wires of a witness file as canonical little-endian elements of 32 bytes.
///
/// Refuses another curve's prime, a length that is not the header's, values that are not canonical
/// and a first wire that is not 1.
pub fn parse(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let sections = Sections::parse(bytes, MAGIC, VERSION, &[HEADER, VALUES])?;
    let mut header = Cursor::new(sections.get(HEADER)?, "the witness header");
    read_prime(&mut header)?;
    let wires = header.u32()? as usize;
    header.finish()?;
    let values = sections.get(VALUES)?;
    Witness::parse(values, wires).map_err(|error| Error::File(error.to_string()))?;
    Ok(Zeroizing::new(values.to_vec()))
}

/// Read a field size and prime; both must be those of BN254's scalar field.
pub(crate) fn read_prime(header: &mut Cursor<'_>) -> Result<(), Error> {
    let size = header.u32()?;
    if size as usize != FIELD_BYTES {
        return Err(Error::File(format!(
            "field elements have {size} bytes, not {FIELD_BYTES}"
        )));
    }
    if header.array()? != field::modulus_le::<Fr>() {
        return Err(Error::File(
            "the prime is not the order of BN254's scalar field".into(),
        ));
    }
    Ok(())
}

/// The witness file of these wires; they must be what [`parse`] accepts.
pub fn assemble(values: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let wires = values.len() / FIELD_BYTES;
    Witness::parse(values, wires)?;
    let count = u32::try_from(wires).map_err(|_| Error::Witness("too many wires".into()))?;
    let mut header = Vec::with_capacity(8 + FIELD_BYTES);
    header.extend_from_slice(&(FIELD_BYTES as u32).to_le_bytes());
    header.extend_from_slice(&field::modulus_le::<Fr>());
    header.extend_from_slice(&count.to_le_bytes());
    Ok(Zeroizing::new(binfile::assemble(
        MAGIC,
        VERSION,
        &[(HEADER, header), (VALUES, values.to_vec())],
    )))
}
