//! Sending: one transaction, in which the lock of the room makes the order of commits the order of its log.

use kernel::{
    Actor, Idempotent, Outcome, Permission, StoreError, Timestamp, UserId, idempotency::run_once,
    mention,
};

use super::{About, Chat, MessageView, advance, append, find, messages};
use crate::{
    commands::{SendMessage, Target},
    error::ChatError,
    events::{self, Cause},
    log::Change,
    member::Member,
    message::{Fingerprint, NewMessage},
    policy,
    ports::ChatTx,
    room::{NewRoom, Room, Step},
    values::{Content, MENTIONS_MAX, MemberState, Notify, Pair, RoomId},
};

/// What names everyone in a room.
const ALL: &str = "all";

impl Chat {
    /// Sends a message. One that is sent again under the same client's id is stored once and answered the same.
    ///
    /// Errors: `MissingPermission`, `TooFast`, `RoomNotFound`, `UserNotFound`, `NotMember`, `Banned`, `Muted`, `Blocked`,
    /// `Oneself`, `ReplyNotFound`, `AttachmentNotFound`, `IdReused`, `KeyReused`, `Store`.
    pub async fn send(
        &self,
        actor: &Actor,
        target: Target,
        idempotent: Option<Idempotent<MessageView>>,
        command: SendMessage,
    ) -> Result<Outcome<MessageView>, ChatError> {
        actor.require(Permission::ChatWrite)?;
        self.limit(actor).await?;
        let sent = self.send_once(actor, &target, idempotent.as_ref(), &command).await;
        let sent = match sent {
            // The same message was sent at the same moment, and is there now.
            Err(ChatError::Store(StoreError::Duplicate("messages.client_id"))) => {
                self.send_once(actor, &target, idempotent.as_ref(), &command).await?
            }
            other => other?,
        };
        if let Outcome::Executed(view) = &sent {
            self.announce(view.message.room, view.message.seq);
        }
        Ok(sent)
    }

    async fn send_once(
        &self,
        actor: &Actor,
        target: &Target,
        idempotent: Option<&Idempotent<MessageView>>,
        command: &SendMessage,
    ) -> Result<Outcome<MessageView>, ChatError> {
        let (actor, now) = (actor.clone(), self.clock.now());
        let (target, command) = (target.clone(), command.clone());
        let idempotent = idempotent.cloned();
        self.work
            .write(move |tx| {
                run_once(tx, idempotent.as_ref(), now, |tx| {
                    let sending = Sending { actor: &actor, command: &command, now };
                    sending.run(tx, &target)
                })
            })
            .await
    }
}

/// A message on its way into its room.
struct Sending<'a> {
    actor: &'a Actor,
    command: &'a SendMessage,
    now: Timestamp,
}

impl Sending<'_> {
    fn run(&self, tx: &mut dyn ChatTx, target: &Target) -> Result<MessageView, ChatError> {
        let author = self.actor.user;
        let SendMessage { content, reply_to, attachments, client_id } = self.command;
        let room = match target {
            Target::Room(room) => find(tx, room)?.id,
            Target::Person(user) => self.direct(tx, *user)?,
        };
        let fingerprint = Fingerprint::of(room, content, *reply_to, attachments);
        if let Some(id) = client_id
            && let Some(known) = tx.messages().resent(author, id)?
        {
            if known.is_same(&fingerprint) {
                return messages::view(tx, self.actor, known);
            }
            return Err(ChatError::IdReused);
        }
        let room = advance(tx, room, Step::Message(self.now))?;
        let member = tx.members().get(room.id, author)?;
        // The rules look at the time of the server, the message has the time of the room.
        policy::may_send(self.actor, &room, member.as_ref(), self.now)?;
        if let Some(pair) = room.pair
            && let Some(other) = pair.other(author)
        {
            if tx.blocks().blocks(author, other)? {
                return Err(ChatError::Blocked);
            }
            if !tx.people().is_active(other)? {
                return Err(ChatError::UserNotFound);
            }
        }
        self.check_parts(tx, &room, member.as_ref())?;
        let at = room.last_message_at.unwrap_or(self.now);
        let message = tx.messages().insert(&NewMessage {
            room: room.id,
            number: room.messages,
            seq: room.last_seq,
            author,
            client_id: client_id.clone().map(|id| (id, fingerprint)),
            content: content.clone(),
            reply_to: *reply_to,
            attachments: attachments.clone(),
            created_at: at,
        })?;
        let about = About { message: Some(&message), ..About::default() };
        append(tx, &room, Change::Message, (Some(author), at), about)?;
        tx.members().sent(room.id, author, message.number, at)?;
        let named = mentions(tx, &room, author, content)?;
        if !named.is_empty() {
            let users: Vec<UserId> = named.iter().map(|member| member.user).collect();
            tx.messages().name(&message, &users)?;
        }
        if let Some(member) = &member
            && names_everyone(content)
            && policy::names_all(&room, member)
        {
            tx.rooms().named_all(room.id, message.number)?;
        }
        let heard = notified(tx, author, &named)?;
        let event = Cause::by(self.actor, at).message(events::SENT, &room, &message, &heard);
        tx.outbox().append(&event)?;
        messages::view_in(tx, self.actor, &room, message)
    }

    /// The room of the caller and this person.
    fn direct(&self, tx: &mut dyn ChatTx, user: UserId) -> Result<RoomId, ChatError> {
        let pair = Pair::new(self.actor.user, user).ok_or(ChatError::Oneself)?;
        if let Some(room) = tx.rooms().direct(pair)? {
            return Ok(room.id);
        }
        if !tx.people().is_active(user)? {
            return Err(ChatError::UserNotFound);
        }
        if tx.blocks().blocks(self.actor.user, user)? {
            return Err(ChatError::Blocked);
        }
        let new = NewRoom::direct(pair, self.actor.user, self.now);
        let (room, is_new) = tx.rooms().open_direct(&new, pair)?;
        if is_new {
            for one in pair.both() {
                tx.members().put(&Member::of_pair(&room, one, self.now))?;
            }
        }
        Ok(room.id)
    }

    /// What it answers is in sight, and what is attached is the author's.
    fn check_parts(
        &self,
        tx: &mut dyn ChatTx,
        room: &Room,
        member: Option<&Member>,
    ) -> Result<(), ChatError> {
        if let Some(number) = self.command.reply_to {
            let sight = policy::sight(self.actor, room, member)?;
            let is_there =
                number > sight.above_number && tx.messages().find(room.id, number)?.is_some();
            if !is_there {
                return Err(ChatError::ReplyNotFound(number));
            }
        }
        let files = &self.command.attachments;
        if !files.is_empty() && !tx.owned_files().owns(self.actor.user, files)? {
            return Err(ChatError::AttachmentNotFound);
        }
        Ok(())
    }
}

/// The members that a text names, the author left out.
pub(super) fn mentions(
    tx: &mut dyn ChatTx,
    room: &Room,
    author: UserId,
    content: &Content,
) -> Result<Vec<Member>, ChatError> {
    // A name at the end of a sentence counts with and without its full stop.
    let names = mention::names(content.as_str(), 2 * MENTIONS_MAX);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = tx.people().find(&names)?;
    found.remove(&author);
    let users: Vec<UserId> = found.into_iter().take(MENTIONS_MAX).collect();
    let members = tx.members().joined(room.id, &users)?;
    Ok(members.into_iter().filter(|member| member.state == MemberState::Joined).collect())
}

/// Those of the members who are named and want to hear of it from this author.
pub(super) fn notified(
    tx: &mut dyn ChatTx,
    author: UserId,
    named: &[Member],
) -> Result<Vec<UserId>, ChatError> {
    let mut users = Vec::new();
    for member in named.iter().filter(|member| member.notify == Notify::Mentions) {
        if !tx.blocks().blocks(author, member.user)? {
            users.push(member.user);
        }
    }
    Ok(users)
}

/// Whether a text has `@all` in it.
fn names_everyone(content: &Content) -> bool {
    mention::names(content.as_str(), usize::MAX).iter().any(|name| name == ALL)
}
