//! Reactions between domains: an event of one becomes a command of another. One file per consumer. The program
//! runs each of them by itself, so that one that fails delays no other.

mod domains;

use kernel::{ConsumerError, Event, UserId};

pub use crate::domains::*;

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
    /// A domain refused or failed.
    #[error("the {domain} failed: {why}")]
    Failed {
        /// The domain.
        domain: &'static str,
        /// What it said.
        why: String,
        /// True when the same event will fail again however often it is retried.
        permanent: bool,
    },
}

impl FlowError {
    /// True when the same event will fail again however often it is retried.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Unreadable { .. } => true,
            Self::Failed { permanent, .. } => *permanent,
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

fn unreadable(event: &Event, why: &'static str) -> FlowError {
    FlowError::Unreadable { event: event.id.get(), name: event.name.clone(), why }
}

/// The account of a `user.*` event.
fn user_of(event: &Event) -> Result<UserId, FlowError> {
    event
        .payload
        .get("id")
        .and_then(serde_json::Value::as_i64)
        .and_then(|id| UserId::parse(id).ok())
        .ok_or_else(|| unreadable(event, "its payload has no `id` of a user"))
}
