//! Reactions between domains: what happens in one room because of what happened in another. The
//! whole of it is the table `REACTIONS`.
//!
//! A reaction may be delivered more than once; the room that is told settles the event by its id
//! and does its part once.

use std::sync::Arc;

use files::{FileError, Files};
use kernel::{BoxFuture, Event, StoreError, UserId};
use products::{ProductError, Products};
use tasks::{TaskError, Tasks};

/// What is done when an event comes.
type Reaction = for<'a> fn(&'a Flows, &'a Event) -> BoxFuture<'a, Result<(), FlowError>>;

/// Event name → command.
const REACTIONS: &[(&str, Reaction)] = &[
    // Whoever leaves takes the own tasks and files along and is nobody's assignee.
    (users::events::DELETED, |flows, event| Box::pin(flows.forget_user(event))),
    // And owns nothing any more.
    (users::events::DELETED, |flows, event| Box::pin(flows.forget_owner(event))),
];

/// The reactions and the rooms they speak to.
pub struct Flows {
    tasks: Arc<Tasks>,
    products: Arc<Products>,
    files: Arc<Files>,
}

/// Why a reaction did not happen.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The payload is not what the event's name promises. It never will be.
    #[error("event {event} ({name}) cannot be read: {why}")]
    Unreadable {
        /// Its place in the feed.
        event: i64,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The tasks room refused or failed.
    #[error("the tasks room failed: {0}")]
    Tasks(#[from] TaskError),
    /// The products room refused or failed.
    #[error("the products room failed: {0}")]
    Products(#[from] ProductError),
    /// The files room refused or failed.
    #[error("the files room failed: {0}")]
    Files(#[from] FileError),
}

impl FlowError {
    /// True when the same event will fail again however often it is tried: put it aside.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Unreadable { .. } => true,
            Self::Tasks(TaskError::Store(error))
            | Self::Products(ProductError::Store(error))
            | Self::Files(FileError::Store(error)) => matches!(error, StoreError::Corrupt { .. }),
            Self::Files(FileError::Objects(_)) => false,
            // A rule does not change its mind.
            Self::Tasks(_) | Self::Products(_) | Self::Files(_) => true,
        }
    }
}

impl Flows {
    /// Wires the reactions.
    pub const fn new(tasks: Arc<Tasks>, products: Arc<Products>, files: Arc<Files>) -> Self {
        Self { tasks, products, files }
    }

    /// Does what is to be done because of `event`; most events ask for nothing.
    pub async fn react(&self, event: &Event) -> Result<(), FlowError> {
        for (_, reaction) in REACTIONS.iter().filter(|(name, _)| *name == event.name) {
            reaction(self, event).await?;
            tracing::debug!(event = event.id.get(), name = event.name, "reacted");
        }
        Ok(())
    }

    async fn forget_user(&self, event: &Event) -> Result<(), FlowError> {
        let user = user_of(event)?;
        self.tasks.forget_user(event.id, user).await?;
        Ok(self.files.forget_user(user).await?)
    }

    async fn forget_owner(&self, event: &Event) -> Result<(), FlowError> {
        let user = user_of(event)?;
        self.products.forget_user(event.id, user).await?;
        Ok(())
    }
}

/// The account that a `user.*` event tells of.
fn user_of(event: &Event) -> Result<UserId, FlowError> {
    let unreadable =
        |why| FlowError::Unreadable { event: event.id.get(), name: event.name.clone(), why };
    event
        .payload
        .get("id")
        .and_then(serde_json::Value::as_i64)
        .and_then(|id| UserId::parse(id).ok())
        .ok_or_else(|| unreadable("its payload has no `id` of a user"))
}
