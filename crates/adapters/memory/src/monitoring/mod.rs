//! `SampleStore`, `RuleStore` and `AlertStore`.

mod alerts;
#[cfg(test)]
mod planted_monitoring;
mod rules;
mod samples;

use std::sync::Arc;

use monitoring::{
    Alert, AlertId, Rule, RuleId, Series,
    ports::StoredReport,
    row::Row,
    values::{Replica, Step},
};

use crate::state::Table;

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct MonitoringTables {
    series: Arc<Vec<Series>>,
    samples: Table<(Step, i64, Replica), Arc<Row>>,
    hours: Table<(Replica, i64), Arc<[u8]>>,
    reports: Table<Replica, StoredReport>,
    last_rule: i64,
    rules: Table<RuleId, Arc<Rule>>,
    last_alert: i64,
    alerts: Table<AlertId, Arc<Alert>>,
}
