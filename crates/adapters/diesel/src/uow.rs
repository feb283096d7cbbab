//! The transaction: it owns its connection, implements every store port, and remembers what went
//! wrong in it. Each room sees only its own face of it.

use std::sync::Arc;

use kernel::{Access, StoreError};
use users::audit::NewAudit;

use crate::{
    common::{floors::Floors, search_index::PendingTerms},
    db::{AnyConnection, by_engine},
};

/// One transaction, on either engine. A module from outside this crate implements its own store
/// ports and its own face for it.
pub struct DieselTx {
    pub(crate) conn: AnyConnection,
    /// Words that SQLite's index of words has not been told yet.
    pub(crate) terms: PendingTerms,
    /// Entries of the audit trail that are written when all else is done (`audit.rs`).
    pub(crate) entries: Vec<NewAudit>,
    /// True when it appended events.
    pub(crate) appended: bool,
    /// True when it made jobs due.
    pub(crate) enqueued: bool,
    /// When the first job is due of those that it wrote, in microseconds; the greatest number without any.
    pub(crate) due_from: i64,
    /// Where to look for what is due, on PostgreSQL.
    pub(crate) floors: Option<Arc<Floors>>,
    /// Whose trace the events belong to that it appends.
    pub(crate) traceparent: Option<String>,
    access: Access,
    failed: Option<String>,
    retry: Retry,
}

/// What there is to look at after a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    /// Events that have no place in the feed yet, or have just got one.
    pub(crate) events: bool,
    /// Jobs that are due.
    pub(crate) jobs: bool,
}

impl Signals {
    /// Both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self { events: self.events || other.events, jobs: self.jobs || other.jobs }
    }

    /// Whether one of them is among `others`.
    pub(crate) const fn meets(self, others: Self) -> bool {
        self.events && others.events || self.jobs && others.jobs
    }
}

/// What the first failure means for the unit as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Nothing of that kind.
    None,
    /// It lost against another transaction and may be run again.
    Conflict,
    /// The connection is gone; on another one it may be run again.
    Disconnected,
}

impl DieselTx {
    pub(crate) fn new(conn: AnyConnection, access: Access) -> Self {
        Self {
            conn,
            terms: PendingTerms::default(),
            entries: Vec::new(),
            appended: false,
            enqueued: false,
            due_from: i64::MAX,
            floors: None,
            traceparent: None,
            access,
            failed: None,
            retry: Retry::None,
        }
    }

    /// Makes it ready for the next unit on the same connection.
    pub(crate) fn begin(&mut self) {
        self.appended = false;
        self.enqueued = false;
        self.due_from = i64::MAX;
        self.traceparent = None;
        self.failed = None;
        self.retry = Retry::None;
        self.terms.begin();
        self.entries.clear();
    }

    /// The first failure of a store call, which forbids to commit (U4).
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// What other workers of this process and other processes have to look at once it has committed.
    pub(crate) const fn signals(&self) -> Signals {
        Signals { events: self.appended, jobs: self.enqueued }
    }

    /// A job that it wrote is due then, in microseconds.
    pub(crate) const fn writes_due(&mut self, at: i64) {
        if at < self.due_from {
            self.due_from = at;
        }
    }

    /// Sees to it that the jobs which it wrote are looked for, once it has committed.
    pub(crate) fn lower_floors(&self) {
        if let Some(floors) = &self.floors
            && self.due_from < i64::MAX
        {
            floors.lower(self.due_from);
        }
    }

    pub(crate) const fn retry(&self) -> Retry {
        self.retry
    }

    /// The connection, for use in [`DieselTx::writing`].
    pub const fn conn(&mut self) -> &mut AnyConnection {
        &mut self.conn
    }

    /// A store call that reads.
    ///
    /// # Errors
    ///
    /// Those of `f`, which also keep the unit from committing (U4).
    pub fn reading<T>(
        &mut self,
        f: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = f(&mut self.conn);
        self.record_failure(result)
    }

    /// A store call that writes.
    ///
    /// # Errors
    ///
    /// Those of `f`, and `Internal` in a unit that may only read (U5).
    pub fn writing<T>(
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

    /// Tells SQLite's index of words what this transaction wrote, before it is searched.
    pub(crate) fn flush_search_index(&mut self) -> Result<(), StoreError> {
        let told = by_engine!(&mut self.conn, |conn| self.terms.write(conn), |_| Ok(()));
        self.record_failure(told)
    }

    fn record_failure<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && self.failed.is_none()
        {
            self.failed = Some(error.to_string());
            self.retry = match error {
                StoreError::Contention => Retry::Conflict,
                StoreError::Unavailable(_) => Retry::Disconnected,
                _ => Retry::None,
            };
        }
        result
    }
}
