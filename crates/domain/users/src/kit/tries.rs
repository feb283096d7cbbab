//! `TriesStore`.

use kernel::{BoxFuture, Timestamp};

use super::{Ground, moment, together};
use crate::tries::Tries;

async fn get(ground: &Ground, key: u8) -> Option<Tries> {
    ground.read(move |tx| tx.tries().get(&[key; 32])).await
}

async fn put(ground: &Ground, key: u8, tries: Tries) {
    ground.write(move |tx| tx.tries().put(&[key; 32], &tries)).await;
}

pub(super) async fn w1_tries_come_back_as_they_went_in(ground: Ground) {
    let many = Tries { failed: u32::MAX, last_at: Timestamp::MAX, blocked_until: Some(moment(5)) };
    let none = Tries::none(moment(1));
    assert_eq!(get(&ground, 1).await, None);
    put(&ground, 2, many).await;
    for written in [many, none, many] {
        put(&ground, 1, written).await;
        assert_eq!(get(&ground, 1).await, Some(written));
        assert_eq!(ground.write(|tx| tx.tries().lock(&[1; 32], moment(9))).await, written);
    }
    for _ in 0..2 {
        ground.write(|tx| tx.tries().clear(&[1; 32])).await;
        assert_eq!(get(&ground, 1).await, None);
    }
    assert_eq!(get(&ground, 2).await, Some(many));
    let fresh = ground.write(|tx| tx.tries().lock(&[1; 32], moment(9))).await;
    assert_eq!(fresh, Tries::none(moment(9)));
}

pub(super) async fn w2_of_many_who_count_at_once_none_is_lost(ground: Ground) {
    let ground = &ground;
    let racers = (0..12).map(|_| -> BoxFuture<'_, ()> {
        Box::pin(ground.write(|tx| {
            let tries = tx.tries().lock(&[1; 32], moment(0))?;
            tx.tries().put(&[1; 32], &Tries { failed: tries.failed + 1, ..tries })
        }))
    });
    together(racers.collect()).await;
    assert_eq!(get(ground, 1).await.map(|tries| tries.failed), Some(12));
}

pub(super) async fn w3_a_sweep_takes_what_is_older_and_keeps_to_its_limit(ground: Ground) {
    for (key, at) in [(1, 9), (2, 10), (3, 8), (4, 7)] {
        put(&ground, key, Tries { failed: 1, ..Tries::none(moment(at)) }).await;
    }
    let sweep = async || ground.write(|tx| tx.tries().sweep(moment(10), 2)).await;
    assert_eq!([sweep().await, sweep().await, sweep().await], [2, 1, 0]);
    for (key, stays) in [(1, false), (2, true), (3, false), (4, false)] {
        assert_eq!(get(&ground, key).await.is_some(), stays, "{key}");
    }
}
