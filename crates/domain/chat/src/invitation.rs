//! Invitations, and people who are blocked.

use kernel::{Timestamp, UserId};

use crate::values::{InvitationId, RoomId};

/// Open invitations of one room, at most.
pub const INVITATIONS_MAX: u64 = 1000;
/// People that one person can block.
pub const BLOCKS_MAX: u64 = 1000;

/// An invitation that was neither accepted nor declined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Assigned by the store.
    pub id: InvitationId,
    /// Into this room.
    pub room: RoomId,
    /// Who is invited.
    pub user: UserId,
    /// By whom.
    pub invited_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// An invitation that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// See [`Invitation::room`].
    pub room: RoomId,
    /// See [`Invitation::user`].
    pub user: UserId,
    /// See [`Invitation::invited_by`].
    pub invited_by: UserId,
    /// See [`Invitation::created_at`].
    pub created_at: Timestamp,
}

impl NewInvitation {
    /// The invitation that it becomes under its id.
    pub const fn stored(&self, id: InvitationId) -> Invitation {
        let Self { room, user, invited_by, created_at } = *self;
        Invitation { id, room, user, invited_by, created_at }
    }
}

/// Someone whom a person has blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The one who is blocked.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}
