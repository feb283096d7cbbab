//! Rooms.

use kernel::{Actor, Idempotent, Outcome, Page, PageRequest, Permission, idempotency::run_once};

use super::{About, Chat, Seen, advance, append, locked, publish, seen};
use crate::{
    commands::{CreateRoom, UpdateRoom},
    error::ChatError,
    events::{self, Cause},
    log::Change,
    member::Member,
    policy,
    query::{RoomFilter, Scope},
    room::{NewRoom, ROOMS_MAX, Room, Step},
    values::{MemberRole, RoomKind, RoomRef},
};

/// A room as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomView {
    /// The room.
    pub room: Room,
    /// What it knows of the viewer.
    pub member: Option<Member>,
}

impl Chat {
    /// How many messages were sent in the rooms that there are.
    pub async fn count_messages(&self) -> Result<u64, ChatError> {
        Ok(self.work.read_slow(|tx| tx.rooms().messages()).await?)
    }

    /// Creates a room, which the caller owns.
    ///
    /// Errors: `MissingPermission`, `NameTaken`, `TooManyRooms`, `KeyReused`, `Store`.
    pub async fn create(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<RoomView>>,
        command: CreateRoom,
    ) -> Result<Outcome<RoomView>, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                run_once(tx, idempotent.as_ref(), now, |tx| {
                    if tx.members().count(actor.user)? >= ROOMS_MAX {
                        return Err(ChatError::TooManyRooms);
                    }
                    let CreateRoom { name, description, private, slow_mode, retention } =
                        command.clone();
                    let new = NewRoom {
                        kind: if private { RoomKind::Private } else { RoomKind::Public },
                        name: Some(name),
                        pair: None,
                        description,
                        created_by: actor.user,
                        slow_mode,
                        retention,
                        created_at: now,
                    };
                    let room = tx.rooms().insert(&new)?;
                    let room = advance(tx, room.id, Step::Join)?;
                    let member = Member::joining(&room, actor.user, MemberRole::Owner, now);
                    tx.members().put(&member)?;
                    let about = About { user: Some(actor.user), ..About::default() };
                    append(tx, &room, Change::Joined, (Some(actor.user), now), about)?;
                    let created = Cause::by(&actor, now).room(events::ROOM_CREATED, &room);
                    tx.outbox().append(&created)?;
                    Ok(RoomView { room, member: Some(member) })
                })
            })
            .await
    }

    /// A room that the caller sees.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Store`.
    pub async fn get(&self, actor: &Actor, room: RoomRef) -> Result<RoomView, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let Seen { room, member, .. } = seen(tx, &actor, &room)?;
                Ok(RoomView { room, member })
            })
            .await
    }

    /// A page of rooms, in [`ROOMS`](crate::query::ROOMS): those that the caller sees, or those that they are in.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>, ChatError> {
        actor.require(Permission::ChatRead)?;
        let scope = match filter.scope {
            Scope::Of(_) => Scope::Of(actor.user),
            _ if actor.may(Permission::ChatModerate) => Scope::All,
            _ => Scope::VisibleTo(actor.user),
        };
        let filter = RoomFilter { scope, ..filter };
        self.work.read(move |tx| Ok(tx.rooms().list(&filter, &page)?)).await
    }

    /// Changes some fields, only at version `expected` if there is one. A no-op publishes no event.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `StaysPrivate`, `NameTaken`,
    /// `StaleRoom`, `Store`.
    pub async fn update(
        &self,
        actor: &Actor,
        room: RoomRef,
        expected: Option<i64>,
        update: UpdateRoom,
    ) -> Result<RoomView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view: RoomView = self
            .work
            .write(move |tx| {
                let Seen { mut room, member, .. } = locked(tx, &actor, &room)?;
                let standing = policy::may_manage(&actor, &room, member.as_ref())?;
                at_version(&room, expected)?;
                if room.kind == RoomKind::Private && update.kind == Some(RoomKind::Public) {
                    return Err(ChatError::StaysPrivate);
                }
                if !room.update(&update, now) {
                    return Ok(RoomView { room, member });
                }
                tx.rooms().save(&mut room)?;
                let room = advance(tx, room.id, Step::Change)?;
                append(tx, &room, Change::RoomChanged, (Some(actor.user), now), About::default())?;
                let event = Cause::by(&actor, now).room(events::ROOM_UPDATED, &room);
                publish(tx, &actor, standing, &event)?;
                Ok(RoomView { room, member })
            })
            .await?;
        self.announce(view.room.id, view.room.last_seq);
        Ok(view)
    }

    /// Deletes a room with all that was said in it, only at version `expected` if there is one.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Forbidden`, `Direct`, `StaleRoom`, `Store`.
    pub async fn remove(
        &self,
        actor: &Actor,
        room: RoomRef,
        expected: Option<i64>,
    ) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let gone: Room = self
            .work
            .write(move |tx| {
                let Seen { room, member, .. } = locked(tx, &actor, &room)?;
                let standing = policy::may_manage(&actor, &room, member.as_ref())?;
                at_version(&room, expected)?;
                tx.rooms().remove(&room)?;
                let event = Cause::by(&actor, now).room(events::ROOM_DELETED, &room);
                publish(tx, &actor, standing, &event)?;
                Ok::<_, ChatError>(room)
            })
            .await?;
        self.announce(gone.id, gone.last_seq);
        Ok(())
    }
}

fn at_version(room: &Room, expected: Option<i64>) -> Result<(), ChatError> {
    match expected {
        Some(version) if version != room.version => {
            Err(ChatError::StaleRoom(Box::new(room.clone())))
        }
        _ => Ok(()),
    }
}
