//! What a room knows of one person. Pure: time is an argument.

use kernel::{Timestamp, UserId};

use crate::{
    room::Room,
    values::{MemberRole, MemberState, Notify, Pair, RoomId, RoomKind, RoomName},
};

/// A person who is or was in a room, or may not come into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The room.
    pub room: RoomId,
    /// The person.
    pub user: UserId,
    /// Whether they are in it.
    pub state: MemberState,
    /// What they may do.
    pub role: MemberRole,
    /// What they are notified of.
    pub notify: Notify,
    /// The number of the last message that they have read.
    pub read_number: i64,
    /// The number of the last message before they joined.
    pub joined_number: i64,
    /// The place of the last entry of the log before they joined.
    pub joined_seq: i64,
    /// They may not write before this.
    pub muted_until: Option<Timestamp>,
    /// When they last wrote.
    pub last_sent_at: Option<Timestamp>,
    /// When they joined the last time.
    pub joined_at: Timestamp,
    /// The time of the last change of state, role, mute or notification.
    pub updated_at: Timestamp,
    /// Counts these changes, from 1.
    pub version: i64,
}

impl Member {
    /// Someone who joins. `room` has counted them already.
    pub fn joining(room: &Room, user: UserId, role: MemberRole, now: Timestamp) -> Self {
        Self {
            room: room.id,
            user,
            state: MemberState::Joined,
            role,
            notify: Notify::Mentions,
            // What was said before is not unread.
            read_number: room.messages,
            joined_number: room.messages,
            joined_seq: room.last_seq - 1,
            muted_until: None,
            last_sent_at: None,
            joined_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// One of two people in their room, which is there for both from its first message.
    pub fn of_pair(room: &Room, user: UserId, now: Timestamp) -> Self {
        Self {
            read_number: 0,
            joined_number: 0,
            joined_seq: 0,
            ..Self::joining(room, user, MemberRole::Member, now)
        }
    }

    /// Someone who never was in the room and may not come into it.
    pub fn banned(room: &Room, user: UserId, now: Timestamp) -> Self {
        Self {
            state: MemberState::Banned,
            joined_seq: room.last_seq,
            ..Self::joining(room, user, MemberRole::Member, now)
        }
    }

    /// Comes back, as anyone who joins. A mute and the pause between two messages still hold.
    pub fn rejoin(&mut self, room: &Room, now: Timestamp) {
        *self = Self {
            muted_until: self.muted_until,
            last_sent_at: self.last_sent_at,
            notify: self.notify,
            version: self.version + 1,
            ..Self::joining(room, self.user, MemberRole::Member, now)
        };
    }

    /// Leaves, or is removed or banned. The role goes.
    pub fn leave(&mut self, state: MemberState, now: Timestamp) {
        (self.state, self.role) = (state, MemberRole::Member);
        self.touch(now);
    }

    /// Notes a change.
    pub fn touch(&mut self, now: Timestamp) {
        self.updated_at = now;
        self.version += 1;
    }

    /// True while they are in the room.
    pub fn is_joined(&self) -> bool {
        self.state == MemberState::Joined
    }

    /// Until when they may not write, if that is so at `now`.
    pub fn mute(&self, now: Timestamp) -> Option<Timestamp> {
        self.muted_until.filter(|until| *until > now)
    }
}

/// What one person has not read in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The room.
    pub room: RoomId,
    /// See [`Room::kind`].
    pub kind: RoomKind,
    /// See [`Room::name`].
    pub name: Option<RoomName>,
    /// See [`Room::pair`].
    pub pair: Option<Pair>,
    /// The number of its last message.
    pub number: i64,
    /// The number of the last message that they have read.
    pub read_number: i64,
    /// Messages that name them, and one for those that name everyone.
    pub mentions: u64,
}

impl Unread {
    /// How many messages.
    pub fn count(&self) -> u64 {
        u64::try_from(self.number - self.read_number).unwrap_or(0)
    }
}
