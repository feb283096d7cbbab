//! Sessions of browsers. The refresh token lies in a cookie that no script can read, and that the browser
//! sends to `POST /auth/refresh` alone; the access token stays in the memory of the page.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
};
use kernel::ErrorKind;
use rest::{
    call::Call,
    fields::{Fields, string},
    problem::Problem,
    reply,
};
use serde::Serialize;
use users::signin::SignedIn;
use utoipa::ToSchema;

use crate::accounts::dto::TokensBody;

/// Where the browser brings the cookie.
const PATH: &str = "/api/v1/auth/refresh";

/// Bytes of a refresh token, in base64url.
const TOKEN_LENGTH: usize = 43;

/// What keeps the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKeeper {
    /// The client, which gets it in the body.
    Client,
    /// A cookie of the browser.
    Cookie,
}

/// The word of `session`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = auth::SessionKeeper)]
pub enum SessionWord {
    /// A cookie that only `POST /auth/refresh` gets.
    Cookie,
}

impl TokenKeeper {
    /// Reads `session`.
    pub fn of(fields: &mut Fields) -> Self {
        let known = |raw: &str| match raw {
            "cookie" => Ok(()),
            _ => Err(("auth.session_unknown", "must be `cookie`, or be left out".to_owned())),
        };
        fields.keep("session", string(known)).map_or(Self::Client, |()| Self::Cookie)
    }

    /// Reads `session` of a form, where nothing else is said about an unknown word.
    pub fn of_form(word: Option<&str>) -> Option<Self> {
        match word {
            None => Some(Self::Client),
            Some("cookie") => Some(Self::Cookie),
            Some(_) => None,
        }
    }

    /// Refuses session cookies to pages of other origins, which could sign a visitor in to another account.
    ///
    /// # Errors
    ///
    /// 403 `auth.page_refused`.
    pub fn check(self, call: &Call) -> Result<(), Problem> {
        if self == Self::Cookie { from_own_page(call) } else { Ok(()) }
    }
}

/// Browsers say which page a request is of, by `Origin`, and by `Sec-Fetch-Site` since 2023. Without either,
/// it is no browser, and has no cookie to bring.
fn from_own_page(call: &Call) -> Result<(), Problem> {
    let refused = || {
        let detail = "Only a page of this server, or of `cors.allowed_origins`, may use the session of a browser.";
        Problem::new(ErrorKind::Forbidden, "auth.page_refused", detail)
    };
    let site = call.header("sec-fetch-site")?;
    if site.is_some_and(|site| site != "same-origin" && site != "same-site") {
        return Err(refused());
    }
    match call.header("origin")? {
        Some(origin) if call.state().origins.allow(origin, call.header("host")?) => Ok(()),
        None if site == Some("same-origin") => Ok(()),
        Some(_) | None => Err(refused()),
    }
}

/// The name of the cookie, and what makes it safe. Over plain HTTP, for development, browsers take no
/// `Secure` and no prefix.
fn cookie_form(call: &Call) -> (&'static str, &'static str) {
    if call.state().limits.behind_tls {
        ("__Secure-alveole_refresh", "; Secure")
    } else {
        ("alveole_refresh", "")
    }
}

fn cookie(call: &Call, value: &str, life: Duration) -> String {
    let (name, secure) = cookie_form(call);
    let life = life.as_secs();
    format!("{name}={value}; Max-Age={life}; Path={PATH}; HttpOnly; SameSite=Strict{secure}")
}

/// The refresh token in the cookie.
///
/// # Errors
///
/// 403 for a page of elsewhere, 401 without a cookie.
pub fn presented(call: &Call) -> Result<String, Problem> {
    from_own_page(call)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let ours = |value: &&str| value.len() == TOKEN_LENGTH && value.bytes().all(plain);
    let (name, _) = cookie_form(call);
    call.cookies(name).find(ours).map(str::to_owned).ok_or_else(|| {
        let detail = "This browser has no session here; sign in.";
        Problem::new(ErrorKind::Unauthenticated, "auth.bad_refresh_token", detail)
    })
}

/// The answer with a pair of tokens, each where it belongs.
pub fn signed_in(call: &Call, keeper: TokenKeeper, signed_in: SignedIn) -> HttpResponse {
    let kept = keep(call, keeper, &signed_in);
    let mut response = reply::secret(TokensBody::of(signed_in, keeper));
    if let Some(kept) = kept {
        response.headers_mut().insert(header::SET_COOKIE, kept);
    }
    response
}

/// The cookie of a session, where there is to be one.
pub fn keep(call: &Call, keeper: TokenKeeper, signed_in: &SignedIn) -> Option<HeaderValue> {
    let cookie = || cookie(call, &signed_in.refresh_token, signed_in.session_life);
    (keeper == TokenKeeper::Cookie).then(cookie).and_then(|text| HeaderValue::from_str(&text).ok())
}

/// Lets the browser forget its session: what the answer to a sign-out says, and a refusal of the cookie.
pub fn forget(call: &Call) -> String {
    cookie(call, "", Duration::ZERO)
}
