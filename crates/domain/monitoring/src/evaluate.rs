//! One evaluation: every rule against every series of every replica. Pure: time is an argument.

use kernel::Timestamp;

use crate::{
    alert::{Alert, Cause, Change, GONE, SAME_WITHIN, Seen, end, step},
    rule::Rule,
    series::{Share, share},
    values::{AlertState, Replica, Resolution, SeriesName},
};

/// An anomaly that goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unusual {
    /// The position of the series.
    pub position: usize,
    /// The mean of the last minute.
    pub value: f32,
    /// What is usual.
    pub median: f32,
    /// From here on it is usual.
    pub low: f32,
    /// Up to here.
    pub high: f32,
}

/// The last that a replica reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// The replica.
    pub replica: Replica,
    /// When.
    pub at: Timestamp,
    /// A value for each series; NaN where nothing was measured.
    pub values: Vec<f32>,
    /// The series that are unusual.
    pub unusual: Vec<Unusual>,
    /// What was busiest.
    pub cause: Cause,
}

impl Reported {
    fn value(&self, position: usize) -> f32 {
        self.values.get(position).copied().unwrap_or(f32::NAN)
    }
}

/// How old the last report may be to be judged.
pub const FRESH: std::time::Duration = std::time::Duration::from_secs(30);

/// What changes. `series` are the names by position; `alerts` are those that are open, and those that were resolved
/// within [`SAME_WITHIN`].
pub fn evaluate(
    rules: &[Rule],
    series: &[SeriesName],
    alerts: &[Alert],
    reports: &[Reported],
    now: Timestamp,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let is_fresh = |report: &&Reported| now.since(report.at) <= FRESH;
    for rule in rules.iter().filter(|rule| rule.content.enabled) {
        for (position, name) in series.iter().enumerate() {
            if !rule.content.series.matches(name.as_str()) {
                continue;
            }
            let fresh = reports.iter().filter(is_fresh);
            if share(name.as_str()) == Share::Whole {
                // Every replica sees the same: the greatest is what the last one saw.
                let worst = fresh
                    .filter(|report| !report.value(position).is_nan())
                    .max_by(|a, b| a.value(position).total_cmp(&b.value(position)));
                if let Some(report) = worst {
                    let seen = seen(rule, None, name, position, report);
                    changes.extend(step(&seen, find(alerts, &seen, now), now));
                }
                continue;
            }
            for report in fresh {
                let seen = seen(rule, Some(&report.replica), name, position, report);
                changes.extend(step(&seen, find(alerts, &seen, now), now));
            }
        }
    }
    changes.extend(alerts.iter().filter_map(|alert| {
        let content = &alert.content;
        let rule = rules.iter().find(|rule| rule.id == content.rule && rule.content.enabled);
        if rule.is_none_or(|rule| !rule.content.series.matches(content.series.as_str())) {
            return end(alert, Resolution::RuleChanged, now);
        }
        let replica = content.replica.as_ref()?;
        let last = reports.iter().find(|report| report.replica == *replica);
        let is_gone = last.is_none_or(|report| now.since(report.at) >= GONE);
        if is_gone { end(alert, Resolution::ReplicaGone, now) } else { None }
    }));
    changes
}

fn seen<'a>(
    rule: &'a Rule,
    replica: Option<&'a Replica>,
    series: &'a SeriesName,
    position: usize,
    report: &'a Reported,
) -> Seen<'a> {
    let is_unusual = report.unusual.iter().any(|one| one.position == position);
    let value = report.value(position);
    Seen { rule, replica, series, value, is_unusual, cause: &report.cause }
}

/// The alert that is open, or else the last one that was resolved not long ago.
fn find<'a>(alerts: &'a [Alert], seen: &Seen<'_>, now: Timestamp) -> Option<&'a Alert> {
    let is_its = |alert: &&Alert| {
        let content = &alert.content;
        content.rule == seen.rule.id
            && content.series == *seen.series
            && content.replica.as_ref() == seen.replica
    };
    let is_open = |alert: &&Alert| alert.content.state != AlertState::Resolved;
    let its = || alerts.iter().filter(is_its);
    its().find(is_open).or_else(|| {
        let is_recent = |alert: &&Alert| {
            alert.content.resolved_at.is_some_and(|at| now.since(at) < SAME_WITHIN)
        };
        its().filter(is_recent).max_by_key(|alert| alert.id)
    })
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
