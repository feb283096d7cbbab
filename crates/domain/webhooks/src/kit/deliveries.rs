//! Messages, deliveries and attempts.

use std::time::Duration;

use super::*;
use crate::{
    delivery::{Attempt, Filter, Result as Sent, Waiting},
    endpoint::Reason,
    outbound::SendFault,
    values::DeliveryId,
};

fn attempt(number: u32) -> Attempt {
    Attempt {
        number,
        at: moment(i64::from(number)),
        duration: Duration::from_micros(1_234_567),
        status: Some(503),
        fault: None,
        answer: "é \"busy\"\n".to_owned(),
    }
}

fn sent(delivery: DeliveryId, state: DeliveryState, at: i64, number: Option<u32>) -> Sent {
    Sent { delivery, state, at: moment(at), attempt: number.map(attempt) }
}

impl Fixture {
    async fn record(&self, rows: Vec<Sent>) {
        self.write(move |tx| tx.deliveries().record(&rows)).await;
    }

    async fn delivery(&self, id: DeliveryId) -> Shown {
        self.read(move |tx| tx.deliveries().get(id)).await.unwrap()
    }

    /// A pending delivery of this event.
    async fn pending(&self, endpoint: &Endpoint, event: i64, at: i64) -> DeliveryId {
        let message = self.messages(&[event]).await[0];
        self.deliver(endpoint, message, at).await;
        let id = endpoint.id;
        let page = page(Paging::Number(1));
        let newest = self.read(move |tx| tx.deliveries().list(id, Filter::default(), &page)).await;
        newest.items[0].delivery.id
    }
}

pub(super) async fn d1_an_event_has_one_message(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let first = fixture.messages(&[5, 6]).await;
    let again = fixture.messages(&[6, 7, 5]).await;
    assert_eq!((again[0], again[2]), (first[1], first[0]));
    assert_ne!(again[1], first[0]);
    let id = fixture.pending(&endpoint, 5, 1).await;
    assert_eq!(fixture.delivery(id).await.message.content, message(5));
    // A test has no event, so each is another message.
    let test = NewMessage { event: None, ..message(5) };
    let tests = [test.clone(), message(6), test];
    let ids = fixture.write(move |tx| tx.deliveries().messages(&tests)).await;
    assert!(ids[0] != ids[2] && ids[1] == first[1]);
    assert!(fixture.messages(&[]).await.is_empty());
}

pub(super) async fn d1_of_many_that_bring_an_event_one_stores_it(fixture: Fixture) {
    let bring = |number: usize| -> BoxFuture<'_, Vec<MessageId>> {
        let mut new = vec![message(1), message(2), message(3)];
        if number.is_multiple_of(2) {
            new.reverse();
        }
        Box::pin(async {
            let mut ids = fixture.write(move |tx| tx.deliveries().messages(&new)).await;
            ids.sort_unstable();
            ids
        })
    };
    let brought = fixture.race(6, bring).await;
    assert!(brought.iter().all(|ids| *ids == brought[0]), "{brought:?}");
}

pub(super) async fn d2_an_endpoint_has_one_delivery_for_an_event(fixture: Fixture) {
    let (one, other) = (fixture.endpoint(0, 0).await, fixture.endpoint(1, 0).await);
    let message = fixture.messages(&[1]).await[0];
    assert_eq!(fixture.deliver(&one, message, 1).await, 1);
    assert_eq!(fixture.deliver(&one, message, 2).await, 0);
    assert_eq!(fixture.deliver(&other, message, 1).await, 1);
    for _ in 0..2 {
        assert_eq!(fixture.deliver_as(&one, message, 1, Cause::Replay).await, 1);
    }
}

pub(super) async fn d2_of_many_that_deliver_one_does(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let message = fixture.messages(&[1]).await[0];
    let deliver = |_| -> BoxFuture<'_, u64> { Box::pin(fixture.deliver(&endpoint, message, 1)) };
    assert_eq!(fixture.race(6, deliver).await.into_iter().sum::<u64>(), 1);
}

pub(super) async fn d3_what_is_due_is_sent_in_order(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let other = fixture.endpoint(0, 0).await;
    let late = fixture.pending(&endpoint, 1, 5).await;
    let early = fixture.pending(&endpoint, 2, 3).await;
    let tried = fixture.pending(&endpoint, 3, 1).await;
    fixture.pending(&endpoint, 4, 100).await;
    fixture.pending(&other, 5, 1).await;
    fixture.record(vec![sent(tried, DeliveryState::Pending, 4, Some(1))]).await;
    let ids = |rows: Vec<Shown>| rows.iter().map(|one| one.delivery.id).collect::<Vec<_>>();
    assert_eq!(ids(fixture.due(&endpoint, Tries::First, 9, 9).await), [early, late]);
    assert_eq!(ids(fixture.due(&endpoint, Tries::First, 9, 1).await), [early]);
    assert_eq!(ids(fixture.due(&endpoint, Tries::First, 4, 9).await), [early]);
    assert_eq!(ids(fixture.due(&endpoint, Tries::Again, 9, 9).await), [tried]);
    assert!(fixture.due(&endpoint, Tries::Again, 3, 9).await.is_empty());
    let next = async |endpoint: &Endpoint| {
        let id = endpoint.id;
        fixture.read(move |tx| tx.deliveries().next_due(id)).await
    };
    assert_eq!(next(&endpoint).await, Some(moment(3)));
    assert_eq!(next(&fixture.endpoint(1, 0).await).await, None);
}

pub(super) async fn d4_open_deliveries_are_counted(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let first = fixture.pending(&endpoint, 1, 1).await;
    fixture.pending(&endpoint, 2, 1).await;
    let message = fixture.messages(&[1]).await[0];
    fixture.deliver_as(&endpoint, message, 1, Cause::Replay).await;
    assert_eq!(fixture.open(&endpoint).await, 2);
    fixture.record(vec![sent(first, DeliveryState::Succeeded, 2, Some(1))]).await;
    assert_eq!(fixture.open(&endpoint).await, 1);
}

pub(super) async fn d5_results_are_written_once(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let id = fixture.pending(&endpoint, 1, 1).await;
    let hidden = fixture.pending(&endpoint, 2, 1).await;
    fixture.record(vec![sent(id, DeliveryState::Pending, 50, Some(1))]).await;
    let tried = fixture.delivery(id).await.delivery;
    assert_eq!((tried.attempt, tried.tries, tried.due_at), (1, 1, moment(50)));
    assert_eq!((tried.state, tried.finished_at), (DeliveryState::Pending, None));
    let last = Sent {
        attempt: Some(Attempt {
            status: None,
            fault: Some(SendFault::Timeout),
            answer: String::new(),
            ..attempt(2)
        }),
        ..sent(id, DeliveryState::Failed, 60, None)
    };
    fixture.record(vec![last.clone(), sent(hidden, DeliveryState::Cancelled, 61, None)]).await;
    let failed = fixture.delivery(id).await.delivery;
    assert_eq!((failed.state, failed.attempt), (DeliveryState::Failed, 2));
    assert_eq!(failed.finished_at, Some(moment(60)));
    let cancelled = fixture.delivery(hidden).await.delivery;
    assert_eq!((cancelled.state, cancelled.attempt), (DeliveryState::Cancelled, 0));
    // It is over: what comes late changes nothing.
    fixture.record(vec![sent(id, DeliveryState::Succeeded, 70, Some(3))]).await;
    assert_eq!(fixture.delivery(id).await.delivery, failed);
    let attempts = fixture.read(move |tx| tx.deliveries().attempts(id)).await;
    assert_eq!(attempts, [attempt(1), last.attempt.unwrap()]);
}

pub(super) async fn d6_deliveries_are_listed(fixture: Fixture) {
    let (endpoint, other) = (fixture.endpoint(0, 0).await, fixture.endpoint(0, 0).await);
    let mut all = Vec::new();
    for event in 1..6 {
        all.push(fixture.pending(&endpoint, event, event).await.get());
    }
    fixture.pending(&other, 9, 9).await;
    let failed = DeliveryId::parse(all[1]).unwrap();
    fixture.record(vec![sent(failed, DeliveryState::Failed, 9, Some(1))]).await;
    all.reverse();
    let id = endpoint.id;
    let list = async |state: Option<DeliveryState>, paging: Paging| {
        let page = page(paging);
        fixture.read(move |tx| tx.deliveries().list(id, Filter { state }, &page)).await
    };
    let of = |one: &Shown| one.delivery.id.get();
    let first = list(None, Paging::Number(1)).await;
    assert_eq!((ids(&first, of), first.total), (all[..3].to_vec(), Some(5)));
    let first = list(None, Paging::Cursor(None)).await;
    let second = list(None, Paging::Cursor(first.next)).await;
    assert_eq!(ids(&second, of), all[3..].to_vec());
    let found = list(Some(DeliveryState::Failed), Paging::Number(1)).await;
    assert_eq!((ids(&found, of), found.total), (vec![failed.get()], Some(1)));
    // A test is in the list, and no claim finds it.
    let message = fixture.messages(&[7]).await[0];
    let state = DeliveryState::Cancelled;
    let new = NewDelivery { endpoint: id, message, cause: Cause::Test, state, at: moment(3) };
    let test = fixture.write(move |tx| tx.deliveries().insert_test(&new)).await;
    let (test, line) = (test.id, attempt(1));
    fixture
        .write(move |tx| {
            let state = DeliveryState::Succeeded;
            tx.deliveries().record_test(test, state, &line, moment(8))
        })
        .await;
    let shown = fixture.delivery(test).await.delivery;
    assert_eq!((shown.state, shown.finished_at), (DeliveryState::Succeeded, Some(moment(8))));
    assert_eq!(list(None, Paging::Number(1)).await.items[0].delivery, shown);
}

pub(super) async fn d7_what_failed_is_revived_once(fixture: Fixture) {
    let (endpoint, other) = (fixture.endpoint(0, 0).await, fixture.endpoint(0, 0).await);
    let mut failed = Vec::new();
    for event in 1..=4 {
        let id = fixture.pending(&endpoint, event, 1).await;
        let state = if event == 4 { DeliveryState::Cancelled } else { DeliveryState::Failed };
        fixture.record(vec![sent(id, state, 5, Some(1))]).await;
        failed.push(id);
    }
    let theirs = fixture.pending(&other, 2, 1).await;
    fixture.record(vec![sent(theirs, DeliveryState::Failed, 5, Some(1))]).await;
    let id = failed[0];
    let revive = |_| -> BoxFuture<'_, bool> {
        Box::pin(fixture.write(move |tx| tx.deliveries().revive(id, moment(9))))
    };
    let revived = fixture.race(4, revive).await;
    assert_eq!(revived.into_iter().filter(|one| *one).count(), 1);
    let now = fixture.delivery(id).await.delivery;
    assert_eq!((now.state, now.attempt, now.tries), (DeliveryState::Pending, 0, 1));
    assert_eq!((now.due_at, now.finished_at), (moment(9), None));
    let place = |number| EventId::parse(number).ok();
    let of = endpoint.id;
    let many = async |stretch: (i64, i64), limit: u32| {
        let stretch = (place(stretch.0), place(stretch.1));
        let revive =
            move |tx: &mut Tx| tx.deliveries().revive_failed(of, stretch, moment(9), limit);
        fixture.write(revive).await
    };
    assert_eq!(many((0, 9), 0).await, 0);
    assert_eq!(many((2, 3), 9).await, 1);
    assert_eq!(many((0, 9), 9).await, 2, "the first and the third wait already");
    assert_eq!(fixture.delivery(theirs).await.delivery.state, DeliveryState::Failed);
}

pub(super) async fn d8_what_is_over_is_forgotten(fixture: Fixture) {
    let endpoint = fixture.endpoint(0, 0).await;
    let mut over = Vec::new();
    for event in 1..=3 {
        let id = fixture.pending(&endpoint, event, 1).await;
        fixture.record(vec![sent(id, DeliveryState::Succeeded, 10 + event, Some(1))]).await;
        over.push(id);
    }
    let open = fixture.pending(&endpoint, 4, 1).await;
    let prune = async |before: i64, limit: u32| {
        fixture.write(move |tx| tx.deliveries().prune(moment(before), limit)).await
    };
    assert_eq!(prune(11, 10).await, 0);
    assert_eq!(prune(13, 1).await, 1);
    assert_eq!(prune(13, 10).await, 1);
    let (first, last) = (over[0], over[2]);
    assert_eq!(fixture.read(move |tx| tx.deliveries().get(first)).await, None);
    assert!(fixture.read(move |tx| tx.deliveries().attempts(first)).await.is_empty());
    assert!(fixture.read(move |tx| tx.deliveries().get(last)).await.is_some());
    assert_eq!(prune(1_000, 10).await, 1);
    // What is not over keeps its message.
    assert_eq!(fixture.delivery(open).await.message.content, message(4));
    // A message that is gone can come again.
    let again = fixture.messages(&[1]).await[0];
    assert_eq!(fixture.deliver(&endpoint, again, 20).await, 1);
}

pub(super) async fn d9_what_waits_is_counted(fixture: Fixture) {
    let waiting = async |tries| fixture.read(move |tx| tx.deliveries().waiting(tries)).await;
    let of = |count, at: Option<i64>| Waiting { count, oldest: at.map(moment) };
    assert_eq!(waiting(Tries::First).await, of(0, None));
    let (one, other) = (fixture.endpoint(0, 0).await, fixture.endpoint(1, 0).await);
    fixture.pending(&one, 1, 7).await;
    fixture.pending(&other, 2, 5).await;
    let tried = fixture.pending(&one, 3, 3).await;
    let over = fixture.pending(&one, 4, 1).await;
    fixture.record(vec![sent(tried, DeliveryState::Pending, 50, Some(1))]).await;
    fixture.record(vec![sent(over, DeliveryState::Failed, 2, Some(1))]).await;
    assert_eq!(waiting(Tries::First).await, of(2, Some(5)));
    assert_eq!(
        waiting(Tries::Again).await,
        of(1, Some(3)),
        "since it was made, not since it is due"
    );
    let mut disabled = other;
    disabled.disable(Reason::Manual, behind(2), moment(9));
    fixture.write(move |tx| tx.endpoints().save(&mut disabled.clone())).await;
    assert_eq!(waiting(Tries::First).await, of(1, Some(7)), "one that stands still does not wait");
}
