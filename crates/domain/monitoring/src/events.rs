//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name and kept in
//! `tests/events/`.

use kernel::{Actor, Audience, NewEvent, Permission, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    alert::{Alert, AlertContent, Notice},
    rule::{Rule, RuleContent},
    values::{AlertId, AlertState, Condition, Resolution, RuleId, Severity},
};

kernel::event_types! {
    /// A rule of monitoring was created.
    RULE_CREATED = "monitoring_rule.created.v1": RuleSnapshot,
    /// A rule of monitoring changed.
    RULE_UPDATED = "monitoring_rule.updated.v1": RuleSnapshot,
    /// A rule of monitoring was deleted.
    RULE_DELETED = "monitoring_rule.deleted.v1": RuleSnapshot,
    /// A rule is broken for long enough: its alert fires.
    FIRED = "alert.fired.v1": AlertSnapshot,
    /// An alert still fires and is not acknowledged.
    REPEATED = "alert.repeated.v1": AlertSnapshot,
    /// An alert is resolved.
    RESOLVED = "alert.resolved.v1": AlertSnapshot,
    /// An alert changes so often that its changes are mentioned no more, until it has been quiet for an hour.
    FLAPPING = "alert.flapping.v1": AlertSnapshot,
    /// Someone acknowledged an alert.
    ACKNOWLEDGED = "alert.acknowledged.v1": AlertSnapshot,
    /// Someone silenced an alert.
    SILENCED = "alert.silenced.v1": AlertSnapshot,
}

/// What was busiest at a moment: at most three of each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// Routes, by the part of the time that requests took.
    pub routes: Vec<Busy>,
    /// Kinds of jobs, by their part of the runs.
    pub jobs: Vec<Busy>,
    /// Processes of the machine, by their part of a core.
    pub processes: Vec<Busy>,
}

impl Cause {
    /// True when nothing is known.
    pub const fn is_empty(&self) -> bool {
        self.routes.is_empty() && self.jobs.is_empty() && self.processes.is_empty()
    }
}

/// Something that was busy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Busy {
    /// What it is called.
    pub name: String,
    /// How busy it was, in percent.
    pub percent: f32,
}

/// A rule as events show it: the shape of the REST rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSnapshot {
    /// The rule.
    #[schemars(with = "RuleId")]
    pub id: i64,
    /// What people know it by.
    pub name: String,
    /// The series that it is about: a name, or `cpu.*`.
    pub series: String,
    /// When it is broken.
    #[schemars(with = "Condition")]
    pub condition: String,
    /// The value beyond which it is broken.
    pub threshold: f64,
    /// The value that it must come back to.
    pub clear: f64,
    /// For how long it must be broken before it fires.
    pub for_seconds: u64,
    /// For how long it must be whole before it is resolved.
    pub clear_for_seconds: u64,
    /// How often people are reminded; null: never.
    pub repeat_seconds: Option<u64>,
    /// How bad it is.
    #[schemars(with = "Severity")]
    pub severity: String,
    /// False while nothing is evaluated.
    pub enabled: bool,
    /// When it was created.
    #[schemars(with = "Timestamp")]
    pub created_at: String,
    /// When it last changed.
    #[schemars(with = "Timestamp")]
    pub updated_at: String,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

impl From<&Rule> for RuleSnapshot {
    fn from(rule: &Rule) -> Self {
        let Rule { id, content, created_at, updated_at, version } = rule;
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
            id: id.get(),
            name: name.as_str().to_owned(),
            series: series.as_str().to_owned(),
            condition: condition.as_str().to_owned(),
            threshold: *threshold,
            clear: *clear,
            for_seconds: held_for.as_secs(),
            clear_for_seconds: clear_for.as_secs(),
            repeat_seconds: repeat.map(|repeat| repeat.as_secs()),
            severity: severity.as_str().to_owned(),
            enabled: *enabled,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// An alert as events show it: the shape of the REST alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertSnapshot {
    /// The alert.
    #[schemars(with = "AlertId")]
    pub id: i64,
    /// The rule, which may have been deleted since.
    #[schemars(with = "RuleId")]
    pub rule_id: i64,
    /// What people know the rule by.
    pub rule: String,
    /// How bad it is.
    #[schemars(with = "Severity")]
    pub severity: String,
    /// When the rule is broken.
    #[schemars(with = "Condition")]
    pub condition: String,
    /// The value beyond which it is broken.
    pub threshold: f64,
    /// Whose series it is; null for what all replicas see alike.
    pub replica: Option<String>,
    /// The series.
    pub series: String,
    /// How far it has come.
    #[schemars(with = "AlertState")]
    pub state: String,
    /// The value at its last change.
    pub value: f64,
    /// What was busiest when it fired.
    pub cause: Cause,
    /// Since when the rule is broken.
    #[schemars(with = "Timestamp")]
    pub since: String,
    /// Since when it fires, or fired.
    #[schemars(with = "Option<Timestamp>")]
    pub fired_at: Option<String>,
    /// When it was resolved.
    #[schemars(with = "Option<Timestamp>")]
    pub resolved_at: Option<String>,
    /// Why.
    #[schemars(with = "Option<Resolution>")]
    pub resolution: Option<String>,
    /// True while it changes too often to be worth a notice each time.
    pub flapping: bool,
    /// Who has acknowledged it.
    pub acked_by: Option<i64>,
    /// When.
    #[schemars(with = "Option<Timestamp>")]
    pub acked_at: Option<String>,
    /// Until when it is silenced.
    #[schemars(with = "Option<Timestamp>")]
    pub silenced_until: Option<String>,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
    /// False when people are not to be notified of this event: the alert is silenced or flapping.
    pub notify: bool,
}

impl AlertSnapshot {
    /// Of an alert.
    pub fn new(alert: &Alert, notify: bool) -> Self {
        let Alert { id, content, version } = alert;
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
            clear_since: _,
            resolved_at,
            resolution,
            changes: _,
            flapping,
            notified_at: _,
            acked,
            silenced,
        } = content;
        let text = |at: &Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: id.get(),
            rule_id: rule.get(),
            rule: rule_name.as_str().to_owned(),
            severity: severity.as_str().to_owned(),
            condition: condition.as_str().to_owned(),
            threshold: *threshold,
            replica: replica.as_ref().map(|replica| replica.as_str().to_owned()),
            series: series.as_str().to_owned(),
            state: state.as_str().to_owned(),
            value: *value,
            cause: cause.clone(),
            since: since.to_string(),
            fired_at: text(fired_at),
            resolved_at: text(resolved_at),
            resolution: resolution.map(|why| why.as_str().to_owned()),
            flapping: *flapping,
            acked_by: acked.map(|(by, _)| by.get()),
            acked_at: acked.map(|(_, at)| at.to_string()),
            silenced_until: silenced.map(|(_, until)| until.to_string()),
            version: *version,
            notify,
        }
    }
}

/// The event `name` of a rule.
pub fn of_rule(name: &'static str, rule: &Rule, actor: &Actor, at: Timestamp) -> NewEvent {
    let payload = json!(RuleSnapshot::from(rule));
    let audience = vec![Audience::holders(Permission::MonitoringRead)];
    NewEvent { audience, ..NewEvent::by(actor, at, name, rule.id.get(), payload) }
}

/// The event `name` of an alert, by a person.
pub fn of_alert(name: &'static str, alert: &Alert, actor: &Actor, at: Timestamp) -> NewEvent {
    let payload = json!(AlertSnapshot::new(alert, false));
    let audience = vec![Audience::holders(Permission::MonitoringRead)];
    NewEvent { audience, ..NewEvent::by(actor, at, name, alert.id.get(), payload) }
}

/// What happened to an alert by itself.
pub fn of_notice(notice: Notice, notify: bool, alert: &Alert, at: Timestamp) -> NewEvent {
    NewEvent {
        name: match notice {
            Notice::Fired => FIRED,
            Notice::Repeated => REPEATED,
            Notice::Resolved => RESOLVED,
            Notice::Flapping => FLAPPING,
        },
        at,
        actor: None,
        subject: alert.id.get(),
        audience: vec![Audience::holders(Permission::MonitoringRead)],
        payload: json!(AlertSnapshot::new(alert, notify)),
        request_id: None,
    }
}
