//! The alert and what becomes of it. Pure: time is an argument.

use std::time::Duration;

use kernel::{Timestamp, UserId};

use crate::{
    rule::Rule,
    values::{
        AlertId, AlertState, Condition, Replica, Resolution, RuleId, RuleName, SeriesName, Severity,
    },
};

pub use crate::events::{Busy, Cause};

/// An alert that comes back within this time is the same one.
pub const SAME_WITHIN: Duration = Duration::from_hours(1);
/// More changes than this within [`SAME_WITHIN`] are flapping.
pub const FLAPPING: usize = 4;
/// A replica that reports nothing for so long is gone.
pub const GONE: Duration = Duration::from_mins(10);

/// What a series of one replica did against a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Assigned by the store.
    pub id: AlertId,
    /// What it says.
    pub content: AlertContent,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// What an alert says.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertContent {
    /// The rule, which may have been deleted since.
    pub rule: RuleId,
    /// Its name at that time.
    pub rule_name: RuleName,
    /// Its severity at that time.
    pub severity: Severity,
    /// Its condition at that time.
    pub condition: Condition,
    /// Its threshold at that time.
    pub threshold: f64,
    /// Whose series it is; none for what all replicas see alike.
    pub replica: Option<Replica>,
    /// The series.
    pub series: SeriesName,
    /// How far it has come.
    pub state: AlertState,
    /// The value at its last change.
    pub value: f64,
    /// What was busiest when it fired.
    pub cause: Cause,
    /// Since when the rule is broken.
    pub since: Timestamp,
    /// Since when it fires, or fired.
    pub fired_at: Option<Timestamp>,
    /// Since when the value is below `clear`, while it fires.
    pub clear_since: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Why.
    pub resolution: Option<Resolution>,
    /// When it fired and was resolved within the last hour.
    pub changes: Vec<Timestamp>,
    /// True while it changes too often to be worth a notice each time.
    pub flapping: bool,
    /// The last notice.
    pub notified_at: Option<Timestamp>,
    /// Who has acknowledged it, and when.
    pub acked: Option<(UserId, Timestamp)>,
    /// The end of its silence, and who asked for it.
    pub silenced: Option<(UserId, Timestamp)>,
}

/// What people may have to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It fires.
    Fired,
    /// It still fires.
    Repeated,
    /// It is resolved.
    Resolved,
    /// It changes so often that it is mentioned once.
    Flapping,
}

/// What is written of an alert.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new one.
    Insert(AlertContent),
    /// A change.
    Save(Alert),
    /// It was pending and never fired.
    Remove(Alert),
}

/// What an evaluation changes: the write, and what people may have to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What is written.
    pub write: Write,
    /// What happened, if anything that others hear of.
    pub notice: Option<Notice>,
    /// False when it is silenced or flapping.
    pub notify: bool,
}

impl Change {
    fn quiet(write: Write) -> Self {
        Self { write, notice: None, notify: false }
    }

    fn save(alert: Alert, notice: Option<(Notice, bool)>) -> Self {
        let (notice, notify) =
            notice.map_or((None, false), |(notice, notify)| (Some(notice), notify));
        Self { write: Write::Save(alert), notice, notify }
    }
}

/// What was seen of one series.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The rule that it is judged by.
    pub rule: &'a Rule,
    /// Whose series it is.
    pub replica: Option<&'a Replica>,
    /// The series.
    pub series: &'a SeriesName,
    /// The value; NaN for a gap.
    pub value: f32,
    /// Whether it is unusual.
    pub is_unusual: bool,
    /// What was busiest.
    pub cause: &'a Cause,
}

/// What a value does to the alert of its series; `alert` is the one that is open, or that was resolved within
/// [`SAME_WITHIN`]. None when nothing changes.
pub fn step(seen: &Seen<'_>, alert: Option<&Alert>, now: Timestamp) -> Option<Change> {
    let content = &seen.rule.content;
    let is_broken = content.is_broken(seen.value, seen.is_unusual);
    let Some(alert) = alert else {
        return is_broken.then(|| begin(seen, now));
    };
    match alert.content.state {
        AlertState::Resolved if is_broken => {
            let mut alert = alert.clone();
            alert.content.update(seen);
            alert.content.state = AlertState::Pending;
            alert.content.since = now;
            alert.content.acked = None;
            if content.held_for.is_zero() {
                let notice = alert.content.fire(seen, now);
                return Some(Change::save(alert, notice));
            }
            Some(Change::save(alert, None))
        }
        AlertState::Resolved => None,
        AlertState::Pending => pending(seen, alert, is_broken, now),
        AlertState::Firing => firing(seen, alert, now),
    }
}

/// A value as it is kept: an unusual minute may end in a gap.
fn number(value: f32) -> f64 {
    if value.is_finite() { value.into() } else { 0.0 }
}

fn begin(seen: &Seen<'_>, now: Timestamp) -> Change {
    let rule = seen.rule;
    let mut content = AlertContent {
        rule: rule.id,
        rule_name: rule.content.name.clone(),
        severity: rule.content.severity,
        condition: rule.content.condition,
        threshold: rule.content.threshold,
        replica: seen.replica.cloned(),
        series: seen.series.clone(),
        state: AlertState::Pending,
        value: number(seen.value),
        cause: Cause::default(),
        since: now,
        fired_at: None,
        clear_since: None,
        resolved_at: None,
        resolution: None,
        changes: Vec::new(),
        flapping: false,
        notified_at: None,
        acked: None,
        silenced: None,
    };
    if !rule.content.held_for.is_zero() {
        return Change::quiet(Write::Insert(content));
    }
    let notice = content.fire(seen, now);
    let (notice, notify) = notice.map_or((None, false), |(notice, notify)| (Some(notice), notify));
    Change { write: Write::Insert(content), notice, notify }
}

fn pending(seen: &Seen<'_>, alert: &Alert, is_broken: bool, now: Timestamp) -> Option<Change> {
    if seen.value.is_nan() && seen.rule.content.condition != Condition::Anomaly {
        return None;
    }
    let mut alert = alert.clone();
    if !is_broken {
        if alert.content.fired_at.is_none() {
            return Some(Change::quiet(Write::Remove(alert)));
        }
        alert.content.state = AlertState::Resolved;
        return Some(Change::save(alert, None));
    }
    if now < alert.content.since {
        // The clock was set back: the time begins anew.
        alert.content.since = now;
        return Some(Change::save(alert, None));
    }
    if now.since(alert.content.since) < seen.rule.content.held_for {
        return None;
    }
    alert.content.update(seen);
    let notice = alert.content.fire(seen, now);
    Some(Change::save(alert, notice))
}

fn firing(seen: &Seen<'_>, alert: &Alert, now: Timestamp) -> Option<Change> {
    let rule = &seen.rule.content;
    if rule.is_cleared(seen.value, seen.is_unusual) {
        let mut alert = alert.clone();
        let since = alert.content.clear_since.filter(|since| *since <= now);
        if rule.clear_for.is_zero() || since.is_some_and(|since| now.since(since) >= rule.clear_for)
        {
            alert.content.value = number(seen.value);
            let notice = alert.content.resolve(Resolution::Cleared, now);
            return Some(Change::save(alert, notice));
        }
        if since.is_some() {
            return None;
        }
        alert.content.clear_since = Some(now);
        return Some(Change::save(alert, None));
    }
    if seen.value.is_nan() {
        return None;
    }
    let mut changed = alert.clone();
    let content = &mut changed.content;
    content.clear_since = None;
    if content.cause.processes.is_empty() && !seen.cause.processes.is_empty() {
        // What a process uses is known from the second look on.
        content.cause = seen.cause.clone();
    }
    let last = content.notified_at.filter(|last| *last <= now);
    if last.is_none() && content.notified_at.is_some() {
        content.notified_at = Some(now);
    }
    let is_due = match (rule.repeat, last) {
        (Some(repeat), Some(last)) => now.since(last) >= repeat,
        _ => false,
    };
    if is_due && content.acked.is_none() && !content.flapping && !content.is_silenced(now) {
        content.notified_at = Some(now);
        content.value = number(seen.value);
        return Some(Change::save(changed, Some((Notice::Repeated, true))));
    }
    (changed != *alert).then(|| Change::save(changed, None))
}

/// The alert ends without a value: its rule or its replica is gone. A pending one that never fired is removed.
pub fn end(alert: &Alert, why: Resolution, now: Timestamp) -> Option<Change> {
    let mut alert = alert.clone();
    match alert.content.state {
        AlertState::Resolved => None,
        AlertState::Pending if alert.content.fired_at.is_none() => {
            Some(Change::quiet(Write::Remove(alert)))
        }
        AlertState::Pending => {
            alert.content.state = AlertState::Resolved;
            Some(Change::save(alert, None))
        }
        AlertState::Firing => {
            let notice = alert.content.resolve(why, now);
            Some(Change::save(alert, notice))
        }
    }
}

impl AlertContent {
    /// True while notifications of it are held back.
    pub fn is_silenced(&self, now: Timestamp) -> bool {
        self.silenced.is_some_and(|(_, until)| now < until)
    }

    /// Takes over what the rule says now.
    fn update(&mut self, seen: &Seen<'_>) {
        let rule = &seen.rule.content;
        self.rule_name = rule.name.clone();
        self.severity = rule.severity;
        self.condition = rule.condition;
        self.threshold = rule.threshold;
    }

    fn fire(&mut self, seen: &Seen<'_>, now: Timestamp) -> Option<(Notice, bool)> {
        self.state = AlertState::Firing;
        self.value = number(seen.value);
        self.cause = seen.cause.clone();
        self.fired_at = Some(now);
        self.clear_since = None;
        self.resolved_at = None;
        self.resolution = None;
        self.changed(Notice::Fired, now)
    }

    fn resolve(&mut self, why: Resolution, now: Timestamp) -> Option<(Notice, bool)> {
        self.state = AlertState::Resolved;
        self.clear_since = None;
        self.resolved_at = Some(now);
        self.resolution = Some(why);
        self.changed(Notice::Resolved, now)
    }

    /// Counts a change. Over [`FLAPPING`] of them within an hour are flapping, which is one notice.
    fn changed(&mut self, notice: Notice, now: Timestamp) -> Option<(Notice, bool)> {
        self.changes.retain(|at| *at <= now && now.since(*at) < SAME_WITHIN);
        self.changes.push(now);
        let was_flapping = self.flapping;
        self.flapping = self.changes.len() > FLAPPING;
        let notice = match (was_flapping, self.flapping) {
            (false, true) => Notice::Flapping,
            _ => notice,
        };
        let notify = !(self.is_silenced(now) || was_flapping && self.flapping);
        if notify {
            self.notified_at = Some(now);
        }
        Some((notice, notify))
    }
}

impl Alert {
    /// Acknowledges it: no reminders any more. False when it was acknowledged before.
    pub fn acknowledge(&mut self, by: UserId, now: Timestamp) -> bool {
        let is_new = self.content.acked.is_none();
        if is_new {
            self.content.acked = Some((by, now));
        }
        is_new
    }

    /// Silences it until a moment. False when it was silenced until then.
    pub fn silence(&mut self, by: UserId, until: Timestamp) -> bool {
        let is_new = self.content.silenced.is_none_or(|(_, known)| known != until);
        if is_new {
            self.content.silenced = Some((by, until));
        }
        is_new
    }
}
