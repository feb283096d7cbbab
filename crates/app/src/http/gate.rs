//! The inner middleware: whether there is such a route, how often the caller calls, who they are and
//! whether they may at all, in this order and before the body is read; and what a failure looks
//! like.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use kernel::{Fault as _, FieldFault, Kind, Ruling};
use users::{UserError, signin::Caller};

use super::{
    call::{Claimed, Refusal, RequestId, TraceOf},
    client::{self, ClientIp},
    context,
    problem::Problem,
    routes::{Access, Matched, Needs},
    state::State,
};

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

    let matched = request.extensions().get::<Matched>().cloned();
    let Some(matched) = matched else {
        return Ok(refuse(request, &context::not_found(), &path, &id));
    };
    let Some(operation) = matched.operation() else {
        if request.method() == Method::OPTIONS {
            let mut allowed = HttpResponse::NoContent();
            allowed.insert_header((header::ALLOW, matched.allow()));
            return Ok(request.into_response(allowed.finish()));
        }
        return Ok(refuse(request, &context::not_allowed(matched.allow()), &path, &id));
    };

    // Documentation and operations are neither signed in to nor limited.
    let mut counted = None;
    if operation.limited {
        let identified = identify(&state, &request, &id).await;
        let claimed = identified.as_ref().unwrap_or(&Claimed::Anonymous).clone();
        let (policy, ruling) = limit(&state, &request, &matched, &claimed).await;
        counted = Some((policy, ruling));
        let refusal = match identified {
            _ if !ruling.allowed => Some(too_many(policy, ruling)),
            Err(problem) => Some(problem),
            Ok(_) => admit(&state, &request, &matched, &operation.access, &claimed).await.err(),
        };
        request.extensions_mut().insert(claimed);
        let refusal = refusal.or_else(|| without_nul(&request).err());
        if let Some(problem) = refusal {
            log_cause(&problem, request.request(), &id);
            let mut response = refuse(request, &problem, &path, &id);
            describe(response.headers_mut(), policy, ruling);
            return Ok(response);
        }
    }

    let mut response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    if let Some(problem) = problem_of(&response) {
        log_cause(&problem, response.request(), &id);
        let rendered = problem.respond(&path, &id);
        let (request, _) = response.into_parts();
        response = ServiceResponse::new(request, rendered);
    }
    if let Some((policy, ruling)) = counted {
        describe(response.headers_mut(), policy, ruling);
    }
    Ok(response)
}

/// Answers without asking the handler.
fn refuse(
    request: ServiceRequest,
    problem: &Problem,
    path: &str,
    id: &str,
) -> ServiceResponse<BoxBody> {
    request.into_response(problem.respond(path, id))
}

fn too_many(policy: &'static str, ruling: Ruling) -> Problem {
    metrics::counter!("rate_limited_total", "policy" => policy).increment(1);
    let seconds = seconds_up(ruling.retry_after).max(1);
    let detail = format!("Too many requests; try again in {seconds} s.");
    Problem::new(Kind::TooMany, "rate_limit.exceeded", detail)
        .with_header(header::RETRY_AFTER, &seconds.to_string())
}

/// Refuses the NUL character in the path and the query: no value may have it.
fn without_nul(request: &ServiceRequest) -> Result<(), Problem> {
    const MESSAGE: &str = "must not contain the NUL character";
    if request.match_info().as_str().contains('\0') {
        return Err(Problem::field("", "text.nul", format!("the path {MESSAGE}")));
    }
    let faults: Vec<FieldFault> = super::url::pairs(request.query_string())
        .filter(|(name, value)| name.contains('\0') || value.contains('\0'))
        .map(|(name, _)| FieldFault::new(name.replace('\0', "\u{fffd}"), "text.nul", MESSAGE))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn log_cause(problem: &Problem, request: &HttpRequest, id: &str) {
    if let Some(cause) = problem.cause() {
        let (trace_id, code) = (trace_id(request), problem.code());
        tracing::error!(request_id = id, trace_id, code, cause, "request failed");
    }
}

/// Lets a caller through to the handler, or says why not: 401 before 403, and both before the body
/// is read. A refusal goes into the audit log where the route asks for it.
async fn admit(
    state: &State,
    request: &ServiceRequest,
    matched: &Matched,
    access: &Access,
    claimed: &Claimed,
) -> Result<(), Problem> {
    let by_ticket = || {
        request.headers().get(header::AUTHORIZATION).is_none()
            && super::url::pairs(request.query_string()).any(|(name, _)| name == "ticket")
    };
    match access.caller {
        Needs::Nothing | Needs::Optional => return Ok(()),
        Needs::CallerOrTicket if by_ticket() => return Ok(()),
        Needs::CallerOrTicket | Needs::Caller => {}
    }
    let caller = claimed.caller()?;
    if caller.lacks_factor && !access.without_factor {
        return Err(UserError::FactorRequired.into());
    }
    let needs =
        users::policy::Entitlement { session: access.session, permission: access.permission };
    let Some(audit) = matched.rules().audit else {
        return Ok(users::policy::entitled(&caller.actor, needs)?);
    };
    let target = audit
        .account
        .and_then(|name| matched.parameter(name, request.match_info().as_str())?.parse().ok());
    let ip = request.extensions().get::<ClientIp>().copied().unwrap_or(ClientIp(None));
    let origin = client::origin(
        request.request(),
        ip,
        caller.actor.request_id.as_deref().unwrap_or_default(),
    );
    Ok(state.users.entitled(&caller.actor, needs, audit.action, target, &origin).await?)
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
/// route that needs the caller, so that public routes stay public.
async fn identify(
    state: &Arc<State>,
    request: &ServiceRequest,
    id: &Arc<str>,
) -> Result<Claimed, Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(Claimed::Anonymous);
    };
    if values.next().is_some() {
        return Err(Problem::field("", "request.duplicate", "`Authorization` is given twice"));
    }
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(Claimed::Refused(Refusal {
            kind: Kind::Unauthenticated,
            code: "auth.bad_token",
            detail: "`Authorization` must be `Bearer` and an access token.".to_owned(),
        }));
    };
    Ok(match state.users.authenticate(token, Some(Arc::clone(id))).await {
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
    })
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
    matched: &Matched,
    claimed: &Claimed,
) -> (&'static str, Ruling) {
    let address = || request.extensions().get::<ClientIp>().map(|ip| ip.key()).unwrap_or_default();
    let (policy, key) = match (matched.rules().rate_limit, claimed) {
        (Some(policy), _) => (policy, address()),
        (None, Claimed::Known(caller)) => ("user", caller.actor.user.to_string()),
        (None, _) => ("anon", address()),
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
