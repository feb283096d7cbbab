//! Personal access tokens: parse, call, present.

use actix_web::{delete, get, post, web::Data};
use kernel::{Timestamp, actor::Origin};
use rest::{
    call::{Body, Call},
    fields::{Reason, TextCodes, string, strings},
    problem::Problem,
    reply::{self, Done, Envelope},
};
use serde::Serialize;
use users::{
    Users,
    commands::MakeToken,
    personal_access_token::{MadeToken, PersonalAccessToken},
    values::TokenName,
};
use utoipa::ToSchema;

use crate::{
    Answer,
    authz::{permission, words},
};

/// A personal access token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::PersonalAccessToken)]
pub struct PersonalTokenBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 100, example = "build server")]
    name: String,
    /// The most that it allows: never more than its owner may do at the moment of a call.
    #[schema(example = json!(["tasks:read"]))]
    scopes: Vec<&'static str>,
    /// When it can no longer be used; null is never.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, as of a minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// Where it was last used from.
    last_used_ip: Option<String>,
}

impl From<PersonalAccessToken> for PersonalTokenBody {
    fn from(token: PersonalAccessToken) -> Self {
        Self {
            id: token.id.get(),
            name: token.name.as_str().to_owned(),
            scopes: words(token.scopes),
            expires_at: token.expires_at.map(|at| at.to_string()),
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
            last_used_ip: token.last_used_ip,
        }
    }
}

/// A personal access token that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = auth::NewPersonalAccessToken)]
pub struct MadeTokenBody {
    /// For `Authorization: Bearer …`. It is shown this once and not kept.
    #[schema(example = "alv_Zm9v…")]
    token: String,
    /// The rest.
    #[serde(flatten)]
    details: PersonalTokenBody,
}

impl From<MadeToken> for MadeTokenBody {
    fn from(made: MadeToken) -> Self {
        Self { token: made.secret, details: made.token.into() }
    }
}

/// A token to be made.
#[derive(Debug, ToSchema)]
#[schema(as = auth::CreatePersonalAccessToken, example = json!({
    "name": "build server", "scopes": ["tasks:read", "tasks:write"]
}))]
pub struct MakeTokenBody {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Permissions; `GET /authz/explain` lists them. None that the caller does not have.
    #[schema(min_items = 1)]
    pub scopes: Vec<String>,
    /// When it ends: at most `auth.token_max_ttl_seconds` from now, which is also when not said.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

const NAME: TextCodes =
    TextCodes { empty: "auth.token_name_empty", too_long: "auth.token_name_too_long" };

fn name(raw: &str) -> Result<TokenName, Reason> {
    TokenName::parse(raw).map_err(|error| NAME.reason(error))
}

fn moment(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("auth.token_expiry_invalid", error.to_string()))
}

/// Reads a token to be made.
pub fn wanted(body: &Body, origin: Origin) -> Result<MakeToken, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", string(name));
    let scopes = fields.required("scopes", strings(permission));
    let expires_at = fields.optional("expires_at", string(moment));
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        fields.fault("scopes", "auth.scopes_empty", "must name at least one permission");
    }
    let command = name.zip(scopes).map(|(name, scopes)| MakeToken {
        name,
        scopes: scopes.into_iter().collect(),
        expires_at,
        origin,
    });
    fields.finish(command)
}

/// List one's own personal access tokens
///
/// Newest first; expired ones are shown until they are swept.
#[utoipa::path(
    tag = "personal access tokens",
    operation_id = "auth_tokens",
    responses((status = 200, description = "The tokens", body = Envelope<Vec<PersonalTokenBody>>)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[get("/auth/tokens")]
pub(crate) async fn list(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let tokens = users.tokens(&actor).await?;
    Ok(reply::ok(tokens.into_iter().map(PersonalTokenBody::from).collect::<Vec<_>>()))
}

/// Make a personal access token
///
/// For programs that act in one's name: it is used as `Bearer` and does what its scopes name, as long
/// as one may do that oneself. The answer is the only one that shows it, so an `Idempotency-Key` is not
/// taken. It outlives sign-outs and new passwords; a suspension stops it at once.
#[utoipa::path(
    tag = "personal access tokens",
    operation_id = "auth_tokens_create",
    request_body = MakeTokenBody,
    responses(
        (status = 201, description = "The token", body = Envelope<MadeTokenBody>),
        (status = 409, description = "The account has as many tokens as it can have")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "codes": ["auth.tokens_too_many"]})))
)]
#[post("/auth/tokens")]
pub(crate) async fn make(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    reply::never_again(&call)?;
    let command = wanted(&body, call.origin())?;
    let made = users.make_token(&actor, command).await?;
    let location = format!("/api/v1/auth/tokens/{}", made.token.id);
    Ok(reply::secret_made(MadeTokenBody::from(made), &location))
}

/// Delete one of one's own personal access tokens
///
/// It stops at once, streams that it opened within five seconds.
#[utoipa::path(
    tag = "personal access tokens",
    operation_id = "auth_tokens_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[delete("/auth/tokens/{id}")]
pub(crate) async fn delete(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    users.delete_token(&actor, id, call.origin()).await?;
    Ok(reply::done("Token deleted."))
}
