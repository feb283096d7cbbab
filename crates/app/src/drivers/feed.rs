//! The event feed: every process gives committed events their place, so that none waits for a holder
//! of a lease that has just died, and publishes them to its own listeners.

use std::{sync::Arc, time::Duration};

use kernel::{Clock, CommonTx, Epoch, EventId, FeedState, StoreError, UnitOfWork};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use rest::{live::LiveFeed, quiet::STORE};

use super::Base;

/// Events that are published in one step.
const BATCH: u32 = 500;
/// Events that get their places in one transaction, so that few commits wait for the disk.
const PLACES: u32 = 2000;
/// How long to wait for a notification: other processes do not notify this one.
const LOOK: Duration = Duration::from_millis(250);

/// How far a process has told the feed.
#[derive(Debug, Default)]
pub struct Told {
    epoch: Option<Epoch>,
    head: Option<EventId>,
}

/// The driver of the feed.
pub struct Feed {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<dyn Clock>,
    live: Arc<LiveFeed>,
    appended: Arc<Notify>,
    head: watch::Sender<Option<EventId>>,
}

impl Feed {
    /// The driver, and the head of the feed as it moves.
    pub fn new(
        base: &Base,
        live: Arc<LiveFeed>,
        appended: Arc<Notify>,
    ) -> (Self, watch::Receiver<Option<EventId>>) {
        let (head, moves) = watch::channel(None);
        let (work, clock) = (Arc::clone(&base.work), Arc::clone(&base.clock));
        (Self { work, clock, live, appended, head }, moves)
    }

    /// Runs until it is aborted.
    pub async fn run(self) {
        let mut told = Told::default();
        loop {
            match self.step(&mut told).await {
                Ok(true) => {}
                Ok(false) => {
                    tokio::select! {
                        () = self.appended.notified() => {}
                        () = sleep(LOOK) => {}
                    }
                }
                Err(error) => {
                    rest::warn_once_a_minute!(STORE; %error, "the event feed has to wait");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// True when there may be more to do.
    pub async fn step(&self, told: &mut Told) -> Result<bool, StoreError> {
        let placed = self.work.write(|tx| tx.outbox().sequence(PLACES)).await?;
        let state = self.work.read(|tx| tx.outbox().feed()).await?;
        let state = self.same_feed(told, state).await?;
        let head = state.end().after;
        self.live.reached(state.end());
        self.head.send_if_modified(|known| std::mem::replace(known, head) != head);
        let more = self.publish(&mut told.head, head).await?;
        Ok(more || placed >= u64::from(PLACES))
    }

    /// Notices that the feed was replaced, by its epoch or because it ends before what was told; then
    /// places are given a second time, and the feed gets a new epoch.
    async fn same_feed(&self, told: &mut Told, state: FeedState) -> Result<FeedState, StoreError> {
        let Some(epoch) = told.epoch else {
            *told = Told { epoch: Some(state.epoch), head: state.end().after };
            return Ok(state);
        };
        if epoch == state.epoch && told.head <= state.end().after {
            return Ok(state);
        }
        let mut state = state;
        if epoch == state.epoch {
            let now = self.clock.now();
            match self.work.write(move |tx| tx.outbox().renew_epoch(epoch, now)).await {
                Ok(epoch) => state.epoch = epoch,
                // Another process noticed it, too.
                Err(StoreError::Stale) => {
                    state = self.work.read(|tx| tx.outbox().feed()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        tracing::warn!(
            "the event feed was replaced by an older one or a copy; listeners are told to start again"
        );
        *told = Told { epoch: Some(state.epoch), head: state.end().after };
        self.live.replaced();
        Ok(state)
    }

    /// Publishes to this process' listeners. Without any, there is nothing to read.
    async fn publish(
        &self,
        published: &mut Option<EventId>,
        head: Option<EventId>,
    ) -> Result<bool, StoreError> {
        if head <= *published {
            return Ok(false);
        }
        if self.live.listeners() == 0 {
            *published = head;
            return Ok(false);
        }
        let cursor = *published;
        let events = self.work.read(move |tx| tx.outbox().after(cursor, BATCH)).await?;
        let more = events.len() >= BATCH as usize;
        for event in events {
            *published = Some(event.id);
            self.live.publish(Arc::new(event));
        }
        Ok(more)
    }
}
