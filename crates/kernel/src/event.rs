//! Events: what happened, told to whoever wants to know, once each.

use serde::{Deserialize, Serialize};

use crate::{Actor, Audience, Epoch, FeedState, Position, StoreError, Timestamp, UserId, id};

id!(
    /// The place of an event in the feed. Cursors of the feed are these numbers: an event with a
    /// smaller one never appears after a greater one was seen.
    EventId
);

/// An event that is about to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// `tasks.completed.v1`.
    pub name: &'static str,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, if anybody.
    pub actor: Option<UserId>,
    /// The id of what it happened to.
    pub subject: i64,
    /// Who may see it.
    pub audience: Vec<Audience>,
    /// Public JSON; its shape is versioned by the name.
    pub payload: serde_json::Value,
    /// Correlates it with the request that caused it.
    pub request_id: Option<String>,
}

impl NewEvent {
    /// What a caller did to something of their own; only they see it.
    pub fn by(
        actor: &Actor,
        at: Timestamp,
        name: &'static str,
        subject: i64,
        payload: serde_json::Value,
    ) -> Self {
        Self {
            name,
            at,
            actor: Some(actor.user),
            subject,
            audience: vec![actor.user.into()],
            payload,
            request_id: actor.request_id.as_deref().map(str::to_owned),
        }
    }
}

/// An event of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the feed.
    pub id: EventId,
    /// `tasks.completed.v1`.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, if anybody.
    pub actor: Option<UserId>,
    /// The id of what it happened to.
    pub subject: i64,
    /// Who may see it.
    pub audience: Vec<Audience>,
    /// Public JSON.
    pub payload: serde_json::Value,
    /// Correlates it with the request that caused it.
    pub request_id: Option<String>,
    /// The W3C `traceparent` of the span that appended it, noted by the store where traces are
    /// taken, so that handling the event joins that trace.
    pub traceparent: Option<String>,
}

impl Event {
    /// What the event happened to, with its kind: `user:5` for `user.deleted.v1` of account 5.
    /// Events with the same key keep their order for each consumer.
    pub fn subject_key(&self) -> String {
        let kind = self.name.split('.').next().unwrap_or_default();
        format!("{kind}:{}", self.subject)
    }
}

/// The outside form of an event, the same on every channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The event's place in the feed.
    pub id: i64,
    /// `tasks.completed.v1`.
    #[serde(rename = "type")]
    pub name: String,
    /// RFC 3339.
    pub occurred_at: String,
    /// Who did it, if anybody.
    pub actor_id: Option<i64>,
    /// What happened.
    pub data: serde_json::Value,
}

impl From<&Event> for Envelope {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.get(),
            name: event.name.clone(),
            occurred_at: event.at.to_string(),
            actor_id: event.actor.map(UserId::get),
            data: event.payload.clone(),
        }
    }
}

/// Events that leave with the transaction they are appended in.
///
/// * O1 an appended event is in the feed exactly when its transaction committed;
/// * O2 events of one transaction keep their order;
/// * O3 once `after` has shown an event, no event with a smaller id appears later;
/// * O4 every field survives, whatever its text;
/// * O5 `after(cursor)` shows only events behind the cursor, at most `limit`, in order;
/// * O6 `named(names, cursor)` shows what `after(cursor)` shows, less the events with other names;
/// * O7 `feed` names the last place that was given and, as its floor, the last one that `prune` has
///   removed; the floor rises with the unit that removes and never falls;
/// * O8 `renew_epoch` gives the feed an epoch that it never had; of many that renew one epoch, one
///   succeeds and the others report `Stale`;
/// * O9 `addressed(tokens, cursor)` shows what `after(cursor)` shows, less the events that carry none of
///   the tokens; an event with several of them is shown once.
pub trait Outbox {
    /// Appends.
    fn append(&mut self, event: &NewEvent) -> Result<(), StoreError>;
    /// Gives committed events that have no place in the feed yet their place, at most `limit`;
    /// gives how many. One caller at a time; a store whose order is given at `append` has nothing
    /// to do.
    fn sequence(&mut self, limit: u32) -> Result<u64, StoreError>;
    /// The feed behind `cursor` (`None`: from its beginning).
    fn after(&mut self, cursor: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError>;
    /// The events with one of these names behind `cursor`; without names: all.
    fn named(
        &mut self,
        names: &[&str],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;
    /// The events behind `cursor` that carry one of these tokens. The cost is that of the events that
    /// it shows: other people's are not looked at.
    fn addressed(
        &mut self,
        tokens: &[Audience],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;
    /// Epoch, floor and head of the feed, as of one moment.
    fn feed(&mut self) -> Result<FeedState, StoreError>;
    /// Draws the next epoch, because places may be given again that listeners have seen.
    /// Errors: Stale (O8).
    fn renew_epoch(&mut self, from: Epoch, now: Timestamp) -> Result<Epoch, StoreError>;
    /// The last event of the feed.
    fn head(&mut self) -> Result<Option<EventId>, StoreError>;
    /// Forgets events older than `before`, at most `limit`; gives how many. Keeps the newest, so
    /// that places are never given twice, and those that consumers have not handled (Y6).
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// What each consumer has done.
///
/// * I1 `mark_processed` returns true the first time a consumer names an event, false ever after;
/// * I2 a rolled-back `mark_processed` did not happen;
/// * I3 consumers do not see one another;
/// * I4 `advance` moves a position forward from where the caller says it is; when it is elsewhere, or
///   would go back, nothing changes and `Stale` is reported; of many that advance from one position
///   one succeeds;
/// * I5 `backlog` counts the events of these names that were appended and not passed by `advance`;
/// * I6 `start` gives a consumer its first position; later calls change nothing;
/// * I7 of a transaction that has locked a position and one that locks or advances it, the second waits for
///   the end of the first, and `lock` returns what that left.
pub trait Inbox {
    /// Notes that `consumer` has handled `event`; false when it had before.
    fn mark_processed(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// How far `consumer` has come; `None` when it was never started.
    fn position(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError>;
    /// The same; no other transaction advances it before this one ends (I7).
    fn lock(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError>;
    /// Gives a new consumer its position.
    fn start(&mut self, consumer: &'static str, at: Position) -> Result<(), StoreError>;
    /// Moves the position. Errors: Stale (I4).
    fn advance(
        &mut self,
        consumer: &'static str,
        from: Position,
        to: EventId,
    ) -> Result<(), StoreError>;
    /// How many events of these names (none: all) `consumer` has yet to come to, those included that
    /// have no place in the feed yet, and when the oldest of them happened.
    fn backlog(
        &mut self,
        consumer: &'static str,
        names: &[&str],
    ) -> Result<(u64, Option<Timestamp>), StoreError>;
    /// Forgets notes of handled events older than `before`, at most `limit`; gives how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
