//! The domains that this adapter stores: their folders, what breaking their
//! constraints means, and their faces of the transaction.

#[cfg(all(feature = "products", feature = "files"))]
#[path = "products/attached_files.rs"]
mod attached_files;
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
#[cfg(all(feature = "products", not(feature = "files")))]
#[path = "products/no_attached_files.rs"]
mod no_attached_files;
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

use crate::{
    Db,
    common::{self, search_words::Searched},
    constraint::Constraints,
    uow::DieselTx,
};

/// What breaking a constraint means.
pub(crate) const CONSTRAINTS: &[Constraints] = &[
    common::CONSTRAINTS,
    #[cfg(feature = "chat")]
    chat::constraints::CONSTRAINTS,
    #[cfg(feature = "files")]
    files::constraints::CONSTRAINTS,
    jobs::constraints::CONSTRAINTS,
    #[cfg(feature = "monitoring")]
    monitoring::constraints::CONSTRAINTS,
    #[cfg(feature = "products")]
    products::constraints::CONSTRAINTS,
    #[cfg(feature = "tasks")]
    tasks::constraints::CONSTRAINTS,
    users::constraints::CONSTRAINTS,
    #[cfg(feature = "webhooks")]
    webhooks::constraints::CONSTRAINTS,
];

/// The tables whose rows are found by words.
pub(crate) const SEARCHED: &[Searched] = &[
    #[cfg(feature = "tasks")]
    tasks::SEARCHED,
    users::SEARCHED,
    #[cfg(feature = "files")]
    files::SEARCHED,
    #[cfg(feature = "products")]
    products::SEARCHED,
    #[cfg(feature = "chat")]
    chat::messages::SEARCHED,
];

kernel::faces!(DieselTx, Db;
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
