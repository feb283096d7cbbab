//! The transaction: a private copy of the state, and the memory of what went wrong in it.

use std::collections::BTreeSet;

use files::{BlobStore, FileStore, FilesTx, Places, ShareStore, UploadStore, UsageStore};
use kernel::{Access, CommonTx, Inbox, Leases, MailQueue, Outbox, Receipts, StoreError};
use products::{CategoryStore, OwnedStore, Papers, ProductStore, ProductsTx};
use tasks::{CommentStore, People, TaskStore, TasksTx};
use users::{
    AuditStore, DeviceStore, FactorStore, GrantStore, IdentityStore, LinkStore, RoleStore,
    SessionStore, TriesStore, UserStore, UsersTx,
};

use crate::state::State;

/// One transaction. It implements every store port itself; each room sees only its own face.
pub(crate) struct MemoryTx {
    pub(crate) state: State,
    /// Receipts that this transaction claimed and has not sealed yet.
    pub(crate) claimed: BTreeSet<(String, String)>,
    /// True when it appended events.
    pub(crate) appended: bool,
    access: Access,
    failed: Option<String>,
}

impl MemoryTx {
    pub(crate) fn new(state: State, access: Access) -> Self {
        Self { state, claimed: BTreeSet::new(), appended: false, access, failed: None }
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

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result
            && self.failed.is_none()
        {
            self.failed = Some(error.to_string());
        }
        result
    }
}

impl CommonTx for MemoryTx {
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

impl TasksTx for MemoryTx {
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

impl ProductsTx for MemoryTx {
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

impl FilesTx for MemoryTx {
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

impl UsersTx for MemoryTx {
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
