//! A proving key loaded for many proofs, and the proofs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ark_bn254::Fr;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::Error;
use crate::engine::{Engine, engine};
use crate::gate::Gate;
use crate::proof::Proof;
use crate::randomness;
use crate::verifying_key::VerifyingKey;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::zkey::ZKey;

pub use crate::engine::Phase;

/// Which kernels a prover runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// The fastest that this processor can run.
    #[default]
    Best,
    /// AVX-512 IFMA, eight field elements at a time.
    Ifma,
    /// Every processor.
    Scalar,
}

/// How a prover works.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Its kernels.
    pub kernel: Kernel,
    /// Threads for all of its proofs together; 0 for one a processor.
    pub threads: usize,
}

/// A loaded proving key. Shared between threads; each proof is its own, and as many as there are threads are made at a time.
pub struct Prover {
    engine: Box<dyn Engine>,
    pool: ThreadPool,
    gate: Gate,
}

impl Prover {
    /// Convert a key to the layout of the kernels.
    ///
    /// Refuses with [`Error::Input`] a kernel that this processor, or so small a circuit, cannot run.
    pub fn new(key: ZKey, options: Options) -> Result<Self, Error> {
        let pool = pool(options.threads)?;
        let engine = pool.install(|| engine(key, options.kernel))?;
        let gate = Gate::new(pool.current_num_threads());
        Ok(Self { engine, pool, gate })
    }

    /// Name of the kernels that run.
    pub fn kernel(&self) -> &'static str {
        self.engine.kernel()
    }

    /// Threads that all proofs together use.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Wires of the circuit, the constant 1 included.
    pub fn wires(&self) -> usize {
        self.engine.wires()
    }

    /// Rows of the evaluation domain, a power of two.
    pub fn domain_size(&self) -> usize {
        self.engine.domain_size()
    }

    /// The key that verifies what this one proves.
    pub fn verifying_key(&self) -> &VerifyingKey {
        self.engine.verifying_key()
    }

    /// Prove with fresh randomness; the proof is verified before it is returned.
    ///
    /// A witness that does not satisfy the constraints gives [`Error::Constraint`], never a proof.
    pub fn prove(&self, witness: &Witness, watch: &Watch) -> Result<Proof, Error> {
        let (r, s) = (randomness::element()?, randomness::element()?);
        self.prove_insecure_with_randomness(witness, &r, &s, watch)
    }

    /// Prove with the caller's r and s, the same bytes every time.
    ///
    /// Insecure unless r and s are uniform, secret and used once: known randomness lets a reader test
    /// guesses of the witness.
    pub fn prove_insecure_with_randomness(
        &self,
        witness: &Witness,
        r: &Fr,
        s: &Fr,
        watch: &Watch,
    ) -> Result<Proof, Error> {
        self.gate.pass(watch, || {
            self.pool
                .install(|| self.engine.prove(witness, r, s, watch))
        })
    }

    /// Do a proof's work one phase after the other, and say what each took. There is no proof.
    pub fn profile(&self, witness: &Witness) -> Result<Vec<Phase>, Error> {
        self.gate.pass(&Watch::default(), || {
            self.pool.install(|| self.engine.profile(witness))
        })
    }

    /// Prove many witnesses, a thread each; the proofs in their order. The first refusal stops all: it comes with the witness' number.
    ///
    /// A witness is all wires, 32 bytes each, little-endian; it is read when its turn comes.
    pub fn prove_batch<W: AsRef<[u8]> + Sync>(
        &self,
        witnesses: &[W],
        watch: &Watch,
    ) -> Result<Vec<Proof>, (usize, Error)> {
        let workers = self.threads().min(witnesses.len()).max(1);
        let (next, first_refusal) = (AtomicUsize::new(0), Mutex::new(None));
        let proofs: Vec<Mutex<Option<Proof>>> =
            witnesses.iter().map(|_| Mutex::new(None)).collect();
        let refuse = |number: usize, error: Error| {
            if let Ok(mut slot) = first_refusal.lock() {
                slot.get_or_insert((number, error));
            }
            watch.cancel();
        };
        let work = || {
            // Within a proof the worker is alone, or has its share of the threads when there are few witnesses.
            let own = match pool(self.threads() / workers) {
                Ok(own) => own,
                Err(error) => return refuse(0, error),
            };
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(witness) = witnesses.get(number) else {
                    return;
                };
                let single = Watch::default();
                let made = watch.check().and_then(|()| {
                    let witness = Witness::parse(witness.as_ref(), self.wires())?;
                    let (r, s) = (randomness::element()?, randomness::element()?);
                    self.gate.pass(watch, || {
                        own.install(|| self.engine.prove(&witness, &r, &s, &single))
                    })
                });
                match made {
                    Ok(proof) => {
                        if let Ok(mut slot) = proofs[number].lock() {
                            *slot = Some(proof);
                        }
                        let _ = watch.step(1.0 / witnesses.len() as f64);
                    }
                    Err(error) => return refuse(number, error),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        if let Some(refusal) = first_refusal.into_inner().unwrap_or_default() {
            return Err(refusal);
        }
        let proofs = proofs
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_default());
        proofs
            .enumerate()
            .map(|(number, proof)| proof.ok_or((number, Error::Cancelled)))
            .collect()
    }
}

/// More would only wait for each other.
const MOST_THREADS: usize = 256;

fn pool(threads: usize) -> Result<ThreadPool, Error> {
    if threads > MOST_THREADS {
        return Err(Error::Input(format!(
            "{threads} threads are too many, {MOST_THREADS} the most"
        )));
    }
    let built = ThreadPoolBuilder::new().num_threads(threads).build();
    built.map_err(|_| Error::Input(format!("the operating system gives no {threads} threads")))
}
