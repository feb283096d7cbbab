//! Stores of inbound events with one planted bug each: the case that promises otherwise must fail, or it proves
//! nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use inbound::{
    InboundEvent, InboundEventId, InboundStore, InboundTx, MarkStore, PaymentStore, SourceName,
    SourceStore, State as EventState,
    inbox::{Content, NewInboundEvent},
    kit::{CASES, Fixture},
    ports::Mark,
    query::{Backlog, EventFilter},
    values::{ExternalId, ObjectKey},
};
use kernel::{
    Access, Acts, BoxFuture, CommonTx, EmailQueue, EventRetries, IdempotencyStore, Inbox, Job,
    JobId, Jobs, Leases, NewJob, Outbox, Page, PageRequest, StoreError, Timestamp, UnitOfWork,
    Work,
    claim::Claim,
    job::{Cancellation, Enqueued, Heartbeat, JobClaim, JobRun, JobState, QueueSettings, RunEnd},
};
use pollster::block_on;

use crate::{MemoryDb, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Whether an event is known is looked up, and not a rule of the store (V3).
    LooksUpInstead,
    /// The end of a job that was overtaken is not refused, so its effect is outside of the fence (V3).
    EffectOutsideTheFence,
    /// That an event failed is not seen when it comes again (V4).
    ForgetsFailures,
    /// What was applied last is not remembered (V5).
    IgnoresMarks,
    /// A list shows what its filter does not name (V6).
    IgnoresTheFilter,
    /// The body is kept as text (V8).
    KeepsText,
    /// Failed events are removed with the others (B2).
    PrunesFailures,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn InboundTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn InboundTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

impl CommonTx for PlantedTx {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self.tx.outbox()
    }
    fn inbox(&mut self) -> &mut dyn Inbox {
        self.tx.inbox()
    }
    fn retries(&mut self) -> &mut dyn EventRetries {
        self.tx.retries()
    }
    fn idempotency(&mut self) -> &mut dyn IdempotencyStore {
        self.tx.idempotency()
    }
    fn leases(&mut self) -> &mut dyn Leases {
        self.tx.leases()
    }
    fn emails(&mut self) -> &mut dyn EmailQueue {
        self.tx.emails()
    }
    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }
    fn acts(&mut self) -> &mut dyn Acts {
        self.tx.acts()
    }
}

impl Jobs for PlantedTx {
    fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued, StoreError> {
        Jobs::enqueue(&mut self.tx, job, now)
    }
    fn enqueue_batch(
        &mut self,
        jobs: &[NewJob],
        follow_up: &NewJob,
        now: Timestamp,
    ) -> Result<JobId, StoreError> {
        self.tx.enqueue_batch(jobs, follow_up, now)
    }
    fn claim_jobs(&mut self, claim: &JobClaim<'_>, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        self.tx.claim_jobs(claim, now)
    }
    fn next_job(&mut self, queue: &str, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        self.tx.next_job(queue, kinds)
    }
    fn heartbeat(
        &mut self,
        claims: &[Claim<JobId>],
        until: Option<Timestamp>,
    ) -> Result<Vec<Heartbeat>, StoreError> {
        self.tx.heartbeat(claims, until)
    }
    fn finish(
        &mut self,
        claim: Claim<JobId>,
        end: &RunEnd,
        now: Timestamp,
    ) -> Result<JobState, StoreError> {
        let held = self.tx.heartbeat(&[claim], None)?.contains(&Heartbeat::Held);
        if self.bug == Bug::EffectOutsideTheFence && !held {
            return Ok(JobState::Succeeded);
        }
        self.tx.finish(claim, end, now)
    }
    fn succeed(
        &mut self,
        claims: &[Claim<JobId>],
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        self.tx.succeed(claims, now)
    }
    fn cancel(&mut self, id: JobId, now: Timestamp) -> Result<Option<Cancellation>, StoreError> {
        self.tx.cancel(id, now)
    }
    fn retry_job(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        self.tx.retry_job(id, now)
    }
    fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.tx.job(id)
    }
    fn runs(&mut self, id: JobId, limit: u32) -> Result<Vec<JobRun>, StoreError> {
        self.tx.runs(id, limit)
    }
    fn queue_settings(&mut self, name: &str) -> Result<QueueSettings, StoreError> {
        self.tx.queue_settings(name)
    }
    fn save_queue(&mut self, settings: &mut QueueSettings) -> Result<(), StoreError> {
        self.tx.save_queue(settings)
    }
}

impl InboundTx for PlantedTx {
    fn sources(&mut self) -> &mut dyn SourceStore {
        InboundTx::sources(&mut self.tx)
    }
    fn received(&mut self) -> &mut dyn InboundStore {
        self
    }
    fn marks(&mut self) -> &mut dyn MarkStore {
        self
    }
    fn payments(&mut self) -> &mut dyn PaymentStore {
        InboundTx::payments(&mut self.tx)
    }
}

impl InboundStore for PlantedTx {
    fn insert(&mut self, new: &NewInboundEvent) -> Result<Option<InboundEvent>, StoreError> {
        if self.bug == Bug::LooksUpInstead {
            // Another one looked at the same moment, so nothing is found.
            let id = format!(
                "{}#{}",
                new.external_id.as_str(),
                self.tx.state.domains.inbound.last_event
            );
            let twin =
                NewInboundEvent { external_id: ExternalId::parse(&id).unwrap(), ..new.clone() };
            return match InboundStore::insert(&mut self.tx, new)? {
                Some(event) => Ok(Some(event)),
                None => InboundStore::insert(&mut self.tx, &twin),
            };
        }
        InboundStore::insert(&mut self.tx, new)
    }
    fn get(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        InboundStore::get(&mut self.tx, id)
    }
    fn lock(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        InboundStore::lock(&mut self.tx, id)
    }
    fn lock_known(
        &mut self,
        source: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<InboundEvent>, StoreError> {
        let found = self.tx.lock_known(source, external_id)?;
        if self.bug == Bug::ForgetsFailures {
            return Ok(found.map(|event| InboundEvent { state: EventState::Processed, ..event }));
        }
        Ok(found)
    }
    fn save(&mut self, event: &InboundEvent) -> Result<(), StoreError> {
        InboundStore::save(&mut self.tx, event)
    }
    fn content(&mut self, id: InboundEventId) -> Result<Option<Content>, StoreError> {
        let found = self.tx.content(id)?;
        if self.bug == Bug::KeepsText {
            return Ok(found.map(|content| Content {
                body: String::from_utf8_lossy(&content.body).into_owned().into(),
                ..content
            }));
        }
        Ok(found)
    }
    fn list(
        &mut self,
        filter: &EventFilter,
        page: &PageRequest,
    ) -> Result<Page<InboundEvent>, StoreError> {
        let all = EventFilter::default();
        let filter = if self.bug == Bug::IgnoresTheFilter { &all } else { filter };
        InboundStore::list(&mut self.tx, filter, page)
    }
    fn backlog(&mut self) -> Result<Backlog, StoreError> {
        InboundStore::backlog(&mut self.tx)
    }
    fn prune(
        &mut self,
        settled_before: Timestamp,
        failed_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let failed_before =
            if self.bug == Bug::PrunesFailures { settled_before } else { failed_before };
        InboundStore::prune(&mut self.tx, settled_before, failed_before, limit)
    }
}

impl MarkStore for PlantedTx {
    fn lock_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
    ) -> Result<Option<Mark>, StoreError> {
        let mark = self.tx.lock_mark(source, object)?;
        Ok(mark.filter(|_| self.bug != Bug::IgnoresMarks))
    }
    fn set_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
        mark: Mark,
    ) -> Result<(), StoreError> {
        self.tx.set_mark(source, object, mark)
    }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let passes = |case: &kernel::kit::Case<Fixture>| {
        let fixture = Fixture { work: Arc::new(PlantedDb { inner: MemoryDb::new(), bug }) };
        catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture)))).is_ok()
    };
    CASES.iter().filter(|case| !passes(case)).map(|case| case.name).collect()
}

#[test]
fn each_bug_of_inbound_events_turns_its_case_red() {
    for (bug, case) in [
        (Bug::LooksUpInstead, "v3_a_delivery_that_comes_many_times_has_one_effect"),
        (Bug::EffectOutsideTheFence, "v3_a_worker_that_was_overtaken_has_no_effect"),
        (Bug::ForgetsFailures, "v4_a_redelivery_revives_what_failed"),
        (Bug::IgnoresMarks, "v5_what_is_older_than_what_was_applied_is_superseded"),
        (Bug::IgnoresTheFilter, "v6_a_list_shows_what_its_filter_names"),
        (Bug::KeepsText, "v8_content_comes_back_byte_for_byte"),
        (Bug::PrunesFailures, "b2_pruning_keeps_to_its_moments_and_limit"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
