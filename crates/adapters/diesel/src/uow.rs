//! The transaction: it owns its connection, implements every store port, and remembers what went
//! wrong in it. Each room sees only its own face of it.

use kernel::{Access, StoreError};
use users::audit::NewAudit;

use crate::{db::AnyConnection, words::Pending};

/// One transaction, on either engine.
pub(crate) struct DieselTx {
    pub(crate) conn: AnyConnection,
    /// Words that SQLite's index of words has not been told yet.
    pub(crate) words: Pending,
    /// Entries of the audit trail that are written when all else is done (`audit.rs`).
    pub(crate) entries: Vec<NewAudit>,
    /// True when it appended events.
    pub(crate) appended: bool,
    /// Whose trace the events belong to that it appends.
    pub(crate) traceparent: Option<String>,
    access: Access,
    failed: Option<String>,
    fate: Fate,
}

/// What the first failure means for the unit as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing of that kind.
    Sound,
    /// It lost against another transaction and may be run again.
    Lost,
    /// The connection is gone; on another one it may be run again.
    Gone,
}

impl DieselTx {
    pub(crate) fn new(conn: AnyConnection, access: Access) -> Self {
        Self {
            conn,
            words: Pending::default(),
            entries: Vec::new(),
            appended: false,
            traceparent: None,
            access,
            failed: None,
            fate: Fate::Sound,
        }
    }

    /// Makes it ready for the next unit on the same connection.
    pub(crate) fn begin(&mut self) {
        self.appended = false;
        self.traceparent = None;
        self.failed = None;
        self.fate = Fate::Sound;
        self.words.begin();
        self.entries.clear();
    }

    /// The first failure of a store call, which forbids to commit (U4).
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    pub(crate) const fn fate(&self) -> Fate {
        self.fate
    }

    /// A store call that reads.
    pub(crate) fn reading<T>(
        &mut self,
        f: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = f(&mut self.conn);
        self.note(result)
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
        self.note(result)
    }

    /// Tells SQLite's index of words what this transaction wrote, before it is searched.
    pub(crate) fn tell_words(&mut self) -> Result<(), StoreError> {
        let told = match &mut self.conn {
            AnyConnection::Sqlite(conn) => self.words.write(conn),
            AnyConnection::Postgres(_) => Ok(()),
        };
        self.note(told)
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && self.failed.is_none()
        {
            self.failed = Some(error.to_string());
            self.fate = match error {
                StoreError::Contention => Fate::Lost,
                StoreError::Unavailable(_) => Fate::Gone,
                _ => Fate::Sound,
            };
        }
        result
    }
}
