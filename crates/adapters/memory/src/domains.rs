//! The domains that this adapter stores: their folders, their tables and their faces of the transaction.

#[cfg(feature = "chat")]
#[path = "chat/mod.rs"]
mod chat;
#[cfg(all(feature = "files", feature = "chat"))]
#[path = "files/chat_files.rs"]
mod chat_files;
#[cfg(feature = "files")]
#[path = "files/mod.rs"]
pub(crate) mod files;
#[cfg(feature = "inbound")]
#[path = "inbound/mod.rs"]
mod inbound;
#[path = "jobs/mod.rs"]
pub(crate) mod jobs;
#[cfg(all(feature = "webhooks", feature = "chat"))]
#[path = "webhooks/memberships.rs"]
mod memberships;
#[cfg(feature = "monitoring")]
#[path = "monitoring/mod.rs"]
mod monitoring;
#[cfg(all(feature = "files", not(feature = "chat")))]
#[path = "files/no_chat_files.rs"]
mod no_chat_files;
#[cfg(all(feature = "webhooks", not(feature = "chat")))]
#[path = "webhooks/no_memberships.rs"]
mod no_memberships;
#[cfg(all(feature = "notifications", not(feature = "chat")))]
#[path = "notifications/no_room_readers.rs"]
mod no_room_readers;
#[cfg(feature = "notifications")]
#[path = "notifications/mod.rs"]
mod notifications;
#[cfg(test)]
#[cfg(all(feature = "files", feature = "chat"))]
#[path = "files/planted_chat_files.rs"]
mod planted_chat_files;
#[cfg(feature = "products")]
#[path = "products/mod.rs"]
pub(crate) mod products;
#[cfg(all(feature = "notifications", feature = "chat"))]
#[path = "notifications/room_readers.rs"]
mod room_readers;
#[cfg(feature = "search")]
#[path = "search/mod.rs"]
mod search;
#[cfg(feature = "tasks")]
#[path = "tasks/mod.rs"]
pub(crate) mod tasks;
#[path = "users/mod.rs"]
pub(crate) mod users;
#[cfg(feature = "webhooks")]
#[path = "webhooks/mod.rs"]
mod webhooks;

#[cfg(feature = "chat")]
pub use self::chat::{MemoryNotifier, MemoryPresence};
#[cfg(feature = "files")]
pub use self::files::{fakes, objects, objects::MemoryObjects};
use kernel::{OwnedId, UserId};

use crate::{db::MemoryDb, state::State, tx::MemoryTx};

/// The tables of the domains.
#[derive(Clone, Default)]
pub(crate) struct DomainTables {
    #[cfg(feature = "chat")]
    pub(crate) chat: chat::ChatTables,
    #[cfg(feature = "files")]
    pub(crate) files: files::tables::FilesTables,
    #[cfg(feature = "inbound")]
    pub(crate) inbound: inbound::InboundTables,
    pub(crate) jobs: jobs::JobsTables,
    #[cfg(feature = "notifications")]
    pub(crate) notifications: notifications::NotificationsTables,
    #[cfg(feature = "products")]
    pub(crate) products: products::tables::ProductsTables,
    #[cfg(feature = "search")]
    pub(crate) search: search::SearchTables,
    #[cfg(feature = "tasks")]
    pub(crate) tasks: tasks::TasksTables,
    pub(crate) users: users::tables::UsersTables,
    #[cfg(feature = "webhooks")]
    pub(crate) webhooks: webhooks::WebhooksTables,
    #[cfg(feature = "monitoring")]
    pub(crate) monitoring: monitoring::MonitoringTables,
}

/// What other domains ask of a task.
pub(crate) struct KnownTask {
    pub(crate) owner: UserId,
    pub(crate) assignee: Option<UserId>,
    pub(crate) deleted: bool,
}

/// What one domain asks of another. A domain that is not compiled in has nothing.
impl State {
    #[cfg(feature = "tasks")]
    pub(crate) fn known_task(&self, task: i64) -> Option<KnownTask> {
        tasks::known(self, task)
    }

    #[cfg(not(feature = "tasks"))]
    pub(crate) fn known_task(&self, _: i64) -> Option<KnownTask> {
        None
    }

    /// Whether a file is there and is this person's.
    #[cfg(all(feature = "chat", feature = "files"))]
    pub(crate) fn owns_file(&self, user: UserId, file: kernel::FileId) -> bool {
        self.domains.files.files.get(&file).is_some_and(|file| file.owner == user)
    }

    /// As above.
    #[cfg(all(feature = "chat", not(feature = "files")))]
    pub(crate) fn owns_file(&self, _: UserId, _: kernel::FileId) -> bool {
        false
    }

    /// The owner of an owned product.
    #[cfg(feature = "products")]
    pub(crate) fn owner_of(&self, owned: OwnedId) -> Option<UserId> {
        self.domains.products.owned.get(&owned).map(|row| row.owner)
    }

    /// As above.
    #[cfg(not(feature = "products"))]
    pub(crate) fn owner_of(&self, _: OwnedId) -> Option<UserId> {
        None
    }

    /// The owned products that files are attached to, and whether each file is to be read.
    #[cfg(feature = "files")]
    pub(crate) fn attached_files(&self) -> impl Iterator<Item = (OwnedId, bool)> {
        files::attached(self)
    }

    /// As above.
    #[cfg(not(feature = "files"))]
    pub(crate) fn attached_files(&self) -> impl Iterator<Item = (OwnedId, bool)> {
        std::iter::empty()
    }
}

kernel::faces!(MemoryTx, MemoryDb;
    kernel::CommonTx {
        outbox: kernel::Outbox,
        inbox: kernel::Inbox,
        retries: kernel::EventRetries,
        idempotency: kernel::IdempotencyStore,
        leases: kernel::Leases,
        emails: kernel::EmailQueue,
        jobs: kernel::Jobs,
        acts: kernel::Acts,
    }
    #[cfg(feature = "chat")]
    ::chat::ChatTx {
        rooms: ::chat::RoomStore,
        members: ::chat::MemberStore,
        messages: ::chat::MessageStore,
        reactions: ::chat::ReactionStore,
        log: ::chat::RoomLog,
        invitations: ::chat::InvitationStore,
        blocks: ::chat::BlockStore,
        people: ::chat::People,
        owned_files: ::chat::OwnedFiles,
        online: ::chat::OnlineStore,
    }
    #[cfg(feature = "files")]
    ::files::FilesTx {
        files: ::files::FileStore,
        blobs: ::files::BlobStore,
        usage: ::files::UsageStore,
        shares: ::files::ShareStore,
        uploads: ::files::UploadStore,
        product_owners: ::files::ProductOwners,
        chat_files: ::files::ChatFiles,
    }
    #[cfg(feature = "inbound")]
    ::inbound::InboundTx {
        sources: ::inbound::SourceStore,
        received: ::inbound::InboundStore,
        marks: ::inbound::MarkStore,
        payments: ::inbound::PaymentStore,
    }
    ::jobs::JobsTx {
        job_store: ::jobs::JobStore,
        schedules: ::jobs::ScheduleStore,
    }
    #[cfg(feature = "notifications")]
    ::notifications::NotificationsTx {
        notifications: ::notifications::NotificationStore,
        settings: ::notifications::SettingsStore,
        sendings: ::notifications::SendingStore,
        reports: ::notifications::ReportStore,
        people: ::notifications::People,
        room_readers: ::notifications::RoomReaders,
    }
    #[cfg(feature = "products")]
    ::products::ProductsTx {
        categories: ::products::CategoryStore,
        products: ::products::ProductStore,
        staged_imports: ::products::StagedImports,
        owned: ::products::OwnedProductStore,
        attached_files: ::products::AttachedFiles,
    }
    #[cfg(feature = "search")]
    ::search::SearchTx {
        index: ::search::IndexStore,
    }
    #[cfg(feature = "tasks")]
    ::tasks::TasksTx {
        tasks: ::tasks::TaskStore,
        comments: ::tasks::CommentStore,
        people: ::tasks::People,
    }
    ::users::UsersTx {
        users: ::users::UserStore,
        sessions: ::users::SessionStore,
        audit: ::users::AuditStore,
        one_time_tokens: ::users::OneTimeTokenStore,
        devices: ::users::DeviceStore,
        personal_access_tokens: ::users::TokenStore,
        roles: ::users::RoleStore,
        factors: ::users::FactorStore,
        login_throttle: ::users::LoginThrottleStore,
        identities: ::users::IdentityStore,
        activity: ::users::ActivityStore,
        email_counts: ::users::EmailCountStore,
        phone_changes: ::users::PhoneChangeStore,
    }
    #[cfg(feature = "webhooks")]
    ::webhooks::WebhooksTx {
        endpoints: ::webhooks::EndpointStore,
        deliveries: ::webhooks::DeliveryStore,
        people: ::webhooks::People,
        memberships: ::webhooks::Memberships,
    }
    #[cfg(feature = "monitoring")]
    ::monitoring::MonitoringTx {
        samples: ::monitoring::SampleStore,
        rules: ::monitoring::RuleStore,
        alerts: ::monitoring::AlertStore,
    }
);
