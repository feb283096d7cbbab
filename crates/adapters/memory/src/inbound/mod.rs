//! `SourceStore`, `InboundStore`, `MarkStore` and `PaymentStore`. Writers go one after another, so nothing is
//! locked.

mod payments;
#[cfg(test)]
mod planted_inbound;

use std::sync::Arc;

use inbound::{
    InboundEvent, InboundEventId, InboundStore, MarkStore, Payment, PaymentId, Source, SourceName,
    SourceStore, State as EventState,
    inbox::{Content, NewInboundEvent},
    ports::Mark,
    query::{Backlog, EVENTS, EventFilter},
    values::{ExternalId, ObjectKey},
};
use kernel::{Page, PageRequest, StoreError, Timestamp};

use crate::{
    page::{Order, cut},
    state::{Table, count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct InboundTables {
    last_event: i64,
    last_payment: i64,
    sources: Table<SourceName, Arc<Source>>,
    events: Table<InboundEventId, Arc<InboundEvent>>,
    contents: Table<InboundEventId, Arc<Content>>,
    /// What a source calls an event.
    known: Table<(SourceName, String), InboundEventId>,
    marks: Table<(SourceName, String), Mark>,
    payments: Table<PaymentId, Arc<Payment>>,
}

impl SourceStore for MemoryTx {
    fn insert(&mut self, source: &Source) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let sources = Arc::make_mut(&mut tx.state.domains.inbound.sources);
            if sources.contains_key(&source.name) {
                return Ok(false);
            }
            sources.insert(source.name.clone(), Arc::new(source.clone()));
            Ok(true)
        })
    }

    fn get(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.reading(|state| Ok(state.domains.inbound.sources.get(name).map(|row| (**row).clone())))
    }

    fn lock(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.writing(|tx| SourceStore::get(tx, name))
    }

    fn save(&mut self, source: &mut Source) -> Result<(), StoreError> {
        self.writing(|tx| {
            let sources = Arc::make_mut(&mut tx.state.domains.inbound.sources);
            let row = sources.get_mut(&source.name).filter(|row| row.version == source.version);
            let row = row.ok_or(StoreError::Stale)?;
            source.version += 1;
            *row = Arc::new(Source { created_at: row.created_at, ..source.clone() });
            Ok(())
        })
    }

    fn remove(&mut self, source: &Source) -> Result<(), StoreError> {
        self.writing(|tx| {
            let sources = Arc::make_mut(&mut tx.state.domains.inbound.sources);
            if sources.get(&source.name).is_none_or(|row| row.version != source.version) {
                return Err(StoreError::Stale);
            }
            sources.remove(&source.name);
            Ok(())
        })
    }

    fn all(&mut self) -> Result<Vec<Source>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.inbound.sources.values().map(|row| (**row).clone()).collect())
        })
    }
}

fn matches(filter: &EventFilter, event: &InboundEvent) -> bool {
    let EventFilter { source, kind, state } = filter;
    source.as_ref().is_none_or(|source| *source == event.source)
        && kind.as_ref().is_none_or(|kind| *kind == event.kind)
        && state.is_none_or(|state| state == event.state)
}

impl InboundStore for MemoryTx {
    fn insert(&mut self, new: &NewInboundEvent) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.inbound;
            let key = (new.source.clone(), new.external_id.as_str().to_owned());
            if tables.known.contains_key(&key) {
                return Ok(None);
            }
            let id = InboundEventId::parse(next(&mut tables.last_event)).map_err(not_an_id)?;
            let event = new.stored(id);
            Arc::make_mut(&mut tables.known).insert(key, id);
            Arc::make_mut(&mut tables.events).insert(id, Arc::new(event.clone()));
            Arc::make_mut(&mut tables.contents).insert(id, Arc::new(new.content.clone()));
            Ok(Some(event))
        })
    }

    fn get(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        self.reading(|state| Ok(state.domains.inbound.events.get(&id).map(|row| (**row).clone())))
    }

    fn lock(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| InboundStore::get(tx, id))
    }

    fn lock_known(
        &mut self,
        source: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| {
            let key = (source.clone(), external_id.as_str().to_owned());
            let Some(id) = tx.state.domains.inbound.known.get(&key).copied() else {
                return Ok(None);
            };
            InboundStore::get(tx, id)
        })
    }

    fn save(&mut self, event: &InboundEvent) -> Result<(), StoreError> {
        self.writing(|tx| {
            let events = Arc::make_mut(&mut tx.state.domains.inbound.events);
            let row = events.get_mut(&event.id).ok_or(StoreError::Stale)?;
            let row = Arc::make_mut(row);
            row.state = event.state;
            row.job = event.job;
            row.settled_at = event.settled_at;
            Ok(())
        })
    }

    fn content(&mut self, id: InboundEventId) -> Result<Option<Content>, StoreError> {
        self.reading(|state| Ok(state.domains.inbound.contents.get(&id).map(|row| (**row).clone())))
    }

    fn list(
        &mut self,
        filter: &EventFilter,
        page: &PageRequest,
    ) -> Result<Page<InboundEvent>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.inbound.events.values().filter(|row| matches(filter, row));
            cut(rows, &Order::fixed(EVENTS), |row| (Vec::new(), row.id.get()), page)
        })
    }

    fn backlog(&mut self) -> Result<Backlog, StoreError> {
        self.reading(|state| {
            let events = &state.domains.inbound.events;
            let number =
                |of: EventState| events.values().filter(|row| row.state == of).count() as u64;
            Ok(Backlog {
                received: number(EventState::Received),
                failed: number(EventState::Failed),
            })
        })
    }

    fn prune(
        &mut self,
        settled_before: Timestamp,
        failed_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.inbound;
            let removed = prune(&mut tables.events, limit, |_, row| {
                let before =
                    if row.state == EventState::Failed { failed_before } else { settled_before };
                row.settled_at.is_some_and(|at| at < before)
            });
            let contents = Arc::make_mut(&mut tables.contents);
            for id in &removed {
                contents.remove(id);
            }
            Arc::make_mut(&mut tables.known).retain(|_, id| !removed.contains(id));
            prune(&mut tables.marks, limit, |_, mark| mark.applied_at < failed_before);
            Ok(count(&removed))
        })
    }
}

impl MarkStore for MemoryTx {
    fn lock_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
    ) -> Result<Option<Mark>, StoreError> {
        self.writing(|tx| {
            let key = (source.clone(), object.as_str().to_owned());
            Ok(tx.state.domains.inbound.marks.get(&key).copied())
        })
    }

    fn set_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
        mark: Mark,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let key = (source.clone(), object.as_str().to_owned());
            Arc::make_mut(&mut tx.state.domains.inbound.marks).insert(key, mark);
            Ok(())
        })
    }
}
