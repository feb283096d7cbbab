//! What transports that follow rooms ask: whether someone may listen, and what to tell them.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Actor, Epoch, PageRequest, Paging, Permission, StoreError, UserId, page::MAX_LIMIT};

use super::{Chat, Seen, history::people, seen};
use crate::{
    error::ChatError,
    log::{Place, Told},
    member::Member,
    policy::{self, Sight},
    ports::ChatTx,
    query::MemberFilter,
    room::Room,
    values::{MemberState, Pair, RoomId, RoomRef},
};

/// A member of a room who wants to listen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The room.
    pub room: Room,
    /// The member.
    pub member: Member,
    /// What of its log they see.
    pub sight: Sight,
    /// The epoch of the feed.
    pub epoch: Epoch,
}

impl Seat {
    /// The end of the log, when this was read.
    pub const fn head(&self) -> Place {
        Place { epoch: self.epoch, seq: self.room.last_seq }
    }

    /// Whether the log goes on from a place for this member: it is of this epoch, and in their sight.
    pub fn follows(&self, after: Place) -> bool {
        after.epoch == self.epoch
            && (self.sight.above_seq..=self.room.last_seq).contains(&after.seq)
    }
}

/// An entry of a log with the names of those whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEntry {
    /// The entry and its message.
    pub told: Told,
    /// The room, as it is now.
    pub room: Room,
    /// What they are called; those whose accounts are gone are left out.
    pub names: BTreeMap<UserId, String>,
}

impl Chat {
    /// The caller's place in a room that they are in.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `Store`.
    pub async fn seat(&self, actor: &Actor, room: RoomRef) -> Result<Seat, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let epoch = tx.outbox().feed()?.epoch;
                let Seen { room, member, sight } = seen(tx, &actor, &room)?;
                let member = policy::joined(&actor, &room, member.as_ref())?.clone();
                Ok::<_, ChatError>(Seat { room, member, sight, epoch })
            })
            .await
    }

    /// The same in the room of the caller and another person.
    ///
    /// Errors: `MissingPermission`, `Oneself`, `RoomNotFound` before their first message, `Store`.
    pub async fn direct_seat(&self, actor: &Actor, other: UserId) -> Result<Seat, ChatError> {
        let pair = Pair::new(actor.user, other).ok_or(ChatError::Oneself)?;
        let found: Option<Room> =
            self.work.read(move |tx| Ok::<_, ChatError>(tx.rooms().direct(pair)?)).await?;
        let room = found.ok_or(ChatError::RoomNotFound)?;
        self.seat(actor, room.id.into()).await
    }

    /// The rooms that the caller is in, direct ones left out.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn own_rooms(&self, actor: &Actor) -> Result<Vec<RoomId>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let user = actor.user;
        self.work.read(move |tx| Ok::<_, ChatError>(tx.members().rooms_of(user)?)).await
    }

    /// The entries of a log behind a place, in order, at most `limit`. For those whom [`Chat::seat`] has let in; empty when
    /// the room is gone.
    ///
    /// Errors: those of the store.
    pub async fn entries(
        &self,
        room: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<NamedEntry>, StoreError> {
        self.work
            .read(move |tx| {
                let Some(room) = tx.rooms().get(room)? else { return Ok(Vec::new()) };
                let found = tx.log().after(room.id, after, limit)?;
                let users: BTreeSet<UserId> = found.iter().flat_map(people).collect();
                let names = tx.people().names(&users.into_iter().collect::<Vec<_>>())?;
                let named = |told: Told| {
                    let of = people(&told);
                    let names =
                        of.filter_map(|user| Some((user, names.get(&user)?.clone()))).collect();
                    NamedEntry { names, room: room.clone(), told }
                };
                Ok::<_, StoreError>(found.into_iter().map(named).collect())
            })
            .await
    }

    /// The places of the last entries of these rooms. A room that is gone is left out.
    ///
    /// Errors: those of the store.
    pub async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, StoreError> {
        let rooms = rooms.to_vec();
        self.work
            .read(move |tx| {
                let mut heads = Vec::with_capacity(rooms.len());
                for room in &rooms {
                    heads.extend(tx.rooms().get(*room)?.map(|room| (room.id, room.last_seq)));
                }
                Ok(heads)
            })
            .await
    }

    /// The accounts of those who are in a room.
    ///
    /// Errors: those of the store.
    pub async fn member_ids(&self, room: RoomId) -> Result<Vec<UserId>, StoreError> {
        self.work.read(move |tx| member_ids(tx, room)).await
    }
}

fn member_ids(tx: &mut dyn ChatTx, room: RoomId) -> Result<Vec<UserId>, StoreError> {
    let filter = MemberFilter { room, state: MemberState::Joined };
    let mut members = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
        let found = tx.members().list(filter, &page)?;
        members.extend(found.items.iter().map(|member| member.user));
        cursor = found.next;
        if cursor.is_none() {
            return Ok(members);
        }
    }
}
