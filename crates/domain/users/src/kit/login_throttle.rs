//! `LoginThrottleStore`.

use kernel::{BoxFuture, Timestamp};

use super::{Fixture, moment, together};
use crate::login_throttle::LoginThrottle;

async fn get(fixture: &Fixture, key: u8) -> Option<LoginThrottle> {
    fixture.read(move |tx| tx.login_throttle().get(&[key; 32])).await
}

async fn put(fixture: &Fixture, key: u8, login_throttle: LoginThrottle) {
    fixture.write(move |tx| tx.login_throttle().put(&[key; 32], &login_throttle)).await;
}

pub(super) async fn w1_counts_come_back_as_they_went_in(fixture: Fixture) {
    let many =
        LoginThrottle { failed: u32::MAX, last_at: Timestamp::MAX, blocked_until: Some(moment(5)) };
    let none = LoginThrottle::none(moment(1));
    assert_eq!(get(&fixture, 1).await, None);
    put(&fixture, 2, many).await;
    for written in [many, none, many] {
        put(&fixture, 1, written).await;
        assert_eq!(get(&fixture, 1).await, Some(written));
        assert_eq!(
            fixture.write(|tx| tx.login_throttle().lock(&[1; 32], moment(9))).await,
            written
        );
    }
    for _ in 0..2 {
        fixture.write(|tx| tx.login_throttle().clear(&[1; 32])).await;
        assert_eq!(get(&fixture, 1).await, None);
    }
    assert_eq!(get(&fixture, 2).await, Some(many));
    let fresh = fixture.write(|tx| tx.login_throttle().lock(&[1; 32], moment(9))).await;
    assert_eq!(fresh, LoginThrottle::none(moment(9)));
}

pub(super) async fn w2_of_many_who_count_simultaneously_none_is_lost(fixture: Fixture) {
    let fixture = &fixture;
    let racers = (0..12).map(|_| -> BoxFuture<'_, ()> {
        Box::pin(fixture.write(|tx| {
            let login_throttle = tx.login_throttle().lock(&[1; 32], moment(0))?;
            tx.login_throttle().put(
                &[1; 32],
                &LoginThrottle { failed: login_throttle.failed + 1, ..login_throttle },
            )
        }))
    });
    together(racers.collect()).await;
    assert_eq!(get(fixture, 1).await.map(|login_throttle| login_throttle.failed), Some(12));
}

pub(super) async fn w3_pruning_takes_what_is_older_and_keeps_to_its_limit(fixture: Fixture) {
    for (key, at) in [(1, 9), (2, 10), (3, 8), (4, 7)] {
        put(&fixture, key, LoginThrottle { failed: 1, ..LoginThrottle::none(moment(at)) }).await;
    }
    let prune = async || fixture.write(|tx| tx.login_throttle().prune(moment(10), 2)).await;
    assert_eq!([prune().await, prune().await, prune().await], [2, 1, 0]);
    for (key, stays) in [(1, false), (2, true), (3, false), (4, false)] {
        assert_eq!(get(&fixture, key).await.is_some(), stays, "{key}");
    }
}
