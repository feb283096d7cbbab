//! From the feed to deliveries. The dispatcher reads every event once, for the endpoints that keep up.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Batch, Delivery as Handed, EventId, Position, StoreError, Timestamp, UserId, consumer::Source,
};

use super::Webhooks;
use crate::{
    delivery::{Cause, DeliveryState, NewDelivery},
    endpoint::WINDOW,
    error::WebhookError,
    message::NewMessage,
    policy::{KindRule, Sight},
    ports::{Follower, WebhooksTx},
    values::{EndpointId, MessageId},
};

/// The consumer that dispatches; it names the position.
pub const DISPATCHER: &str = "webhooks.dispatch";

/// The place before an event. The numbers of the feed have no gaps.
pub(super) fn before(event: EventId) -> Position {
    Position::after(EventId::parse(event.get() - 1).ok())
}

/// What an endpoint gets of a batch, by the numbers of events.
struct Share {
    follower: Follower,
    events: Vec<usize>,
}

impl Webhooks {
    /// Makes deliveries of these events for the endpoints that keep up. An endpoint whose window is full falls
    /// behind: it goes on from there by itself.
    ///
    /// Errors: `Store`.
    pub async fn dispatch(&self, batch: Batch) -> Result<(), WebhookError> {
        let (rules, now) = (self.rules(), self.clock.now());
        let has_work = self
            .work
            .write(move |tx| dispatch(tx, &batch, &rules, now))
            .await
            .map_err(WebhookError::Store)?;
        if has_work {
            self.wake();
        }
        Ok(())
    }

    /// Deletes everything of a deleted account, exactly once.
    ///
    /// Errors: `Store`.
    pub async fn forget_user(&self, handed: Handed, user: UserId) -> Result<u64, WebhookError> {
        self.work
            .write(move |tx| {
                handed.complete(tx)?;
                Ok(tx.endpoints().remove_all(user)?)
            })
            .await
    }
}

/// True when an endpoint has something to do.
fn dispatch(
    tx: &mut dyn WebhooksTx,
    batch: &Batch,
    rules: &[KindRule],
    now: Timestamp,
) -> Result<bool, StoreError> {
    // First: it locks the position, so that no endpoint catches up with it meanwhile.
    batch.complete(tx)?;
    if let (Source::Retry(_), Some(first)) = (batch.source, batch.events.first()) {
        // The position has passed it, so every endpoint that could hear it looks again from there. What it
        // has, it does not get twice.
        return Ok(tx.endpoints().rewind(before(first.id), first.at, now)? > 0);
    }
    let followers = tx.endpoints().followers()?;
    let mut shares: Vec<Share> =
        followers.into_iter().filter_map(|one| share(one, batch)).collect();
    if shares.is_empty() {
        return Ok(false);
    }
    let owners: BTreeSet<UserId> = shares.iter().map(|share| share.follower.owner).collect();
    let owners: Vec<UserId> = owners.into_iter().collect();
    let persons = tx.persons(&owners)?;
    let sights: BTreeMap<UserId, Sight> =
        persons.iter().map(|(user, person)| (*user, Sight::of(person, rules))).collect();
    shares.retain_mut(|share| {
        let Some(sight) = sights.get(&share.follower.owner) else { return false };
        let is_shown =
            |index: &usize| batch.events.get(*index).is_some_and(|event| sight.shows(event));
        share.events.retain(is_shown);
        !share.events.is_empty()
    });
    shares.sort_by_key(|share| share.follower.id);
    let ids: Vec<EndpointId> = shares.iter().map(|share| share.follower.id).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let open: BTreeMap<EndpointId, u32> =
        tx.endpoints().lock_followers(&ids)?.into_iter().collect();
    let (mut taken, mut behind) = (Vec::new(), Vec::new());
    for Share { follower, events } in &shares {
        // One that is not there any more was disabled or deleted meanwhile, or fell behind.
        let Some(open) = open.get(&follower.id) else { continue };
        let window = if follower.ordered { 1 } else { WINDOW };
        let free = usize::try_from(window.saturating_sub(*open)).unwrap_or(0);
        taken.extend(events.iter().take(free).map(|index| (follower.id, *index)));
        let next = events.get(free).and_then(|index| batch.events.get(*index));
        behind.extend(next.map(|event| (follower.id, before(event.id))));
    }
    add(tx, batch, &taken, now)?;
    if !behind.is_empty() {
        tx.endpoints().fall_behind(&behind)?;
    }
    let woken: Vec<EndpointId> = open.into_keys().collect();
    tx.endpoints().wake(&woken, now)?;
    Ok(!woken.is_empty())
}

/// The events that an endpoint hears by their names, if there are any.
fn share(follower: Follower, batch: &Batch) -> Option<Share> {
    let events: Vec<usize> = batch
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| follower.patterns.matches(&event.name))
        .map(|(index, _)| index)
        .collect();
    (!events.is_empty()).then_some(Share { follower, events })
}

fn add(
    tx: &mut dyn WebhooksTx,
    batch: &Batch,
    taken: &[(EndpointId, usize)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if taken.is_empty() {
        return Ok(());
    }
    let epoch = tx.outbox().feed()?.epoch;
    let needed: BTreeSet<usize> = taken.iter().map(|(_, index)| *index).collect();
    let needed: Vec<usize> = needed.into_iter().collect();
    let new: Vec<NewMessage> = needed
        .iter()
        .filter_map(|index| batch.events.get(*index))
        .map(|event| NewMessage::of(event, epoch))
        .collect();
    let stored = tx.deliveries().messages(&new)?;
    let messages: BTreeMap<usize, MessageId> = needed.into_iter().zip(stored).collect();
    let deliveries: Vec<NewDelivery> = taken
        .iter()
        .filter_map(|(endpoint, index)| Some((*endpoint, *messages.get(index)?)))
        .map(|(endpoint, message)| NewDelivery {
            endpoint,
            message,
            cause: Cause::Event,
            state: DeliveryState::Pending,
            at: now,
        })
        .collect();
    tx.deliveries().deliver(&deliveries)?;
    Ok(())
}
