//! What readers of the feed are shown.

use super::common::{Fixture, KINDS, event, moment};
use crate::{Audience, BoxFuture, Event, EventId, NewEvent, StoreError};

crate::cases! { Fixture:
    o6_only_named_events_are_shown,
    o9_a_reader_is_shown_what_carries_one_of_their_tokens,
    o9_odd_tokens_are_kept_apart,
    o9_what_was_rolled_back_or_removed_is_not_shown,
    o7_the_floor_is_the_last_place_that_was_removed,
    o7_a_rolled_back_prune_leaves_the_floor,
    o8_each_epoch_is_new,
    o8_of_many_that_renew_an_epoch_one_succeeds,
}

async fn o6_only_named_events_are_shown(fixture: Fixture) {
    fixture.append(KINDS[0], &[1]).await;
    fixture.append(KINDS[1], &[2]).await;
    let feed = fixture.append(KINDS[0], &[3, 4]).await;
    let named = async |names: &'static [&str], cursor, limit| {
        let shown = fixture.read(move |tx| tx.outbox().named(names, cursor, limit)).await;
        shown.iter().map(|event| event.subject).collect::<Vec<_>>()
    };
    assert_eq!(named(&KINDS[..1], None, 10).await, [1, 3, 4]);
    assert_eq!(named(&KINDS[..1], None, 2).await, [1, 3]);
    assert_eq!(named(&KINDS[..1], Some(feed[2].id), 10).await, [4]);
    assert_eq!(named(&KINDS[1..], None, 10).await, [2]);
    assert_eq!(named(&KINDS, None, 10).await, [1, 2, 3, 4]);
    assert_eq!(named(&[], None, 10).await, [1, 2, 3, 4]);
    assert_eq!(named(&["kit.made"], None, 10).await, [0; 0]);
}

/// Appends events with these audiences, numbered from 1, and returns the whole feed.
async fn append_for(fixture: &Fixture, audiences: &[&[&'static str]]) -> Vec<Event> {
    let events: Vec<NewEvent> = (1..)
        .zip(audiences)
        .map(|(subject, tokens)| NewEvent {
            audience: tokens.iter().map(|token| Audience::stored((*token).to_owned())).collect(),
            ..event(KINDS[0], subject)
        })
        .collect();
    fixture.write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event))).await;
    fixture.append(KINDS[0], &[]).await
}

/// The subjects that a reader with these tokens is shown.
async fn shown(
    fixture: &Fixture,
    tokens: &'static [&'static str],
    cursor: Option<EventId>,
    limit: u32,
) -> Vec<i64> {
    let tokens: Vec<Audience> =
        tokens.iter().map(|token| Audience::stored((*token).to_owned())).collect();
    let events = fixture.read(move |tx| tx.outbox().addressed(&tokens, cursor, limit)).await;
    assert!(events.is_sorted_by_key(|event| event.id), "in the order of the feed");
    events.iter().map(|event| event.subject).collect()
}

async fn o9_a_reader_is_shown_what_carries_one_of_their_tokens(fixture: Fixture) {
    let whole =
        append_for(&fixture, &[&["u:1"], &["u:2"], &["u:1", "u:2"], &[], &["*"], &["u:11", "*"]])
            .await;
    assert_eq!(shown(&fixture, &["u:1"], None, 10).await, [1, 3]);
    assert_eq!(shown(&fixture, &["u:2"], None, 10).await, [2, 3]);
    assert_eq!(shown(&fixture, &["u:1", "u:2"], None, 10).await, [1, 2, 3], "each event once");
    assert_eq!(shown(&fixture, &["u:11", "*", "u:1"], None, 10).await, [1, 3, 5, 6]);
    assert_eq!(shown(&fixture, &["u:1", "u:2", "*"], None, 3).await, [1, 2, 3]);
    assert_eq!(shown(&fixture, &["u:1", "u:2", "*"], Some(whole[2].id), 3).await, [5, 6]);
    assert_eq!(shown(&fixture, &["U:1", "u", "", "u:%", "perm:'"], None, 10).await, [0; 0]);
    assert_eq!(shown(&fixture, &[], None, 10).await, [0; 0]);
    let audience = whole.iter().map(|event| event.audience.len()).collect::<Vec<_>>();
    assert_eq!(audience, [1, 1, 2, 0, 1, 2]);
}

async fn o9_odd_tokens_are_kept_apart(fixture: Fixture) {
    append_for(&fixture, &[&["perm:it's \"odd\""], &["\u{4f60}"], &["u:1", "u:1"]]).await;
    assert_eq!(shown(&fixture, &["perm:it's \"odd\""], None, 10).await, [1]);
    assert_eq!(shown(&fixture, &["\u{4f60}"], None, 10).await, [2]);
    assert_eq!(shown(&fixture, &["u:1"], None, 10).await, [3], "named twice, shown once");
}

async fn o9_what_was_rolled_back_or_removed_is_not_shown(fixture: Fixture) {
    let refused = fixture
        .try_write(|tx| {
            let audience = vec![Audience::EVERYONE];
            tx.outbox().append(&NewEvent { audience, ..event(KINDS[0], 9) })?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(refused.is_err());
    append_for(&fixture, &[&["*"], &["u:1"], &["*", "u:1"], &["*"]]).await;
    assert_eq!(shown(&fixture, &["*", "u:1"], None, 10).await, [1, 2, 3, 4]);
    fixture.write(|tx| tx.outbox().prune(moment(3), 10)).await;
    assert_eq!(shown(&fixture, &["*", "u:1"], None, 10).await, [3, 4]);
    assert_eq!(shown(&fixture, &["*"], None, 1).await, [3], "nothing removed takes a place");
}

async fn o7_the_floor_is_the_last_place_that_was_removed(fixture: Fixture) {
    let empty = fixture.read(|tx| tx.outbox().feed()).await;
    assert_eq!((empty.floor, empty.head), (None, None));
    let events = fixture.append(KINDS[0], &[1, 2, 3, 4, 5]).await;
    let state = fixture.read(|tx| tx.outbox().feed()).await;
    assert_eq!((state.floor, state.head), (None, Some(events[4].id)));
    // The first removes two, the second nothing, the third all but the newest.
    for (before, floor) in [(3, 1), (2, 1), (9, 3)] {
        fixture.write(move |tx| tx.outbox().prune(moment(before), 10)).await;
        let state = fixture.read(|tx| tx.outbox().feed()).await;
        assert_eq!((state.floor, state.head), (Some(events[floor].id), Some(events[4].id)));
    }
    let rest = fixture.read(move |tx| tx.outbox().after(state.floor, 10)).await;
    assert_eq!(rest.len(), 5 - 4, "the newest is kept");
}

async fn o7_a_rolled_back_prune_leaves_the_floor(fixture: Fixture) {
    fixture.append(KINDS[0], &[1, 2]).await;
    let refused = fixture
        .try_write(|tx| {
            tx.outbox().prune(moment(9), 10)?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(fixture.read(|tx| tx.outbox().feed()).await.floor, None);
}

async fn o8_each_epoch_is_new(fixture: Fixture) {
    let first = fixture.read(|tx| tx.outbox().feed()).await.epoch;
    let mut seen = vec![first];
    // The clock stands still, and is set back.
    for now in [5, 5, 4] {
        let from = seen[seen.len() - 1];
        let next = fixture.write(move |tx| tx.outbox().renew_epoch(from, moment(now))).await;
        assert_eq!(fixture.read(|tx| tx.outbox().feed()).await.epoch, next);
        assert!(!seen.contains(&next));
        seen.push(next);
    }
    fixture.stale(move |tx| tx.outbox().renew_epoch(first, moment(99))).await;
}

async fn o8_of_many_that_renew_an_epoch_one_succeeds(fixture: Fixture) {
    let from = fixture.read(|tx| tx.outbox().feed()).await.epoch;
    let renew = |number: i64| -> BoxFuture<'_, bool> {
        let renewed = fixture.try_write(move |tx| tx.outbox().renew_epoch(from, moment(number)));
        Box::pin(async move { renewed.await.is_ok() })
    };
    let renewed = fixture.race(0..8, renew).await;
    assert_eq!(renewed.into_iter().filter(|won| *won).count(), 1);
}
