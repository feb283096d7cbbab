//! Chores and gauges that belong to no domain. What a gauge shows, each process counts by itself: so
//! the figures are right on every replica, whichever of them is asked.

use std::{sync::Arc, time::Duration};

use kernel::{
    Chore, Clock, CommonTx, Consumer, Runs, StoreError, Timestamp, UnitOfWork,
    consumer::FailedEvents, email::Waiting,
};

use super::Base;
use crate::telemetry;

/// When old events are removed.
const PRUNE_EVENTS: Runs = Runs::at("3-59/5 * * * *");
/// When emails that were given up long ago are removed.
const PRUNE_EMAILS: Runs = Runs::at("4-59/5 * * * *");
/// From one count of what waits to the next.
const SOON: Duration = Duration::from_secs(5);
/// Rows that one transaction removes.
const BATCH: u32 = 500;

/// Pruning, and the gauges of what waits. `retention` is how long events are kept, and emails that
/// were given up.
pub fn chores(base: &Base, consumers: &[Consumer], retention: Duration) -> Vec<Chore> {
    let named: Vec<(&'static str, &'static [&'static str])> =
        consumers.iter().map(|consumer| (consumer.name, consumer.events)).collect();
    let named: Arc<[(&'static str, &'static [&'static str])]> = named.into();
    let base = Arc::new(base.clone());
    let readers = Arc::clone(&named);
    vec![
        Chore::of(&base, "events.prune", PRUNE_EVENTS, move |base| {
            let readers = Arc::clone(&readers);
            async move {
                let before = base.clock.now().minus(retention);
                let handled = handled_before(&*base.work, &readers, before).await?;
                let events = prune(&base, handled, |tx, at| tx.outbox().prune(at, BATCH)).await?;
                let notes = prune(&base, before, |tx, at| tx.inbox().prune(at, BATCH)).await?;
                Ok::<_, StoreError>(events + notes)
            }
        }),
        Chore::of(&base, "emails.prune", PRUNE_EMAILS, move |base| async move {
            let before = base.clock.now().minus(retention);
            prune(&base, before, |tx, at| tx.emails().prune(at, BATCH)).await
        }),
        Chore::of(&base, "consumers.count", Runs::EachProcess(SOON), move |base| {
            let named = Arc::clone(&named);
            async move {
                for (name, events) in named.iter().copied() {
                    count_waiting(&*base.work, &*base.clock, name, events).await?;
                }
                Ok::<_, StoreError>(0)
            }
        }),
        Chore::of(&base, "emails.count", Runs::EachProcess(SOON), |base| async move {
            let read = base.work.read(|tx| tx.emails().waiting()).await;
            let count: Waiting = read?;
            metrics::gauge!("alveole_emails_waiting").set(count.waiting as f64);
            metrics::gauge!("alveole_emails_dead").set(count.dead as f64);
            Ok::<_, StoreError>(0)
        }),
        Chore::new("metrics.drain", Runs::EachProcess(SOON), || async {
            telemetry::run_upkeep();
            Ok::<_, StoreError>(0)
        }),
    ]
}

/// `before`, or when the oldest event happened that a consumer of this program has yet to handle: such events
/// are kept, however old they are (F9).
async fn handled_before(
    work: &(dyn UnitOfWork<dyn CommonTx> + 'static),
    consumers: &[(&'static str, &'static [&'static str])],
    before: Timestamp,
) -> Result<Timestamp, StoreError> {
    let mut until = before;
    for (name, events) in consumers.iter().copied() {
        let read = work.read_slow(move |tx| match tx.inbox().position(name)? {
            Some(_) => Ok(tx.inbox().backlog(name, events)?.1),
            None => Ok(None),
        });
        let oldest: Result<Option<Timestamp>, StoreError> = read.await;
        if let Some(oldest) = oldest?.filter(|oldest| *oldest < before) {
            tracing::warn!(
                consumer = name,
                %oldest,
                "events that are older than their retention are kept: a consumer has yet to handle them"
            );
            until = until.min(oldest);
        }
    }
    Ok(until)
}

/// Removes in batches, each in a transaction of its own, what is older than `before`.
async fn prune(
    base: &Base,
    before: Timestamp,
    batch: fn(&mut dyn CommonTx, Timestamp) -> Result<u64, StoreError>,
) -> Result<u64, StoreError> {
    let mut pruned = 0;
    loop {
        let count = base.work.write(move |tx| batch(tx, before)).await?;
        pruned += count;
        if count < u64::from(BATCH) {
            return Ok(pruned);
        }
    }
}

async fn count_waiting(
    work: &(dyn UnitOfWork<dyn CommonTx> + 'static),
    clock: &dyn Clock,
    name: &'static str,
    events: &'static [&'static str],
) -> Result<(), StoreError> {
    let read = work.read_slow(move |tx| {
        Ok::<_, StoreError>((tx.inbox().backlog(name, events)?, tx.retries().count(name)?))
    });
    let ((waiting, oldest), failed): ((u64, Option<Timestamp>), FailedEvents) = read.await?;
    let lag = oldest.map_or(0.0, |at| clock.now().since(at).as_secs_f64());
    metrics::gauge!("alveole_consumer_events_waiting", "consumer" => name).set(waiting as f64);
    metrics::gauge!("alveole_consumer_lag_seconds", "consumer" => name).set(lag);
    metrics::gauge!("alveole_consumer_events_retrying", "consumer" => name)
        .set(failed.retrying as f64);
    metrics::gauge!("alveole_consumer_dead_letters", "consumer" => name).set(failed.dead as f64);
    Ok(())
}
