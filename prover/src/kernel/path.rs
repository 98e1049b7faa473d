//! Ways through the kernels: which instructions run, and how a piece of work gets them.

use ark_bn254::{Fq, Fr};

use super::lanes::Lanes;

/// A piece of work that is compiled once for each path. `run` must be inlined: what is inlined into a path's
/// dispatcher gets that path's instructions.
pub trait Job {
    /// What it gives.
    type Output;
    /// Do it.
    fn run(self) -> Self::Output;
}

/// A set of instructions.
pub trait Path: Send + Sync + 'static {
    /// Vectors of scalars.
    type Scalar: Lanes<Field = Fr>;
    /// Vectors of base field elements.
    type Base: Lanes<Field = Fq>;
    /// Its name in options and reports.
    const NAME: &'static str;

    /// Whether this processor can run it.
    fn is_available() -> bool;
    /// Run a job with its instructions.
    fn dispatch<J: Job>(job: J) -> J::Output {
        Self::Base::dispatch(job)
    }
}

/// Every processor.
pub struct Portable;

impl Path for Portable {
    type Scalar = super::scalar::Single<ark_bn254::FrConfig>;
    type Base = super::scalar::Single<ark_bn254::FqConfig>;
    const NAME: &'static str = "scalar";

    fn is_available() -> bool {
        true
    }
}

/// Processors with AVX-512 and its 52-bit multiplication.
#[cfg(target_arch = "x86_64")]
pub struct Ifma;

#[cfg(target_arch = "x86_64")]
impl Path for Ifma {
    type Scalar = super::ifma::Octet<super::ifma::ScalarModulus>;
    type Base = super::ifma::Octet<super::ifma::BaseModulus>;
    const NAME: &'static str = "ifma";

    fn is_available() -> bool {
        super::ifma::is_available()
    }
}
