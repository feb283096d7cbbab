//! Windows, order and slots.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use pollster::block_on;
use webhooks::commands::{CreateEndpoint, From};

use crate::fixture::{Fixture, Sent};

fn places(sent: &[Sent]) -> Vec<i64> {
    let place = |one: &Sent| one.header("webhook-id").rsplit('_').next().unwrap().parse().unwrap();
    sent.iter().map(place).collect()
}

#[test]
fn w1_many_events_cost_a_window_of_rows_and_all_of_them_arrive() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    let all: Vec<i64> = (0..450).map(|_| fixture.append(&fixture.ada, "task.created.v1")).collect();
    fixture.dispatch();
    assert_eq!(fixture.deliveries(endpoint).len(), 100);
    fixture.run();
    let sent = places(&fixture.sent());
    assert_eq!(sent.len(), 450, "each once");
    assert_eq!(sent.into_iter().collect::<BTreeSet<_>>(), all.into_iter().collect());
    // It keeps up again.
    let view = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap();
    assert_eq!(view.endpoint.behind, None);
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.sent().len(), 451);
}

#[test]
fn w8_at_most_four_requests_run_for_one_endpoint() {
    let fixture = Fixture::new();
    fixture.create("task.*");
    fixture.run();
    for _ in 0..40 {
        fixture.append(&fixture.ada, "task.created.v1");
    }
    fixture.run();
    assert_eq!(fixture.receiver.most.load(Ordering::SeqCst), 4);
}

#[test]
fn w10_an_ordered_endpoint_gets_one_event_after_another() {
    let fixture = Fixture::new();
    let command = CreateEndpoint { ordered: true, ..Fixture::command("task.*") };
    let (endpoint, _) = fixture.create_as(&fixture.ada, command);
    fixture.run();
    fixture.answer(500);
    let all: Vec<i64> = (0..20).map(|_| fixture.append(&fixture.ada, "task.created.v1")).collect();
    fixture.run_for_hours(1, |_| {});
    assert_eq!(places(&fixture.sent()).into_iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(fixture.deliveries(endpoint).len(), 1);
    fixture.answer(200);
    fixture.run_for_hours(3, |_| {});
    let mut sent = places(&fixture.sent());
    sent.dedup();
    assert_eq!(sent, all);
    assert_eq!(fixture.receiver.most.load(Ordering::SeqCst), 1);
}

#[test]
fn w13_what_a_dead_holder_had_in_flight_is_sent_again_under_the_same_id() {
    let fixture = Fixture::new();
    fixture.create("task.*");
    fixture.run();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.dispatch();
    // A process claims the endpoint, sends, and dies before it writes.
    let dead = block_on(fixture.webhooks.claim(1)).unwrap().remove(0);
    fixture.run();
    assert!(fixture.sent().is_empty(), "the lease holds");
    fixture.clock.advance(std::time::Duration::from_secs(31));
    fixture.run();
    assert_eq!(fixture.sent().len(), 1);
    // The dead one wakes up: its claim is stale, and what it does changes nothing.
    let late = block_on(fixture.webhooks.serve(dead, &|| false));
    assert!(
        matches!(late, Err(webhooks::WebhookError::Store(kernel::StoreError::Stale))),
        "{late:?}"
    );
    assert_eq!(fixture.sent().len(), 1);
}

#[test]
fn a_new_endpoint_hears_what_follows_or_what_follows_a_cursor() {
    let fixture = Fixture::new();
    let first = fixture.append(&fixture.ada, "task.created.v1");
    let second = fixture.append(&fixture.ada, "task.created.v1");
    // The dispatcher has not seen them: a new endpoint must not hear them nevertheless.
    fixture.create("task.*");
    fixture.serve();
    fixture.run();
    fixture.clock.advance(std::time::Duration::from_secs(1));
    fixture.run();
    assert!(fixture.sent().is_empty());
    let from = Some(first.to_string().parse().unwrap());
    fixture.create_as(&fixture.ada, CreateEndpoint { from, ..Fixture::command("task.*") });
    fixture.run();
    assert_eq!(places(&fixture.sent()), [second]);
    let from = Some("99999".parse().unwrap());
    let beyond = CreateEndpoint { from, ..Fixture::command("task.*") };
    assert!(block_on(fixture.webhooks.create(&fixture.ada, beyond)).is_err());
    let _ = From::Now;
}

#[test]
fn a_holder_that_is_stopped_hands_back_what_it_has_not_sent() {
    let fixture = Fixture::new();
    fixture.create("task.*");
    fixture.run();
    for _ in 0..10 {
        fixture.append(&fixture.ada, "task.created.v1");
    }
    fixture.dispatch();
    let claimed = block_on(fixture.webhooks.claim(1)).unwrap().remove(0);
    block_on(fixture.webhooks.serve(claimed, &|| true)).unwrap();
    assert!(fixture.sent().is_empty());
    fixture.run();
    assert_eq!(fixture.sent().len(), 10);
}
