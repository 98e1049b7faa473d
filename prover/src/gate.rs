//! A limit on what runs at a time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::watch::Watch;

/// How often a waiting proof looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(20);

/// Lets so many in, and has the others wait.
pub(crate) struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            free: Mutex::new(places),
            freed: Condvar::new(),
        }
    }

    /// Do the work when there is a place.
    pub(crate) fn pass<R>(
        &self,
        watch: &Watch,
        work: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let _place = self.enter(watch)?;
        work()
    }

    fn enter(&self, watch: &Watch) -> Result<Place<'_>, Error> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            watch.check()?;
            (free, _) = self
                .freed
                .wait_timeout(free, LOOK)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Ok(Place(self))
    }
}

/// A place that is given back, also by work that panics.
struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
