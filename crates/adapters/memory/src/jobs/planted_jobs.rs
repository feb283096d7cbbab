//! Queues of jobs with one planted bug each: the case that promises otherwise must fail.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{
    Access, BoxFuture, CommonTx, Job, JobId, Jobs, NewJob, StoreError, Timestamp, UnitOfWork, Work,
    claim::Claim,
    job::{Cancellation, Enqueued, Heartbeat, JobClaim, JobRun, JobState, QueueSettings, RunEnd},
    kit::{CommonFixture, jobs::CASES},
};
use pollster::block_on;

use crate::{MemoryDb, state::State, tx::MemoryTx};

/// What is wrong with a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A run is finished whatever its number.
    FinishesWithoutRun,
    /// Who has a unique key is looked up before those who enqueue at the same moment have committed.
    LooksKeysUp,
    /// The next job of a lane is queued when the one before starts.
    PromotesEarly,
    /// A claim returns one job more than its limit.
    ExceedsLimits,
    /// A lost run does not count as an attempt.
    ForgetsLostRuns,
    /// A cancellation does not stop a worker that succeeds.
    IgnoresCancellations,
    /// A paused queue goes on.
    IgnoresPauses,
    /// A job that becomes dead says nothing.
    DiesSilently,
}

struct PlantedDb {
    inner: MemoryDb,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn CommonTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn CommonTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let tx_inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: tx_inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

impl CommonTx for PlantedTx {
    fn outbox(&mut self) -> &mut dyn kernel::Outbox {
        self.tx.outbox()
    }
    fn inbox(&mut self) -> &mut dyn kernel::Inbox {
        self.tx.inbox()
    }
    fn retries(&mut self) -> &mut dyn kernel::EventRetries {
        self.tx.retries()
    }
    fn idempotency(&mut self) -> &mut dyn kernel::IdempotencyStore {
        self.tx.idempotency()
    }
    fn leases(&mut self) -> &mut dyn kernel::Leases {
        self.tx.leases()
    }
    fn emails(&mut self) -> &mut dyn kernel::EmailQueue {
        self.tx.emails()
    }
    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }
    fn acts(&mut self) -> &mut dyn kernel::Acts {
        self.tx.acts()
    }
}

impl PlantedTx {
    fn all(&self) -> Vec<Job> {
        self.tx.state.domains.jobs.jobs.values().map(|row| row.job.clone()).collect()
    }
}

impl Jobs for PlantedTx {
    fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued, StoreError> {
        let mut job = job.clone();
        let key = job.unique.as_ref().map(|unique| unique.key.clone());
        let is_new =
            |other: &Job| other.unique_key == key && other.enqueued_at == now && other.run == 0;
        if self.bug == Bug::LooksKeysUp && key.is_some() && self.all().iter().any(is_new) {
            job.unique = None;
        }
        self.tx.enqueue(&job, now)
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
        let mut claim = *claim;
        match self.bug {
            Bug::ExceedsLimits => claim.limit += 1,
            Bug::IgnoresPauses => {
                Arc::make_mut(&mut self.tx.state.domains.jobs.queues).clear();
            }
            Bug::ForgetsLostRuns => {
                for job in self.all().iter().filter(|job| job.state == JobState::Running) {
                    if job.due_at <= now {
                        self.tx.change_job(job.id, |row| row.job.attempt = 0);
                    }
                }
            }
            _ => {}
        }
        let claimed = self.tx.claim_jobs(&claim, now)?;
        if self.bug == Bug::PromotesEarly {
            for lane in claimed.iter().filter_map(|job| job.lane.as_deref()) {
                let waits = |job: &&Job| {
                    job.state == JobState::Waiting && job.lane.as_deref() == Some(lane)
                };
                if let Some(next) = self.all().iter().find(waits) {
                    self.tx.change_job(next.id, |row| row.job.state = JobState::Queued);
                }
            }
        }
        Ok(claimed)
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
        let mut claim = claim;
        if let Some(job) = self.tx.job(claim.id)? {
            match self.bug {
                Bug::FinishesWithoutRun => claim.run = job.run,
                Bug::IgnoresCancellations => {
                    self.tx.change_job(claim.id, |row| row.job.cancel_at = None);
                }
                _ => {}
            }
        }
        let events = Arc::clone(&self.tx.state.events);
        let state = self.tx.finish(claim, end, now)?;
        if self.bug == Bug::DiesSilently {
            self.tx.state.events = events;
        }
        Ok(state)
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

/// The cases that fail on a queue with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture =
        || CommonFixture { work: Arc::new(PlantedDb { inner: MemoryDb::default(), bug }) };
    let passes = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_ok();
    let failed = CASES.iter().filter(|case| !passes(&|| block_on((case.run)(fixture()))));
    failed.map(|case| case.name).collect()
}

#[test]
fn each_bug_turns_its_case_red() {
    for (bug, case) in [
        (Bug::FinishesWithoutRun, "j5_a_stale_claim_finishes_nothing"),
        (Bug::LooksKeysUp, "j7_of_many_enqueues_under_one_key_one_makes_a_job"),
        (Bug::PromotesEarly, "j9_a_retry_keeps_the_lane_and_an_end_frees_it"),
        (Bug::ExceedsLimits, "j3_of_many_claims_each_job_is_in_one_answer"),
        (Bug::ForgetsLostRuns, "j6_a_job_that_loses_its_last_attempt_is_dead"),
        (Bug::IgnoresCancellations, "j12_of_cancellation_and_finish_the_first_wins"),
        (Bug::DiesSilently, "j21_a_job_that_becomes_dead_says_so_in_that_unit"),
        (Bug::IgnoresPauses, "j18_nothing_of_a_paused_queue_is_claimed"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
