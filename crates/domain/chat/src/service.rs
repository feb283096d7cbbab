//! The use cases. Each is an asynchronous shell around a synchronous transaction. Every change in a room takes the lock of
//! the room first, so that what is decided of its members holds, and its log is in the order of commits.

mod blocks;
mod follow;
mod history;
mod invitations;
mod members;
mod messages;
mod read;
mod rooms;
mod send;
mod upkeep;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel::{
    Actor, Chore, Clock, Consumer, LimitDecision, Limiter, NewEvent, Quota, Runs, StoreError,
    Timestamp, UnitOfWork, UserId,
};

pub use self::{
    blocks::BlockView,
    follow::{NamedEntry, Seat},
    history::{ExportPage, Past},
    invitations::InvitationView,
    members::MemberView,
    messages::MessageView,
    read::{Marker, UnreadView},
    rooms::RoomView,
};
use crate::{
    error::ChatError,
    log::{Change, Entry, KEPT},
    member::Member,
    message::Message,
    policy::{self, Sight},
    ports::ChatTx,
    room::{Room, Step},
    values::{RoomId, RoomRef},
};

/// How often one person may write: ten messages a second, twenty in a burst.
pub const MESSAGES: (&str, Quota) =
    ("chat.messages", Quota { calls: 20, per: Duration::from_secs(2) });
/// When old messages and entries are removed.
const HOURLY: Runs = Runs::at("41 * * * *");

/// What hears that a room has a new entry.
type Announce = Box<dyn Fn(RoomId, i64) + Send + Sync>;

/// What the service needs.
pub struct Dependencies {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn ChatTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Counts messages under [`MESSAGES`].
    pub limiter: Arc<dyn Limiter>,
}

/// The use cases of this domain.
pub struct Chat {
    work: Arc<dyn UnitOfWork<dyn ChatTx>>,
    clock: Arc<dyn Clock>,
    limiter: Arc<dyn Limiter>,
    log_kept: Duration,
    announce: OnceLock<Announce>,
}

impl Chat {
    /// On these ports.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies { work, clock, limiter } = dependencies;
        Self { work, clock, limiter, log_kept: KEPT, announce: OnceLock::new() }
    }

    /// Keeps the logs of rooms for this long, instead of [`KEPT`].
    #[must_use]
    pub const fn keeping_logs(mut self, time: Duration) -> Self {
        self.log_kept = time;
        self
    }

    /// Says what is called, after its commit, when a room has a new entry in its log. The first call counts.
    pub fn announce_by(&self, announce: impl Fn(RoomId, i64) + Send + Sync + 'static) {
        let _ = self.announce.set(Box::new(announce));
    }

    fn announce(&self, room: RoomId, seq: i64) {
        if let Some(announce) = self.announce.get() {
            announce(room, seq);
        }
    }

    async fn limit(&self, actor: &Actor) -> Result<(), ChatError> {
        let LimitDecision { allowed, retry_after, .. } =
            self.limiter.check(MESSAGES.0, &actor.user.to_string()).await;
        if allowed { Ok(()) } else { Err(ChatError::TooFast(retry_after)) }
    }

    /// Reactions to events.
    pub fn consumers(self: &Arc<Self>) -> Vec<Consumer> {
        let chat = Arc::clone(self);
        vec![Consumer::forget_user("chat.forget_user", move |delivery, user| {
            let chat = Arc::clone(&chat);
            async move { chat.forget_user(delivery, user).await }
        })]
    }

    /// Recurring maintenance.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        vec![Chore::of(self, "chat.prune", HOURLY, |chat| async move { chat.prune().await })]
    }
}

/// A room and what it knows of the caller, whom it is shown to.
struct Seen {
    room: Room,
    member: Option<Member>,
    sight: Sight,
}

fn find(tx: &mut dyn ChatTx, room: &RoomRef) -> Result<Room, ChatError> {
    let found = match room {
        RoomRef::Id(id) => tx.rooms().get(*id)?,
        RoomRef::Name(name) => tx.rooms().find(name)?,
    };
    found.ok_or(ChatError::RoomNotFound)
}

/// A room, locked.
fn lock(tx: &mut dyn ChatTx, room: &RoomRef) -> Result<Room, ChatError> {
    let id = match room {
        RoomRef::Id(id) => *id,
        RoomRef::Name(_) => find(tx, room)?.id,
    };
    tx.rooms().lock(id)?.ok_or(ChatError::RoomNotFound)
}

fn shown(tx: &mut dyn ChatTx, actor: &Actor, room: Room) -> Result<Seen, ChatError> {
    let member = tx.members().get(room.id, actor.user)?;
    let sight = policy::sight(actor, &room, member.as_ref())?;
    Ok(Seen { room, member, sight })
}

/// A room that the caller sees.
fn seen(tx: &mut dyn ChatTx, actor: &Actor, room: &RoomRef) -> Result<Seen, ChatError> {
    let room = find(tx, room)?;
    shown(tx, actor, room)
}

/// The same, locked.
fn locked(tx: &mut dyn ChatTx, actor: &Actor, room: &RoomRef) -> Result<Seen, ChatError> {
    let room = lock(tx, room)?;
    shown(tx, actor, room)
}

/// Moves a room that is locked on.
fn advance(tx: &mut dyn ChatTx, room: RoomId, step: Step) -> Result<Room, ChatError> {
    tx.rooms().advance(room, step)?.ok_or(ChatError::RoomNotFound)
}

/// What an entry is about.
#[derive(Default)]
struct About<'a> {
    message: Option<&'a Message>,
    user: Option<UserId>,
    detail: Option<String>,
}

/// Appends to the log of a room, which has been advanced.
fn append(
    tx: &mut dyn ChatTx,
    room: &Room,
    change: Change,
    (actor, at): (Option<UserId>, Timestamp),
    about: About<'_>,
) -> Result<(), StoreError> {
    let About { message, user, detail } = about;
    let message = message.map(|message| (message.id, message.number));
    let entry =
        Entry { room: room.id, seq: room.last_seq, change, at, actor, message, user, detail };
    tx.log().append(&entry)
}

/// Publishes what a caller did; by the permission to moderate it is in the audit trail, too.
fn publish(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    standing: policy::Standing,
    event: &NewEvent,
) -> Result<(), StoreError> {
    kernel::act::publish(tx, actor, standing.own(), event)
}
