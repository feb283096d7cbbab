//! What is unread, what someone missed, and the export of a room.

use std::sync::Arc;

use actix_web::{get, route, web::Data};
use bytes::Bytes;
use chat::{Chat, RoomId, values::RoomRef};
use kernel::Actor;
use rest::{
    call::{Body, Call},
    reply::{self, Envelope},
    stream::{self, Pages},
};

use crate::{
    Answer, Failure,
    dto::{self, LogBody, MarkReadBody, MarkerBody, MessageBody, UnreadBody},
    live::Live,
};

/// Say how far you have read a room
///
/// Those who listen to the room by a socket are shown it, where they are few.
#[utoipa::path(
    tag = "messages",
    operation_id = "rooms_mark_read",
    request_body = MarkReadBody,
    responses((status = 200, description = "How far that is", body = Envelope<MarkerBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "codes": ["chat.room_not_found"]
    })))
)]
#[route("/chat/rooms/{id}/read", method = "PUT", method = "PATCH")]
pub(crate) async fn mark_read(
    call: Call,
    chat: Data<Chat>,
    live: Data<Live>,
    body: Body,
) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let number = dto::mark_read(&body)?;
    let marker = chat.mark_read(&actor, id.into(), number).await?;
    live.show_read(&marker, actor.user);
    Ok(reply::ok(MarkerBody::from(marker)))
}

/// Count what you have not read
///
/// By room; rooms without anything new are left out.
#[utoipa::path(
    tag = "messages",
    operation_id = "chat_unread",
    responses((status = 200, description = "What is unread", body = Envelope<UnreadBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read"})))
)]
#[get("/chat/unread")]
pub(crate) async fn unread(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let unread = chat.unread(&actor).await?;
    Ok(reply::ok(UnreadBody::from(&unread[..])))
}

/// Read what you missed in a room
///
/// Everything that happened behind `after`, in order: exactly what you missed, or `recovered: false`. Without `after`, the
/// answer says where the log ends.
#[utoipa::path(
    tag = "messages",
    operation_id = "rooms_log",
    params(
        ("after" = Option<String>, Query, nullable = false, description = "The last place that you have: `epoch:seq`", example = "1:1007"),
        ("limit" = Option<u32>, Query, nullable = false, minimum = 1, maximum = 100, description = "Entries, at most; 50 without it")
    ),
    responses((status = 200, description = "What you missed", body = Envelope<LogBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "codes": ["chat.room_not_found"]
    })))
)]
#[get("/chat/rooms/{id}/log")]
pub(crate) async fn missed(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    let mut query = call.query();
    let (after, limit) = (query.optional("after", dto::place), dto::limit(&mut query));
    query.finish()?;
    let missed = chat.missed(&actor, id.into(), after, limit).await?;
    Ok(reply::ok(LogBody::from(&missed)))
}

/// Export a room
///
/// Its messages as an array, the oldest first, streamed.
#[utoipa::path(
    tag = "messages",
    operation_id = "rooms_export",
    responses((status = 200, description = "The messages", body = Vec<MessageBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "codes": ["chat.room_not_found"]
    })))
)]
#[get("/chat/rooms/{id}/export")]
pub(crate) async fn export(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let source =
        Source { chat: chat.into_inner(), actor, room: id.into(), next: Some(0), begun: false };
    stream::streamed(source, "application/json", "attachment; filename=\"room.json\"").await
}

struct Source {
    chat: Arc<Chat>,
    actor: Actor,
    room: RoomRef,
    /// Behind which number the next page begins.
    next: Option<i64>,
    /// Whether a message was written already.
    begun: bool,
}

impl Pages for Source {
    type Failure = Failure;

    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let Some(after) = self.next else { return Ok(None) };
        let (messages, next) = self.chat.export(&self.actor, self.room.clone(), after).await?;
        let mut text = String::from(if after == 0 { "[" } else { "" });
        for view in &messages {
            if std::mem::replace(&mut self.begun, true) {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(&MessageBody::from(view)).unwrap_or_default());
        }
        if next.is_none() {
            text.push(']');
        }
        self.next = next;
        Ok(Some(Bytes::from(text)))
    }
}
