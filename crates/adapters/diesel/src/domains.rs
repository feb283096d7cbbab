//! The domains that this adapter stores: their faces of the transaction.

use crate::{Db, uow::DieselTx};

kernel::faces!(DieselTx, Db;
    kernel::CommonTx {
        outbox: kernel::Outbox,
        inbox: kernel::Inbox,
        retries: kernel::EventRetries,
        chores: kernel::Chores,
        receipts: kernel::Receipts,
        leases: kernel::Leases,
        mails: kernel::MailQueue,
    }
    files::FilesTx {
        files: files::FileStore,
        blobs: files::BlobStore,
        usage: files::UsageStore,
        shares: files::ShareStore,
        uploads: files::UploadStore,
        places: files::Places,
    }
    products::ProductsTx {
        categories: products::CategoryStore,
        products: products::ProductStore,
        owned: products::OwnedStore,
        papers: products::Papers,
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
        links: users::LinkStore,
        devices: users::DeviceStore,
        grants: users::GrantStore,
        roles: users::RoleStore,
        factors: users::FactorStore,
        tries: users::TriesStore,
        identities: users::IdentityStore,
        email_counts: users::EmailCountStore,
    }
);
