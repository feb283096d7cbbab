//! Runs the jobs that are due. Each has a slot of its own; a claim is a lease, which a heartbeat prolongs,
//! so that another process takes over what a dead one held. Looking at an idle queue is a read. A commit
//! that made jobs due wakes the workers; looking from time to time is for what is due later, and for what
//! other processes did whose hint was lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, RandomState},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use kernel::{
    Job, JobId, JobKind, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    job::{
        ClaimKind, Heartbeat, JobClaim, JobContext, JobDone, JobError, JobState, PriorityOrder,
        RunEnd,
    },
};
use rest::quiet::STORE;
use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, Id, JoinSet},
    time::{sleep, timeout},
};
use tracing::Instrument as _;

use super::{Base, chance, panic_message, stopped, successes::Successes};
use crate::telemetry::traces;

/// How often idle queues are looked at without a reason: one short read for each queue.
const LOOK: Duration = Duration::from_millis(200);
/// How often the jobs that run are looked at: a cancelled one is stopped within this time.
const BEAT: Duration = Duration::from_millis(500);
/// The longest pause while the database does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Each claim of this number begins with the low priority, so that low jobs are done, too.
const TURN: u64 = 8;

/// Runs jobs.
#[derive(Clone)]
pub struct Workers {
    base: Base,
    successes: Successes,
    kinds: Arc<[JobKind]>,
    /// Jobs that run simultaneously.
    slots: usize,
    lease: Duration,
    /// This process in the lines of runs.
    name: Arc<str>,
    /// Notified after a commit that made jobs due.
    enqueued: Arc<Notify>,
    /// How often idle queues are looked at.
    look: Duration,
}

/// The jobs that run here.
#[derive(Default)]
pub struct Slots {
    running: JoinSet<()>,
    held: BTreeMap<Id, Held>,
    claims: u64,
}

/// A claim that this process holds.
struct Held {
    claim: Claim<JobId>,
    /// When the lease was last known to hold, by a clock that never jumps.
    since: Instant,
    task: AbortHandle,
    /// Heartbeats in a row that found it stale.
    stale: u32,
    cancelled: bool,
}

impl Slots {
    /// True when no job runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Waits until some of them have ended.
    pub async fn ended(&mut self) {
        let mut next = self.running.join_next_with_id().await;
        while let Some(ended) = next {
            let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
            if self.held.get(&id).is_none_or(|held| !held.cancelled) {
                self.held.remove(&id);
            }
            // Their slots are filled by one claim.
            next = self.running.try_join_next_with_id();
        }
    }

    /// Claims of jobs that were stopped because they were cancelled, and have stopped.
    fn stopped(&mut self) -> Vec<Claim<JobId>> {
        let over = |held: &Held| held.cancelled && held.task.is_finished();
        let ids: Vec<Id> =
            self.held.iter().filter(|(_, held)| over(held)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.held.remove(&id)).map(|held| held.claim).collect()
    }
}

impl Workers {
    /// Without slots nothing runs.
    pub fn new(base: Base, kinds: Vec<JobKind>, slots: usize, lease: Duration) -> Self {
        let chance = RandomState::new().hash_one(0) as u32;
        let name = format!("{}-{chance:08x}", std::process::id()).into();
        let enqueued = Arc::default();
        let successes = Successes::new(base.clone());
        Self { base, successes, kinds: kinds.into(), slots, lease, name, enqueued, look: LOOK }
    }

    /// The same, woken by `enqueued`.
    #[must_use]
    pub fn woken_by(mut self, enqueued: Arc<Notify>) -> Self {
        self.enqueued = enqueued;
        self
    }

    /// The same, looking at idle queues at this interval.
    #[must_use]
    pub const fn looking_every(mut self, look: Duration) -> Self {
        self.look = look;
        self
    }

    /// Runs what is due until it is stopped; then waits for the jobs that run, for at most `drain`, and
    /// hands the others back.
    pub async fn run(self, mut stop: watch::Receiver<bool>, drain: Duration) {
        if self.slots == 0 || self.kinds.is_empty() {
            return;
        }
        // Counters that appear with their first event hide it from `increase()`.
        for kind in &*self.kinds {
            for outcome in ["succeeded", "failed", "dead"] {
                metrics::counter!("alveole_job_runs_total", "kind" => kind.name, "outcome" => outcome)
                    .increment(0);
            }
        }
        tracing::info!(worker = %self.name, slots = self.slots, "jobs are run here");
        let (mut slots, mut failures) = (Slots::default(), 0_u32);
        let (mut beat, mut until) = (Instant::now(), None);
        loop {
            if *stop.borrow() && until.is_none() {
                until = Some(Instant::now() + drain);
            }
            if until.is_some_and(|until| slots.is_empty() || Instant::now() >= until) {
                break;
            }
            let looked = match until {
                None => self.fill(&mut slots).await,
                Some(_) => Ok(()),
            };
            failures = if looked.is_ok() { 0 } else { failures + 1 };
            if let Err(error) = looked {
                rest::warn_once_a_minute!(STORE; %error, "jobs have to wait");
            }
            if beat.elapsed() >= BEAT {
                beat = Instant::now();
                self.beat(&mut slots).await;
            }
            let pause = match failures {
                0 => self.look,
                failures => LOOK.saturating_mul(1 << failures.min(5)).min(LONGEST_PAUSE),
            };
            let pause = if slots.is_empty() { pause } else { pause.min(BEAT) };
            tokio::select! {
                () = slots.ended(), if !slots.is_empty() => {}
                () = self.enqueued.notified(), if failures == 0 && until.is_none() => {}
                () = sleep(pause) => {}
                () = stopped(&mut stop), if until.is_none() => {}
            }
        }
        self.hand_back(slots).await;
    }

    /// Claims as many due jobs as there are free slots and starts them.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn fill(&self, slots: &mut Slots) -> Result<(), StoreError> {
        let queues: BTreeSet<&'static str> = self.kinds.iter().map(|kind| kind.queue).collect();
        for queue in queues {
            let free = self.slots.saturating_sub(slots.running.len());
            if free == 0 {
                break;
            }
            for job in self.claim(queue, free, slots).await? {
                let since = Instant::now();
                let Some(kind) = self.kinds.iter().find(|kind| kind.name == job.kind) else {
                    continue;
                };
                let claim = job.claim();
                let task = slots.running.spawn(self.clone().attempt(kind.clone(), job));
                let held = Held { claim, since, task: task.clone(), stale: 0, cancelled: false };
                slots.held.insert(task.id(), held);
            }
        }
        Ok(())
    }

    async fn claim(
        &self,
        queue: &'static str,
        free: usize,
        slots: &mut Slots,
    ) -> Result<Vec<Job>, StoreError> {
        let now = self.base.clock.now();
        let of_queue = self.kinds.iter().filter(|kind| kind.queue == queue);
        let kinds: Vec<ClaimKind<'static>> =
            of_queue.map(|kind| ClaimKind { name: kind.name, limit: kind.limit }).collect();
        let names: Vec<&'static str> = kinds.iter().map(|kind| kind.name).collect();
        let looked = self.base.work.read(move |tx| {
            let is_paused = tx.jobs().queue_settings(queue)?.paused;
            Ok(if is_paused { None } else { tx.jobs().next_job(queue, &names)? })
        });
        let due: Option<Timestamp> = looked.await?;
        if due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        slots.claims += 1;
        let order = match slots.claims % TURN {
            0 => PriorityOrder::LowestFirst,
            _ => PriorityOrder::HighestFirst,
        };
        let (worker, until) = (Arc::clone(&self.name), now.plus(self.lease));
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        self.base
            .work
            .write(move |tx| {
                let claim = JobClaim { queue, kinds: &kinds, worker: &worker, until, limit, order };
                tx.jobs().claim_jobs(&claim, now)
            })
            .await
    }

    /// Looks whether the claims still hold, prolongs them in good time, and stops what was cancelled or
    /// overtaken.
    pub async fn beat(&self, slots: &mut Slots) {
        let claims: Vec<Claim<JobId>> = slots.held.values().map(|held| held.claim).collect();
        if !claims.is_empty() {
            let oldest = slots.held.values().map(|held| held.since).min();
            let prolongs = oldest.is_some_and(|since| since.elapsed() >= self.lease / 3);
            let (beat, now) = (Instant::now(), self.base.clock.now());
            let until = prolongs.then(|| now.plus(self.lease));
            let said: Result<Vec<Heartbeat>, StoreError> = match until {
                None => self.base.work.read(move |tx| tx.jobs().heartbeat(&claims, None)).await,
                until => self.base.work.write(move |tx| tx.jobs().heartbeat(&claims, until)).await,
            };
            match said {
                Ok(said) => self.heard(slots, &said, prolongs.then_some(beat)),
                Err(error) => {
                    rest::warn_once_a_minute!(STORE; %error, "the leases of jobs were not prolonged");
                }
            }
        }
        for held in slots.held.values_mut() {
            // By now another worker may have it: what this one still does must not go on for long.
            if held.since.elapsed() > self.lease {
                held.task.abort();
            }
        }
        for claim in slots.stopped() {
            self.end(claim, &RunEnd::Cancelled).await;
        }
    }

    fn heard(&self, slots: &mut Slots, said: &[Heartbeat], prolonged: Option<Instant>) {
        for (held, said) in slots.held.values_mut().zip(said) {
            if *said != Heartbeat::Stale {
                held.since = prolonged.unwrap_or(held.since);
            }
            match said {
                Heartbeat::Held => held.stale = 0,
                Heartbeat::Cancelled => {
                    held.cancelled = true;
                    held.task.abort();
                }
                // A job that has just ended is stale, too, until its task has.
                Heartbeat::Stale => {
                    held.stale += 1;
                    if held.stale > 1 {
                        let job = held.claim.id.get();
                        tracing::warn!(job, worker = %self.name, "a job was overtaken and is stopped");
                        held.task.abort();
                    }
                }
            }
        }
    }

    /// Ends a run outside of its task.
    async fn end(&self, claim: Claim<JobId>, end: &RunEnd) {
        let (now, end) = (self.base.clock.now(), end.clone());
        let ended: Result<JobState, StoreError> =
            self.base.work.write(move |tx| tx.jobs().finish(claim, &end, now)).await;
        match ended {
            Ok(_) | Err(StoreError::Stale) => {}
            Err(error) => {
                tracing::debug!(%error, "the end of a run was not written; its lease ends");
            }
        }
    }

    /// Stops the jobs that run and makes them due again.
    pub async fn hand_back(&self, mut slots: Slots) {
        slots.running.shutdown().await;
        for held in slots.held.into_values() {
            tracing::info!(job = held.claim.id.get(), worker = %self.name, "handed back unfinished");
            self.end(held.claim, &RunEnd::HandedBack).await;
        }
    }

    /// Runs a claimed job and writes how it ended. A panic and a run that takes too long have failed.
    async fn attempt(self, kind: JobKind, job: Job) {
        let (claim, began) = (job.claim(), Instant::now());
        let (id, attempt, of) = (job.id.get(), job.attempt, kind.name);
        let span = traces::running(&job);
        let context = JobContext { job: Arc::new(job) };
        let run = AssertUnwindSafe(async { (kind.run)(context).await }).catch_unwind();
        let done = match timeout(kind.timeout, run.instrument(span)).await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => Err(JobError::Failed(panic_message(&*panic))),
            Err(_) => {
                let most = kind.timeout.as_secs_f64();
                Err(JobError::Failed(format!("it took longer than {most} seconds")))
            }
        };
        let duration_ms = began.elapsed().as_millis() as u64;
        let end = match done {
            Ok(JobDone::Done) => RunEnd::Succeeded,
            Ok(JobDone::DoneInside) => {
                metrics::counter!("alveole_job_runs_total", "kind" => of, "outcome" => "succeeded")
                    .increment(1);
                tracing::info!(job = id, kind = of, attempt, duration_ms, "a job is done");
                return;
            }
            Ok(JobDone::RetryAt(until)) => RunEnd::Postponed { until },
            Err(JobError::Discard(error)) => RunEnd::Discarded { error },
            Err(JobError::Failed(error)) => {
                let pause = kind.pause(attempt, chance());
                RunEnd::Failed { error, retry_at: self.base.clock.now().plus(pause) }
            }
        };
        let written = match end {
            RunEnd::Succeeded if self.successes.end(claim).await => Ok(JobState::Succeeded),
            _ => self.write_end(claim, &end).await,
        };
        let outcome = match (&end, &written) {
            (_, Ok(JobState::Dead)) => "dead",
            (RunEnd::Failed { .. } | RunEnd::Discarded { .. }, _) => "failed",
            (RunEnd::Postponed { .. }, _) => "postponed",
            _ => "succeeded",
        };
        metrics::counter!("alveole_job_runs_total", "kind" => of, "outcome" => outcome)
            .increment(1);
        let worker = &*self.name;
        match (&end, written) {
            (_, Err(error)) => {
                tracing::warn!(job = id, kind = of, worker, %error, "the end of a job was not written");
            }
            (RunEnd::Failed { error, .. } | RunEnd::Discarded { error }, Ok(state)) => {
                let state = state.as_str();
                tracing::warn!(job = id, kind = of, attempt, worker, state, error, "a job failed");
            }
            (_, Ok(state)) => {
                let state = state.as_str();
                tracing::info!(job = id, kind = of, attempt, state, duration_ms, "a job ran");
            }
        }
    }

    /// Writes the end of a run, again and again until the lease ends while the database is away.
    async fn write_end(&self, claim: Claim<JobId>, end: &RunEnd) -> Result<JobState, StoreError> {
        let mut pause = LOOK;
        loop {
            let (now, end) = (self.base.clock.now(), end.clone());
            let is_success = end == RunEnd::Succeeded;
            let written: Result<JobState, StoreError> =
                self.base.work.write(move |tx| tx.jobs().finish(claim, &end, now)).await;
            match written {
                // Cancelled meanwhile, unless it was overtaken: then this is stale, too.
                Err(StoreError::Stale) if is_success => {
                    let now = self.base.clock.now();
                    return self
                        .base
                        .work
                        .write(move |tx| tx.jobs().finish(claim, &RunEnd::Cancelled, now))
                        .await;
                }
                Ok(_) | Err(StoreError::Stale) => return written,
                // The heartbeat stops this task when the lease has ended.
                Err(error) => {
                    rest::warn_once_a_minute!(STORE; %error, "the end of a job has to wait");
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
