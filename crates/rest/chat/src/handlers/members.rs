//! Who is in a room.

use actix_web::{delete, get, post, route, web::Data};
use chat::{Chat, RoomId, query::MEMBERS};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{self, MemberBody, PersonBody, RoomBody, UpdateMemberBody},
    handlers::rooms::shown,
};

/// Join a room
///
/// A public one, or a private one with an invitation. A member stays as they are.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_join",
    responses(
        (status = 200, description = "The room", body = Envelope<RoomBody>),
        (status = 409, description = "The room is full, or you are in too many")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "tagged": true, "codes": ["chat.room_not_found", "chat.room_full"]
    })))
)]
#[post("/chat/rooms/{id}/join")]
pub(crate) async fn join(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    Ok(shown(&chat.join(&actor, id.into()).await?))
}

/// Leave a room
///
/// What you wrote stays. The only owner gives the role to another member first.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_leave",
    responses(
        (status = 200, description = "You are out", body = Done),
        (status = 409, description = "You are the only owner")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "codes": ["chat.room_not_found", "chat.last_owner"]
    })))
)]
#[post("/chat/rooms/{id}/leave")]
pub(crate) async fn leave(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    chat.leave(&actor, id.into()).await?;
    Ok(reply::done("You have left the room."))
}

/// List the members of a room
///
/// By account. Moderators list those who are banned, too.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_members_list",
    params(("state" = Option<String>, Query, nullable = false, description = "`joined` (the default) or `banned`")),
    responses((status = 200, description = "A page of members", body = PageEnvelope<MemberBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "paged": true, "codes": ["chat.room_not_found"]})))
)]
#[get("/chat/rooms/{id}/members")]
pub(crate) async fn list(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    let mut query = call.query();
    let state = dto::state(&mut query);
    let request = query.page_in_order(MEMBERS.text, MEMBERS.directions.len());
    query.finish()?;
    let page = chat.members(&actor, id.into(), state, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| MemberBody::seen(&view, actor.user))))
}

/// Take a person into a room
///
/// Without an invitation. Moderators and owners of the room.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_members_create",
    request_body = PersonBody,
    responses(
        (status = 201, description = "The new member", body = Envelope<MemberBody>),
        (status = 409, description = "They are in the room already, or it is full")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "idempotent": true, "tagged": true, "codes": ["chat.already_member", "chat.room_not_found"]
    })))
)]
#[post("/chat/rooms/{id}/members")]
pub(crate) async fn add(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let user = dto::person(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::member_added)?;
    let outcome = chat.add_member(&actor, id.into(), idempotent, user).await?;
    reply::outcome(outcome, dto::member_added)
}

/// Read a member of a room
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_members_read",
    responses((status = 200, description = "The member", body = Envelope<MemberBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "conditional": "read", "codes": ["chat.member_not_found"]})))
)]
#[get("/chat/rooms/{id}/members/{user_id}")]
pub(crate) async fn read(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let (id, user): (RoomId, _) = (call.id("id")?, call.id("user_id")?);
    call.no_query()?;
    let body = MemberBody::seen(&chat.member(&actor, id.into(), user).await?, actor.user);
    let tag = dto::etag(body.version, &body);
    reply::tagged_unless_known(&call, body, &tag)
}

/// Change a member of a room
///
/// Owners give roles, moderators mute and ban members of lower roles; everyone chooses what they are notified of.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_members_update",
    request_body = UpdateMemberBody,
    responses(
        (status = 200, description = "The member as they are now", body = Envelope<MemberBody>),
        (status = 422, description = "Only others are muted and banned")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "conditional": "write", "codes": ["chat.oneself", "chat.member_not_found", "chat.member_stale"]
    })))
)]
#[route("/chat/rooms/{id}/members/{user_id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let (id, user): (RoomId, _) = (call.id("id")?, call.id("user_id")?);
    call.no_query()?;
    let update = dto::update_member(&body)?;
    let view = chat.update_member(&actor, id.into(), user, call.expected()?, update).await?;
    let body = MemberBody::seen(&view, actor.user);
    let tag = dto::etag(body.version, &body);
    Ok(reply::tagged(body, &tag))
}

/// Remove a member from a room
///
/// They may come back.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_members_delete",
    responses((status = 200, description = "They are out", body = Done)),
    extensions(("x-alveole" = json!({"permission": "chat:write", "conditional": "write", "codes": ["chat.member_not_found", "chat.member_stale"]})))
)]
#[delete("/chat/rooms/{id}/members/{user_id}")]
pub(crate) async fn remove(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let (id, user): (RoomId, _) = (call.id("id")?, call.id("user_id")?);
    call.no_query()?;
    chat.remove_member(&actor, id.into(), user, call.expected()?).await?;
    Ok(reply::done("Member removed."))
}
