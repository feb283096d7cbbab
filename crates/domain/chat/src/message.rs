//! The message, and how it changes. Pure: time is an argument.

use std::collections::BTreeMap;

use kernel::{Timestamp, UserId};
use sha2::{Digest as _, Sha256};

use crate::values::{ClientId, Content, Emoji, FileId, MessageId, RoomId};

/// Different reactions to one message, at most.
pub const REACTIONS_MAX: usize = 20;

/// What a message was when it was sent: two that are equal in it are the same message sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Of what is sent to a room.
    pub fn of(
        room: RoomId,
        content: &Content,
        reply_to: Option<i64>,
        attachments: &[FileId],
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(room.get().to_be_bytes());
        hash.update(reply_to.unwrap_or(0).to_be_bytes());
        for file in attachments {
            hash.update(file.get().to_be_bytes());
        }
        hash.update((attachments.len() as u64).to_be_bytes());
        hash.update(content.as_str().as_bytes());
        // Half of it tells as many messages apart as anyone will send.
        let half =
            hash.finalize().iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        Self(half)
    }

    /// From how stores keep it: as hexadecimal digits.
    pub fn parse(raw: &str) -> Option<Self> {
        u128::from_str_radix(raw, 16).ok().map(Self)
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A message of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Assigned by the store.
    pub id: MessageId,
    /// The room.
    pub room: RoomId,
    /// Counts the messages of the room, from 1. It stays when the message is deleted.
    pub number: i64,
    /// The place in the log of the room at which it was sent.
    pub seq: i64,
    /// Who wrote it.
    pub author: UserId,
    /// What the author's client called it.
    pub client_id: Option<ClientId>,
    /// What it was when it was sent; only with a `client_id`, and not of a deleted message, because a hash of a
    /// short text gives the text away.
    pub fingerprint: Option<Fingerprint>,
    /// What it says; `None` once it is deleted.
    pub content: Option<Content>,
    /// The number of the message that it answers.
    pub reply_to: Option<i64>,
    /// Files, in the author's order.
    pub attachments: Vec<FileId>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A message that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// See [`Message::room`].
    pub room: RoomId,
    /// See [`Message::number`].
    pub number: i64,
    /// See [`Message::seq`].
    pub seq: i64,
    /// See [`Message::author`].
    pub author: UserId,
    /// See [`Message::client_id`] and [`Message::fingerprint`].
    pub client_id: Option<(ClientId, Fingerprint)>,
    /// See [`Message::content`].
    pub content: Content,
    /// See [`Message::reply_to`].
    pub reply_to: Option<i64>,
    /// See [`Message::attachments`].
    pub attachments: Vec<FileId>,
    /// See [`Message::created_at`].
    pub created_at: Timestamp,
}

impl NewMessage {
    /// The message that it becomes under its id.
    pub fn stored(&self, id: MessageId) -> Message {
        let Self {
            room,
            number,
            seq,
            author,
            client_id,
            content,
            reply_to,
            attachments,
            created_at,
        } = self.clone();
        Message {
            id,
            room,
            number,
            seq,
            author,
            fingerprint: client_id.as_ref().map(|(_, fingerprint)| *fingerprint),
            client_id: client_id.map(|(id, _)| id),
            content: Some(content),
            reply_to,
            attachments,
            created_at,
            edited_at: None,
            deleted_at: None,
            version: 1,
        }
    }
}

impl Message {
    /// Says something else; false when it says the same.
    pub fn edit(&mut self, content: &Content, now: Timestamp) -> bool {
        if self.content.as_ref() == Some(content) {
            return false;
        }
        self.content = Some(content.clone());
        self.edited_at = Some(now);
        true
    }

    /// Says nothing any more. Its number stays.
    pub fn delete(&mut self, now: Timestamp) {
        self.content = None;
        self.fingerprint = None;
        self.attachments = Vec::new();
        self.deleted_at = Some(now);
    }

    /// True once it is deleted.
    pub const fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// True when a message with this fingerprint is this one sent again. Of a deleted one nothing is known.
    pub fn is_same(&self, fingerprint: &Fingerprint) -> bool {
        self.fingerprint.as_ref().is_none_or(|own| own == fingerprint)
    }
}

/// How many people reacted with one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactions {
    /// The emoji.
    pub emoji: Emoji,
    /// How many people.
    pub count: u64,
    /// Whether the viewer is one of them.
    pub mine: bool,
}

/// The reactions to several messages, each by emoji. Messages without any are left out.
pub type ReactionsOf = BTreeMap<MessageId, Vec<Reactions>>;

#[cfg(test)]
mod tests {
    use kernel::kit::moment;

    use super::*;

    fn fingerprint(content: &str, reply_to: Option<i64>, files: &[i64]) -> Fingerprint {
        let files: Vec<FileId> = files.iter().map(|id| FileId::parse(*id).unwrap()).collect();
        let room = RoomId::parse(1).unwrap();
        Fingerprint::of(room, &Content::parse(content).unwrap(), reply_to, &files)
    }

    fn message() -> Message {
        let new = NewMessage {
            room: RoomId::parse(1).unwrap(),
            number: 3,
            seq: 7,
            author: UserId::parse(1).unwrap(),
            client_id: Some((ClientId::parse("c-1").unwrap(), fingerprint("a", None, &[]))),
            content: Content::parse("a").unwrap(),
            reply_to: None,
            attachments: Vec::new(),
            created_at: moment(0),
        };
        new.stored(MessageId::parse(9).unwrap())
    }

    #[test]
    fn what_differs_has_another_fingerprint() {
        let all = [
            fingerprint("a", None, &[]),
            fingerprint("b", None, &[]),
            fingerprint("a", Some(1), &[]),
            fingerprint("a", None, &[1]),
            fingerprint("a", None, &[1, 2]),
            fingerprint("a", None, &[2, 1]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert_eq!(all.iter().filter(|other| *other == one).count(), 1, "{index}");
            assert_eq!(Fingerprint::parse(&one.to_string()), Some(*one));
        }
    }

    #[test]
    fn an_edited_message_is_still_the_one_that_was_sent() {
        let mut message = message();
        assert!(!message.edit(&Content::parse("a").unwrap(), moment(1)));
        assert!(message.edit(&Content::parse("b").unwrap(), moment(1)));
        assert_eq!(message.edited_at, Some(moment(1)));
        assert!(message.is_same(&fingerprint("a", None, &[])));
        assert!(!message.is_same(&fingerprint("b", None, &[])));
    }

    #[test]
    fn of_a_deleted_message_the_number_is_left() {
        let mut message = message();
        message.delete(moment(2));
        assert_eq!((message.number, &message.content, message.fingerprint), (3, &None, None));
        assert!(message.is_deleted() && message.attachments.is_empty());
    }
}
