//! Runs one consumer: events from its position in order, failed ones again at their time, under a
//! lease. Nothing sleeps between two events: a pause is a row with a due time.

use std::{collections::BTreeSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use kernel::{
    Batch, CommonTx, Consumer, ConsumerError, Delivery, Event, EventId, Position, StoreError,
    Timestamp,
    claim::backoff,
    consumer::{Completion, DeadLetter, EventRetry, Source, StartAt},
};
use rest::quiet::STORE;
use tokio::{sync::watch, time::sleep};
use tracing::Instrument as _;

use super::{Base, chance, panic_message, stopped};
use crate::telemetry::traces;

/// Events of one round.
const BATCH: u32 = 200;
/// Events of one transaction of a consumer that takes several.
const TOGETHER: usize = 100;
/// How long a holder that died keeps the others waiting.
const LEASE: Duration = Duration::from_secs(10);
/// How long others wait before they ask for a lease again.
const ASK: Duration = Duration::from_secs(1);
/// How long an idle consumer waits after the head of the feed moved: while many events of others pass,
/// it looks a few times a second, not after each.
const LINGER: Duration = Duration::from_millis(50);
/// How often an idle consumer looks for retries that another process made due.
const LOOK: Duration = Duration::from_secs(3);
/// The pause after the first failed attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Attempts before an event becomes a dead letter: the last one is over an hour after the first.
pub const ATTEMPTS: u32 = 12;
/// The position is written when it is this many events behind events that are not the consumer's.
const SKIP: i64 = 1_000;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// There may be more to do now.
    More,
    /// There is nothing to do; a retry may be due at this time.
    Idle(Option<Timestamp>),
    /// There is something to do, and another process holds the lease.
    Denied,
}

/// The driver of one consumer.
pub struct ConsumerDriver {
    base: Base,
    consumer: Consumer,
    /// Events up to here are handled, queued, or not the consumer's. May be ahead of the store.
    seen: Option<EventId>,
    /// The end of the lease, while this process holds it.
    lease: Option<Timestamp>,
    stop: watch::Receiver<bool>,
}

impl ConsumerDriver {
    /// A driver that has not started.
    pub fn new(base: Base, consumer: Consumer) -> Self {
        // Counters that appear with their first event hide it from `increase()`.
        for outcome in ["handled", "failed", "dead"] {
            count(&consumer, outcome, 0);
        }
        let (_, stop) = watch::channel(false);
        Self { base, consumer, seen: None, lease: None, stop }
    }

    /// Runs until it is stopped; an event that is being handled then has `drain` to end. Hands back the
    /// lease.
    pub async fn run(
        mut self,
        mut head: watch::Receiver<Option<EventId>>,
        mut stop: watch::Receiver<bool>,
        drain: Duration,
    ) {
        self.stop = stop.clone();
        let mut late = stop.clone();
        while !*stop.borrow() {
            head.mark_unchanged();
            let round = tokio::select! {
                round = self.round() => round,
                () = async { stopped(&mut late).await; sleep(drain).await } => break,
            };
            let (pause, heeds_head) = match round {
                Ok(Round::More) => continue,
                Ok(Round::Idle(due)) => {
                    let until = due.map_or(LOOK, |due| due.since(self.base.clock.now()).min(LOOK));
                    (until, true)
                }
                Ok(Round::Denied) => (ASK, false),
                Err(error) => {
                    let consumer = self.consumer.name;
                    rest::warn_once_a_minute!(STORE; consumer, %error, "a consumer has to wait");
                    (ASK, false)
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                Ok(()) = head.changed(), if heeds_head => sleep(LINGER).await,
                () = stopped(&mut stop) => {}
            }
        }
        self.hand_back().await;
    }

    /// Handles some of what there is. Looking is a read: an idle consumer writes nothing.
    pub async fn round(&mut self) -> Result<Round, StoreError> {
        match self.try_round().await {
            // Another process moved the position or handled a retry: look again where it is now.
            Err(StoreError::Stale) => {
                (self.seen, self.lease) = (None, None);
                Ok(Round::Denied)
            }
            round => round,
        }
    }

    async fn try_round(&mut self) -> Result<Round, StoreError> {
        let (name, now) = (self.consumer.name, self.base.clock.now());
        let (head, position, due) = self
            .base
            .work
            .read(move |tx| {
                let head = tx.outbox().head()?;
                Ok::<_, StoreError>((
                    head,
                    tx.inbox().position(name)?,
                    tx.retries().next_due(name)?,
                ))
            })
            .await?;
        let Some(position) = position else { return self.begin(head).await };
        self.seen = self.seen.max(position.event());
        if due.is_some_and(|due| due <= now) {
            if !self.hold().await? {
                return Ok(Round::Denied);
            }
            self.retry(now).await?;
            return Ok(Round::More);
        }
        if head <= self.seen {
            return Ok(Round::Idle(due));
        }
        let (names, seen) = (self.consumer.events, self.seen);
        let read = self.base.work.read(move |tx| tx.outbox().named(names, seen, BATCH)).await;
        let events: Vec<Event> = read?;
        if events.is_empty() {
            self.seen = head;
            return self.skip(position, head, due).await;
        }
        if !self.hold().await? {
            return Ok(Round::Denied);
        }
        self.handle(position, events).await?;
        Ok(Round::More)
    }

    /// Gives a new consumer its position.
    async fn begin(&self, head: Option<EventId>) -> Result<Round, StoreError> {
        let name = self.consumer.name;
        let at = match self.consumer.start {
            StartAt::Head => Position::after(head),
            StartAt::Beginning => Position::START,
        };
        self.base.work.write(move |tx| tx.inbox().start(name, at)).await?;
        Ok(Round::More)
    }

    /// Writes a position now and then while only other consumers' events pass, so that a restart does
    /// not read all of them again.
    async fn skip(
        &mut self,
        position: Position,
        head: Option<EventId>,
        due: Option<Timestamp>,
    ) -> Result<Round, StoreError> {
        let number = |event: Option<EventId>| event.map_or(0, EventId::get);
        if number(head) - number(position.event()) >= SKIP
            && let Some(head) = head
            && self.hold().await?
        {
            let name = self.consumer.name;
            self.base.work.write(move |tx| tx.inbox().advance(name, position, head)).await?;
        }
        Ok(Round::Idle(due))
    }

    async fn handle(&mut self, position: Position, events: Vec<Event>) -> Result<(), StoreError> {
        let name = self.consumer.name;
        let queued = self.base.work.read(move |tx| tx.retries().subjects(name)).await;
        let mut queued: BTreeSet<String> = queued?.into_iter().collect();
        let events: Vec<Arc<Event>> = events.into_iter().map(Arc::new).collect();
        // Where the store is, and what was handled since and is not written yet.
        let (mut from, mut handled) = (position, None);
        // How far this is, and how far events come singly, because together they failed.
        let (mut next, mut singly) = (0, 0);
        while let Some(event) = events.get(next) {
            if *self.stop.borrow() || !self.hold().await? {
                break;
            }
            if next >= singly
                && let Some(batch) =
                    self.batch(events.get(next..).unwrap_or_default(), from, &queued)
            {
                let count = batch.events.len();
                let last = batch.events.last().map_or(event.id, |last| last.id);
                if self.deliver_batch(batch).await.is_ok() {
                    from = self.completed(from, last).await?;
                    (self.seen, next) = (Some(last), next + count);
                } else {
                    singly = next + count;
                }
                continue;
            }
            let (id, subject) = (event.id, event.subject_key());
            if queued.contains(&subject) {
                self.queue_behind(from, id, subject).await?;
                (from, handled) = (Position::after(Some(id)), None);
            } else {
                let source = Source::Feed(from);
                let delivery = Delivery { consumer: name, event: Arc::clone(event), source };
                match self.deliver(delivery).await {
                    Ok(()) if self.consumer.completion == Completion::ByDriver => {
                        handled = Some(id);
                    }
                    Ok(()) => (from, handled) = (self.completed(from, id).await?, None),
                    Err(error) => {
                        if self.record_failure(from, event, error).await? {
                            queued.insert(subject);
                        }
                        (from, handled) = (Position::after(Some(id)), None);
                    }
                }
            }
            (self.seen, next) = (Some(id), next + 1);
        }
        if let Some(to) = handled {
            self.base.work.write(move |tx| tx.inbox().advance(name, from, to)).await?;
        }
        Ok(())
    }

    /// The first of these events, if the consumer takes several at once and none of them has to wait behind
    /// one that failed.
    fn batch(
        &self,
        events: &[Arc<Event>],
        from: Position,
        queued: &BTreeSet<String>,
    ) -> Option<Batch> {
        self.consumer.batch.as_ref()?;
        let is_free = |event: &&Arc<Event>| !queued.contains(&event.subject_key());
        let events: Vec<Arc<Event>> =
            events.iter().take(TOGETHER).take_while(is_free).map(Arc::clone).collect();
        let source = Source::Feed(from);
        (events.len() > 1).then_some(Batch { consumer: self.consumer.name, events, source })
    }

    /// The position after a consumer said that it completed its delivery. One that did not would see
    /// the event again and again, so it is passed and the mistake is reported.
    async fn completed(&self, from: Position, id: EventId) -> Result<Position, StoreError> {
        let name = self.consumer.name;
        let read = self.base.work.read(move |tx| tx.inbox().position(name)).await;
        let position: Option<Position> = read?;
        let to = Position::after(Some(id));
        if position < Some(to) {
            tracing::error!(consumer = name, event = id.get(), "it did not complete its delivery");
            self.base.work.write(move |tx| tx.inbox().advance(name, from, id)).await?;
        }
        Ok(to)
    }

    async fn queue_behind(
        &self,
        from: Position,
        id: EventId,
        subject: String,
    ) -> Result<(), StoreError> {
        let (name, due_at) = (self.consumer.name, self.base.clock.now());
        let retry = EventRetry {
            consumer: name.to_owned(),
            event: id,
            subject,
            attempts: 0,
            due_at,
            error: String::new(),
        };
        self.base
            .work
            .write(move |tx| {
                tx.inbox().advance(name, from, id)?;
                tx.retries().queue(&retry)
            })
            .await
    }

    /// Moves past a failed event; true when it will be retried.
    async fn record_failure(
        &self,
        from: Position,
        event: &Event,
        error: ConsumerError,
    ) -> Result<bool, StoreError> {
        let (name, id) = (self.consumer.name, event.id);
        let failed = self.judge(event, 0, error);
        let retried = matches!(failed, Failed::Later(_));
        self.base
            .work
            .write(move |tx| {
                tx.inbox().advance(name, from, id)?;
                match &failed {
                    Failed::Later(retry) => tx.retries().queue(retry),
                    Failed::Dead(letter) => tx.retries().refuse(letter),
                }
            })
            .await?;
        Ok(retried)
    }

    /// Tries what is due again.
    async fn retry(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let name = self.consumer.name;
        let read = self.base.work.read(move |tx| tx.retries().due(name, now, BATCH)).await;
        let due: Vec<(Event, u32)> = read?;
        for (event, attempts) in due {
            if *self.stop.borrow() || !self.hold().await? {
                break;
            }
            let (id, event) = (event.id, Arc::new(event));
            let source = Source::Retry(attempts);
            let delivery = Delivery { consumer: name, event: Arc::clone(&event), source };
            let result: Result<(), StoreError> = match self.deliver(delivery).await {
                Ok(()) => {
                    self.base.work.write(move |tx| tx.retries().remove(name, id, attempts)).await
                }
                Err(error) => {
                    let failed = self.judge(&event, attempts, error);
                    self.base.work.write(move |tx| record(tx, name, &failed, attempts)).await
                }
            };
            // The consumer completed it in its own transaction, or another process was faster.
            if !matches!(result, Err(StoreError::Stale)) {
                result?;
            }
        }
        Ok(())
    }

    async fn deliver(&mut self, delivery: Delivery) -> Result<(), ConsumerError> {
        let span = traces::handling(delivery.consumer, &delivery.event);
        let run = Arc::clone(&self.consumer.run);
        let outcome = self.supervise(async move { run(delivery).await }.instrument(span)).await;
        count(&self.consumer, if outcome.is_ok() { "handled" } else { "failed" }, 1);
        outcome
    }

    /// Delivers several events; when that fails, nothing is said or counted, for they come again singly.
    async fn deliver_batch(&mut self, batch: Batch) -> Result<(), ConsumerError> {
        let (Some(run), Some(first)) = (self.consumer.batch.clone(), batch.events.first()) else {
            return Ok(());
        };
        let (span, handled) = (traces::handling(batch.consumer, first), batch.events.len() as u64);
        let outcome = self.supervise(async move { run(batch).await }.instrument(span)).await;
        if outcome.is_ok() {
            count(&self.consumer, "handled", handled);
        }
        outcome
    }

    /// Runs a handler and prolongs the lease meanwhile. A panic is a failed attempt.
    async fn supervise(
        &mut self,
        run: impl Future<Output = Result<(), ConsumerError>>,
    ) -> Result<(), ConsumerError> {
        let mut run = std::pin::pin!(AssertUnwindSafe(run).catch_unwind());
        let outcome = loop {
            tokio::select! {
                outcome = &mut run => break outcome,
                () = sleep(LEASE / 3) => {
                    if let Err(error) = self.hold().await {
                        tracing::debug!(%error, "the lease could not be prolonged");
                    }
                }
            }
        };
        outcome.unwrap_or_else(|panic| Err(ConsumerError::Retry(panic_message(&*panic))))
    }

    /// What becomes of a failed event that had failed `attempts` times before.
    fn judge(&self, event: &Event, attempts: u32, error: ConsumerError) -> Failed {
        let (consumer, now) = (self.consumer.name, self.base.clock.now());
        let (id, subject, failures) = (event.id, event.subject_key(), attempts + 1);
        let is_permanent = matches!(error, ConsumerError::Permanent(_));
        let error = error.to_string();
        if is_permanent || failures >= ATTEMPTS {
            tracing::error!(
                consumer,
                event = id.get(),
                failures,
                error,
                "an event is a dead letter"
            );
            count(&self.consumer, "dead", 1);
            let consumer = consumer.to_owned();
            return Failed::Dead(DeadLetter { consumer, event: id, subject, error, at: now });
        }
        let pause = backoff(FIRST_PAUSE, LONGEST_PAUSE, failures, chance());
        let pause_s = pause.as_secs_f64();
        tracing::warn!(
            consumer,
            event = id.get(),
            failures,
            error,
            pause_s,
            "an event has to wait"
        );
        Failed::Later(EventRetry {
            consumer: consumer.to_owned(),
            event: id,
            subject,
            attempts: failures,
            due_at: now.plus(pause),
            error,
        })
    }

    /// True when this process holds the lease; asks again before it ends.
    async fn hold(&mut self) -> Result<bool, StoreError> {
        let (name, now) = (self.consumer.name, self.base.clock.now());
        if self.lease.is_some_and(|until| now.plus(LEASE / 2) < until) {
            return Ok(true);
        }
        let holder = Arc::clone(&self.base.holder);
        let asked =
            self.base.work.write(move |tx| tx.leases().hold(name, &holder, now, LEASE)).await;
        let held: bool = asked?;
        self.lease = held.then(|| now.plus(LEASE));
        Ok(held)
    }

    /// Ends the lease, so that another process need not wait for its end.
    pub async fn hand_back(&mut self) {
        if self.lease.take().is_some() {
            let (name, holder) = (self.consumer.name, Arc::clone(&self.base.holder));
            let released: Result<(), StoreError> =
                self.base.work.write(move |tx| tx.leases().release(name, &holder)).await;
            if let Err(error) = released {
                tracing::debug!(%error, "a lease was not handed back; it ends by itself");
            }
        }
    }
}

/// What becomes of an event whose handling failed.
enum Failed {
    Later(EventRetry),
    Dead(DeadLetter),
}

/// Writes what becomes of a retried event.
fn record(
    tx: &mut dyn CommonTx,
    name: &'static str,
    failed: &Failed,
    attempts: u32,
) -> Result<(), StoreError> {
    match failed {
        Failed::Later(retry) => {
            tx.retries().postpone(name, retry.event, attempts, retry.due_at, &retry.error)
        }
        Failed::Dead(letter) => tx.retries().dead_letter(letter, attempts),
    }
}

fn count(consumer: &Consumer, outcome: &'static str, number: u64) {
    let name = consumer.name;
    metrics::counter!("alveole_consumer_events_total", "consumer" => name, "outcome" => outcome)
        .increment(number);
}
