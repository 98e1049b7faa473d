//! Reading a zkey: every point is checked, every index is in range, nothing is left over.

use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use rayon::prelude::*;

use crate::Error;
use crate::binfile::{Cursor, Sections};
use crate::encode::{self, G1_BYTES, G2_BYTES};
use crate::field::{self, FIELD_BYTES};
use crate::subgroup;
use crate::verifying_key::VerifyingKey;
use crate::wtns::read_prime;
use crate::zkey::{self, Coefficient, ZKey};

const COEFFICIENT_BYTES: usize = 12 + FIELD_BYTES;
const TRANSCRIPT_BYTES: usize = 64;

struct Header {
    wires: usize,
    public: usize,
    domain_size: usize,
    alpha: G1Affine,
    beta_g1: G1Affine,
    beta: G2Affine,
    gamma: G2Affine,
    delta_g1: G1Affine,
    delta: G2Affine,
}

impl ZKey {
    /// Read a file's bytes and check all of its points.
    ///
    /// Refuses what [`VerifyingKey::new`] refuses, too.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let types: Vec<u32> = (zkey::PROTOCOL..=zkey::CONTRIBUTIONS).collect();
        let sections = Sections::parse(bytes, zkey::MAGIC, zkey::VERSION, &types)?;
        read_protocol(sections.get(zkey::PROTOCOL)?)?;
        let header = read_header(sections.get(zkey::HEADER)?)?;
        read_contributions(sections.get(zkey::CONTRIBUTIONS)?)?;
        let private = header.wires - header.public - 1;
        let g1 = |kind, name, count| {
            read_points(
                sections.get(kind)?,
                name,
                count,
                G1_BYTES,
                encode::g1_from_montgomery,
            )
        };
        let ic = g1(zkey::IC, "IC", header.public + 1)?;
        let key = Self {
            wires: header.wires,
            domain_size: header.domain_size,
            verifying_key: VerifyingKey::new(
                header.alpha,
                header.beta,
                header.gamma,
                header.delta,
                ic,
            )?,
            beta_g1: header.beta_g1,
            delta_g1: header.delta_g1,
            coefficients: read_coefficients(sections.get(zkey::COEFFICIENTS)?, &header)?,
            a: g1(zkey::POINTS_A, "A", header.wires)?,
            b_g1: g1(zkey::POINTS_B1, "B1", header.wires)?,
            b_g2: read_points(
                sections.get(zkey::POINTS_B2)?,
                "B2",
                header.wires,
                G2_BYTES,
                encode::g2_from_montgomery_unchecked,
            )?,
            c: g1(zkey::POINTS_C, "C", private)?,
            h: g1(zkey::POINTS_H, "H", header.domain_size)?,
        };
        if let Some(index) = subgroup::find_outside(&key.b_g2)? {
            return Err(outside("B2", index));
        }
        if let Some(index) = key.h.iter().position(AffineRepr::is_zero) {
            return Err(Error::File(format!(
                "point {index} of section H is the identity"
            )));
        }
        key.check_pairs()?;
        Ok(key)
    }
}

fn read_protocol(bytes: &[u8]) -> Result<(), Error> {
    let mut cursor = Cursor::new(bytes, "the protocol section");
    if cursor.u32()? != zkey::GROTH16 {
        return Err(Error::File("the key is not a Groth16 key".into()));
    }
    cursor.finish()
}

fn read_header(bytes: &[u8]) -> Result<Header, Error> {
    let mut cursor = Cursor::new(bytes, "the key header");
    let size = cursor.u32()?;
    if size as usize != FIELD_BYTES || cursor.array()? != field::modulus_le::<Fq>() {
        return Err(Error::File(
            "the prime is not the order of BN254's base field".into(),
        ));
    }
    read_prime(&mut cursor)?;
    let wires = cursor.u32()? as usize;
    let public = cursor.u32()? as usize;
    let domain_size = cursor.u32()? as usize;
    if public >= wires {
        return Err(Error::File(format!(
            "{public} public signals and the constant 1 do not fit {wires} wires"
        )));
    }
    if !domain_size.is_power_of_two() || domain_size > zkey::MAX_DOMAIN || domain_size <= public {
        return Err(Error::File(format!(
            "a domain of {domain_size} rows is not possible"
        )));
    }
    let header = Header {
        wires,
        public,
        domain_size,
        alpha: read_g1(&mut cursor, "alpha")?,
        beta_g1: read_g1(&mut cursor, "beta")?,
        beta: read_g2(&mut cursor, "beta")?,
        gamma: read_g2(&mut cursor, "gamma")?,
        delta_g1: read_g1(&mut cursor, "delta")?,
        delta: read_g2(&mut cursor, "delta")?,
    };
    cursor.finish()?;
    Ok(header)
}

fn read_g1(cursor: &mut Cursor<'_>, name: &str) -> Result<G1Affine, Error> {
    encode::g1_from_montgomery(cursor.take(G1_BYTES)?)
        .ok_or_else(|| Error::File(format!("{name} is not a point of G1")))
}

fn read_g2(cursor: &mut Cursor<'_>, name: &str) -> Result<G2Affine, Error> {
    encode::g2_from_montgomery(cursor.take(G2_BYTES)?)
        .ok_or_else(|| Error::File(format!("{name} is not a point of G2")))
}

fn read_points<P: Send>(
    bytes: &[u8],
    name: &str,
    count: usize,
    size: usize,
    read: fn(&[u8]) -> Option<P>,
) -> Result<Vec<P>, Error> {
    if Some(bytes.len()) != count.checked_mul(size) {
        return Err(Error::File(format!(
            "section {name} has {} bytes for {count} points",
            bytes.len()
        )));
    }
    bytes
        .par_chunks_exact(size)
        .enumerate()
        .map(|(index, chunk)| read(chunk).ok_or_else(|| outside(name, index)))
        .collect()
}

fn outside(name: &str, index: usize) -> Error {
    Error::File(format!(
        "point {index} of section {name} is not in its group"
    ))
}

fn read_coefficients(bytes: &[u8], header: &Header) -> Result<Vec<Coefficient>, Error> {
    let mut cursor = Cursor::new(bytes, "the coefficient section");
    let count = cursor.u32()? as usize;
    if Some(cursor.remaining()) != count.checked_mul(COEFFICIENT_BYTES) {
        return Err(Error::File(format!(
            "the coefficient section has {} bytes for {count} entries",
            bytes.len()
        )));
    }
    let mut out = Vec::with_capacity(count);
    for index in 0..count {
        let refuse = |what: &str| Error::File(format!("coefficient {index}: {what}"));
        let matrix = cursor.u32()?;
        let row = cursor.u32()?;
        let wire = cursor.u32()?;
        let value = field::fr_from_double_montgomery_le(&cursor.array()?)
            .ok_or_else(|| refuse("value is not below the field's order"))?;
        if matrix > 1 {
            return Err(refuse("matrix is neither A nor B"));
        }
        if row as usize >= header.domain_size || wire as usize >= header.wires {
            return Err(refuse("row or wire is out of range"));
        }
        out.push(Coefficient {
            in_b: matrix == 1,
            row,
            wire,
            value,
        });
    }
    cursor.finish()?;
    Ok(out)
}

/// Check the shape of the ceremony's record; whether it is a good ceremony is decided elsewhere.
fn read_contributions(bytes: &[u8]) -> Result<(), Error> {
    let mut cursor = Cursor::new(bytes, "the contribution section");
    cursor.take(TRANSCRIPT_BYTES)?;
    let count = cursor.u32()?;
    for _ in 0..count {
        let _ = read_g1(&mut cursor, "a contribution's delta")?;
        let _ = read_g1(&mut cursor, "a contribution's s")?;
        let _ = read_g1(&mut cursor, "a contribution's sx")?;
        let _ = read_g2(&mut cursor, "a contribution's spx")?;
        cursor.take(TRANSCRIPT_BYTES)?;
        cursor.u32()?;
        let length = cursor.u32()? as usize;
        read_parameters(cursor.take(length)?)?;
    }
    cursor.finish()
}

/// Parameters are (type, value) with rising types: 1 a name, 2 an exponent, 3 a beacon hash.
fn read_parameters(bytes: &[u8]) -> Result<(), Error> {
    let mut cursor = Cursor::new(bytes, "a contribution's parameters");
    let mut last = 0;
    while cursor.remaining() > 0 {
        let [kind] = cursor.array()?;
        if kind <= last || kind > 3 {
            return Err(Error::File(
                "a contribution's parameters are not in order".into(),
            ));
        }
        last = kind;
        let [length] = cursor.array()?;
        if kind != 2 {
            cursor.take(usize::from(length))?;
        }
    }
    Ok(())
}
