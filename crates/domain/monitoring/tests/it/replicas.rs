//! Rules over replicas: one process evaluates, and another one when that one dies (M4, M7).

use std::time::Duration;

use kernel::Clock as _;
use monitoring::{
    commands::CreateRule,
    service::Replicas,
    values::{AlertState, Pattern},
};
use pollster::block_on;

use crate::{fixture::Fixture, rules::busy};

#[test]
fn each_replica_has_its_alert_and_what_all_see_has_one() {
    let fixture = Fixture::with(&["a", "b", "c"], Replicas::Several).without_rules();
    fixture.create(CreateRule { held_for: Duration::ZERO, ..busy() });
    let oldest = Pattern::parse("jobs.oldest").unwrap();
    fixture.create(CreateRule { series: oldest, held_for: Duration::ZERO, ..busy() });
    for (process, value) in fixture.processes.iter().zip([95.0, 10.0, 99.0]) {
        process.numbers.set("cpu.total", value);
        process.numbers.set("jobs.oldest", 900.0);
    }
    fixture.ticks(4);
    let mut whose: Vec<Option<String>> = fixture
        .alerts()
        .iter()
        .map(|alert| alert.content.replica.as_ref().map(|one| one.as_str().to_owned()))
        .collect();
    whose.sort();
    assert_eq!(whose, [None, Some("a".to_owned()), Some("c".to_owned())]);
    let fired = fixture.event_names().into_iter().filter(|name| name == "alert.fired.v1");
    assert_eq!(fired.count(), 3, "three processes, one evaluation");
}

#[test]
fn a_rule_fires_once_when_the_holder_of_the_lease_dies() {
    let fixture = Fixture::with(&["a", "b"], Replicas::Several).without_rules();
    fixture.create(CreateRule { held_for: Duration::from_secs(20), ..busy() });
    for process in &fixture.processes {
        process.numbers.set("cpu.total", 97.0);
    }
    fixture.ticks(2);
    assert!(fixture.alerts().iter().all(|a| a.content.state == AlertState::Pending));
    // The first process held the lease, and dies while the rule is pending.
    for _ in 0..12 {
        fixture.clock.advance(Duration::from_secs(5));
        block_on(fixture.processes[1].monitoring.sample()).unwrap();
    }
    let fired: Vec<_> =
        fixture.events().into_iter().filter(|event| event.name == "alert.fired.v1").collect();
    let of =
        |replica: &str| fired.iter().filter(|event| event.payload["replica"] == replica).count();
    assert_eq!(of("b"), 1);
    assert!(of("a") <= 1, "the dead one was not heard of for its whole time");
}

#[test]
fn two_that_evaluate_simultaneously_say_it_once() {
    // Each takes itself for alone, as two do when a lease was overslept.
    let fixture = Fixture::with(&["a", "a"], Replicas::One).without_rules();
    fixture.create(CreateRule { held_for: Duration::ZERO, ..busy() });
    for process in &fixture.processes {
        process.numbers.set("cpu.total", 97.0);
    }
    fixture.ticks(5);
    let fired = fixture.event_names().into_iter().filter(|name| name == "alert.fired.v1");
    assert_eq!(fired.count(), 1);
    assert!(fixture.clock.now() > fixture.alerts()[0].content.since);
}
