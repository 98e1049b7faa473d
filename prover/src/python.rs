//! The module `zkrisk._prover`. Documentation for callers is in `zkrisk/_prover.pyi`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use num_bigint::{BigInt, BigUint};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use zeroize::Zeroizing;

use crate::binfile::Audience;
use crate::python_convert::{OrRaise, coordinate_integer, elements, scalar_integer};
use crate::python_prover::{self, Prover};
use crate::toxic::Toxic;
use crate::witness::Witness;
use crate::{Error, binfile, encode, fold, poseidon, proof, r1cs, setup, verifying_key, wtns};

type Combination = BTreeMap<u32, BigUint>;

/// Poseidon of 1 to 16 field elements.
#[pyfunction]
#[pyo3(name = "poseidon")]
fn hash(py: Python<'_>, inputs: Vec<BigInt>) -> PyResult<BigUint> {
    let digest = elements(&inputs, "input").and_then(|inputs| poseidon::hash(&inputs));
    digest.map(|digest| scalar_integer(&digest)).or_raise(py)
}

/// The first elements of Poseidon's state after 1 to 16 field elements.
#[pyfunction]
fn poseidon_squeeze(py: Python<'_>, inputs: Vec<BigInt>, count: usize) -> PyResult<Vec<BigUint>> {
    let state = elements(&inputs, "input").and_then(|inputs| poseidon::squeeze(&inputs, count));
    let integers = state.map(|state| state.iter().map(scalar_integer).collect());
    integers.or_raise(py)
}

/// Σ scalars[j]·points[j].
#[pyfunction]
#[pyo3(name = "fold")]
fn fold_points<'py>(
    py: Python<'py>,
    points: &[u8],
    scalars: Vec<BigInt>,
) -> PyResult<Bound<'py, PyBytes>> {
    let sum = py.detach(|| {
        let scalars = elements(&scalars, "scalar")?;
        fold::fold(&fold::points(points)?, &scalars)
    });
    Ok(PyBytes::new(py, &encode::g1_to_be(&sum.or_raise(py)?)))
}

/// Σ points[j].
#[pyfunction]
fn add_points<'py>(py: Python<'py>, points: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let sum = py.detach(|| fold::points(points).map(|points| fold::add(&points)));
    Ok(PyBytes::new(py, &encode::g1_to_be(&sum.or_raise(py)?)))
}

/// Read a witness file.
#[pyfunction]
fn read_wtns(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyBytes>> {
    let values = binfile::read(&path)
        .map(Zeroizing::new)
        .and_then(|bytes| wtns::parse(&bytes))
        .or_raise_at(py, &path)?;
    Ok(PyBytes::new(py, &values))
}

/// Write a witness file.
#[pyfunction]
fn write_wtns(py: Python<'_>, path: PathBuf, witness: &[u8]) -> PyResult<()> {
    wtns::assemble(witness)
        .and_then(|bytes| binfile::write(&path, &bytes, Audience::Owner))
        .or_raise_at(py, &path)
}

fn run_setup(
    py: Python<'_>,
    r1cs_path: &Path,
    zkey_path: &Path,
    toxic: &Toxic,
    progress: &(dyn Fn(&str) + Sync),
) -> PyResult<()> {
    let key = py
        .detach(|| {
            let bytes = binfile::read(r1cs_path)?;
            setup::setup_file(&bytes, toxic, &|phase| progress(phase))
        })
        .or_raise_at(py, r1cs_path)?;
    py.detach(|| binfile::write(zkey_path, &key, Audience::Umask))
        .or_raise_at(py, zkey_path)
}

/// Make a development key with secrets from the operating system.
#[pyfunction]
#[pyo3(signature = (r1cs_path, zkey_path, progress=None))]
fn setup_development(
    py: Python<'_>,
    r1cs_path: PathBuf,
    zkey_path: PathBuf,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    let failure = std::sync::Mutex::new(None);
    let report = |phase: &str| {
        if let Some(callback) = &progress {
            Python::attach(|py| {
                if let (Err(error), Ok(mut slot)) = (callback.call1(py, (phase,)), failure.lock()) {
                    slot.get_or_insert(error);
                }
            });
        }
    };
    let toxic = Toxic::draw().or_raise(py)?;
    run_setup(py, &r1cs_path, &zkey_path, &toxic, &report)?;
    match failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Make a key from a seed. For tests only: whoever knows the seed can forge proofs.
#[pyfunction]
fn setup_insecure_from_seed(
    py: Python<'_>,
    r1cs_path: PathBuf,
    zkey_path: PathBuf,
    seed: &[u8],
) -> PyResult<()> {
    let seed: Result<[u8; 32], Error> = seed
        .try_into()
        .map_err(|_| Error::Input(format!("a seed has 32 bytes, not {}", seed.len())));
    let toxic = Toxic::from_seed_insecure(&seed.or_raise(py)?);
    run_setup(py, &r1cs_path, &zkey_path, &toxic, &|_| ())
}

/// A constraint system.
#[pyclass(frozen, module = "zkrisk._prover")]
struct R1cs(r1cs::R1cs);

#[pymethods]
impl R1cs {
    #[classmethod]
    fn load(_class: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| binfile::read(&path).and_then(|bytes| r1cs::R1cs::parse(&bytes)))
            .map(Self)
            .or_raise_at(py, &path)
    }

    #[getter]
    fn n_wires(&self) -> usize {
        self.0.wires
    }

    #[getter]
    fn n_constraints(&self) -> usize {
        self.0.constraints()
    }

    #[getter]
    fn n_public(&self) -> usize {
        self.0.public
    }

    #[getter]
    fn n_private_inputs(&self) -> usize {
        self.0.private_inputs
    }

    #[getter]
    fn n_labels(&self) -> u64 {
        self.0.label_count
    }

    fn wire_labels(&self) -> Vec<u64> {
        self.0.labels.clone()
    }

    fn check(&self, py: Python<'_>, witness: &[u8]) -> PyResult<()> {
        py.detach(|| self.0.check(&Witness::parse(witness, self.0.wires)?))
            .or_raise(py)
    }

    #[pyo3(signature = (witness, limit=16))]
    fn violations(&self, py: Python<'_>, witness: &[u8], limit: usize) -> PyResult<Vec<usize>> {
        py.detach(|| {
            let witness = Witness::parse(witness, self.0.wires)?;
            self.0.violations(&witness, limit)
        })
        .or_raise(py)
    }

    fn constraint(
        &self,
        py: Python<'_>,
        index: usize,
    ) -> PyResult<(Combination, Combination, Combination)> {
        if index >= self.0.constraints() {
            return Err(Error::Range(format!(
                "constraint {index} of {}",
                self.0.constraints()
            )))
            .or_raise(py);
        }
        let row = |matrix: &r1cs::Matrix| {
            let terms = matrix.row(index).iter();
            terms
                .map(|(wire, value)| (*wire, scalar_integer(value)))
                .collect()
        };
        Ok((row(&self.0.a), row(&self.0.b), row(&self.0.c)))
    }
}

/// A proof.
#[pyclass(frozen, eq, module = "zkrisk._prover")]
#[derive(PartialEq, Eq)]
pub struct Proof(pub(crate) proof::Proof);

#[pymethods]
impl Proof {
    #[classmethod]
    fn from_bytes(_class: &Bound<'_, PyType>, py: Python<'_>, blob: &[u8]) -> PyResult<Self> {
        proof::Proof::from_bytes(blob).map(Self).or_raise(py)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    #[getter]
    fn a(&self) -> (BigUint, BigUint) {
        (
            coordinate_integer(&self.0.a.x),
            coordinate_integer(&self.0.a.y),
        )
    }

    #[getter]
    fn b(&self) -> (BigUint, BigUint, BigUint, BigUint) {
        let (x, y) = (&self.0.b.x, &self.0.b.y);
        (
            coordinate_integer(&x.c1),
            coordinate_integer(&x.c0),
            coordinate_integer(&y.c1),
            coordinate_integer(&y.c0),
        )
    }

    #[getter]
    fn c(&self) -> (BigUint, BigUint) {
        (
            coordinate_integer(&self.0.c.x),
            coordinate_integer(&self.0.c.y),
        )
    }
}

/// A verifying key.
#[pyclass(frozen, eq, module = "zkrisk._prover")]
#[derive(PartialEq, Eq)]
pub struct VerifyingKey(pub(crate) verifying_key::VerifyingKey);

#[pymethods]
impl VerifyingKey {
    #[classmethod]
    fn from_bytes(_class: &Bound<'_, PyType>, py: Python<'_>, blob: &[u8]) -> PyResult<Self> {
        py.detach(|| verifying_key::VerifyingKey::from_bytes(blob))
            .map(Self)
            .or_raise(py)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    #[getter]
    fn n_public(&self) -> usize {
        self.0.public()
    }

    fn verify(&self, py: Python<'_>, public: Vec<BigInt>, proof: &Proof) -> PyResult<()> {
        py.detach(|| {
            let public = elements(&public, "public value")
                .map_err(|error| Error::Rejected(error.to_string()))?;
            self.0.verify(&public, &proof.0)
        })
        .or_raise(py)
    }

    fn verify_with_point(&self, py: Python<'_>, vk_x: &[u8], proof: &Proof) -> PyResult<()> {
        py.detach(|| {
            let point = encode::g1_from_be(vk_x)
                .ok_or_else(|| Error::Rejected("the folded point is not on the curve".into()))?;
            self.0.verify_with_point(&point, &proof.0)
        })
        .or_raise(py)
    }
}

#[pymodule]
fn _prover(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<R1cs>()?;
    module.add_class::<Proof>()?;
    module.add_class::<VerifyingKey>()?;
    module.add_class::<Prover>()?;
    module.add_function(wrap_pyfunction!(python_prover::kernels, module)?)?;
    module.add_function(wrap_pyfunction!(python_prover::product_rate, module)?)?;
    module.add_function(wrap_pyfunction!(hash, module)?)?;
    module.add_function(wrap_pyfunction!(poseidon_squeeze, module)?)?;
    module.add_function(wrap_pyfunction!(fold_points, module)?)?;
    module.add_function(wrap_pyfunction!(add_points, module)?)?;
    module.add_function(wrap_pyfunction!(read_wtns, module)?)?;
    module.add_function(wrap_pyfunction!(write_wtns, module)?)?;
    module.add_function(wrap_pyfunction!(setup_development, module)?)?;
    module.add_function(wrap_pyfunction!(setup_insecure_from_seed, module)?)?;
    Ok(())
}
