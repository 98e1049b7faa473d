//! The module `zkrisk._prover`. Documentation for callers is in `zkrisk/_prover.pyi`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ark_bn254::Fr;
use num_bigint::{BigInt, BigUint};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyType};
use zeroize::Zeroizing;

use crate::binfile::Audience;
use crate::kernel::rate;
use crate::prover::{self, Kernel, Options};
use crate::python_convert::{OrRaise, coordinate_integer, element, elements, scalar_integer};
use crate::toxic::Toxic;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::{
    Error, binfile, encode, fold, poseidon, proof, r1cs, setup, verifying_key, wtns, zkey,
};

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
struct Proof(proof::Proof);

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
struct VerifyingKey(verifying_key::VerifyingKey);

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

/// How often a caller who waits for a proof looks for signals, and hears how far it is.
const LOOK: Duration = Duration::from_millis(50);

/// Do work in another thread while this one, without the interpreter's lock, looks for signals and tells `on_progress`; what either
/// raises stops the work.
fn watched<T: Send, E: Send>(
    py: Python<'_>,
    on_progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, E> + Send,
) -> PyResult<Result<T, E>> {
    let watch = Watch::default();
    let tell = |share: f64| {
        Python::attach(|py| {
            py.check_signals()?;
            on_progress.map_or(Ok(()), |callback| callback.call1(py, (share,)).map(|_| ()))
        })
    };
    let mut raised = None;
    let outcome = py.detach(|| {
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            let watch = &watch;
            let worker = scope.spawn(move || {
                // Nobody but the loop below receives it.
                let _ = sender.send(work(watch));
            });
            loop {
                match receiver.recv_timeout(LOOK) {
                    Ok(outcome) => return Some(outcome),
                    Err(RecvTimeoutError::Disconnected) => {
                        // Joined here, so that its panic ends with it.
                        let _ = worker.join();
                        return None;
                    }
                    Err(RecvTimeoutError::Timeout) if raised.is_some() => (),
                    Err(RecvTimeoutError::Timeout) => {
                        raised = tell(watch.share()).err();
                        if raised.is_some() {
                            watch.cancel();
                        }
                    }
                }
            }
        })
    });
    if let Some(error) = raised {
        return Err(error);
    }
    let outcome = outcome
        .ok_or_else(|| PyRuntimeError::new_err("the thread of the proof ended without one"))?;
    if outcome.is_ok() {
        tell(1.0)?;
    }
    Ok(outcome)
}

/// Names of the kernels that this processor can run, the fastest first.
#[pyfunction]
fn kernels() -> Vec<&'static str> {
    rate::kernels()
}

/// Products of field elements that a thread makes in a second with a kernel.
#[pyfunction]
fn product_rate(py: Python<'_>, kernel: &str) -> f64 {
    py.detach(|| rate::product_rate(kernel))
}

fn kernel_of(name: &str) -> Result<Kernel, Error> {
    match name {
        "auto" => Ok(Kernel::Best),
        "ifma" => Ok(Kernel::Ifma),
        "scalar" => Ok(Kernel::Scalar),
        _ => Err(Error::Input(
            "a kernel is 'auto', 'ifma' or 'scalar'".into(),
        )),
    }
}

/// A proving key, loaded.
#[pyclass(frozen, module = "zkrisk._prover")]
struct Prover(prover::Prover);

#[pymethods]
impl Prover {
    #[classmethod]
    #[pyo3(signature = (path, kernel="auto", threads=0))]
    fn load(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        path: PathBuf,
        kernel: &str,
        threads: usize,
    ) -> PyResult<Self> {
        let options = Options {
            kernel: kernel_of(kernel).or_raise(py)?,
            threads,
        };
        let key = py.detach(|| binfile::read(&path).and_then(|bytes| zkey::ZKey::parse(&bytes)));
        let key = key.or_raise_at(py, &path)?;
        py.detach(|| prover::Prover::new(key, options))
            .map(Self)
            .or_raise(py)
    }

    #[getter]
    fn n_public(&self) -> usize {
        self.0.verifying_key().public()
    }

    #[getter]
    fn domain_size(&self) -> usize {
        self.0.domain_size()
    }

    #[getter]
    fn n_wires(&self) -> usize {
        self.0.wires()
    }

    #[getter]
    fn kernel(&self) -> &'static str {
        self.0.kernel()
    }

    #[getter]
    fn threads(&self) -> usize {
        self.0.threads()
    }

    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().clone())
    }

    #[pyo3(signature = (witness, on_progress=None))]
    fn prove(
        &self,
        py: Python<'_>,
        witness: &[u8],
        on_progress: Option<Py<PyAny>>,
    ) -> PyResult<Proof> {
        watched(py, on_progress.as_ref(), |watch| {
            self.0
                .prove(&Witness::parse(witness, self.0.wires())?, watch)
        })?
        .map(Proof)
        .or_raise(py)
    }

    #[pyo3(signature = (witnesses, on_progress=None))]
    fn prove_batch(
        &self,
        py: Python<'_>,
        witnesses: Vec<PyBackedBytes>,
        on_progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<Proof>> {
        let proofs = watched(py, on_progress.as_ref(), |watch| {
            self.0.prove_batch(&witnesses, watch)
        })?;
        match proofs {
            Ok(proofs) => Ok(proofs.into_iter().map(Proof).collect()),
            Err((number, error)) => Err(error).or_raise_for(py, number),
        }
    }

    fn profile(&self, py: Python<'_>, witness: &[u8]) -> PyResult<Vec<(&'static str, f64, u64)>> {
        let phases = py.detach(|| self.0.profile(&Witness::parse(witness, self.0.wires())?));
        let phases = phases.or_raise(py)?;
        Ok(phases
            .into_iter()
            .map(|phase| (phase.name, phase.seconds, phase.products))
            .collect())
    }

    fn prove_insecure_with_randomness(
        &self,
        py: Python<'_>,
        witness: &[u8],
        r: BigInt,
        s: BigInt,
    ) -> PyResult<Proof> {
        let scalar = |value: &BigInt| -> Result<Fr, Error> {
            element(value).ok_or_else(|| Error::Range("r and s must be in 0 … r-1".into()))
        };
        let (r, s) = (scalar(&r).or_raise(py)?, scalar(&s).or_raise(py)?);
        py.detach(|| {
            let witness = Witness::parse(witness, self.0.wires())?;
            self.0
                .prove_insecure_with_randomness(&witness, &r, &s, &Watch::default())
        })
        .map(Proof)
        .or_raise(py)
    }
}

#[pymodule]
fn _prover(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<R1cs>()?;
    module.add_class::<Proof>()?;
    module.add_class::<VerifyingKey>()?;
    module.add_class::<Prover>()?;
    module.add_function(wrap_pyfunction!(kernels, module)?)?;
    module.add_function(wrap_pyfunction!(product_rate, module)?)?;
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
