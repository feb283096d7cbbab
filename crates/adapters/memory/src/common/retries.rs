//! `EventRetries`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kernel::{
    Event, EventId, EventRetries, StoreError, Timestamp,
    consumer::{DeadLetter, EventRetry, FailedEvents},
};

use crate::{
    state::{State, Table},
    tx::MemoryTx,
};

/// The oldest queued event of each subject: the only ones that may be due.
fn heads<'a>(state: &'a State, consumer: &str) -> Vec<&'a EventRetry> {
    let mut seen = BTreeSet::new();
    let of_consumer = state.retries.values().filter(|retry| retry.consumer == consumer);
    of_consumer.map(|retry| &**retry).filter(|retry| seen.insert(retry.subject.as_str())).collect()
}

/// The queued event with this number of attempts.
fn fenced(
    state: &State,
    consumer: &str,
    event: EventId,
    attempts: u32,
) -> Result<EventRetry, StoreError> {
    let queued = state.retries.get(&(consumer.to_owned(), event));
    let queued = queued.filter(|retry| retry.attempts == attempts).ok_or(StoreError::Stale)?;
    Ok((**queued).clone())
}

fn page<T: Clone>(
    table: &Table<(String, EventId), Arc<T>>,
    consumer: Option<&str>,
    limit: u32,
) -> Vec<T> {
    let wanted = table.iter().filter(|((of, _), _)| consumer.is_none_or(|name| of == name));
    wanted.take(limit as usize).map(|(_, row)| (**row).clone()).collect()
}

fn keep(rows: &mut BTreeMap<(String, EventId), Arc<DeadLetter>>, letter: &DeadLetter) {
    rows.insert((letter.consumer.clone(), letter.event), Arc::new(letter.clone()));
}

impl EventRetries for MemoryTx {
    fn queue(&mut self, retry: &EventRetry) -> Result<(), StoreError> {
        self.writing(|tx| {
            let key = (retry.consumer.clone(), retry.event);
            let rows = Arc::make_mut(&mut tx.state.retries);
            rows.entry(key).or_insert_with(|| Arc::new(retry.clone()));
            Ok(())
        })
    }

    fn subjects(&mut self, consumer: &'static str) -> Result<Vec<String>, StoreError> {
        self.reading(|state| {
            let mut subjects: Vec<String> =
                heads(state, consumer).into_iter().map(|retry| retry.subject.clone()).collect();
            subjects.sort_unstable();
            Ok(subjects)
        })
    }

    fn due(
        &mut self,
        consumer: &'static str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Event, u32)>, StoreError> {
        self.reading(|state| {
            let mut due = heads(state, consumer);
            due.retain(|retry| retry.due_at <= now && state.events.contains_key(&retry.event));
            due.sort_by_key(|retry| (retry.due_at, retry.event));
            due.truncate(limit as usize);
            let event = |retry: &EventRetry| {
                Some(((**state.events.get(&retry.event)?).clone(), retry.attempts))
            };
            Ok(due.into_iter().filter_map(event).collect())
        })
    }

    fn next_due(&mut self, consumer: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let heads = heads(state, consumer).into_iter();
            let there = heads.filter(|retry| state.events.contains_key(&retry.event));
            Ok(there.map(|retry| retry.due_at).min())
        })
    }

    fn postpone(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
        due_at: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let mut retry = fenced(&tx.state, consumer, event, attempts)?;
            retry.attempts += 1;
            retry.due_at = due_at;
            error.clone_into(&mut retry.error);
            let key = (retry.consumer.clone(), event);
            Arc::make_mut(&mut tx.state.retries).insert(key, Arc::new(retry));
            Ok(())
        })
    }

    fn remove(
        &mut self,
        consumer: &'static str,
        event: EventId,
        attempts: u32,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let retry = fenced(&tx.state, consumer, event, attempts)?;
            Arc::make_mut(&mut tx.state.retries).remove(&(retry.consumer, event));
            Ok(())
        })
    }

    fn dead_letter(&mut self, letter: &DeadLetter, attempts: u32) -> Result<(), StoreError> {
        self.writing(|tx| {
            let retry = fenced(&tx.state, &letter.consumer, letter.event, attempts)?;
            Arc::make_mut(&mut tx.state.retries).remove(&(retry.consumer, letter.event));
            keep(Arc::make_mut(&mut tx.state.dead_letters), letter);
            Ok(())
        })
    }

    fn refuse(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        self.writing(|tx| {
            keep(Arc::make_mut(&mut tx.state.dead_letters), letter);
            Ok(())
        })
    }

    fn queued(
        &mut self,
        consumer: Option<&str>,
        limit: u32,
    ) -> Result<Vec<EventRetry>, StoreError> {
        self.reading(|state| Ok(page(&state.retries, consumer, limit)))
    }

    fn dead(&mut self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.reading(|state| Ok(page(&state.dead_letters, consumer, limit)))
    }

    fn retry(
        &mut self,
        consumer: &str,
        event: Option<EventId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let wanted =
                |key: &(String, EventId)| key.0 == consumer && event.is_none_or(|id| key.1 == id);
            let retries = Arc::make_mut(&mut tx.state.retries);
            let mut count = 0;
            for (_, retry) in retries.iter_mut().filter(|(key, _)| wanted(key)) {
                Arc::make_mut(retry).due_at = now;
                count += 1;
            }
            let events = &tx.state.events;
            Arc::make_mut(&mut tx.state.dead_letters).retain(|key, letter| {
                if wanted(key) && events.contains_key(&key.1) {
                    count += 1;
                    retries.insert(
                        key.clone(),
                        Arc::new(EventRetry {
                            consumer: letter.consumer.clone(),
                            event: letter.event,
                            subject: letter.subject.clone(),
                            attempts: 0,
                            due_at: now,
                            error: letter.error.clone(),
                        }),
                    );
                }
                !wanted(key)
            });
            Ok(count)
        })
    }

    fn count(&mut self, consumer: &'static str) -> Result<FailedEvents, StoreError> {
        self.reading(|state| {
            let retrying = state.retries.keys().filter(|(of, _)| of == consumer).count() as u64;
            let dead = state.dead_letters.keys().filter(|(of, _)| of == consumer).count() as u64;
            Ok(FailedEvents { retrying, dead })
        })
    }
}
