//! Messages, what is unread, and logs.

use chat::{
    Message, Room,
    commands::SendMessage,
    log::{Missed, Place, Told},
    message::Reactions,
    service::{Marker, MessageView, UnreadView},
    values::{Content, Pair, RoomName},
};
use kernel::UserId;
use rest::{
    call::Body,
    fields::{integer, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{KindWord, client_id, content, etag, files, number, place_text, time};

/// How many people reacted with one emoji.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Reaction)]
pub struct ReactionBody {
    /// The emoji, or a name such as `:tada:`.
    #[schema(example = "👍")]
    pub emoji: String,
    /// How many people.
    #[schema(minimum = 1, example = 2)]
    pub count: u64,
    /// Whether you are one of them.
    pub mine: bool,
}

impl From<&Reactions> for ReactionBody {
    fn from(reactions: &Reactions) -> Self {
        let Reactions { emoji, count, mine } = reactions;
        Self { emoji: emoji.as_str().to_owned(), count: *count, mine: *mine }
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Message)]
pub struct MessageBody {
    /// Its number among all messages.
    #[schema(minimum = 1, example = 123)]
    pub id: i64,
    /// The room.
    #[schema(minimum = 1, example = 1)]
    pub room_id: i64,
    /// What the room is called; null in the room of two people.
    #[schema(example = "general")]
    pub room: Option<String>,
    /// Counts the messages of the room, from 1.
    #[schema(minimum = 1, example = 941)]
    pub number: i64,
    /// The place in the log of the room at which it was sent.
    #[schema(minimum = 1, example = 1013)]
    pub seq: i64,
    /// The author.
    #[schema(minimum = 1, example = 1)]
    pub from_user: i64,
    /// What the author is called; null once the account is gone.
    #[schema(example = "john_doe")]
    pub username: Option<String>,
    /// The other one of two people.
    #[schema(minimum = 1)]
    pub to_user: Option<i64>,
    /// What it says; null once it is deleted.
    #[schema(max_length = 4000, example = "Hello everyone!")]
    pub content: Option<String>,
    /// The number of the message that it answers.
    #[schema(minimum = 1)]
    pub reply_to: Option<i64>,
    /// The numbers of its files.
    #[schema(max_items = 10, example = json!([]))]
    pub attachments: Vec<i64>,
    /// The reactions to it; absent in logs, where each is an entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub reactions: Option<Vec<ReactionBody>>,
    /// When it was written.
    #[schema(format = DateTime, example = "2026-11-23T14:30:00Z")]
    pub timestamp: String,
    /// When it was changed.
    #[schema(format = DateTime)]
    pub edited_at: Option<String>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Counts the changes; the `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl MessageBody {
    /// A message of a room of this name, or to this person, by an author of this name; without reactions.
    pub fn new(
        message: &Message,
        room: Option<&RoomName>,
        to: Option<UserId>,
        username: Option<&str>,
    ) -> Self {
        Self {
            id: message.id.get(),
            room_id: message.room.get(),
            room: room.map(|name| name.as_str().to_owned()),
            number: message.number,
            seq: message.seq,
            from_user: message.author.get(),
            username: username.map(str::to_owned),
            to_user: to.map(UserId::get),
            content: message.content.as_ref().map(|content| content.as_str().to_owned()),
            reply_to: message.reply_to,
            attachments: message.attachments.iter().map(|file| file.get()).collect(),
            reactions: None,
            timestamp: message.created_at.to_string(),
            edited_at: time(message.edited_at),
            deleted: message.is_deleted(),
            version: message.version,
        }
    }

    /// A message of this room by an author of this name; without reactions.
    pub fn in_room(message: &Message, room: &Room, username: Option<&str>) -> Self {
        let to = room.pair.and_then(|pair: Pair| pair.other(message.author));
        Self::new(message, room.name.as_ref(), to, username)
    }
}

impl From<&MessageView> for MessageBody {
    fn from(view: &MessageView) -> Self {
        let MessageView { message, room, to, username, reactions } = view;
        Self {
            reactions: Some(reactions.iter().map(ReactionBody::from).collect()),
            ..Self::new(message, room.as_ref(), *to, username.as_deref())
        }
    }
}

/// `201` for a message.
pub fn message_sent(view: &MessageView) -> Reply {
    let body = MessageBody::from(view);
    let tag = etag(body.version, &body);
    let location = format!("/api/v1/chat/messages/{}", body.id);
    Reply::created(body, location, Some(tag))
}

/// A page of the past.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::MessageHistory)]
pub struct HistoryBody {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// The newest first.
    pub data: Vec<MessageBody>,
    /// Where the page is.
    pub pagination: PastInfo,
}

/// Where a page of the past is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::PastInfo)]
pub struct PastInfo {
    /// Rows a page.
    #[schema(minimum = 1, maximum = 100, example = 50)]
    pub limit: u32,
    /// The `before` of the next page; null on the last one.
    #[schema(minimum = 1, example = 891)]
    pub next_before: Option<i64>,
}

/// A new message.
#[derive(Debug, ToSchema)]
#[schema(as = chat::SendMessage, example = json!({"content": "Hello everyone!"}))]
pub struct SendMessageBody {
    /// 1 to 4000 characters, and not only white space. `@name` names a member, `@all` everyone.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    pub content: String,
    /// The number of the message that it answers.
    #[schema(minimum = 1)]
    pub reply_to: Option<i64>,
    /// Files of yours; members read them as long as they are in the room.
    #[schema(max_items = 10)]
    pub attachments: Option<Vec<i64>>,
    /// What you call the message. One that is sent again under the same id is stored once.
    #[schema(min_length = 1, max_length = 64)]
    pub client_id: Option<String>,
}

/// `POST …/messages`.
pub fn send(body: &Body) -> Result<SendMessage, Problem> {
    let mut fields = body.fields()?;
    let content = fields.required("content", string(content));
    let reply_to = fields.optional("reply_to", integer(number));
    let attachments = fields.optional("attachments", files).unwrap_or_default();
    let client_id = fields.optional("client_id", string(client_id));
    let command = content.map(|content| SendMessage { content, reply_to, attachments, client_id });
    fields.finish(command)
}

/// A change of a message.
#[derive(Debug, ToSchema)]
#[schema(as = chat::EditMessage, example = json!({"content": "Hello, everyone!"}))]
pub struct EditMessageBody {
    /// What it says from now on.
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    pub content: String,
}

/// `PUT` and `PATCH /chat/messages/{id}`.
pub fn edit(body: &Body) -> Result<Content, Problem> {
    let mut fields = body.fields()?;
    let content = fields.required("content", string(content));
    fields.finish(content)
}

/// How far you have read.
#[derive(Debug, ToSchema)]
#[schema(as = chat::MarkRead, example = json!({"number": 1}))]
pub struct MarkReadBody {
    /// The number of the last message that you have read. A marker never goes back.
    #[schema(minimum = 0)]
    pub number: i64,
}

/// `PUT /chat/rooms/{id}/read`.
pub fn mark_read(body: &Body) -> Result<i64, Problem> {
    let mut fields = body.fields()?;
    let number = fields.required("number", integer(number));
    fields.finish(number)
}

/// How far someone has read a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::ReadMarker)]
pub struct MarkerBody {
    /// The room.
    #[schema(minimum = 1, example = 1)]
    pub room_id: i64,
    /// The number of the last message that you have read.
    #[schema(minimum = 0, example = 940)]
    pub read_number: i64,
    /// How many messages you have not read.
    #[schema(minimum = 0, example = 0)]
    pub unread: u64,
}

impl From<Marker> for MarkerBody {
    fn from(marker: Marker) -> Self {
        let Marker { room, read_number, unread, moved: _ } = marker;
        Self { room_id: room.get(), read_number, unread }
    }
}

/// What is unread in a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::UnreadRoom)]
pub struct UnreadRoomBody {
    /// The room.
    #[schema(minimum = 1, example = 1)]
    pub room_id: i64,
    /// What it is called; null in the room of two people.
    #[schema(example = "general")]
    pub room: Option<String>,
    /// Who finds it.
    #[schema(value_type = KindWord)]
    pub kind: &'static str,
    /// The other one of two people.
    #[schema(minimum = 1)]
    pub with_user: Option<i64>,
    /// What they are called.
    pub with_username: Option<String>,
    /// The number of its last message.
    #[schema(minimum = 1, example = 941)]
    pub number: i64,
    /// The number of the last message that you have read.
    #[schema(minimum = 0, example = 940)]
    pub read_number: i64,
    /// How many messages you have not read.
    #[schema(minimum = 1, example = 1)]
    pub unread: u64,
    /// Messages that name you, and one for those that name everyone.
    #[schema(minimum = 0, example = 0)]
    pub mentions: u64,
}

/// What is unread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Unread)]
pub struct UnreadBody {
    /// Messages in all rooms.
    #[schema(minimum = 0, example = 1)]
    pub unread: u64,
    /// Mentions in all rooms.
    #[schema(minimum = 0, example = 0)]
    pub mentions: u64,
    /// The rooms with messages that you have not read.
    pub rooms: Vec<UnreadRoomBody>,
}

impl From<&[UnreadView]> for UnreadBody {
    fn from(views: &[UnreadView]) -> Self {
        let room = |view: &UnreadView| {
            let (unread, with) = (&view.unread, view.with.as_ref());
            UnreadRoomBody {
                room_id: unread.room.get(),
                room: unread.name.as_ref().map(|name| name.as_str().to_owned()),
                kind: unread.kind.as_str(),
                with_user: with.map(|(user, _)| user.get()),
                with_username: with.and_then(|(_, name)| name.clone()),
                number: unread.number,
                read_number: unread.read_number,
                unread: unread.count(),
                mentions: unread.mentions,
            }
        };
        let rooms: Vec<UnreadRoomBody> = views.iter().map(room).collect();
        Self {
            unread: rooms.iter().map(|room| room.unread).sum(),
            mentions: rooms.iter().map(|room| room.mentions).sum(),
            rooms,
        }
    }
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = chat::LogChange)]
pub enum ChangeWord {
    /// A message was sent.
    Message,
    /// A message was changed.
    Edited,
    /// A message was deleted.
    Deleted,
    /// Someone reacted.
    ReactionAdded,
    /// Someone took a reaction back.
    ReactionRemoved,
    /// Someone came into the room.
    Joined,
    /// Someone went, or was removed or banned.
    Left,
    /// The role of a member changed, or they were muted.
    MemberChanged,
    /// The room changed.
    RoomChanged,
}

/// An entry of the log of a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::LogEntry)]
pub struct EntryBody {
    /// Its place: one more than that of the entry before.
    #[schema(minimum = 1, example = 1008)]
    pub seq: i64,
    /// What happened.
    #[schema(value_type = ChangeWord)]
    pub r#type: &'static str,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who did it; null for background work.
    #[schema(minimum = 1)]
    pub actor_id: Option<i64>,
    /// The person it happened to.
    #[schema(minimum = 1)]
    pub user_id: Option<i64>,
    /// The message it happened to.
    #[schema(minimum = 1)]
    pub message_id: Option<i64>,
    /// The number of that message.
    #[schema(minimum = 1)]
    pub number: Option<i64>,
    /// The emoji of a reaction, or the role of a member.
    pub detail: Option<String>,
    /// The message as it is now; null where there is none, or the room does not keep it any more.
    pub message: Option<MessageBody>,
}

impl EntryBody {
    /// An entry of what someone missed.
    pub fn of(missed: &Missed, told: &Told) -> Self {
        let Told { entry, message } = told;
        let body = |message: &Message| {
            let username = missed.names.get(&message.author).map(String::as_str);
            MessageBody::in_room(message, &missed.room, username)
        };
        Self {
            seq: entry.seq,
            r#type: entry.change.as_str(),
            at: entry.at.to_string(),
            actor_id: entry.actor.map(UserId::get),
            user_id: entry.user.map(UserId::get),
            message_id: entry.message.map(|(id, _)| id.get()),
            number: entry.message.map(|(_, number)| number),
            detail: entry.detail.clone(),
            message: message.as_ref().map(body),
        }
    }
}

/// What you missed in a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::RoomLog)]
pub struct LogBody {
    /// The epoch of places: one of another epoch is not trusted any more.
    #[schema(example = 1)]
    pub epoch: i64,
    /// The place of the last entry of the log.
    #[schema(minimum = 0, example = 1012)]
    pub seq: i64,
    /// The number of the last message.
    #[schema(minimum = 0, example = 940)]
    pub number: i64,
    /// The number of the last message that you have read.
    #[schema(minimum = 0, example = 933)]
    pub read_number: i64,
    /// True when `entries` follow behind `after` without a gap; otherwise read the messages again and go on with `cursor`.
    pub recovered: bool,
    /// In order.
    pub entries: Vec<EntryBody>,
    /// Go on with `after` this.
    #[schema(example = "1:1012")]
    pub cursor: String,
    /// True when more follows behind `cursor` already.
    pub more: bool,
}

impl From<&Missed> for LogBody {
    fn from(missed: &Missed) -> Self {
        let last = missed.entries.last().filter(|_| missed.more).map(|told| told.entry.seq);
        let place = Place { seq: last.unwrap_or(missed.head.seq), ..missed.head };
        Self {
            epoch: missed.head.epoch.number(),
            seq: missed.head.seq,
            number: missed.number,
            read_number: missed.read_number,
            recovered: missed.recovered,
            entries: missed.entries.iter().map(|told| EntryBody::of(missed, told)).collect(),
            cursor: place_text(place),
            more: missed.more,
        }
    }
}
