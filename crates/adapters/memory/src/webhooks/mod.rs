//! `EndpointStore` and `People`.

mod deliveries;
#[cfg(test)]
mod planted_webhooks;

use std::{collections::BTreeMap, sync::Arc};

use kernel::{
    Actor, EventId, Page, PageRequest, Position, StoreError, Timestamp, UserId,
    claim::{Claim, ClaimQueue, Claimed as _},
};
use users::policy::acting;
use webhooks::{
    Delivery, DeliveryId, Endpoint, EndpointId, EndpointStore, MessageId, People,
    delivery::{Attempt, Cause, DeliveryState},
    endpoint::{NewEndpoint, State as Service},
    message::NewMessage,
    ports::Follower,
    query::ORDER,
};

use crate::{
    domains::users::roles::permissions_of,
    page::{Order, cut},
    state::{State, Table, next, not_an_id},
    tx::MemoryTx,
};

/// When an endpoint has something to do, and whether someone does it.
#[derive(Debug, Clone, Copy)]
struct Turn {
    due: Option<Timestamp>,
    held: bool,
}

/// An endpoint and its turn.
#[derive(Clone)]
struct Row {
    endpoint: Endpoint,
    turn: Turn,
}

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct WebhooksTables {
    last_endpoint: i64,
    last_message: i64,
    last_delivery: i64,
    endpoints: Table<EndpointId, Arc<Row>>,
    messages: Table<MessageId, Arc<NewMessage>>,
    /// Each event has one message.
    by_event: Table<EventId, MessageId>,
    deliveries: Table<DeliveryId, Arc<Delivery>>,
    /// Each endpoint has one delivery of cause `event` for a message.
    once: Table<(EndpointId, MessageId), DeliveryId>,
    attempts: Table<(DeliveryId, u32), Arc<Attempt>>,
}

impl WebhooksTables {
    fn row(&self, id: EndpointId) -> Option<&Row> {
        self.endpoints.get(&id).map(|row| &**row)
    }

    fn keep(&mut self, row: Row) {
        Arc::make_mut(&mut self.endpoints).insert(row.endpoint.id, Arc::new(row));
    }

    /// The row of a claim that still holds.
    fn held(&self, claim: Claim<EndpointId>) -> Result<Row, StoreError> {
        let row = self.row(claim.id).filter(|row| row.turn.held && row.endpoint.claim() == claim);
        row.cloned().ok_or(StoreError::Stale)
    }

    /// The row that this version is of.
    fn at_version(&self, endpoint: &Endpoint) -> Result<Row, StoreError> {
        let row = self.row(endpoint.id).filter(|row| row.endpoint.version == endpoint.version);
        row.cloned().ok_or(StoreError::Stale)
    }

    /// Removes endpoints with what belongs to them.
    fn remove(&mut self, is_gone: impl Fn(&Endpoint) -> bool) -> u64 {
        let before = self.endpoints.len();
        Arc::make_mut(&mut self.endpoints).retain(|_, row| !is_gone(&row.endpoint));
        let endpoints = Arc::clone(&self.endpoints);
        Arc::make_mut(&mut self.deliveries)
            .retain(|_, delivery| endpoints.contains_key(&delivery.endpoint));
        self.forget_parts();
        (before - endpoints.len()) as u64
    }

    /// Forgets what belonged to deliveries that are gone.
    fn forget_parts(&mut self) {
        let deliveries = Arc::clone(&self.deliveries);
        Arc::make_mut(&mut self.once).retain(|_, id| deliveries.contains_key(id));
        Arc::make_mut(&mut self.attempts).retain(|(id, _), _| deliveries.contains_key(id));
    }

    /// Pending deliveries of cause `event`.
    fn open(&self, endpoint: EndpointId) -> u32 {
        let is_open = |one: &&Arc<Delivery>| {
            one.endpoint == endpoint
                && one.cause == Cause::Event
                && one.state == DeliveryState::Pending
        };
        u32::try_from(self.deliveries.values().filter(is_open).count()).unwrap_or(u32::MAX)
    }

    /// Makes an endpoint due, unless someone holds it.
    fn wake(&mut self, id: EndpointId, now: Timestamp) {
        let Some(mut row) = self.row(id).cloned() else { return };
        if !row.turn.held && row.turn.due.is_none_or(|due| due > now) {
            row.turn.due = Some(now);
            self.keep(row);
        }
    }
}

fn follows(endpoint: &Endpoint) -> bool {
    endpoint.state == Service::Enabled && endpoint.behind.is_none()
}

impl ClaimQueue<Endpoint> for MemoryTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Endpoint>, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut due: Vec<(Timestamp, EndpointId)> = tables
                .endpoints
                .values()
                .filter_map(|row| Some((row.turn.due?, row.endpoint.id)))
                .filter(|(due, _)| *due <= now)
                .collect();
            due.sort_unstable();
            due.truncate(limit as usize);
            let mut claimed = Vec::new();
            for (_, id) in due {
                let Some(mut row) = tables.row(id).cloned() else { continue };
                row.endpoint.run += 1;
                row.turn = Turn { due: Some(until), held: true };
                claimed.push(row.endpoint.clone());
                tables.keep(row);
            }
            Ok(claimed)
        })
    }

    fn postpone(&mut self, claim: Claim<EndpointId>, due: Timestamp) -> Result<(), StoreError> {
        EndpointStore::release(self, claim, Some(due))
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.webhooks.endpoints.values().filter_map(|row| row.turn.due).min())
        })
    }
}

impl EndpointStore for MemoryTx {
    fn insert(&mut self, new: &NewEndpoint) -> Result<Endpoint, StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(new.owner) {
                return Err(StoreError::Missing("webhook_endpoints.owner"));
            }
            let tables = &mut tx.state.domains.webhooks;
            let id = EndpointId::parse(next(&mut tables.last_endpoint)).map_err(not_an_id)?;
            let endpoint = new.stored(id);
            let turn = Turn { due: Some(new.created_at), held: false };
            tables.keep(Row { endpoint: endpoint.clone(), turn });
            Ok(endpoint)
        })
    }

    fn get(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.reading(|state| Ok(state.domains.webhooks.row(id).map(|row| row.endpoint.clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        EndpointStore::get(self, id)
    }

    fn save(&mut self, endpoint: &mut Endpoint) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut row = tables.at_version(endpoint)?;
            endpoint.version += 1;
            let was = row.endpoint;
            row.endpoint = Endpoint {
                owner: was.owner,
                run: was.run,
                created_at: was.created_at,
                missed: was.missed,
                ..endpoint.clone()
            };
            tables.keep(row);
            Ok(())
        })
    }

    fn remove(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            tables.at_version(endpoint)?;
            tables.remove(|one| one.id == endpoint.id);
            Ok(())
        })
    }

    fn list(
        &mut self,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Endpoint>, StoreError> {
        self.reading(|state| {
            let all = state.domains.webhooks.endpoints.values();
            let rows: Vec<Arc<Endpoint>> = all
                .filter(|row| owner.is_none_or(|owner| row.endpoint.owner == owner))
                .map(|row| Arc::new(row.endpoint.clone()))
                .collect();
            cut(rows.iter(), &Order::fixed(ORDER), |row| (Vec::new(), row.id.get()), page)
        })
    }

    fn count(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.reading(|state| {
            let all = state.domains.webhooks.endpoints.values();
            Ok(all.filter(|row| row.endpoint.owner == owner).count() as u64)
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| Ok(tx.state.domains.webhooks.remove(|one| one.owner == owner)))
    }

    fn followers(&mut self) -> Result<Vec<Follower>, StoreError> {
        self.reading(|state| {
            let all = state.domains.webhooks.endpoints.values().map(|row| &row.endpoint);
            let follower = |one: &Endpoint| Follower {
                id: one.id,
                owner: one.owner,
                patterns: one.patterns.clone(),
                ordered: one.ordered,
            };
            Ok(all.filter(|one| follows(one)).map(follower).collect())
        })
    }

    fn lock_followers(&mut self, ids: &[EndpointId]) -> Result<Vec<(EndpointId, u32)>, StoreError> {
        self.writing(|tx| {
            let tables = &tx.state.domains.webhooks;
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            let there = ids
                .into_iter()
                .filter(|id| tables.row(*id).is_some_and(|row| follows(&row.endpoint)));
            Ok(there.map(|id| (id, tables.open(id))).collect())
        })
    }

    fn fall_behind(&mut self, places: &[(EndpointId, Position)]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            for (id, place) in places {
                if let Some(mut row) = tables.row(*id).cloned() {
                    row.endpoint.behind = Some(*place);
                    tables.keep(row);
                }
            }
            Ok(())
        })
    }

    fn rewind(
        &mut self,
        to: Position,
        enabled_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let all: Vec<Row> = tables.endpoints.values().map(|row| (**row).clone()).collect();
            let mut count = 0;
            for mut row in all {
                let one = &mut row.endpoint;
                if one.state == Service::Enabled
                    && one.enabled_at <= enabled_before
                    && one.behind.is_none_or(|at| at > to)
                {
                    one.behind = Some(to);
                    let id = one.id;
                    tables.keep(row);
                    tables.wake(id, now);
                    count += 1;
                }
            }
            Ok(count)
        })
    }

    fn wake(&mut self, ids: &[EndpointId], now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            for id in ids {
                tx.state.domains.webhooks.wake(*id, now);
            }
            Ok(())
        })
    }

    fn hold(&mut self, claim: Claim<EndpointId>) -> Result<Endpoint, StoreError> {
        self.writing(|tx| Ok(tx.state.domains.webhooks.held(claim)?.endpoint))
    }

    fn progress(&mut self, endpoint: &Endpoint, until: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut row = tables.held(endpoint.claim())?;
            let Endpoint { state, reason, health, behind, missed, updated_at, version, .. } =
                endpoint.clone();
            let was = row.endpoint;
            row.endpoint =
                Endpoint { state, reason, health, behind, missed, updated_at, version, ..was };
            row.turn.due = Some(until);
            tables.keep(row);
            Ok(())
        })
    }

    fn release(
        &mut self,
        claim: Claim<EndpointId>,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.webhooks;
            let mut row = tables.held(claim)?;
            row.turn = Turn { due, held: false };
            tables.keep(row);
            Ok(())
        })
    }

    fn states(&mut self) -> Result<BTreeMap<Service, u64>, StoreError> {
        self.reading(|state| {
            let mut counts = BTreeMap::new();
            for row in state.domains.webhooks.endpoints.values() {
                *counts.entry(row.endpoint.state).or_insert(0) += 1;
            }
            Ok(counts)
        })
    }
}

fn actor(state: &State, user: UserId) -> Option<(UserId, Actor)> {
    let account = state.domains.users.accounts.get(&user).filter(|_| state.is_active(user))?;
    Some((user, acting(&account.user, permissions_of(state, user))))
}

impl People for MemoryTx {
    fn actors(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, Actor>, StoreError> {
        self.reading(|state| Ok(users.iter().filter_map(|user| actor(state, *user)).collect()))
    }
}
