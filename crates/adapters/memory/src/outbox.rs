//! `Outbox`. Writers go one after another, so an event's place can be given when it is appended.

use std::{ops::Bound, sync::Arc};

use kernel::{Event, EventId, NewEvent, Outbox, StoreError, Timestamp};

use crate::{
    state::{count, next, not_an_id, sweep},
    tx::MemoryTx,
};

impl Outbox for MemoryTx {
    fn append(&mut self, event: &NewEvent) -> Result<(), StoreError> {
        self.writing(|tx| {
            let id = next(&mut tx.state.counters.events);
            let id = EventId::parse(id).map_err(not_an_id)?;
            let event = Event {
                id,
                name: event.name.to_owned(),
                at: event.at,
                actor: event.actor,
                subject: event.subject,
                audience: event.audience.clone(),
                payload: event.payload.clone(),
                request_id: event.request_id.clone(),
                traceparent: None,
            };
            Arc::make_mut(&mut tx.state.events).insert(id, Arc::new(event));
            tx.appended = true;
            Ok(())
        })
    }

    /// Nothing waits for its place; still a write, as on the other stores.
    fn sequence(&mut self, _limit: u32) -> Result<u64, StoreError> {
        self.writing(|_| Ok(0))
    }

    fn after(&mut self, cursor: Option<EventId>, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.reading(|state| {
            let start = cursor.map_or(Bound::Unbounded, Bound::Excluded);
            Ok(state
                .events
                .range((start, Bound::Unbounded))
                .take(limit as usize)
                .map(|(_, event)| (**event).clone())
                .collect())
        })
    }

    fn head(&mut self) -> Result<Option<EventId>, StoreError> {
        self.reading(|state| Ok(state.events.last_key_value().map(|(id, _)| *id)))
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let newest = tx.state.events.last_key_value().map(|(id, _)| *id);
            let gone = sweep(&mut tx.state.events, limit, |id, event| {
                event.at < before && Some(*id) != newest
            });
            Ok(count(&gone))
        })
    }
}
