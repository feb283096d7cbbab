//! What callers can ask for.

use kernel::{Patch, Timestamp, UserId};

use crate::values::{
    ClientId, Content, FileId, MemberRole, Notify, Retention, RoomDescription, RoomKind, RoomName,
    RoomRef, SlowMode,
};

/// A new room.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the room's field of that name")]
pub struct CreateRoom {
    pub name: RoomName,
    pub description: RoomDescription,
    /// True: only those who are invited find it.
    pub private: bool,
    pub slow_mode: SlowMode,
    pub retention: Option<Retention>,
}

/// A change of a room; what is absent stays.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is the room's field of that name")]
pub struct UpdateRoom {
    pub name: Option<RoomName>,
    pub description: Option<RoomDescription>,
    /// Public or private.
    pub kind: Option<RoomKind>,
    pub slow_mode: Option<SlowMode>,
    pub retention: Patch<Retention>,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Into a room.
    Room(RoomRef),
    /// To one person.
    Person(UserId),
}

/// A new message.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the message's field of that name")]
pub struct SendMessage {
    pub content: Content,
    pub reply_to: Option<i64>,
    pub attachments: Vec<FileId>,
    pub client_id: Option<ClientId>,
}

impl SendMessage {
    /// With nothing but a text.
    pub const fn saying(content: Content) -> Self {
        Self { content, reply_to: None, attachments: Vec::new(), client_id: None }
    }
}

/// A change of a member; what is absent stays.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "each field is the member's field of that name")]
pub struct UpdateMember {
    pub role: Option<MemberRole>,
    pub muted_until: Patch<Timestamp>,
    /// Banned, or allowed to come back.
    pub banned: Option<bool>,
    /// Only of the caller's own membership.
    pub notify: Option<Notify>,
}
