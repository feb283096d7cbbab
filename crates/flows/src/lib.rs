//! Reactions between domains: an event of one becomes a command of another. One file per consumer;
//! [`consumers`] lists them.

mod forget_files;
mod forget_owner;
mod forget_user;

use std::sync::Arc;

use files::{FileError, Files};
use kernel::{Consumer, ConsumerError, Event, StoreError, UserId};
use products::{ProductError, Products};
use tasks::{TaskError, Tasks};

/// Every consumer. The program runs each of them by itself, so that one that fails delays no other.
pub fn consumers(tasks: Arc<Tasks>, products: Arc<Products>, files: Arc<Files>) -> Vec<Consumer> {
    vec![
        forget_user::consumer(tasks),
        forget_files::consumer(files),
        forget_owner::consumer(products),
    ]
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
    /// The tasks domain refused or failed.
    #[error("the tasks failed: {0}")]
    Tasks(#[from] TaskError),
    /// The products domain refused or failed.
    #[error("the products failed: {0}")]
    Products(#[from] ProductError),
    /// The files domain refused or failed.
    #[error("the files failed: {0}")]
    Files(#[from] FileError),
}

impl FlowError {
    /// True when the same event will fail again however often it is retried.
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

impl From<FlowError> for ConsumerError {
    fn from(error: FlowError) -> Self {
        if error.is_permanent() {
            Self::Permanent(error.to_string())
        } else {
            Self::Retry(error.to_string())
        }
    }
}

/// The account of a `user.*` event.
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
