//! `telemetry.*`: where traces go.

use std::path::PathBuf;

use super::{Fallback, reader::Reader};

/// `telemetry.*`.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetryConfig {
    /// The collector that takes OTLP by gRPC; without it no traces are taken.
    pub otlp_endpoint: Option<String>,
    /// The file with the authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// What traces call this program.
    pub service_name: String,
    /// The part of the traces that begin here that is taken, from 0 to 1.
    pub sample_ratio: f64,
}

impl Fallback for f64 {
    fn fallback() -> Self {
        1.0
    }
}

pub(super) fn telemetry(reader: &mut Reader) -> TelemetryConfig {
    TelemetryConfig {
        otlp_endpoint: reader.optional("telemetry.otlp_endpoint", endpoint),
        ca_file: reader.optional("telemetry.ca_file", super::ca_file),
        service_name: reader.text("telemetry.service_name", "alveole"),
        sample_ratio: reader.parsed("telemetry.sample_ratio", "1.0", ratio),
    }
}

fn endpoint(raw: &str) -> Result<String, &'static str> {
    let url = super::checks::public_url(raw);
    url.map_err(|_| "must be a URL such as http://127.0.0.1:4317 or https://collector.example.com:4317 (OTLP by gRPC)")
}

fn ratio(raw: &str) -> Result<f64, &'static str> {
    let ratio = raw.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or("must be a number from 0.0 to 1.0")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, ConfigError};

    fn load(env: &[(&str, &str)]) -> Result<TelemetryConfig, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, &[], env, Path::new("/nonexistent")).map(|config| config.telemetry)
    }

    #[test]
    fn no_traces_leave_unless_somebody_says_so() {
        let wanted = TelemetryConfig {
            otlp_endpoint: None,
            ca_file: None,
            service_name: "alveole".to_owned(),
            sample_ratio: 1.0,
        };
        assert_eq!(load(&[]).unwrap(), wanted);
    }

    #[test]
    fn the_common_names_hold_and_our_own_go_before() {
        let common = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317/");
        let named = load(&[common, ("OTEL_SERVICE_NAME", "api")]).unwrap();
        assert_eq!(named.otlp_endpoint.as_deref(), Some("http://collector:4317"));
        assert_eq!(named.service_name, "api");
        let tls = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.com:4317"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
        ];
        let tls = load(&tls).unwrap();
        assert_eq!(tls.otlp_endpoint.as_deref(), Some("https://collector.example.com:4317"));
        assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
        let own = ("ALVEOLE__TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:4317");
        let sample = ("ALVEOLE__TELEMETRY__SAMPLE_RATIO", "0.25");
        let both = load(&[common, own, sample]).unwrap();
        assert_eq!(both.otlp_endpoint.as_deref(), Some("http://127.0.0.1:4317"));
        assert!((both.sample_ratio - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn what_cannot_work_is_reported_at_the_start() {
        for (name, bad, why) in [
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "grpc://collector:4317",
                "https://collector.example.com:4317",
            ),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "http://127.0.0.1:4317"),
            ("ALVEOLE__TELEMETRY__SAMPLE_RATIO", "1.5", "from 0.0 to 1.0"),
            ("ALVEOLE__TELEMETRY__SAMPLE_RATIO", "-0.1", "from 0.0 to 1.0"),
            ("ALVEOLE__TELEMETRY__SAMPLE_RATIO", "NaN", "from 0.0 to 1.0"),
            ("ALVEOLE__TELEMETRY__SAMPLE_RATIO", "half", "from 0.0 to 1.0"),
        ] {
            let faults = load(&[(name, bad)]).unwrap_err().faults;
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains(name) && faults[0].contains(why), "{faults:?}");
        }
    }
}
