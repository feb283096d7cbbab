//! Rules and alerts as clients see and send them.

use std::time::Duration;

use kernel::Timestamp;
use monitoring::{
    Alert, Busy, Cause, Rule,
    commands::{CreateRule, UpdateRule},
    events::{AlertSnapshot, RuleSnapshot},
    query::AlertFilter,
    rule::{LONGEST, SHORTEST_REPEAT},
    values::{AlertState, Condition, Pattern, RuleName, Severity},
};
use rest::{
    call::Body,
    etag,
    fields::{Misread, Reason, TextCodes, integer, string},
    problem::Problem,
    query::Query,
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// When a rule is broken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = monitoring::Condition)]
pub enum ConditionWord {
    /// The value is above the threshold.
    Above,
    /// The value is below the threshold.
    Below,
    /// The value is unusual for the hour of the week.
    Anomaly,
}

/// How bad a broken rule is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = monitoring::Severity)]
pub enum SeverityWord {
    /// Worth knowing.
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// How far an alert has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = monitoring::AlertState)]
pub enum StateWord {
    /// The rule is broken, for less than its time.
    Pending,
    /// The rule is broken.
    Firing,
    /// The rule was broken.
    Resolved,
}

/// Why an alert was resolved.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = monitoring::Resolution)]
pub enum ResolutionWord {
    /// The value was below `clear` for long enough.
    Cleared,
    /// The rule was changed, disabled or deleted.
    RuleChanged,
    /// The replica has reported nothing for ten minutes.
    ReplicaGone,
}

/// When people are to know of a series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Rule)]
pub struct RuleBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What people know it by.
    #[schema(min_length = 1, max_length = 100, example = "CPU busy")]
    pub name: String,
    /// The series that it is about: a name, all of a kind (`cpu.*`), or all (`*`).
    #[schema(example = "cpu.total")]
    pub series: String,
    /// When it is broken.
    #[schema(value_type = ConditionWord)]
    pub condition: String,
    /// The value beyond which it is broken. An anomaly has none.
    #[schema(example = 90.0)]
    pub threshold: f64,
    /// The value that it must come back to.
    #[schema(example = 80.0)]
    pub clear: f64,
    /// For how long it must be broken before it fires.
    #[schema(minimum = 0, maximum = 604_800, example = 300)]
    pub for_seconds: u64,
    /// For how long it must be whole before it is resolved.
    #[schema(minimum = 0, maximum = 604_800, example = 300)]
    pub clear_for_seconds: u64,
    /// How often people are reminded; null: never.
    #[schema(minimum = 60, maximum = 604_800, example = 14400)]
    pub repeat_seconds: Option<u64>,
    /// How bad it is.
    #[schema(value_type = SeverityWord)]
    pub severity: String,
    /// False while nothing is evaluated.
    pub enabled: bool,
    /// The time of its creation.
    #[schema(format = DateTime, example = "2026-11-25T08:00:00Z")]
    pub created_at: String,
    /// The time of its last change.
    #[schema(format = DateTime, example = "2026-11-25T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Rule> for RuleBody {
    fn from(rule: &Rule) -> Self {
        let RuleSnapshot {
            id,
            name,
            series,
            condition,
            threshold,
            clear,
            for_seconds,
            clear_for_seconds,
            repeat_seconds,
            severity,
            enabled,
            created_at,
            updated_at,
            version,
        } = RuleSnapshot::from(rule);
        Self {
            id,
            name,
            series,
            condition,
            threshold,
            clear,
            for_seconds,
            clear_for_seconds,
            repeat_seconds,
            severity,
            enabled,
            created_at,
            updated_at,
            version,
        }
    }
}

/// The tag of a rule's representation.
pub fn etag_of(rule: &Rule) -> String {
    etag::of(rule.version, "")
}

/// `201` for a new rule.
pub fn created(rule: &Rule) -> Reply {
    let location = format!("/api/v1/monitoring/rules/{}", rule.id);
    Reply::created(RuleBody::from(rule), location, Some(etag_of(rule)))
}

/// Something that was busy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Busy)]
pub struct BusyBody {
    /// What it is called.
    #[schema(example = "GET /tasks")]
    pub name: String,
    /// How busy it was, in percent.
    #[schema(example = 81.5)]
    pub percent: f32,
}

/// What was busiest: at most three of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Cause)]
pub struct CauseBody {
    /// Routes, by the part of the time that requests took.
    pub routes: Vec<BusyBody>,
    /// Kinds of jobs, by their part of the runs.
    pub jobs: Vec<BusyBody>,
    /// Processes of the machine, by their part of a core.
    pub processes: Vec<BusyBody>,
}

fn busy(all: Vec<Busy>) -> Vec<BusyBody> {
    all.into_iter().map(|Busy { name, percent }| BusyBody { name, percent }).collect()
}

/// What a series of one replica did against a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Alert)]
pub struct AlertBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The rule, which may have been deleted since.
    #[schema(minimum = 1, example = 1)]
    pub rule_id: i64,
    /// What people know the rule by.
    #[schema(example = "CPU busy")]
    pub rule: String,
    /// How bad it is.
    #[schema(value_type = SeverityWord)]
    pub severity: String,
    /// When the rule is broken.
    #[schema(value_type = ConditionWord)]
    pub condition: String,
    /// The value beyond which it is broken.
    #[schema(example = 90.0)]
    pub threshold: f64,
    /// Whose series it is; null for what all replicas see alike.
    #[schema(example = "node-1:8080")]
    pub replica: Option<String>,
    /// The series.
    #[schema(example = "cpu.total")]
    pub series: String,
    /// How far it has come.
    #[schema(value_type = StateWord)]
    pub state: String,
    /// The value at its last change.
    #[schema(example = 97.5)]
    pub value: f64,
    /// What was busiest when it fired.
    pub cause: CauseBody,
    /// Since when the rule is broken.
    #[schema(format = DateTime, example = "2026-11-25T08:00:00Z")]
    pub since: String,
    /// Since when it fires, or fired.
    #[schema(format = DateTime, example = "2026-11-25T08:05:00Z")]
    pub fired_at: Option<String>,
    /// When it was resolved.
    #[schema(format = DateTime)]
    pub resolved_at: Option<String>,
    /// Why.
    #[schema(value_type = Option<ResolutionWord>)]
    pub resolution: Option<String>,
    /// True while it changes too often to be worth a notice each time.
    pub flapping: bool,
    /// Who has acknowledged it.
    #[schema(minimum = 1)]
    pub acked_by: Option<i64>,
    /// When.
    #[schema(format = DateTime)]
    pub acked_at: Option<String>,
    /// Until when it is silenced.
    #[schema(format = DateTime)]
    pub silenced_until: Option<String>,
    /// Counts the changes, from 1.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Alert> for AlertBody {
    fn from(alert: &Alert) -> Self {
        let AlertSnapshot {
            id,
            rule_id,
            rule,
            severity,
            condition,
            threshold,
            replica,
            series,
            state,
            value,
            cause: Cause { routes, jobs, processes },
            since,
            fired_at,
            resolved_at,
            resolution,
            flapping,
            acked_by,
            acked_at,
            silenced_until,
            version,
            notify: _,
        } = AlertSnapshot::new(alert, false);
        Self {
            id,
            rule_id,
            rule,
            severity,
            condition,
            threshold,
            replica,
            series,
            state,
            value,
            cause: CauseBody { routes: busy(routes), jobs: busy(jobs), processes: busy(processes) },
            since,
            fired_at,
            resolved_at,
            resolution,
            flapping,
            acked_by,
            acked_at,
            silenced_until,
            version,
        }
    }
}

/// A new rule.
#[derive(Debug, ToSchema)]
#[schema(as = monitoring::CreateRule, example = json!({
    "name": "CPU busy", "series": "cpu.total", "condition": "above", "threshold": 90, "clear": 80,
    "for_seconds": 300, "clear_for_seconds": 300, "repeat_seconds": 14400, "severity": "warning"
}))]
pub struct CreateRuleBody {
    /// What people know it by; trimmed.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// A name, all of a kind (`cpu.*`), or all (`*`). Each series and replica has alerts of its own.
    pub series: String,
    /// `above` when absent.
    #[schema(value_type = Option<ConditionWord>)]
    pub condition: Option<String>,
    /// The value beyond which it is broken. An anomaly needs none.
    pub threshold: Option<f64>,
    /// The value that it must come back to; the threshold when absent.
    pub clear: Option<f64>,
    /// For how long it must be broken before it fires; 0 when absent.
    #[schema(minimum = 0, maximum = 604_800)]
    pub for_seconds: Option<i64>,
    /// For how long it must be whole before it is resolved; 0 when absent.
    #[schema(minimum = 0, maximum = 604_800)]
    pub clear_for_seconds: Option<i64>,
    /// How often people are reminded; never when absent.
    #[schema(minimum = 60, maximum = 604_800)]
    pub repeat_seconds: Option<i64>,
    /// `warning` when absent.
    #[schema(value_type = Option<SeverityWord>)]
    pub severity: Option<String>,
    /// True when absent.
    pub enabled: Option<bool>,
}

/// A change of a rule, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = monitoring::UpdateRule, example = json!({"threshold": 95, "repeat_seconds": null}))]
pub struct UpdateRuleBody {
    /// A new name.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Other series.
    #[schema(nullable = false)]
    pub series: Option<String>,
    /// Another condition.
    #[schema(value_type = Option<ConditionWord>, nullable = false)]
    pub condition: Option<String>,
    /// Another threshold. `clear` moves along where the two are one.
    #[schema(nullable = false)]
    pub threshold: Option<f64>,
    /// The value that it must come back to.
    #[schema(nullable = false)]
    pub clear: Option<f64>,
    /// For how long it must be broken before it fires.
    #[schema(minimum = 0, maximum = 604_800, nullable = false)]
    pub for_seconds: Option<i64>,
    /// For how long it must be whole before it is resolved.
    #[schema(minimum = 0, maximum = 604_800, nullable = false)]
    pub clear_for_seconds: Option<i64>,
    /// How often people are reminded; null: never.
    #[schema(minimum = 60, maximum = 604_800)]
    pub repeat_seconds: Option<i64>,
    /// How bad it is.
    #[schema(value_type = Option<SeverityWord>, nullable = false)]
    pub severity: Option<String>,
    /// Whether it is evaluated.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// Until when an alert is silenced.
#[derive(Debug, ToSchema)]
#[schema(as = monitoring::Silence, example = json!({"until": "2027-01-01T08:00:00Z"}))]
pub struct SilenceBody {
    /// A time in the future, and within a year.
    #[schema(format = DateTime)]
    pub until: String,
}

/// Which alerts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertParams {
    /// In this state only.
    #[param(value_type = Option<StateWord>, nullable = false)]
    pub state: Option<String>,
    /// With this severity only.
    #[param(value_type = Option<SeverityWord>, nullable = false)]
    pub severity: Option<String>,
}

const NAME: TextCodes =
    TextCodes { empty: "monitoring.name_empty", too_long: "monitoring.name_too_long" };

fn name(raw: &str) -> Result<RuleName, Reason> {
    RuleName::parse(raw).map_err(|error| NAME.reason(error))
}

/// A pattern of series.
pub(crate) fn pattern(raw: &str) -> Result<Pattern, Reason> {
    Pattern::parse(raw).map_err(|error| ("monitoring.series_invalid", error.to_string()))
}

fn condition(raw: &str) -> Result<Condition, Reason> {
    let message = || "must be above, below or anomaly".to_owned();
    Condition::parse(raw).ok_or_else(|| ("monitoring.condition_unknown", message()))
}

fn severity(raw: &str) -> Result<Severity, Reason> {
    let message = || "must be info, warning or critical".to_owned();
    Severity::parse(raw).ok_or_else(|| ("monitoring.severity_unknown", message()))
}

fn state(raw: &str) -> Result<AlertState, Reason> {
    let message = || "must be pending, firing or resolved".to_owned();
    AlertState::parse(raw).ok_or_else(|| ("monitoring.state_unknown", message()))
}

fn until(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("monitoring.until_invalid", error.to_string()))
}

fn number(value: Value) -> Result<f64, Misread> {
    match value.as_f64() {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err(Misread::Reason(("monitoring.number_invalid", "must be finite".to_owned()))),
        None => Err(Misread::Type("a number", value)),
    }
}

fn boolean(value: Value) -> Result<bool, Misread> {
    value.as_bool().ok_or(Misread::Type("a boolean", value))
}

fn seconds(least: Duration) -> impl Fn(i64) -> Result<Duration, Reason> {
    move |raw| {
        let time = u64::try_from(raw).map(Duration::from_secs).ok();
        time.filter(|time| (least..=LONGEST).contains(time)).ok_or_else(|| {
            let (least, most) = (least.as_secs(), LONGEST.as_secs());
            ("monitoring.seconds_invalid", format!("must be {least} to {most} seconds"))
        })
    }
}

/// `POST /monitoring/rules`.
pub fn create(body: &Body) -> Result<CreateRule, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", string(name));
    let series = fields.required("series", string(pattern));
    let condition = fields.optional("condition", string(condition)).unwrap_or(Condition::Above);
    let threshold = if condition == Condition::Anomaly {
        Some(fields.optional("threshold", number).unwrap_or(0.0))
    } else {
        fields.required("threshold", number)
    };
    let clear = fields.optional("clear", number);
    let held_for = fields.optional("for_seconds", integer(seconds(Duration::ZERO)));
    let clear_for = fields.optional("clear_for_seconds", integer(seconds(Duration::ZERO)));
    let repeat = fields.optional("repeat_seconds", integer(seconds(SHORTEST_REPEAT)));
    let severity = fields.optional("severity", string(severity)).unwrap_or(Severity::Warning);
    let enabled = fields.optional("enabled", boolean).unwrap_or(true);
    let rule = name.zip(series).zip(threshold).map(|((name, series), threshold)| CreateRule {
        name,
        series,
        condition,
        threshold,
        clear,
        held_for: held_for.unwrap_or_default(),
        clear_for: clear_for.unwrap_or_default(),
        repeat,
        severity,
        enabled,
    });
    fields.finish(rule)
}

/// `PUT` and `PATCH /monitoring/rules/{id}`.
pub fn update(body: &Body) -> Result<UpdateRule, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateRule {
        name: fields.keep("name", string(name)),
        series: fields.keep("series", string(pattern)),
        condition: fields.keep("condition", string(condition)),
        threshold: fields.keep("threshold", number),
        clear: fields.keep("clear", number),
        held_for: fields.keep("for_seconds", integer(seconds(Duration::ZERO))),
        clear_for: fields.keep("clear_for_seconds", integer(seconds(Duration::ZERO))),
        repeat: fields.patch("repeat_seconds", integer(seconds(SHORTEST_REPEAT))),
        severity: fields.keep("severity", string(severity)),
        enabled: fields.keep("enabled", boolean),
    };
    fields.finish(Some(update))
}

/// `POST /monitoring/alerts/{id}/silence`.
pub fn silence(body: &Body) -> Result<Timestamp, Problem> {
    let mut fields = body.fields()?;
    let until = fields.required("until", string(until));
    fields.finish(until)
}

/// `GET /monitoring/alerts`.
pub fn filter(query: &mut Query) -> AlertFilter {
    AlertFilter {
        state: query.optional("state", state),
        severity: query.optional("severity", severity),
    }
}
