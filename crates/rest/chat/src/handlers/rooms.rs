//! Rooms.

use actix_web::{HttpResponse, delete, get, post, route, web::Data};
use chat::{Chat, RoomId, query::ROOMS, service::RoomView};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{self, CreateRoomBody, RoomBody, UpdateRoomBody},
};

pub(crate) fn shown(view: &RoomView) -> HttpResponse {
    let body = RoomBody::from(view);
    let tag = dto::etag(body.version, &body);
    reply::tagged(body, &tag)
}

/// List rooms
///
/// Public ones, and those that you are in, by name. With `chat:moderate`, every one.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_list",
    params(
        ("mine" = Option<bool>, Query, nullable = false, description = "True: only those that you are in"),
        ("kind" = Option<String>, Query, nullable = false, description = "`public` or `private`"),
        ("q" = Option<String>, Query, nullable = false, description = "How the name begins")
    ),
    responses((status = 200, description = "A page of rooms", body = PageEnvelope<RoomBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "paged": true})))
)]
#[get("/chat/rooms")]
pub(crate) async fn list(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::room_filter(&mut query, actor.user);
    let request = query.page_in_order(ROOMS.text, ROOMS.directions.len());
    query.finish()?;
    let page = chat.list(&actor, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|room| RoomBody::from(&room))))
}

/// Create a room
///
/// You own it.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_create",
    request_body = CreateRoomBody,
    responses(
        (status = 201, description = "The new room", body = Envelope<RoomBody>),
        (status = 409, description = "Another room has this name, or you are in too many")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "idempotent": true, "tagged": true, "codes": ["chat.name_taken"]
    })))
)]
#[post("/chat/rooms")]
pub(crate) async fn create(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create_room(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::room_created)?;
    let outcome = chat.create(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::room_created)
}

/// Read a room
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_read",
    responses((status = 200, description = "The room", body = Envelope<RoomBody>)),
    extensions(("x-alveole" = json!({
        "permission": "chat:read", "conditional": "read", "codes": ["chat.room_not_found"]
    })))
)]
#[get("/chat/rooms/{id}")]
pub(crate) async fn read(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let body = RoomBody::from(&chat.get(&actor, id.into()).await?);
    let tag = dto::etag(body.version, &body);
    reply::tagged_unless_known(&call, body, &tag)
}

/// Change a room
///
/// Its owners only. A merge patch: an absent field stays, null clears.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_update",
    request_body = UpdateRoomBody,
    responses((status = 200, description = "The room as it is now", body = Envelope<RoomBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:write", "conditional": "write", "codes": ["chat.room_not_found", "chat.room_stale"]})))
)]
#[route("/chat/rooms/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let update = dto::update_room(&body)?;
    Ok(shown(&chat.update(&actor, id.into(), call.expected()?, update).await?))
}

/// Delete a room
///
/// With all that was said in it, for good. Its owners only.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "chat:write", "conditional": "write", "codes": ["chat.room_not_found", "chat.room_stale"]})))
)]
#[delete("/chat/rooms/{id}")]
pub(crate) async fn remove(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    chat.remove(&actor, id.into(), call.expected()?).await?;
    Ok(reply::done("Room deleted."))
}
