//! Constraint systems (`.r1cs`, version 1) and the check of a witness against one.

use ark_bn254::Fr;
use ark_ff::Zero;
use rayon::prelude::*;

use crate::Error;
use crate::binfile::{Cursor, Sections};
use crate::field::{self, FIELD_BYTES};
use crate::witness::Witness;
use crate::wtns::read_prime;

const MAGIC: &[u8; 4] = b"r1cs";
const VERSION: u32 = 1;
const HEADER: u32 = 1;
const CONSTRAINTS: u32 = 2;
const LABELS: u32 = 3;

const TERM_BYTES: usize = 4 + FIELD_BYTES;
const SMALLEST_CONSTRAINT: usize = 12;

/// Sparse rows of (wire, coefficient).
#[derive(Default)]
pub struct Matrix {
    ends: Vec<usize>,
    terms: Vec<(u32, Fr)>,
}

impl Matrix {
    /// The terms of a row; empty when there is no such row.
    pub fn row(&self, index: usize) -> &[(u32, Fr)] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        self.ends
            .get(index)
            .and_then(|end| self.terms.get(start..*end))
            .unwrap_or(&[])
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[(u32, Fr)]> {
        (0..self.ends.len()).map(|index| self.row(index))
    }

    fn product(&self, index: usize, values: &[Fr]) -> Fr {
        self.row(index)
            .iter()
            .map(|(wire, coefficient)| values[*wire as usize] * coefficient)
            .fold(Fr::zero(), |sum, term| sum + term)
    }
}

/// A constraint system: row i demands (A_i·w)·(B_i·w) = C_i·w.
pub struct R1cs {
    /// Wires, the constant 1 included.
    pub wires: usize,
    /// Public outputs and public inputs; they are wires 1 … `public`.
    pub public: usize,
    /// Private inputs; they follow the public wires.
    pub private_inputs: usize,
    /// Labels of the source before optimisation.
    pub label_count: u64,
    /// Label of each wire.
    pub labels: Vec<u64>,
    /// Left factors.
    pub a: Matrix,
    /// Right factors.
    pub b: Matrix,
    /// Products.
    pub c: Matrix,
}

struct Header {
    wires: usize,
    public: usize,
    private_inputs: usize,
    labels: u64,
    constraints: usize,
}

impl R1cs {
    /// Read a file's bytes.
    ///
    /// Refuses custom gates, another prime, wires out of range, a wire twice in one linear
    /// combination (readers disagree about its meaning) and coefficients that are not canonical.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let sections = Sections::parse(bytes, MAGIC, VERSION, &[HEADER, CONSTRAINTS, LABELS])?;
        let header = read_header(sections.get(HEADER)?)?;
        let labels = read_labels(sections.get(LABELS)?, &header)?;
        let [a, b, c] = read_constraints(sections.get(CONSTRAINTS)?, &header)?;
        Ok(Self {
            wires: header.wires,
            public: header.public,
            private_inputs: header.private_inputs,
            label_count: header.labels,
            labels,
            a,
            b,
            c,
        })
    }

    /// Number of constraints.
    pub fn constraints(&self) -> usize {
        self.a.ends.len()
    }

    /// Refuse a witness that violates a constraint; the error has the first index.
    pub fn check(&self, witness: &Witness) -> Result<(), Error> {
        let values = self.values(witness)?;
        let first = (0..self.constraints())
            .into_par_iter()
            .find_first(|index| !self.holds(*index, values));
        match first {
            Some(index) => Err(Error::Constraint(Some(index))),
            None => Ok(()),
        }
    }

    /// The first `limit` violated constraints, in order.
    pub fn violations(&self, witness: &Witness, limit: usize) -> Result<Vec<usize>, Error> {
        let values = self.values(witness)?;
        Ok((0..self.constraints())
            .filter(|index| !self.holds(*index, values))
            .take(limit)
            .collect())
    }

    fn values<'a>(&self, witness: &'a Witness) -> Result<&'a [Fr], Error> {
        let values = witness.values();
        if values.len() == self.wires {
            return Ok(values);
        }
        Err(Error::Witness(format!(
            "the witness has {} wires, the circuit {}",
            values.len(),
            self.wires
        )))
    }

    fn holds(&self, index: usize, values: &[Fr]) -> bool {
        self.a.product(index, values) * self.b.product(index, values)
            == self.c.product(index, values)
    }
}

fn read_header(bytes: &[u8]) -> Result<Header, Error> {
    let mut cursor = Cursor::new(bytes, "the constraint header");
    read_prime(&mut cursor)?;
    let wires = cursor.u32()?;
    let outputs = cursor.u32()?;
    let public_inputs = cursor.u32()?;
    let private_inputs = cursor.u32()?;
    let labels = cursor.u64()?;
    let constraints = cursor.u32()?;
    cursor.finish()?;
    let signals = u64::from(outputs) + u64::from(public_inputs) + u64::from(private_inputs);
    if signals >= u64::from(wires) {
        return Err(Error::File(format!(
            "{signals} signals and the constant 1 do not fit {wires} wires"
        )));
    }
    Ok(Header {
        wires: wires as usize,
        public: outputs as usize + public_inputs as usize,
        private_inputs: private_inputs as usize,
        labels,
        constraints: constraints as usize,
    })
}

fn read_labels(bytes: &[u8], header: &Header) -> Result<Vec<u64>, Error> {
    if Some(bytes.len()) != header.wires.checked_mul(8) {
        return Err(Error::File(format!(
            "the label section has {} bytes for {} wires",
            bytes.len(),
            header.wires
        )));
    }
    let mut cursor = Cursor::new(bytes, "the label section");
    let mut labels = Vec::with_capacity(header.wires);
    for wire in 0..header.wires {
        let label = cursor.u64()?;
        if label >= header.labels {
            return Err(Error::File(format!(
                "the label of wire {wire} is out of range"
            )));
        }
        labels.push(label);
    }
    Ok(labels)
}

fn read_constraints(bytes: &[u8], header: &Header) -> Result<[Matrix; 3], Error> {
    if header.constraints > bytes.len() / SMALLEST_CONSTRAINT {
        return Err(Error::File("the constraint section is truncated".into()));
    }
    let mut cursor = Cursor::new(bytes, "the constraint section");
    let mut matrices: [Matrix; 3] = Default::default();
    // The number of the linear combination in which a wire was last seen.
    let mut seen = vec![0_u64; header.wires];
    let mut combination = 0;
    for index in 0..header.constraints {
        for matrix in &mut matrices {
            combination += 1;
            read_row(&mut cursor, matrix, &mut seen, combination)
                .map_err(|error| Error::File(format!("constraint {index}: {error}")))?;
        }
    }
    cursor.finish()?;
    Ok(matrices)
}

fn read_row(
    cursor: &mut Cursor<'_>,
    matrix: &mut Matrix,
    seen: &mut [u64],
    combination: u64,
) -> Result<(), Error> {
    let count = cursor.u32()? as usize;
    if count > cursor.remaining() / TERM_BYTES {
        return Err(Error::File("the linear combination is truncated".into()));
    }
    for _ in 0..count {
        let wire = cursor.u32()?;
        let coefficient = field::from_le(&cursor.array()?)
            .ok_or_else(|| Error::File("a coefficient is not below the field's order".into()))?;
        let last = seen
            .get_mut(wire as usize)
            .ok_or_else(|| Error::File(format!("wire {wire} is out of range")))?;
        if *last == combination {
            return Err(Error::File(format!("wire {wire} is there twice")));
        }
        *last = combination;
        matrix.terms.push((wire, coefficient));
    }
    matrix.ends.push(matrix.terms.len());
    Ok(())
}
