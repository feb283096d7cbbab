//! What this domain needs of a store, of the machine and of the program. Adapters of stores prove their promises with
//! the `kit`.
#![deny(missing_docs)]

use std::time::Duration;

use kernel::{CommonTx, Page, PageRequest, StoreError, Timestamp};

use crate::{
    alert::{Alert, AlertContent, Busy},
    query::AlertFilter,
    row::Row,
    rule::{NewRule, Rule},
    series::{Reading, Series},
    values::{AlertId, Replica, RuleId, Step},
};

/// Measures the machine and this process. It does not wait: a call takes less than a millisecond or two.
///
/// A number that cannot be read is left out. What is known only from the second look on, such as how busy the
/// processor is, is left out of the first one.
pub trait Probe: Send + Sync {
    /// What can be measured now.
    fn read(&self) -> Vec<Reading>;
    /// A time that goes on whatever the clock is set to.
    fn uptime(&self) -> Duration;
    /// The three processes of the machine that were busiest since the last call; none of them at the first. Costs
    /// several milliseconds, so it is asked only while a rule is broken.
    fn processes(&self) -> Vec<Busy>;
}

/// Reads what the program counts: the same numbers as its metrics.
pub trait Meters: Send + Sync {
    /// What is counted now.
    fn read(&self) -> Vec<Reading>;
    /// The three routes that took most time, and the three kinds of jobs that ran most often, between the last two
    /// readings.
    fn busiest(&self) -> (Vec<Busy>, Vec<Busy>);
}

/// The last that a replica reported, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReport {
    /// The replica.
    pub replica: Replica,
    /// When.
    pub at: Timestamp,
    /// What.
    pub data: String,
}

/// A stored row, and what it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// The replica.
    pub replica: Replica,
    /// Its start, in seconds since 1970.
    pub at: i64,
    /// What the series did.
    pub row: Row,
}

/// Stores samples.
///
/// * S1 `register` appends the series that are not there and changes none that is; the position of a series is its
///   place in what `series` and `register` return;
/// * S2 of several units that register simultaneously, all end with the same positions, or report `Duplicate` and
///   change nothing;
/// * S3 `rows` returns what `put` stored, bit for bit; of two rows with one replica, step and start the later counts;
/// * S4 `rows` returns the rows of one step that begin from `from` on and before `to`, of one replica or of all, by
///   start and then by replica;
/// * S5 `prune` removes rows of one step that begin before a moment, at most `limit`, and no others; it returns how
///   many;
/// * S6 `reports` returns the last report of each replica, by replica, if it is not older than `since`;
/// * S7 `hours` returns what `put_hour` stored for a replica at these hours, and nothing of others; the later counts;
/// * S8 `prune_hours` and `prune_reports` remove what is older than a moment, and nothing else.
pub trait SampleStore {
    /// The series, by position.
    fn series(&mut self) -> Result<Vec<Series>, StoreError>;
    /// Adds series; returns all. Errors: Duplicate (S2).
    fn register(&mut self, series: &[Series]) -> Result<Vec<Series>, StoreError>;
    /// Stores a row.
    fn put(&mut self, replica: &Replica, step: Step, at: i64, row: &Row) -> Result<(), StoreError>;
    /// Rows of a stretch.
    fn rows(
        &mut self,
        step: Step,
        replica: Option<&Replica>,
        from: i64,
        to: i64,
    ) -> Result<Vec<StoredRow>, StoreError>;
    /// Removes old rows.
    fn prune(&mut self, step: Step, before: i64, limit: u32) -> Result<u64, StoreError>;
    /// Stores the last report of a replica.
    fn report(&mut self, report: &StoredReport) -> Result<(), StoreError>;
    /// The last reports.
    fn reports(&mut self, since: Timestamp) -> Result<Vec<StoredReport>, StoreError>;
    /// Stores the minutes of an hour that say what is usual.
    fn put_hour(&mut self, replica: &Replica, at: i64, data: &[u8]) -> Result<(), StoreError>;
    /// The minutes of some hours, in the order of time.
    fn hours(&mut self, replica: &Replica, at: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError>;
    /// Removes old hours.
    fn prune_hours(&mut self, before: i64, limit: u32) -> Result<u64, StoreError>;
    /// Removes the reports of replicas that are gone.
    fn prune_reports(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Stores rules.
///
/// * R1 `get` after `insert` or `save` returns an equal rule;
/// * R2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful `save` raises the
///   version by one, in the store and in the argument;
/// * R3 of N units that read one version and `save` or `remove` it, exactly one succeeds;
/// * R4 `list` and `all` return the oldest first, without gaps or repeats between pages.
pub trait RuleStore {
    /// Adds a rule; its version is 1.
    fn insert(&mut self, rule: &NewRule) -> Result<Rule, StoreError>;
    /// A rule.
    fn get(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError>;
    /// The same; no other transaction changes it before this one ends.
    fn lock(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError>;
    /// Writes every field but the time of creation. Errors: Stale (R2).
    fn save(&mut self, rule: &mut Rule) -> Result<(), StoreError>;
    /// Removes this version. Errors: Stale (R2).
    fn remove(&mut self, rule: &Rule) -> Result<(), StoreError>;
    /// A page of rules.
    fn list(&mut self, page: &PageRequest) -> Result<Page<Rule>, StoreError>;
    /// Every rule.
    fn all(&mut self) -> Result<Vec<Rule>, StoreError>;
}

/// Stores alerts.
///
/// * A1 `get` after `insert` or `save` returns an equal alert;
/// * A2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful `save` raises the
///   version by one, in the store and in the argument;
/// * A3 of one rule, replica and series one alert at most is pending or firing: another one is
///   `Duplicate("monitoring.alert")`;
/// * A4 `current` returns those that are pending or firing, and those that were resolved since a moment, by id;
/// * A5 `list` returns the newest first, without gaps or repeats between pages, and those that the filter names only;
/// * A6 `prune` removes alerts that were resolved before a moment, at most `limit`, and no others;
/// * A7 of N units that read one version and `save` it, exactly one succeeds.
pub trait AlertStore {
    /// Adds an alert; its version is 1. Errors: Duplicate (A3).
    fn insert(&mut self, alert: &AlertContent) -> Result<Alert, StoreError>;
    /// An alert.
    fn get(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError>;
    /// The same; no other transaction changes it before this one ends.
    fn lock(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError>;
    /// Writes every field. Errors: Stale (A2), Duplicate (A3).
    fn save(&mut self, alert: &mut Alert) -> Result<(), StoreError>;
    /// Removes this version. Errors: Stale (A2).
    fn remove(&mut self, alert: &Alert) -> Result<(), StoreError>;
    /// What an evaluation looks at.
    fn current(&mut self, since: Timestamp) -> Result<Vec<Alert>, StoreError>;
    /// A page of alerts.
    fn list(&mut self, filter: AlertFilter, page: &PageRequest) -> Result<Page<Alert>, StoreError>;
    /// Removes old alerts.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// This domain's face of a transaction.
pub trait MonitoringTx: CommonTx {
    /// Samples.
    fn samples(&mut self) -> &mut dyn SampleStore;
    /// Rules.
    fn rules(&mut self) -> &mut dyn RuleStore;
    /// Alerts.
    fn alerts(&mut self) -> &mut dyn AlertStore;
}
