//! What is unread.

use kernel::{Actor, Permission, UserId};

use super::{Chat, Seen, seen};
use crate::{
    error::ChatError,
    member::Unread,
    policy,
    values::{RoomId, RoomRef},
};

/// How far someone has read a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// The room.
    pub room: RoomId,
    /// The number of the last message that they have read.
    pub read_number: i64,
    /// How many messages they have not read.
    pub unread: u64,
    /// Whether this call moved it.
    pub moved: bool,
}

/// What is unread in a room, and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadView {
    /// How much.
    pub unread: Unread,
    /// The other one of two people.
    pub with: Option<(UserId, Option<String>)>,
}

impl Chat {
    /// Says that the caller has read a room up to a message. A marker never goes back.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `Store`.
    pub async fn mark_read(
        &self,
        actor: &Actor,
        room: RoomRef,
        number: i64,
    ) -> Result<Marker, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .write(move |tx| {
                let Seen { room, member, .. } = seen(tx, &actor, &room)?;
                let member = policy::joined(&actor, &room, member.as_ref())?;
                let moved = tx.members().read(room.id, actor.user, number)?;
                let read_number = moved.unwrap_or(member.read_number);
                let unread = u64::try_from(room.messages - read_number).unwrap_or(0);
                Ok::<_, ChatError>(Marker {
                    room: room.id,
                    read_number,
                    unread,
                    moved: moved.is_some(),
                })
            })
            .await
    }

    /// What the caller has not read, by room.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn unread(&self, actor: &Actor) -> Result<Vec<UnreadView>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let user = actor.user;
        self.work
            .read(move |tx| {
                let found = tx.members().unread(user)?;
                let other = |unread: &Unread| unread.pair.and_then(|pair| pair.other(user));
                let people: Vec<UserId> = found.iter().filter_map(other).collect();
                let names = tx.people().names(&people)?;
                let view = |unread: Unread| UnreadView {
                    with: other(&unread).map(|user| (user, names.get(&user).cloned())),
                    unread,
                };
                Ok::<_, ChatError>(found.into_iter().map(view).collect())
            })
            .await
    }
}
