//! What happens without a caller: old messages go, deleted accounts are forgotten; and the export of personal data.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use kernel::{Actor, Audience, Delivery, Event, Permission, Timestamp, UserId};
use serde_json::Value;

use super::{About, Chat, MessageView, advance, append, messages};
use crate::{
    error::ChatError,
    events::{self, Cause, token},
    log::Change,
    member::Member,
    message::Message,
    policy,
    ports::ChatTx,
    room::{Room, Step},
    values::{MemberRole, MemberState, MessageId, Retention, RoomId},
};

/// Rows that one transaction removes: few, so that other writers do not wait.
const PRUNE: u32 = 200;
/// Rooms that one look for what is over reads.
const ROOMS: u32 = 200;
/// Messages of one page of the export of personal data.
const OWN: u32 = 100;

impl Chat {
    /// Removes messages that their rooms keep no longer, and old entries of logs; returns how many.
    ///
    /// Errors: `Store`.
    pub async fn prune(&self) -> Result<u64, ChatError> {
        let now = self.clock.now();
        let mut all = 0;
        let mut after: Option<RoomId> = None;
        loop {
            let rooms: Vec<Room> = self
                .work
                .read(move |tx| Ok::<_, ChatError>(tx.rooms().keeping(after, ROOMS)?))
                .await?;
            for room in &rooms {
                all += self.prune_room(room, now).await?;
            }
            after = rooms.last().map(|room| room.id);
            if rooms.len() < ROOMS as usize {
                break;
            }
        }
        let before = now.minus(self.log_kept);
        loop {
            let gone: u64 = self
                .work
                .write(move |tx| Ok::<_, ChatError>(tx.log().prune(before, PRUNE)?))
                .await?;
            all += gone;
            if gone < u64::from(PRUNE) {
                return Ok(all);
            }
        }
    }

    async fn prune_room(&self, room: &Room, now: Timestamp) -> Result<u64, ChatError> {
        let Some(before) = room.retention.map(|days| kept_since(days, now)) else { return Ok(0) };
        let (id, mut all) = (room.id, 0);
        loop {
            let gone: u64 = self
                .work
                .write(move |tx| Ok::<_, ChatError>(tx.messages().prune(id, before, PRUNE)?))
                .await?;
            all += gone;
            if gone < u64::from(PRUNE) {
                return Ok(all);
            }
        }
    }

    /// Takes a deleted account out of all rooms, exactly once: a second delivery of the event fails with `Stale` and changes
    /// nothing. What the person wrote stays, without their name. A room that loses its only owner gets another one, and one
    /// that nobody is left in is deleted.
    ///
    /// Errors: `Store`.
    pub async fn forget_user(&self, delivery: Delivery, user: UserId) -> Result<u64, ChatError> {
        let now = self.clock.now();
        let rooms: Vec<(RoomId, i64)> = self
            .work
            .write(move |tx| {
                delivery.complete(tx)?;
                let mut left = Vec::new();
                for id in tx.members().rooms_of(user)? {
                    if let Some(room) = leave(tx, id, user, now)? {
                        left.push((room.id, room.last_seq));
                    }
                }
                tx.members().forget(user)?;
                tx.messages().forget_mentions(user)?;
                tx.reactions().forget_reactions(user)?;
                tx.invitations().forget_invitations(user)?;
                tx.blocks().forget_blocks(user)?;
                Ok::<_, ChatError>(left)
            })
            .await?;
        for (room, seq) in &rooms {
            self.announce(*room, *seq);
        }
        Ok(rooms.len() as u64)
    }

    /// The next of the messages that the caller wrote, and behind which the page after it begins.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn own_messages(
        &self,
        actor: &Actor,
        after: Option<MessageId>,
    ) -> Result<(Vec<MessageView>, Option<MessageId>), ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read_slow(move |tx| {
                let found = tx.messages().of_author(actor.user, after, OWN)?;
                let is_full = found.len() >= OWN as usize;
                let next = found.last().map(|message| message.id).filter(|_| is_full);
                let mut rooms: BTreeMap<RoomId, Vec<Message>> = BTreeMap::new();
                for message in found {
                    rooms.entry(message.room).or_default().push(message);
                }
                let mut views = Vec::new();
                for (id, messages) in rooms {
                    // A message goes with its room.
                    let Some(room) = tx.rooms().get(id)? else { continue };
                    views.extend(messages::views(tx, &actor, &room, messages)?);
                }
                views.sort_by_key(|view| view.message.id);
                Ok::<_, ChatError>((views, next))
            })
            .await
    }

    /// Those of some events of the past that the caller still sees: of a room that hides what was before they joined, only
    /// what came behind that. Events of other kinds stay.
    ///
    /// Errors: `Store`.
    pub async fn still_visible(
        &self,
        actor: &Actor,
        past: Vec<Event>,
    ) -> Result<Vec<Event>, ChatError> {
        let rooms: BTreeSet<RoomId> = past.iter().filter_map(room_of).collect();
        if rooms.is_empty() {
            return Ok(past);
        }
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let mut above: BTreeMap<RoomId, Option<i64>> = BTreeMap::new();
                for id in &rooms {
                    let Some(room) = tx.rooms().get(*id)? else { continue };
                    let member = tx.members().get(*id, actor.user)?;
                    let sight = policy::sight(&actor, &room, member.as_ref());
                    above.insert(*id, sight.ok().map(|sight| sight.above_seq));
                }
                let own = Audience::person(actor.user);
                let mut past = past.clone();
                past.retain(|event| {
                    let Some(room) = room_of(event) else { return true };
                    let seq = event.payload.get("seq").and_then(Value::as_i64).unwrap_or(i64::MAX);
                    // Of a room that is gone, nothing is left to hide.
                    event.audience.contains(&own)
                        || above
                            .get(&room)
                            .is_none_or(|above| above.is_some_and(|above| seq > above))
                });
                Ok::<_, ChatError>(past)
            })
            .await
    }

    /// The tokens by which the caller sees what happens in their rooms.
    ///
    /// Errors: `Store`.
    pub async fn tokens(&self, user: UserId) -> Result<Vec<Audience>, ChatError> {
        let rooms: Vec<RoomId> =
            self.work.read(move |tx| Ok::<_, ChatError>(tx.members().rooms_of(user)?)).await?;
        Ok(rooms.into_iter().map(token).collect())
    }
}

/// The room that an event of this domain is about.
fn room_of(event: &Event) -> Option<RoomId> {
    if !events::ALL.contains(&event.name.as_str()) {
        return None;
    }
    let id = event.payload.get("room_id").and_then(Value::as_i64).unwrap_or(event.subject);
    RoomId::parse(id).ok()
}

fn kept_since(days: Retention, now: Timestamp) -> Timestamp {
    let hours = u64::try_from(days.get()).unwrap_or(0) * 24;
    now.minus(Duration::from_hours(hours))
}

/// Takes a person out of one room; returns it if it is still there.
fn leave(
    tx: &mut dyn ChatTx,
    id: RoomId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Room>, ChatError> {
    let Some(room) = tx.rooms().lock(id)? else { return Ok(None) };
    let Some(mut member) = tx.members().get(id, user)?.filter(Member::is_joined) else {
        return Ok(None);
    };
    let cause = Cause::background(now);
    let was_owner = member.role == MemberRole::Owner;
    member.leave(MemberState::Left, now);
    tx.members().put(&member)?;
    let heir = tx.members().heir(id, user)?;
    let Some(mut heir) = heir else {
        tx.rooms().remove(&room)?;
        tx.outbox().append(&cause.room(events::ROOM_DELETED, &room))?;
        return Ok(None);
    };
    let mut room = advance(tx, id, Step::Leave)?;
    let about = About { user: Some(user), ..About::default() };
    append(tx, &room, Change::Left, (None, now), about)?;
    tx.outbox().append(&cause.member(events::LEFT, &room, &member))?;
    if was_owner && heir.role != MemberRole::Owner {
        heir.role = MemberRole::Owner;
        heir.touch(now);
        tx.members().put(&heir)?;
        room = advance(tx, id, Step::Change)?;
        let detail = Some(heir.role.as_str().to_owned());
        let about = About { user: Some(heir.user), detail, ..About::default() };
        append(tx, &room, Change::MemberChanged, (None, now), about)?;
        tx.outbox().append(&cause.member(events::MEMBER_UPDATED, &room, &heir))?;
    }
    Ok(Some(room))
}
