//! The event feed: every process gives committed events their place, so that none waits for a holder
//! of a lease that has just died, and publishes them to its own listeners.

use std::{sync::Arc, time::Duration};

use kernel::{CommonTx, EventId, StoreError, UnitOfWork};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use rest::{live::LiveFeed, quiet::STORE};

/// Events of one step.
const BATCH: u32 = 500;
/// How long to wait for a notification: other processes do not notify this one.
const LOOK: Duration = Duration::from_millis(250);

/// The driver of the feed.
pub struct Feed {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    live: Arc<LiveFeed>,
    appended: Arc<Notify>,
    head: watch::Sender<Option<EventId>>,
}

impl Feed {
    /// The driver, and the head of the feed as it moves.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn CommonTx>>,
        live: Arc<LiveFeed>,
        appended: Arc<Notify>,
    ) -> (Self, watch::Receiver<Option<EventId>>) {
        let (head, moves) = watch::channel(None);
        (Self { work, live, appended, head }, moves)
    }

    /// Runs until it is aborted.
    pub async fn run(self) {
        let mut published = self.work.read(|tx| tx.outbox().head()).await.ok().flatten();
        loop {
            match self.step(&mut published).await {
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
    async fn step(&self, published: &mut Option<EventId>) -> Result<bool, StoreError> {
        let placed = self.work.write(|tx| tx.outbox().sequence(BATCH)).await?;
        let head = self.work.read(|tx| tx.outbox().head()).await?;
        self.head.send_if_modified(|known| std::mem::replace(known, head) != head);
        let more = self.publish(published, head).await?;
        Ok(more || placed >= u64::from(BATCH))
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
