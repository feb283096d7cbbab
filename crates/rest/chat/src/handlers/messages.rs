//! Messages and reactions.

use actix_web::{HttpResponse, delete, get, post, put, route, web::Data};
use chat::{
    Chat,
    commands::Target,
    service::{MessageView, Past},
};
use kernel::UserId;
use rest::{
    call::{Body, Call},
    fields,
    reply::{self, Done, Envelope},
};

use crate::{
    Answer,
    dto::{self, EditMessageBody, HistoryBody, MessageBody, PastInfo, SendMessageBody},
};

fn shown(view: &MessageView) -> HttpResponse {
    let body = MessageBody::from(view);
    let tag = dto::etag(body.version, &body);
    reply::tagged(body, &tag)
}

fn history(past: &Past, limit: u32) -> HttpResponse {
    let last = past.messages.last().filter(|_| past.more);
    let next_before = last.map(|view| view.message.number);
    let data = past.messages.iter().map(MessageBody::from).collect();
    let pagination = PastInfo { limit, next_before };
    reply::private_json(&HistoryBody { success: true, data, pagination })
}

/// List the messages of a room
///
/// The newest first. A private room shows what was said since you joined.
#[utoipa::path(
    tag = "messages",
    operation_id = "rooms_messages_list",
    params(
        ("limit" = Option<u32>, Query, nullable = false, minimum = 1, maximum = 100, description = "Rows a page; 50 without it"),
        ("before" = Option<String>, Query, nullable = false, description = "The number of a message, or a time: only what was said before", example = "941"),
        ("q" = Option<String>, Query, nullable = false, description = "Only messages with these words")
    ),
    responses((status = 200, description = "A page of the past", body = HistoryBody)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "finds": true, "codes": ["chat.room_not_found"]
    })))
)]
#[get("/chat/rooms/{room}/messages")]
pub(crate) async fn list(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let (limit, before) = (dto::limit(&mut query), dto::before(&mut query));
    let words = query.optional("q", fields::search("chat.search_invalid"));
    query.finish()?;
    let past = chat.history(&actor, dto::room(&call)?, before, words, limit).await?;
    Ok(history(&past, limit))
}

/// Send a message to a room
///
/// Members only. One that is sent again under the same `client_id` is stored once and answered the same.
#[utoipa::path(
    tag = "messages",
    operation_id = "rooms_messages_create",
    request_body = SendMessageBody,
    responses((status = 201, description = "The message", body = Envelope<MessageBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "finds": true, "idempotent": true, "tagged": true,
        "codes": ["chat.room_not_found"]
    })))
)]
#[post("/chat/rooms/{room}/messages")]
pub(crate) async fn send(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::send(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::message_sent)?;
    let target = Target::Room(dto::room(&call)?);
    let outcome = chat.send(&actor, target, idempotent, command).await?;
    reply::outcome(outcome, dto::message_sent)
}

/// List the messages of you and another person
///
/// The newest first.
#[utoipa::path(
    tag = "messages",
    operation_id = "direct_messages_list",
    params(
        ("limit" = Option<u32>, Query, nullable = false, minimum = 1, maximum = 100, description = "Rows a page; 50 without it"),
        ("before" = Option<String>, Query, nullable = false, description = "The number of a message, or a time: only what was said before", example = "941"),
        ("q" = Option<String>, Query, nullable = false, description = "Only messages with these words")
    ),
    responses(
        (status = 200, description = "A page of the past", body = HistoryBody),
        (status = 422, description = "That is you")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "finds": true, "codes": ["chat.user_not_found", "chat.oneself"]
    })))
)]
#[get("/chat/dm/{user_id}")]
pub(crate) async fn direct(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let other: UserId = call.id("user_id")?;
    let mut query = call.query();
    let (limit, before) = (dto::limit(&mut query), dto::before(&mut query));
    let words = query.optional("q", fields::search("chat.search_invalid"));
    query.finish()?;
    let past = chat.direct_history(&actor, other, before, words, limit).await?;
    Ok(history(&past, limit))
}

/// Send a message to a person
#[utoipa::path(
    tag = "messages",
    operation_id = "direct_messages_create",
    request_body = SendMessageBody,
    responses((status = 201, description = "The message", body = Envelope<MessageBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "finds": true, "idempotent": true, "tagged": true,
        "codes": ["chat.user_not_found"]
    })))
)]
#[post("/chat/dm/{user_id}")]
pub(crate) async fn send_direct(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let other: UserId = call.id("user_id")?;
    call.no_query()?;
    let command = dto::send(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::message_sent)?;
    let outcome = chat.send(&actor, Target::Person(other), idempotent, command).await?;
    reply::outcome(outcome, dto::message_sent)
}

/// Read a message
#[utoipa::path(
    tag = "messages",
    operation_id = "messages_read",
    responses((status = 200, description = "The message", body = Envelope<MessageBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "conditional": "read", "codes": ["chat.message_not_found"]
    })))
)]
#[get("/chat/messages/{id}")]
pub(crate) async fn read(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let body = MessageBody::from(&chat.message(&actor, id).await?);
    let tag = dto::etag(body.version, &body);
    reply::tagged_unless_known(&call, body, &tag)
}

/// Change a message
///
/// Its author only.
#[utoipa::path(
    tag = "messages",
    operation_id = "messages_update",
    request_body = EditMessageBody,
    responses((status = 200, description = "The message as it is now", body = Envelope<MessageBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:write", "conditional": "write", "codes": ["chat.message_not_found", "chat.message_stale"]})))
)]
#[route("/chat/messages/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let content = dto::edit(&body)?;
    Ok(shown(&chat.edit(&actor, id, call.expected()?, content).await?))
}

/// Delete a message
///
/// Its number stays, what it says goes. Authors delete their own, moderators those of others.
#[utoipa::path(
    tag = "messages",
    operation_id = "messages_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "chat:write", "conditional": "write", "codes": ["chat.message_not_found", "chat.message_stale"]})))
)]
#[delete("/chat/messages/{id}")]
pub(crate) async fn remove(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    chat.delete(&actor, id, call.expected()?).await?;
    Ok(reply::done("Message deleted."))
}

/// React to a message
///
/// Doing it twice changes nothing.
#[utoipa::path(
    tag = "messages",
    operation_id = "messages_react",
    responses(
        (status = 200, description = "The message with its reactions", body = Envelope<MessageBody>),
        (status = 409, description = "It was deleted, or has too many different reactions")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "tagged": true,
        "codes": ["chat.message_not_found", "chat.message_deleted"]
    })))
)]
#[put("/chat/messages/{id}/reactions/{emoji}")]
pub(crate) async fn react(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let (id, emoji) = (call.id("id")?, dto::emoji(&call)?);
    call.no_query()?;
    Ok(shown(&chat.react(&actor, id, emoji, true).await?))
}

/// Take a reaction back
///
/// Doing it twice changes nothing.
#[utoipa::path(
    tag = "messages",
    operation_id = "messages_unreact",
    responses(
        (status = 200, description = "The message with its reactions", body = Envelope<MessageBody>),
        (status = 409, description = "It was deleted")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "tagged": true,
        "codes": ["chat.message_not_found", "chat.message_deleted"]
    })))
)]
#[delete("/chat/messages/{id}/reactions/{emoji}")]
pub(crate) async fn unreact(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let (id, emoji) = (call.id("id")?, dto::emoji(&call)?);
    call.no_query()?;
    Ok(shown(&chat.react(&actor, id, emoji, false).await?))
}
