//! `Outbox`. Writers go one after another, so an event's place can be given when it is appended.

use std::{collections::BTreeSet, ops::Bound, sync::Arc};

use kernel::{Audience, Epoch, Event, EventId, FeedState, NewEvent, Outbox, StoreError, Timestamp};

use crate::{
    state::{count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// True when the event has one of these names; without names, always.
pub(crate) fn has_name(event: &Event, names: &[&str]) -> bool {
    names.is_empty() || names.contains(&event.name.as_str())
}

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
        self.named(&[], cursor, limit)
    }

    fn named(
        &mut self,
        names: &[&str],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.reading(|state| {
            let start = cursor.map_or(Bound::Unbounded, Bound::Excluded);
            let events = state.events.range((start, Bound::Unbounded)).map(|(_, event)| event);
            let named = events.filter(|event| has_name(event, names));
            Ok(named.take(limit as usize).map(|event| (**event).clone()).collect())
        })
    }

    fn addressed(
        &mut self,
        tokens: &[Audience],
        cursor: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.reading(|state| {
            let start = cursor.map_or(Bound::Unbounded, Bound::Excluded);
            let events = state.events.range((start, Bound::Unbounded)).map(|(_, event)| event);
            let shown =
                events.filter(|event| event.audience.iter().any(|one| tokens.contains(one)));
            Ok(shown.take(limit as usize).map(|event| (**event).clone()).collect())
        })
    }

    fn feed(&mut self) -> Result<FeedState, StoreError> {
        self.reading(|state| {
            let head = state.events.last_key_value().map(|(id, _)| *id);
            Ok(FeedState { epoch: state.epoch, floor: state.floor, head })
        })
    }

    fn renew_epoch(&mut self, from: Epoch, now: Timestamp) -> Result<Epoch, StoreError> {
        self.writing(|tx| {
            if tx.state.epoch != from {
                return Err(StoreError::Stale);
            }
            tx.state.epoch = from.next(now);
            Ok(tx.state.epoch)
        })
    }

    fn head(&mut self) -> Result<Option<EventId>, StoreError> {
        self.reading(|state| Ok(state.events.last_key_value().map(|(id, _)| *id)))
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let newest = tx.state.events.last_key_value().map(|(id, _)| *id);
            let failed = tx.state.retries.keys().chain(tx.state.dead_letters.keys());
            let failed: BTreeSet<EventId> = failed.map(|(_, event)| *event).collect();
            let gone = prune(&mut tx.state.events, limit, |id, event| {
                event.at < before && Some(*id) != newest && !failed.contains(id)
            });
            tx.state.floor = tx.state.floor.max(gone.iter().max().copied());
            Ok(count(&gone))
        })
    }
}
