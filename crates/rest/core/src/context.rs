//! The outermost middleware: every request, whatever becomes of it, gets an id, a place in the
//! count of requests in flight, a deadline, security headers, one log line and its metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use actix_cors::CorsError;
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, Uri,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use bytes::Bytes;
use kernel::ErrorKind;
use tracing::Instrument as _;

use super::{
    call::{HeadRequest, Identity, RequestId, TraceOf},
    client::{self, ClientIp},
    problem::Problem,
    routes::Matched,
    state::State,
    trace::{End, RequestTrace, Start},
};

/// The name of the header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of the header that carries the caller's trace.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header by which a client asks for another method than the POST it sends.
const METHOD_OVERRIDE: &str = "x-http-method-override";

/// What a browser may do with an answer of the API: nothing.
const CONTENT_SECURITY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
                                form-action 'none'; object-src 'none'";

/// The middleware.
pub async fn context<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let state = request.app_data::<web::Data<Arc<State>>>().map(|data| Arc::clone(data));
    let Some(state) = state else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    resolve_alias(&mut request, &state);
    let id = request_id(request.headers());
    let forwarded = request.headers().get_all("x-forwarded-for").map(HeaderValue::as_bytes);
    let peer = request.peer_addr().map(|address| address.ip());
    let ip = ClientIp(client::address(peer, forwarded, &state.limits.trusted_proxies));
    let path = request.path().to_owned();
    // The wire's method is POST then, whose answer has a body that nobody asked for.
    let mut head_of_post = false;
    // The path that the router will match: decoded once, `%2F` and `%25` left as they are.
    let mut matched = state.routes.find(request.match_info().as_str(), request.method());
    if matched.as_ref().is_some_and(|matched| matched.rules().method_override)
        && let Some(meant) = overridden(request.method(), request.headers())
    {
        head_of_post = meant == Method::HEAD;
        matched = matched.map(|matched| matched.with_method(&meant));
        request.head_mut().method = meant;
    }
    let method = method_name(request.method());
    // More than one `traceparent` is as good as none.
    let mut parents = request.headers().get_all(TRACEPARENT);
    let traceparent = match (parents.next(), parents.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        _ => None,
    };
    let no_deadline = matched.as_ref().is_some_and(|matched| matched.rules().no_deadline);
    let start = Start { traceparent, method, path: &path, ip: ip.0, request_id: &id };
    let trace = (state.tracing.begin)(&start);
    {
        let mut extensions = request.extensions_mut();
        extensions.insert(RequestId(Arc::clone(&id)));
        extensions.insert(TraceOf(trace.id));
        extensions.insert(ip);
        if let Some(matched) = matched.clone() {
            extensions.insert(matched);
        }
    }
    // HEAD is GET without the body, which the HTTP codec leaves out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadRequest);
    }

    let mut response = match state.enter() {
        None => request.into_response(overloaded().respond(&path, &id, &state.codes)),
        Some(_guard) => {
            let called = next.call(request).instrument(trace.span.clone());
            // An upload may last as long as bytes keep coming; how long it waits for each is its own
            // to say.
            let answered = if no_deadline {
                Ok(called.await)
            } else {
                tokio::time::timeout(state.limits.request_timeout, called).await
            };
            match answered {
                Ok(answer) => answer?.map_into_boxed_body(),
                // The request went down with the handler, so the answer goes out as an error that
                // carries it.
                Err(_) => {
                    let mut response = timed_out().respond(&path, &id, &state.codes);
                    finish(response.headers_mut(), method, matched.as_ref(), &id, &state);
                    let status = response.status().as_u16();
                    let seen = AccessLog {
                        state: &state,
                        method,
                        path: &path,
                        id: &id,
                        trace: &trace,
                        ip,
                        started,
                    };
                    seen.observe(status, matched.as_ref(), None);
                    return Err(InternalError::from_response("request timed out", response).into());
                }
            }
        }
    };

    if let Some(refused) = response.response().error().and_then(Error::as_error::<CorsError>) {
        let problem = Problem::field("", "cors.refused", lower(&refused.to_string()));
        let rendered = problem.respond(&path, &id, &state.codes);
        response = ServiceResponse::new(response.into_parts().0, rendered);
    }
    if head_of_post {
        response = response.map_body(|_, _| BoxBody::new(Bytes::new()));
    }
    finish(response.headers_mut(), method, matched.as_ref(), &id, &state);
    let user = match response.request().extensions().get::<Identity>() {
        Some(Identity::Known(caller)) => Some(caller.actor.user.get()),
        _ => None,
    };
    let seen =
        AccessLog { state: &state, method, path: &path, id: &id, trace: &trace, ip, started };
    seen.observe(response.status().as_u16(), matched.as_ref(), user);
    Ok(response)
}

/// Gives a request for another path of a resource the path that is documented.
fn resolve_alias(request: &mut ServiceRequest, state: &State) {
    let Some(meant) = state.routes.meant(request.uri().path()) else { return };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{meant}{query}").parse().ok();
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// A sentence of the framework, so that it can follow a name.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The method that a client means by `X-HTTP-Method-Override`, which only a POST can carry.
fn overridden(method: &Method, headers: &HeaderMap) -> Option<Method> {
    let wanted = headers.get(METHOD_OVERRIDE).filter(|_| *method == Method::POST)?.to_str().ok()?;
    [Method::HEAD, Method::PATCH, Method::DELETE].into_iter().find(|one| one.as_str() == wanted)
}

/// The headers of every answer.
fn finish(
    headers: &mut HeaderMap,
    method: &str,
    matched: Option<&Matched>,
    id: &str,
    state: &State,
) {
    // It kept the middleware inside from coding what is sent as it is, and says nothing to clients
    // (RFC 9110 §8.4).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    let rules = matched.map(|matched| *matched.rules()).unwrap_or_default();
    secure(headers, rules.content_security, state.limits.behind_tls);
    if let Some(describe) = rules.describe {
        describe(headers, method, state);
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if state.is_draining() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The client's own id when it is sane, else one of ours.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane = |id: &&str| {
        (1..=128).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(&b))
    };
    match headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane) {
        Some(id) => Arc::from(id),
        None => Arc::from(fresh_id()),
    }
}

/// Unique among the requests of all processes: a random start and a count, spread over 128 bits.
pub(crate) fn fresh_id() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    static COUNT: AtomicU64 = AtomicU64::new(1);
    static START: std::sync::OnceLock<(u64, RandomState)> = std::sync::OnceLock::new();
    let (start, spread) = START.get_or_init(|| {
        let state = RandomState::new();
        (state.hash_one(std::process::id()), state)
    });
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:016x}{:016x}", spread.hash_one(count), start.wrapping_add(count))
}

fn overloaded() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "server.overloaded",
        "The server is busy; try again shortly.",
    )
}

fn timed_out() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "request.timeout",
        "The request was not finished in time. If it was a write, it may have happened.",
    )
}

/// Headers of every response.
fn secure(headers: &mut HeaderMap, policy: Option<&'static str>, behind_tls: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(CONTENT_SECURITY));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    if behind_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// What is known of a request whatever becomes of it.
struct AccessLog<'a> {
    state: &'a State,
    method: &'static str,
    path: &'a str,
    id: &'a str,
    trace: &'a RequestTrace,
    ip: ClientIp,
    started: Instant,
}

impl AccessLog<'_> {
    /// One log line and the RED metrics. Routes are labelled by their template, so that the number
    /// of label values is bounded whatever paths are asked for.
    fn observe(self, status: u16, matched: Option<&Matched>, user_id: Option<i64>) {
        let Self { state, method, path, id, trace, ip, started } = self;
        let elapsed = started.elapsed();
        let route = matched.map(Matched::template);
        (state.tracing.end)(&trace.span, &End { method, route, status, user: user_id });
        let route = route.unwrap_or("unmatched").to_owned();
        let labels = [("method", method.to_owned()), ("route", route)];
        metrics::histogram!("alveole_http_request_duration_seconds", &labels)
            .record(elapsed.as_secs_f64());
        let [method_label, route_label] = labels;
        let labels = [method_label, route_label, ("status", status.to_string())];
        metrics::counter!("alveole_http_requests_total", &labels).increment(1);

        let (trace_id, ip) = (tracing::field::display(trace.id), ip.0.map(tracing::field::display));
        let duration_ms = elapsed.as_micros() as f64 / 1000.0;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = id,
                    trace_id,
                    user_id,
                    ip,
                    method,
                    path,
                    status,
                    duration_ms,
                    "request"
                )
            };
        }
        // A 503 says that something else does not answer, which has a warning of its own.
        if status >= 500 && status != 503 {
            line!(error);
        } else {
            line!(info);
        }
    }
}

/// The methods that there are, so that no client can think of more names.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// What the router finds no handler for. The route table refuses such requests before; to get here
/// the two must differ.
pub async fn unmatched(request: actix_web::HttpRequest) -> Result<HttpResponse, Problem> {
    if request.extensions().get::<Matched>().is_some() {
        tracing::error!(path = request.path(), "the route table and the router differ");
    }
    Err(not_found(None))
}

/// 404 for a path without a route, naming the closest path that has one.
pub fn not_found(closest: Option<&str>) -> Problem {
    let detail = closest.map_or_else(
        || "There is nothing at this path.".to_owned(),
        |path| format!("There is nothing at this path; perhaps you mean `{path}`."),
    );
    Problem::new(ErrorKind::NotFound, "route.not_found", detail)
}

/// 405, with the methods of the route.
pub fn not_allowed(allow: &str) -> Problem {
    Problem::new(
        ErrorKind::Invalid,
        "route.method_not_allowed",
        format!("This path takes {allow}."),
    )
    .with_status(actix_web::http::StatusCode::METHOD_NOT_ALLOWED)
    .with_header(header::ALLOW, allow)
}
