//! Jobs: work for later, promised by the transaction that is its reason. Whichever process dies on the
//! way, the work is done; its effects in the database happen once.
//!
//! A job is claimed under a lease (see [`claim`](crate::claim)). The worker writes the effect and calls
//! [`Jobs::finish`] in one unit: a worker that slept past its lease commits neither.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Audience, BoxFuture, CommonTx, NewEvent, Permission, Recurrence, StoreError, Timestamp,
    claim::{Claim, Claimed, backoff},
    id, words,
};

id!(
    /// A job.
    JobId
);

words!(
    /// Which jobs of a queue come first.
    Priority {
        /// Before all others.
        Urgent = 0 "urgent",
        /// Before the usual ones.
        High = 1 "high",
        /// The usual one.
        Normal = 2 "normal",
        /// After all others; every eighth claim begins here, so that they are done, too.
        Low = 3 "low",
    }
);

words!(
    /// How far a job has come.
    JobState {
        /// Waits for its time and for a worker.
        Queued = 0 "queued",
        /// Failed, and waits for its next attempt.
        Retrying = 1 "retrying",
        /// A worker has claimed it.
        Running = 2 "running",
        /// Done.
        Succeeded = 3 "succeeded",
        /// Given up.
        Dead = 4 "dead",
        /// Cancelled by hand.
        Cancelled = 5 "cancelled",
        /// Waits for an earlier job of its lane, or for the jobs of its batch.
        Waiting = 6 "waiting",
    }
);

impl JobState {
    /// True when no worker will run it any more, unless it is retried by hand.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

words!(
    /// How one run of a job ended.
    RunOutcome {
        /// It has not ended.
        Running = 0 "running",
        /// It did its work.
        Succeeded = 1 "succeeded",
        /// It failed.
        Failed = 2 "failed",
        /// It asked for another time.
        Postponed = 3 "postponed",
        /// It was cancelled.
        Cancelled = 4 "cancelled",
        /// Its worker died, or slept past its lease.
        Lost = 5 "lost",
        /// Its worker stopped before the end.
        HandedBack = 6 "handed_back",
    }
);

/// The longest error that is kept, in bytes.
pub const ERROR_MAX: usize = 4096;

/// `error` as it is kept: cut to [`ERROR_MAX`] bytes, without the NUL character, which PostgreSQL has not.
pub fn bounded(error: &str) -> String {
    let error = error.replace('\0', " ");
    error.get(..error.floor_char_boundary(ERROR_MAX)).unwrap_or_default().to_owned()
}

/// When a unique key is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// When the job starts: what is enqueued meanwhile runs afterwards.
    Start,
    /// When the job has ended.
    Finish,
    /// At this time, whatever became of the job.
    At(Timestamp),
}

/// What a second enqueue under a unique key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// Nothing.
    Keep,
    /// It changes arguments and due time of a job that never started.
    Replace,
}

/// At most one job of a kind has this key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The key.
    pub key: String,
    /// When it is free again.
    pub release: Release,
    /// What a second enqueue does.
    pub meeting: Meeting,
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The name of its kind.
    pub kind: String,
    /// Its queue.
    pub queue: String,
    /// Which jobs of the queue come first.
    pub priority: Priority,
    /// Attempts before it is dead.
    pub max_attempts: u32,
    /// What its handler is given.
    pub args: Value,
    /// Not before this; none: now.
    pub run_at: Option<Timestamp>,
    /// Jobs of one lane run one at a time, in the order in which they were enqueued.
    pub lane: Option<String>,
    /// At most one job has this key.
    pub unique: Option<Unique>,
    /// The schedule that it is for.
    pub schedule: Option<String>,
    /// The tick of the schedule; none when an administrator enqueued it.
    pub tick_at: Option<Timestamp>,
}

impl NewJob {
    /// The same, not before `at`.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.run_at = Some(at);
        self
    }

    /// The same, in a lane.
    #[must_use]
    pub fn in_lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = Some(lane.into());
        self
    }

    /// The same, at most once under a key.
    #[must_use]
    pub fn unique(mut self, key: impl Into<String>, release: Release, meeting: Meeting) -> Self {
        self.unique = Some(Unique { key: key.into(), release, meeting });
        self
    }

    /// The same, for a schedule and one of its ticks.
    #[must_use]
    pub fn of_schedule(mut self, name: impl Into<String>, tick_at: Option<Timestamp>) -> Self {
        self.schedule = Some(name.into());
        self.tick_at = tick_at;
        self
    }
}

/// What came of an enqueue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// A new job.
    New(JobId),
    /// The job that has the unique key.
    Already(JobId),
}

impl Enqueued {
    /// The job.
    pub const fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Already(id) => id,
        }
    }
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// The name of its kind.
    pub kind: String,
    /// Its queue.
    pub queue: String,
    /// Which jobs of the queue come first.
    pub priority: Priority,
    /// How far it has come.
    pub state: JobState,
    /// What its handler is given.
    pub args: Value,
    /// When it may be claimed next: its time while it waits, the end of its lease while it runs.
    pub due_at: Timestamp,
    /// When it was enqueued, or retried by hand.
    pub enqueued_at: Timestamp,
    /// Attempts so far; those that were handed back or postponed do not count.
    pub attempt: u32,
    /// Attempts before it is dead.
    pub max_attempts: u32,
    /// Claims so far.
    pub run: i64,
    /// The worker that claimed it last.
    pub worker: Option<String>,
    /// When it was claimed last.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Its lane.
    pub lane: Option<String>,
    /// Its unique key, until that is released.
    pub unique_key: Option<String>,
    /// Enqueues that met its unique key.
    pub merged: i64,
    /// The follow-up of its batch.
    pub batch: Option<JobId>,
    /// Jobs of its own batch that have not ended.
    pub pending: i64,
    /// When it was cancelled while it ran.
    pub cancel_at: Option<Timestamp>,
    /// What failed last.
    pub error: Option<String>,
    /// The schedule that it is for.
    pub schedule: Option<String>,
    /// The tick of the schedule; none when an administrator enqueued it.
    pub tick_at: Option<Timestamp>,
    /// The W3C `traceparent` of the span that enqueued it, noted by the store where traces are taken.
    pub traceparent: Option<String>,
}

impl Claimed for Job {
    type Id = JobId;
    fn claim(&self) -> Claim<JobId> {
        Claim { id: self.id, run: self.run }
    }
}

/// One run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// Its number.
    pub run: i64,
    /// The worker.
    pub worker: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; none while it runs, and when it was lost.
    pub duration: Option<Duration>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What failed.
    pub error: Option<String>,
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// The work is done.
    Succeeded,
    /// It failed; the next attempt is at this time, if the job has one left.
    Failed {
        /// What failed.
        error: String,
        /// When to try again.
        retry_at: Timestamp,
    },
    /// It failed in a way that no other attempt would change.
    Discarded {
        /// What failed.
        error: String,
    },
    /// It asks for another time. The run does not count as an attempt.
    Postponed {
        /// When to run again.
        until: Timestamp,
    },
    /// The worker stops. The job is due now, and the run does not count as an attempt.
    HandedBack,
    /// The worker stopped it because it was cancelled.
    Cancelled,
}

/// What an end makes of a job; the same on every store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The state.
    pub state: JobState,
    /// Attempts that count.
    pub attempt: u32,
    /// When it is due again; none when it has ended.
    pub due_at: Option<Timestamp>,
    /// How the run ended.
    pub outcome: RunOutcome,
    /// What failed.
    pub error: Option<String>,
}

impl RunEnd {
    /// What it makes of a job that is in its `attempt`th attempt.
    ///
    /// # Errors
    ///
    /// Stale when the job was cancelled before it succeeded (J12).
    pub fn transition(
        &self,
        attempt: u32,
        max_attempts: u32,
        is_cancelled: bool,
        now: Timestamp,
    ) -> Result<Transition, StoreError> {
        let uncounted = attempt.saturating_sub(1);
        let again = if uncounted == 0 { JobState::Queued } else { JobState::Retrying };
        let (state, attempt, due_at, outcome, error) = match self {
            Self::Succeeded if is_cancelled => return Err(StoreError::Stale),
            Self::Succeeded => (JobState::Succeeded, attempt, None, RunOutcome::Succeeded, None),
            Self::Failed { error, retry_at } if attempt < max_attempts => {
                (JobState::Retrying, attempt, Some(*retry_at), RunOutcome::Failed, Some(error))
            }
            Self::Failed { error, .. } | Self::Discarded { error } => {
                (JobState::Dead, attempt, None, RunOutcome::Failed, Some(error))
            }
            Self::Postponed { until } => {
                (again, uncounted, Some(*until), RunOutcome::Postponed, None)
            }
            Self::HandedBack => (again, uncounted, Some(now), RunOutcome::HandedBack, None),
            Self::Cancelled => (JobState::Cancelled, attempt, None, RunOutcome::Cancelled, None),
        };
        let error = error.map(|error| bounded(error));
        let transition = Transition { state, attempt, due_at, outcome, error };
        if is_cancelled {
            return Ok(Transition { state: JobState::Cancelled, due_at: None, ..transition });
        }
        Ok(transition)
    }
}

/// What is kept of a job that lost its last attempt with its worker.
pub const LOST: &str = "its worker died or slept past its lease in the last attempt";

/// A job was given up.
pub const DEAD: &str = "job.dead.v1";

/// A job that was given up, as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeadJobSnapshot {
    /// The job.
    #[schemars(with = "JobId")]
    pub id: i64,
    /// What it was to do, such as `notifications.send`.
    pub kind: String,
    /// The queue it was in.
    pub queue: String,
    /// How often it was tried.
    pub attempt: u32,
    /// How often it could be tried.
    pub max_attempts: u32,
    /// Why its last attempt failed.
    pub error: Option<String>,
    /// The schedule that enqueued it.
    pub schedule: Option<String>,
    /// When it was enqueued.
    #[schemars(with = "Timestamp")]
    pub enqueued_at: String,
}

/// The event of a job that was given up. The JSON is public.
pub fn dead(job: &Job, now: Timestamp) -> NewEvent {
    NewEvent {
        name: DEAD,
        at: now,
        actor: None,
        subject: job.id.get(),
        audience: vec![Audience::holders(Permission::JobsManage)],
        payload: serde_json::json!(DeadJobSnapshot {
            id: job.id.get(),
            kind: job.kind.clone(),
            queue: job.queue.clone(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            error: job.error.clone(),
            schedule: job.schedule.clone(),
            enqueued_at: job.enqueued_at.to_string(),
        }),
        request_id: None,
    }
}

/// A kind that a worker can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimKind<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many of its jobs may run at a time, over all workers.
    pub limit: Option<u32>,
}

/// Where a claim begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorityOrder {
    /// With the urgent jobs.
    HighestFirst,
    /// With the low ones.
    LowestFirst,
}

/// What a worker asks for.
#[derive(Debug, Clone, Copy)]
pub struct JobClaim<'a> {
    /// From this queue.
    pub queue: &'a str,
    /// What it can run.
    pub kinds: &'a [ClaimKind<'a>],
    /// The worker.
    pub worker: &'a str,
    /// The end of the lease.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// Where to begin.
    pub order: PriorityOrder,
}

/// What a heartbeat says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// It holds.
    Held,
    /// The job was cancelled; its worker stops it.
    Cancelled,
    /// Another claim has overtaken it, or the job has ended.
    Stale,
}

/// What came of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It never runs.
    Done,
    /// It runs; its worker stops it at the next heartbeat.
    Requested,
    /// It had ended before.
    TooLate(JobState),
}

/// What an administrator sets for a queue. A queue without a row runs, without a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// Its name.
    pub name: String,
    /// True when nothing of it is claimed.
    pub paused: bool,
    /// How many of its jobs may run at a time, over all workers.
    pub concurrency: Option<u32>,
    /// Counts the changes; 0 when there was none.
    pub version: i64,
}

impl QueueSettings {
    /// Those of a queue without a row.
    pub fn unchanged(name: impl Into<String>) -> Self {
        Self { name: name.into(), paused: false, concurrency: None, version: 0 }
    }
}

/// The queue of jobs.
///
/// * J1 a job exists exactly when the unit that enqueued it committed, with every field as given;
/// * J2 no claim returns a job before its `run_at`;
/// * J3 of many claims at the same moment each job is in one answer, never more than `limit`;
/// * J4 within a queue and a priority those that have been due longest come first; `LowestFirst`
///   begins with the low ones;
/// * J5 `finish` names the claim: with one that was overtaken or has ended it reports `Stale`, so that
///   the unit with the effect does not commit;
///   `succeed` ends all that still hold and were not cancelled, and says which those are;
/// * J6 a job whose lease ended is claimed again, and the lost run counts as an attempt; one that has no
///   attempt left is dead instead;
/// * J7 of many enqueues with one kind and unique key at the same moment one makes a job and the others
///   return its id; when that one rolls back, another takes its place;
/// * J8 the key is free again when the job starts, has ended, or at a time, as it says; `Replace` changes
///   arguments and due time of a job that never started, and of no other;
/// * J9 the jobs of a lane run one at a time, in the order of enqueueing; a retry keeps the lane, an end
///   frees it for the next, a retry by hand joins its end;
/// * J10 the live leases of a kind or a queue never exceed its limit, whoever claims;
/// * J11 the follow-up of a batch waits until its last job has ended, and is queued once;
/// * J12 a job that is cancelled before it starts never runs; a cancellation of a running one is in its
///   next heartbeat, and of cancellation and `finish` the first to commit wins;
/// * J16 a run that is handed back leaves the job due now and does not count as an attempt;
/// * J17 neither ended jobs nor those due later are in a claim, and `next_due` is a read;
/// * J18 nothing of a paused queue is claimed; settings are saved only over the version that was read;
/// * J19 a job of a kind that is not named is left to others;
/// * J20 every run has a line with its worker, start, duration, outcome and error;
/// * J21 a job that becomes dead, at the end of a run or because it lost its last one, appends [`DEAD`] in
///   the unit that makes it so.
pub trait Jobs {
    /// Enqueues a job.
    fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued, StoreError>;
    /// Enqueues the jobs of a batch, and `follow_up` for when all of them have ended, however they did.
    /// Those whose unique key is taken are not in the batch. The lane and the key of `follow_up` are
    /// ignored. Returns the follow-up.
    fn enqueue_batch(
        &mut self,
        jobs: &[NewJob],
        follow_up: &NewJob,
        now: Timestamp,
    ) -> Result<JobId, StoreError>;
    /// Claims jobs that are due. The jobs of one answer have no particular order.
    fn claim_jobs(&mut self, claim: &JobClaim<'_>, now: Timestamp) -> Result<Vec<Job>, StoreError>;
    /// When the first job of these kinds is due (J17).
    fn next_job(&mut self, queue: &str, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError>;
    /// Says of each claim, in order, whether it holds. With `until` it also prolongs the leases, those of
    /// cancelled jobs, too; without, it is a read.
    fn heartbeat(
        &mut self,
        claims: &[Claim<JobId>],
        until: Option<Timestamp>,
    ) -> Result<Vec<Heartbeat>, StoreError>;
    /// Ends a run; returns what the job is now. After a cancellation every end but `Succeeded` leaves
    /// it cancelled. Errors: Stale (J5, J12).
    fn finish(
        &mut self,
        claim: Claim<JobId>,
        end: &RunEnd,
        now: Timestamp,
    ) -> Result<JobState, StoreError>;
    /// Ends runs that did their work, many in one unit; says of each, in order, whether it ended it. Others
    /// were overtaken or cancelled, and are as they were (J5, J12).
    fn succeed(&mut self, claims: &[Claim<JobId>], now: Timestamp)
    -> Result<Vec<bool>, StoreError>;
    /// Cancels a job; `None` when there is no such job.
    fn cancel(&mut self, id: JobId, now: Timestamp) -> Result<Option<Cancellation>, StoreError>;
    /// Makes a dead or cancelled job due now, with all its attempts; it leaves its batch, which has
    /// counted it. False when the job is not there or neither.
    fn retry_job(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError>;
    /// A job.
    fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError>;
    /// The last `limit` runs of a job, the newest first.
    fn runs(&mut self, id: JobId, limit: u32) -> Result<Vec<JobRun>, StoreError>;
    /// The settings of a queue.
    fn queue_settings(&mut self, name: &str) -> Result<QueueSettings, StoreError>;
    /// Saves the settings of a queue and raises their version. Errors: Stale (J18).
    fn save_queue(&mut self, settings: &mut QueueSettings) -> Result<(), StoreError>;
}

/// Why a handler did not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// Another attempt may succeed.
    Failed(String),
    /// No other attempt would succeed.
    Discard(String),
}

/// What a handler did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobDone {
    /// Its work; the worker calls [`Jobs::finish`]. After a crash in between, the job runs again.
    Done,
    /// Its work, and [`JobContext::finish`] in the unit of its effect: exactly once.
    DoneInside,
    /// Nothing yet; it asks for this time.
    RetryAt(Timestamp),
}

/// What a handler is given.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The job, as it was claimed.
    pub job: Arc<Job>,
}

impl JobContext {
    /// Notes in the caller's unit that the job is done. A worker that was overtaken, or whose job was
    /// cancelled, cannot commit.
    ///
    /// Errors: Stale (J5, J12).
    pub fn finish<Tx: CommonTx + ?Sized>(
        &self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<JobDone, StoreError> {
        tx.jobs().finish(self.job.claim(), &RunEnd::Succeeded, now)?;
        Ok(JobDone::DoneInside)
    }
}

/// What runs a job. It is dropped when the job is cancelled or takes too long.
pub type JobHandler =
    Arc<dyn Fn(JobContext) -> BoxFuture<'static, Result<JobDone, JobError>> + Send + Sync>;

/// What an administrator needs to know who enqueues a job by hand.
#[derive(Debug, Clone, Copy)]
pub struct Manual {
    /// What the job does, in a sentence.
    pub about: &'static str,
    /// The JSON Schema of its arguments.
    pub schema: fn() -> Value,
    /// Refuses arguments, in words that follow the field's name.
    pub check: fn(&Value) -> Result<(), String>,
}

impl Manual {
    /// Of a kind that takes no arguments.
    pub const fn without_args(about: &'static str) -> Self {
        Self {
            about,
            schema: || serde_json::json!({"type": "object", "additionalProperties": false}),
            check: |args| match args.as_object() {
                Some(fields) if fields.is_empty() => Ok(()),
                _ => Err("must be an empty object".to_owned()),
            },
        }
    }
}

/// The queue of kinds that name no other one.
pub const DEFAULT_QUEUE: &str = "default";

/// The queue of recurring maintenance, so that pausing the others does not stop it.
pub const MAINTENANCE_QUEUE: &str = "maintenance";

/// A kind of job. Services return kinds; the program runs them.
#[derive(Clone)]
pub struct JobKind {
    /// `files.export`. Permanent: jobs are stored under it.
    pub name: &'static str,
    /// Its queue.
    pub queue: &'static str,
    /// The priority of its jobs.
    pub priority: Priority,
    /// Attempts before a job is dead; none: as the program is set.
    pub max_attempts: Option<u32>,
    /// How long one run may take.
    pub timeout: Duration,
    /// How many may run at a time, over all workers.
    pub limit: Option<u32>,
    /// The first and the longest pause between two attempts.
    pub pauses: (Duration, Duration),
    /// Set for kinds that an administrator may enqueue.
    pub manual: Option<Manual>,
    /// The schedule that the kind begins with, if its jobs are to be enqueued by themselves.
    pub schedule: Option<Recurrence>,
    /// Runs a job.
    pub run: JobHandler,
}

/// Attempts of a job when neither its kind nor the program says otherwise.
pub const MAX_ATTEMPTS: u32 = 10;

impl JobKind {
    /// A kind in the default queue, with the usual policy.
    pub fn new<F, R>(name: &'static str, run: F) -> Self
    where
        F: Fn(JobContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<JobDone, JobError>> + Send + 'static,
    {
        Self {
            name,
            queue: DEFAULT_QUEUE,
            priority: Priority::Normal,
            max_attempts: None,
            timeout: Duration::from_secs(600),
            limit: None,
            pauses: (Duration::from_secs(1), Duration::from_secs(3600)),
            manual: None,
            schedule: None,
            run: Arc::new(move |context| Box::pin(run(context))),
        }
    }

    /// A new job of this kind.
    pub fn job(&self, args: Value) -> NewJob {
        NewJob {
            kind: self.name.to_owned(),
            queue: self.queue.to_owned(),
            priority: self.priority,
            max_attempts: self.max_attempts.unwrap_or(MAX_ATTEMPTS),
            args,
            run_at: None,
            lane: None,
            unique: None,
            schedule: None,
            tick_at: None,
        }
    }

    /// The pause after so many failed attempts. `chance` (0 to 1) spreads it.
    pub fn pause(&self, attempt: u32, chance: f64) -> Duration {
        backoff(self.pauses.0, self.pauses.1, attempt, chance)
    }
}

impl fmt::Debug for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobKind").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_cut_between_characters() {
        let long = "é".repeat(ERROR_MAX);
        assert_eq!(bounded(&long).len(), ERROR_MAX);
        assert_eq!(bounded(&format!("x{long}")).len(), ERROR_MAX - 1);
        assert_eq!(bounded("a\0b"), "a b");
    }

    #[test]
    fn kinds_without_arguments_refuse_them() {
        let manual = Manual::without_args("Does it.");
        assert!((manual.check)(&serde_json::json!({})).is_ok());
        assert!((manual.check)(&serde_json::json!({"a": 1})).is_err());
        assert!((manual.check)(&Value::Null).is_err());
    }
}
