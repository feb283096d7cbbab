//! The stored forms of rules and alerts.

use std::time::Duration;

use kernel::{
    Timestamp, UserId,
    record::{CorruptColumn, Record, known, moment, read, read_option, user},
};
use serde::{Deserialize, Serialize};

use crate::{
    alert::{Alert, AlertContent, Cause},
    evaluate::{Reported, Unusual},
    ports::StoredReport,
    rule::{Rule, RuleContent},
    values::{
        AlertId, AlertState, Condition, Pattern, Replica, Resolution, RuleId, RuleName, SeriesName,
        Severity,
    },
};

/// A rule. Times are in seconds, moments in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the rule's field of that name")]
pub struct RuleRecord {
    pub id: i64,
    pub name: String,
    pub series: String,
    pub condition: i16,
    pub threshold: f64,
    pub clear: f64,
    pub held_for: i64,
    pub clear_for: i64,
    pub repeat: Option<i64>,
    pub severity: i16,
    pub enabled: i16,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for RuleRecord {
    const NAME: &'static str = "monitoring_rules";
    const VERSION: u32 = 1;
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn duration(column: &'static str, seconds: i64) -> Result<Duration, CorruptColumn> {
    read(column, u64::try_from(seconds)).map(Duration::from_secs)
}

impl RuleRecord {
    /// Of a rule that has no id yet.
    pub fn new(content: &RuleContent, created_at: Timestamp) -> Self {
        let RuleContent {
            name,
            series,
            condition,
            threshold,
            clear,
            held_for,
            clear_for,
            repeat,
            severity,
            enabled,
        } = content;
        Self {
            id: 0,
            name: name.as_str().to_owned(),
            series: series.as_str().to_owned(),
            condition: condition.rank(),
            threshold: *threshold,
            clear: *clear,
            held_for: seconds(*held_for),
            clear_for: seconds(*clear_for),
            repeat: repeat.map(seconds),
            severity: severity.rank(),
            enabled: i16::from(*enabled),
            created_at: created_at.micros(),
            updated_at: created_at.micros(),
            version: 1,
        }
    }
}

impl From<&Rule> for RuleRecord {
    fn from(rule: &Rule) -> Self {
        let Rule { id, content, created_at, updated_at, version } = rule;
        Self {
            id: id.get(),
            updated_at: updated_at.micros(),
            version: *version,
            ..Self::new(content, *created_at)
        }
    }
}

impl TryFrom<RuleRecord> for Rule {
    type Error = CorruptColumn;

    fn try_from(r: RuleRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", RuleId::parse(r.id))?,
            content: RuleContent {
                name: read("name", RuleName::parse(&r.name))?,
                series: read("series", Pattern::parse(&r.series))?,
                condition: known("condition", Condition::from_rank(r.condition))?,
                threshold: r.threshold,
                clear: r.clear,
                held_for: duration("held_for", r.held_for)?,
                clear_for: duration("clear_for", r.clear_for)?,
                repeat: r.repeat.map(|repeat| duration("repeat", repeat)).transpose()?,
                severity: known("severity", Severity::from_rank(r.severity))?,
                enabled: r.enabled != 0,
            },
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// An alert. An empty replica stands for all; `cause` and `changes` are JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the alert's field of that name")]
pub struct AlertRecord {
    pub id: i64,
    pub rule_id: i64,
    pub rule_name: String,
    pub severity: i16,
    pub condition: i16,
    pub threshold: f64,
    pub replica: String,
    pub series: String,
    pub state: i16,
    pub value: f64,
    pub cause: String,
    pub since: i64,
    pub fired_at: Option<i64>,
    pub clear_since: Option<i64>,
    pub resolved_at: Option<i64>,
    pub resolution: Option<i16>,
    pub changes: String,
    pub flapping: i16,
    pub notified_at: Option<i64>,
    pub acked_by: Option<i64>,
    pub acked_at: Option<i64>,
    pub silenced_by: Option<i64>,
    pub silenced_until: Option<i64>,
    pub version: i64,
}

impl Record for AlertRecord {
    const NAME: &'static str = "monitoring_alerts";
    const VERSION: u32 = 1;
}

impl From<&AlertContent> for AlertRecord {
    fn from(content: &AlertContent) -> Self {
        let AlertContent {
            rule,
            rule_name,
            severity,
            condition,
            threshold,
            replica,
            series,
            state,
            value,
            cause,
            since,
            fired_at,
            clear_since,
            resolved_at,
            resolution,
            changes,
            flapping,
            notified_at,
            acked,
            silenced,
        } = content;
        let micros = |at: &Option<Timestamp>| at.map(Timestamp::micros);
        let times: Vec<i64> = changes.iter().map(|at| at.micros()).collect();
        Self {
            id: 0,
            rule_id: rule.get(),
            rule_name: rule_name.as_str().to_owned(),
            severity: severity.rank(),
            condition: condition.rank(),
            threshold: *threshold,
            replica: replica.as_ref().map_or("", Replica::as_str).to_owned(),
            series: series.as_str().to_owned(),
            state: state.rank(),
            value: *value,
            // Neither can fail: they are lists of texts and numbers.
            cause: serde_json::to_string(cause).unwrap_or_default(),
            since: since.micros(),
            fired_at: micros(fired_at),
            clear_since: micros(clear_since),
            resolved_at: micros(resolved_at),
            resolution: resolution.map(Resolution::rank),
            changes: serde_json::to_string(&times).unwrap_or_default(),
            flapping: i16::from(*flapping),
            notified_at: micros(notified_at),
            acked_by: acked.map(|(by, _)| by.get()),
            acked_at: acked.map(|(_, at)| at.micros()),
            silenced_by: silenced.map(|(by, _)| by.get()),
            silenced_until: silenced.map(|(_, until)| until.micros()),
            version: 1,
        }
    }
}

impl From<&Alert> for AlertRecord {
    fn from(alert: &Alert) -> Self {
        let Alert { id, content, version } = alert;
        Self { id: id.get(), version: *version, ..Self::from(content) }
    }
}

fn pair(
    column: &'static str,
    by: Option<i64>,
    at: Option<i64>,
) -> Result<Option<(UserId, Timestamp)>, CorruptColumn> {
    match (by, at) {
        (Some(by), Some(at)) => Ok(Some((user(column, by)?, moment(column, at)?))),
        (None, None) => Ok(None),
        _ => Err(CorruptColumn(column)),
    }
}

impl TryFrom<AlertRecord> for Alert {
    type Error = CorruptColumn;

    fn try_from(r: AlertRecord) -> Result<Self, CorruptColumn> {
        let at = |column, at: Option<i64>| at.map(|at| moment(column, at)).transpose();
        let times: Vec<i64> = read("changes", serde_json::from_str(&r.changes))?;
        let replica = Some(r.replica).filter(|replica| !replica.is_empty());
        Ok(Self {
            id: read("id", AlertId::parse(r.id))?,
            content: AlertContent {
                rule: read("rule_id", RuleId::parse(r.rule_id))?,
                rule_name: read("rule_name", RuleName::parse(&r.rule_name))?,
                severity: known("severity", Severity::from_rank(r.severity))?,
                condition: known("condition", Condition::from_rank(r.condition))?,
                threshold: r.threshold,
                replica: read_option("replica", replica, |raw| Replica::parse(&raw))?,
                series: read("series", SeriesName::parse(&r.series))?,
                state: known("state", AlertState::from_rank(r.state))?,
                value: r.value,
                cause: read("cause", serde_json::from_str(&r.cause))?,
                since: moment("since", r.since)?,
                fired_at: at("fired_at", r.fired_at)?,
                clear_since: at("clear_since", r.clear_since)?,
                resolved_at: at("resolved_at", r.resolved_at)?,
                resolution: r
                    .resolution
                    .map(|rank| known("resolution", Resolution::from_rank(rank)))
                    .transpose()?,
                changes: times
                    .into_iter()
                    .map(|at| moment("changes", at))
                    .collect::<Result<_, _>>()?,
                flapping: r.flapping != 0,
                notified_at: at("notified_at", r.notified_at)?,
                acked: pair("acked_by", r.acked_by, r.acked_at)?,
                silenced: pair("silenced_by", r.silenced_by, r.silenced_until)?,
            },
            version: r.version,
        })
    }
}

/// The last that a replica reported. A gap is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ReportRecord {
    values: Vec<Option<f32>>,
    unusual: Vec<UnusualRecord>,
    cause: Cause,
}

/// Position, value, median, low, high.
type UnusualRecord = (usize, f32, f32, f32, f32);

impl From<&Reported> for StoredReport {
    fn from(reported: &Reported) -> Self {
        let Reported { replica, at, values, unusual, cause } = reported;
        let values = values.iter().map(|value| Some(*value).filter(|value| value.is_finite()));
        let unusual =
            unusual.iter().map(|u| (u.position, u.value, u.median, u.low, u.high)).collect();
        let record = ReportRecord { values: values.collect(), unusual, cause: cause.clone() };
        let data = serde_json::to_string(&record).unwrap_or_default();
        Self { replica: replica.clone(), at: *at, data }
    }
}

impl TryFrom<StoredReport> for Reported {
    type Error = CorruptColumn;

    fn try_from(stored: StoredReport) -> Result<Self, CorruptColumn> {
        let StoredReport { replica, at, data } = stored;
        let ReportRecord { values, unusual, cause } = read("data", serde_json::from_str(&data))?;
        let values = values.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        let unusual = unusual.into_iter().map(|(position, value, median, low, high)| Unusual {
            position,
            value,
            median,
            low,
            high,
        });
        Ok(Self { replica, at, values, unusual: unusual.collect(), cause })
    }
}
