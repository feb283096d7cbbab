//! `EmailCountStore`.

use std::collections::BTreeSet;

use kernel::BoxFuture;

use super::{Fixture, moment, together};

async fn count(fixture: &Fixture, key: u8, now: i64, since: i64) -> u64 {
    fixture.write(move |tx| tx.email_counts().count(&[key; 32], moment(now), moment(since))).await
}

pub(super) async fn m1_emails_are_counted_by_key_and_by_window(fixture: Fixture) {
    for (now, expected) in [(10, 1), (11, 2), (12, 3)] {
        assert_eq!(count(&fixture, 1, now, now - 10).await, expected);
    }
    assert_eq!(count(&fixture, 2, 12, 2).await, 1, "another key");
    assert_eq!(count(&fixture, 1, 19, 9).await, 4, "the window began after 9");
    assert_eq!(count(&fixture, 1, 20, 10).await, 1, "it began at 10, and is over");
    assert_eq!(count(&fixture, 1, 29, 19).await, 2, "the next began at 20");
    assert_eq!(count(&fixture, 2, 21, 11).await, 2);
}

pub(super) async fn m2_of_many_that_count_simultaneously_none_is_lost(fixture: Fixture) {
    let fixture = &fixture;
    let racers = (0..12).map(|_| -> BoxFuture<'_, u64> { Box::pin(count(fixture, 1, 5, 0)) });
    let counted: BTreeSet<u64> = together(racers.collect()).await.into_iter().collect();
    assert_eq!(counted, (1..=12).collect());
}

pub(super) async fn m3_pruning_takes_windows_that_are_over_and_keeps_to_its_limit(
    fixture: Fixture,
) {
    for (key, at) in [(1, 9), (2, 11), (3, 8), (4, 10)] {
        count(&fixture, key, at, 0).await;
    }
    let prune = async || fixture.write(|tx| tx.email_counts().prune(moment(10), 2)).await;
    assert_eq!([prune().await, prune().await, prune().await], [2, 1, 0]);
    assert_eq!(count(&fixture, 2, 12, 0).await, 2, "it stayed");
    assert_eq!(count(&fixture, 4, 12, 0).await, 1, "it went");
}

pub(super) async fn m4_when_a_window_began_is_known(fixture: Fixture) {
    let began =
        async |key: u8| fixture.read(move |tx| tx.email_counts().began_at(&[key; 32])).await;
    assert_eq!(began(1).await, None);
    count(&fixture, 1, 10, 0).await;
    count(&fixture, 1, 11, 1).await;
    assert_eq!((began(1).await, began(2).await), (Some(moment(10)), None));
    count(&fixture, 1, 20, 10).await;
    assert_eq!(began(1).await, Some(moment(20)));
}
