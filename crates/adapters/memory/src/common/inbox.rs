//! `Inbox`.

use std::{collections::btree_map::Entry, sync::Arc};

use kernel::{EventId, Inbox, Position, StoreError, Timestamp};

use crate::{
    common::outbox::has_name,
    state::{count, prune},
    tx::MemoryTx,
};

impl Inbox for MemoryTx {
    fn mark_processed(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let key = (consumer, event);
            if tx.state.processed.contains_key(&key) {
                return Ok(false);
            }
            Arc::make_mut(&mut tx.state.processed).insert(key, now);
            Ok(true)
        })
    }

    fn position(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        self.reading(|state| Ok(state.positions.get(consumer).copied()))
    }

    /// Writers go one after another, so every position is locked from the start.
    fn lock(&mut self, consumer: &'static str) -> Result<Option<Position>, StoreError> {
        self.position(consumer)
    }

    fn start(&mut self, consumer: &'static str, at: Position) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.positions).entry(consumer).or_insert(at);
            Ok(())
        })
    }

    fn advance(
        &mut self,
        consumer: &'static str,
        from: Position,
        to: EventId,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let to = Position::after(Some(to));
            match Arc::make_mut(&mut tx.state.positions).entry(consumer) {
                Entry::Occupied(mut position) if *position.get() == from && from < to => {
                    position.insert(to);
                    Ok(())
                }
                _ => Err(StoreError::Stale),
            }
        })
    }

    fn backlog(
        &mut self,
        consumer: &'static str,
        names: &[&str],
    ) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.reading(|state| {
            let position = state.positions.get(consumer).copied().unwrap_or_default();
            let ahead = || {
                let behind = state.events.values();
                behind.filter(|event| Some(event.id) > position.event() && has_name(event, names))
            };
            Ok((ahead().count() as u64, ahead().map(|event| event.at).min()))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = prune(&mut tx.state.processed, limit, |_, at| *at < before);
            Ok(count(&gone))
        })
    }
}
