//! Spans. Their target is [`TARGET`]: the log leaves them out, the export takes nothing else, and
//! without an export they cost next to nothing, because nobody wants them.

use kernel::{Event, Job};
use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _},
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use rest::trace::{End, RequestTrace, Start, TraceId, Tracing};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::traceparent;
use crate::telemetry::TARGET;

/// The `traceparent` of what is being done here and now, for outgoing calls and for the outbox;
/// none when no traces are taken.
pub fn traceparent() -> Option<String> {
    let span = Span::current();
    if span.is_none() {
        return None;
    }
    traceparent::format(span.context().span().span_context())
}

/// How requests are traced.
pub const fn tracing() -> Tracing {
    Tracing { begin, end }
}

/// Begins with what is known when a request comes.
fn begin(start: &Start<'_>) -> RequestTrace {
    let Start { traceparent, method, path, ip, request_id } = *start;
    let parent =
        traceparent.and_then(|one| std::str::from_utf8(one).ok()).and_then(traceparent::parse);
    let span = tracing::info_span!(
        target: TARGET,
        // A trace begins here, whatever the thread was doing.
        parent: None,
        "request",
        otel.name = method,
        otel.kind = "server",
        http.request.method = if method == "OTHER" { "_OTHER" } else { method },
        url.path = path,
        client.address = ip.map(field::display),
        request_id,
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        user.id = field::Empty,
        otel.status_code = field::Empty,
    );
    let id = if span.is_disabled() {
        let fresh = || RandomIdGenerator::default().new_trace_id();
        parent.map_or_else(fresh, |parent| parent.trace_id())
    } else {
        if let Some(parent) = parent {
            join(&span, parent);
        }
        span.context().span().span_context().trace_id()
    };
    RequestTrace { span, id: TraceId(u128::from_be_bytes(id.to_bytes())) }
}

/// Records the outcome of a request. Routes are templates, so that names are few.
fn end(span: &Span, end: &End<'_>) {
    if span.is_disabled() {
        return;
    }
    if let Some(route) = end.route {
        // `otel.name` counts only before a span has begun.
        span.context().span().update_name(format!("{} {route}", end.method));
        span.record("http.route", route);
    }
    span.record("http.response.status_code", end.status);
    span.record("user.id", end.user);
    if end.status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Around the handling of an event: a part of the trace of what appended it.
pub fn handling(consumer: &str, event: &Event) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "handle",
        otel.name = format!("handle {}", event.name),
        otel.kind = "consumer",
        consumer,
        event.id = event.id.get(),
        event.name,
        request_id = event.request_id,
    );
    if let Some(parent) = event.traceparent.as_deref().and_then(traceparent::parse) {
        join(&span, parent);
    }
    span
}

/// Around a run of a job: a part of the trace of what enqueued it.
pub fn running(job: &Job) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "run",
        otel.name = format!("run {}", job.kind),
        otel.kind = "consumer",
        job.id = job.id.get(),
        job.kind,
        job.attempt,
    );
    if let Some(parent) = job.traceparent.as_deref().and_then(traceparent::parse) {
        join(&span, parent);
    }
    span
}

fn join(span: &Span, parent: SpanContext) {
    // Fails only for a span that nobody takes.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}
