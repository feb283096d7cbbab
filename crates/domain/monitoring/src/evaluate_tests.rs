//! The life of alerts (M4, M5).

use std::time::Duration;

use super::*;
use crate::{
    alert::{AlertContent, Busy, Notice, Write},
    rule::{NewRule, defaults},
    values::{AlertId, Condition, RuleId},
};

const SECOND: Duration = Duration::from_secs(1);

/// A store of alerts, and a clock that is moved.
struct Life {
    rules: Vec<Rule>,
    series: Vec<SeriesName>,
    alerts: Vec<Alert>,
    now: Timestamp,
    last_id: i64,
    notices: Vec<(Notice, bool)>,
    unusual: bool,
}

impl Life {
    /// A rule that fires above 90 after 10 s, and is cleared below 80 for 10 s.
    fn new() -> Self {
        let now = Timestamp::parse("2026-11-25T08:00:00Z").unwrap();
        let mut create = defaults().remove(0);
        create.held_for = 10 * SECOND;
        create.clear_for = 10 * SECOND;
        create.repeat = Some(60 * SECOND);
        let rule = NewRule::of(create, now).unwrap().stored(RuleId::parse(1).unwrap());
        let series = vec![SeriesName::parse("cpu.total").unwrap()];
        let (alerts, notices) = (Vec::new(), Vec::new());
        Self { rules: vec![rule], series, alerts, now, last_id: 0, notices, unusual: false }
    }

    fn rule(&mut self) -> &mut crate::rule::RuleContent {
        &mut self.rules[0].content
    }

    /// Five seconds later one replica reports this value.
    fn tick(&mut self, value: f32) -> Option<AlertState> {
        self.report(&[("a", value)])
    }

    fn report(&mut self, values: &[(&str, f32)]) -> Option<AlertState> {
        self.now = self.now.plus(5 * SECOND);
        let reports: Vec<Reported> = values
            .iter()
            .map(|(replica, value)| Reported {
                replica: Replica::parse(replica).unwrap(),
                at: self.now,
                values: vec![*value],
                unusual: if self.unusual {
                    vec![Unusual { position: 0, value: *value, median: 1.0, low: 0.0, high: 2.0 }]
                } else {
                    Vec::new()
                },
                cause: Cause {
                    routes: vec![Busy { name: "/tasks".to_owned(), percent: 80.0 }],
                    ..Cause::default()
                },
            })
            .collect();
        self.apply(&reports);
        self.alerts.last().map(|alert| alert.content.state)
    }

    fn apply(&mut self, reports: &[Reported]) {
        for change in evaluate(&self.rules, &self.series, &self.alerts, reports, self.now) {
            self.notices.extend(change.notice.map(|notice| (notice, change.notify)));
            match change.write {
                Write::Insert(content) => {
                    self.last_id += 1;
                    let id = AlertId::parse(self.last_id).unwrap();
                    self.alerts.push(Alert { id, content, version: 1 });
                }
                Write::Save(alert) => {
                    let place = self.alerts.iter().position(|one| one.id == alert.id).unwrap();
                    self.alerts[place] = alert;
                }
                Write::Remove(alert) => self.alerts.retain(|one| one.id != alert.id),
            }
        }
    }

    fn told(&mut self) -> Vec<Notice> {
        self.notices.drain(..).filter(|(_, notify)| *notify).map(|(notice, _)| notice).collect()
    }

    fn alert(&mut self) -> &mut AlertContent {
        &mut self.alerts.last_mut().unwrap().content
    }
}

#[test]
fn a_rule_fires_after_its_time_and_clears_below_its_clear() {
    let mut life = Life::new();
    assert_eq!(life.tick(95.0), Some(AlertState::Pending));
    assert_eq!(life.tick(95.0), Some(AlertState::Pending));
    assert_eq!(life.tick(95.0), Some(AlertState::Firing));
    assert_eq!(life.told(), [Notice::Fired]);
    assert_eq!(life.alert().cause.routes[0].name, "/tasks", "it carries its cause (M5)");
    for _ in 0..5 {
        assert_eq!(life.tick(85.0), Some(AlertState::Firing), "not below clear");
    }
    assert_eq!(life.tick(70.0), Some(AlertState::Firing));
    assert_eq!(life.tick(85.0), Some(AlertState::Firing), "the time begins anew");
    for state in [AlertState::Firing, AlertState::Firing, AlertState::Resolved] {
        assert_eq!(life.tick(70.0), Some(state));
    }
    assert_eq!(life.told(), [Notice::Resolved]);
    assert_eq!(life.alert().resolution, Some(Resolution::Cleared));
}

#[test]
fn a_short_peak_leaves_nothing() {
    let mut life = Life::new();
    life.tick(95.0);
    assert_eq!(life.tick(50.0), None);
    assert_eq!(life.told(), []);
}

#[test]
fn a_gap_neither_fires_nor_clears() {
    let mut life = Life::new();
    life.tick(95.0);
    for _ in 0..10 {
        assert_eq!(life.tick(f32::NAN), Some(AlertState::Pending));
    }
    assert_eq!(life.tick(95.0), Some(AlertState::Firing));
    for _ in 0..10 {
        assert_eq!(life.tick(f32::NAN), Some(AlertState::Firing));
    }
}

#[test]
fn people_are_reminded_until_they_acknowledge() {
    let mut life = Life::new();
    for _ in 0..27 {
        life.tick(95.0);
    }
    assert_eq!(life.told(), [Notice::Fired, Notice::Repeated, Notice::Repeated]);
    let (user, now) = (kernel::UserId::parse(1).unwrap(), life.now);
    assert!(life.alerts[0].acknowledge(user, now) && !life.alerts[0].acknowledge(user, now));
    for _ in 0..30 {
        life.tick(95.0);
    }
    assert_eq!(life.told(), []);
    for _ in 0..4 {
        life.tick(1.0);
    }
    assert_eq!(life.told(), [Notice::Resolved]);
}

#[test]
fn a_silenced_alert_changes_and_notifies_nobody() {
    let mut life = Life::new();
    for _ in 0..3 {
        life.tick(95.0);
    }
    life.told();
    let (user, until) = (kernel::UserId::parse(1).unwrap(), life.now.plus(300 * SECOND));
    assert!(life.alerts[0].silence(user, until) && !life.alerts[0].silence(user, until));
    for _ in 0..20 {
        life.tick(95.0);
    }
    for _ in 0..4 {
        life.tick(1.0);
    }
    assert_eq!(life.notices, [(Notice::Resolved, false)]);
}

#[test]
fn flapping_is_one_notice() {
    let mut life = Life::new();
    life.rule().held_for = Duration::ZERO;
    life.rule().clear_for = Duration::ZERO;
    life.rule().repeat = None;
    for _ in 0..20 {
        life.tick(95.0);
        life.tick(10.0);
    }
    use Notice::{Fired, Flapping, Resolved};
    assert_eq!(life.told(), [Fired, Resolved, Fired, Resolved, Flapping]);
    assert_eq!(life.alerts.len(), 1, "an alert that comes back within an hour is the same");
    life.now = life.now.plus(Duration::from_mins(50));
    life.tick(95.0);
    life.told();
    for _ in 0..(3600 / 5) {
        life.tick(95.0);
    }
    life.tick(10.0);
    assert_eq!(life.told(), [Resolved], "after a quiet hour each change counts again");
}

#[test]
fn a_clock_that_is_set_back_fires_nothing_twice() {
    let mut life = Life::new();
    life.tick(95.0);
    life.now = life.now.minus(Duration::from_hours(2));
    assert_eq!(life.tick(95.0), Some(AlertState::Pending));
    assert_eq!(life.tick(95.0), Some(AlertState::Pending));
    assert_eq!(life.tick(95.0), Some(AlertState::Firing));
    life.now = life.now.minus(Duration::from_hours(2));
    for _ in 0..5 {
        life.tick(95.0);
    }
    assert_eq!(life.told(), [Notice::Fired]);
    for _ in 0..8 {
        life.tick(95.0);
    }
    assert_eq!(life.told(), [Notice::Repeated], "a minute by the new clock");
    for _ in 0..3 {
        life.tick(10.0);
    }
    assert_eq!(life.told(), [Notice::Resolved]);
}

#[test]
fn each_replica_has_its_own_alert_and_what_all_see_has_one() {
    let mut life = Life::new();
    life.rule().held_for = Duration::ZERO;
    life.report(&[("a", 95.0), ("b", 50.0), ("c", 99.0)]);
    let of = |life: &Life| {
        let names = life.alerts.iter().map(|alert| alert.content.replica.clone());
        names.map(|name| name.map(|name| name.as_str().to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(of(&life), [Some("a".to_owned()), Some("c".to_owned())]);
    let mut life = Life::new();
    life.rule().held_for = Duration::ZERO;
    life.rule().series = crate::values::Pattern::parse("jobs.*").unwrap();
    life.series = vec![SeriesName::parse("jobs.oldest").unwrap()];
    life.report(&[("a", 95.0), ("b", 94.0), ("c", f32::NAN)]);
    assert_eq!(of(&life), [None]);
    assert_eq!(life.told(), [Notice::Fired]);
}

#[test]
fn an_alert_ends_with_its_rule_and_with_its_replica() {
    let mut life = Life::new();
    life.rule().held_for = Duration::ZERO;
    life.tick(95.0);
    life.rule().enabled = false;
    assert_eq!(life.tick(95.0), Some(AlertState::Resolved));
    assert_eq!(life.alert().resolution, Some(Resolution::RuleChanged));
    let mut life = Life::new();
    life.rule().held_for = Duration::ZERO;
    life.report(&[("a", 95.0), ("b", 1.0)]);
    let last = Reported {
        replica: Replica::parse("a").unwrap(),
        at: life.now,
        values: vec![95.0],
        unusual: Vec::new(),
        cause: Cause::default(),
    };
    life.now = life.now.plus(9 * 60 * SECOND);
    life.apply(std::slice::from_ref(&last));
    assert_eq!(life.alert().state, AlertState::Firing, "it may come back");
    life.now = life.now.plus(2 * 60 * SECOND);
    life.apply(&[last]);
    assert_eq!(life.alert().resolution, Some(Resolution::ReplicaGone));
}

#[test]
fn an_anomaly_notifies_when_a_rule_asks() {
    let mut life = Life::new();
    life.unusual = true;
    assert_eq!(life.tick(50.0), None, "this rule asks for a threshold");
    life.rule().condition = Condition::Anomaly;
    life.rule().held_for = Duration::ZERO;
    assert_eq!(life.tick(50.0), Some(AlertState::Firing));
    life.unusual = false;
    for _ in 0..3 {
        life.tick(50.0);
    }
    assert_eq!(life.told(), [Notice::Fired, Notice::Resolved]);
}
