//! `flows.notify_chat`: who hears of what is said in the chat. It only writes rows, so it happens exactly once.
//!
//! | event | who | kind |
//! |---|---|---|
//! | sent in a room | the members whom it names | `chat.mentioned` |
//! | sent to one person | that person, once in ten minutes | `chat.message` |
//!
//! People who left the room meanwhile, muted it or have read the message hear of neither. The
//! notification says nothing of what the message says: it may be changed and deleted.

use std::sync::Arc;

use chat::events::SENT;
use kernel::{Consumer, Event, RoomId, UserId};
use notifications::{
    Kind, Notice, Notifications, Recipient,
    kind::SubjectKind,
    notice::{NUMBER, ROOM, ROOM_ID},
    notification::Subject,
    values::{Dedupe, Params},
};
use serde_json::Value;

use super::notify;
use crate::{FlowError, unreadable};

/// Direct messages of one room within so many seconds are one notification: a conversation must not fill an inbox.
const WINDOW: i64 = 600;

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer("flows.notify_chat", &[SENT], notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let number = |name| event.payload.get(name).and_then(Value::as_i64);
    let author = number("user_id").and_then(|id| UserId::parse(id).ok());
    let author =
        author.ok_or_else(|| unreadable(event, "its payload has no `user_id` of a user"))?;
    let room = number("room_id").and_then(|id| RoomId::parse(id).ok());
    let room = room.ok_or_else(|| unreadable(event, "its payload has no `room_id` of a room"))?;
    let place = number("number");
    let place = place.ok_or_else(|| unreadable(event, "its payload has no `number`"))?;
    let reader = |user| Recipient::Reader { user, room, number: place };
    let params =
        Params::default().with(ROOM_ID, &room.to_string()).with(NUMBER, &place.to_string());
    let notice = if let Some(to) = number("to").and_then(|id| UserId::parse(id).ok()) {
        // Of two people one is the author, so the room says who writes to whom.
        let window = event.at.seconds().div_euclid(WINDOW);
        Notice {
            kind: Kind::ChatMessage,
            subject: Some(Subject { kind: SubjectKind::Room, id: room.get() }),
            actor: Some(author),
            params,
            to: vec![reader(to)],
            same: Dedupe::parse(&format!("room:{room}:{window}")).ok(),
        }
    } else {
        let name = event.payload.get("room").and_then(Value::as_str);
        let named = event.payload.get("mentions").and_then(Value::as_array);
        let named = named.into_iter().flatten().filter_map(Value::as_i64);
        Notice {
            kind: Kind::ChatMentioned,
            subject: Some(Subject { kind: SubjectKind::Message, id: event.subject }),
            actor: Some(author),
            params: params.with(ROOM, name.unwrap_or_default()),
            to: named.filter_map(|id| UserId::parse(id).ok()).map(reader).collect(),
            same: None,
        }
    };
    Ok(vec![notice])
}
