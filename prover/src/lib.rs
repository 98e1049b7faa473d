//! Groth16 over BN254 on the file formats of iden3, and the arithmetic that goes with it.
//!
//! Files are data of strangers: every reader checks lengths before it allocates, every point before
//! it is used, and returns an [`Error`] instead of panicking. Only the modules named `python…` know PyO3.
//!
//! The order of the data flow: [`r1cs`] (constraints) → [`wtns`] (a witness) → [`setup`] (a
//! development key) → [`zkey`] (a key file) → [`prover`] (a proof) → [`verifying_key`].

pub mod binfile;
pub mod encode;
mod engine;
pub mod error;
pub mod field;
pub mod fold;
mod gate;
#[cfg(feature = "oracle")]
pub mod groth16;
pub mod kernel;
#[allow(missing_docs)]
pub mod params;
pub mod poseidon;
pub mod poseidon_grain;
pub mod proof;
pub mod prover;
#[cfg(feature = "python")]
pub mod python;
#[cfg(feature = "python")]
mod python_convert;
#[cfg(feature = "python")]
mod python_prover;
#[cfg(feature = "oracle")]
pub mod quotient;
pub mod r1cs;
pub mod randomness;
pub mod setup;
pub mod subgroup;
pub mod toxic;
pub mod verifying_key;
pub mod watch;
pub mod witness;
pub mod wtns;
pub mod zkey;
mod zkey_read;
mod zkey_write;

pub use error::Error;
