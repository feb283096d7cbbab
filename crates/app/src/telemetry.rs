//! Logs and metrics.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, fmt, fmt::MakeWriter, layer::SubscriberExt as _, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::config::{LogConfig, LogFormat};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Buckets of request times in seconds. The specified alert is at 100 ms, so they are finest there.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Sets logs and metrics up; a second call changes nothing.
pub fn init(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.level)
        .with_context(|| format!("log.level {:?} cannot be read", config.level))?;
    // Fails only when somebody set a subscriber up before, as tests do.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines(config.format, std::io::stdout))
        .try_init();
    if METRICS.get().is_none() {
        let recorder = PrometheusBuilder::new()
            // Without buckets a histogram becomes a summary, which cannot be added up over replicas.
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .context("the buckets of the metrics")?
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            let _ = METRICS.set(handle);
        }
    }
    Ok(())
}

/// One line for each event: an object with `timestamp`, `level`, `message` and the event's fields
/// side by side, or a line for people.
fn lines<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_target(false).with_writer(writer);
    match format {
        LogFormat::Json => {
            layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
        LogFormat::Pretty => layer.boxed(),
    }
}

/// The metrics as they are being recorded, once [`init`] ran.
pub fn metrics_handle() -> Option<PrometheusHandle> {
    METRICS.get().cloned()
}

/// The metrics in the text format of Prometheus.
pub fn render() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Drains what was recorded; without it memory grows while nobody scrapes.
pub fn upkeep() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, log: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let layer = lines(format, move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_side_by_side() {
        let text = written(LogFormat::Json, || {
            let _span = tracing::info_span!("around", hidden = 1).entered();
            tracing::info!(
                request_id = "r-1",
                status = 200,
                duration_ms = 1.5,
                path = "/a\"b\n",
                "answered"
            );
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "answered");
        assert_eq!(line["request_id"], "r-1");
        assert_eq!(line["status"], 200);
        assert_eq!(line["path"], "/a\"b\n");
        let time = line["timestamp"].as_str().unwrap();
        assert_eq!(time.len(), "2026-11-21T08:00:00.123456Z".len(), "{time}");
        assert!(kernel::Timestamp::parse(time).is_ok() && time.ends_with('Z'), "{time}");
        let mut names: Vec<&String> = line.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(
            names,
            ["duration_ms", "level", "message", "path", "request_id", "status", "timestamp"]
        );
    }

    #[test]
    fn people_get_a_line_to_read() {
        let text = written(LogFormat::Pretty, || tracing::warn!(count = 3, "purged"));
        assert!(
            text.contains("purged") && text.contains("WARN") && !text.starts_with('{'),
            "{text}"
        );
    }

    #[test]
    fn setting_up_twice_is_harmless_and_times_have_buckets() {
        let config = LogConfig { format: LogFormat::Json, level: "off".to_owned() };
        init(&config).unwrap();
        init(&config).unwrap();
        metrics::histogram!("http_request_duration_seconds", "route" => "/x").record(0.06);
        upkeep();
        let text = render();
        let bucket = "http_request_duration_seconds_bucket{route=\"/x\",le=\"0.075\"} 1";
        assert!(text.contains(bucket), "{text}");
        assert!(!text.contains("quantile"), "{text}");
        assert!(metrics_handle().is_some());
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_told_of() {
        let config = LogConfig { format: LogFormat::Json, level: "alveole=loud".to_owned() };
        assert!(init(&config).unwrap_err().to_string().contains("alveole=loud"));
    }
}
