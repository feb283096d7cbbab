//! The token endpoint of RFC 6749, for front-ends that signed somebody in with a provider. It is the
//! one route that answers without the envelope and refuses without a problem: libraries for OAuth2
//! know no other form than that of RFC 6749 §5.1 and §5.2.

use actix_web::{
    HttpResponseBuilder,
    http::{StatusCode, header},
    post,
    web::Data,
};
use kernel::{DomainError as _, ErrorKind};
use rest::{
    call::{Call, Form},
    problem::Problem,
};
use serde::Serialize;
use users::{
    UserError, Users,
    signin::{Entry, SignedIn, external::Exchange},
};
use utoipa::ToSchema;

use super::browser::{self, SessionWord, TokenKeeper};
use crate::Answer;

/// What is redeemed (RFC 6749 §4.1.3 and §6).
#[derive(Debug, ToSchema)]
#[schema(as = auth::OAuthTokenRequest, example = json!({
    "grant_type": "refresh_token", "refresh_token": "nQ…"
}))]
pub struct TokenRequest {
    /// `authorization_code` or `refresh_token`.
    pub grant_type: String,
    /// The code that came to `redirect_uri`.
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// As it was when the code was asked for.
    #[schema(nullable = false)]
    pub redirect_uri: Option<String>,
    /// As it was when the code was asked for.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    /// What `code_challenge` was made of.
    #[schema(nullable = false, max_length = 128)]
    pub code_verifier: Option<String>,
    /// With `grant_type=refresh_token`.
    #[schema(nullable = false)]
    pub refresh_token: Option<String>,
    /// With `grant_type=authorization_code`, for pages of a browser: a cookie keeps the refresh token.
    #[schema(nullable = false)]
    pub session: Option<SessionWord>,
}

/// A pair of tokens (RFC 6749 §5.1).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::OAuthTokens)]
pub struct TokenAnswer {
    /// For `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAi…")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Life of the access token in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// For the next pair; works once. Absent when a cookie of the browser keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "nQ…", nullable = false)]
    refresh_token: Option<String>,
}

/// A refusal (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::OAuthError)]
pub struct TokenError {
    /// `invalid_request`, `invalid_grant`, `unsupported_grant_type`, or `mfa_required` when the account
    /// has a second factor.
    #[schema(example = "invalid_grant")]
    error: &'static str,
    /// For a person.
    #[schema(example = "The code is not valid; begin again.")]
    error_description: String,
    /// With `mfa_required`: for `POST /auth/2fa/verify`, within five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mfa_token: Option<String>,
}

/// Why nothing is redeemed.
enum TokenFailure {
    Form(TokenError),
    Domain(UserError),
    Page(Problem),
}

impl From<UserError> for TokenFailure {
    fn from(error: UserError) -> Self {
        Self::Domain(error)
    }
}

/// Redeem a code or a refresh token
///
/// The token endpoint of RFC 6749 for front-ends (public clients): a `code` of
/// `GET /auth/{provider}` with the `code_verifier` of its challenge, or a refresh token. A code works
/// once; presenting it again ends the session that it gave. **This operation answers in the form of
/// RFC 6749 §5.1 and §5.2, without the envelope**, because OAuth2 libraries read nothing else;
/// parameters that it does not know are not regarded. Failures that are not about the request (too
/// many, too busy) are problems as everywhere.
#[utoipa::path(
    tag = "sign-in providers",
    operation_id = "auth_token",
    request_body(content(
        (TokenRequest = "application/x-www-form-urlencoded"),
        (TokenRequest = "application/json"),
    )),
    responses(
        (status = 200, description = "A pair of tokens", body = TokenAnswer),
        (
            status = 400, description = "Not redeemed", body = TokenError,
            content_type = "application/json"
        )
    ),
    extensions(("x-alveole" = json!({"permission": "public"})))
)]
#[post("/auth/token")]
pub(crate) async fn token(call: Call, users: Data<Users>, form: Form) -> Answer {
    match redeem(&call, &users, &form).await {
        Ok((pair, keeper)) => {
            let mut response = flat(StatusCode::OK);
            if let Some(kept) = browser::keep(&call, keeper, &pair) {
                response.insert_header((header::SET_COOKIE, kept));
            }
            let in_body = keeper == TokenKeeper::Client;
            Ok(response.json(TokenAnswer {
                access_token: pair.access_token,
                token_type: "Bearer",
                expires_in: pair.expires_in.as_secs(),
                refresh_token: in_body.then_some(pair.refresh_token),
            }))
        }
        Err(TokenFailure::Page(problem)) => Err(problem.into()),
        Err(TokenFailure::Form(refusal)) => Ok(flat(StatusCode::BAD_REQUEST).json(refusal)),
        Err(TokenFailure::Domain(error)) => match error.kind() {
            // What holds for everybody, and not for this grant.
            ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::TooMany => Err(error.into()),
            _ => {
                Ok(flat(StatusCode::BAD_REQUEST).json(refused("invalid_grant", error.to_string())))
            }
        },
    }
}

fn flat(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

const fn refused(error: &'static str, error_description: String) -> TokenError {
    TokenError { error, error_description, mfa_token: None }
}

async fn redeem(
    call: &Call,
    users: &Users,
    form: &Form,
) -> Result<(SignedIn, TokenKeeper), TokenFailure> {
    let wrong = |why: String| TokenFailure::Form(refused("invalid_request", why));
    let mut fields = form.pairs().ok_or_else(|| wrong("The body cannot be read.".to_owned()))?;
    let session = fields.remove("session");
    let mut need = |name: &str| {
        fields.remove(name).ok_or_else(|| wrong(format!("`{name}` must be given once.")))
    };
    match need("grant_type")?.as_str() {
        "authorization_code" => {
            let keeper = TokenKeeper::of_form(session.as_deref());
            let keeper =
                keeper.ok_or_else(|| wrong("`session` is `cookie`, or is left out.".to_owned()))?;
            keeper.check(call).map_err(TokenFailure::Page)?;
            let exchange = Exchange {
                code: need("code")?,
                redirect_uri: need("redirect_uri")?,
                verifier: need("code_verifier")?,
                client_id: fields.remove("client_id"),
                origin: call.origin(),
            };
            match users.exchange(exchange).await? {
                Entry::Open(pair) => Ok((*pair, keeper)),
                Entry::Factor(asked) => {
                    let why = "This account has a second factor.".to_owned();
                    let mfa_token = Some(asked.token);
                    Err(TokenFailure::Form(TokenError {
                        mfa_token,
                        ..refused("mfa_required", why)
                    }))
                }
            }
        }
        "refresh_token" => {
            let presented = need("refresh_token")?;
            Ok((users.refresh(&presented, call.origin()).await?, TokenKeeper::Client))
        }
        other => {
            let known = "authorization_code and refresh_token";
            let why = format!("`grant_type` is one of {known}, not {other:?}.");
            Err(TokenFailure::Form(refused("unsupported_grant_type", why)))
        }
    }
}
