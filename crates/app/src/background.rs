//! What happens besides requests: the outbox pump, the flows, and the timers. Of several processes
//! on one database, one at a time does what is nobody's in particular ([`leader`]); each tells its own
//! listeners.

pub mod keys;
pub mod leader;
pub mod mails;
pub(crate) mod timers;

use std::{sync::Arc, time::Duration};

use flows::Flows;
use kernel::{Clock, CommonTx, Event, EventId, StoreError, Timestamp, UnitOfWork};
use tokio::{sync::Notify, task::JoinHandle, time::sleep};
use tracing::Instrument as _;

use self::leader::Leader;
use crate::{http::state::Hub, telemetry::traces};

/// Events dealt with in one go.
const BATCH: u32 = 500;
/// How long the pump waits for the bell before it looks by itself: other processes ring no bell
/// here.
const LOOK: Duration = Duration::from_millis(250);
/// The flows' name in the inbox.
const FLOWS: &str = "flows";
/// How often one event is tried before it is put aside.
const TRIES: u32 = 8;

/// What the loops work with.
pub struct Loops {
    /// The database's face that belongs to no room.
    pub work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    /// Live listeners of this process.
    pub hub: Arc<Hub>,
    /// Reactions between rooms.
    pub flows: Arc<Flows>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Rung after a commit with events.
    pub bell: Arc<Notify>,
    /// How long events are kept.
    pub retention: Duration,
    /// Whether the work is ours.
    pub leader: Arc<Leader>,
}

impl Loops {
    /// Starts the pump. It ends with the runtime.
    pub fn start_pump(self: Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut told = self.head().await.ok().flatten();
            let mut behind = None;
            loop {
                match self.round(&mut told, &mut behind).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tokio::select! {
                            () = self.bell.notified() => {}
                            () = sleep(LOOK) => {}
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the outbox pump has to wait");
                        sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        })
    }

    async fn head(&self) -> Result<Option<EventId>, StoreError> {
        self.work.read(|tx| tx.outbox().head()).await
    }

    /// One round: give committed events their place, tell live listeners, let the flows react.
    /// True when there may be more.
    ///
    /// Everybody gives events their place, so that nobody waits for a leader, least of all for one
    /// that has just died; the store lets one at a time do that. The reactions are the leader's.
    async fn round(
        &self,
        told: &mut Option<EventId>,
        behind: &mut Option<EventId>,
    ) -> Result<bool, StoreError> {
        let placed = self.place().await?;
        let head = self.head().await?;
        let live = self.tell(told, head).await?;
        let flowed = if self.leader.leads() {
            self.react(behind, head).await?
        } else {
            // Whoever leads meanwhile moves on.
            *behind = None;
            false
        };
        Ok(placed || live || flowed)
    }

    async fn place(&self) -> Result<bool, StoreError> {
        let placed = self.work.write(|tx| tx.outbox().sequence(BATCH)).await?;
        Ok(placed >= u64::from(BATCH))
    }

    async fn events(&self, after: Option<EventId>) -> Result<Vec<Event>, StoreError> {
        self.work.read(move |tx| tx.outbox().after(after, BATCH)).await
    }

    /// Tells this process' listeners. With none, there is nothing to read.
    async fn tell(
        &self,
        told: &mut Option<EventId>,
        head: Option<EventId>,
    ) -> Result<bool, StoreError> {
        if head <= *told {
            return Ok(false);
        }
        if self.hub.listeners() == 0 {
            *told = head;
            return Ok(false);
        }
        let events = self.events(*told).await?;
        let more = events.len() >= BATCH as usize;
        for event in events {
            *told = Some(event.id);
            self.hub.publish(Arc::new(event));
        }
        Ok(more)
    }

    /// Lets the flows react to what they have not seen. Their place is kept in the database, so
    /// that a restart goes on where they were; what they do is settled once by each consumer.
    async fn react(
        &self,
        behind: &mut Option<EventId>,
        head: Option<EventId>,
    ) -> Result<bool, StoreError> {
        if behind.is_none() {
            *behind = self.work.read(|tx| tx.inbox().position(FLOWS)).await?;
        }
        if head <= *behind {
            return Ok(false);
        }
        let events = self.events(*behind).await?;
        let Some(last) = events.last().map(|event| event.id) else { return Ok(false) };
        for event in &events {
            self.settle(event).instrument(traces::handling(event)).await?;
        }
        self.work.write(move |tx| tx.inbox().advance(FLOWS, last)).await?;
        *behind = Some(last);
        Ok(events.len() >= BATCH as usize)
    }

    /// Tries one event until it is dealt with or put aside.
    async fn settle(&self, event: &Event) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let Err(error) = self.flows.react(event).await else { return Ok(()) };
            tries += 1;
            if error.is_permanent() || tries >= TRIES {
                tracing::error!(event = event.id.get(), %error, "an event was put aside");
                metrics::counter!("events_buried_total").increment(1);
                let (id, now, why) = (event.id, self.clock.now(), error.to_string());
                return self.work.write(move |tx| tx.inbox().bury(FLOWS, id, &why, now)).await;
            }
            sleep(Duration::from_millis(50 << tries)).await;
        }
    }

    /// Forgets old events and settlements, and mails that were given up as long ago.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let before = self.clock.now().minus(self.retention);
        let mut swept = 0;
        loop {
            let count = self.work.write(move |tx| sweep_once(tx, before)).await?;
            swept += count;
            if count < u64::from(BATCH) {
                return Ok(swept);
            }
        }
    }
}

fn sweep_once(tx: &mut dyn CommonTx, before: Timestamp) -> Result<u64, StoreError> {
    let events = tx.outbox().sweep(before, BATCH)?.max(tx.inbox().sweep(before, BATCH)?);
    Ok(events.max(tx.mails().sweep(before, BATCH)?))
}
