//! The inner middleware: who is calling, how often, and what a failure looks like.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use kernel::{Fault as _, Kind, Ruling};
use users::signin::Caller;

use super::{
    call::{Claimed, Refusal, RequestId, TraceOf},
    client::ClientIp,
    context,
    problem::Problem,
    state::State,
};

/// Sign-in endpoints, and those that send letters or take what letters show: the strict limit per
/// address applies to them.
const SIGN_IN: [&str; 11] = [
    "/api/v1/auth/login",
    "/api/v1/auth/register",
    "/api/v1/auth/refresh",
    "/api/v1/auth/token",
    "/api/v1/auth/2fa/verify",
    "/api/v1/auth/password/forgot",
    "/api/v1/auth/password/reset",
    "/api/v1/auth/email/verify",
    "/api/v1/auth/email/resend",
    "/api/v1/auth/email/confirm",
    "/api/v1/auth/restore-account",
];

/// True where somebody comes in, or comes back from a provider to.
fn is_sign_in(path: &str) -> bool {
    SIGN_IN.contains(&path) || (path.starts_with("/api/v1/auth/") && path.ends_with("/callback"))
}

/// The policies that calls are counted under.
pub const POLICIES: [&str; 4] = ["anon", "user", "auth", "account"];

/// The middleware.
pub async fn gate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request.app_data::<web::Data<Arc<State>>>().map(|data| Arc::clone(data));
    let Some(state) = state else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let id = request.extensions().get::<RequestId>().map(|id| Arc::clone(&id.0));
    let id = id.unwrap_or_else(|| Arc::from(""));
    let path = request.path().to_owned();

    // Documentation and operations are neither signed in to nor limited.
    let ruling = if path.starts_with("/api/") {
        let claimed = identify(&state, &request, &id).await;
        let (policy, ruling) = limit(&state, &request, &path, &claimed).await;
        request.extensions_mut().insert(claimed);
        if !ruling.allowed {
            metrics::counter!("rate_limited_total", "policy" => policy).increment(1);
            let seconds = seconds_up(ruling.retry_after).max(1);
            let problem = Problem::new(
                Kind::TooMany,
                "rate_limit.exceeded",
                format!("Too many requests; try again in {seconds} s."),
            )
            .with_header(header::RETRY_AFTER, &seconds.to_string());
            let mut response = request.into_response(problem.respond(&path, &id));
            describe(response.headers_mut(), policy, ruling);
            return Ok(response);
        }
        Some((policy, ruling))
    } else {
        None
    };

    let refused = state.routes.get().and_then(|r| r.refuses(request.method().as_str(), &path));
    if let Some(allow) = refused
        && request.method() != Method::OPTIONS
    {
        let mut response = request.into_response(context::not_allowed(allow).respond(&path, &id));
        if let Some((policy, ruling)) = ruling {
            describe(response.headers_mut(), policy, ruling);
        }
        return Ok(response);
    }
    let mut response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    if let Some(problem) = problem_of(&response) {
        if let Some(cause) = problem.cause() {
            let (trace_id, code) = (trace_id(response.request()), problem.code());
            tracing::error!(request_id = &*id, trace_id, code, cause, "request failed");
        }
        let rendered = problem.respond(&path, &id);
        let (request, _) = response.into_parts();
        response = ServiceResponse::new(request, rendered);
    }
    if let Some((policy, ruling)) = ruling {
        describe(response.headers_mut(), policy, ruling);
    }
    Ok(response)
}

/// For a log line.
fn trace_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<TraceOf>().map(|TraceOf(id)| id.to_string())
}

/// The failure behind a response. What the framework itself refuses is put into our words.
fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let error = response.response().error()?;
    if let Some(problem) = error.as_error::<Problem>() {
        return Some(problem.clone());
    }
    let status = error.as_response_error().status_code();
    Some(if status.is_client_error() {
        Problem::field("", "request.header_malformed", "the request cannot be read")
    } else {
        tracing::error!(%error, "the framework failed");
        Problem::new(Kind::Internal, "internal", "Something went wrong on our side.")
    })
}

/// Reads `Authorization`. A token that does not hold is remembered and refused by the first
/// handler that asks for the caller, so that public routes stay public.
async fn identify(state: &Arc<State>, request: &ServiceRequest, id: &Arc<str>) -> Claimed {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Claimed::Anonymous;
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Claimed::Refused(Refusal {
            kind: Kind::Unauthenticated,
            code: "auth.bad_token",
            detail: "`Authorization` must be `Bearer` and an access token.".to_owned(),
        });
    };
    match state.users.authenticate(token, Some(Arc::clone(id))).await {
        Ok(caller) => {
            note_use(state, request, &caller);
            Claimed::Known(Arc::new(caller))
        }
        Err(error) => {
            let problem = Problem::from_fault(&error);
            if let Some(cause) = problem.cause() {
                let (trace_id, code) = (trace_id(request.request()), error.code());
                tracing::error!(request_id = &**id, trace_id, code, cause, "sign-in failed");
            }
            Claimed::Refused(Refusal {
                kind: error.kind(),
                code: error.code(),
                detail: error.to_string(),
            })
        }
    }
}

/// Notes that a personal access token was used, beside the call: nobody waits for it, and a store
/// that does not take it now is asked again by the next call.
fn note_use(state: &Arc<State>, request: &ServiceRequest, caller: &Caller) {
    let Some(grant) = state.users.unnoted(caller) else { return };
    let users = Arc::clone(&state.users);
    let ip = request.extensions().get::<ClientIp>().and_then(|ip| ip.0);
    tokio::spawn(async move {
        if let Err(error) = users.note_token_use(grant, ip.map(|ip| ip.to_string())).await {
            tracing::debug!(%error, "the use of a token was not noted");
        }
    });
}

/// Counts the call under the one policy that fits it.
async fn limit(
    state: &Arc<State>,
    request: &ServiceRequest,
    path: &str,
    claimed: &Claimed,
) -> (&'static str, Ruling) {
    let ip = || {
        let ip = request.extensions().get::<ClientIp>().and_then(|ip| ip.0);
        ip.map(|ip| ip.to_string()).unwrap_or_default()
    };
    let (policy, key) = if is_sign_in(path) {
        ("auth", ip())
    } else if let Claimed::Known(caller) = claimed {
        ("user", caller.actor.user.to_string())
    } else {
        ("anon", ip())
    };
    (policy, state.limiter.check(policy, &key).await)
}

fn seconds_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// `RateLimit-Policy` and `RateLimit` (IETF draft), and the older `X-RateLimit-*`.
fn describe(headers: &mut HeaderMap, policy: &str, ruling: Ruling) {
    let (quota, left) = (ruling.quota.calls, ruling.remaining);
    let (window, reset) = (ruling.quota.per.as_secs(), seconds_up(ruling.reset_after));
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("ratelimit-policy", format!("\"{policy}\";q={quota};w={window}"));
    set("ratelimit", format!("\"{policy}\";r={left};t={reset}"));
    set("x-ratelimit-limit", quota.to_string());
    set("x-ratelimit-remaining", left.to_string());
    set("x-ratelimit-reset", reset.to_string());
}
