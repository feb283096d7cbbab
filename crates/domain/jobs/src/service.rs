//! The use cases. Each is an asynchronous shell around one synchronous transaction.

mod schedules;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kernel::{
    Act, ActTarget, Actor, Chore, Clock, FieldError, Idempotent, Job, JobId, JobKind, NewJob,
    Outcome, Page, PageRequest, Runs, SortKey, StoreError, Timestamp, UnitOfWork, idempotency,
    job::{Cancellation, DEFAULT_QUEUE, Enqueued, JobRun, Manual, Meeting, QueueSettings, Release},
};

use crate::{
    commands::{ARGS_MAX, Ended, EnqueueJob, RETRY_MAX, RetryJobs, UpdateQueue},
    error::JobsError,
    policy::may_manage,
    ports::{Calendar, JobsTx},
    query::{Health, JobFilter, JobSort, MOST_RUNS, QueueStats, SPAN, stats},
};

/// Runs of a job that are shown.
pub const SHOWN_RUNS: u32 = 50;
/// When old jobs are removed.
const PRUNE: Runs = Runs::at("4-59/5 * * * *");
/// Rows that one transaction removes.
const BATCH: u32 = 500;
/// How long a job may be due before it is said that nothing here runs it.
const UNKNOWN_AFTER: Duration = Duration::from_secs(300);

/// A job, and its last runs.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// Its last runs, the newest first.
    pub runs: Vec<JobRun>,
}

/// What came of a cancellation.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancelled {
    /// It never runs.
    Done(JobView),
    /// It runs; its worker stops it.
    Requested(JobView),
}

/// What the program sets for all kinds.
#[derive(Debug, Clone, Copy)]
pub struct JobPolicy {
    /// How long ended jobs are kept.
    pub keep: Duration,
    /// Attempts of jobs whose kind says nothing else.
    pub max_attempts: u32,
}

/// The use cases of this domain.
pub struct JobAdmin {
    work: Arc<dyn UnitOfWork<dyn JobsTx>>,
    clock: Arc<dyn Clock>,
    calendar: Arc<dyn Calendar>,
    policy: JobPolicy,
    kinds: RwLock<Vec<JobKind>>,
}

impl JobAdmin {
    /// Without kinds.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn JobsTx>>,
        clock: Arc<dyn Clock>,
        calendar: Arc<dyn Calendar>,
        policy: JobPolicy,
    ) -> Self {
        Self { work, clock, calendar, policy, kinds: RwLock::default() }
    }

    /// Adds kinds that the program runs. Of two with one name the first counts.
    pub fn add_kinds(&self, added: impl IntoIterator<Item = JobKind>) {
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        for mut kind in added {
            kind.max_attempts.get_or_insert(self.policy.max_attempts);
            if kinds.iter().all(|known| known.name != kind.name) {
                kinds.push(kind);
            }
        }
        kinds.sort_by_key(|kind| kind.name);
    }

    /// The kinds that the program runs, by name.
    pub fn kinds(&self) -> Vec<JobKind> {
        self.kinds.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The kinds that an administrator may enqueue, by name.
    ///
    /// Errors: `MissingPermission`.
    pub fn manual_kinds(&self, actor: &Actor) -> Result<Vec<(JobKind, Manual)>, JobsError> {
        may_manage(actor)?;
        let manual =
            |kind: JobKind| Some((kind.manual?, kind)).map(|(manual, kind)| (kind, manual));
        Ok(self.kinds().into_iter().filter_map(manual).collect())
    }

    /// A page of jobs.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: JobFilter,
        order: Vec<SortKey<JobSort>>,
        page: PageRequest,
    ) -> Result<Page<Job>, JobsError> {
        may_manage(actor)?;
        self.work.read_slow(move |tx| Ok(tx.job_store().list(&filter, &order, &page)?)).await
    }

    /// A job and its last runs.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `Store`.
    pub async fn get(&self, actor: &Actor, id: JobId) -> Result<JobView, JobsError> {
        may_manage(actor)?;
        self.work.read(move |tx| view(tx, id)).await
    }

    /// Enqueues a job of a manual kind.
    ///
    /// Errors: `MissingPermission`, `Invalid`, `Duplicate`, `KeyReused`, `Store`.
    pub async fn enqueue(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<JobView>>,
        command: EnqueueJob,
    ) -> Result<Outcome<JobView>, JobsError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let new = self.checked(command)?;
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    match tx.jobs().enqueue(&new, now)? {
                        Enqueued::New(id) => {
                            record(tx, &actor, now, "job.enqueued", on(id), &new.kind)?;
                            view(tx, id)
                        }
                        Enqueued::Already(id) => Err(JobsError::Duplicate(id)),
                    }
                })
            })
            .await
    }

    /// The job of a command, by the policy of its kind.
    fn checked(&self, command: EnqueueJob) -> Result<NewJob, JobsError> {
        let EnqueueJob { kind, args, run_at, priority, unique_key } = command;
        let kinds = self.kinds();
        let known = kinds.iter().find(|known| known.name == kind);
        let known = known.and_then(|kind| Some((kind, kind.manual?)));
        let Some((kind, manual)) = known else {
            let why = "is not a kind that can be enqueued by hand (GET /admin/jobs/kinds)";
            let fault = FieldError::new("/kind", "jobs.kind_unknown", why);
            return Err(JobsError::Invalid(vec![fault]));
        };
        let too_long = format!("must be at most {ARGS_MAX} bytes of JSON");
        let is_short = args.to_string().len() <= ARGS_MAX;
        let judged = if is_short { (manual.check)(&args) } else { Err(too_long) };
        if let Err(why) = judged {
            let fault = FieldError::new("/args", "jobs.args_invalid", why);
            return Err(JobsError::Invalid(vec![fault]));
        }
        let mut new = NewJob { run_at, ..kind.job(args) };
        new.priority = priority.unwrap_or(new.priority);
        if let Some(key) = unique_key {
            new = new.unique(key.as_str(), Release::Finish, Meeting::Keep);
        }
        Ok(new)
    }

    /// Makes a dead or cancelled job due now.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `State`, `Store`.
    pub async fn retry(&self, actor: &Actor, id: JobId) -> Result<JobView, JobsError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let is_due = tx.jobs().retry_job(id, now)?;
                let found = view(tx, id)?;
                if !is_due {
                    return Err(JobsError::State(found.job.state));
                }
                record(tx, &actor, now, "job.retried", on(id), &found.job.kind)?;
                Ok(found)
            })
            .await
    }

    /// Makes many dead or cancelled jobs due now, those first that ended first; returns how many.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn retry_all(&self, actor: &Actor, command: RetryJobs) -> Result<u64, JobsError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let RetryJobs { state, kind, limit } = &command;
                let ids = tx.job_store().ended(*state, kind.as_deref(), (*limit).min(RETRY_MAX))?;
                let mut count = 0;
                for id in ids {
                    count += u64::from(tx.jobs().retry_job(id, now)?);
                }
                if count > 0 {
                    let kind = kind.as_deref().unwrap_or("of any kind");
                    let ended = match state {
                        Ended::Dead => "dead",
                        Ended::Cancelled => "cancelled",
                    };
                    let told = format!("{count} {ended}, {kind}");
                    record(tx, &actor, now, "jobs.retried", ActTarget::all("job"), &told)?;
                }
                Ok(count)
            })
            .await
    }

    /// Cancels a job.
    ///
    /// Errors: `MissingPermission`, `NotFound`, `State`, `Store`.
    pub async fn cancel(&self, actor: &Actor, id: JobId) -> Result<Cancelled, JobsError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let cancelled = match tx.jobs().cancel(id, now)? {
                    None => return Err(JobsError::NotFound(id)),
                    Some(Cancellation::TooLate(state)) => return Err(JobsError::State(state)),
                    Some(Cancellation::Done) => Cancelled::Done(view(tx, id)?),
                    Some(Cancellation::Requested) => Cancelled::Requested(view(tx, id)?),
                };
                let (Cancelled::Done(found) | Cancelled::Requested(found)) = &cancelled;
                record(tx, &actor, now, "job.cancelled", on(id), &found.job.kind)?;
                Ok(cancelled)
            })
            .await
    }

    /// What is known of each queue.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn stats(&self, actor: &Actor) -> Result<Vec<QueueStats>, JobsError> {
        may_manage(actor)?;
        self.counts().await
    }

    /// How background work does, for reports: what was given up since a moment, of each at most `most`.
    ///
    /// Errors: `Store`.
    pub async fn health(&self, since: Timestamp, most: u32) -> Result<Health, JobsError> {
        self.work
            .read_slow(move |tx| {
                Ok(Health {
                    failed_jobs: tx.job_store().failed_since(since, most)?,
                    dead_letters: tx.retries().dead(None, most)?.len() as u64,
                    backed_up_at: tx.job_store().backed_up_at()?,
                })
            })
            .await
    }

    /// The same without a caller, for gauges.
    ///
    /// Errors: `Store`.
    pub async fn counts(&self) -> Result<Vec<QueueStats>, JobsError> {
        let now = self.clock.now();
        let since = now.minus(SPAN);
        self.work
            .read_slow(move |tx| {
                let depths = tx.job_store().depths()?;
                Ok(stats(depths, tx.job_store().ran(since, MOST_RUNS)?, now))
            })
            .await
    }

    /// The settings of a queue.
    ///
    /// Errors: `MissingPermission`, `QueueNotFound`, `Store`.
    pub async fn queue(&self, actor: &Actor, name: String) -> Result<QueueSettings, JobsError> {
        may_manage(actor)?;
        let is_known = self.uses(&name);
        self.work
            .read(move |tx| {
                let settings = tx.jobs().queue_settings(&name)?;
                if is_known || settings.version > 0 {
                    return Ok(settings);
                }
                Err(JobsError::QueueNotFound(name.clone()))
            })
            .await
    }

    fn uses(&self, queue: &str) -> bool {
        queue == DEFAULT_QUEUE || self.kinds().iter().any(|kind| kind.queue == queue)
    }

    /// Changes the settings of a queue, only at version `expected` if there is one. Workers notice
    /// within a second.
    ///
    /// Errors: `MissingPermission`, `QueueNotFound`, `Stale`, `Store`.
    pub async fn update_queue(
        &self,
        actor: &Actor,
        name: String,
        expected: Option<i64>,
        update: UpdateQueue,
    ) -> Result<QueueSettings, JobsError> {
        may_manage(actor)?;
        let (is_known, actor, now) = (self.uses(&name), actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let mut settings = tx.jobs().queue_settings(&name)?;
                if !is_known && settings.version == 0 {
                    return Err(JobsError::QueueNotFound(name.clone()));
                }
                if expected.is_some_and(|version| version != settings.version) {
                    return Err(JobsError::Stale(Box::new(settings)));
                }
                let before = settings.clone();
                settings.paused = update.paused.unwrap_or(settings.paused);
                update.concurrency.apply(&mut settings.concurrency);
                if settings != before {
                    tx.jobs().save_queue(&mut settings)?;
                    let most = settings.concurrency.map(|most| most.to_string());
                    let most = most.as_deref().unwrap_or("unbounded");
                    let told = if settings.paused { "paused" } else { "running" };
                    let told = format!("{told}, {most}");
                    let target = ActTarget::named("queue", &name);
                    record(tx, &actor, now, "queue.updated", target, &told)?;
                }
                Ok(settings)
            })
            .await
    }

    /// Counts, by kind, jobs that have been due for 5 minutes and that no process like this one runs.
    ///
    /// Errors: `Store`.
    pub async fn unknown(&self) -> Result<Vec<(String, u64)>, JobsError> {
        let before = self.clock.now().minus(UNKNOWN_AFTER);
        let known: Vec<&'static str> = self.kinds().iter().map(|kind| kind.name).collect();
        self.work.read_slow(move |tx| Ok(tx.job_store().unknown(&known, before)?)).await
    }

    /// Removes jobs that ended too long ago to be kept.
    ///
    /// Errors: `Store`.
    pub async fn prune(&self) -> Result<u64, JobsError> {
        let before = self.clock.now().minus(self.policy.keep);
        let mut pruned = 0;
        loop {
            let batch = self.work.write(move |tx| tx.job_store().prune(before, BATCH));
            let count: Result<u64, StoreError> = batch.await;
            let count = count?;
            pruned += count;
            if count < u64::from(BATCH) {
                return Ok(pruned);
            }
        }
    }

    /// Recurring maintenance.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        vec![Chore::of(self, "jobs.prune", PRUNE, |jobs| async move { jobs.prune().await })]
    }
}

fn view(tx: &mut (dyn JobsTx + 'static), id: JobId) -> Result<JobView, JobsError> {
    let job = tx.jobs().job(id)?.ok_or(JobsError::NotFound(id))?;
    let runs = tx.jobs().runs(id, SHOWN_RUNS)?;
    Ok(JobView { job, runs })
}

const fn on(job: JobId) -> ActTarget {
    ActTarget::numbered("job", job.get())
}

/// Records in the audit log what a caller did. Jobs, queues and schedules have no owner.
fn record(
    tx: &mut dyn JobsTx,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    target: ActTarget,
    told: &str,
) -> Result<(), StoreError> {
    tx.acts().record_act(&Act::by(actor, now, action, target).with_detail(told))
}
