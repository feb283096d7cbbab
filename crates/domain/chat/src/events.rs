//! What other domains and clients hear. Events name messages and say nothing of what is in them: who may read a message
//! asks for it. The JSON is public: its shape is versioned by the event's name and kept in `tests/events/`.

use kernel::{Actor, Audience, NewEvent, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    invitation::Invitation,
    member::Member,
    message::Message,
    room::Room,
    values::{Emoji, InvitationId, MemberRole, MemberState, MessageId, Retention, RoomId},
};

kernel::event_types! {
    /// A room was created.
    ROOM_CREATED = "room.created.v1": RoomSnapshot,
    /// A room has another name, description, kind, slow mode or retention.
    ROOM_UPDATED = "room.updated.v1": RoomSnapshot,
    /// A room was deleted with all that was said in it.
    ROOM_DELETED = "room.deleted.v1": RoomSnapshot,
    /// Someone was invited into a room.
    INVITED = "room.invited.v1": InvitationSnapshot,
    /// Someone came into a room.
    JOINED = "room.member_joined.v1": MemberSnapshot,
    /// Someone left a room, or was removed or banned.
    LEFT = "room.member_left.v1": MemberSnapshot,
    /// A member has another role, or was muted.
    MEMBER_UPDATED = "room.member_updated.v1": MemberSnapshot,
    /// A message was sent.
    SENT = "message.sent.v1": MessageSnapshot,
    /// A message says something else.
    EDITED = "message.edited.v1": MessageSnapshot,
    /// A message was deleted.
    DELETED = "message.deleted.v1": MessageSnapshot,
    /// Someone reacted to a message, or took a reaction back.
    REACTED = "message.reacted.v1": ReactionSnapshot,
}

/// The kind of things that tokens of members name.
pub const TOKEN: &str = "room";

/// The token that the members of a room hold.
pub fn token(room: RoomId) -> Audience {
    Audience::of(TOKEN, room.get())
}

/// A room as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomSnapshot {
    /// The room.
    #[schemars(with = "RoomId")]
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether only those who are invited find it.
    pub is_private: bool,
    /// The account that created it.
    #[schemars(with = "UserId")]
    pub created_by: i64,
    /// The time between two messages of one member, in seconds.
    pub slow_mode_seconds: i64,
    /// How long it keeps messages, in days; null: as long as it exists.
    pub retention_days: Option<i64>,
    /// The place in the log of the room.
    pub seq: i64,
    /// Counts the changes of its own fields, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

/// A member as events show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberSnapshot {
    /// The room.
    #[schemars(with = "RoomId")]
    pub room_id: i64,
    /// The name of the room.
    pub room: String,
    /// The member.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// Whether they belong to the room.
    #[schemars(with = "MemberState")]
    pub state: String,
    /// What they may do in it.
    #[schemars(with = "MemberRole")]
    pub role: String,
    /// They may not write before this.
    #[schemars(with = "Option<Timestamp>")]
    pub muted_until: Option<String>,
    /// The place in the log of the room.
    pub seq: i64,
}

/// An invitation as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationSnapshot {
    /// The invitation.
    #[schemars(with = "InvitationId")]
    pub id: i64,
    /// The room.
    #[schemars(with = "RoomId")]
    pub room_id: i64,
    /// The name of the room.
    pub room: String,
    /// Who is invited.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// By whom.
    #[schemars(with = "UserId")]
    pub invited_by: i64,
}

/// A message as events show it; what it says is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSnapshot {
    /// The message.
    #[schemars(with = "MessageId")]
    pub id: i64,
    /// The room.
    #[schemars(with = "RoomId")]
    pub room_id: i64,
    /// The name of the room; null in the room of two people.
    pub room: Option<String>,
    /// Counts the messages of the room, from 1.
    #[schemars(range(min = 1))]
    pub number: i64,
    /// The place in the log of the room.
    pub seq: i64,
    /// The author.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// The other one of two people.
    #[schemars(with = "Option<UserId>")]
    pub to: Option<i64>,
    /// Who is named in it, and wants to hear of that.
    #[schemars(with = "Vec<UserId>")]
    pub mentions: Vec<i64>,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

/// A reaction, beside the message that it is to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReactionSnapshot {
    /// The message.
    #[serde(flatten)]
    pub message: MessageSnapshot,
    /// The emoji, or a name such as `:tada:`.
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
