//! The inner middleware: whether there is such a route, how often the caller calls, who they are and
//! whether they may at all, in this order and before the body is read; and what a failure looks
//! like.

use std::{sync::Arc, time::Duration};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use kernel::{Attempt, AuthError, Caller, Entitlement, ErrorKind, FieldError, LimitDecision};

use super::{
    call::{Identity, RequestId, TraceOf},
    client::{self, ClientIp},
    codes::Codes,
    context,
    problem::Problem,
    quiet,
    routes::{Access, CallerRule, Matched},
    state::State,
};

/// The policies that calls are counted under.
pub const POLICIES: [&str; 5] = ["anon", "user", "auth", "account", "webhook"];

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
        let closest = state.routes.closest(request.match_info().as_str(), request.method());
        return Ok(refuse(
            request,
            &context::not_found(closest.as_deref()),
            &path,
            &id,
            &state.codes,
        ));
    };
    let Some(operation) = matched.operation() else {
        if request.method() == Method::OPTIONS {
            let mut allowed = HttpResponse::NoContent();
            allowed.insert_header((header::ALLOW, matched.allow()));
            return Ok(request.into_response(allowed.finish()));
        }
        let problem = context::not_allowed(matched.allow());
        return Ok(refuse(request, &problem, &path, &id, &state.codes));
    };

    // Documentation and operations are neither signed in to nor limited.
    let mut counted = None;
    if operation.limited {
        let identified = identify(&state, &request, &id).await;
        let identity = identified.as_ref().unwrap_or(&Identity::Anonymous).clone();
        if !matched.rules().counts_itself {
            counted = Some(limit(&state, &request, &matched, &identity).await);
        }
        let refused = counted.filter(|(_, decision)| !decision.allowed);
        let refused = refused.map(|(policy, decision)| too_many(policy, decision));
        let refusal = match identified {
            _ if refused.is_some() => refused,
            Err(problem) => Some(problem),
            Ok(_) => admit(&state, &request, &matched, &operation.access, &identity).await.err(),
        };
        request.extensions_mut().insert(identity);
        let refusal =
            refusal.or_else(|| without_nul(&request).and_then(|()| not_dry(&request)).err());
        if let Some(problem) = refusal {
            // A request that reaches no handler is counted here, even where handlers count their own requests.
            if counted.is_none() {
                let decision = state.limiter.check("anon", &address(&request)).await;
                counted = Some(("anon", decision));
            }
            log_cause(&problem, request.request(), &id);
            let mut response = refuse(request, &problem, &path, &id, &state.codes);
            if let Some((policy, decision)) = counted {
                describe(response.headers_mut(), policy, decision);
            }
            return Ok(response);
        }
    }

    let mut response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    if let Some(problem) = problem_of(&response) {
        log_cause(&problem, response.request(), &id);
        let rendered = problem.respond(&path, &id, &state.codes);
        let (request, _) = response.into_parts();
        response = ServiceResponse::new(request, rendered);
    }
    let by_handler = response.request().extensions().get::<CallCount>().map(|CallCount(it)| *it);
    if let Some((policy, decision)) = counted.or(by_handler) {
        describe(response.headers_mut(), policy, decision);
    }
    Ok(response)
}

/// How a handler counted its call.
#[derive(Debug, Clone, Copy)]
struct CallCount((&'static str, LimitDecision));

/// Counts a call for a handler that counts by itself; the answer will say so.
pub(crate) async fn count(
    state: &State,
    request: &HttpRequest,
    policy: &'static str,
    key: &str,
) -> Result<(), Problem> {
    let decision = state.limiter.check(policy, key).await;
    request.extensions_mut().insert(CallCount((policy, decision)));
    if decision.allowed { Ok(()) } else { Err(too_many(policy, decision)) }
}

/// Answers without asking the handler.
fn refuse(
    request: ServiceRequest,
    problem: &Problem,
    path: &str,
    id: &str,
    codes: &Codes,
) -> ServiceResponse<BoxBody> {
    request.into_response(problem.respond(path, id, codes))
}

fn too_many(policy: &'static str, decision: LimitDecision) -> Problem {
    metrics::counter!("alveole_rate_limited_total", "policy" => policy).increment(1);
    let seconds = seconds_up(decision.retry_after).max(1);
    let detail = format!("Too many requests; try again in {seconds} s.");
    Problem::new(ErrorKind::TooMany, "rate_limit.exceeded", detail)
        .with_header(header::RETRY_AFTER, &seconds.to_string())
}

/// Refuses the NUL character in the path and the query: no value may have it.
fn without_nul(request: &ServiceRequest) -> Result<(), Problem> {
    const MESSAGE: &str = "must not contain the NUL character";
    if request.match_info().as_str().contains('\0') {
        return Err(Problem::field("", "text.nul", format!("the path {MESSAGE}")));
    }
    let faults: Vec<FieldError> = super::url::pairs(request.query_string())
        .filter(|(name, value)| name.contains('\0') || value.contains('\0'))
        .map(|(name, _)| FieldError::new(name.replace('\0', "\u{fffd}"), "text.nul", MESSAGE))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// Refuses `Prefer: handling=dry-run` for what would change something: it would be done. Reading
/// changes nothing with it or without.
fn not_dry(request: &ServiceRequest) -> Result<(), Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let values = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
    let asked = values.flat_map(|value| value.split([',', ';'])).any(|preference| {
        preference.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("handling") && value.eq_ignore_ascii_case("dry-run")
        })
    });
    if !asked {
        return Ok(());
    }
    let message = "`Prefer: handling=dry-run` is not supported; nothing was done";
    Err(Problem::field("", "dry_run.not_supported", message))
}

/// The cause of a failure of ours. That a dependency does not answer is said once a minute, whatever
/// number of requests needed it; the line of each request has its status.
fn log_cause(problem: &Problem, request: &HttpRequest, id: &str) {
    let Some(cause) = problem.cause() else { return };
    let (trace_id, code) = (trace_id(request), problem.code());
    let route = request.extensions().get::<Matched>().map(|matched| matched.template().to_owned());
    let (method, route) = (request.method().as_str(), route.as_deref().unwrap_or("unmatched"));
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        let subject = if code.starts_with("store.") { quiet::STORE } else { code };
        crate::warn_once_a_minute!(
            subject;
            request_id = id,
            trace_id,
            method,
            route,
            code,
            cause,
            "a request failed, because something that it needs does not answer"
        );
    } else {
        tracing::error!(request_id = id, trace_id, method, route, code, cause, "a request failed");
    }
}

/// Lets a caller through to the handler, or says why not: 401 before 403, and both before the body
/// is read. A refusal goes into the audit log where the route asks for it.
async fn admit(
    state: &State,
    request: &ServiceRequest,
    matched: &Matched,
    access: &Access,
    identity: &Identity,
) -> Result<(), Problem> {
    let unnamed = || request.headers().get(header::AUTHORIZATION).is_none();
    let by_ticket =
        || unnamed() && super::url::pairs(request.query_string()).any(|(name, _)| name == "ticket");
    match access.caller {
        CallerRule::Nothing | CallerRule::Optional => return Ok(()),
        CallerRule::CallerOrTicket if by_ticket() => return Ok(()),
        CallerRule::CallerOfSocket if unnamed() => return Ok(()),
        CallerRule::CallerOrTicket | CallerRule::CallerOfSocket | CallerRule::Caller => {}
    }
    let caller = identity.caller()?;
    let needs = Entitlement {
        session: access.session,
        permission: access.permission,
        without_factor: access.without_factor,
    };
    let Err(denial) = state.authenticator.check(caller, needs) else { return Ok(()) };
    if let Some(audit) = matched.rules().audit {
        let target = audit
            .account
            .and_then(|name| matched.parameter(name, request.match_info().as_str())?.parse().ok());
        let attempt = Attempt { action: audit.action, target };
        let ip = request.extensions().get::<ClientIp>().copied().unwrap_or(ClientIp(None));
        let id = caller.actor.request_id.as_deref().unwrap_or_default();
        let origin = client::origin(request.request(), ip, id);
        state.authenticator.record_denial(caller, &denial, attempt, &origin).await?;
    }
    Err(denial.into())
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
        Problem::new(ErrorKind::Internal, "internal", "Something went wrong on our side.")
    })
}

/// Reads `Authorization`. A token that does not hold is remembered and refused by the first
/// route that needs the caller, so that public routes stay public.
async fn identify(
    state: &Arc<State>,
    request: &ServiceRequest,
    id: &Arc<str>,
) -> Result<Identity, Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(Identity::Anonymous);
    };
    if values.next().is_some() {
        return Err(Problem::field("", "request.duplicate", "`Authorization` is given twice"));
    }
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(Identity::Refused(AuthError {
            kind: ErrorKind::Unauthenticated,
            code: "auth.bad_token",
            detail: "`Authorization` must be `Bearer` and an access token.".into(),
            permission: None,
            cause: None,
        }));
    };
    Ok(match state.authenticator.authenticate(token, Some(Arc::clone(id))).await {
        Ok(caller) => {
            note_use(state, request.request(), &caller);
            state.dashboard.active.note(caller.actor.user, state.clock.now());
            Identity::Known(Arc::new(caller))
        }
        Err(error) => {
            if error.cause.is_some() {
                log_cause(&error.clone().into(), request.request(), id);
            }
            Identity::Refused(error)
        }
    })
}

/// The caller of a token that a handler found elsewhere than in `Authorization`. The log names them from
/// now on.
///
/// # Errors
/// When the token does not hold.
pub(crate) async fn by_token(
    state: &Arc<State>,
    request: &HttpRequest,
    token: &str,
    id: Arc<str>,
) -> Result<Arc<Caller>, Problem> {
    let caller = state.authenticator.authenticate(token, Some(id)).await?;
    note_use(state, request, &caller);
    Ok(note_caller(request, caller))
}

/// Notes who calls, for the log.
pub(crate) fn note_caller(request: &HttpRequest, caller: Caller) -> Arc<Caller> {
    let caller = Arc::new(caller);
    request.extensions_mut().insert(Identity::Known(Arc::clone(&caller)));
    caller
}

/// Records the use of the caller's credential beside the call, which does not wait for it. When the
/// store fails, the next call records it.
fn note_use(state: &Arc<State>, request: &HttpRequest, caller: &Caller) {
    let ip = request.extensions().get::<ClientIp>().and_then(|ip| ip.0);
    let Some(noting) = state.authenticator.note_use(caller, ip.map(|ip| ip.to_string())) else {
        return;
    };
    tokio::spawn(async move {
        if let Err(error) = noting.await {
            tracing::debug!(%error, "the use of a token was not recorded");
        }
    });
}

/// What limits count a client's address by.
fn address(request: &ServiceRequest) -> String {
    request.extensions().get::<ClientIp>().map(|ip| ip.key()).unwrap_or_default()
}

/// Counts the call under the one policy that fits it.
async fn limit(
    state: &Arc<State>,
    request: &ServiceRequest,
    matched: &Matched,
    identity: &Identity,
) -> (&'static str, LimitDecision) {
    let (policy, key) = match (matched.rules().rate_limit, identity) {
        (Some(policy), _) => (policy, address(request)),
        (None, Identity::Known(caller)) => ("user", caller.actor.user.to_string()),
        (None, _) => ("anon", address(request)),
    };
    (policy, state.limiter.check(policy, &key).await)
}

fn seconds_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// `RateLimit-Policy` and `RateLimit` (IETF draft), and the older `X-RateLimit-*`.
fn describe(headers: &mut HeaderMap, policy: &str, decision: LimitDecision) {
    let (quota, left) = (decision.quota.calls, decision.remaining);
    // A refused caller waits as long as `Retry-After` says.
    let reset = if decision.allowed {
        seconds_up(decision.reset_after)
    } else {
        seconds_up(decision.retry_after).max(1)
    };
    let window = decision.quota.per.as_secs();
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
