//! The driver of the feed.

use std::sync::Arc;

use alveole::drivers::{
    Base, Replicas,
    feed::{Feed, Told},
};
use kernel::{
    CommonTx, Epoch, FeedState, NewEvent, StoreError, Timestamp, UnitOfWork, time::FixedClock,
};
use memory::MemoryDb;
use rest::live::{LiveFeed, Told as Heard};
use tokio::sync::Notify;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

struct Process {
    feed: Feed,
    live: Arc<LiveFeed>,
    told: Told,
}

impl Process {
    fn on(work: &Arc<dyn UnitOfWork<dyn CommonTx>>) -> Self {
        let base = Base::new(Arc::clone(work), Arc::new(FixedClock::at(now())), Replicas::Several);
        let live = Arc::new(LiveFeed::default());
        let (feed, _) = Feed::new(&base, Arc::clone(&live), Arc::new(Notify::new()));
        Self { feed, live, told: Told::default() }
    }

    async fn step(&mut self) {
        while self.feed.step(&mut self.told).await.unwrap() {}
    }
}

async fn append(work: &Arc<dyn UnitOfWork<dyn CommonTx>>, subjects: &[i64]) {
    for subject in subjects {
        let event = NewEvent {
            name: "kit.made.v1",
            at: now(),
            actor: None,
            subject: *subject,
            audience: Vec::new(),
            payload: serde_json::Value::Null,
            request_id: None,
        };
        let appended: Result<(), StoreError> =
            work.write(move |tx| tx.outbox().append(&event)).await;
        appended.unwrap();
    }
}

async fn state(work: &Arc<dyn UnitOfWork<dyn CommonTx>>) -> FeedState {
    let state: Result<_, StoreError> = work.read(|tx| tx.outbox().feed()).await;
    state.unwrap()
}

#[actix_web::test]
async fn f5_the_place_that_lists_name_is_one_that_the_feed_has_reached() {
    let work: Arc<dyn UnitOfWork<dyn CommonTx>> = MemoryDb::new();
    let mut process = Process::on(&work);
    assert_eq!(process.live.head(), None);
    process.step().await;
    assert_eq!(process.live.head(), Some(state(&work).await.end()));
    append(&work, &[1, 2]).await;
    process.step().await;
    assert_eq!(process.live.head(), Some(state(&work).await.end()));
}

#[actix_web::test]
async fn f4_a_process_that_finds_an_older_feed_gives_it_an_epoch_and_tells_its_listeners() {
    let first: Arc<dyn UnitOfWork<dyn CommonTx>> = MemoryDb::new();
    append(&first, &[1, 2, 3]).await;
    // A replica that lost the newest event takes over under the same epoch.
    let second: Arc<dyn UnitOfWork<dyn CommonTx>> = MemoryDb::new();
    append(&second, &[1, 2]).await;
    let (mut one, mut other) = (Process::on(&first), Process::on(&first));
    one.step().await;
    other.step().await;
    let (mut one, mut other) = (one.moved(&second), other.moved(&second));
    let (mut hears, mut too) = (one.live.subscribe(), other.live.subscribe());
    let before: Epoch = state(&second).await.epoch;
    one.step().await;
    let after = state(&second).await.epoch;
    assert_ne!(before, after);
    assert!(matches!(hears.try_recv(), Ok(Heard::Replaced)));
    other.step().await;
    assert_eq!(state(&second).await.epoch, after, "one new epoch, whoever notices");
    assert!(matches!(too.try_recv(), Ok(Heard::Replaced)));
    one.step().await;
    assert!(hears.try_recv().is_err(), "once");
    append(&second, &[9]).await;
    one.step().await;
    assert!(matches!(hears.try_recv(), Ok(Heard::Event(event)) if event.subject == 9));
}

impl Process {
    /// The same process, on another database.
    fn moved(self, work: &Arc<dyn UnitOfWork<dyn CommonTx>>) -> Self {
        let base = Base::new(Arc::clone(work), Arc::new(FixedClock::at(now())), Replicas::Several);
        let (feed, _) = Feed::new(&base, Arc::clone(&self.live), Arc::new(Notify::new()));
        Self { feed, ..self }
    }
}
