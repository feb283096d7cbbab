//! The ports that know who is online, and that carry hints between processes.
#![deny(missing_docs)]

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{StoreError, UserId};

use crate::values::RoomId;

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

/// What someone does in a room that is worth showing now, and not worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The room.
    pub room: RoomId,
    /// The person.
    pub user: UserId,
    /// What they do.
    pub kind: HintKind,
}

/// What someone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// They write.
    Typing,
    /// They have read up to this message.
    Read {
        /// The number of the message.
        number: i64,
    },
}

/// As it is sent: `typing 7 42`, `read 7 42 940`.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (room, user) = (self.room.get(), self.user.get());
        match self.kind {
            HintKind::Typing => write!(f, "typing {room} {user}"),
            HintKind::Read { number } => write!(f, "read {room} {user} {number}"),
        }
    }
}

impl Hint {
    /// What was sent; `None` where this release does not know it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let name = parts.next()?;
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let room = RoomId::parse(number()?).ok()?;
        let user = UserId::parse(number()?).ok()?;
        let kind = match name {
            "typing" => HintKind::Typing,
            "read" => HintKind::Read { number: number()? },
            _ => return None,
        };
        parts.next().is_none().then_some(Self { room, user, kind })
    }
}

/// What hears hints; called from any thread, so it must not wait.
pub type Heard = Arc<dyn Fn(Hint) + Send + Sync>;

/// Carries hints between processes. They may be lost, so nothing depends on them.
///
/// * N1 a hint reaches those who listen in the other processes, unless it is lost;
/// * N2 it comes once, and those of one process in their order;
/// * N3 a process does not hear its own;
/// * N4 a sender never waits: what cannot be sent is dropped.
pub trait Notifier: Send + Sync {
    /// Sends a hint to the other processes.
    fn notify(&self, hint: Hint);
    /// Hears those of the other processes from now on.
    fn listen(&self, heard: Heard);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_was_written_and_nothing_else_is_one() {
        let (room, user) = (RoomId::parse(7).unwrap(), UserId::parse(42).unwrap());
        for kind in [HintKind::Typing, HintKind::Read { number: i64::MAX }] {
            let hint = Hint { room, user, kind };
            assert_eq!(Hint::parse(&hint.to_string()), Some(hint));
        }
        for other in
            ["", "typing", "typing 7", "typing 0 42", "read 7 42", "read 7 42 1 1", "x 7 42"]
        {
            assert_eq!(Hint::parse(other), None, "{other}");
        }
    }
}
