//! Signing in with other providers: there and back, and whose identities are linked. Browsers are
//! sent around by these routes, so they take what providers and front-ends add to addresses and
//! leave alone what they do not know (RFC 6749 §3.1, §4.1.2).

use actix_web::{
    HttpResponse, HttpResponseBuilder, delete, get,
    http::{StatusCode, header},
    post,
    web::Data,
};
use kernel::{DomainError as _, ErrorKind};
use rest::{
    call::{Body, Call},
    fields::{Reason, string},
    problem::Problem,
    reply::{self, Done, Envelope},
    url,
};
use serde::Serialize;
use users::{
    UserError, Users,
    external::{FrontEnd, Identity},
    signin::external::{ATTEMPT_TTL, Arrival, Arrived, Begun, Return},
};
use utoipa::{IntoParams, ToSchema};

use super::{
    browser::TokenKeeper,
    factors::{LoginAnswer, entered},
    within_account_limit,
};
use crate::{
    Answer,
    accounts::dto::{UserBody, tried_password},
};

/// The longest text that a front-end gets back as it was.
const LONGEST: usize = 1024;

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Provider)]
pub struct ProviderBody {
    /// Its name.
    #[schema(example = "google")]
    name: String,
    /// Where to send the browser.
    #[schema(example = "/api/v1/auth/google")]
    authorize_url: String,
}

/// List the providers to sign in with
///
/// Those that this server is configured for.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_providers",
    responses((status = 200, description = "The providers", body = Envelope<Vec<ProviderBody>>)),
    extensions(("x-alveole" = json!({"permission": "public"})))
)]
#[get("/auth/providers")]
pub(crate) async fn providers(call: Call, users: Data<Users>) -> Answer {
    call.no_query()?;
    let present = |name: users::external::ProviderName| ProviderBody {
        authorize_url: format!("/api/v1/auth/{}", name.as_str()),
        name: name.as_str().to_owned(),
    };
    let providers = users.providers().into_iter();
    Ok(reply::ok(providers.map(present).collect::<Vec<_>>()))
}

/// What a front-end asks for (RFC 6749 §4.1.1, RFC 7636 §4.3).
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuthorizeParams {
    /// Where the browser goes in the end, with a one-time `code`: one of `auth.frontend_urls`, letter
    /// by letter. Without it the provider's answer is answered with tokens, as `POST /auth/login`.
    #[param(nullable = false, example = "https://app.example.com/signed-in")]
    pub redirect_uri: Option<String>,
    /// Only `code`.
    #[param(nullable = false, example = "code")]
    pub response_type: Option<String>,
    /// What the front-end calls itself; the same when the code is redeemed.
    #[param(nullable = false, max_length = 1024, example = "web")]
    pub client_id: Option<String>,
    /// Comes back as it is.
    #[param(nullable = false, max_length = 1024)]
    pub state: Option<String>,
    /// Not regarded: a session may do what its account may.
    #[param(nullable = false)]
    pub scope: Option<String>,
    /// With `redirect_uri`: the SHA-256 of the verifier, in base64url.
    #[param(nullable = false, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$")]
    pub code_challenge: Option<String>,
    /// Only `S256`.
    #[param(nullable = false, example = "S256")]
    pub code_challenge_method: Option<String>,
}

/// Sign in with a provider
///
/// Send the browser here: it is sent on to the provider, and comes back to
/// `/auth/{provider}/callback`. A front-end names its `redirect_uri` and gets a one-time `code`
/// there, which it redeems at `POST /auth/token`; that is the authorization code flow for public
/// clients, with PKCE.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_authorize",
    params(AuthorizeParams),
    responses((status = 302, description = "To the provider")),
    extensions(("x-alveole" = json!({"permission": "public", "finds": true})))
)]
#[get("/auth/{provider}")]
pub(crate) async fn authorize(call: Call, users: Data<Users>) -> Answer {
    let front = asked_front(&call)?;
    let browser = browser_secret(&call);
    let begun = users.begin_sign_in(call.segment("provider"), browser, front).await?;
    let mut response = HttpResponse::Found();
    remember(&call, &mut response, &begun);
    Ok(response.insert_header((header::LOCATION, begun.url)).finish())
}

/// What a provider's answer brings (RFC 6749 §4.1.2, RFC 9207).
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackParams {
    /// The provider's code.
    #[param(nullable = false)]
    pub code: Option<String>,
    /// As it went along.
    #[param(nullable = false)]
    pub state: Option<String>,
    /// Why there is no code.
    #[param(nullable = false, example = "access_denied")]
    pub error: Option<String>,
    /// Who answers.
    #[param(nullable = false, example = "https://accounts.google.com")]
    pub iss: Option<String>,
}

/// Come back from a provider
///
/// Browsers are sent here by the provider. What follows was decided at the beginning: tokens, as
/// `POST /auth/login` gives them; or the way to the front-end, with a `code` or with an `error`
/// (RFC 6749 §4.1.2) whose `error_uri` leads to the page of the problem; or, after
/// `POST /auth/link/{provider}`, the account. Works once, and only in the browser that began.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_callback",
    params(CallbackParams),
    responses(
        (status = 200, description = "As after `POST /auth/login`, or the account", body = CallbackBody),
        (status = 302, description = "To the front-end"),
        (status = 401, description = "What the provider says does not hold, or the session ended"),
        (status = 403, description = "Not allowed at the provider, or the account is suspended or closed"),
        (status = 409, description = "The identity or the address is somebody else's")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "finds": true, "codes": ["oauth.provider_refused", "oauth.denied", "oauth.identity_taken"]})))
)]
#[get("/auth/{provider}/callback")]
pub(crate) async fn callback(call: Call, users: Data<Users>) -> Answer {
    let provider = call.segment("provider");
    let back = returned(&call)?;
    let Arrival { front, outcome } = users.arrive(provider, back).await?;
    match (front, outcome) {
        (Some(front), outcome) => Ok(to_front(&call, &front, provider, outcome)),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(Arrived::In(entry))) => Ok(entered(&call, TokenKeeper::Client, entry)),
        (None, Ok(Arrived::Linked(user))) => Ok(reply::secret(UserBody::own(&user))),
        // A code is given to front-ends only.
        (None, Ok(Arrived::Code(_))) => Err(UserError::BadState.into()),
    }
}

/// What comes of a return without a front-end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::CallbackAnswer)]
#[serde(untagged)]
pub enum CallbackBody {
    /// After a sign-in.
    Entered(Envelope<LoginAnswer>),
    /// After a link.
    Account(Box<Envelope<UserBody>>),
}

/// To link a provider.
#[derive(Debug, ToSchema)]
#[schema(as = auth::LinkProvider, example = json!({"current_password": "correct horse battery staple"}))]
pub struct LinkBody {
    /// The account's password. An account without one needs a sign-in of the last ten minutes.
    #[schema(max_length = 128, nullable = false)]
    pub current_password: Option<String>,
    /// Where the browser goes in the end, with `linked` or with an `error`: one of
    /// `auth.frontend_urls`.
    #[schema(nullable = false)]
    pub redirect_uri: Option<String>,
    /// Comes back as it is.
    #[schema(max_length = 1024, nullable = false)]
    pub state: Option<String>,
}

/// Where to go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::ProviderRedirect)]
pub struct LinkingBody {
    /// Send the browser here, the same that got this answer.
    #[schema(example = "https://accounts.google.com/o/oauth2/v2/auth?…")]
    authorize_url: String,
}

/// Link a provider
///
/// Adds an identity to the account: send this browser to `authorize_url`. The answer sets a cookie
/// that must come back, so ask with credentials from a page of another origin.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_link",
    request_body = LinkBody,
    responses((status = 200, description = "Where to go", body = Envelope<LinkingBody>)),
    extensions(("x-alveole" = json!({"permission": "session", "finds": true})))
)]
#[post("/auth/link/{provider}")]
pub(crate) async fn link(call: Call, users: Data<Users>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let mut fields = body.fields()?;
    let password = fields.keep("current_password", string(tried_password));
    let redirect_uri = fields.keep("redirect_uri", string(short));
    let state = fields.keep("state", string(short));
    fields.finish(Some(()))?;
    within_account_limit(&call, &format!("id:{}", actor.user)).await?;
    let front = redirect_uri.map(|redirect_uri| FrontEnd {
        redirect_uri,
        state,
        client_id: None,
        challenge: None,
    });
    let (provider, browser) = (call.segment("provider"), browser_secret(&call));
    let begun = users.begin_link(&actor, provider, password, browser, front, call.origin()).await?;
    let mut response = HttpResponse::Ok();
    remember(&call, &mut response, &begun);
    Ok(reply::secret_with(response, LinkingBody { authorize_url: begun.url }))
}

/// Unlink a provider
///
/// Takes the identity from the account and ends every other session. Refused when nobody could sign
/// in any more.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_unlink",
    responses(
        (status = 200, description = "It is unlinked", body = Done),
        (status = 409, description = "It is the only way to sign in")
    ),
    extensions(("x-alveole" = json!({"permission": "session", "finds": true, "codes": ["oauth.last_way_in"]})))
)]
#[delete("/auth/link/{provider}")]
pub(crate) async fn unlink(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    users.unlink(&actor, call.segment("provider"), call.origin()).await?;
    Ok(reply::done("Unlinked."))
}

/// An identity at a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::LinkedIdentity)]
pub struct IdentityBody {
    /// Which provider.
    #[schema(example = "google")]
    provider: String,
    /// Since when.
    #[schema(format = DateTime)]
    linked_at: String,
}

/// List one's own identities
///
/// The providers that the account is linked to, oldest first.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_identities",
    responses((status = 200, description = "The identities", body = Envelope<Vec<IdentityBody>>)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[get("/auth/identities")]
pub(crate) async fn identities(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let present = |identity: Identity| IdentityBody {
        provider: identity.provider.as_str().to_owned(),
        linked_at: identity.linked_at.to_string(),
    };
    let identities = users.identities(&actor).await?.into_iter();
    Ok(reply::ok(identities.map(present).collect::<Vec<_>>()))
}

/// The front-end that a browser is sent here by, if it is one.
fn asked_front(call: &Call) -> Result<Option<FrontEnd>, Problem> {
    let mut query = call.query();
    let redirect_uri = query.optional("redirect_uri", short);
    let client_id = query.optional("client_id", short);
    let state = query.optional("state", short);
    let challenge = query.optional("code_challenge", |raw| {
        super::challenge(raw)
            .ok_or_else(|| ("oauth.challenge_invalid", "must be a SHA-256 in base64url".into()))
    });
    let method = query.optional("code_challenge_method", only("S256"));
    let kind = query.optional("response_type", only("code"));
    if redirect_uri.is_some() {
        let mut need = |name: &str, there: bool| {
            if !there {
                query.fault(name, "request.missing_field", "must be given with `redirect_uri`");
            }
        };
        need("code_challenge", challenge.is_some());
        need("code_challenge_method", method.is_some());
        need("response_type", kind.is_some());
    }
    query.finish_leaving_others()?;
    let front = |redirect_uri| FrontEnd { redirect_uri, state, client_id, challenge };
    Ok(redirect_uri.map(front))
}

/// A parameter that has one value.
fn only(word: &'static str) -> impl Fn(&str) -> Result<(), Reason> {
    move |raw| {
        if raw == word { Ok(()) } else { Err(("oauth.only", format!("must be `{word}`"))) }
    }
}

fn short(raw: &str) -> Result<String, Reason> {
    if raw.len() > LONGEST {
        return Err(("text.too_long", format!("must have at most {LONGEST} bytes")));
    }
    if raw.contains('\0') {
        return Err(("text.nul", "must not contain the NUL character".to_owned()));
    }
    Ok(raw.to_owned())
}

/// What somebody brings back from a provider.
fn returned(call: &Call) -> Result<Return, Problem> {
    let any = |raw: &str| Ok::<_, Reason>(raw.to_owned());
    let mut query = call.query();
    let denied = query.optional("error", any).is_some();
    let (code, state) = (query.optional("code", any), query.optional("state", any));
    let issuer = query.optional("iss", any);
    query.finish_leaving_others()?;
    Ok(Return {
        state,
        browser: browser_secret(call),
        code: code.filter(|_| !denied),
        issuer,
        origin: call.origin(),
    })
}

/// The name of the cookie that binds a sign-in to its browser, and where the browser sends it. With
/// TLS only this host can set it.
fn browser_cookie(call: &Call) -> (&'static str, &'static str) {
    if call.state().limits.behind_tls {
        ("__Host-alveole_browser", "Path=/; Secure")
    } else {
        ("alveole_browser", "Path=/api/v1/auth")
    }
}

/// The secret in that cookie; a value that this server cannot have set is ignored.
fn browser_secret(call: &Call) -> Option<String> {
    let (name, _) = browser_cookie(call);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let ours = |value: &&str| value.len() == 43 && value.bytes().all(plain);
    call.cookies(name).find(ours).map(str::to_owned)
}

/// Lets the browser keep what it must bring back. It goes along when the browser comes from
/// elsewhere (`Lax`), and nothing but the browser reads it.
fn remember(call: &Call, response: &mut HttpResponseBuilder, begun: &Begun) {
    let (name, scope) = browser_cookie(call);
    let life = ATTEMPT_TTL.as_secs();
    let cookie =
        format!("{name}={}; Max-Age={life}; HttpOnly; SameSite=Lax; {scope}", begun.browser);
    response.insert_header((header::SET_COOKIE, cookie));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
}

/// Sends the browser to its front-end, with what became of it.
fn to_front(
    call: &Call,
    front: &FrontEnd,
    provider: &str,
    outcome: Result<Arrived, UserError>,
) -> HttpResponse {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    match outcome {
        Ok(Arrived::Code(code)) => pairs.push(("code", code)),
        Ok(Arrived::Linked(_) | Arrived::In(_)) => {
            pairs.push(("linked", provider.to_owned()));
        }
        Err(error) => {
            let word = match error.kind() {
                ErrorKind::Unavailable => "temporarily_unavailable",
                ErrorKind::Internal => "server_error",
                _ => "access_denied",
            };
            if let Some(cause) = Problem::from_error(&error).cause() {
                let (request_id, code) = (call.request_id(), error.code());
                tracing::error!(
                    request_id = &*request_id,
                    code,
                    cause,
                    "a sign-in with a provider failed"
                );
            }
            pairs.push(("error", word.to_owned()));
            pairs.push(("error_description", error.to_string()));
            let page = format!("{}/problems/{}", call.state().base_url, error.code());
            pairs.push(("error_uri", page));
        }
    }
    if let Some(state) = &front.state {
        pairs.push(("state", state.clone()));
    }
    let joint = if front.redirect_uri.contains('?') { '&' } else { '?' };
    let location = format!("{}{joint}{}", front.redirect_uri, url::encode_pairs(&pairs));
    let mut response = HttpResponseBuilder::new(StatusCode::FOUND);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.insert_header((header::LOCATION, location)).finish()
}
