//! Invitations into rooms.

use actix_web::{get, post, web::Data};
use chat::{Chat, RoomId, query::NEWEST};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{self, InvitationBody, PersonBody, RoomBody},
    handlers::rooms::shown,
};

/// List your invitations
///
/// Into which rooms you are invited, the newest first.
#[utoipa::path(
    tag = "rooms",
    operation_id = "invitations_list",
    responses((status = 200, description = "A page of invitations", body = PageEnvelope<InvitationBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "paged": true})))
)]
#[get("/chat/invitations")]
pub(crate) async fn own(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let request = query.page_in_order(NEWEST.text, NEWEST.directions.len());
    query.finish()?;
    let page = chat.own_invitations(&actor, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| InvitationBody::from(&view))))
}

/// List the invitations into a room
///
/// The open ones, the newest first, for those who may invite.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_invitations_list",
    responses((status = 200, description = "A page of invitations", body = PageEnvelope<InvitationBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "paged": true, "codes": ["chat.room_not_found"]})))
)]
#[get("/chat/rooms/{id}/invitations")]
pub(crate) async fn list(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    let mut query = call.query();
    let request = query.page_in_order(NEWEST.text, NEWEST.directions.len());
    query.finish()?;
    let page = chat.invitations(&actor, id.into(), request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| InvitationBody::from(&view))))
}

/// Invite a person into a room
///
/// Every member of a public room, and who moderates a private one. A second invitation of the same person is the first one.
#[utoipa::path(
    tag = "rooms",
    operation_id = "rooms_invitations_create",
    request_body = PersonBody,
    responses(
        (status = 201, description = "The invitation", body = Envelope<InvitationBody>),
        (status = 409, description = "They are in the room already")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "idempotent": true, "codes": ["chat.already_member", "chat.room_not_found"]
    })))
)]
#[post("/chat/rooms/{id}/invitations")]
pub(crate) async fn invite(call: Call, chat: Data<Chat>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id: RoomId = call.id("id")?;
    call.no_query()?;
    let user = dto::person(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::invited)?;
    let outcome = chat.invite(&actor, id.into(), idempotent, user).await?;
    reply::outcome(outcome, dto::invited)
}

/// Accept an invitation
///
/// You come into its room.
#[utoipa::path(
    tag = "rooms",
    operation_id = "invitations_accept",
    responses(
        (status = 200, description = "The room", body = Envelope<RoomBody>),
        (status = 409, description = "The room is full, or you are in too many")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "tagged": true,
        "codes": ["chat.invitation_not_found", "chat.room_full"]
    })))
)]
#[post("/chat/invitations/{id}/accept")]
pub(crate) async fn accept(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    Ok(shown(&chat.accept(&actor, id).await?))
}

/// Decline an invitation
///
/// Or take back one of your own.
#[utoipa::path(
    tag = "rooms",
    operation_id = "invitations_decline",
    responses((status = 200, description = "It is gone", body = Done)),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "codes": ["chat.invitation_not_found"]
    })))
)]
#[post("/chat/invitations/{id}/decline")]
pub(crate) async fn decline(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    chat.decline(&actor, id).await?;
    Ok(reply::done("Invitation declined."))
}
