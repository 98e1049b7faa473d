//! Python integers and exceptions.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInt as Limbs, PrimeField};
use num_bigint::{BigInt, BigUint};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use zeroize::Zeroizing;

use crate::Error;
use crate::field;

/// The element of a Python integer; `None` when it is negative or not below the modulus.
pub fn element(value: &BigInt) -> Option<Fr> {
    let mut bytes = value.to_biguint()?.to_bytes_le();
    if bytes.len() > field::FIELD_BYTES {
        return None;
    }
    bytes.resize(field::FIELD_BYTES, 0);
    field::from_le(bytes.as_slice().try_into().ok()?)
}

/// The elements of Python integers; the error names the first that is out of range, not its value.
pub fn elements(values: &[BigInt], name: &str) -> Result<Zeroizing<Vec<Fr>>, Error> {
    let mut out = Zeroizing::new(Vec::with_capacity(values.len()));
    for (index, value) in values.iter().enumerate() {
        out.push(
            element(value)
                .ok_or_else(|| Error::Range(format!("{name} {index} is not in 0 … r-1")))?,
        );
    }
    Ok(out)
}

fn integer(limbs: Limbs<4>) -> BigUint {
    let bytes: Vec<u8> = limbs.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    BigUint::from_bytes_le(&bytes)
}

/// The integer of a scalar.
pub fn scalar_integer(value: &Fr) -> BigUint {
    integer(value.into_bigint())
}

/// The integer of a coordinate.
pub fn coordinate_integer(value: &Fq) -> BigUint {
    integer(value.into_bigint())
}

/// What was refused.
#[derive(Default)]
struct Place<'a> {
    /// The file: the exception's `where`.
    file: Option<&'a str>,
    /// The number of the witness in a batch: in the exception's `details`.
    witness: Option<usize>,
}

/// The exception of `zkrisk.errors` for a refusal.
fn exception(py: Python<'_>, error: &Error, place: &Place<'_>) -> PyErr {
    let name = match error {
        Error::File(_) => "KeyFileInvalid",
        Error::Witness(_) => "WitnessError",
        Error::Constraint(_) => "ConstraintViolated",
        Error::Rejected(_) => "ProofRejected",
        Error::Forgeable(_) => "KeyMismatch",
        Error::Range(_) => "RangeExceeded",
        Error::Input(_) => "InputError",
        Error::Randomness => "EnvironmentBroken",
        // Whoever cancels raises what made him.
        Error::Cancelled => "ZkRiskError",
    };
    build(py, name, error, place).unwrap_or_else(|failure| failure)
}

fn build(py: Python<'_>, name: &str, error: &Error, place: &Place<'_>) -> PyResult<PyErr> {
    let (arguments, details) = (PyDict::new(py), PyDict::new(py));
    if let Some(file) = place.file {
        arguments.set_item("where", file)?;
    }
    if let Some(number) = place.witness {
        details.set_item("witness", number)?;
    }
    if let Error::Constraint(Some(index)) = error {
        details.set_item("constraint", index)?;
    }
    if !details.is_empty() {
        arguments.set_item("details", details)?;
    }
    let class = py.import("zkrisk.errors")?.getattr(name)?;
    let message = (error.to_string().into_py_any(py)?,);
    Ok(PyErr::from_value(class.call(message, Some(&arguments))?))
}

/// Translate refusals at the edge.
pub trait OrRaise<T> {
    /// Raise the exception of `zkrisk.errors`.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
    /// The same, with the file that was refused.
    fn or_raise_at(self, py: Python<'_>, path: &std::path::Path) -> PyResult<T>;
    /// The same, with the number of the witness that was refused.
    fn or_raise_for(self, py: Python<'_>, witness: usize) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, &error, &Place::default()))
    }

    fn or_raise_at(self, py: Python<'_>, path: &std::path::Path) -> PyResult<T> {
        let file = path.display().to_string();
        self.map_err(|error| {
            exception(
                py,
                &error,
                &Place {
                    file: Some(&file),
                    ..Place::default()
                },
            )
        })
    }

    fn or_raise_for(self, py: Python<'_>, witness: usize) -> PyResult<T> {
        self.map_err(|error| {
            exception(
                py,
                &error,
                &Place {
                    witness: Some(witness),
                    ..Place::default()
                },
            )
        })
    }
}
