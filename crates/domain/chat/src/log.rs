//! The log of a room: everything that happens in it, in its order. Who was away reads what they missed from it.

use std::{collections::BTreeMap, time::Duration};

use kernel::{Epoch, Timestamp, UserId};

use crate::{
    message::Message,
    room::Room,
    values::{MessageId, RoomId},
};

/// How long entries are kept, unless [`Chat::keeping_logs`](crate::Chat::keeping_logs) says otherwise.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

kernel::words!(
    /// What happened.
    Change {
        /// A message was sent.
        Message = 0 "message",
        /// A message was changed.
        Edited = 1 "edited",
        /// A message was deleted.
        Deleted = 2 "deleted",
        /// Someone reacted; `detail` is the emoji.
        ReactionAdded = 3 "reaction_added",
        /// Someone took a reaction back; `detail` is the emoji.
        ReactionRemoved = 4 "reaction_removed",
        /// Someone came into the room.
        Joined = 5 "joined",
        /// Someone went, or was removed or banned.
        Left = 6 "left",
        /// The role of a member changed, or they were muted; `detail` is the role.
        MemberChanged = 7 "member_changed",
        /// The room changed.
        RoomChanged = 8 "room_changed",
    }
);

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The room.
    pub room: RoomId,
    /// Its place: one more than that of the entry before.
    pub seq: i64,
    /// What happened.
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// Who did it; `None` for background work.
    pub actor: Option<UserId>,
    /// The message it happened to, and its number.
    pub message: Option<(MessageId, i64)>,
    /// The person it happened to.
    pub user: Option<UserId>,
    /// See [`Change`].
    pub detail: Option<String>,
}

/// An entry with the message that it is about, as the message is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The entry.
    pub entry: Entry,
    /// The message; `None` when the entry is about none, or the room does not keep it any more.
    pub message: Option<Message>,
}

/// A place in the log of a room. A place may be given again after the database was restored; an epoch never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The epoch of the feed of events at that time.
    pub epoch: Epoch,
    /// The last entry that was seen.
    pub seq: i64,
}

/// What one person missed in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The end of the log at this moment.
    pub head: Place,
    /// The number of the last message.
    pub number: i64,
    /// The number of the last message that they have read.
    pub read_number: i64,
    /// True when `entries` follow without a gap behind the place that they named.
    pub recovered: bool,
    /// What they missed; nothing when that cannot be proven.
    pub entries: Vec<Told>,
    /// True when more follows behind the last of `entries`.
    pub more: bool,
    /// The room.
    pub room: Room,
    /// What those are called who act in `entries` and whose messages they are; accounts that are gone are left out.
    pub names: BTreeMap<UserId, String>,
}

impl Entry {
    /// The people that it names.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        self.actor.into_iter().chain(self.user)
    }
}
