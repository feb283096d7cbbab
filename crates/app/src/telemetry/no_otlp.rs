//! Traces of a program without the feature `otlp`: none are taken.

use tracing_subscriber::layer::Identity;

use crate::config::TelemetryConfig;

/// Where spans leave: nowhere.
#[derive(Default)]
pub struct Export(());

impl Export {
    pub(crate) fn open(_: &TelemetryConfig) -> anyhow::Result<(Self, Option<Identity>)> {
        Ok((Self::default(), None))
    }
}

/// Spans: none.
pub mod traces {
    use kernel::{Event, Job};
    use rest::trace::Tracing;
    use tracing::Span;

    /// None, because no traces are taken.
    pub const fn traceparent() -> Option<String> {
        None
    }

    /// How requests are traced: each has an id and no span.
    pub fn tracing() -> Tracing {
        Tracing::default()
    }

    /// None.
    pub fn running(_: &Job) -> Span {
        Span::none()
    }

    /// None.
    pub fn handling(_: &str, _: &Event) -> Span {
        Span::none()
    }
}
