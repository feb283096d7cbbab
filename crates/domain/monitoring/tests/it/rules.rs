//! Rules, alerts and what people do to them (M4, M5, M6).

use std::time::Duration;

use kernel::{Actor, Clock as _, Outcome, PageRequest, Permissions};
use monitoring::{
    MonitoringError, Rule,
    commands::{CreateRule, UpdateRule},
    values::{AlertState, Condition, Pattern, Resolution, RuleName, Severity},
};
use pollster::block_on;

use crate::fixture::Fixture;

const SECOND: Duration = Duration::from_secs(1);

/// Above 90 for 10 s, clear below 80 for 10 s.
pub(crate) fn busy() -> CreateRule {
    CreateRule {
        name: RuleName::parse("CPU").unwrap(),
        series: Pattern::parse("cpu.total").unwrap(),
        condition: Condition::Above,
        threshold: 90.0,
        clear: Some(80.0),
        held_for: 10 * SECOND,
        clear_for: 10 * SECOND,
        repeat: None,
        severity: Severity::Critical,
        enabled: true,
    }
}

impl Fixture {
    pub(crate) fn create(&self, command: CreateRule) -> Rule {
        let created = self.first().monitoring.create_rule(&self.admin, None, command);
        match block_on(created).unwrap() {
            Outcome::Executed(rule) => rule,
            Outcome::Replayed(_) => panic!("a replay, where nothing happened before"),
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        block_on(self.first().monitoring.rules(&self.admin, page)).unwrap().items
    }

    /// The rules that come with the program are in the way of some tests.
    pub(crate) fn without_rules(self) -> Self {
        self.tick();
        for rule in self.rules() {
            let gone = self.first().monitoring.remove_rule(&self.admin, rule.id, None);
            block_on(gone).unwrap();
        }
        self
    }
}

#[test]
fn the_rules_of_the_program_come_once() {
    let fixture = Fixture::new();
    fixture.ticks(3);
    let names: Vec<String> =
        fixture.rules().iter().map(|rule| rule.content.name.as_str().to_owned()).collect();
    assert_eq!(names[..3], ["CPU busy", "Memory nearly full", "Disk nearly full"]);
    let fixture = fixture.without_rules();
    let again = fixture.process("a", monitoring::service::Replicas::One);
    again.numbers.set("load.1", 1.0);
    block_on(again.monitoring.sample()).unwrap();
    assert_eq!(fixture.rules(), [], "a restart brings none back");
}

#[test]
fn m4_a_rule_fires_and_resolves_by_itself_and_m5_names_its_cause() {
    let fixture = Fixture::new().without_rules();
    fixture.create(busy());
    let before = fixture.events().len();
    fixture.set("cpu.total", 97.0);
    fixture.tick();
    assert_eq!(fixture.alerts()[0].content.state, AlertState::Pending);
    fixture.ticks(2);
    let alert = fixture.alerts().remove(0);
    assert_eq!(alert.content.state, AlertState::Firing);
    assert_eq!(alert.content.cause.routes[0].name, "GET /tasks");
    assert_eq!(alert.content.cause.processes[0].name, "burner (7)");
    assert_eq!(alert.content.replica.as_ref().map(|one| one.as_str()), Some("a"));
    fixture.set("cpu.total", 20.0);
    fixture.ticks(4);
    let alert = fixture.alerts().remove(0);
    assert_eq!(alert.content.state, AlertState::Resolved);
    assert_eq!(alert.content.resolution, Some(Resolution::Cleared));
    assert_eq!(fixture.event_names()[before..], ["alert.fired.v1", "alert.resolved.v1"]);
}

#[test]
fn m6_an_anomaly_says_what_was_usual_and_notifies_only_if_a_rule_asks() {
    let fixture = Fixture::new().without_rules();
    // Enough minutes to know what is usual.
    fixture.ticks(12 * 65);
    let before = fixture.events().len();
    fixture.set("cpu.total", 45.0);
    fixture.ticks(12 * 5);
    assert_eq!(fixture.events().len(), before, "no rule asks");
    let chart = fixture.chart(Duration::from_secs(60), "cpu.total");
    let usual = chart.series[0].usual.clone().unwrap();
    assert_eq!((usual.label.as_str(), usual.median), ("Mondays 9–10 h", 10.0));
    assert!(usual.high < 45.0);
    let asks = CreateRule { condition: Condition::Anomaly, held_for: Duration::ZERO, ..busy() };
    fixture.create(asks);
    fixture.tick();
    assert_eq!(fixture.alerts()[0].content.state, AlertState::Firing);
    fixture.set("cpu.total", 10.0);
    fixture.ticks(12 * 5);
    assert_eq!(fixture.alerts()[0].content.state, AlertState::Resolved);
}

#[test]
fn a_deleted_rule_ends_its_alerts() {
    let fixture = Fixture::new().without_rules();
    let rule = fixture.create(CreateRule { held_for: Duration::ZERO, ..busy() });
    fixture.set("cpu.total", 97.0);
    fixture.tick();
    let gone = fixture.first().monitoring.remove_rule(&fixture.admin, rule.id, Some(1));
    block_on(gone).unwrap();
    fixture.tick();
    let alert = fixture.alerts().remove(0);
    assert_eq!(alert.content.resolution, Some(Resolution::RuleChanged));
    assert_eq!(alert.content.rule_name, busy().name, "it is still named");
}

#[test]
fn people_acknowledge_and_silence_what_is_open() {
    let fixture = Fixture::new().without_rules();
    fixture.create(CreateRule { held_for: Duration::ZERO, ..busy() });
    fixture.set("cpu.total", 97.0);
    fixture.tick();
    let (monitoring, admin) = (&fixture.first().monitoring, &fixture.admin);
    let id = fixture.alerts()[0].id;
    let until = fixture.clock.now().plus(3600 * SECOND);
    let acked = block_on(monitoring.acknowledge(admin, id)).unwrap();
    assert_eq!(acked.content.acked, Some((admin.user, fixture.clock.now())));
    let again = block_on(monitoring.acknowledge(admin, id)).unwrap();
    assert_eq!(again.version, acked.version, "again changes nothing");
    let silenced = block_on(monitoring.silence(admin, id, until)).unwrap();
    assert_eq!(silenced.content.silenced, Some((admin.user, until)));
    for bad in [fixture.clock.now(), until.plus(400 * 24 * 3600 * SECOND)] {
        let refused = block_on(monitoring.silence(admin, id, bad));
        assert!(matches!(refused, Err(MonitoringError::Invalid(_))), "{refused:?}");
    }
    fixture.set("cpu.total", 1.0);
    fixture.ticks(4);
    let names = fixture.event_names();
    let last = &names[names.len() - 3..];
    assert_eq!(last, ["alert.acknowledged.v1", "alert.silenced.v1", "alert.resolved.v1"]);
    assert_eq!(fixture.events().last().unwrap().payload["notify"], false);
    let refused = block_on(monitoring.acknowledge(admin, id));
    assert!(matches!(refused, Err(MonitoringError::AlertResolved(_))), "{refused:?}");
}

#[test]
fn an_old_version_is_refused_with_the_current_state() {
    let fixture = Fixture::new();
    let rule = fixture.create(busy());
    let (monitoring, admin) = (&fixture.first().monitoring, &fixture.admin);
    let update = |threshold| UpdateRule { threshold: Some(threshold), ..UpdateRule::default() };
    let now = block_on(monitoring.update_rule(admin, rule.id, Some(1), update(95.0))).unwrap();
    assert_eq!(now.version, 2);
    let before = fixture.events().len();
    let same = block_on(monitoring.update_rule(admin, rule.id, None, update(95.0))).unwrap();
    assert_eq!((same, fixture.events().len()), (now.clone(), before), "a no-op publishes nothing");
    let answers = [
        block_on(monitoring.update_rule(admin, rule.id, Some(1), update(96.0))).map(drop),
        block_on(monitoring.remove_rule(admin, rule.id, Some(3))),
    ];
    for answer in answers {
        let Err(MonitoringError::Stale(current)) = answer else { panic!("{answer:?}") };
        assert_eq!(*current, now);
    }
    let refused = block_on(monitoring.update_rule(admin, rule.id, None, update(1.0)));
    assert!(matches!(refused, Err(MonitoringError::Invalid(_))), "clear is beyond it: {refused:?}");
}

#[test]
fn there_are_at_most_a_hundred_rules() {
    let fixture = Fixture::new();
    for _ in 0..100 {
        fixture.create(busy());
    }
    let refused = block_on(fixture.first().monitoring.create_rule(&fixture.admin, None, busy()));
    assert!(matches!(refused, Err(MonitoringError::TooManyRules)), "{refused:?}");
}

#[test]
fn each_use_case_needs_its_permission() {
    let fixture = Fixture::new();
    let rule = fixture.create(busy());
    let nothing = Actor { permissions: Permissions::NONE, ..fixture.admin.clone() };
    let (monitoring, page) = (&fixture.first().monitoring, PageRequest::default);
    let alert = monitoring::AlertId::parse(1).unwrap();
    let until = fixture.clock.now().plus(SECOND);
    for actor in [&nothing, &fixture.user] {
        let answers = [
            ("monitoring:read", block_on(monitoring.series(actor)).map(drop)),
            ("monitoring:read", block_on(monitoring.rules(actor, page())).map(drop)),
            ("monitoring:read", block_on(monitoring.rule(actor, rule.id)).map(drop)),
            (
                "monitoring:read",
                block_on(monitoring.alerts(actor, Default::default(), page())).map(drop),
            ),
            ("monitoring:manage", block_on(monitoring.create_rule(actor, None, busy())).map(drop)),
            (
                "monitoring:manage",
                block_on(monitoring.update_rule(actor, rule.id, None, UpdateRule::default()))
                    .map(drop),
            ),
            ("monitoring:manage", block_on(monitoring.remove_rule(actor, rule.id, None))),
            ("monitoring:manage", block_on(monitoring.acknowledge(actor, alert)).map(drop)),
            ("monitoring:manage", block_on(monitoring.silence(actor, alert, until)).map(drop)),
        ];
        for (needed, answer) in answers {
            let Err(MonitoringError::MissingPermission(missing)) = answer else {
                panic!("{answer:?}")
            };
            assert_eq!(missing, needed);
        }
    }
}
