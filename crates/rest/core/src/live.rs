//! Live events of this process, and the rules by which callers see them.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use kernel::{Actor, Audience, BoxFuture, Event, FeedCursor, FeedGap, Permission};
use serde_json::json;
use tokio::sync::broadcast;

use crate::problem::Problem;

/// Live events of this process. What a subscriber misses, it reads from the database.
pub struct LiveFeed {
    events: broadcast::Sender<Told>,
    head: RwLock<Option<FeedCursor>>,
}

/// Takes out the events whose subject the caller has lost sight of since they happened.
pub type StillVisible =
    Arc<dyn Fn(Actor, Vec<Event>) -> BoxFuture<'static, Result<Vec<Event>, Problem>> + Send + Sync>;

/// The tokens that callers hold because of what they belong to, beside those of themselves and of their permissions.
pub type HeldTokens =
    Arc<dyn Fn(Actor) -> BoxFuture<'static, Result<Vec<Audience>, Problem>> + Send + Sync>;

/// Who sees events of one kind. Modules bring these rules; events of a kind without one are not shown.
#[derive(Clone)]
pub struct LiveRule {
    /// The first part of the names: `task` for `task.created.v1`. A subject is `task:42`.
    pub kind: &'static str,
    /// What a caller needs to follow events of the kind.
    pub read: Permission,
    /// Whoever holds it sees those of everybody.
    pub manage: Option<Permission>,
    /// Asked when events of the past are shown; absent where sight is never lost.
    pub still_visible: Option<StillVisible>,
    /// Asked for the tokens of a caller; absent where no one belongs to anything. An event that carries a caller's own
    /// token may change what they hold, so they are asked for again then.
    pub tokens: Option<HeldTokens>,
}

impl LiveRule {
    /// The kind, for callers with this permission.
    pub const fn new(kind: &'static str, read: Permission) -> Self {
        Self { kind, read, manage: None, still_visible: None, tokens: None }
    }

    /// Whoever holds `permission` sees the events of everybody.
    #[must_use]
    pub const fn managed_by(mut self, permission: Permission) -> Self {
        self.manage = Some(permission);
        self
    }
}

/// What listeners hear.
#[derive(Debug, Clone)]
pub enum Told {
    /// An event.
    Event(Arc<Event>),
    /// The feed was replaced by another.
    Replaced,
}

impl Default for LiveFeed {
    fn default() -> Self {
        // A subscriber that falls further behind than this reads on from the database.
        Self { events: broadcast::channel(1024).0, head: RwLock::default() }
    }
}

impl LiveFeed {
    /// Publishes an event to every subscriber.
    pub fn publish(&self, event: Arc<Event>) {
        // Fails only without subscribers.
        let _ = self.events.send(Told::Event(event));
    }

    /// Tells every subscriber that the feed was replaced.
    pub fn replaced(&self) {
        let _ = self.events.send(Told::Replaced);
    }

    /// Notes how far the feed is. What was committed before is in front of it or follows behind it.
    pub fn reached(&self, head: FeedCursor) {
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    /// A place that the feed has reached: who reads the state now and follows from here misses nothing.
    /// `None` where nobody drives the feed.
    pub fn head(&self) -> Option<FeedCursor> {
        *self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to what is published from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Told> {
        self.events.subscribe()
    }

    /// The number of subscribers.
    pub fn listeners(&self) -> usize {
        self.events.receiver_count()
    }
}

/// What a stream says before it ends because its cursor is gone. The `id` is the end of the feed, so that
/// a browser, which reconnects by itself, follows what happens next.
pub fn reset(gap: &FeedGap) -> Bytes {
    let (oldest, head) = (gap.oldest.to_string(), gap.head.to_string());
    let data = json!({"code": gap.code(), "oldest": oldest, "head": head});
    Bytes::from(format!("id: {head}\nevent: reset\ndata: {data}\n\n"))
}
