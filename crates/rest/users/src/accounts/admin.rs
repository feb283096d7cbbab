//! What administrators do with accounts: parse, call, present.

use actix_web::{delete, get, route, web::Data};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};
use users::{Users, query::UserFilter};

use super::{
    dto::{
        self, AdministerBody, AdministerParams, SearchParams, UpdateUserBody, UserBody, user_etag,
    },
    explain, handlers,
};
use crate::{Answer, auth::handlers::SessionBody};

/// Change a user's profile
///
/// Accounts below the caller's own role only.
#[utoipa::path(
    tag = "users",
    operation_id = "users_update",
    request_body = UpdateUserBody,
    responses(
        (status = 200, description = "The user as it is now", body = Envelope<UserBody>),
        (status = 409, description = "The username or the address is taken")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write", "codes": ["users.username_taken"]})))
)]
#[route("/users/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::user(&body)?;
    let expected = call.expected()?;
    let result = users.update(&actor, id, expected, update, call.origin()).await;
    let user = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(UserBody::seen_by(&actor, &user), &user_etag(&actor, &user)))
}

/// Delete a user
///
/// Personal data is removed at once and cannot be restored; the account's tasks are deleted.
#[utoipa::path(
    tag = "users",
    operation_id = "users_delete",
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 409, description = "The last super_admin cannot go")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write", "codes": ["users.last_super_admin"]})))
)]
#[delete("/users/{id}")]
pub(crate) async fn remove(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let expected = call.expected()?;
    let result = users.remove(&actor, id, expected, call.origin()).await;
    result.map_err(|error| explain(&call, error))?;
    Ok(reply::done("User deleted."))
}

/// Remove a user's second factor
///
/// For who lost both device and recovery codes. Accounts below the caller's own role only; all sessions of the
/// account end, and it is on the audit trail. Without a second factor nothing happens.
#[utoipa::path(
    tag = "users",
    operation_id = "users_reset_two_factor",
    responses((status = 200, description = "It is removed", body = Done)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "session": true})))
)]
#[delete("/users/{id}/2fa")]
pub(crate) async fn reset_factor(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    users.reset_factor(&actor, id, call.origin()).await?;
    Ok(reply::done("Second factor removed."))
}

/// List the sessions of a user
///
/// Those that are open, newest first. Accounts below the caller's own role only.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_sessions",
    responses((status = 200, description = "The sessions", body = Envelope<Vec<SessionBody>>)),
    extensions(("x-alveole" = json!({"permission": "users:manage"})))
)]
#[get("/admin/users/{id}/sessions")]
pub(crate) async fn sessions(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let sessions = users.sessions_of(&actor, id, call.origin()).await?;
    let present = |session| SessionBody::of(session, &actor);
    Ok(reply::ok(sessions.iter().map(present).collect::<Vec<_>>()))
}

/// End the sessions of a user
///
/// All of them, within five seconds on every server. Accounts below the caller's own role only; it is on the
/// audit trail. Personal access tokens stay.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_sessions_delete",
    responses((status = 200, description = "They have ended", body = Done)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "session": true})))
)]
#[delete("/admin/users/{id}/sessions")]
pub(crate) async fn end_sessions(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    users.end_sessions_of(&actor, id, call.origin()).await?;
    Ok(reply::done("Sessions ended."))
}

/// List users with their private side
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_list",
    params(AdministerParams, SearchParams),
    responses((status = 200, description = "A page of users", body = PageEnvelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "also": ["users:read"], "paged": true})))
)]
#[get("/admin/users")]
pub(crate) async fn list(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let (role, status) = (query.optional("role", dto::role), query.optional("status", dto::status));
    let (filter, order, request) = handlers::asked(&mut query);
    query.finish()?;
    let filter = UserFilter { role, status, ..filter };
    let page = users.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|user| UserBody::seen_by(&actor, &user))))
}

/// Change a user's role or status
///
/// Nobody raises anyone to or above their own role, and a service account is an `admin` at most. A
/// suspended account is out within 5 seconds; its public files and share links are closed until it is
/// active again.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_update",
    request_body = AdministerBody,
    responses(
        (status = 200, description = "The user as it is now", body = Envelope<UserBody>),
        (status = 409, description = "The last super_admin stays"),
        (status = 422, description = "A service account is an `admin` at most")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write", "codes": ["users.last_super_admin", "users.service_account_limit"]})))
)]
#[route("/admin/users/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn administer(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let administer = dto::administer(&body)?;
    let expected = call.expected()?;
    let result = users.administer(&actor, id, expected, administer, call.origin()).await;
    let user = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(UserBody::seen_by(&actor, &user), &user_etag(&actor, &user)))
}
