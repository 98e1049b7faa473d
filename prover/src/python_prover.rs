//! `zkrisk._prover.Prover`: a loaded key, proofs that can be watched and stopped.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ark_bn254::Fr;
use num_bigint::BigInt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyType;

use crate::kernel::rate;
use crate::prover::{self, Kernel, Options};
use crate::python::{Proof, VerifyingKey};
use crate::python_convert::{OrRaise, element};
use crate::watch::Watch;
use crate::witness::Witness;
use crate::{Error, binfile, zkey};

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
pub fn kernels() -> Vec<&'static str> {
    rate::kernels()
}

/// Products of field elements that a thread makes in a second with a kernel.
#[pyfunction]
pub fn product_rate(py: Python<'_>, kernel: &str) -> f64 {
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
pub struct Prover(prover::Prover);

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
