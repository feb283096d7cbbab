//! The transactions of the holder of an endpoint: claim, catch up, record results, release.

use std::{sync::Arc, time::Duration};

use kernel::{
    EventId, Position, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
};

use super::{DISPATCHER, Webhooks, dispatch::before};
use crate::{
    delivery::{Attempt, Cause, DeliveryState, NewDelivery, Result as Sent, Shown, Tries},
    endpoint::{Change, Endpoint, Gap, Reason, State},
    error::WebhookError,
    events,
    message::NewMessage,
    outbound::{Outcome, Request},
    policy::{KindRule, Sight},
    ports::WebhooksTx,
    retry::{Schedule, Verdict, asked},
    signature::{SigningSecret, sign},
    values::EndpointId,
};

/// Events of the feed that are read together.
const SCAN: u32 = 200;
/// Readings of one transaction, at most.
const SCANS: u32 = 10;
/// How soon an endpoint looks again that waits for the dispatcher.
const WAIT_FOR_DISPATCHER: Duration = Duration::from_millis(100);

/// A delivery that ended, or an attempt of it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) shown: Shown,
    pub(super) at: Timestamp,
    /// `None`: the owner may not see the event any more.
    pub(super) outcome: Option<Outcome>,
}

/// What a holder may send.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) first: Vec<Shown>,
    pub(super) again: Vec<Shown>,
    /// The owner may not see these any more.
    pub(super) hidden: Vec<Shown>,
    /// Pending deliveries that count towards the window.
    pub(super) open: u32,
}

/// The signed request of a message at this moment.
pub(super) fn request(
    url: &str,
    secrets: &[SigningSecret],
    wire_id: &str,
    body: Arc<[u8]>,
    now: Timestamp,
    timeout: Duration,
) -> Request {
    let signature = sign(secrets, wire_id, now.seconds(), &body);
    let headers = vec![
        ("webhook-id", wire_id.to_owned()),
        ("webhook-timestamp", now.seconds().to_string()),
        ("webhook-signature", signature),
    ];
    Request { url: url.to_owned(), headers, body, timeout }
}

/// What decides over failures.
#[derive(Clone)]
struct Rules {
    schedule: Schedule,
    disable_after: Duration,
}

impl Webhooks {
    /// Claims endpoints that have something to do. Looking is a read, so that an idle process writes nothing.
    ///
    /// Errors: `Store`.
    pub async fn claim(&self, limit: u32) -> Result<Vec<Endpoint>, WebhookError> {
        let now = self.clock.now();
        let due = self.work.read(|tx| Ok::<_, WebhookError>(tx.endpoints().next_due()?)).await?;
        if limit == 0 || due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let until = now.plus(self.settings.lease());
        self.work.write(move |tx| Ok(tx.endpoints().claim(now, until, limit)?)).await
    }

    /// What messages to this endpoint are signed with now.
    pub(super) fn secrets(&self, endpoint: &Endpoint) -> Result<Vec<SigningSecret>, WebhookError> {
        let (vault, now) = (self.vault()?, self.clock.now());
        let old = endpoint.old_secret.as_ref().filter(|(_, until)| *until > now);
        let all = std::iter::once(&endpoint.secret).chain(old.map(|(secret, _)| secret));
        all.map(|sealed| Ok(vault.open(endpoint.owner, sealed)?)).collect()
    }

    /// Makes deliveries of what follows in the feed, as far as the window goes.
    pub(super) async fn catch_up(
        &self,
        claim: Claim<EndpointId>,
    ) -> Result<Endpoint, WebhookError> {
        let (rules, now, until) = (self.rules(), self.clock.now(), self.until());
        self.work.write(move |tx| Ok(catch_up(tx, claim, &rules, now, until)?)).await
    }

    /// What is due.
    pub(super) async fn find(
        &self,
        endpoint: &Endpoint,
        limit: u32,
    ) -> Result<Found, WebhookError> {
        let (id, owner, rules, now) = (endpoint.id, endpoint.owner, self.rules(), self.clock.now());
        self.work
            .read(move |tx| {
                let first = tx.deliveries().due(id, Tries::First, now, limit)?;
                let again = tx.deliveries().due(id, Tries::Again, now, limit)?;
                let mut found = Found { open: tx.deliveries().open(id)?, ..Found::default() };
                if first.is_empty() && again.is_empty() {
                    return Ok(found);
                }
                let persons = tx.persons(&[owner])?;
                let sight = persons.get(&owner).map(|owner| Sight::of(owner, &rules));
                // The owner's permissions are checked again before sending (W12).
                let is_shown = |one: &Shown| {
                    sight.as_ref().is_some_and(|sight| sight.shows_message(&one.message.content))
                };
                for shown in first {
                    let to = if is_shown(&shown) { &mut found.first } else { &mut found.hidden };
                    to.push(shown);
                }
                for shown in again {
                    let to = if is_shown(&shown) { &mut found.again } else { &mut found.hidden };
                    to.push(shown);
                }
                Ok::<_, WebhookError>(found)
            })
            .await
    }

    /// Writes what was sent, and prolongs the lease.
    pub(super) async fn record(
        &self,
        endpoint: &Endpoint,
        done: Vec<Done>,
    ) -> Result<Endpoint, WebhookError> {
        let now = self.clock.now();
        let done: Arc<[Done]> = done.into();
        let rules = Rules {
            schedule: self.settings.schedule.clone(),
            disable_after: self.settings.disable_after,
        };
        let gone = |done: &Done| done.outcome.as_ref().is_some_and(|one| one.status == Some(410));
        let since = endpoint.health.failing_since.unwrap_or(now);
        let may_disable = done.iter().any(gone) || now.since(since) >= rules.disable_after;
        let (claim, until) = (endpoint.claim(), self.until());
        // Disabling needs the position. It is locked before the endpoint, in the dispatcher's order.
        let mut locks = may_disable;
        loop {
            let (done, rules, pace) = (Arc::clone(&done), rules.clone(), Arc::clone(&self.pace));
            let recorded = self
                .work
                .write(move |tx| {
                    let at = if locks { tx.inbox().lock(DISPATCHER)? } else { None };
                    let mut endpoint = tx.endpoints().hold(claim)?;
                    let (sent, change) =
                        judge(&mut endpoint, &done, &rules, now, &mut || pace.chance());
                    let event = match change {
                        Change::None => None,
                        Change::Warned => Some(events::FAILING),
                        Change::Disabled(_) if !locks => return Ok(None),
                        Change::Disabled(reason) => {
                            let end = tx.outbox().feed()?.end().after;
                            endpoint.disable(reason, at.unwrap_or(Position::after(end)), now);
                            endpoint.version += 1;
                            Some(events::DISABLED)
                        }
                    };
                    tx.deliveries().record(&sent)?;
                    tx.endpoints().progress(&endpoint, until)?;
                    if let Some(name) = event {
                        tx.outbox().append(&events::event(name, &endpoint, None, now))?;
                    }
                    let states = sent.iter().map(|one| one.state);
                    let ended: Vec<_> = states.filter(|s| *s != DeliveryState::Pending).collect();
                    Ok::<_, WebhookError>(Some((endpoint, ended)))
                })
                .await?;
            let Some((endpoint, ended)) = recorded else {
                locks = true;
                continue;
            };
            if let Some(count) = self.ended.get() {
                ended.into_iter().for_each(count);
            }
            return Ok(endpoint);
        }
    }

    /// Ends the claim; `Some` is when the endpoint is due again. Where that is now, the claim goes on, unless
    /// the holder has to stop.
    pub(super) async fn release(
        &self,
        claim: Claim<EndpointId>,
        must: bool,
    ) -> Result<Released, WebhookError> {
        let now = self.clock.now();
        self.work
            .write(move |tx| {
                // The lock first: what another transaction inserts under it is seen by the next statement.
                let endpoint = tx.endpoints().hold(claim)?;
                let due = next_due(tx, &endpoint, now)?;
                if !must && due.is_some_and(|due| due <= now) {
                    return Ok(Released::More(Box::new(endpoint)));
                }
                tx.endpoints().release(claim, due)?;
                Ok(Released::Done)
            })
            .await
    }

    fn until(&self) -> Timestamp {
        self.clock.now().plus(self.settings.lease())
    }
}

/// How a release ended.
pub(super) enum Released {
    /// There is something to do; the claim holds.
    More(Box<Endpoint>),
    /// It is over.
    Done,
}

/// Half of the window is free, so that catching up is worth a transaction.
pub(super) const fn has_room(endpoint: &Endpoint, open: u32) -> bool {
    open * 2 <= endpoint.window() && open < endpoint.window()
}

fn next_due(
    tx: &mut dyn WebhooksTx,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if endpoint.state == State::Disabled {
        return Ok(None);
    }
    let sends = tx.deliveries().next_due(endpoint.id)?;
    let reads = match endpoint.behind {
        Some(behind) if has_room(endpoint, tx.deliveries().open(endpoint.id)?) => {
            // Nothing can be read that was not dispatched.
            let waits = tx.inbox().position(DISPATCHER)?.is_none_or(|at| at < behind);
            Some(if waits { now.plus(WAIT_FOR_DISPATCHER) } else { now })
        }
        _ => None,
    };
    let due = [sends, reads].into_iter().flatten().min();
    Ok(due.map(|due| endpoint.health.wait_until.map_or(due, |until| due.max(until))))
}

fn catch_up(
    tx: &mut dyn WebhooksTx,
    claim: Claim<EndpointId>,
    rules: &[KindRule],
    now: Timestamp,
    until: Timestamp,
) -> Result<Endpoint, StoreError> {
    // First, as the dispatcher does: it does not move while the endpoint comes up to it.
    let position = tx.inbox().lock(DISPATCHER)?;
    let mut endpoint = tx.endpoints().hold(claim)?;
    let (Some(behind), Some(position)) = (endpoint.behind, position) else { return Ok(endpoint) };
    if endpoint.state == State::Disabled || position < behind {
        return Ok(endpoint);
    }
    let open = tx.deliveries().open(endpoint.id)?;
    let free = endpoint.window().saturating_sub(open) as usize;
    let feed = tx.outbox().feed()?;
    let start = skip_gap(&mut endpoint, behind.event(), feed.floor, now);
    let owner = endpoint.owner;
    let sight = tx.persons(&[owner])?.get(&owner).map(|owner| Sight::of(owner, rules));
    let (mut taken, mut at) = (Vec::new(), start);
    match sight {
        // An owner without an active account misses the events of that time.
        None => at = position.event(),
        Some(sight) => {
            for _ in 0..SCANS {
                let events = tx.outbox().addressed(sight.tokens(), at, SCAN)?;
                let mut is_over = events.len() < SCAN as usize;
                let mut is_full = false;
                for event in events {
                    if Some(event.id) > position.event() {
                        is_over = true;
                        break;
                    }
                    let hears = endpoint.patterns.matches(&event.name) && sight.shows(&event);
                    if hears && taken.len() >= free {
                        at = before(event.id).event().max(at);
                        is_full = true;
                        break;
                    }
                    at = Some(event.id);
                    if hears {
                        taken.push(NewMessage::of(&event, feed.epoch));
                    }
                }
                if is_full {
                    break;
                }
                if is_over {
                    at = position.event().max(at);
                    break;
                }
            }
        }
    }
    // Events may have been removed while they were read, where reads of one unit are of several moments.
    let floor = tx.outbox().feed()?.floor;
    if floor > feed.floor {
        skip_gap(&mut endpoint, start, floor.min(at), now);
    }
    let at = Position::after(at);
    endpoint.behind = (at < position).then_some(at);
    let messages = tx.deliveries().messages(&taken)?;
    let new: Vec<NewDelivery> = messages
        .into_iter()
        .map(|message| NewDelivery {
            endpoint: endpoint.id,
            message,
            cause: Cause::Event,
            state: DeliveryState::Pending,
            at: now,
        })
        .collect();
    tx.deliveries().deliver(&new)?;
    tx.endpoints().progress(&endpoint, until)?;
    Ok(endpoint)
}

/// Where reading begins: behind what was removed, which is noted (W1).
fn skip_gap(
    endpoint: &mut Endpoint,
    at: Option<EventId>,
    floor: Option<EventId>,
    now: Timestamp,
) -> Option<EventId> {
    match floor {
        Some(to) if Some(to) > at => {
            let from = EventId::parse(at.map_or(0, EventId::get) + 1).unwrap_or(to);
            endpoint.miss(Gap { from, to, at: now });
            Some(to)
        }
        _ => at,
    }
}

/// What becomes of the deliveries, and of the health of their endpoint.
fn judge(
    endpoint: &mut Endpoint,
    done: &[Done],
    rules: &Rules,
    now: Timestamp,
    chance: &mut dyn FnMut() -> f64,
) -> (Vec<Sent>, Change) {
    let mut change = Change::None;
    let mut sent = Vec::with_capacity(done.len());
    for one in done {
        let Done { shown, at, outcome } = one;
        let delivery = &shown.delivery;
        let Some(outcome) = outcome else {
            let state = DeliveryState::Cancelled;
            sent.push(Sent { delivery: delivery.id, state, at: now, attempt: None });
            continue;
        };
        let verdict = rules.schedule.judge(outcome, delivery.attempt + 1, now, chance());
        let (state, due) = match verdict {
            Verdict::Succeeded => (DeliveryState::Succeeded, now),
            Verdict::Again(due) => (DeliveryState::Pending, due),
            Verdict::GivenUp | Verdict::Gone => (DeliveryState::Failed, now),
        };
        let attempt = Attempt::of(delivery.tries + 1, *at, outcome);
        sent.push(Sent { delivery: delivery.id, state, at: due, attempt: Some(attempt) });
        if verdict == Verdict::Succeeded {
            endpoint.health.succeed(now);
            continue;
        }
        // Only who asks to be called less often is left alone as a whole.
        let wait = asked(outcome).filter(|_| outcome.status == Some(429));
        let mut next = endpoint.health.fail(now, rules.disable_after, wait, chance());
        if verdict == Verdict::Gone {
            next = Change::Disabled(Reason::Gone);
        }
        if next != Change::None && !matches!(change, Change::Disabled(_)) {
            change = next;
        }
    }
    let is_disabled = endpoint.state == State::Disabled;
    (sent, if is_disabled { Change::None } else { change })
}
