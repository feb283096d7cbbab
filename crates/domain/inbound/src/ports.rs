//! What this domain needs of a store. Adapters implement it and prove it with the `kit`.
#![deny(missing_docs)]

use kernel::{CommonTx, Page, PageRequest, StoreError, Timestamp, UserId};

use crate::{
    inbox::{Content, InboundEvent, NewInboundEvent},
    payment::{NewPayment, Payment},
    query::{Backlog, EventFilter, PaymentFilter},
    source::Source,
    values::{ExternalId, InboundEventId, ObjectKey, PaymentId, SourceName},
};

/// Stores sources.
///
/// * S1 `get` after `insert` or `save` returns an equal source (times to the microsecond, every byte of its
///   secrets);
/// * S2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful `save`
///   raises the version by one, in the store and in the argument;
/// * S3 of many that insert a source of one name exactly one succeeds: `insert` returns false for the others;
/// * S4 of two transactions that `lock` a source, the second waits and sees what the first wrote;
/// * S5 `all` returns every source by name.
pub trait SourceStore {
    /// Adds a source at its version, unless there is one of its name (S3).
    fn insert(&mut self, source: &Source) -> Result<bool, StoreError>;
    /// A source.
    fn get(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError>;
    /// The same; no other transaction changes it before this one ends (S4).
    fn lock(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError>;
    /// Writes every field but the name and the time of creation. Errors: Stale (S2).
    fn save(&mut self, source: &mut Source) -> Result<(), StoreError>;
    /// Removes this version. Errors: Stale (S2).
    fn remove(&mut self, source: &Source) -> Result<(), StoreError>;
    /// Every source (S5).
    fn all(&mut self) -> Result<Vec<Source>, StoreError>;
}

/// Stores events that other programs sent.
///
/// * V2 an event that is inserted and the job that is enqueued for it are there when their unit commits, and
///   neither is when it does not;
/// * V3 of all events that are inserted with one source and one external id, however many transactions insert
///   them, exactly one is stored: `insert` returns `None` for the others, and `lock_known` returns the one
///   that is stored;
/// * V4 of two transactions that lock an event, by id or by external id, the second waits and sees what the
///   first saved;
/// * V6 `get` after `insert` or `save` returns an equal event, whatever its type; `list` returns the newest
///   first, those that its filter names, without gaps or repeats between pages, whether pages go by number or
///   by cursor; numbered pages count `total`;
/// * V8 `content` returns headers and body byte for byte as they were inserted;
/// * B1 `backlog` counts the events that are received and those that failed;
/// * B2 `prune` removes events that settled before a moment, at most so many, with their content: failed ones by
///   the second moment, the others by the first, received ones never; marks of events of before the second
///   moment go, too.
pub trait InboundStore {
    /// Adds an event (V3).
    fn insert(&mut self, new: &NewInboundEvent) -> Result<Option<InboundEvent>, StoreError>;
    /// An event.
    fn get(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError>;
    /// The same; no other transaction changes it before this one ends (V4).
    fn lock(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError>;
    /// The event that has this external id, locked in the same way (V3, V4).
    fn lock_known(
        &mut self,
        source: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<InboundEvent>, StoreError>;
    /// Writes state, job and the moment at which it settled. The event must be locked, or new.
    fn save(&mut self, event: &InboundEvent) -> Result<(), StoreError>;
    /// What an event said (V8).
    fn content(&mut self, id: InboundEventId) -> Result<Option<Content>, StoreError>;
    /// A page of events.
    fn list(
        &mut self,
        filter: &EventFilter,
        page: &PageRequest,
    ) -> Result<Page<InboundEvent>, StoreError>;
    /// How many wait and how many failed (B1).
    fn backlog(&mut self) -> Result<Backlog, StoreError>;
    /// Removes old events, at most `limit`; returns how many (B2).
    fn prune(
        &mut self,
        settled_before: Timestamp,
        failed_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
}

/// What was applied last to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When the last event that was applied happened, by the sender's clock.
    pub applied_at: Timestamp,
    /// Of two events of one moment the one with the greater rank is the later one.
    pub rank: i16,
}

/// Stores what was applied last to the objects of sources.
///
/// * V5 `lock_mark` returns what `set_mark` wrote last, nothing before; of two transactions that lock the mark
///   of one object, the second waits and sees what the first wrote, also when there was none.
pub trait MarkStore {
    /// The mark of an object (V5).
    fn lock_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
    ) -> Result<Option<Mark>, StoreError>;
    /// Writes the mark of an object that is locked.
    fn set_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
        mark: Mark,
    ) -> Result<(), StoreError>;
}

/// Stores payments.
///
/// * P1 `get` after `insert` or `save` returns an equal payment (times to the microsecond, any text);
/// * P2 `save` of an outdated version changes nothing and reports `Stale`; a successful one raises the version
///   by one, in the store and in the argument;
/// * P3 of many that insert a payment of one provider and external id exactly one succeeds: `insert` returns
///   `None` for the others, and `lock` returns the one that is stored;
/// * P4 `list` returns the newest first, those that its filter names, without gaps or repeats between pages,
///   whether pages go by number or by cursor; numbered pages count `total`;
/// * P5 `forget_user` takes one person and the metadata off their payments, and off no others; it returns how
///   many. Their versions rise.
pub trait PaymentStore {
    /// Adds a payment (P3).
    fn insert(&mut self, new: &NewPayment) -> Result<Option<Payment>, StoreError>;
    /// A payment.
    fn get(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError>;
    /// The payment that a provider calls so; no other transaction changes it before this one ends (P3).
    fn lock(
        &mut self,
        provider: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<Payment>, StoreError>;
    /// Writes every field but provider, external id and the time of creation. Errors: Stale (P2).
    fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError>;
    /// Takes a person off their payments (P5).
    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<u64, StoreError>;
    /// A page of payments (P4).
    fn list(
        &mut self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>, StoreError>;
}

/// This domain's face of a transaction.
pub trait InboundTx: CommonTx {
    /// Sources.
    fn sources(&mut self) -> &mut dyn SourceStore;
    /// Events that other programs sent.
    fn received(&mut self) -> &mut dyn InboundStore;
    /// What was applied last.
    fn marks(&mut self) -> &mut dyn MarkStore;
    /// Payments.
    fn payments(&mut self) -> &mut dyn PaymentStore;
}
