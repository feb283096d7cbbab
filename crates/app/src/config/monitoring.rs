//! `monitoring.*`: how often is measured, and how long it is kept.

use std::time::Duration;

use super::reader::Reader;

/// `monitoring.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoringConfig {
    /// From one sample to the next.
    pub interval: Duration,
    /// How long rows of a minute, of ten minutes and of an hour are kept, in days.
    pub retention_days: [u64; 3],
    /// What this process is called; none: after its machine and its part.
    pub replica: Option<String>,
    /// What tells it from other processes of the machine: its port, or `worker`.
    pub part: String,
}

/// How long rows are kept when nothing else is said, in days.
const RETENTION: [u64; 3] = [7, 90, 730];
/// The most days.
const LONGEST: u64 = 3650;

fn days(raw: &str) -> Result<u64, String> {
    let days = raw.parse().ok().filter(|days| (1..=LONGEST).contains(days));
    days.ok_or_else(|| format!("must be days from 1 to {LONGEST}"))
}

fn replica(raw: &str) -> Result<String, String> {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b".:_-".contains(&b);
    if (1..=64).contains(&raw.len()) && raw.bytes().all(is_good) {
        return Ok(raw.to_owned());
    }
    Err("must be 1 to 64 letters, digits, dots, colons, hyphens or underscores".to_owned())
}

pub(super) fn monitoring(reader: &mut Reader, port: u16) -> MonitoringConfig {
    let interval = reader.number("monitoring.interval_seconds", 5, 1, 60);
    let retention = reader.list_if("monitoring.retention", days, |days| match days {
        [] => Ok(()),
        [minutes, tens, hours] if minutes <= tens && tens <= hours => Ok(()),
        _ => Err(
            "must be three numbers of days: of minutes, of ten minutes and of hours, each at least the one before",
        ),
    });
    let retention_days = <[u64; 3]>::try_from(retention).unwrap_or(RETENTION);
    MonitoringConfig {
        interval: Duration::from_secs(interval),
        retention_days,
        replica: reader.optional("monitoring.replica", replica),
        part: port.to_string(),
    }
}
