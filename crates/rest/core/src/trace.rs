//! The span around a request, and the trace it belongs to. A program that exports traces brings
//! [`Tracing`] of its own; without one, a request has an id and no span.

use std::{fmt, net::IpAddr};

use tracing::Span;

/// The 128 bits of a trace id (W3C Trace Context).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A request as it begins.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The only `traceparent` header; none when there are several.
    pub traceparent: Option<&'a [u8]>,
    /// `GET`, or `OTHER`.
    pub method: &'static str,
    /// The path as it was asked for.
    pub path: &'a str,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// The request's id.
    pub request_id: &'a str,
}

/// A request's place in a trace.
#[derive(Debug)]
pub struct RequestTrace {
    /// Around everything that the request causes.
    pub span: Span,
    /// Of the caller's trace, or a new one.
    pub id: TraceId,
}

/// A request as it ends.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// `GET`, or `OTHER`.
    pub method: &'a str,
    /// The template of the route; none when no route matched.
    pub route: Option<&'a str>,
    /// The HTTP status.
    pub status: u16,
    /// The caller.
    pub user: Option<i64>,
}

/// How requests are traced.
#[derive(Debug, Clone, Copy)]
pub struct Tracing {
    /// Begins the span of a request.
    pub begin: fn(&Start<'_>) -> RequestTrace,
    /// Records the outcome.
    pub end: fn(&Span, &End<'_>),
}

impl Default for Tracing {
    fn default() -> Self {
        Self { begin: without_span, end: |_, _| {} }
    }
}

fn without_span(_: &Start<'_>) -> RequestTrace {
    use std::hash::{BuildHasher as _, RandomState};
    let half = || u128::from(RandomState::new().hash_one(0));
    RequestTrace { span: Span::none(), id: TraceId(half() << 64 | half()) }
}
