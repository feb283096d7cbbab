//! From the stored event to its effect: a job in the lane of its object, whose unit has the effect, the state of
//! the event and the end of the job.

use std::sync::Arc;

use kernel::{
    Delivery, JobId, JobKind, NewJob, StoreError, Timestamp,
    job::{DEFAULT_QUEUE, JobContext, JobDone, JobError, JobState, MAX_ATTEMPTS, Priority},
};
use serde_json::{Value, json};

use super::Inbound;
use crate::{
    error::InboundError,
    events,
    handlers::{self, Effect},
    inbox::InboundEvent,
    payment::{Change, PaymentReport},
    ports::{InboundTx, Mark},
    values::{InboundEventId, State},
};

/// The kind of jobs that process events.
pub const PROCESS: &str = "webhooks.process";

/// Enqueues the job of an event. Events of one object wait for one another (V5).
pub(super) fn enqueue(
    tx: &mut dyn InboundTx,
    event: &InboundEvent,
    now: Timestamp,
) -> Result<JobId, StoreError> {
    let job = NewJob {
        kind: PROCESS.to_owned(),
        queue: DEFAULT_QUEUE.to_owned(),
        priority: Priority::Normal,
        max_attempts: MAX_ATTEMPTS,
        args: json!({ "event_id": event.id.get() }),
        run_at: None,
        lane: event
            .object
            .as_ref()
            .map(|object| format!("webhook:{}:{}", event.source, object.as_str())),
        unique: None,
        schedule: None,
        tick_at: None,
    };
    Ok(tx.jobs().enqueue(&job, now)?.id())
}

/// Which event a job is about.
fn read_args(args: &Value) -> Option<InboundEventId> {
    InboundEventId::parse(args.get("event_id")?.as_i64()?).ok()
}

fn state_of(tx: &mut dyn InboundTx, event: &InboundEvent) -> Result<Option<JobState>, StoreError> {
    let Some(id) = event.job else { return Ok(None) };
    Ok(tx.jobs().job(id)?.map(|job| job.state))
}

/// Whether an event waits for a job that was given up or cancelled, and the event does not say so yet.
pub(super) fn is_given_up(
    tx: &mut dyn InboundTx,
    event: &InboundEvent,
) -> Result<bool, StoreError> {
    let ended = matches!(state_of(tx, event)?, None | Some(JobState::Dead | JobState::Cancelled));
    Ok(event.state == State::Received && ended)
}

/// Makes an event due again that is locked: by its job, or by a new one where that is gone.
pub(super) fn revive(
    tx: &mut dyn InboundTx,
    event: &mut InboundEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let again = match event.job {
        Some(id) => tx.jobs().retry_job(id, now)?,
        None => false,
    };
    let is_live = again || state_of(tx, event)?.is_some_and(|state| !state.is_final());
    if !is_live {
        event.job = Some(enqueue(tx, event, now)?);
    }
    event.come_to(State::Received, now);
    tx.received().save(event)
}

/// Does what an event says, unless something newer was done to its object (V5); returns the event's state.
/// Its object is locked from here on.
fn apply(
    tx: &mut dyn InboundTx,
    event: &InboundEvent,
    effect: &Effect,
    now: Timestamp,
) -> Result<State, StoreError> {
    let mark = match effect {
        Effect::None => return Ok(State::Ignored),
        Effect::Payment(report) => {
            Some(Mark { applied_at: report.occurred_at, rank: report.state.rank() })
        }
        Effect::PullRequest(request) => {
            Some(Mark { applied_at: request.updated_at, rank: request.rank() })
        }
        Effect::Push(_) => None,
    };
    if let (Some(mark), Some(object)) = (mark, &event.object) {
        let applied = tx.marks().lock_mark(&event.source, object)?;
        if applied.is_some_and(|applied| mark < applied) {
            return Ok(State::Superseded);
        }
        tx.marks().set_mark(&event.source, object, mark)?;
    }
    match effect {
        Effect::Payment(report) => record_payment(tx, event, report, now)?,
        Effect::Push(push) => tx.outbox().append(&events::pushed(&event.source, push, now))?,
        Effect::PullRequest(request) => {
            tx.outbox().append(&events::pull_request(&event.source, request, now))?;
        }
        Effect::None => {}
    }
    Ok(State::Processed)
}

fn record_payment(
    tx: &mut dyn InboundTx,
    event: &InboundEvent,
    report: &PaymentReport,
    now: Timestamp,
) -> Result<(), StoreError> {
    let payment = match tx.payments().insert(&report.first(&event.source, now))? {
        Some(payment) => payment,
        None => {
            let known = tx.payments().lock(&event.source, &report.external_id)?;
            let mut payment = known.ok_or(StoreError::Contention)?;
            let change = payment.apply(report, now);
            tx.payments().save(&mut payment)?;
            if change == Change::Silent {
                return Ok(());
            }
            payment
        }
    };
    tx.outbox().append(&events::payment(&payment, now))
}

impl Inbound {
    /// The kinds of jobs of this domain.
    pub fn jobs(self: &Arc<Self>) -> Vec<JobKind> {
        let inbound = Arc::clone(self);
        vec![JobKind::new(PROCESS, move |context: JobContext| {
            let inbound = Arc::clone(&inbound);
            async move { inbound.process(context).await }
        })]
    }

    /// Processes the event of a job. The effect, the event's state and the job's end are one unit, which a worker
    /// that was overtaken cannot commit: the effect happens once (V3).
    async fn process(&self, context: JobContext) -> Result<JobDone, JobError> {
        let Some(id) = read_args(&context.job.args) else {
            return Err(JobError::Discard("its arguments name no event".to_owned()));
        };
        let failed = |error: StoreError| JobError::Failed(InboundError::Store(error).to_string());
        // Read and parsed before the transaction: what was received never changes, and is large sometimes.
        let found: Result<_, StoreError> = self
            .work
            .read(move |tx| Ok(tx.received().get(id)?.zip(tx.received().content(id)?)))
            .await;
        let effect = match found.map_err(failed)? {
            Some((event, content)) => handlers::read(&event, &content)
                .map_err(|error| JobError::Discard(error.to_string()))?,
            None => Effect::None,
        };
        let now = self.now();
        let done: Result<JobDone, StoreError> = self
            .work
            .write(move |tx| {
                let event = tx.received().lock(id)?;
                // Removed meanwhile, or another job has it.
                let due = event.filter(|event| {
                    event.state == State::Received && event.job == Some(context.job.id)
                });
                if let Some(mut event) = due {
                    let state = apply(tx, &event, &effect, now)?;
                    event.come_to(state, now);
                    tx.received().save(&event)?;
                }
                context.finish(tx, now)
            })
            .await;
        done.map_err(failed)
    }

    /// Notes that the job of an event was given up, exactly once: the event has failed, unless it was made due
    /// again meanwhile.
    pub(super) async fn note_dead(&self, delivery: Delivery) -> Result<(), InboundError> {
        let now = self.now();
        self.work
            .write(move |tx| {
                delivery.complete(tx)?;
                let job = JobId::parse(delivery.event.subject).ok();
                let ours =
                    delivery.event.payload.get("kind").and_then(Value::as_str) == Some(PROCESS);
                let Some(job) = job.filter(|_| ours) else { return Ok(()) };
                let Some(id) = tx.jobs().job(job)?.and_then(|job| read_args(&job.args)) else {
                    return Ok(());
                };
                let Some(mut event) = tx.received().lock(id)? else { return Ok(()) };
                if event.job == Some(job) && is_given_up(tx, &event)? {
                    event.come_to(State::Failed, now);
                    tx.received().save(&event)?;
                }
                Ok(())
            })
            .await
    }
}
