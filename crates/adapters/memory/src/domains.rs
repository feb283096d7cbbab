//! The domains that this adapter stores: their tables and their faces of the transaction.

use crate::{db::MemoryDb, tasks::TasksTables, tx::MemoryTx};

/// The tables of the domains.
#[derive(Clone, Default)]
pub(crate) struct DomainTables {
    pub(crate) tasks: TasksTables,
}

kernel::faces!(MemoryTx, MemoryDb;
    kernel::CommonTx {
        outbox: kernel::Outbox,
        inbox: kernel::Inbox,
        retries: kernel::EventRetries,
        chores: kernel::Chores,
        idempotency: kernel::IdempotencyStore,
        leases: kernel::Leases,
        emails: kernel::EmailQueue,
    }
    files::FilesTx {
        files: files::FileStore,
        blobs: files::BlobStore,
        usage: files::UsageStore,
        shares: files::ShareStore,
        uploads: files::UploadStore,
        product_owners: files::ProductOwners,
    }
    products::ProductsTx {
        categories: products::CategoryStore,
        products: products::ProductStore,
        owned: products::OwnedProductStore,
        attached_files: products::AttachedFiles,
    }
    tasks::TasksTx {
        tasks: tasks::TaskStore,
        comments: tasks::CommentStore,
        people: tasks::People,
    }
    users::UsersTx {
        users: users::UserStore,
        sessions: users::SessionStore,
        audit: users::AuditStore,
        one_time_tokens: users::OneTimeTokenStore,
        devices: users::DeviceStore,
        personal_access_tokens: users::TokenStore,
        roles: users::RoleStore,
        factors: users::FactorStore,
        login_throttle: users::LoginThrottleStore,
        identities: users::IdentityStore,
        email_counts: users::EmailCountStore,
    }
);
