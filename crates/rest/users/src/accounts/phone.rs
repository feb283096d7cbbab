//! The phone number of one's account: parse, call, present.

use actix_web::{delete, http::StatusCode, post, web::Data};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope},
};
use users::Users;

use super::{
    dto::{self, ChangePhoneBody, ConfirmPhoneBody, RemovePhoneBody, UserBody, user_etag},
    handlers::guard_account,
};
use crate::Answer;

/// Set your phone number
///
/// Asks for the password and sends a code to the number; `POST /users/me/phone/confirm` takes it. The number is yours
/// from then on. A number gets three codes a day, whoever asks for them, and an account five. Another account may have
/// the same number.
#[utoipa::path(
    tag = "phone",
    operation_id = "users_change_phone",
    request_body = ChangePhoneBody,
    responses(
        (status = 202, description = "The code is on its way", body = Done),
        (status = 409, description = "This server sends no text messages"),
        (status = 429, description = "One was asked for a moment ago, or there were too many today")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": [
        "auth.too_soon", "users.phone_too_many", "users.phone_unavailable"
    ]})))
)]
#[post("/users/me/phone")]
pub(crate) async fn ask(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (phone, current) = dto::new_phone(&body)?;
    guard_account(&call, actor.user).await?;
    users.ask_phone(&actor, phone, current, call.origin()).await?;
    let mut response = reply::done("A text message with a code is on its way.");
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// Confirm your phone number
///
/// By the code that was sent to it. A code works for ten minutes, once, and bears five tries; the code that was sent
/// last counts.
#[utoipa::path(
    tag = "phone",
    operation_id = "users_confirm_phone",
    request_body = ConfirmPhoneBody,
    responses(
        (status = 200, description = "The account with its number", body = Envelope<UserBody>),
        (status = 403, description = "The code is wrong"),
        (status = 422, description = "No code waits: it is over, was tried too often, or was never sent")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "tagged": true, "codes": [
        "auth.wrong_code", "users.phone_code_void"
    ]})))
)]
#[post("/users/me/phone/confirm")]
pub(crate) async fn confirm(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let code = dto::phone_code(&body)?;
    let user = users.confirm_phone(&actor, code, call.origin()).await?;
    Ok(reply::tagged(UserBody::own(&user), &user_etag(&actor, &user)))
}

/// Remove your phone number
///
/// Asks for the password. A number that waits for its code goes, too. Removing none changes nothing.
#[utoipa::path(
    tag = "phone",
    operation_id = "users_remove_phone",
    request_body = RemovePhoneBody,
    responses((status = 200, description = "The account without a number", body = Envelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "session", "tagged": true})))
)]
#[delete("/users/me/phone")]
pub(crate) async fn remove(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let current = dto::present_password(&body)?;
    guard_account(&call, actor.user).await?;
    let user = users.remove_phone(&actor, current, call.origin()).await?;
    Ok(reply::tagged(UserBody::own(&user), &user_etag(&actor, &user)))
}
