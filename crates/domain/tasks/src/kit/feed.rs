//! The outbox and the inbox.

use std::collections::BTreeSet;

use kernel::{BoxFuture, Event, EventId, NewEvent, StoreError};

use super::{Ground, ODD_TEXTS, long, moment, payload_titled, together};

fn subjects(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.subject).collect()
}

fn place(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

impl Ground {
    async fn append(&self, subjects: impl IntoIterator<Item = i64>) {
        let events: Vec<NewEvent> = subjects.into_iter().map(|s| self.event(s)).collect();
        self.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
    }

    async fn settle(&self, consumer: &'static str, event: EventId) -> bool {
        self.write(move |tx| tx.inbox().settle(consumer, event, moment(0))).await
    }
}

pub(super) async fn o1_an_event_is_there_exactly_when_its_unit_committed(ground: Ground) {
    assert_eq!(ground.feed(None, 10).await, []);
    assert_eq!(ground.read(|tx| tx.outbox().head()).await, None);
    ground.append([1]).await;
    let event = ground.event(2);
    ground
        .refused(move |tx| {
            tx.outbox().append(&event)?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    ground.append([3]).await;
    let feed = ground.feed(None, 10).await;
    assert_eq!(subjects(&feed), [1, 3]);
    let head = ground.read(|tx| tx.outbox().head()).await;
    assert_eq!(head, feed.last().map(|event| event.id));
}

pub(super) async fn o2_events_keep_their_order(ground: Ground) {
    ground.append([5, 3, 9, 1]).await;
    ground.append([8, 2]).await;
    // Placed a few at a time: a unit of work may be longer than a stretch.
    ground.write(|tx| tx.outbox().sequence(3)).await;
    let feed = ground.feed(None, 100).await;
    assert_eq!(subjects(&feed), [5, 3, 9, 1, 8, 2]);
    assert!(feed.is_sorted_by(|a, b| a.id < b.id));
}

pub(super) async fn o3_nothing_appears_before_what_was_shown(ground: Ground) {
    const WRITERS: i64 = 6;
    const EACH: i64 = 10;
    let ground = &ground;
    let mut futures: Vec<BoxFuture<'_, Vec<Event>>> = Vec::new();
    for writer in 0..WRITERS {
        futures.push(Box::pin(async move {
            for number in 0..EACH {
                let first = 1 + (writer * EACH + number) * 2;
                ground.append([first, first + 1]).await;
            }
            Vec::new()
        }));
    }
    futures.push(Box::pin(async move {
        let mut shown: Vec<Event> = Vec::new();
        for _ in 0..30 {
            ground.write(|tx| tx.outbox().sequence(7)).await;
            let cursor = shown.last().map(|event| event.id);
            shown.extend(ground.read(move |tx| tx.outbox().after(cursor, 5)).await);
        }
        shown
    }));
    let mut shown = together(futures).await.pop().unwrap();
    let cursor = shown.last().map(|event| event.id);
    shown.extend(ground.feed(cursor, 1000).await);
    let whole = ground.feed(None, 1000).await;
    assert_eq!(shown, whole, "who followed the feed saw the whole of it");
    let different: BTreeSet<i64> = subjects(&whole).into_iter().collect();
    assert_eq!((different.len(), whole.len()), (120, 120));
}

pub(super) async fn o4_every_field_survives(ground: Ground) {
    let task = ground.insert(ground.plain("t")).await;
    let longest = long(200);
    let mut sent = vec![ground.event(i64::MAX)];
    for text in ODD_TEXTS.into_iter().chain([longest.as_str()]) {
        sent.push(NewEvent {
            name: "task.updated.v1",
            actor: Some(ground.helper()),
            audience: ground.people.clone(),
            request_id: Some(text.to_owned()),
            ..payload_titled(&task, text)
        });
    }
    sent.push(NewEvent { audience: Vec::new(), ..ground.event(1) });
    let events = sent.clone();
    ground.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
    let feed = ground.feed(None, 100).await;
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

pub(super) async fn o5_the_feed_is_read_in_stretches(ground: Ground) {
    ground.append(1..=10).await;
    let whole = ground.feed(None, 100).await;
    assert_eq!(subjects(&whole), (1..=10).collect::<Vec<_>>());
    for limit in [1, 3, 5, 10] {
        let mut read = Vec::new();
        loop {
            let stretch = ground.feed(read.last().map(|event: &Event| event.id), limit).await;
            assert!(stretch.len() <= limit as usize);
            if stretch.is_empty() {
                break;
            }
            read.extend(stretch);
        }
        assert_eq!(read, whole, "limit {limit}");
    }
    let head = ground.read(|tx| tx.outbox().head()).await;
    assert_eq!(ground.feed(head, 10).await, []);
    assert_eq!(ground.feed(Some(place(i64::MAX)), 10).await, []);
}

pub(super) async fn o5_a_sweep_keeps_the_newest(ground: Ground) {
    ground.append(1..=5).await;
    let whole = ground.feed(None, 100).await;
    assert_eq!(ground.write(|tx| tx.outbox().sweep(moment(3), 1)).await, 1);
    assert_eq!(ground.write(|tx| tx.outbox().sweep(moment(3), 100)).await, 1);
    assert_eq!(subjects(&ground.feed(None, 100).await), [3, 4, 5]);
    assert_eq!(ground.write(|tx| tx.outbox().sweep(moment(1000), 100)).await, 2);
    assert_eq!(ground.feed(None, 100).await, whole[4..]);
    ground.append([6]).await;
    let feed = ground.feed(None, 100).await;
    assert_eq!(subjects(&feed), [5, 6], "behind the newest, never in its place");
    assert!(feed[0].id < feed[1].id);
}

pub(super) async fn i1_an_event_is_settled_once(ground: Ground) {
    assert!(ground.settle("kit", place(1)).await);
    assert!(!ground.settle("kit", place(1)).await);
    assert!(ground.settle("kit", place(i64::MAX)).await);
    let twice = ground
        .write(|tx| {
            let first = tx.inbox().settle("kit", place(2), moment(0))?;
            Ok((first, tx.inbox().settle("kit", place(2), moment(1))?))
        })
        .await;
    assert_eq!(twice, (true, false));
}

pub(super) async fn i1_of_many_who_settle_at_once_one_is_first(ground: Ground) {
    for event in 1..=4 {
        let one = |_| {
            let future: BoxFuture<'_, bool> = Box::pin(ground.settle("kit", place(event)));
            future
        };
        let firsts = together((0..8).map(one).collect()).await;
        assert_eq!(firsts.into_iter().filter(|first| *first).count(), 1);
    }
}

pub(super) async fn i2_a_rolled_back_settlement_did_not_happen(ground: Ground) {
    ground
        .refused(|tx| {
            assert!(tx.inbox().settle("kit", place(1), moment(0))?);
            tx.inbox().advance("kit", place(9))?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert_eq!(ground.read(|tx| tx.inbox().position("kit")).await, None);
    assert!(ground.settle("kit", place(1)).await);
}

pub(super) async fn i3_consumers_do_not_see_one_another(ground: Ground) {
    assert!(ground.settle("kit.a", place(1)).await);
    assert!(ground.settle("kit.b", place(1)).await);
    ground.write(|tx| tx.inbox().advance("kit.a", place(4))).await;
    assert_eq!(ground.read(|tx| tx.inbox().position("kit.a")).await, Some(place(4)));
    assert_eq!(ground.read(|tx| tx.inbox().position("kit.b")).await, None);
}

pub(super) async fn i4_a_position_never_goes_back(ground: Ground) {
    let mut positions = Vec::new();
    for to in [3, 7, 5, 7, 8] {
        ground.write(move |tx| tx.inbox().advance("kit", place(to))).await;
        positions.push(ground.read(|tx| tx.inbox().position("kit")).await.unwrap().get());
    }
    assert_eq!(positions, [3, 7, 7, 7, 8]);
}

pub(super) async fn i4_events_can_be_put_aside(ground: Ground) {
    for text in ODD_TEXTS {
        ground.write(move |tx| tx.inbox().bury("kit", place(1), text, moment(0))).await;
    }
    for number in 0..4 {
        ground.write(move |tx| tx.inbox().settle("kit", place(10 + number), moment(number))).await;
    }
    let swept = ground.write(|tx| tx.inbox().sweep(moment(3), 2)).await;
    let rest = ground.write(|tx| tx.inbox().sweep(moment(3), 100)).await;
    assert_eq!((swept, rest), (2, 1));
    assert!(!ground.settle("kit", place(13)).await, "the newest settlement is kept");
}

pub(super) async fn i5_what_a_consumer_has_not_passed_is_counted(ground: Ground) {
    let backlog = async || ground.read(|tx| tx.inbox().backlog("kit")).await;
    assert_eq!(backlog().await, (0, None));
    ground.append([1, 2, 3]).await;
    // Those without a place in the feed count as well.
    let (waiting, oldest) = backlog().await;
    assert_eq!(waiting, 3);
    let feed = ground.feed(None, 10).await;
    assert_eq!(oldest, feed.iter().map(|event| event.at).min());
    let second = feed[1].id;
    ground.write(move |tx| tx.inbox().advance("kit", second)).await;
    assert_eq!(backlog().await, (1, Some(feed[2].at)));
    assert_eq!(ground.read(|tx| tx.inbox().backlog("other")).await.0, 3);
    let last = feed[2].id;
    ground.write(move |tx| tx.inbox().advance("kit", last)).await;
    assert_eq!(backlog().await, (0, None));
}
