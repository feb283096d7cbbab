//! The outermost middleware: every request, whatever becomes of it, gets an id, a place in the
//! count of requests in flight, a deadline, security headers, one log line and its metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use kernel::Kind;
use tracing::Instrument as _;

use super::{
    call::{Claimed, Headed, RequestId, TraceOf},
    client::{self, ClientIp},
    files::{self, uploads},
    problem::Problem,
    state::State,
};
use crate::telemetry::traces::RequestTrace;

/// The name of the header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of the header that carries the caller's trace.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

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
    let id = request_id(request.headers());
    let forwarded = request.headers().get("x-forwarded-for").and_then(|v| v.to_str().ok());
    let peer = request.peer_addr().map(|address| address.ip());
    let ip = ClientIp(client::address(peer, forwarded, &state.limits.trusted_proxies));
    let path = request.path().to_owned();
    if let Some(meant) = uploads::overridden(request.method(), &path, request.headers()) {
        request.head_mut().method = meant;
    }
    let method = method_name(request.method());
    let parents = request.headers().get_all(TRACEPARENT).map(HeaderValue::as_bytes);
    let uploads = files::is_upload(request.method(), &path);
    let trace = RequestTrace::begin(parents, method, &path, ip.0, &id);
    {
        let mut extensions = request.extensions_mut();
        extensions.insert(RequestId(Arc::clone(&id)));
        extensions.insert(TraceOf(trace.id));
        extensions.insert(ip);
    }
    // HEAD is GET without the body, which the HTTP codec leaves out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(Headed);
    }

    let mut response = match state.enter() {
        None => request.into_response(overloaded().respond(&path, &id)),
        Some(_guard) => {
            let called = next.call(request).instrument(trace.span.clone());
            // An upload may last as long as bytes keep coming; how long it waits for each is its own
            // to say.
            let answered = if uploads {
                Ok(called.await)
            } else {
                tokio::time::timeout(state.limits.request_timeout, called).await
            };
            match answered {
                Ok(answer) => answer?.map_into_boxed_body(),
                // The request went down with the handler, so the answer goes out as an error that
                // carries it.
                Err(_) => {
                    let mut response = timed_out().respond(&path, &id);
                    finish(response.headers_mut(), method, &path, &id, &state);
                    let status = response.status().as_u16();
                    let routes = state.routes.get();
                    let route = routes.and_then(|routes| routes.template(&path)).map(str::to_owned);
                    let seen = Seen { method, path: &path, id: &id, trace: &trace, ip, started };
                    seen.observe(status, route, None);
                    return Err(InternalError::from_response("request timed out", response).into());
                }
            }
        }
    };

    finish(response.headers_mut(), method, &path, &id, &state);
    let user = match response.request().extensions().get::<Claimed>() {
        Some(Claimed::Known(caller)) => Some(caller.actor.user.get()),
        _ => None,
    };
    let seen = Seen { method, path: &path, id: &id, trace: &trace, ip, started };
    seen.observe(response.status().as_u16(), response.request().match_pattern(), user);
    Ok(response)
}

/// The headers of every answer.
fn finish(headers: &mut HeaderMap, method: &str, path: &str, id: &str, state: &State) {
    // It kept the middleware inside from coding what is sent as it is, and says nothing to clients
    // (RFC 9110 §8.4).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    secure(headers, path, state.limits.behind_tls);
    if uploads::is_resumable(path) {
        uploads::describe(headers, method, state);
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
fn fresh_id() -> String {
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
    Problem::new(Kind::Unavailable, "server.overloaded", "The server is busy; try again shortly.")
}

fn timed_out() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "request.timeout",
        "The request was not finished in time. If it was a write, it may have happened.",
    )
}

/// Headers of every response. Swagger UI needs inline styles; nothing of ours needs inline script.
fn secure(headers: &mut HeaderMap, path: &str, behind_tls: bool) {
    const API: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
                       form-action 'none'; object-src 'none'";
    const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                        img-src 'self' data:; connect-src 'self'; font-src 'self'; \
                        frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
                        object-src 'none'";
    // What people put here is nothing to run, to render or to speak to anybody.
    const FILES: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
                         form-action 'none'; object-src 'none'";
    const PAGES: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                         base-uri 'none'; form-action 'none'; object-src 'none'";
    let policy = if files::is_download(path) {
        FILES
    } else if path.starts_with("/docs") {
        DOCS
    } else if path.starts_with("/problems") {
        PAGES
    } else {
        API
    };
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    if behind_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// What is known of a request whatever becomes of it.
struct Seen<'a> {
    method: &'static str,
    path: &'a str,
    id: &'a str,
    trace: &'a RequestTrace,
    ip: ClientIp,
    started: Instant,
}

impl Seen<'_> {
    /// One log line and the RED metrics. Routes are labelled by their template, so that the number
    /// of label values is bounded whatever paths are asked for.
    fn observe(self, status: u16, route: Option<String>, user_id: Option<i64>) {
        let Self { method, path, id, trace, ip, started } = self;
        let elapsed = started.elapsed();
        trace.answered(method, route.as_deref(), status, user_id);
        let route = route.unwrap_or_else(|| "unmatched".to_owned());
        let labels = [("method", method.to_owned()), ("route", route)];
        metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
        let [method_label, route_label] = labels;
        let labels = [method_label, route_label, ("status", status.to_string())];
        metrics::counter!("http_requests_total", &labels).increment(1);

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
        if status >= 500 {
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

/// What no route takes: 404, or 405 with `Allow` when the path is there with other methods.
pub async fn unmatched(request: actix_web::HttpRequest) -> Result<HttpResponse, Problem> {
    let state = request.app_data::<web::Data<Arc<State>>>();
    let allow =
        state.and_then(|state| state.routes.get()).and_then(|routes| routes.allow(request.path()));
    match allow {
        Some(allow) if request.method() == Method::OPTIONS => {
            Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish())
        }
        Some(allow) => Err(not_allowed(allow)),
        None => {
            Err(Problem::new(Kind::NotFound, "route.not_found", "There is nothing at this path."))
        }
    }
}

/// 405, with what the path does take.
pub fn not_allowed(allow: &str) -> Problem {
    Problem::new(Kind::Invalid, "route.method_not_allowed", format!("This path takes {allow}."))
        .with_status(actix_web::http::StatusCode::METHOD_NOT_ALLOWED)
        .with_header(header::ALLOW, allow)
}
