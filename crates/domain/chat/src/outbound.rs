//! The port that knows who is online.
#![deny(missing_docs)]

use std::time::Duration;

use async_trait::async_trait;
use kernel::{StoreError, UserId};

/// How long a person is online after their last connection has gone: who only reconnects was never away.
pub const GRACE: Duration = Duration::from_secs(30);
/// How long the people of a process are online that says nothing any more.
pub const FORGET: Duration = Duration::from_secs(60);

/// How often a process says who is here: twice, before someone who has another connection elsewhere would be away.
pub const BEAT: Duration = Duration::from_secs(15);

/// Who is online, over all processes. Each process says it for its own connections; one that says nothing for [`FORGET`] has
/// none.
///
/// * H1 a person is online while one of their connections is here, however many came and went;
/// * H2 they are online for [`GRACE`] after the last one has gone, and not longer;
/// * H3 `online` returns those of some people who are online and no others; `count` counts all of them, each once.
#[async_trait]
pub trait Presence: Send + Sync {
    /// One connection more of a person in this process.
    ///
    /// Errors: `Unavailable`; the connection counts as soon as that is over.
    async fn arrive(&self, user: UserId) -> Result<(), StoreError>;
    /// One connection less.
    ///
    /// Errors: `Unavailable`.
    async fn depart(&self, user: UserId) -> Result<(), StoreError>;
    /// Those of these people who are online.
    ///
    /// Errors: `Unavailable`.
    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError>;
    /// How many people are online.
    ///
    /// Errors: `Unavailable`.
    async fn count(&self) -> Result<u64, StoreError>;
    /// Says again who is here; to be called every [`BEAT`] by what holds the connections.
    ///
    /// Errors: `Unavailable`; nobody is forgotten before [`FORGET`] is over.
    async fn keep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
