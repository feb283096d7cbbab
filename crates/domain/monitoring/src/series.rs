//! The series, and what is known of each.

use std::borrow::Cow;

use crate::values::{SeriesName, Unit};

/// A series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    /// Its name.
    pub name: SeriesName,
    /// What its numbers are.
    pub unit: Unit,
}

/// What was read of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The name of the series.
    pub series: Cow<'static, str>,
    /// What its numbers are.
    pub unit: Unit,
    /// The number.
    pub measure: Measure,
}

/// What a number that was read means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// It is the value.
    Now(f64),
    /// It only grows; the value is how much in a second.
    Total(f64),
}

impl Reading {
    /// A value.
    pub fn now(series: impl Into<Cow<'static, str>>, unit: Unit, value: f64) -> Self {
        Self { series: series.into(), unit, measure: Measure::Now(value) }
    }

    /// A number that only grows.
    pub fn total(series: impl Into<Cow<'static, str>>, unit: Unit, total: f64) -> Self {
        Self { series: series.into(), unit, measure: Measure::Total(total) }
    }
}

/// Which replicas a series is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Each replica has its own, and together they are the sum.
    Part,
    /// Each replica has its own, and a sum says nothing.
    Own,
    /// All replicas see the same.
    Whole,
}

/// Series whose sum over the replicas is that of the program.
const PARTS: &[&str] = &[
    "cache.",
    "db.",
    "http.2xx",
    "http.4xx",
    "http.5xx",
    "http.in_flight",
    "http.limited",
    "http.requests",
    "http.shed",
    "jobs.failed",
    "jobs.finished",
    "pool.",
    "process.cpu",
    "process.descriptors",
    "process.memory",
    "process.threads",
    "signin.refused",
    "sockets.",
    "streams.",
    "webhooks.attempts",
    "webhooks.failed",
];
/// Series that every replica reads from the database.
const WHOLE: &[&str] =
    &["accounts.", "emails.", "jobs.", "outbox.", "sessions.", "webhooks.waiting"];

/// Which replicas a series is of.
pub fn share(name: &str) -> Share {
    let is_one =
        |known: &&str| name == *known || (known.ends_with('.') && name.starts_with(*known));
    if PARTS.iter().any(is_one) {
        Share::Part
    } else if WHOLE.iter().any(is_one) {
        Share::Whole
    } else {
        Share::Own
    }
}

/// Series of which there is one for each core: they are stored by the minute alone.
pub fn is_per_core(name: &str) -> bool {
    name.starts_with("cpu.core.")
}

/// How far a series must be from what is usual to be an anomaly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The least deviation that counts as usual.
    pub floor: f32,
    /// The least distance.
    pub least: f32,
    /// The least distance as a part of what is usual.
    pub share: f32,
}

/// Percents: ten points.
const POINTS: Effect = Effect { floor: 1.0, least: 10.0, share: 0.0 };

/// What is watched for anomalies: a fifth more or less than usual, and at least so much.
const WATCHED: &[(&str, f32)] = &[
    ("http.p95", 0.02),
    ("http.requests", 2.0),
    ("http.5xx", 0.2),
    ("load.1", 1.0),
    ("network.received", 100_000.0),
    ("network.sent", 100_000.0),
    ("disk.read", 1_000_000.0),
    ("disk.written", 1_000_000.0),
    ("process.memory", 50_000_000.0),
    ("signin.refused", 0.5),
    ("sockets.open", 20.0),
];
/// Percents that are watched.
const WATCHED_PERCENTS: &[&str] =
    &["cpu.total", "cpu.steal", "disk.used_percent", "memory.used_percent", "process.cpu"];

/// How far the series must be from what is usual; none when it is not watched.
pub fn effect(name: &str) -> Option<Effect> {
    if WATCHED_PERCENTS.contains(&name) {
        return Some(POINTS);
    }
    let (_, least) = WATCHED.iter().find(|(watched, _)| *watched == name)?;
    Some(Effect { floor: least / 10.0, least: *least, share: 0.2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_made_of_what_each_replica_has_a_part_of() {
        assert_eq!(share("http.requests"), Share::Part);
        assert_eq!(share("pool.writes_waiting"), Share::Part);
        assert_eq!(share("jobs.queued"), Share::Whole);
        assert_eq!(share("jobs.failed"), Share::Part);
        assert_eq!(share("cpu.total"), Share::Own);
        assert_eq!(share("http.p95"), Share::Own);
    }

    #[test]
    fn what_is_watched_has_a_least_distance() {
        assert_eq!(effect("cpu.total"), Some(POINTS));
        assert_eq!(effect("cpu.core.1"), None);
        assert!(effect("http.requests").is_some_and(|effect| effect.least > 0.0));
    }
}
