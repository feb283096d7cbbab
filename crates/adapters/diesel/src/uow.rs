//! The transaction: it owns its connection, implements every store port, and remembers what went
//! wrong in it. Each room sees only its own face of it.

use files::{BlobStore, FileStore, FilesTx, Places, ShareStore, UploadStore, UsageStore};
use kernel::{
    Access, BoxFuture, CommonTx, Inbox, Leases, MailQueue, Outbox, Receipts, StoreError,
    UnitOfWork, Work,
};
use products::{CategoryStore, OwnedStore, Papers, ProductStore, ProductsTx};
use tasks::{CommentStore, People, TaskStore, TasksTx};
use users::{
    AuditStore, DeviceStore, FactorStore, GrantStore, IdentityStore, LinkStore, RoleStore,
    SessionStore, TriesStore, UserStore, UsersTx, audit::NewAudit,
};

use crate::{Db, db::AnyConnection, words::Pending};

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

impl CommonTx for DieselTx {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }
    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }
    fn receipts(&mut self) -> &mut dyn Receipts {
        self
    }
    fn leases(&mut self) -> &mut dyn Leases {
        self
    }
    fn mails(&mut self) -> &mut dyn MailQueue {
        self
    }
}

impl TasksTx for DieselTx {
    fn tasks(&mut self) -> &mut dyn TaskStore {
        self
    }
    fn comments(&mut self) -> &mut dyn CommentStore {
        self
    }
    fn people(&mut self) -> &mut dyn People {
        self
    }
}

impl FilesTx for DieselTx {
    fn files(&mut self) -> &mut dyn FileStore {
        self
    }
    fn blobs(&mut self) -> &mut dyn BlobStore {
        self
    }
    fn usage(&mut self) -> &mut dyn UsageStore {
        self
    }
    fn shares(&mut self) -> &mut dyn ShareStore {
        self
    }
    fn uploads(&mut self) -> &mut dyn UploadStore {
        self
    }
    fn places(&mut self) -> &mut dyn Places {
        self
    }
}

impl UsersTx for DieselTx {
    fn users(&mut self) -> &mut dyn UserStore {
        self
    }
    fn sessions(&mut self) -> &mut dyn SessionStore {
        self
    }
    fn audit(&mut self) -> &mut dyn AuditStore {
        self
    }
    fn links(&mut self) -> &mut dyn LinkStore {
        self
    }
    fn devices(&mut self) -> &mut dyn DeviceStore {
        self
    }
    fn grants(&mut self) -> &mut dyn GrantStore {
        self
    }
    fn roles(&mut self) -> &mut dyn RoleStore {
        self
    }
    fn factors(&mut self) -> &mut dyn FactorStore {
        self
    }
    fn tries(&mut self) -> &mut dyn TriesStore {
        self
    }
    fn identities(&mut self) -> &mut dyn IdentityStore {
        self
    }
}

impl ProductsTx for DieselTx {
    fn categories(&mut self) -> &mut dyn CategoryStore {
        self
    }
    fn products(&mut self) -> &mut dyn ProductStore {
        self
    }
    fn owned(&mut self) -> &mut dyn OwnedStore {
        self
    }
    fn papers(&mut self) -> &mut dyn Papers {
        self
    }
}

impl UnitOfWork<dyn ProductsTx> for Db {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn ProductsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.turn(access, Box::new(move |tx| work(tx))))
    }
}

impl UnitOfWork<dyn TasksTx> for Db {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn TasksTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.turn(access, Box::new(move |tx| work(tx))))
    }
}

impl UnitOfWork<dyn FilesTx> for Db {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn FilesTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.turn(access, Box::new(move |tx| work(tx))))
    }
}

impl UnitOfWork<dyn UsersTx> for Db {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn UsersTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.turn(access, Box::new(move |tx| work(tx))))
    }
}

impl UnitOfWork<dyn CommonTx> for Db {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn CommonTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.turn(access, Box::new(move |tx| work(tx))))
    }
}
