//! `DeliveryStore`.

use std::sync::Arc;

use kernel::{EventId, Page, PageRequest, StoreError, Timestamp};
use webhooks::{
    Delivery, DeliveryId, DeliveryStore, EndpointId, MessageId,
    delivery::{
        Attempt, Cause, DeliveryState, Filter, NewDelivery, Result as Sent, Shown, Tries, Waiting,
    },
    endpoint::State as Service,
    message::{Message, NewMessage},
    query::ORDER,
};

use super::WebhooksTables;
use crate::{
    page::{Order, cut},
    state::{next, not_an_id},
    tx::MemoryTx,
};

impl WebhooksTables {
    fn shown(&self, delivery: &Delivery) -> Result<Shown, StoreError> {
        let content = self.messages.get(&delivery.message);
        let content = content.ok_or(StoreError::Missing("webhook_deliveries.message"))?;
        let message = Message { id: delivery.message, content: (**content).clone() };
        Ok(Shown { delivery: delivery.clone(), message })
    }

    pub(super) fn change(&mut self, id: DeliveryId, change: impl FnOnce(&mut Delivery)) {
        if let Some(row) = Arc::make_mut(&mut self.deliveries).get_mut(&id) {
            change(Arc::make_mut(row));
        }
    }

    fn add(&mut self, new: &NewDelivery) -> Result<Option<Delivery>, StoreError> {
        let key = (new.endpoint, new.message);
        if new.cause == Cause::Event && self.once.contains_key(&key) {
            return Ok(None);
        }
        let id = DeliveryId::parse(next(&mut self.last_delivery)).map_err(not_an_id)?;
        let delivery = new.stored(id);
        Arc::make_mut(&mut self.deliveries).insert(id, Arc::new(delivery.clone()));
        if new.cause == Cause::Event {
            Arc::make_mut(&mut self.once).insert(key, id);
        }
        Ok(Some(delivery))
    }

    fn note(&mut self, id: DeliveryId, attempt: &Attempt) {
        let key = (id, attempt.number);
        Arc::make_mut(&mut self.attempts).insert(key, Arc::new(attempt.clone()));
    }
}

fn can_revive(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Failed | DeliveryState::Cancelled)
        && delivery.cause != Cause::Test
}

fn revive(delivery: &mut Delivery, now: Timestamp) {
    delivery.state = DeliveryState::Pending;
    (delivery.attempt, delivery.due_at, delivery.finished_at) = (0, now, None);
}

impl DeliveryStore for MemoryTx {
    fn messages(&mut self, new: &[NewMessage]) -> Result<Vec<MessageId>, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut ids = Vec::with_capacity(new.len());
            for message in new {
                let known = message.event.and_then(|event| tables.by_event.get(&event));
                if let Some(id) = known {
                    ids.push(*id);
                    continue;
                }
                let id = MessageId::parse(next(&mut tables.last_message)).map_err(not_an_id)?;
                Arc::make_mut(&mut tables.messages).insert(id, Arc::new(message.clone()));
                if let Some(event) = message.event {
                    Arc::make_mut(&mut tables.by_event).insert(event, id);
                }
                ids.push(id);
            }
            Ok(ids)
        })
    }

    fn deliver(&mut self, new: &[NewDelivery]) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut count = 0;
            for delivery in new {
                let added = tx.state.domains.webhooks.add(delivery)?;
                count += u64::from(added.is_some());
            }
            Ok(count)
        })
    }

    fn insert_test(&mut self, new: &NewDelivery) -> Result<Delivery, StoreError> {
        self.writing(|tx| {
            let added = tx.state.domains.webhooks.add(new)?;
            added.ok_or(StoreError::Duplicate("webhook_deliveries.message"))
        })
    }

    fn record_test(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            if tables.deliveries.contains_key(&id) {
                tables.change(id, |one| {
                    one.state = state;
                    (one.attempt, one.tries) = (attempt.number, attempt.number);
                    one.finished_at = Some(now);
                });
                tables.note(id, attempt);
            }
            Ok(())
        })
    }

    fn due(
        &mut self,
        endpoint: EndpointId,
        tries: Tries,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Shown>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.webhooks;
            let mut due: Vec<&Arc<Delivery>> = tables
                .deliveries
                .values()
                .filter(|one| one.endpoint == endpoint && one.state == DeliveryState::Pending)
                .filter(|one| one.due_at <= now && (one.attempt == 0) == (tries == Tries::First))
                .collect();
            due.sort_by_key(|one| (one.due_at, one.id));
            due.truncate(limit as usize);
            due.into_iter().map(|one| tables.shown(one)).collect()
        })
    }

    fn next_due(&mut self, endpoint: EndpointId) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let all = state.domains.webhooks.deliveries.values();
            let pending =
                all.filter(|one| one.endpoint == endpoint && one.state == DeliveryState::Pending);
            Ok(pending.map(|one| one.due_at).min())
        })
    }

    fn open(&mut self, endpoint: EndpointId) -> Result<u32, StoreError> {
        self.reading(|state| Ok(state.domains.webhooks.open(endpoint)))
    }

    fn waiting(&mut self, tries: Tries) -> Result<Waiting, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.webhooks;
            let is_served =
                |id| tables.row(id).is_some_and(|row| row.endpoint.state == Service::Enabled);
            let mut waiting = Waiting::default();
            for one in tables.deliveries.values().filter(|one| one.state == DeliveryState::Pending)
            {
                if (one.attempt == 0) == (tries == Tries::First) && is_served(one.endpoint) {
                    waiting.count += 1;
                    let oldest = waiting.oldest.map_or(one.created_at, |at| at.min(one.created_at));
                    waiting.oldest = Some(oldest);
                }
            }
            Ok(waiting)
        })
    }

    fn record(&mut self, sent: &[Sent]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            for one in sent {
                let Sent { delivery: id, state, at, attempt } = one;
                let is_pending = tables
                    .deliveries
                    .get(id)
                    .is_some_and(|delivery| delivery.state == DeliveryState::Pending);
                if !is_pending {
                    continue;
                }
                tables.change(*id, |delivery| {
                    delivery.state = *state;
                    match state {
                        DeliveryState::Pending => delivery.due_at = *at,
                        _ => delivery.finished_at = Some(*at),
                    }
                    if let Some(attempt) = attempt {
                        delivery.attempt += 1;
                        delivery.tries = attempt.number;
                    }
                });
                if let Some(attempt) = attempt {
                    tables.note(*id, attempt);
                }
            }
            Ok(())
        })
    }

    fn get(&mut self, id: DeliveryId) -> Result<Option<Shown>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.webhooks;
            tables.deliveries.get(&id).map(|one| tables.shown(one)).transpose()
        })
    }

    fn list(
        &mut self,
        endpoint: EndpointId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Shown>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.webhooks;
            let rows: Result<Vec<Arc<Shown>>, StoreError> = tables
                .deliveries
                .values()
                .filter(|one| one.endpoint == endpoint)
                .filter(|one| filter.state.is_none_or(|state| one.state == state))
                .map(|one| tables.shown(one).map(Arc::new))
                .collect();
            let rows = rows?;
            let at = |row: &Shown| (Vec::new(), row.delivery.id.get());
            cut(rows.iter(), &Order::fixed(ORDER), at, page)
        })
    }

    fn attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        self.reading(|state| {
            let attempts = state.domains.webhooks.attempts.range((id, 0)..=(id, u32::MAX));
            Ok(attempts.map(|(_, attempt)| (**attempt).clone()).collect())
        })
    }

    fn revive(&mut self, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let can = tables.deliveries.get(&id).is_some_and(|one| can_revive(one));
            if can {
                tables.change(id, |one| revive(one, now));
            }
            Ok(can)
        })
    }

    fn revive_failed(
        &mut self,
        endpoint: EndpointId,
        (after, to): (Option<EventId>, Option<EventId>),
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let lies_there = |delivery: &Delivery| {
                let event = tables.messages.get(&delivery.message).and_then(|one| one.event);
                event.is_some() && event > after && event <= to
            };
            let ids: Vec<DeliveryId> = tables
                .deliveries
                .values()
                .filter(|one| one.endpoint == endpoint && can_revive(one) && lies_there(one))
                .map(|one| one.id)
                .take(limit as usize)
                .collect();
            for id in &ids {
                tables.change(*id, |one| revive(one, now));
            }
            Ok(ids.len() as u64)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut over: Vec<(Timestamp, DeliveryId)> = tables
                .deliveries
                .values()
                .filter_map(|one| Some((one.finished_at.filter(|at| *at < before)?, one.id)))
                .collect();
            over.sort_unstable();
            over.truncate(limit as usize);
            for (_, id) in &over {
                Arc::make_mut(&mut tables.deliveries).remove(id);
            }
            tables.forget_parts();
            let needed: std::collections::BTreeSet<MessageId> =
                tables.deliveries.values().map(|one| one.message).collect();
            Arc::make_mut(&mut tables.messages)
                .retain(|id, message| needed.contains(id) || message.at >= before);
            let messages = Arc::clone(&tables.messages);
            Arc::make_mut(&mut tables.by_event).retain(|_, id| messages.contains_key(id));
            Ok(over.len() as u64)
        })
    }
}
