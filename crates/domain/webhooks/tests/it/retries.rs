//! What failures lead to, over days.

use std::{collections::BTreeMap, time::Duration};

use pollster::block_on;
use webhooks::{
    commands::{Only, Replay},
    delivery::DeliveryState,
    endpoint::{Reason, State},
    events,
};

use crate::fixture::Fixture;

const HOUR: u64 = 3600;

#[test]
fn w2_w5_ten_attempts_with_one_id_and_body_then_it_failed() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    fixture.answer(500);
    fixture.append(&fixture.ada, "task.created.v1");
    let began = fixture.now();
    fixture.run_for_hours(100, |_| {});
    let sent = fixture.sent();
    let pauses = [0, 5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
    let mut expected = Vec::new();
    let mut at = 0;
    for pause in pauses {
        at += pause;
        expected.push(at);
    }
    let times: Vec<u64> = sent.iter().map(|one| one.at.since(began).as_secs()).collect();
    assert_eq!(times, expected);
    for one in &sent {
        assert_eq!(one.header("webhook-id"), sent[0].header("webhook-id"));
        assert_eq!(one.request.body, sent[0].request.body);
        assert_eq!(one.header("webhook-timestamp"), one.at.seconds().to_string());
    }
    assert_eq!(fixture.states(endpoint), [(DeliveryState::Failed, 10)]);
    // It can be retried by hand, with all of its attempts.
    fixture.answer(200);
    let id = fixture.deliveries(endpoint)[0].delivery.id;
    block_on(fixture.webhooks.retry(&fixture.ada, id)).unwrap();
    fixture.run_for_hours(2, |_| {});
    assert_eq!(fixture.states(endpoint), [(DeliveryState::Succeeded, 11)]);
    let again = block_on(fixture.webhooks.retry(&fixture.ada, id));
    assert!(matches!(again, Err(webhooks::WebhookError::DeliveryState)));
}

#[test]
fn w6_a_half_open_endpoint_gets_one_probe_at_a_time() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    fixture.answer(503);
    for _ in 0..30 {
        fixture.append(&fixture.ada, "task.created.v1");
    }
    fixture.run();
    let first = fixture.sent().len();
    assert!((5..=16).contains(&first), "{first} before it was half open");
    let before = fixture.now();
    fixture.run_for_hours(3, |_| {});
    let probes: Vec<_> = fixture.sent().into_iter().filter(|one| one.at > before).collect();
    assert!((3..=10).contains(&probes.len()), "{}", probes.len());
    let pause = probes[0].at.since(before).as_secs();
    assert!((20..=40).contains(&pause), "requests that fail together are one step: {pause} s");
    let untried = fixture.states(endpoint).into_iter().filter(|(_, tries)| *tries == 0).count();
    assert!(untried >= 30 - first - probes.len() && untried > 0, "what waits burns no attempt");
    fixture.answer(200);
    fixture.run_for_hours(2, |_| {});
    let states = fixture.states(endpoint);
    let open = states.iter().filter(|(state, _)| *state != DeliveryState::Succeeded).count();
    assert_eq!(open, 0, "the first success frees the others: {states:?}");
}

#[test]
fn w7_an_endpoint_that_fails_for_five_days_is_disabled_after_a_warning() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    fixture.answer(500);
    fixture.append(&fixture.ada, "task.created.v1");
    let began = fixture.now();
    fixture.run_for_hours(6 * 24, |fixture| {
        fixture.append(&fixture.ada, "task.created.v1");
    });
    let view = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap();
    assert_eq!(
        (view.endpoint.state, view.endpoint.reason),
        (State::Disabled, Some(Reason::Failing))
    );
    let told: BTreeMap<String, u64> = fixture
        .published()
        .into_iter()
        .map(|event| (event.name, event.at.since(began).as_secs() / HOUR))
        .collect();
    assert!((60..=62).contains(&told[events::FAILING]), "{told:?}");
    assert!((120..=122).contains(&told[events::DISABLED]), "{told:?}");
    let open = fixture.deliveries(endpoint).len();
    assert!(open <= 100, "an endpoint that is down costs at most a window: {open}");
    // Nothing was lost: enabled again, it gets what happened meanwhile.
    fixture.answer(200);
    let from = webhooks::commands::From::Cursor;
    block_on(fixture.webhooks.enable(&fixture.ada, endpoint, None, from)).unwrap();
    fixture.run_for_hours(1, |_| {});
    let delivered: std::collections::BTreeSet<String> =
        fixture.sent().iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(delivered.len(), 6 * 24 + 1);
}

#[test]
fn w4_a_receiver_that_asks_for_time_gets_it() {
    let fixture = Fixture::new();
    fixture.create("task.*");
    fixture.run();
    fixture.answer(429);
    fixture.receiver.answer.lock().unwrap().retry_after = Some(Duration::from_secs(600));
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.sent().len(), 1, "the others wait, too");
    fixture.answer(200);
    fixture.clock.advance(Duration::from_secs(601));
    fixture.run();
    assert_eq!(fixture.sent().len(), 3);
}

#[test]
fn a_replay_sends_the_past_again_under_the_same_ids() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    let first = fixture.append(&fixture.ada, "task.created.v1");
    let second = fixture.append(&fixture.ada, "task.created.v1");
    fixture.append(&fixture.eve, "task.created.v1");
    fixture.run();
    let replay = |from: &str, to: Option<i64>, only| Replay {
        from: from.parse().unwrap(),
        to: to.and_then(|to| kernel::EventId::parse(to).ok()),
        only,
    };
    let count = |replay| block_on(fixture.webhooks.replay(&fixture.ada, endpoint, replay));
    assert_eq!(count(replay("0", None, Only::All)).unwrap(), 2);
    assert_eq!(count(replay(&first.to_string(), None, Only::All)).unwrap(), 1);
    assert_eq!(count(replay("0", Some(first), Only::All)).unwrap(), 1);
    assert_eq!(count(replay("0", None, Only::Failed)).unwrap(), 0);
    fixture.run();
    let ids: Vec<String> = fixture.sent().iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), 6);
    assert_eq!(ids.iter().filter(|id| id.ends_with(&format!("_{second}"))).count(), 3);
    let beyond = count(replay("99999", None, Only::All));
    assert!(matches!(beyond, Err(webhooks::WebhookError::Gap(_))));
}
