//! Deliveries as people see them, and what they ask for: a test, a retry, a replay.

use std::hash::{BuildHasher as _, RandomState};

use kernel::{Actor, EventId, FieldError, Page, PageRequest, Position, Timestamp, act::Own};
use serde_json::{Value, json};

use super::{
    Webhooks,
    dispatch::before,
    endpoints::{locked, note},
    serve::request,
};
use crate::{
    commands::{Only, REPLAY_MAX, Replay},
    delivery::{Attempt, Cause, DeliveryState, Filter, NewDelivery, Shown},
    endpoint::{Endpoint, State},
    error::WebhookError,
    message::{NewMessage, TEST},
    policy::{Sight, may_touch, may_use},
    ports::WebhooksTx,
    values::{DeliveryId, EndpointId},
};

/// Events of the feed that are read together.
const SCAN: u32 = 200;

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The delivery and its message.
    pub shown: Shown,
    /// The attempts, the first one first.
    pub attempts: Vec<Attempt>,
}

impl Webhooks {
    /// A page of the deliveries of an endpoint, in [`ORDER`](crate::query::ORDER).
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn deliveries(
        &self,
        actor: &Actor,
        id: EndpointId,
        filter: Filter,
        page: PageRequest,
    ) -> Result<Page<Shown>, WebhookError> {
        may_use(actor)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                touched(tx, &actor, id)?;
                Ok(tx.deliveries().list(id, filter, &page)?)
            })
            .await
    }

    /// A delivery.
    ///
    /// Errors: `MissingPermission`, `DeliveryNotFound`, `Store`.
    pub async fn delivery(
        &self,
        actor: &Actor,
        id: DeliveryId,
    ) -> Result<DeliveryView, WebhookError> {
        may_use(actor)?;
        let actor = actor.clone();
        self.work.read(move |tx| seen(tx, &actor, id)).await
    }

    /// Makes a delivery that was given up due now, with all of its attempts.
    ///
    /// Errors: `MissingPermission`, `DeliveryNotFound`, `DeliveryState`, `Store`.
    pub async fn retry(&self, actor: &Actor, id: DeliveryId) -> Result<DeliveryView, WebhookError> {
        may_use(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let view = self
            .work
            .write(move |tx| {
                let view = seen(tx, &actor, id)?;
                let endpoint = view.shown.delivery.endpoint;
                let (_, own) =
                    locked(tx, &actor, endpoint, None).map_err(|error| hidden(error, id))?;
                let is_test = view.shown.delivery.cause == Cause::Test;
                if is_test || !tx.deliveries().revive(id, now)? {
                    return Err(WebhookError::DeliveryState);
                }
                tx.endpoints().wake(&[endpoint], now)?;
                note(tx, &actor, own, now, "webhook.delivery_retried", endpoint)?;
                seen(tx, &actor, id)
            })
            .await?;
        self.wake();
        Ok(view)
    }

    /// Sends events of the past again; returns how many. Those are sent that the owner of the endpoint sees,
    /// at most [`REPLAY_MAX`].
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Disabled`, `Gap`, `Store`.
    pub async fn replay(
        &self,
        actor: &Actor,
        id: EndpointId,
        command: Replay,
    ) -> Result<u64, WebhookError> {
        may_use(actor)?;
        let (actor, now, rules) = (actor.clone(), self.clock.now(), self.rules());
        let count = self
            .work
            .write(move |tx| {
                let (endpoint, own) = locked(tx, &actor, id, None)?;
                if endpoint.state == State::Disabled {
                    return Err(WebhookError::Disabled);
                }
                let feed = tx.outbox().feed()?;
                let from = feed.locate(command.from)?;
                let to = command.to.or(feed.end().after);
                let count = match command.only {
                    Only::Failed => {
                        tx.deliveries().revive_failed(id, (from, to), now, REPLAY_MAX)?
                    }
                    Only::All => {
                        let owner = endpoint.owner;
                        match tx.persons(&[owner])?.get(&owner) {
                            Some(owner) => {
                                let sight = Sight::of(owner, &rules);
                                repeat(tx, &endpoint, &sight, (from, to), now)?
                            }
                            None => 0,
                        }
                    }
                };
                tx.endpoints().wake(&[id], now)?;
                note(tx, &actor, own, now, "webhook.replayed", id)?;
                Ok(count)
            })
            .await?;
        self.wake();
        Ok(count)
    }

    /// Sends a message immediately and returns how that went. The health of the endpoint does not change.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Invalid`, `Vault`, `Store`.
    pub async fn test(
        &self,
        actor: &Actor,
        id: EndpointId,
        name: Option<String>,
    ) -> Result<DeliveryView, WebhookError> {
        may_use(actor)?;
        let (name, data) = self.example(name)?;
        let (caller, now) = (actor.clone(), self.clock.now());
        let number = RandomState::new().hash_one(now.micros());
        let (endpoint, delivery, content) = self
            .work
            .write(move |tx| {
                let (endpoint, own) = locked(tx, &caller, id, None)?;
                let content = NewMessage::test(&name, endpoint.owner, &data, now, number);
                let messages = tx.deliveries().messages(std::slice::from_ref(&content))?;
                let message = messages.into_iter().next();
                let message = message.ok_or_else(|| {
                    kernel::StoreError::Internal("a message was not stored".to_owned())
                })?;
                // Until it ended it counts as cancelled: a process that dies over it sends nothing twice.
                let state = DeliveryState::Cancelled;
                let new = NewDelivery { endpoint: id, message, cause: Cause::Test, state, at: now };
                let delivery = tx.deliveries().insert_test(&new)?;
                note(tx, &caller, own, now, "webhook.tested", id)?;
                Ok::<_, WebhookError>((endpoint, delivery.id, content))
            })
            .await?;
        let secrets = self.secrets(&endpoint)?;
        let body = content.body.as_bytes().into();
        let request = request(
            endpoint.url.as_str(),
            &secrets,
            &content.wire_id,
            body,
            now,
            self.settings.timeout,
        );
        let outcome = self.sender.send(request).await;
        let attempt = Attempt::of(1, now, &outcome);
        let state =
            if attempt.succeeded() { DeliveryState::Succeeded } else { DeliveryState::Failed };
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                tx.deliveries().record_test(delivery, state, &attempt, now)?;
                seen(tx, &actor, delivery)
            })
            .await
    }

    /// What a test of this type sends.
    fn example(&self, name: Option<String>) -> Result<(String, Value), WebhookError> {
        let Some(name) = name.filter(|name| name != TEST) else {
            return Ok((TEST.to_owned(), json!({ "test": true })));
        };
        let types = self.types();
        let found = types.iter().find(|one| one.name == name);
        let found = found.ok_or_else(|| {
            let message = "must be a type that `GET /webhooks/event-types` lists";
            WebhookError::Invalid(vec![FieldError::new("/type", "webhooks.type_unknown", message)])
        })?;
        Ok((name, found.data()))
    }
}

/// Errors of the endpoint as those of a delivery.
fn hidden(error: WebhookError, id: DeliveryId) -> WebhookError {
    match error {
        WebhookError::NotFound(_) => WebhookError::DeliveryNotFound(id),
        other => other,
    }
}

fn touched(tx: &mut dyn WebhooksTx, actor: &Actor, id: EndpointId) -> Result<Own, WebhookError> {
    let endpoint = tx.endpoints().get(id)?.ok_or(WebhookError::NotFound(id))?;
    may_touch(actor, &endpoint)
}

fn seen(
    tx: &mut dyn WebhooksTx,
    actor: &Actor,
    id: DeliveryId,
) -> Result<DeliveryView, WebhookError> {
    let shown = tx.deliveries().get(id)?.ok_or(WebhookError::DeliveryNotFound(id))?;
    touched(tx, actor, shown.delivery.endpoint).map_err(|error| hidden(error, id))?;
    Ok(DeliveryView { shown, attempts: tx.deliveries().attempts(id)? })
}

/// Adds a delivery for each event of a stretch that the endpoint hears.
fn repeat(
    tx: &mut dyn WebhooksTx,
    endpoint: &Endpoint,
    sight: &Sight,
    (from, to): (Option<EventId>, Option<EventId>),
    now: Timestamp,
) -> Result<u64, WebhookError> {
    let epoch = tx.outbox().feed()?.epoch;
    let (mut at, mut new) = (from, Vec::new());
    loop {
        let events = tx.outbox().addressed(sight.tokens(), at, SCAN)?;
        let is_last = events.len() < SCAN as usize;
        for event in events {
            if Some(event.id) > to || new.len() >= REPLAY_MAX as usize {
                at = before(event.id).event().max(at);
                break;
            }
            at = Position::after(Some(event.id)).event();
            if endpoint.patterns.matches(&event.name) && sight.shows(&event) {
                new.push(NewMessage::of(&event, epoch));
            }
        }
        if is_last || at >= to || new.len() >= REPLAY_MAX as usize {
            break;
        }
    }
    let mut count = 0;
    for some in new.chunks(SCAN as usize) {
        let messages = tx.deliveries().messages(some)?;
        let deliveries: Vec<NewDelivery> = messages
            .into_iter()
            .map(|message| NewDelivery {
                endpoint: endpoint.id,
                message,
                cause: Cause::Replay,
                state: DeliveryState::Pending,
                at: now,
            })
            .collect();
        count += tx.deliveries().deliver(&deliveries)?;
    }
    Ok(count)
}
