//! Schedules: what administrators change of them, and their ticks.

use std::{sync::Arc, time::Duration};

use kernel::{
    ActTarget, Actor, BoxFuture, FieldError, Job, JobKind, NewJob, PageRequest, Paging, Scheduler,
    StoreError, Timestamp,
    job::{DEFAULT_QUEUE, Enqueued, JobState, Priority},
    schedule::Ticked,
};

use super::{JobAdmin, JobView, record, view};
use crate::{
    commands::{PREVIEW_MAX, PreviewSchedule, UpdateSchedule},
    error::JobsError,
    events,
    policy::may_manage,
    ports::{CalendarError, JobsTx, Tick, Ticks},
    query::{DEFAULT_ORDER, JobFilter},
    schedule::{Due, Preview, Schedule},
};

/// Where a pattern or a zone was given: in a body, whose fields are JSON pointers, or in a query.
const IN_BODY: &str = "/";
const IN_QUERY: &str = "";

/// The refusal of a pattern or a zone.
fn refused(error: &CalendarError, given: &str) -> JobsError {
    let (field, code) = match error {
        CalendarError::Pattern(_) => ("cron", "jobs.cron_invalid"),
        CalendarError::Zone => ("zone", "jobs.zone_unknown"),
    };
    JobsError::Invalid(vec![FieldError::new(format!("{given}{field}"), code, error.to_string())])
}

impl JobAdmin {
    /// Every schedule, by name.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn schedules(&self, actor: &Actor) -> Result<Vec<Schedule>, JobsError> {
        may_manage(actor)?;
        self.work.read(|tx| Ok(tx.schedules().list()?)).await
    }

    /// A schedule.
    ///
    /// Errors: `MissingPermission`, `ScheduleNotFound`, `Store`.
    pub async fn schedule(&self, actor: &Actor, name: String) -> Result<Schedule, JobsError> {
        may_manage(actor)?;
        self.work
            .read(move |tx| {
                let found = tx.schedules().get(&name)?;
                found.ok_or_else(|| JobsError::ScheduleNotFound(name.clone()))
            })
            .await
    }

    /// Changes a schedule, only at version `expected` if there is one. Its next tick is the first from now
    /// on when the pattern, the zone or `enabled` changes; else it stays.
    ///
    /// Errors: `MissingPermission`, `ScheduleNotFound`, `Invalid`, `ScheduleStale`, `Store`.
    pub async fn update_schedule(
        &self,
        actor: &Actor,
        name: String,
        expected: Option<i64>,
        update: UpdateSchedule,
    ) -> Result<Schedule, JobsError> {
        may_manage(actor)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let calendar = Arc::clone(&self.calendar);
        self.work
            .write(move |tx| {
                let found = tx.schedules().lock(&name)?;
                let Some(mut schedule) = found else {
                    return Err(JobsError::ScheduleNotFound(name.clone()));
                };
                if expected.is_some_and(|version| version != schedule.version) {
                    return Err(JobsError::ScheduleStale(Box::new(schedule)));
                }
                let before = schedule.clone();
                let UpdateSchedule { cron, zone, enabled, missed, overlap } = update.clone();
                schedule.cron = cron.unwrap_or(schedule.cron);
                schedule.zone = zone.unwrap_or(schedule.zone);
                schedule.enabled = enabled.unwrap_or(schedule.enabled);
                schedule.missed = missed.unwrap_or(schedule.missed);
                schedule.overlap = overlap.unwrap_or(schedule.overlap);
                if schedule == before {
                    return Ok(schedule);
                }
                let times = |of: &Schedule| (of.cron.clone(), of.zone.clone(), of.enabled);
                if times(&schedule) != times(&before) {
                    let ticks = calendar.read(&schedule.cron, &schedule.zone);
                    let next = ticks.map_err(|error| refused(&error, IN_BODY))?.after(now);
                    let never = || CalendarError::Pattern("never comes to pass".to_owned());
                    let next = next.ok_or_else(|| refused(&never(), IN_BODY))?;
                    schedule.next_at = schedule.enabled.then_some(next);
                }
                tx.schedules().save(&mut schedule)?;
                let Schedule { cron, zone, .. } = &schedule;
                let told = if schedule.enabled { "enabled" } else { "paused" };
                let told = format!("{cron} {zone}, {told}");
                let target = ActTarget::named("schedule", &name);
                record(tx, &actor, now, "schedule.updated", target, &told)?;
                Ok(schedule)
            })
            .await
    }

    /// The next ticks of a schedule, as it is or as it would be, whether it is enabled or not.
    ///
    /// Errors: `MissingPermission`, `ScheduleNotFound`, `Invalid`, `Store`.
    pub async fn preview_schedule(
        &self,
        actor: &Actor,
        name: String,
        wish: PreviewSchedule,
    ) -> Result<(Schedule, Vec<Preview>), JobsError> {
        let mut schedule = self.schedule(actor, name).await?;
        schedule.cron = wish.cron.unwrap_or(schedule.cron);
        schedule.zone = wish.zone.unwrap_or(schedule.zone);
        let ticks = self.calendar.read(&schedule.cron, &schedule.zone);
        let ticks = ticks.map_err(|error| refused(&error, IN_QUERY))?;
        let count = wish.count.min(PREVIEW_MAX) as usize;
        let shown = std::iter::successors(ticks.after(self.clock.now()), |at| ticks.after(*at))
            .take(count)
            .map(|at| Preview { at, local: ticks.local(at) });
        let shown = shown.collect();
        Ok((schedule, shown))
    }

    /// Enqueues a job of a schedule now, beside its ticks. Where `overlap` is `skip`, an earlier job that
    /// has not ended is returned instead.
    ///
    /// Errors: `MissingPermission`, `ScheduleNotFound`, `Store`.
    pub async fn run_schedule(&self, actor: &Actor, name: String) -> Result<JobView, JobsError> {
        may_manage(actor)?;
        let (now, kinds, most) = (self.clock.now(), self.kinds(), self.policy.max_attempts);
        let actor = actor.clone();
        self.work
            .write(move |tx| {
                let found = tx.schedules().get(&name)?;
                let schedule = found.ok_or_else(|| JobsError::ScheduleNotFound(name.clone()))?;
                let job = schedule.job(job_of(&kinds, &schedule, most), None);
                let id = tx.jobs().enqueue(&job, now)?.id();
                let (target, told) = (ActTarget::named("schedule", &name), format!("job {id}"));
                record(tx, &actor, now, "schedule.run", target, &told)?;
                view(tx, id)
            })
            .await
    }

    /// Makes a schedule due now, for whichever process looks next; false when there is none of this name.
    ///
    /// Errors: `Store`.
    pub async fn trigger_schedule(&self, name: String) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.work.write(move |tx| tx.schedules().trigger(&name, now)).await
    }

    /// Every schedule with the last job that it enqueued, for whoever operates the program.
    ///
    /// Errors: `Store`.
    pub async fn schedules_with_jobs(&self) -> Result<Vec<(Schedule, Option<Job>)>, StoreError> {
        self.work
            .read_slow(|tx| {
                let mut found = Vec::new();
                for schedule in tx.schedules().list()? {
                    let filter =
                        JobFilter { schedule: Some(schedule.name.clone()), ..JobFilter::default() };
                    let page = PageRequest { paging: Paging::Cursor(None), limit: 1 };
                    let page = tx.job_store().list(&filter, &DEFAULT_ORDER, &page)?;
                    found.push((schedule, page.items.into_iter().next()));
                }
                Ok(found)
            })
            .await
    }

    async fn add_missing(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let known = self.work.read(|tx| tx.schedules().list()).await;
        let known: Vec<Schedule> = known?;
        let mut missing = Vec::new();
        for kind in self.kinds() {
            let Some(first) = kind.schedule else { continue };
            if known.iter().any(|schedule| schedule.name == kind.name) {
                continue;
            }
            let ticks = self.calendar.read(first.cron, first.zone);
            let unreadable = |error: CalendarError| {
                StoreError::Internal(format!("the schedule of {}: {error}", kind.name))
            };
            let ticks = ticks.map_err(unreadable)?;
            missing.push(Schedule {
                name: kind.name.to_owned(),
                kind: kind.name.to_owned(),
                args: serde_json::Value::Object(serde_json::Map::new()),
                cron: first.cron.to_owned(),
                zone: first.zone.to_owned(),
                enabled: first.enabled,
                missed: first.missed,
                overlap: first.overlap,
                next_at: ticks.after(now).filter(|_| first.enabled),
                last_at: None,
                missed_count: 0,
                version: 1,
            });
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.work
            .write(move |tx| {
                for schedule in &missing {
                    tx.schedules().register(schedule)?;
                }
                Ok(())
            })
            .await
    }

    async fn lengths(&self) -> Result<Vec<(String, Option<Duration>)>, StoreError> {
        let read = self.work.read(|tx| tx.schedules().list()).await;
        let all: Vec<Schedule> = read?;
        let length = |schedule: Schedule| {
            let next = schedule.next_at.filter(|_| schedule.enabled);
            let length = next.and_then(|next| {
                let ticks = self.calendar.read(&schedule.cron, &schedule.zone).ok()?;
                let next = ticks.after(next)?;
                Some(ticks.after(next)?.since(next))
            });
            (schedule.name, length)
        };
        Ok(all.into_iter().map(length).collect())
    }

    async fn serve_due(&self) -> Result<Vec<Result<Ticked, (String, String)>>, StoreError> {
        let now = self.clock.now();
        let due = self.work.read(move |tx| tx.schedules().due(now)).await;
        let due: Vec<Schedule> = due?;
        let mut done = Vec::new();
        if due.is_empty() {
            return Ok(done);
        }
        let kinds = self.kinds();
        for schedule in due {
            // A kind that this program does not have is left to others.
            if kinds.iter().all(|kind| kind.name != schedule.kind) {
                continue;
            }
            let name = schedule.name.clone();
            match self.serve(&kinds, schedule, now).await {
                // Another process was faster, or an administrator has just changed it.
                Err(JobsError::Store(StoreError::Stale)) => {}
                outcome => done.push(outcome.map_err(|error| (name, error.to_string()))),
            }
        }
        Ok(done)
    }

    /// Serves what is due of one schedule, in one unit.
    pub(crate) async fn serve(
        &self,
        kinds: &[JobKind],
        schedule: Schedule,
        now: Timestamp,
    ) -> Result<Ticked, JobsError> {
        let ticks: Box<dyn Ticks> = self
            .calendar
            .read(&schedule.cron, &schedule.zone)
            .map_err(|error| refused(&error, IN_BODY))?;
        let job = job_of(kinds, &schedule, self.policy.max_attempts);
        let Some(due) = schedule.due(&*ticks, now) else {
            return Err(JobsError::Store(StoreError::Stale));
        };
        self.work.write(move |tx| serve_in(tx, &schedule, &due, &job, now)).await
    }
}

impl Scheduler for JobAdmin {
    fn register(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.add_missing())
    }

    fn tick(&self) -> BoxFuture<'_, Result<Vec<Result<Ticked, (String, String)>>, StoreError>> {
        Box::pin(self.serve_due())
    }

    fn intervals(&self) -> BoxFuture<'_, Result<Vec<(String, Option<Duration>)>, StoreError>> {
        Box::pin(self.lengths())
    }

    fn successes(&self) -> BoxFuture<'_, Result<Vec<(String, Option<Timestamp>)>, StoreError>> {
        Box::pin(async {
            let all = self.schedules_with_jobs().await?.into_iter();
            let success = |job: Job| job.finished_at.filter(|_| job.state == JobState::Succeeded);
            Ok(all.map(|(schedule, job)| (schedule.name, job.and_then(success))).collect())
        })
    }
}

fn serve_in(
    tx: &mut (dyn JobsTx + 'static),
    schedule: &Schedule,
    due: &Due,
    job: &NewJob,
    now: Timestamp,
) -> Result<Ticked, JobsError> {
    let Due { expected, next, missed, .. } = *due;
    let served = due.served.last().copied();
    tx.schedules().tick(schedule, &Tick { expected, next, served, missed })?;
    let mut ticked =
        Ticked { schedule: schedule.name.clone(), jobs: Vec::new(), overlapped: 0, missed };
    for at in &due.served {
        match tx.jobs().enqueue(&schedule.job(job.clone(), Some(*at)), now)? {
            Enqueued::New(id) => ticked.jobs.push(id),
            Enqueued::Already(_) => ticked.overlapped += 1,
        }
    }
    if missed > 0 {
        tx.outbox().append(&events::ticks_missed(schedule, due, now))?;
    }
    Ok(ticked)
}

/// A job by the policy of the schedule's kind; one of a kind that this program does not have is left to
/// others.
fn job_of(kinds: &[JobKind], schedule: &Schedule, max_attempts: u32) -> NewJob {
    let args = schedule.args.clone();
    match kinds.iter().find(|kind| kind.name == schedule.kind) {
        Some(kind) => kind.job(args),
        None => NewJob {
            kind: schedule.kind.clone(),
            queue: DEFAULT_QUEUE.to_owned(),
            priority: Priority::Normal,
            max_attempts,
            args,
            run_at: None,
            lane: None,
            unique: None,
            schedule: None,
            tick_at: None,
        },
    }
}
