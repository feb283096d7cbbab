//! Logs, metrics and traces.

pub mod kept;

use std::{
    io::IsTerminal as _,
    sync::{Arc, OnceLock},
};

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, filter_fn},
    fmt,
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use self::kept::{Keeping, KeptMetrics};
use crate::config::{LogConfig, LogFormat, TelemetryConfig};
pub use crate::wire::otlp::{Export, traces};

/// The target of spans, here and in adapters.
pub const TARGET: &str = "otel";

/// True for what is exported.
pub(crate) fn is_span(of: &Metadata<'_>) -> bool {
    of.target() == TARGET
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
static KEPT: OnceLock<Arc<KeptMetrics>> = OnceLock::new();

/// Every metric with its meaning. Alerts and dashboards are checked against the same list.
const LIST: &str = include_str!("metrics.txt");

/// Buckets of request times in seconds. The specified alert is at 100 ms, so they are finest there.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Buckets of what a request is made of (units of work, commits, commands to Redis): a good one is
/// far below the first bucket of a request.
const SMALL_SECONDS: [f64; 14] = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];

/// What is said about the framework whatever the level is, unless a setting names it: how it starts, and what
/// clients send that is no HTTP (port scanners do), is for its developers.
const FRAMEWORK: &str = "actix_server=warn,actix_http=off,h2=error,hyper=error,tonic=error";

/// Sets logs, metrics and the export of traces up; a second call changes nothing.
pub fn init(log: &LogConfig, telemetry: &TelemetryConfig) -> anyhow::Result<Export> {
    let colors = std::io::stdout().is_terminal();
    let log = tracing_subscriber::registry().with(lines(log, colors, std::io::stdout)?);
    let (export, spans) = Export::open(telemetry)?;
    // Fails only when somebody set a subscriber up before, as tests do. A layer that is `None`
    // would want everything, and spans would be made for nobody.
    let _ = match spans {
        Some(spans) => log.with(spans).try_init(),
        None => log.try_init(),
    };
    if METRICS.get().is_none() {
        let recorder = PrometheusBuilder::new()
            // Without buckets a histogram becomes a summary, which cannot be added up over replicas.
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(
                    Matcher::Prefix("alveole_db_".to_owned()),
                    &SMALL_SECONDS,
                )
            })
            .and_then(|builder| {
                builder.set_buckets_for_metric(
                    Matcher::Prefix("alveole_redis_".to_owned()),
                    &SMALL_SECONDS,
                )
            })
            .context("the buckets of the metrics")?
            .build_recorder();
        let handle = recorder.handle();
        let recorder = Keeping::new(recorder, kept());
        if metrics::set_global_recorder(recorder).is_ok() {
            let _ = METRICS.set(handle);
            describe();
        }
    }
    Ok(export)
}

/// Gives each metric its HELP.
fn describe() {
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('|').map(str::trim);
        // Whichever macro describes a name: the exporter keeps one text for each.
        if let (Some(name), Some(meaning)) = (columns.next(), columns.nth(3)) {
            metrics::describe_gauge!(name, meaning);
        }
    }
}

/// One line for each event: an object with `timestamp`, `level`, `message` and the event's fields
/// side by side, or a line for people, in colors where `colors` says so. Spans that are for export only
/// are left out.
fn lines<S, W>(
    config: &LogConfig,
    colors: bool,
    writer: W,
) -> anyhow::Result<impl Layer<S> + use<S, W>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Of two directives for one target the later counts. Who asks for `debug` wants everything.
    let level = match config.level.as_str() {
        level @ ("debug" | "trace") => level.to_owned(),
        level => format!("{FRAMEWORK},{level}"),
    };
    let wanted = EnvFilter::try_new(level)
        .with_context(|| format!("log.level {:?} cannot be read", config.level))?
        .and(filter_fn(|metadata| !is_span(metadata)));
    let layer = fmt::layer().with_target(false).with_writer(writer);
    let layer: Box<dyn Layer<S> + Send + Sync> = match config.format {
        LogFormat::Json => {
            layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
        LogFormat::Pretty => layer.with_ansi(colors).boxed(),
    };
    Ok(layer.with_filter(wanted))
}

/// The metrics as they are being recorded, once [`init`] ran.
pub fn metrics_handle() -> Option<PrometheusHandle> {
    METRICS.get().cloned()
}

/// The metrics as numbers; there are none before [`init`] ran.
pub fn kept() -> Arc<KeptMetrics> {
    Arc::clone(KEPT.get_or_init(Arc::default))
}

/// The metrics in the text format of Prometheus.
pub fn render() -> String {
    let text = METRICS.get().map(PrometheusHandle::render).unwrap_or_default();
    // It only grows, but it is no whole number, as counters of the facade are.
    text.replace(
        "# TYPE alveole_process_cpu_seconds_total gauge",
        "# TYPE alveole_process_cpu_seconds_total counter",
    )
}

/// Drains what was recorded; without it memory grows while nobody scrapes.
pub fn run_upkeep() {
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

    fn nowhere() -> TelemetryConfig {
        TelemetryConfig {
            otlp_endpoint: None,
            ca_file: None,
            service_name: "alveole".to_owned(),
            sample_ratio: 1.0,
        }
    }

    fn written(format: LogFormat, log: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let config = LogConfig { format, level: "info".to_owned() };
        let layer = lines(&config, false, move || writer.clone()).unwrap();
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
    fn spans_for_export_are_not_even_made_without_one() {
        written(LogFormat::Pretty, || {
            assert!(tracing::info_span!(target: TARGET, "nobody").is_disabled());
            assert!(!tracing::info_span!("somebody").is_disabled());
            assert_eq!(traces::traceparent(), None);
        });
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
        let _first = init(&config, &nowhere()).unwrap();
        let _second = init(&config, &nowhere()).unwrap();
        metrics::histogram!("alveole_http_request_duration_seconds", "route" => "/x").record(0.06);
        run_upkeep();
        let text = render();
        let bucket = "alveole_http_request_duration_seconds_bucket{route=\"/x\",le=\"0.075\"} 1";
        assert!(text.contains(bucket), "{text}");
        assert!(!text.contains("quantile"), "{text}");
        assert!(metrics_handle().is_some());
    }

    #[test]
    fn an_unreadable_filter_is_reported() {
        let config = LogConfig { format: LogFormat::Json, level: "alveole=loud".to_owned() };
        let error = init(&config, &nowhere()).err().unwrap();
        assert!(error.to_string().contains("alveole=loud"));
    }
}
