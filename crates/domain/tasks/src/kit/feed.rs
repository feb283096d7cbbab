//! The outbox and the inbox.

use std::collections::BTreeSet;

use kernel::{BoxFuture, Event, EventId, NewEvent, StoreError};

use super::{Fixture, ODD_TEXTS, long, moment, payload_titled, together};

fn subjects(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.subject).collect()
}

fn place(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

impl Fixture {
    async fn append(&self, subjects: impl IntoIterator<Item = i64>) {
        let events: Vec<NewEvent> = subjects.into_iter().map(|s| self.event(s)).collect();
        self.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
    }
}

pub(super) async fn o1_an_event_is_there_exactly_when_its_unit_committed(fixture: Fixture) {
    assert_eq!(fixture.feed(None, 10).await, []);
    assert_eq!(fixture.read(|tx| tx.outbox().head()).await, None);
    fixture.append([1]).await;
    let event = fixture.event(2);
    fixture
        .refused(move |tx| {
            tx.outbox().append(&event)?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    fixture.append([3]).await;
    let feed = fixture.feed(None, 10).await;
    assert_eq!(subjects(&feed), [1, 3]);
    let head = fixture.read(|tx| tx.outbox().head()).await;
    assert_eq!(head, feed.last().map(|event| event.id));
}

pub(super) async fn o2_events_keep_their_order(fixture: Fixture) {
    fixture.append([5, 3, 9, 1]).await;
    fixture.append([8, 2]).await;
    // Placed a few at a time: a unit of work may be longer than a stretch.
    fixture.write(|tx| tx.outbox().sequence(3)).await;
    let feed = fixture.feed(None, 100).await;
    assert_eq!(subjects(&feed), [5, 3, 9, 1, 8, 2]);
    assert!(feed.is_sorted_by(|a, b| a.id < b.id));
}

pub(super) async fn o3_nothing_appears_before_what_was_shown(fixture: Fixture) {
    const WRITERS: i64 = 6;
    const EACH: i64 = 10;
    let fixture = &fixture;
    let mut futures: Vec<BoxFuture<'_, Vec<Event>>> = Vec::new();
    for writer in 0..WRITERS {
        futures.push(Box::pin(async move {
            for number in 0..EACH {
                let first = 1 + (writer * EACH + number) * 2;
                fixture.append([first, first + 1]).await;
            }
            Vec::new()
        }));
    }
    futures.push(Box::pin(async move {
        let mut shown: Vec<Event> = Vec::new();
        for _ in 0..30 {
            fixture.write(|tx| tx.outbox().sequence(7)).await;
            let cursor = shown.last().map(|event| event.id);
            shown.extend(fixture.read(move |tx| tx.outbox().after(cursor, 5)).await);
        }
        shown
    }));
    let mut shown = together(futures).await.pop().unwrap();
    let cursor = shown.last().map(|event| event.id);
    shown.extend(fixture.feed(cursor, 1000).await);
    let whole = fixture.feed(None, 1000).await;
    assert_eq!(shown, whole, "who followed the feed saw the whole of it");
    let different: BTreeSet<i64> = subjects(&whole).into_iter().collect();
    assert_eq!((different.len(), whole.len()), (120, 120));
}

pub(super) async fn o4_every_field_survives(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("t")).await;
    let longest = long(200);
    let mut sent = vec![fixture.event(i64::MAX)];
    for text in ODD_TEXTS.into_iter().chain([longest.as_str()]) {
        sent.push(NewEvent {
            name: "task.updated.v1",
            actor: Some(fixture.helper()),
            audience: fixture.people.iter().copied().map(Into::into).collect(),
            request_id: Some(text.to_owned()),
            ..payload_titled(&task, text)
        });
    }
    sent.push(NewEvent { audience: Vec::new(), ..fixture.event(1) });
    let events = sent.clone();
    fixture.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
    let feed = fixture.feed(None, 100).await;
    assert_eq!(feed.len(), sent.len());
    for (event, sent) in feed.into_iter().zip(sent) {
        let expected = Event {
            id: event.id,
            name: sent.name.to_owned(),
            at: sent.at,
            actor: sent.actor,
            subject: sent.subject,
            audience: sent.audience,
            payload: sent.payload,
            request_id: sent.request_id,
            traceparent: None,
        };
        assert_eq!(event, expected);
    }
}

pub(super) async fn o5_the_feed_is_read_in_stretches(fixture: Fixture) {
    fixture.append(1..=10).await;
    let whole = fixture.feed(None, 100).await;
    assert_eq!(subjects(&whole), (1..=10).collect::<Vec<_>>());
    for limit in [1, 3, 5, 10] {
        let mut read = Vec::new();
        loop {
            let stretch = fixture.feed(read.last().map(|event: &Event| event.id), limit).await;
            assert!(stretch.len() <= limit as usize);
            if stretch.is_empty() {
                break;
            }
            read.extend(stretch);
        }
        assert_eq!(read, whole, "limit {limit}");
    }
    let head = fixture.read(|tx| tx.outbox().head()).await;
    assert_eq!(fixture.feed(head, 10).await, []);
    assert_eq!(fixture.feed(Some(place(i64::MAX)), 10).await, []);
}

pub(super) async fn o5_pruning_keeps_the_newest(fixture: Fixture) {
    fixture.append(1..=5).await;
    let whole = fixture.feed(None, 100).await;
    assert_eq!(fixture.write(|tx| tx.outbox().prune(moment(3), 1)).await, 1);
    assert_eq!(fixture.write(|tx| tx.outbox().prune(moment(3), 100)).await, 1);
    assert_eq!(subjects(&fixture.feed(None, 100).await), [3, 4, 5]);
    assert_eq!(fixture.write(|tx| tx.outbox().prune(moment(1000), 100)).await, 2);
    assert_eq!(fixture.feed(None, 100).await, whole[4..]);
    fixture.append([6]).await;
    let feed = fixture.feed(None, 100).await;
    assert_eq!(subjects(&feed), [5, 6], "behind the newest, never in its place");
    assert!(feed[0].id < feed[1].id);
}
