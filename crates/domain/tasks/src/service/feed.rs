//! What happened to a person's tasks, in order.

use kernel::{Actor, Event, EventId, Permission, UserId};

use super::Tasks;
use crate::{error::TaskError, events};

/// A stretch of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// What the person may see of it.
    pub events: Vec<Event>,
    /// The last event that was looked at, seen or not; go on behind it.
    pub cursor: Option<EventId>,
    /// True when there may be more behind it.
    pub more: bool,
}

impl Tasks {
    /// The events about tasks that `user` may see, behind `after`. Looks at up to `limit` events of
    /// everybody, so that one call has a bounded cost.
    pub async fn feed(
        &self,
        user: UserId,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Feed, TaskError> {
        let mut events: Vec<Event> =
            self.work.read(move |tx| Ok::<_, TaskError>(tx.outbox().after(after, limit)?)).await?;
        let cursor = events.last().map(|event| event.id).or(after);
        let more = events.len() >= limit as usize;
        events.retain(|event| {
            event.name.starts_with(events::PREFIX) && event.audience.contains(&user)
        });
        Ok(Feed { events, cursor, more })
    }

    /// Where somebody who may read tasks begins to follow the feed: behind what they have seen, or at
    /// its end when they only want to hear what happens next.
    pub async fn begin_feed(
        &self,
        actor: &Actor,
        seen: Option<Option<EventId>>,
    ) -> Result<Option<EventId>, TaskError> {
        actor.require(Permission::TasksRead)?;
        match seen {
            Some(cursor) => Ok(cursor),
            None => self.feed_head().await,
        }
    }

    /// The feed's end: where somebody begins who wants to hear only what happens next.
    pub async fn feed_head(&self) -> Result<Option<EventId>, TaskError> {
        self.work.read(|tx| Ok(tx.outbox().head()?)).await
    }
}
