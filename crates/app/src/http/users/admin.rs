//! What administrators do with accounts: parse, call, present.

use actix_web::{delete, get, put};
use kernel::{Permission, Timestamp, UserId};
use serde::Serialize;
use users::{
    audit::{Audit, AuditFilter, Outcome},
    query::UserFilter,
};
use utoipa::{IntoParams, ToSchema};

use super::{
    dto::{self, GovernBody, GovernParams, SearchParams, UpdateUserBody, UserBody, user_etag},
    explain, handlers,
};
use crate::http::{
    call::{Body, Call},
    fields::Reason,
    problem::Answer,
    reply::{self, Done, Envelope, PageEnvelope},
};

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
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write"})))
)]
#[put("/users/{id}")]
pub(crate) async fn update(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::user(&body)?;
    let expected = call.expected()?;
    let result = call.state().users.update(&actor, id, expected, update, call.origin()).await;
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
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write"})))
)]
#[delete("/users/{id}")]
pub(crate) async fn remove(call: Call) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let expected = call.expected()?;
    let result = call.state().users.remove(&actor, id, expected, call.origin()).await;
    result.map_err(|error| explain(&call, error))?;
    Ok(reply::done("User deleted."))
}

/// List users with their private side
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_list",
    params(GovernParams, SearchParams),
    responses((status = 200, description = "A page of users", body = PageEnvelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "paged": true})))
)]
#[get("/admin/users")]
pub(crate) async fn list(call: Call) -> Answer {
    let actor = call.actor()?;
    call.require(Permission::UsersManage)?;
    let mut query = call.query();
    let (role, status) = (query.optional("role", dto::role), query.optional("status", dto::status));
    let (filter, order, request) = handlers::asked(&mut query);
    query.finish()?;
    let filter = UserFilter { role, status, ..filter };
    let page = call.state().users.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|user| UserBody::seen_by(&actor, &user))))
}

/// Change a user's role or status
///
/// Nobody raises anyone to or above their own role. A suspended account is out within 5 seconds.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_users_update",
    request_body = GovernBody,
    responses(
        (status = 200, description = "The user as it is now", body = Envelope<UserBody>),
        (status = 409, description = "The last super_admin stays")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write"})))
)]
#[put("/admin/users/{id}")]
pub(crate) async fn govern(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let govern = dto::govern(&body)?;
    let expected = call.expected()?;
    let result = call.state().users.govern(&actor, id, expected, govern, call.origin()).await;
    let user = result.map_err(|error| explain(&call, error))?;
    Ok(reply::tagged(UserBody::seen_by(&actor, &user), &user_etag(&actor, &user)))
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::Audit)]
pub struct AuditBody {
    /// Its place.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who, if anybody was signed in.
    pub actor_id: Option<i64>,
    /// What.
    #[schema(example = "auth.login")]
    pub action: String,
    /// On whom.
    pub target_id: Option<i64>,
    /// How it ended.
    #[schema(inline, value_type = OutcomeWord)]
    pub outcome: &'static str,
    /// Where from.
    pub ip: Option<String>,
    /// As in the answer and the log.
    pub request_id: Option<String>,
    /// A few more words.
    pub detail: Option<String>,
}

/// How an act ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWord {
    /// It was done.
    Success,
    /// It did not work.
    Failure,
    /// It was not allowed.
    Denied,
}

impl From<Audit> for AuditBody {
    fn from(entry: Audit) -> Self {
        Self {
            id: entry.id.get(),
            at: entry.at.to_string(),
            actor_id: entry.actor.map(UserId::get),
            action: entry.action,
            target_id: entry.target.map(UserId::get),
            outcome: entry.outcome.as_str(),
            ip: entry.ip,
            request_id: entry.request_id,
            detail: entry.detail,
        }
    }
}

/// Which entries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// By this user.
    #[param(minimum = 1, nullable = false)]
    pub actor_id: Option<i64>,
    /// On this user.
    #[param(minimum = 1, nullable = false)]
    pub target_id: Option<i64>,
    /// Exactly this act.
    #[param(nullable = false, example = "auth.login")]
    pub action: Option<String>,
    /// With this end.
    #[param(inline, nullable = false)]
    pub outcome: Option<OutcomeWord>,
    /// Not before this moment.
    #[param(format = DateTime, nullable = false)]
    pub from: Option<String>,
    /// Before this moment.
    #[param(format = DateTime, nullable = false)]
    pub to: Option<String>,
}

/// Read the audit trail
///
/// Every security-relevant act, newest first. Entries cannot be changed or removed.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_audit",
    params(AuditParams),
    responses((status = 200, description = "A page of the trail", body = PageEnvelope<AuditBody>)),
    extensions(("x-alveole" = json!({"permission": "audit:read", "paged": true})))
)]
#[get("/admin/audit")]
pub(crate) async fn audit(call: Call) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let person =
        |raw: &str| raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()));
    let moment =
        |raw: &str| Timestamp::parse(raw).map_err(|error| ("request.value", error.to_string()));
    let filter = AuditFilter {
        actor: query.optional("actor_id", person),
        target: query.optional("target_id", person),
        action: query.optional("action", |raw| Ok::<_, Reason>(raw.to_owned())),
        outcome: query.optional("outcome", |raw| {
            let message = || "must be success, failure or denied".to_owned();
            Outcome::parse(raw).ok_or_else(|| ("request.value", message()))
        }),
        from: query.optional("from", moment),
        to: query.optional("to", moment),
    };
    let request = query.page_spelled("-id", 0);
    query.finish()?;
    let page = call.state().users.audit(&actor, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(AuditBody::from)))
}
