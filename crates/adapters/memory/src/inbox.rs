//! `Inbox`.

use std::sync::Arc;

use kernel::{EventId, Inbox, StoreError, Timestamp};

use crate::{
    state::{Buried, count, sweep},
    tx::MemoryTx,
};

impl Inbox for MemoryTx {
    fn settle(
        &mut self,
        consumer: &'static str,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let key = (consumer, event);
            if tx.state.settled.contains_key(&key) {
                return Ok(false);
            }
            Arc::make_mut(&mut tx.state.settled).insert(key, now);
            Ok(true)
        })
    }

    fn position(&mut self, consumer: &'static str) -> Result<Option<EventId>, StoreError> {
        self.reading(|state| Ok(state.positions.get(consumer).copied()))
    }

    fn advance(&mut self, consumer: &'static str, to: EventId) -> Result<(), StoreError> {
        self.writing(|tx| {
            let position = Arc::make_mut(&mut tx.state.positions).entry(consumer).or_insert(to);
            *position = to.max(*position);
            Ok(())
        })
    }

    fn backlog(&mut self, consumer: &'static str) -> Result<(u64, Option<Timestamp>), StoreError> {
        self.reading(|state| {
            let position = state.positions.get(consumer);
            let ahead = || state.events.values().filter(|event| Some(&event.id) > position);
            Ok((ahead().count() as u64, ahead().map(|event| event.at).min()))
        })
    }

    fn bury(
        &mut self,
        consumer: &'static str,
        event: EventId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let buried = Buried { consumer, event, why: why.to_owned(), at: now };
            Arc::make_mut(&mut tx.state.buried).insert((consumer, event), Arc::new(buried));
            Ok(())
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = sweep(&mut tx.state.settled, limit, |_, at| *at < before);
            Ok(count(&gone))
        })
    }
}
