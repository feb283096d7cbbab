//! Service accounts: parse, call, present.

use actix_web::{delete, get, post, web::Data};
use kernel::{Role, actor::Origin};
use rest::{
    call::{Body, Call},
    fields::string,
    problem::Problem,
    reply::{self, Done, Envelope, PageEnvelope, Reply},
};
use users::{
    User, Users,
    commands::CreateServiceAccount,
    query::{DEFAULT_ORDER, UserSort},
};
use utoipa::{IntoParams, ToSchema};

use super::{
    dto::{self, RoleWord, UserBody},
    explain,
};
use crate::{
    Answer,
    auth::tokens::{MadeTokenBody, MakeTokenBody, PersonalTokenBody, wanted},
};

/// A service account to be made.
#[derive(Debug, ToSchema)]
#[schema(as = admin::CreateServiceAccount, example = json!({"username": "deploy-bot", "role": "user"}))]
pub struct CreateServiceAccountBody {
    /// 3 to 50 letters A-Z, digits or `_ . -`; no dots at its ends, nor two in a row.
    #[schema(min_length = 3, max_length = 50, pattern = "^[A-Za-z0-9_.-]+$")]
    pub username: String,
    /// What it may do, below the caller's own role; `user` when not said.
    pub role: Option<RoleWord>,
}

/// In which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderParams {
    /// `created_at, username, id`, separated by commas, `-` in front for descending. Default `id`.
    #[param(nullable = false, example = "username")]
    pub sort: Option<String>,
}

fn service_account(body: &Body, origin: Origin) -> Result<CreateServiceAccount, Problem> {
    let mut fields = body.fields()?;
    let username = fields.required("username", string(dto::username));
    let role = fields.optional("role", string(dto::role)).unwrap_or(Role::User);
    fields.finish(username.map(|username| CreateServiceAccount { username, role, origin }))
}

fn made(user: &User) -> Reply {
    Reply::created(UserBody::own(user), format!("/api/v1/users/{}", user.id), None)
}

/// Make a service account
///
/// An account for a machine: it has no password, signs in nowhere, and comes in by personal access
/// tokens that administrators make for it. `provider` is `service`, its address is one that nothing can
/// be sent to.
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts_create",
    request_body = CreateServiceAccountBody,
    responses(
        (status = 201, description = "The new account", body = Envelope<UserBody>),
        (status = 409, description = "The username is taken")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "idempotent": true})))
)]
#[post("/admin/service-accounts")]
pub(crate) async fn make(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = service_account(&body, call.origin())?;
    let idempotent = reply::idempotent(&call, &body, made)?;
    let outcome = users.create_service_account(&actor, idempotent, command).await?;
    reply::outcome(outcome, made)
}

/// List service accounts
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts",
    params(OrderParams),
    responses((status = 200, description = "A page of accounts", body = PageEnvelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "paged": true})))
)]
#[get("/admin/service-accounts")]
pub(crate) async fn list(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let order = query.order(&UserSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &UserSort::ALL);
    query.finish()?;
    let page = users.service_accounts(&actor, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|user| UserBody::seen_by(&actor, &user))))
}

/// Delete a service account
///
/// Its tokens stop at once.
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "users:manage", "conditional": "write"})))
)]
#[delete("/admin/service-accounts/{id}")]
pub(crate) async fn remove(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let expected = call.expected()?;
    let result = users.delete_service_account(&actor, id, expected, call.origin()).await;
    result.map_err(|error| explain(&call, error))?;
    Ok(reply::done("Service account deleted."))
}

/// Make a token for a service account
///
/// Its scopes are within what the account may do and within what the caller may do. Like any new token it
/// is shown once, needs a sign-in to be made, and takes no `Idempotency-Key`.
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts_tokens_create",
    request_body = MakeTokenBody,
    responses(
        (status = 201, description = "The token", body = Envelope<MadeTokenBody>),
        (status = 409, description = "The account has as many tokens as it can have")
    ),
    extensions(("x-alveole" = json!({"permission": "users:manage", "session": true, "codes": ["auth.tokens_too_many"]})))
)]
#[post("/admin/service-accounts/{id}/tokens")]
pub(crate) async fn make_token(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    reply::never_again(&call)?;
    let command = wanted(&body, call.origin())?;
    let made = users.create_service_account_token(&actor, id, command).await?;
    let location = format!("{}/{}", call.path(), made.token.id);
    Ok(reply::secret_made(MadeTokenBody::from(made), &location))
}

/// List the tokens of a service account
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts_tokens",
    responses((status = 200, description = "The tokens", body = Envelope<Vec<PersonalTokenBody>>)),
    extensions(("x-alveole" = json!({"permission": "users:manage"})))
)]
#[get("/admin/service-accounts/{id}/tokens")]
pub(crate) async fn tokens(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let tokens = users.service_account_tokens(&actor, id).await?;
    Ok(reply::ok(tokens.into_iter().map(PersonalTokenBody::from).collect::<Vec<_>>()))
}

/// Delete a token of a service account
#[utoipa::path(
    tag = "service accounts",
    operation_id = "admin_service_accounts_tokens_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "users:manage"})))
)]
#[delete("/admin/service-accounts/{id}/tokens/{token_id}")]
pub(crate) async fn delete_token(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let (id, token) = (call.id("id")?, call.id("token_id")?);
    call.no_query()?;
    users.delete_service_account_token(&actor, id, token, call.origin()).await?;
    Ok(reply::done("Token deleted."))
}
