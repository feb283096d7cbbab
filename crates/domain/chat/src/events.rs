//! What other domains and clients hear. Events name messages and say nothing of what is in them: who may read a message
//! asks for it. The JSON is public: its shape is versioned by the event's name and kept in `tests/golden/`.

use kernel::{Actor, Audience, NewEvent, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    invitation::Invitation,
    member::Member,
    message::Message,
    room::Room,
    values::{Emoji, Retention},
};

/// A room was created.
pub const ROOM_CREATED: &str = "room.created.v1";
/// A room has another name, description, kind, slow mode or retention.
pub const ROOM_UPDATED: &str = "room.updated.v1";
/// A room was deleted with all that was said in it.
pub const ROOM_DELETED: &str = "room.deleted.v1";
/// Someone was invited into a room.
pub const INVITED: &str = "room.invited.v1";
/// Someone came into a room.
pub const JOINED: &str = "room.member_joined.v1";
/// Someone left a room, or was removed or banned.
pub const LEFT: &str = "room.member_left.v1";
/// A member has another role, or was muted.
pub const MEMBER_UPDATED: &str = "room.member_updated.v1";
/// A message was sent.
pub const SENT: &str = "message.sent.v1";
/// A message says something else.
pub const EDITED: &str = "message.edited.v1";
/// A message was deleted.
pub const DELETED: &str = "message.deleted.v1";
/// Someone reacted to a message, or took a reaction back.
pub const REACTED: &str = "message.reacted.v1";

/// Every event of this domain.
pub const ALL: [&str; 11] = [
    ROOM_CREATED,
    ROOM_UPDATED,
    ROOM_DELETED,
    INVITED,
    JOINED,
    LEFT,
    MEMBER_UPDATED,
    SENT,
    EDITED,
    DELETED,
    REACTED,
];

/// The kind of things that tokens of members name.
pub const TOKEN: &str = "room";

/// The token that the members of a room hold.
pub fn token(room: crate::RoomId) -> Audience {
    Audience::of(TOKEN, room.get())
}

/// A room as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the room's field of that name")]
pub struct RoomSnapshot {
    pub id: i64,
    pub name: String,
    pub description: String,
    pub is_private: bool,
    pub created_by: i64,
    pub slow_mode_seconds: i64,
    pub retention_days: Option<i64>,
    /// The place in the log of the room.
    pub seq: i64,
    pub version: i64,
}

/// A member as events show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the member's field of that name")]
pub struct MemberSnapshot {
    pub room_id: i64,
    /// The name of the room.
    pub room: String,
    pub user_id: i64,
    /// `joined`, `left` or `banned`.
    pub state: String,
    /// `owner`, `moderator` or `member`.
    pub role: String,
    /// RFC 3339.
    pub muted_until: Option<String>,
    /// The place in the log of the room.
    pub seq: i64,
}

/// An invitation as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the invitation's field of that name")]
pub struct InvitationSnapshot {
    pub id: i64,
    pub room_id: i64,
    /// The name of the room.
    pub room: String,
    pub user_id: i64,
    pub invited_by: i64,
}

/// A message as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the message's field of that name")]
pub struct MessageSnapshot {
    pub id: i64,
    pub room_id: i64,
    /// The name of the room; null in the room of two people.
    pub room: Option<String>,
    pub number: i64,
    /// The place in the log of the room.
    pub seq: i64,
    pub user_id: i64,
    /// The other one of two people.
    pub to: Option<i64>,
    /// Who is named in it, and wants to hear of that.
    pub mentions: Vec<i64>,
    pub version: i64,
}

/// The payload of [`REACTED`]: the message, and beside its fields the reaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are named by their meaning")]
pub struct ReactionSnapshot {
    #[serde(flatten)]
    pub message: MessageSnapshot,
    pub emoji: String,
    /// False when it was taken back.
    pub on: bool,
}

/// Who sees what happens in a room: its members, or the two people whose it is.
pub fn audience(room: &Room) -> Vec<Audience> {
    match room.pair {
        Some(pair) => pair.both().into_iter().map(Audience::person).collect(),
        None => vec![token(room.id)],
    }
}

/// Who caused an event, when, and by which request.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    actor: Option<&'a Actor>,
    at: Timestamp,
}

impl<'a> Cause<'a> {
    /// A caller's doing.
    pub const fn by(actor: &'a Actor, at: Timestamp) -> Self {
        Self { actor: Some(actor), at }
    }

    /// Background work.
    pub const fn background(at: Timestamp) -> Self {
        Self { actor: None, at }
    }

    fn event(
        &self,
        name: &'static str,
        subject: i64,
        audience: Vec<Audience>,
        payload: Value,
    ) -> NewEvent {
        NewEvent {
            name,
            at: self.at,
            actor: self.actor.map(|actor| actor.user),
            subject,
            audience,
            payload,
            request_id: self.actor.and_then(|one| one.request_id.as_deref().map(str::to_owned)),
        }
    }

    /// What happened to a room.
    pub fn room(&self, name: &'static str, room: &Room) -> NewEvent {
        let payload = json!(RoomSnapshot {
            id: room.id.get(),
            name: room.title().to_owned(),
            description: room.description.as_str().to_owned(),
            is_private: room.hides_the_past(),
            created_by: room.created_by.get(),
            slow_mode_seconds: room.slow_mode.get(),
            retention_days: room.retention.map(Retention::get),
            seq: room.last_seq,
            version: room.version,
        });
        self.event(name, room.id.get(), audience(room), payload)
    }

    /// What happened to a member, who hears of it also when they are out.
    pub fn member(&self, name: &'static str, room: &Room, member: &Member) -> NewEvent {
        let payload = json!(MemberSnapshot {
            room_id: room.id.get(),
            room: room.title().to_owned(),
            user_id: member.user.get(),
            state: member.state.as_str().to_owned(),
            role: member.role.as_str().to_owned(),
            muted_until: member.muted_until.map(|until| until.to_string()),
            seq: room.last_seq,
        });
        let mut audience = audience(room);
        audience.push(member.user.into());
        self.event(name, room.id.get(), audience, payload)
    }

    /// Someone was invited; they hear of it, and who invited them.
    pub fn invited(&self, room: &Room, invitation: &Invitation) -> NewEvent {
        let Invitation { id, room: _, user, invited_by, created_at: _ } = invitation;
        let payload = json!(InvitationSnapshot {
            id: id.get(),
            room_id: room.id.get(),
            room: room.title().to_owned(),
            user_id: user.get(),
            invited_by: invited_by.get(),
        });
        let audience = vec![Audience::person(*user), Audience::person(*invited_by)];
        self.event(INVITED, room.id.get(), audience, payload)
    }

    /// What happened to a message. `room` has been advanced by it.
    pub fn message(
        &self,
        name: &'static str,
        room: &Room,
        message: &Message,
        mentions: &[UserId],
    ) -> NewEvent {
        let payload = json!(snapshot(room, message, mentions));
        self.event(name, message.id.get(), audience(room), payload)
    }

    /// Someone reacted, or took a reaction back.
    pub fn reacted(&self, room: &Room, message: &Message, emoji: &Emoji, on: bool) -> NewEvent {
        let payload = json!(ReactionSnapshot {
            message: snapshot(room, message, &[]),
            emoji: emoji.as_str().to_owned(),
            on,
        });
        self.event(REACTED, message.id.get(), audience(room), payload)
    }
}

fn snapshot(room: &Room, message: &Message, mentions: &[UserId]) -> MessageSnapshot {
    MessageSnapshot {
        id: message.id.get(),
        room_id: room.id.get(),
        room: room.name.as_ref().map(|name| name.as_str().to_owned()),
        number: message.number,
        seq: room.last_seq,
        user_id: message.author.get(),
        to: room.pair.and_then(|pair| pair.other(message.author)).map(UserId::get),
        mentions: mentions.iter().map(|user| user.get()).collect(),
        version: message.version,
    }
}
