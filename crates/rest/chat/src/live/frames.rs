//! What clients get: one JSON object a frame. The frame of an entry of a log is encoded once, for all who listen.

use chat::{
    live,
    log::{Change, Entry},
    message::Message,
    service::{MessageView, NamedEntry, Past, Seat},
    values::{ClientId, Content, MemberRole, Retention, RoomId, RoomName},
};
use kernel::{Event, Timestamp, UserId, event::Envelope};
use rest::problem::Problem;
use serde::Serialize;
use serde_json::Value;
use socket::Frame;

use super::wire;

/// A frame that answers one of the client's, if there is an id.
fn answer(kind: &str, id: Option<&ClientId>, data: impl Serialize) -> Frame {
    socket::answer::answer(kind, id.map(ClientId::as_str), data)
}

/// A frame for all who listen to a room.
#[derive(Clone)]
pub(super) struct RoomFrame {
    frame: Frame,
    /// The author of a message, and what their client called it.
    sent_as: Option<(UserId, ClientId)>,
    /// Who does not get it.
    not_to: Option<UserId>,
}

impl From<Frame> for RoomFrame {
    fn from(frame: Frame) -> Self {
        Self { frame, sent_as: None, not_to: None }
    }
}

impl live::Frame for RoomFrame {
    fn bytes(&self) -> usize {
        self.frame.len()
    }
}

impl RoomFrame {
    /// As everyone gets it.
    pub(super) const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Whether a person gets it.
    pub(super) fn is_for(&self, user: UserId) -> bool {
        self.not_to != Some(user)
    }

    /// What a person's own client called the message.
    pub(super) fn sent_by(&self, user: UserId) -> Option<&ClientId> {
        self.sent_as.as_ref().filter(|(author, _)| *author == user).map(|(_, id)| id)
    }

    /// As the one who sent it gets it: the answer to their frame.
    pub(super) fn answering(&self, id: &ClientId) -> Frame {
        let value: Value = serde_json::from_slice(self.frame.payload()).unwrap_or_default();
        match (value.get("type").and_then(Value::as_str), value.get("data")) {
            (Some(kind), Some(data)) => answer(kind, Some(id), data),
            _ => self.frame.clone(),
        }
    }

    /// The frame of an entry.
    pub(super) fn of(entry: &NamedEntry) -> Self {
        let NamedEntry { told, room, names } = entry;
        let name =
            |user: Option<UserId>| user.and_then(|user| names.get(&user)).map(String::as_str);
        let (change, message) = (told.entry.change, told.message.as_ref());
        let at = Place::of(&told.entry);
        let frame = match (change, message) {
            (Change::Message, Some(message)) => {
                let (kind, to) = match room.pair {
                    Some(pair) => ("dm", pair.other(message.author)),
                    None => ("message", None),
                };
                answer(
                    kind,
                    None,
                    said(message, room.name.as_ref(), to, name(Some(message.author))),
                )
            }
            (Change::Message | Change::Deleted, _) => answer("message_deleted", None, at.deleted()),
            (Change::Edited, _) => answer("message_edited", None, at.edited(message)),
            (Change::ReactionAdded | Change::ReactionRemoved, _) => {
                answer("reaction", None, at.reaction(&told.entry))
            }
            (Change::Joined | Change::Left | Change::MemberChanged, _) => {
                answer("member", None, at.member(&told.entry, name(told.entry.user)))
            }
            (Change::RoomChanged, _) => answer("room", None, at.room(room)),
        };
        let sent_as = message
            .filter(|_| change == Change::Message)
            .and_then(|message| Some((message.author, message.client_id.clone()?)));
        Self { sent_as, ..frame.into() }
    }
}

/// Where an entry is, and which message it is about.
struct Place {
    room_id: i64,
    seq: i64,
    message: Option<(i64, i64)>,
}

impl Place {
    fn of(entry: &Entry) -> Self {
        let message = entry.message.map(|(id, number)| (id.get(), number));
        Self { room_id: entry.room.get(), seq: entry.seq, message }
    }

    fn deleted(&self) -> wire::Deleted {
        let (message_id, number) = self.message.unzip();
        wire::Deleted { room_id: self.room_id, seq: self.seq, message_id, number }
    }

    fn edited<'a>(&self, message: Option<&'a Message>) -> wire::Edited<'a> {
        let (message_id, number) = self.message.unwrap_or_default();
        wire::Edited {
            room_id: self.room_id,
            seq: self.seq,
            message_id,
            number,
            content: message.and_then(|message| message.content.as_ref()).map(Content::as_str),
            edited_at: message.and_then(|message| message.edited_at).map(|at| at.to_string()),
        }
    }

    fn reaction<'a>(&self, entry: &'a Entry) -> wire::Reaction<'a> {
        let (message_id, number) = self.message.unzip();
        wire::Reaction {
            room_id: self.room_id,
            seq: self.seq,
            message_id,
            number,
            user_id: entry.actor.map(UserId::get),
            emoji: entry.detail.as_deref(),
            on: entry.change == Change::ReactionAdded,
        }
    }

    fn member<'a>(&self, entry: &'a Entry, username: Option<&'a str>) -> wire::Member<'a> {
        let role = entry.detail.as_deref().and_then(MemberRole::parse);
        wire::Member {
            room_id: self.room_id,
            seq: self.seq,
            user_id: entry.user.map(UserId::get),
            username,
            change: match entry.change {
                Change::Joined => wire::MemberChange::Joined,
                Change::Left => wire::MemberChange::Left,
                _ => wire::MemberChange::Changed,
            },
            role: role.map(MemberRole::as_str),
        }
    }

    fn room<'a>(&self, room: &'a chat::room::Room) -> wire::Room<'a> {
        wire::Room {
            room: room.name.as_ref().map(RoomName::as_str),
            room_id: self.room_id,
            seq: self.seq,
            description: room.description.as_str(),
            is_private: room.hides_the_past(),
            slow_mode_seconds: room.slow_mode.get(),
            retention_days: room.retention.map(Retention::get),
        }
    }
}

fn said<'a>(
    message: &'a Message,
    room: Option<&'a RoomName>,
    to: Option<UserId>,
    username: Option<&'a str>,
) -> wire::Message<'a> {
    wire::Message {
        room: room.map(RoomName::as_str),
        room_id: message.room.get(),
        seq: message.seq,
        number: message.number,
        message_id: message.id.get(),
        from: message.author.get(),
        to: to.map(UserId::get),
        username,
        content: message.content.as_ref().map(Content::as_str),
        timestamp: message.created_at.to_string(),
        edited_at: message.edited_at.map(|at| at.to_string()),
        deleted: message.is_deleted(),
        reply_to: message.reply_to,
        attachments: message.attachments.iter().map(|file| file.get()).collect(),
    }
}

fn shown(view: &MessageView) -> wire::Message<'_> {
    said(&view.message, view.room.as_ref(), view.to, view.username.as_deref())
}

/// A message that was stored before, or is in a room that this socket does not listen to.
pub(super) fn sent(view: &MessageView, id: Option<&ClientId>) -> Frame {
    answer(if view.to.is_some() { "dm" } else { "message" }, id, shown(view))
}

/// The socket listens to a room. `from`: the first entry of what was missed and follows.
pub(super) fn joined(seat: &Seat, id: Option<&ClientId>, from: Option<i64>) -> Frame {
    let (head, room) = (seat.head(), &seat.room);
    let data = wire::Joined {
        room: room.name.as_ref().map(RoomName::as_str),
        room_id: room.id.get(),
        status: "ok",
        epoch: head.epoch.number(),
        seq: head.seq,
        number: room.messages,
        read_number: seat.member.read_number,
        recovered: from.is_some(),
        from,
    };
    answer("joined", id, data)
}

/// The client asked to listen to a room no more.
pub(super) fn left(room: RoomId, id: Option<&ClientId>) -> Frame {
    let data = wire::Left { room_id: room.get(), status: "ok", reason: wire::Reason::Asked };
    answer("left", id, data)
}

/// The person is not in a room any more, or it is gone.
pub(super) fn removed(room: RoomId) -> Frame {
    let data = wire::Left { room_id: room.get(), status: "ok", reason: wire::Reason::Removed };
    answer("left", None, data)
}

/// A page of the past of a room or of two people, the oldest message first, as clients show it.
pub(super) fn history(
    (room, with): (Option<String>, Option<UserId>),
    past: &Past,
    id: Option<&ClientId>,
) -> Frame {
    let messages = past.messages.iter().rev().map(shown).collect();
    let data = wire::History { room, with: with.map(UserId::get), messages, more: past.more };
    answer("history", id, data)
}

/// Someone writes, which they know themselves.
pub(super) fn typing(room: RoomId, user: UserId) -> RoomFrame {
    let data = wire::Typing { room_id: room.get(), user_id: user.get() };
    RoomFrame { not_to: Some(user), ..answer("typing", None, data).into() }
}

/// Someone has read a room up to a message.
pub(super) fn read(room: RoomId, user: UserId, number: i64, id: Option<&ClientId>) -> Frame {
    answer("read", id, wire::Read { room_id: room.get(), user_id: user.get(), number })
}

/// Who of a room is online: how many, and in small rooms who.
pub(super) fn presence(room: RoomId, online: usize, users: Option<&[UserId]>) -> RoomFrame {
    let users = users.map(|users| users.iter().map(|user| user.get()).collect());
    answer("presence", None, wire::Presence { room_id: room.get(), online, users }).into()
}

/// Something happened elsewhere that concerns the person.
pub(super) fn event(kind: &str, event: &Event) -> Frame {
    let Envelope { id, name, occurred_at, actor_id, data } = Envelope::from(event);
    answer(kind, None, wire::Happened { id, name, occurred_at, actor_id, data })
}

/// The answer to a ping.
pub(super) fn pong(id: Option<&ClientId>, now: Timestamp) -> Frame {
    socket::answer::pong(id.map(ClientId::as_str), now)
}

/// What went wrong.
pub(super) fn error(problem: &Problem, id: Option<&ClientId>, wait_ms: Option<u64>) -> Frame {
    socket::answer::refusal(problem, id.map(ClientId::as_str), wait_ms)
}
