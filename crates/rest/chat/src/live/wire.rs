//! The data of frames, as they are on the wire. The AsyncAPI document describes these types.

#![expect(clippy::struct_field_names, reason = "they are the names on the wire")]

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A message of a room, or of two people.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Message<'a> {
    /// The name of the room; absent between two people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<&'a str>,
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room: one more than that of the entry before.
    pub(super) seq: i64,
    /// Counts the messages of the room.
    pub(super) number: i64,
    /// The id of the message in the API.
    pub(super) message_id: i64,
    /// The account of the author.
    pub(super) from: i64,
    /// The account of the other one, between two people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<i64>,
    /// What the author is called; null once the account is gone.
    pub(super) username: Option<&'a str>,
    /// What it says; null once it is deleted.
    pub(super) content: Option<&'a str>,
    /// When it was written (RFC 3339).
    pub(super) timestamp: String,
    /// When it was changed (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<String>,
    /// True once it is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    /// The number of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<i64>,
    /// The files of the message; absent without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<i64>,
}

/// A message that says something else.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Edited<'a> {
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room.
    pub(super) seq: i64,
    /// The message.
    pub(super) message_id: i64,
    /// Its number in the room.
    pub(super) number: i64,
    /// What it says now; null when it was deleted since.
    pub(super) content: Option<&'a str>,
    /// When it was changed (RFC 3339).
    pub(super) edited_at: Option<String>,
}

/// A message that was deleted, or that the room does not keep any more.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deleted {
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room.
    pub(super) seq: i64,
    /// The message.
    pub(super) message_id: Option<i64>,
    /// Its number in the room, which stays.
    pub(super) number: Option<i64>,
}

/// Someone reacted to a message, or took a reaction back.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Reaction<'a> {
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room.
    pub(super) seq: i64,
    /// The message.
    pub(super) message_id: Option<i64>,
    /// Its number in the room.
    pub(super) number: Option<i64>,
    /// Who.
    pub(super) user_id: Option<i64>,
    /// The reaction.
    pub(super) emoji: Option<&'a str>,
    /// False when it was taken back.
    pub(super) on: bool,
}

/// What happened to a member.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MemberChange {
    /// They came into the room.
    Joined,
    /// They went, or were removed or banned.
    Left,
    /// They have another role, or were muted.
    Changed,
}

/// Someone came, went, or has another role.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Member<'a> {
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room.
    pub(super) seq: i64,
    /// The account.
    pub(super) user_id: Option<i64>,
    /// What they are called; null once the account is gone.
    pub(super) username: Option<&'a str>,
    /// What happened.
    pub(super) change: MemberChange,
    /// The role: `owner`, `moderator` or `member`; absent when it is not what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'a str>,
}

/// The room changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Room<'a> {
    /// The name of the room.
    pub(super) room: Option<&'a str>,
    /// The number of the room.
    pub(super) room_id: i64,
    /// The place in the log of the room.
    pub(super) seq: i64,
    /// What it is for.
    pub(super) description: &'a str,
    /// True when only those who are invited find it.
    pub(super) is_private: bool,
    /// The time between two messages of one member.
    pub(super) slow_mode_seconds: i64,
    /// How long it keeps messages; null: as long as it exists.
    pub(super) retention_days: Option<i64>,
}

/// From here on the socket listens to a room. What was missed follows, if that is proven to be all of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Joined<'a> {
    /// The name of the room; null between two people.
    pub(super) room: Option<&'a str>,
    /// The number of the room.
    pub(super) room_id: i64,
    /// Always `ok`.
    pub(super) status: &'static str,
    /// The epoch of the places: those of another epoch are not trusted.
    pub(super) epoch: i64,
    /// The place of the last entry of the log.
    pub(super) seq: i64,
    /// The number of the last message.
    pub(super) number: i64,
    /// The number of the last message that the person has read.
    pub(super) read_number: i64,
    /// True when everything behind the place that the client named follows. Otherwise read the history anew.
    pub(super) recovered: bool,
    /// The place of the first entry that follows; null without recovery.
    pub(super) from: Option<i64>,
}

/// Why a socket listens to a room no more.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// The client asked for it.
    Asked,
    /// The person is not in the room any more, or the room is gone.
    Removed,
}

/// The socket listens to a room no more.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Left {
    /// The number of the room.
    pub(super) room_id: i64,
    /// Always `ok`.
    pub(super) status: &'static str,
    /// Why.
    pub(super) reason: Reason,
}

/// A page of the past, the oldest message first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct History<'a> {
    /// The room as the client named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<String>,
    /// The other one of two people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) with: Option<i64>,
    /// The messages.
    pub(super) messages: Vec<Message<'a>>,
    /// True when there are older ones.
    pub(super) more: bool,
}

/// Someone writes. Sent in rooms with at most `chat.presence_max` listeners (100).
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Typing {
    /// The number of the room.
    pub(super) room_id: i64,
    /// Who.
    pub(super) user_id: i64,
}

/// Someone has read a room up to a message. Sent in rooms with at most `chat.presence_max` listeners (100).
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Read {
    /// The number of the room.
    pub(super) room_id: i64,
    /// Who.
    pub(super) user_id: i64,
    /// The number of the last message that they have read.
    pub(super) number: i64,
}

/// Who of a room is online, when that has changed; every five seconds at most.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Presence {
    /// The number of the room.
    pub(super) room_id: i64,
    /// How many.
    pub(super) online: usize,
    /// Their accounts; absent in rooms with more listeners than `chat.presence_max` (100).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) users: Option<Vec<i64>>,
}

/// Something happened elsewhere that concerns the person, as the feed of events shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Happened {
    /// The place in the feed.
    pub(super) id: i64,
    /// The type of the event.
    #[serde(rename = "type")]
    pub(super) name: String,
    /// RFC 3339.
    pub(super) occurred_at: String,
    /// Who did it, if a person did.
    pub(super) actor_id: Option<i64>,
    /// What happened; its schema is that of the type.
    pub(super) data: Value,
}
