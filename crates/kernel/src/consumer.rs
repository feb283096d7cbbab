//! Consumers of the event feed: each has its own position, its own retries and its own dead
//! letters, so that one that fails delays no other.

use std::{future::Future, sync::Arc};

use crate::{
    BoxFuture, CommonTx, DomainError, ErrorKind, Event, EventId, StoreError, Timestamp, UserId,
};

/// An account was deleted; its subject is the account. Every domain that holds personal data has a
/// consumer of it ([`Consumer::forget_user`]).
pub const USER_DELETED: &str = "user.deleted.v1";

/// How far a consumer has come: it has handled, or queued for a retry, every event up to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(Option<EventId>);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(None);

    /// Behind this event; `None` is the start.
    pub const fn after(event: Option<EventId>) -> Self {
        Self(event)
    }

    /// The last event that was passed, as a cursor of the feed.
    pub const fn event(self) -> Option<EventId> {
        self.0
    }
}

/// Why a consumer did not handle an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// It may work later: the event is retried, with growing pauses.
    #[error("{0}")]
    Retry(String),
    /// It will never work: the event becomes a dead letter without another attempt.
    #[error("{0}")]
    Permanent(String),
}

impl ConsumerError {
    /// A rule refuses the same event every time; a store may recover.
    pub fn of(error: &impl DomainError) -> Self {
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Conflict | ErrorKind::Internal => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                Self::Retry(cause.unwrap_or_else(|| error.to_string()))
            }
            _ => Self::Permanent(error.to_string()),
        }
    }
}

/// Where a consumer begins whose name the database does not know yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// It sees the events that are appended after its first start. The default.
    Head,
    /// It sees every event that is still kept.
    Beginning,
}

/// Who notes that an event was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The driver, after `run` succeeded. After a crash in between, the event is delivered again:
    /// the consumer calls [`Inbox::mark_processed`](crate::Inbox::mark_processed) in the transaction
    /// of its effect, or documents why it is idempotent.
    ByDriver,
    /// The consumer itself, by [`Delivery::complete`] in the transaction of its effect: the effect
    /// happens exactly once.
    ByConsumer,
}

/// What a consumer does with an event.
pub type Handler =
    Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<(), ConsumerError>> + Send + Sync>;

/// What a consumer does with several events at once.
pub type BatchHandler =
    Arc<dyn Fn(Batch) -> BoxFuture<'static, Result<(), ConsumerError>> + Send + Sync>;

/// A reaction to events. Services and flows return consumers; the program runs them.
#[derive(Clone)]
pub struct Consumer {
    /// `flows.forget_user`. Permanent: it names the position, the retries and the lease.
    pub name: &'static str,
    /// The names of the events it handles; empty: all.
    pub events: &'static [&'static str],
    /// Where it begins.
    pub start: StartAt,
    /// Who notes that an event was handled.
    pub completion: Completion,
    /// Handles one event.
    pub run: Handler,
    /// Handles several in one transaction, all of them or none.
    pub batch: Option<BatchHandler>,
}

impl Consumer {
    /// A consumer that is idempotent, or that calls `mark_processed`. It begins at the head.
    pub fn new<F, R>(name: &'static str, events: &'static [&'static str], run: F) -> Self
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), ConsumerError>> + Send + 'static,
    {
        Self {
            name,
            events,
            start: StartAt::Head,
            completion: Completion::ByDriver,
            run: Arc::new(move |delivery| Box::pin(run(delivery))),
            batch: None,
        }
    }

    /// A consumer that only writes rows and calls [`Delivery::complete`] in the same transaction.
    pub fn exactly_once<F, R>(name: &'static str, events: &'static [&'static str], run: F) -> Self
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), ConsumerError>> + Send + 'static,
    {
        Self { completion: Completion::ByConsumer, ..Self::new(name, events, run) }
    }

    /// The same for several events in one transaction, which costs one commit: `run` calls
    /// [`Batch::complete`] once. When it fails, each of the events comes again by itself, so that one that
    /// cannot be handled stops no other.
    pub fn batched<F, R>(name: &'static str, events: &'static [&'static str], run: F) -> Self
    where
        F: Fn(Batch) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), ConsumerError>> + Send + 'static,
    {
        let batch: BatchHandler = Arc::new(move |batch| Box::pin(run(batch)));
        let one = Arc::clone(&batch);
        let single = Self::exactly_once(name, events, move |delivery| one(delivery.into()));
        Self { batch: Some(batch), ..single }
    }

    /// A consumer that deletes what a domain holds of a deleted account: `forget` calls
    /// [`Delivery::complete`] in the transaction that deletes.
    pub fn forget_user<F, R, T, E>(name: &'static str, forget: F) -> Self
    where
        F: Fn(Delivery, UserId) -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, E>> + Send + 'static,
        E: DomainError,
    {
        let forget = Arc::new(forget);
        Self::exactly_once(name, &[USER_DELETED], move |delivery| {
            let (forget, user) = (Arc::clone(&forget), UserId::parse(delivery.event.subject));
            async move {
                let user = user.map_err(|error| ConsumerError::Permanent(error.to_string()))?;
                forget(delivery, user).await.map(drop).map_err(|error| ConsumerError::of(&error))
            }
        })
    }

    /// The same, beginning elsewhere.
    #[must_use]
    pub fn starting(mut self, start: StartAt) -> Self {
        self.start = start;
        self
    }
}

/// An event on its way to one consumer.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The consumer.
    pub consumer: &'static str,
    /// The event.
    pub event: Arc<Event>,
    /// How it came.
    pub source: Source,
}

/// How an event came to a consumer; what [`Delivery::complete`] compares with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the feed; the consumer's position at that time.
    Feed(Position),
    /// From its retries; the failed attempts so far.
    Retry(u32),
}

impl Delivery {
    /// Notes in the caller's transaction that the event was handled. A second delivery of the same
    /// event, by whatever process, finds it noted and cannot commit.
    ///
    /// Errors: Stale when the event was already handled (I4, Y3).
    pub fn complete<Tx: CommonTx + ?Sized>(&self, tx: &mut Tx) -> Result<(), StoreError> {
        complete(tx, self.consumer, self.source, self.event.id)
    }
}

/// Events on their way to one consumer together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The consumer.
    pub consumer: &'static str,
    /// At least one, in the order of the feed; one that comes from the retries comes alone.
    pub events: Vec<Arc<Event>>,
    /// How they came.
    pub source: Source,
}

impl Batch {
    /// As [`Delivery::complete`], for all of them.
    ///
    /// Errors: Stale when one of them was already handled (I4, Y3).
    pub fn complete<Tx: CommonTx + ?Sized>(&self, tx: &mut Tx) -> Result<(), StoreError> {
        match self.events.last() {
            Some(last) => complete(tx, self.consumer, self.source, last.id),
            None => Ok(()),
        }
    }
}

impl From<Delivery> for Batch {
    fn from(Delivery { consumer, event, source }: Delivery) -> Self {
        Self { consumer, events: vec![event], source }
    }
}

fn complete<Tx: CommonTx + ?Sized>(
    tx: &mut Tx,
    consumer: &'static str,
    source: Source,
    last: EventId,
) -> Result<(), StoreError> {
    match source {
        Source::Feed(from) => tx.inbox().advance(consumer, from, last),
        Source::Retry(attempts) => tx.retries().remove(consumer, last, attempts),
    }
}

/// An event that waits for another attempt of one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRetry {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// What it happened to ([`Event::subject_key`]); events of one subject keep their order.
    pub subject: String,
    /// Failed attempts; 0 for an event that only waits behind an earlier one of its subject.
    pub attempts: u32,
    /// The next attempt is not before this.
    pub due_at: Timestamp,
    /// What failed; empty for an event that only waits.
    pub error: String,
}

/// An event that a consumer gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The consumer.
    pub consumer: String,
    /// The event, which is kept as long as this is.
    pub event: EventId,
    /// What it happened to ([`Event::subject_key`]).
    pub subject: String,
    /// What failed last.
    pub error: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// What a consumer has not handled, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailedEvents {
    /// Events that wait for a retry, or behind one.
    pub retrying: u64,
    /// Events that were given up.
    pub dead: u64,
}

/// Events that consumers could not handle the first time.
///
/// * Y1 a queued event is due at its time with every field as given, the one due longest first;
/// * Y2 of the queued events of one subject only the oldest is ever due, whatever the others' times;
///   other subjects and other consumers do not wait for it;
/// * Y3 `postpone`, `remove` and `dead_letter` name the attempts so far; with another number, or when
///   the event is not queued, they change nothing and report `Stale`;
/// * Y4 a dead letter is not due and is listed until `retry` makes its event due, with no attempts;
///   the events queued behind it no longer wait;
/// * Y5 `retry` makes queued and dead events due and returns how many; a dead letter whose event is not
///   in the feed is removed instead;
/// * Y6 an event that is queued or dead stays in the feed when older events are pruned.
pub trait EventRetries {
    /// Queues an event. One that is queued already stays as it is.
    fn queue(&mut self, retry: &EventRetry) -> Result<(), StoreError>;
    /// The subjects with queued events, sorted.
    fn subjects(&mut self, consumer: &'static str) -> Result<Vec<String>, StoreError>;
    /// At most `limit` events that are due, with their attempts so far.
    fn due(
        &mut self,
        consumer: &'static str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Event, u32)>, StoreError>;
    /// When the first of the events that may be due (Y2) is due.
    fn next_due(&mut self, consumer: &'static str) -> Result<Option<Timestamp>, StoreError>;
    /// Counts a failed attempt; the next one is at `due_at`. Errors: Stale (Y3).
    fn postpone(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
        due_at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError>;
    /// The event was handled. Errors: Stale (Y3).
    fn remove(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
    ) -> Result<(), StoreError>;
    /// Makes a queued event a dead letter. Errors: Stale (Y3).
    fn dead_letter(&mut self, letter: &DeadLetter, attempts: u32) -> Result<(), StoreError>;
    /// Makes an event a dead letter that was never queued.
    fn refuse(&mut self, letter: &DeadLetter) -> Result<(), StoreError>;
    /// The queued events of one consumer or of all, at most `limit`, by consumer and event.
    fn queued(&mut self, consumer: Option<&str>, limit: u32)
    -> Result<Vec<EventRetry>, StoreError>;
    /// The dead letters of one consumer or of all, at most `limit`, by consumer and event.
    fn dead(&mut self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;
    /// Makes one event or all of a consumer due now; returns how many.
    fn retry(
        &mut self,
        consumer: &str,
        event: Option<EventId>,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// How many there are.
    fn count(&mut self, consumer: &'static str) -> Result<FailedEvents, StoreError>;
}
