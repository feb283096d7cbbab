//! People whom you have blocked.

use actix_web::{delete, get, put, web::Data};
use chat::{Chat, query::MEMBERS};
use rest::{
    call::Call,
    reply::{self, Done, PageEnvelope},
};

use crate::{Answer, dto::BlockBody};

/// List whom you have blocked
#[utoipa::path(
    tag = "messages",
    operation_id = "chat_blocks",
    responses((status = 200, description = "A page of people", body = PageEnvelope<BlockBody>)),
    extensions(("x-alveole" = json!({"permission": "chat:read", "paged": true})))
)]
#[get("/chat/blocks")]
pub(crate) async fn blocked(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let request = query.page_in_order(MEMBERS.text, MEMBERS.directions.len());
    query.finish()?;
    let page = chat.blocked(&actor, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| BlockBody::from(&view))))
}

/// Block a person
///
/// The two of you send each other no new messages and no invitations. They do not hear of it.
#[utoipa::path(
    tag = "messages",
    operation_id = "users_block",
    responses(
        (status = 200, description = "They are blocked", body = Done),
        (status = 409, description = "You have blocked as many people as you can"),
        (status = 422, description = "That is you")
    ),
    extensions(("x-alveole" = json!({
        "permission": "chat:write",
        "codes": ["chat.user_not_found", "chat.too_many_blocks", "chat.oneself"]
    })))
)]
#[put("/users/{id}/block")]
pub(crate) async fn block(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    chat.block(&actor, id).await?;
    Ok(reply::done("Blocked."))
}

/// Take a block back
#[utoipa::path(
    tag = "messages",
    operation_id = "users_unblock",
    responses((status = 200, description = "They are not blocked", body = Done)),
    extensions(("x-alveole" = json!({
        "permission": "chat:write", "codes": ["chat.user_not_found"]
    })))
)]
#[delete("/users/{id}/block")]
pub(crate) async fn unblock(call: Call, chat: Data<Chat>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    chat.unblock(&actor, id).await?;
    Ok(reply::done("Not blocked any more."))
}
