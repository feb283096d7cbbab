//! `EmailCountStore`.

use std::collections::BTreeSet;

use kernel::BoxFuture;

use super::{Ground, moment, together};

async fn count(ground: &Ground, key: u8, now: i64, since: i64) -> u64 {
    ground.write(move |tx| tx.email_counts().count(&[key; 32], moment(now), moment(since))).await
}

pub(super) async fn m1_emails_are_counted_by_key_and_by_window(ground: Ground) {
    for (now, expected) in [(10, 1), (11, 2), (12, 3)] {
        assert_eq!(count(&ground, 1, now, now - 10).await, expected);
    }
    assert_eq!(count(&ground, 2, 12, 2).await, 1, "another key");
    assert_eq!(count(&ground, 1, 19, 9).await, 4, "the window began after 9");
    assert_eq!(count(&ground, 1, 20, 10).await, 1, "it began at 10, and is over");
    assert_eq!(count(&ground, 1, 29, 19).await, 2, "the next began at 20");
    assert_eq!(count(&ground, 2, 21, 11).await, 2);
}

pub(super) async fn m2_of_many_that_count_simultaneously_none_is_lost(ground: Ground) {
    let ground = &ground;
    let racers = (0..12).map(|_| -> BoxFuture<'_, u64> { Box::pin(count(ground, 1, 5, 0)) });
    let counted: BTreeSet<u64> = together(racers.collect()).await.into_iter().collect();
    assert_eq!(counted, (1..=12).collect());
}

pub(super) async fn m3_a_sweep_takes_windows_that_are_over_and_keeps_to_its_limit(ground: Ground) {
    for (key, at) in [(1, 9), (2, 11), (3, 8), (4, 10)] {
        count(&ground, key, at, 0).await;
    }
    let sweep = async || ground.write(|tx| tx.email_counts().sweep(moment(10), 2)).await;
    assert_eq!([sweep().await, sweep().await, sweep().await], [2, 1, 0]);
    assert_eq!(count(&ground, 2, 12, 0).await, 2, "it stayed");
    assert_eq!(count(&ground, 4, 12, 0).await, 1, "it went");
}
