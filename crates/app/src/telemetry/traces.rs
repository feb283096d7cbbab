//! Spans. Their target is [`TARGET`]: the log leaves them out, the export takes nothing else, and
//! without an export they cost next to nothing, because nobody wants them.

use std::net::IpAddr;

use kernel::Event;
use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _, TraceId},
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use tracing::{Metadata, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::traceparent;

/// The target of spans, here and in adapters.
pub const TARGET: &str = "otel";

/// True for what is exported.
pub(super) fn is_span(of: &Metadata<'_>) -> bool {
    of.target() == TARGET
}

/// The `traceparent` of what is being done here and now, for outgoing calls and for the outbox;
/// none when no traces are taken.
pub fn traceparent() -> Option<String> {
    let span = Span::current();
    if span.is_none() {
        return None;
    }
    traceparent::format(span.context().span().span_context())
}

/// A request's place in a trace.
pub struct RequestTrace {
    /// Around everything that the request causes.
    pub span: Span,
    /// Of the caller's trace, or a new one.
    pub id: TraceId,
}

impl RequestTrace {
    /// Begins with what is known when a request comes. `parents` are its `traceparent` headers:
    /// more than one is as good as none.
    pub fn begin<'a>(
        mut parents: impl Iterator<Item = &'a [u8]>,
        method: &'static str,
        path: &str,
        ip: Option<IpAddr>,
        request_id: &str,
    ) -> Self {
        let parent = match (parents.next(), parents.next()) {
            (Some(one), None) => std::str::from_utf8(one).ok().and_then(traceparent::parse),
            _ => None,
        };
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
        Self { span, id }
    }

    /// Notes what became of the request. Routes are templates, so that names are few.
    pub fn answered(&self, method: &str, route: Option<&str>, status: u16, user: Option<i64>) {
        if self.span.is_disabled() {
            return;
        }
        if let Some(route) = route {
            // `otel.name` counts only before a span has begun.
            self.span.context().span().update_name(format!("{method} {route}"));
            self.span.record("http.route", route);
        }
        self.span.record("http.response.status_code", status);
        self.span.record("user.id", user);
        if status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
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

fn join(span: &Span, parent: SpanContext) {
    // Fails only for a span that nobody takes.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}
