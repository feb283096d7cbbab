//! The kit of [`Cache`].

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{Pass, yield_now};
use crate::{BoxFuture, Cache, UserId, kit::together};

/// The cache under test.
pub type Subject = Arc<dyn Cache<UserId, String>>;

/// A fresh, empty cache.
pub struct Fixture {
    /// Two views of one cache, as two replicas have them; the same one twice where there is but
    /// one.
    pub views: [Subject; 2],
    /// How long an entry lives, at most.
    pub ttl: Duration,
    /// Lets time go by.
    pub pass: Pass,
}

crate::cases! { Fixture:
    c1_what_was_put_is_there,
    c1_keys_do_not_see_one_another,
    c1_what_was_loaded_is_there,
    c2_an_expired_entry_is_absent,
    c3_of_many_loads_simultaneously_one_runs,
    c3_when_the_loading_caller_goes_away_another_loads,
    c4_a_loader_that_finds_nothing_leaves_nothing,
    c5_a_value_that_was_being_loaded_when_evicted_is_given_and_not_kept,
    c5_a_put_is_not_overwritten_by_a_load_that_began_before,
    c6_an_evict_is_seen_immediately_where_it_was_made,
    c6_an_evict_reaches_the_other_view,
    c6_an_evict_takes_nothing_that_was_put_after_it,
    c7_callers_of_an_absent_key_do_not_queue,
}

fn key(number: i64) -> UserId {
    UserId::parse(number).expect("a positive number")
}

fn text(value: &str) -> Arc<String> {
    Arc::new(value.to_owned())
}

fn found(value: &str) -> BoxFuture<'static, Option<String>> {
    let value = value.to_owned();
    Box::pin(async move { Some(value) })
}

async fn c1_what_was_put_is_there(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    assert_eq!(cache.get(&key(1)).await, None);
    cache.put(key(1), text("é \"quoted\"\n")).await;
    assert_eq!(cache.get(&key(1)).await, Some(text("é \"quoted\"\n")));
    cache.put(key(1), text("")).await;
    assert_eq!(cache.get(&key(1)).await, Some(text("")));
}

async fn c1_keys_do_not_see_one_another(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    cache.put(key(1), text("one")).await;
    cache.put(key(11), text("eleven")).await;
    cache.evict(&key(1)).await;
    assert_eq!(cache.get(&key(1)).await, None);
    assert_eq!(cache.get(&key(11)).await, Some(text("eleven")));
}

async fn c1_what_was_loaded_is_there(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    assert_eq!(cache.load(key(1), found("a")).await, Some(text("a")));
    assert_eq!(cache.get(&key(1)).await, Some(text("a")));
    assert_eq!(cache.load(key(1), found("b")).await, Some(text("a")));
}

async fn c2_an_expired_entry_is_absent(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    cache.put(key(1), text("a")).await;
    cache.load(key(2), found("b")).await;
    (fixture.pass)(fixture.ttl + Duration::from_millis(50)).await;
    assert_eq!(cache.get(&key(1)).await, None);
    assert_eq!(cache.get(&key(2)).await, None);
    assert_eq!(cache.load(key(1), found("new")).await, Some(text("new")));
}

async fn c3_of_many_loads_simultaneously_one_runs(fixture: Fixture) {
    let runs = Arc::new(AtomicU32::new(0));
    // On one view: whether two views share their flights is for the adapter to say.
    let loads = (0..50)
        .map(|_| {
            let runs = Arc::clone(&runs);
            fixture.views[0].load(
                key(1),
                Box::pin(async move {
                    runs.fetch_add(1, Ordering::SeqCst);
                    for _ in 0..20 {
                        yield_now().await;
                    }
                    Some("a".to_owned())
                }),
            )
        })
        .collect();
    let values = together(loads).await;
    assert!(values.iter().all(|value| *value == Some(text("a"))), "{values:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

async fn c3_when_the_loading_caller_goes_away_another_loads(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    let mut gone = cache.load(key(1), Box::pin(std::future::pending()));
    let started = std::future::poll_fn(|context| {
        std::task::Poll::Ready(gone.as_mut().poll(context).is_pending())
    });
    assert!(started.await);
    drop(gone);
    assert_eq!(cache.load(key(1), found("b")).await, Some(text("b")));
}

async fn c4_a_loader_that_finds_nothing_leaves_nothing(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    assert_eq!(cache.load(key(1), Box::pin(async { None })).await, None);
    assert_eq!(cache.get(&key(1)).await, None);
    assert_eq!(cache.load(key(1), found("a")).await, Some(text("a")));
}

/// Loads on the first view, and lets `meanwhile` happen when the loader is running.
async fn load_around<'a>(
    fixture: &'a Fixture,
    value: &str,
    meanwhile: impl Future<Output = ()> + Send + 'a,
) -> Option<Arc<String>> {
    let (begun, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (inside, until, value) = (Arc::clone(&begun), Arc::clone(&done), value.to_owned());
    let load = fixture.views[0].load(
        key(1),
        Box::pin(async move {
            inside.store(1, Ordering::SeqCst);
            while until.load(Ordering::SeqCst) == 0 {
                yield_now().await;
            }
            Some(value)
        }),
    );
    let other: BoxFuture<'a, Option<Arc<String>>> = Box::pin(async move {
        while begun.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
        meanwhile.await;
        done.store(1, Ordering::SeqCst);
        None
    });
    together(vec![load, other]).await.remove(0)
}

async fn c5_a_value_that_was_being_loaded_when_evicted_is_given_and_not_kept(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    let meanwhile = async {
        cache.evict(&key(1)).await;
        // Who comes after the eviction does not get the old value either.
        assert_eq!(cache.load(key(1), found("new")).await, Some(text("new")));
    };
    let old = load_around(&fixture, "old", meanwhile).await;
    assert_eq!(old, Some(text("old")));
    assert_eq!(cache.get(&key(1)).await, Some(text("new")));
    cache.evict(&key(1)).await;
    let old = load_around(&fixture, "old", async { cache.evict(&key(1)).await }).await;
    assert_eq!(old, Some(text("old")));
    assert_eq!(cache.get(&key(1)).await, None);
}

async fn c5_a_put_is_not_overwritten_by_a_load_that_began_before(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    let put = async { cache.put(key(1), text("new")).await };
    let old = load_around(&fixture, "old", put).await;
    assert_eq!(old, Some(text("old")));
    assert_eq!(cache.get(&key(1)).await, Some(text("new")));
}

async fn c6_an_evict_is_seen_immediately_where_it_was_made(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    for round in 0..50 {
        let value = round.to_string();
        cache.put(key(1), text(&value)).await;
        assert_eq!(cache.get(&key(1)).await, Some(text(&value)));
        cache.evict(&key(1)).await;
        assert_eq!(cache.get(&key(1)).await, None);
    }
}

async fn c6_an_evict_reaches_the_other_view(fixture: Fixture) {
    let [here, there] = &fixture.views;
    here.load(key(1), found("old")).await;
    there.load(key(1), found("old")).await;
    here.evict(&key(1)).await;
    let mut waits = 0;
    while there.get(&key(1)).await.is_some() {
        waits += 1;
        assert!(waits < 200, "it was not heard of");
        (fixture.pass)(Duration::from_millis(5)).await;
    }
    assert_eq!(there.load(key(1), found("new")).await, Some(text("new")));
}

async fn c6_an_evict_takes_nothing_that_was_put_after_it(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    for round in 0..50 {
        let value = text(&round.to_string());
        cache.evict(&key(1)).await;
        cache.put(key(1), Arc::clone(&value)).await;
        // Time for an announcement to come back to who made it.
        (fixture.pass)(Duration::from_millis(2)).await;
        assert_eq!(cache.get(&key(1)).await, Some(value));
    }
}

async fn c7_callers_of_an_absent_key_do_not_queue(fixture: Fixture) {
    let [cache, _] = &fixture.views;
    let (running, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let loads = (0..20)
        .map(|_| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            cache.load(
                key(404),
                Box::pin(async move {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    for _ in 0..200 {
                        yield_now().await;
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                    None
                }),
            )
        })
        .collect();
    assert!(together(loads).await.iter().all(Option::is_none));
    assert!(most.load(Ordering::SeqCst) > 1, "they ran one after another");
}
