//! However many paths are asked for, the metrics do not grow with them.

use std::collections::BTreeSet;

use actix_web::http::Method;
use alveole::{
    config::{LogConfig, LogFormat, TelemetryConfig},
    telemetry,
};

use crate::fixture::TestApp;

/// Every series there is room for: routes, methods, statuses and the buckets of each.
const BOUND: usize = 4000;

/// Numbers that look like chance and are the same each time.
fn dice(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn call(state: &mut u64) -> (Method, String) {
    let known = ["/api/v1/tasks", "/api/v1/users", "/docs", "/health", "/problems", "/api", ""];
    let known = known.iter().cycle().nth(dice(state) as usize % known.len()).unwrap();
    let method = match dice(state) % 6 {
        0 => Method::POST,
        1 => Method::DELETE,
        // One that nobody has heard of.
        2 => Method::from_bytes(format!("M{}", dice(state)).as_bytes()).unwrap(),
        _ => Method::GET,
    };
    (method, format!("{known}/{:x}/{:x}?q={}", dice(state), dice(state), dice(state)))
}

fn series() -> BTreeSet<String> {
    let text = telemetry::render();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit_once(' ')).map(|(name, _)| name.to_owned()).collect()
}

#[actix_web::test]
async fn ten_thousand_random_paths_make_no_more_series() {
    let log = LogConfig { format: LogFormat::Json, level: "off".to_owned() };
    let nowhere = TelemetryConfig {
        otlp_endpoint: None,
        ca_file: None,
        service_name: "alveole".to_owned(),
        sample_ratio: 1.0,
    };
    let _export = telemetry::init(&log, &nowhere).unwrap();
    let app = TestApp::new();
    let mut state = 42;
    let statuses = app.call_each((0..10_000).map(|_| call(&mut state))).await;
    assert_eq!(statuses.len(), 10_000);
    let series = series();
    let counted = series.iter().any(|name| name.starts_with("alveole_http_requests_total{"));
    assert!(counted, "{series:?}");
    assert!(series.len() < BOUND, "{} series", series.len());
    // Other tests of this process count here too, but none of them knows these.
    let made_up: Vec<&String> = series.iter().filter(|name| name.contains("\"M")).collect();
    assert!(made_up.is_empty(), "{made_up:?}");
}
