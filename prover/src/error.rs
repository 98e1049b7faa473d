//! Every way in which this crate can refuse.

use std::fmt;

/// A refusal. Messages name row numbers, indexes and public counts, never a private value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A key, constraint or witness file is malformed or cannot be read.
    File(String),
    /// Witness bytes have the wrong length, do not start with 1 or are not canonical.
    Witness(String),
    /// The witness does not satisfy the constraints; the index is known when an R1CS was asked.
    Constraint(Option<usize>),
    /// A proof or its public values are refused.
    Rejected(String),
    /// The verifying key is one for which anybody can make proofs.
    Forgeable(String),
    /// A number is outside its range.
    Range(String),
    /// Counts of arguments disagree.
    Input(String),
    /// The operating system gave no randomness.
    Randomness,
    /// Nobody wants the proof any more.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(text)
            | Self::Witness(text)
            | Self::Rejected(text)
            | Self::Forgeable(text)
            | Self::Range(text)
            | Self::Input(text) => formatter.write_str(text),
            Self::Constraint(Some(index)) => {
                write!(formatter, "the witness violates constraint {index}")
            }
            Self::Constraint(None) => {
                formatter.write_str("the witness does not satisfy the constraints of this key")
            }
            Self::Randomness => formatter.write_str("the operating system gave no randomness"),
            Self::Cancelled => formatter.write_str("the proof was cancelled"),
        }
    }
}

impl std::error::Error for Error {}
