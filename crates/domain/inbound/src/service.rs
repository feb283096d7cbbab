//! The use cases. Each is an asynchronous shell around one synchronous transaction.

mod process;
mod sources;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kernel::{
    Act, ActTarget, Actor, Chore, Clock, Consumer, ConsumerError, Delivery, Page, PageRequest,
    Runs, SecretSeal, Timestamp, UnitOfWork, UserId, job::DEAD,
};

pub use self::{
    process::PROCESS,
    sources::{Absent, Put, PutSource},
};
use crate::{
    error::InboundError,
    inbox::{Content, Headers, InboundEvent},
    payment::Payment,
    policy::may_manage,
    ports::InboundTx,
    query::{Backlog, EventFilter, PaymentFilter},
    source::{OpenSource, Verified},
    values::{InboundEventId, PaymentId, State},
};

/// When old events are removed.
const PRUNE: Runs = Runs::at("3-59/5 * * * *");
/// How long events are kept that were processed, ignored or superseded.
pub const KEPT: Duration = Duration::from_hours(24 * 30);
/// How long events are kept that failed.
pub const FAILED_KEPT: Duration = Duration::from_hours(24 * 90);
/// Events that one transaction removes.
const BATCH: u32 = 100;

/// The use cases of this domain.
pub struct Inbound {
    work: Arc<dyn UnitOfWork<dyn InboundTx>>,
    clock: Arc<dyn Clock>,
    seal: Option<Arc<dyn SecretSeal>>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The event, new or known.
    pub event: InboundEvent,
    /// True when it was known.
    pub duplicate: bool,
    /// True when it was known, had failed, and is processed again.
    pub revived: bool,
}

impl Inbound {
    /// On these ports. Without `seal` no source can be added.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn InboundTx>>,
        clock: Arc<dyn Clock>,
        seal: Option<Arc<dyn SecretSeal>>,
    ) -> Self {
        Self { work, clock, seal }
    }

    /// Whether the headers can be those of a signed delivery of a source, before the body is read.
    ///
    /// Errors: `Signature`.
    pub fn check_headers(
        &self,
        source: &OpenSource,
        headers: &Headers,
    ) -> Result<(), InboundError> {
        source.claim(headers, self.clock.now())?;
        Ok(())
    }

    /// Checks the signature of a delivery on its raw bytes (V1).
    ///
    /// Errors: `Signature`.
    pub fn verify(
        &self,
        source: &OpenSource,
        headers: Headers,
        body: Bytes,
    ) -> Result<Verified, InboundError> {
        Ok(source.verify(headers, body, self.clock.now())?)
    }

    /// Stores a delivery with the job that processes it, in one transaction (V2). One that is known is stored
    /// once (V3); if it had failed, it is processed again (V4).
    ///
    /// Errors: `Store`.
    pub async fn receive(&self, verified: Verified) -> Result<Acceptance, InboundError> {
        let now = self.clock.now();
        let new = verified.event(now);
        self.work
            .write(move |tx| match tx.received().insert(&new)? {
                Some(mut event) => {
                    if event.state == State::Received {
                        event.job = Some(process::enqueue(tx, &event, now)?);
                        tx.received().save(&event)?;
                    }
                    Ok(Acceptance { event, duplicate: false, revived: false })
                }
                None => {
                    let known = tx.received().lock_known(&new.source, &new.external_id)?;
                    // Pruned between the two statements: the sender tries again.
                    let mut event = known.ok_or(kernel::StoreError::Contention)?;
                    let has_failed =
                        event.state == State::Failed || process::is_given_up(tx, &event)?;
                    if has_failed {
                        process::revive(tx, &mut event, now)?;
                    }
                    Ok(Acceptance { event, duplicate: true, revived: has_failed })
                }
            })
            .await
    }

    /// A page of events, in [`EVENTS`](crate::query::EVENTS).
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn events(
        &self,
        actor: &Actor,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<InboundEvent>, InboundError> {
        may_manage(actor)?;
        self.work.read_slow(move |tx| Ok(tx.received().list(&filter, &page)?)).await
    }

    /// An event, and what it said.
    ///
    /// Errors: `MissingPermission`, `EventNotFound`, `Store`.
    pub async fn event(
        &self,
        actor: &Actor,
        id: InboundEventId,
    ) -> Result<(InboundEvent, Content), InboundError> {
        may_manage(actor)?;
        self.work
            .read(move |tx| {
                let event = tx.received().get(id)?;
                let content = tx.received().content(id)?;
                event.zip(content).ok_or(InboundError::EventNotFound(id))
            })
            .await
    }

    /// Processes a failed or ignored event again.
    ///
    /// Errors: `MissingPermission`, `EventNotFound`, `EventState`, `Store`.
    pub async fn retry(
        &self,
        actor: &Actor,
        id: InboundEventId,
    ) -> Result<InboundEvent, InboundError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let mut event = tx.received().lock(id)?.ok_or(InboundError::EventNotFound(id))?;
                let may_run = match event.state {
                    State::Failed | State::Ignored => true,
                    State::Received => process::is_given_up(tx, &event)?,
                    State::Processed | State::Superseded => false,
                };
                if !may_run {
                    return Err(InboundError::EventState(event.state));
                }
                process::revive(tx, &mut event, now)?;
                let target = ActTarget::numbered("webhook_event", id.get());
                let act = Act::by(&actor, now, "webhook_event.retried", target);
                tx.acts().record_act(&act.with_detail(event.source.as_str()))?;
                Ok(event)
            })
            .await
    }

    /// A page of payments, in [`PAYMENTS`](crate::query::PAYMENTS).
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn payments(
        &self,
        actor: &Actor,
        filter: PaymentFilter,
        page: PageRequest,
    ) -> Result<Page<Payment>, InboundError> {
        may_manage(actor)?;
        self.work.read(move |tx| Ok(tx.payments().list(&filter, &page)?)).await
    }

    /// A page of the caller's own payments, for the export of personal data.
    ///
    /// Errors: `Store`.
    pub async fn own_payments(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Payment>, InboundError> {
        let filter = PaymentFilter { user: Some(actor.user), ..PaymentFilter::default() };
        self.work.read(move |tx| Ok(tx.payments().list(&filter, &page)?)).await
    }

    /// A payment.
    ///
    /// Errors: `MissingPermission`, `PaymentNotFound`, `Store`.
    pub async fn payment(&self, actor: &Actor, id: PaymentId) -> Result<Payment, InboundError> {
        may_manage(actor)?;
        let found = self.work.read(move |tx| Ok::<_, InboundError>(tx.payments().get(id)?));
        found.await?.ok_or(InboundError::PaymentNotFound(id))
    }

    /// How many events wait and how many failed, for metrics.
    ///
    /// Errors: `Store`.
    pub async fn backlog(&self) -> Result<Backlog, InboundError> {
        self.work.read(|tx| Ok(tx.received().backlog()?)).await
    }

    /// Removes old events; returns how many.
    ///
    /// Errors: `Store`.
    pub async fn prune(&self) -> Result<u64, InboundError> {
        let now = self.clock.now();
        let (settled, failed) = (now.minus(KEPT), now.minus(FAILED_KEPT));
        let mut removed = 0;
        loop {
            let prune = self.work.write(move |tx| {
                Ok::<_, InboundError>(tx.received().prune(settled, failed, BATCH)?)
            });
            let count = prune.await?;
            removed += count;
            if count < u64::from(BATCH) {
                return Ok(removed);
            }
        }
    }

    /// Takes a deleted account off its payments, exactly once: a second delivery of the event fails with
    /// `Stale` and changes nothing. The payments stay, because others account for them.
    ///
    /// Errors: `Store`.
    pub async fn forget_user(&self, delivery: Delivery, user: UserId) -> Result<u64, InboundError> {
        let now = self.clock.now();
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                Ok(tx.payments().forget_user(user, now)?)
            })
            .await
    }

    /// Recurring maintenance.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        vec![Chore::of(self, "webhooks.prune_inbox", PRUNE, |inbound| async move {
            inbound.prune().await
        })]
    }

    /// Reactions to events of jobs and of accounts.
    pub fn consumers(self: &Arc<Self>) -> Vec<Consumer> {
        let (dead, forget) = (Arc::clone(self), Arc::clone(self));
        vec![
            Consumer::exactly_once("inbound.job_dead", &[DEAD], move |delivery| {
                let inbound = Arc::clone(&dead);
                async move {
                    let noted = inbound.note_dead(delivery).await;
                    noted.map_err(|error| ConsumerError::of(&error))
                }
            }),
            Consumer::forget_user("inbound.forget_user", move |delivery, user| {
                let inbound = Arc::clone(&forget);
                async move { inbound.forget_user(delivery, user).await }
            }),
        ]
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
