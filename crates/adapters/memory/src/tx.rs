//! The transaction: a private copy of the state, and the memory of what went wrong in it.

use std::collections::BTreeSet;

use kernel::{Access, StoreError};

use crate::state::State;

/// One transaction. It implements every store port itself; each room sees only its own face.
pub(crate) struct MemoryTx {
    pub(crate) state: State,
    /// Idempotency records that this transaction began and has not completed yet.
    pub(crate) claimed: BTreeSet<(String, String)>,
    /// True when it appended events.
    pub(crate) appended: bool,
    /// True when it made jobs due.
    pub(crate) enqueued: bool,
    access: Access,
    failed: Option<String>,
}

impl MemoryTx {
    pub(crate) fn new(state: State, access: Access) -> Self {
        Self {
            state,
            claimed: BTreeSet::new(),
            appended: false,
            enqueued: false,
            access,
            failed: None,
        }
    }

    /// The first failure of a store call, which forbids to commit (U4).
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// A store call that reads.
    pub(crate) fn reading<T>(
        &mut self,
        f: impl FnOnce(&State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = f(&self.state);
        self.record_failure(result)
    }

    /// A store call that writes.
    pub(crate) fn writing<T>(
        &mut self,
        f: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = match self.access {
            Access::Write => f(self),
            Access::Read | Access::Slow => {
                Err(StoreError::Internal("write in a read scope".to_owned()))
            }
        };
        self.record_failure(result)
    }

    fn record_failure<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && self.failed.is_none()
        {
            self.failed = Some(error.to_string());
        }
        result
    }
}
