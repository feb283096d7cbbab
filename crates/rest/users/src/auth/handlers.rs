//! Signing in and out: parse, call, present.

use actix_web::{
    HttpResponse, delete, get,
    http::header::{self, HeaderValue},
    post,
    web::Data,
};
use kernel::Actor;
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope},
};
use serde::Serialize;
use users::{UserError, Users, session::Session};
use utoipa::ToSchema;

use super::{
    browser::{self, TokenKeeper},
    factors::{LoginAnswer, entered},
};
use crate::{
    Answer,
    accounts::{
        dto::{self, LoginBody, RefreshBody, RegisterBody, TokensBody, UserBody},
        handlers::own,
    },
    authz::words,
    present,
};

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::SignedInUser)]
pub struct CheckBody {
    /// The account.
    #[schema(minimum = 1, example = 1)]
    user_id: i64,
    /// Its name.
    #[schema(example = "ada")]
    username: String,
    /// Its role at this moment.
    #[schema(example = "user")]
    role: &'static str,
    /// What it allows by way of this call.
    #[schema(example = json!(["tasks:write", "users:read"]))]
    permissions: Vec<&'static str>,
    /// The session; null when the call came with a personal access token.
    #[schema(minimum = 1, example = 1)]
    session_id: Option<i64>,
    /// The personal access token; null when the call came with a sign-in.
    #[schema(minimum = 1, example = json!(null))]
    token_id: Option<i64>,
    /// What that token names.
    #[schema(example = json!(null))]
    scopes: Option<Vec<&'static str>>,
    /// When the token ends.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// Check an access token
///
/// Says who the caller is at this moment, without reading anything but the live state. Made for
/// gateways (`auth_request`, `forwardAuth`) and for clients that want to know what they may do.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_check",
    responses((status = 200, description = "Who it is", body = Envelope<CheckBody>)),
    extensions(("x-alveole" = json!({"permission": "signed-in", "without_factor": true})))
)]
#[get("/auth/check")]
pub(crate) async fn check(call: Call) -> Answer {
    let caller = crate::caller_without_factor(&call)?;
    call.no_query()?;
    Ok(reply::ok(CheckBody {
        user_id: caller.actor.user.get(),
        username: caller.user().username.as_str().to_owned(),
        role: caller.actor.role.as_str(),
        permissions: words(caller.actor.permissions),
        session_id: caller.session().map(|session| session.id.get()),
        token_id: caller.token().map(|token| token.id.get()),
        scopes: caller.token().map(|token| words(token.scopes)),
        expires_at: caller.expires_at.map(|at| at.to_string()),
    }))
}

/// Read one's own account
///
/// The same as `GET /users/me`.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_me",
    responses((status = 200, description = "The account", body = Envelope<UserBody>)),
    extensions(("x-alveole" = json!({"permission": "signed-in", "conditional": "read", "without_factor": true})))
)]
#[get("/auth/me")]
pub(crate) async fn me(call: Call, users: Data<Users>) -> Answer {
    own(&call, &users).await
}

/// Register an account
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_register",
    request_body = RegisterBody,
    responses(
        (status = 201, description = "The new account", body = Envelope<UserBody>),
        (status = 409, description = "The username or the address is taken")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "idempotent": true})))
)]
#[post("/auth/register")]
pub(crate) async fn register(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let command = dto::register(&body, call.origin())?;
    let idempotent = reply::idempotent(&call, &body, dto::registered)?;
    let outcome = users.register(idempotent, command).await?;
    reply::outcome(outcome, dto::registered)
}

/// Sign in
///
/// By mail address or username. An unknown account and a wrong password get the same answer, in
/// the same time. An account with a second factor gets a token for `POST /auth/2fa/verify` instead of a
/// pair. From the fifth wrong password in a row on, whoever tries on has to wait, longer each time. With
/// `"session": "cookie"`, for pages of this server and of allowed origins, a cookie that no script can read
/// keeps the refresh token; `POST /auth/refresh` alone gets it.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_login",
    request_body = LoginBody,
    responses(
        (status = 200, description = "A pair of tokens, or the question for the second factor", body = Envelope<LoginAnswer>),
        (status = 401, description = "The account or the password is wrong"),
        (status = 403, description = "The account is suspended or closed, or the page may not have a session")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_credentials", "auth.suspended", "auth.page_refused"]})))
)]
#[post("/auth/login")]
pub(crate) async fn login(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    let (sign_in, keeper) = dto::login(&body, call.origin())?;
    keeper.check(&call)?;
    let entry = users.sign_in(sign_in).await?;
    Ok(entered(&call, keeper, entry))
}

/// Get a new pair of tokens
///
/// The refresh token works once. Using it again ends the session, unless the answer with its
/// successor was lost, which shows in that nobody ever used it. A page whose session a cookie keeps sends
/// `{"session": "cookie"}`, and gets the successor as a cookie, too.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_refresh",
    request_body = RefreshBody,
    responses(
        (status = 200, description = "A new pair of tokens", body = Envelope<TokensBody>),
        (status = 401, description = "The refresh token is not valid"),
        (status = 403, description = "The account is suspended or closed, or the page may not use the session")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["auth.bad_refresh_token", "auth.suspended", "auth.page_refused"]})))
)]
#[post("/auth/refresh")]
pub(crate) async fn refresh(call: Call, users: Data<Users>, body: Body) -> Answer {
    call.no_query()?;
    if let Some(token) = dto::refresh(&body)? {
        let signed_in = users.refresh(&token, call.origin()).await?;
        return Ok(browser::signed_in(&call, TokenKeeper::Client, signed_in));
    }
    let token = browser::presented(&call)?;
    match users.refresh(&token, call.origin()).await {
        Ok(signed_in) => Ok(browser::signed_in(&call, TokenKeeper::Cookie, signed_in)),
        Err(error @ (UserError::BadRefreshToken | UserError::RefreshReused)) => {
            let refusal = present(error);
            Err(refusal.with_header(header::SET_COOKIE, &browser::forget(&call)).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Sign out
///
/// Ends this session.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_logout",
    responses((status = 200, description = "Signed out", body = Done)),
    extensions(("x-alveole" = json!({"permission": "session", "without_factor": true})))
)]
#[post("/auth/logout")]
pub(crate) async fn logout(call: Call, users: Data<Users>) -> Answer {
    let actor = call.caller_without_factor()?.actor.clone();
    call.no_query()?;
    users.sign_out(&actor, call.origin()).await?;
    Ok(signed_out(&call, "Signed out."))
}

/// Sign out everywhere
///
/// Ends every session of the account.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_logout_all",
    responses((status = 200, description = "Signed out everywhere", body = Done)),
    extensions(("x-alveole" = json!({"permission": "session", "without_factor": true})))
)]
#[post("/auth/logout-all")]
pub(crate) async fn logout_all(call: Call, users: Data<Users>) -> Answer {
    let actor = call.caller_without_factor()?.actor.clone();
    call.no_query()?;
    users.sign_out_everywhere(&actor, call.origin()).await?;
    Ok(signed_out(&call, "Signed out everywhere."))
}

/// The answer to a sign-out: where a browser asks, it forgets the session, too.
fn signed_out(call: &Call, message: &'static str) -> HttpResponse {
    let mut response = reply::done(message);
    if let Ok(forgotten) = HeaderValue::from_str(&browser::forget(call)) {
        response.headers_mut().insert(header::SET_COOKIE, forgotten);
    }
    response
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Ticket)]
pub struct TicketBody {
    /// Works once, as `?ticket=`.
    #[schema(example = "Zm9v…")]
    ticket: String,
    /// Its life in seconds.
    #[schema(example = 30)]
    expires_in: u64,
}

/// Get a ticket for an event stream
///
/// For where a browser cannot set headers: `?ticket=` on event streams. Works once, for 30 s.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_ticket",
    responses((status = 200, description = "The ticket", body = Envelope<TicketBody>)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[post("/auth/ticket")]
pub(crate) async fn ticket(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (ticket, life) = users.ticket(&actor, &call.origin()).await?;
    Ok(reply::secret(TicketBody { ticket, expires_in: life.as_secs() }))
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Session)]
pub struct SessionBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// What the client called itself.
    device: Option<String>,
    /// Where it was last used from.
    ip: Option<String>,
    /// When it began.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last refreshed.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends unless it is refreshed.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it is the one this call belongs to.
    current: bool,
}

impl SessionBody {
    /// A session as its owner sees it.
    pub fn of(session: &Session, actor: &Actor) -> Self {
        Self {
            id: session.id.get(),
            current: Some(session.id) == actor.session,
            device: session.device.clone(),
            ip: session.ip.clone(),
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.to_string(),
            expires_at: session.expires_at.to_string(),
        }
    }
}

/// List one's own sessions
///
/// Those that are open, newest first.
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_sessions",
    responses((status = 200, description = "The sessions", body = Envelope<Vec<SessionBody>>)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[get("/auth/sessions")]
pub(crate) async fn sessions(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let sessions = users.sessions(&actor).await?;
    let present = |session| SessionBody::of(session, &actor);
    Ok(reply::ok(sessions.iter().map(present).collect::<Vec<_>>()))
}

/// End one of one's own sessions
#[utoipa::path(
    tag = "auth",
    operation_id = "auth_sessions_delete",
    responses((status = 200, description = "It has ended", body = Done)),
    extensions(("x-alveole" = json!({"permission": "session", "finds": true})))
)]
#[delete("/auth/sessions/{id}")]
pub(crate) async fn end_session(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    users.end_session(&actor, id, call.origin()).await?;
    Ok(reply::done("Session ended."))
}
