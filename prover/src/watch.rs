//! Looking at a proof that is being made, and stopping it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::Error;

/// Steps that a share is counted in.
const WHOLE: usize = 10_000;

/// How far a proof is, and whether it is still wanted. Shared between threads.
#[derive(Debug, Default)]
pub struct Watch {
    is_cancelled: AtomicBool,
    done: AtomicUsize,
}

impl Watch {
    /// Stop as soon as the tasks that run now have ended.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// How much of the work is done: between 0 and 1.
    pub fn share(&self) -> f64 {
        self.done.load(Ordering::Relaxed).min(WHOLE) as f64 / WHOLE as f64
    }

    /// Count a part of the work, `share` of all, as done; refuses when the proof is no longer wanted.
    pub(crate) fn step(&self, share: f64) -> Result<(), Error> {
        self.done
            .fetch_add((share * WHOLE as f64) as usize, Ordering::Relaxed);
        self.check()
    }

    /// Refuses when the proof is no longer wanted.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }
}
