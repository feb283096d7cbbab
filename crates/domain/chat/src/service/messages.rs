//! What is said: changed, deleted and reacted to.

use std::collections::BTreeSet;

use kernel::{Actor, Permission, Timestamp, UserId};

use super::{About, Chat, Seen, advance, append, lock, publish, send, shown};
use crate::{
    error::ChatError,
    events::{self, Cause},
    log::Change,
    message::{Message, REACTIONS_MAX, Reactions},
    policy::{self, Standing},
    ports::ChatTx,
    room::{Room, Step},
    values::{Content, Emoji, MessageId, RoomName, RoomRef},
};

/// A message as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The message.
    pub message: Message,
    /// What the room is called; `None` for a direct one.
    pub room: Option<RoomName>,
    /// The other one of two people.
    pub to: Option<UserId>,
    /// What the author is called; `None` once the account is gone.
    pub username: Option<String>,
    /// The reactions to it, by emoji; none of a deleted message.
    pub reactions: Vec<Reactions>,
}

/// Messages of one room with their names and reactions.
pub(super) fn views(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    room: &Room,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>, ChatError> {
    let authors: BTreeSet<UserId> = messages.iter().map(|message| message.author).collect();
    let names = tx.people().names(&authors.into_iter().collect::<Vec<_>>())?;
    let live: Vec<MessageId> =
        messages.iter().filter(|one| !one.is_deleted()).map(|one| one.id).collect();
    let mut reactions = tx.reactions().reactions(&live, actor.user)?;
    let view = |message: Message| MessageView {
        room: room.name.clone(),
        to: room.pair.and_then(|pair| pair.other(message.author)),
        username: names.get(&message.author).cloned(),
        reactions: reactions.remove(&message.id).unwrap_or_default(),
        message,
    };
    Ok(messages.into_iter().map(view).collect())
}

/// A message of a room with its names and reactions.
pub(super) fn view_in(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    room: &Room,
    message: Message,
) -> Result<MessageView, ChatError> {
    views(tx, actor, room, vec![message])?.pop().ok_or(ChatError::MessageNotFound)
}

/// The same, wherever it is.
pub(super) fn view(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    message: Message,
) -> Result<MessageView, ChatError> {
    let room = tx.rooms().get(message.room)?.ok_or(ChatError::RoomNotFound)?;
    view_in(tx, actor, &room, message)
}

/// A message that the caller sees, and its room, both locked.
fn locked(tx: &mut dyn ChatTx, actor: &Actor, id: MessageId) -> Result<(Seen, Message), ChatError> {
    let room = tx.messages().get(id)?.ok_or(ChatError::MessageNotFound)?.room;
    let unseen = |error| match error {
        ChatError::RoomNotFound => ChatError::MessageNotFound,
        other => other,
    };
    let room = lock(tx, &RoomRef::Id(room)).map_err(unseen)?;
    let seen = shown(tx, actor, room).map_err(unseen)?;
    let message = tx.messages().lock(id)?;
    let message = message.filter(|one| one.number > seen.sight.above_number);
    Ok((seen, message.ok_or(ChatError::MessageNotFound)?))
}

fn at_version(message: &Message, expected: Option<i64>) -> Result<(), ChatError> {
    match expected {
        Some(version) if version != message.version => {
            Err(ChatError::StaleMessage(Box::new(message.clone())))
        }
        _ => Ok(()),
    }
}

/// Members who are not muted change what they wrote, and react.
fn may_touch(actor: &Actor, seen: &Seen, now: Timestamp) -> Result<(), ChatError> {
    let member = policy::joined(actor, &seen.room, seen.member.as_ref())?;
    member.mute(now).map_or(Ok(()), |until| Err(ChatError::Muted(until)))
}

impl Chat {
    /// A message that the caller sees.
    ///
    /// Errors: `MissingPermission`, `MessageNotFound`, `Banned`, `Store`.
    pub async fn message(&self, actor: &Actor, id: MessageId) -> Result<MessageView, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let message = tx.messages().get(id)?.ok_or(ChatError::MessageNotFound)?;
                let room = tx.rooms().get(message.room)?.ok_or(ChatError::MessageNotFound)?;
                let seen = shown(tx, &actor, room).map_err(|error| match error {
                    ChatError::RoomNotFound => ChatError::MessageNotFound,
                    other => other,
                })?;
                if message.number <= seen.sight.above_number {
                    return Err(ChatError::MessageNotFound);
                }
                view_in(tx, &actor, &seen.room, message)
            })
            .await
    }

    /// Changes what a message of the caller says, only at version `expected` if there is one. A no-op publishes no event.
    ///
    /// Errors: `MissingPermission`, `TooFast`, `MessageNotFound`, `Banned`, `NotMember`, `Forbidden`, `Muted`, `MessageDeleted`,
    /// `StaleMessage`, `Store`.
    pub async fn edit(
        &self,
        actor: &Actor,
        id: MessageId,
        expected: Option<i64>,
        content: Content,
    ) -> Result<MessageView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        self.limit(actor).await?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let (view, seq): (MessageView, i64) = self
            .work
            .write(move |tx| {
                let (seen, mut message) = locked(tx, &actor, id)?;
                if message.author != actor.user {
                    return Err(ChatError::Forbidden("Only the author changes a message."));
                }
                may_touch(&actor, &seen, now)?;
                at_version(&message, expected)?;
                if message.is_deleted() {
                    return Err(ChatError::MessageDeleted);
                }
                if !message.edit(&content, now) {
                    let view = view_in(tx, &actor, &seen.room, message)?;
                    return Ok((view, seen.room.last_seq));
                }
                tx.messages().save(&mut message)?;
                let before = tx.messages().named(&message)?;
                let named = send::mentions(tx, &seen.room, actor.user, &content)?;
                let users: Vec<UserId> = named.iter().map(|member| member.user).collect();
                if !before.is_empty() || !users.is_empty() {
                    tx.messages().name(&message, &users)?;
                }
                let room = advance(tx, seen.room.id, Step::Change)?;
                let about = About { message: Some(&message), ..About::default() };
                append(tx, &room, Change::Edited, (Some(actor.user), now), about)?;
                let mut heard = send::notified(tx, actor.user, &named)?;
                heard.retain(|user| !before.contains(user));
                let event = Cause::by(&actor, now).message(events::EDITED, &room, &message, &heard);
                tx.outbox().append(&event)?;
                Ok::<_, ChatError>((view_in(tx, &actor, &room, message)?, room.last_seq))
            })
            .await?;
        self.announce(view.message.room, seq);
        Ok(view)
    }

    /// Deletes a message: its number stays, what it says goes. Authors delete their own, moderators those of others.
    ///
    /// Errors: `MissingPermission`, `MessageNotFound`, `Banned`, `Forbidden`, `Direct`, `MessageDeleted`, `StaleMessage`,
    /// `Store`.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: MessageId,
        expected: Option<i64>,
    ) -> Result<(), ChatError> {
        actor.require(Permission::ChatWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let room: Room = self
            .work
            .write(move |tx| {
                let (seen, mut message) = locked(tx, &actor, id)?;
                let standing = if message.author == actor.user {
                    let member = policy::joined(&actor, &seen.room, seen.member.as_ref())?;
                    Standing::Role(member.role)
                } else if seen.room.is_direct() {
                    return Err(ChatError::Forbidden("Only the author deletes a message."));
                } else {
                    policy::may_moderate(&actor, &seen.room, seen.member.as_ref())?
                };
                at_version(&message, expected)?;
                if message.is_deleted() {
                    return Err(ChatError::MessageDeleted);
                }
                message.delete(now);
                tx.messages().save(&mut message)?;
                tx.messages().name(&message, &[])?;
                let room = advance(tx, seen.room.id, Step::Change)?;
                let about = About { message: Some(&message), ..About::default() };
                append(tx, &room, Change::Deleted, (Some(actor.user), now), about)?;
                let event = Cause::by(&actor, now).message(events::DELETED, &room, &message, &[]);
                publish(tx, &actor, standing, &event)?;
                Ok(room)
            })
            .await?;
        self.announce(room.id, room.last_seq);
        Ok(())
    }

    /// Reacts to a message, or with `on` false takes the reaction back. A no-op publishes no event.
    ///
    /// Errors: `MissingPermission`, `TooFast`, `MessageNotFound`, `Banned`, `NotMember`, `Muted`, `MessageDeleted`,
    /// `TooManyReactions`, `Store`.
    pub async fn react(
        &self,
        actor: &Actor,
        id: MessageId,
        emoji: Emoji,
        on: bool,
    ) -> Result<MessageView, ChatError> {
        actor.require(Permission::ChatWrite)?;
        self.limit(actor).await?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let (view, seq): (MessageView, i64) = self
            .work
            .write(move |tx| {
                let (seen, message) = locked(tx, &actor, id)?;
                may_touch(&actor, &seen, now)?;
                if message.is_deleted() {
                    return Err(ChatError::MessageDeleted);
                }
                let changed = if on {
                    has_space(tx, &actor, &message, &emoji)?;
                    tx.reactions().react(id, actor.user, &emoji, now)?
                } else {
                    tx.reactions().unreact(id, actor.user, &emoji)?
                };
                if !changed {
                    let view = view_in(tx, &actor, &seen.room, message)?;
                    return Ok((view, seen.room.last_seq));
                }
                let room = advance(tx, seen.room.id, Step::Change)?;
                let change = if on { Change::ReactionAdded } else { Change::ReactionRemoved };
                let detail = Some(emoji.as_str().to_owned());
                let about = About { message: Some(&message), user: None, detail };
                append(tx, &room, change, (Some(actor.user), now), about)?;
                let event = Cause::by(&actor, now).reacted(&room, &message, &emoji, on);
                tx.outbox().append(&event)?;
                Ok::<_, ChatError>((view_in(tx, &actor, &room, message)?, room.last_seq))
            })
            .await?;
        self.announce(view.message.room, seq);
        Ok(view)
    }
}

/// Whether one more kind of reaction has space.
fn has_space(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    message: &Message,
    emoji: &Emoji,
) -> Result<(), ChatError> {
    let known = tx.reactions().reactions(&[message.id], actor.user)?;
    let known = known.get(&message.id).map_or(&[][..], Vec::as_slice);
    if known.len() >= REACTIONS_MAX && !known.iter().any(|one| one.emoji == *emoji) {
        return Err(ChatError::TooManyReactions);
    }
    Ok(())
}
