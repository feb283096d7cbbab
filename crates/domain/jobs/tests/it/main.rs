//! The use cases, on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

mod schedules;

use std::{sync::Arc, time::Duration};

use adapter_cron::CronCalendar;
use jobs::{
    JobAdmin, JobsError, JobsTx,
    commands::{Ended, EnqueueJob, RetryJobs, UniqueKey, UpdateQueue},
    service::{Cancelled, JobPolicy, JobView},
};
use kernel::{
    Actor, DomainError as _, Job, JobId, JobKind, Outcome, Patch, Role, Timestamp, UnitOfWork,
    UserId,
    claim::Claimed as _,
    job::{ClaimKind, JobClaim, JobDone, JobState, Manual, Priority, PriorityOrder, RunEnd},
    time::FixedClock,
};
use memory::MemoryDb;
use pollster::block_on;
use serde_json::json;

struct Fixture {
    work: Arc<dyn UnitOfWork<dyn JobsTx>>,
    clock: Arc<FixedClock>,
    jobs: JobAdmin,
    admin: Actor,
}

fn kind(name: &'static str) -> JobKind {
    JobKind::new(name, |_| async { Ok(JobDone::Done) })
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-23T12:00:00Z").unwrap()));
        let work: Arc<dyn UnitOfWork<dyn JobsTx>> = MemoryDb::new();
        let policy = JobPolicy { keep: Duration::from_secs(60), max_attempts: 2 };
        let time = Arc::<FixedClock>::clone(&clock);
        let jobs = JobAdmin::new(Arc::clone(&work), time, Arc::new(CronCalendar), policy);
        let by_hand = Manual::without_args("Cleans.");
        jobs.add_kinds([
            JobKind { manual: Some(by_hand), ..kind("clean") },
            kind("secret"),
            JobKind { queue: "slow", manual: Some(by_hand), ..kind("archive") },
        ]);
        let admin = Actor::new(UserId::parse(1).unwrap(), Role::Admin);
        Self { work, clock, jobs, admin }
    }

    fn enqueue(&self, key: Option<&str>) -> Result<JobView, JobsError> {
        let unique_key = key.map(|key| UniqueKey::parse(key).unwrap());
        let command = EnqueueJob { unique_key, ..clean() };
        match block_on(self.jobs.enqueue(&self.admin, None, command))? {
            Outcome::Executed(view) => Ok(view),
            Outcome::Replayed(_) => unreachable!("there is no key"),
        }
    }

    fn claim(&self) -> Vec<Job> {
        let now = kernel::Clock::now(&*self.clock);
        let claimed: Result<_, kernel::StoreError> = block_on(self.work.write(move |tx| {
            let kinds = [ClaimKind { name: "clean", limit: None }];
            let until = now.plus(Duration::from_secs(30));
            let order = PriorityOrder::HighestFirst;
            let claim =
                JobClaim { queue: "default", kinds: &kinds, worker: "w", until, limit: 9, order };
            tx.jobs().claim_jobs(&claim, now)
        }));
        claimed.unwrap()
    }

    fn kill(&self, job: &Job) {
        let (claim, now) = (job.claim(), kernel::Clock::now(&*self.clock));
        let end = RunEnd::Discarded { error: "planned".to_owned() };
        let finished: Result<JobState, kernel::StoreError> =
            block_on(self.work.write(move |tx| tx.jobs().finish(claim, &end, now)));
        assert_eq!(finished.unwrap(), JobState::Dead);
    }
}

fn clean() -> EnqueueJob {
    EnqueueJob {
        kind: "clean".to_owned(),
        args: json!({}),
        run_at: None,
        priority: None,
        unique_key: None,
    }
}

#[test]
fn a_job_is_enqueued_by_the_policy_of_its_kind() {
    let fixture = Fixture::new();
    let JobView { job, runs } = fixture.enqueue(None).unwrap();
    assert_eq!((job.kind.as_str(), job.queue.as_str(), job.max_attempts), ("clean", "default", 2));
    assert_eq!((job.priority, job.state, runs), (Priority::Normal, JobState::Queued, vec![]));
    let urgent = EnqueueJob { priority: Some(Priority::Urgent), ..clean() };
    let made = block_on(fixture.jobs.enqueue(&fixture.admin, None, urgent)).unwrap();
    let Outcome::Executed(view) = made else { unreachable!("there is no key") };
    assert_eq!(view.job.priority, Priority::Urgent);
}

#[test]
fn only_manual_kinds_with_right_arguments_are_enqueued() {
    let fixture = Fixture::new();
    for (command, code) in [
        (EnqueueJob { kind: "secret".to_owned(), ..clean() }, "jobs.kind_unknown"),
        (EnqueueJob { kind: "none".to_owned(), ..clean() }, "jobs.kind_unknown"),
        (EnqueueJob { args: json!({"a": 1}), ..clean() }, "jobs.args_invalid"),
        (EnqueueJob { args: json!({"a": "x".repeat(70_000)}), ..clean() }, "jobs.args_invalid"),
    ] {
        let refused = block_on(fixture.jobs.enqueue(&fixture.admin, None, command)).unwrap_err();
        assert_eq!(refused.fields()[0].code, code);
    }
    let kinds = fixture.jobs.manual_kinds(&fixture.admin).unwrap();
    let names: Vec<&str> = kinds.iter().map(|(kind, _)| kind.name).collect();
    assert_eq!(names, ["archive", "clean"]);
}

#[test]
fn a_key_is_taken_until_its_job_has_ended() {
    let fixture = Fixture::new();
    let first = fixture.enqueue(Some("key")).unwrap().job;
    let refused = fixture.enqueue(Some("key")).unwrap_err();
    assert!(matches!(refused, JobsError::Duplicate(id) if id == first.id), "{refused:?}");
    fixture.kill(&fixture.claim()[0]);
    assert_ne!(fixture.enqueue(Some("key")).unwrap().job.id, first.id);
}

#[test]
fn others_than_administrators_do_nothing() {
    let Fixture { jobs, .. } = Fixture::new();
    let user = Actor::new(UserId::parse(2).unwrap(), Role::Moderator);
    let id = JobId::parse(1).unwrap();
    let all = RetryJobs { state: Ended::Dead, kind: None, limit: 9 };
    let update = UpdateQueue { paused: Some(true), concurrency: Patch::Keep };
    let refusals = [
        jobs.manual_kinds(&user).map(drop),
        block_on(jobs.get(&user, id)).map(drop),
        block_on(jobs.enqueue(&user, None, clean())).map(drop),
        block_on(jobs.retry(&user, id)).map(drop),
        block_on(jobs.retry_all(&user, all)).map(drop),
        block_on(jobs.cancel(&user, id)).map(drop),
        block_on(jobs.stats(&user)).map(drop),
        block_on(jobs.queue(&user, "default".to_owned())).map(drop),
        block_on(jobs.update_queue(&user, "default".to_owned(), None, update)).map(drop),
    ];
    for refusal in refusals {
        let refused = matches!(refusal, Err(JobsError::MissingPermission("jobs:manage")));
        assert!(refused, "{refusal:?}");
    }
}

#[test]
fn dead_jobs_are_retried_one_by_one_or_together() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        fixture.enqueue(None).unwrap();
    }
    let claimed = fixture.claim();
    for job in &claimed {
        let running = block_on(fixture.jobs.retry(&fixture.admin, job.id));
        assert!(matches!(running, Err(JobsError::State(JobState::Running))), "{running:?}");
        fixture.kill(job);
    }
    let retried = block_on(fixture.jobs.retry(&fixture.admin, claimed[0].id)).unwrap();
    assert_eq!(
        (retried.job.state, retried.job.attempt, retried.runs.len()),
        (JobState::Queued, 0, 1)
    );
    let all = |kind: Option<&str>| {
        let kind = kind.map(str::to_owned);
        let command = RetryJobs { state: Ended::Dead, kind, limit: 9 };
        block_on(fixture.jobs.retry_all(&fixture.admin, command)).unwrap()
    };
    assert_eq!((all(Some("secret")), all(None), all(None)), (0, 2, 0));
    assert_eq!(fixture.claim().len(), 3);
    let missing = block_on(fixture.jobs.retry(&fixture.admin, JobId::parse(99).unwrap()));
    assert!(matches!(missing, Err(JobsError::NotFound(_))), "{missing:?}");
}

#[test]
fn a_job_is_cancelled_before_or_while_it_runs() {
    let fixture = Fixture::new();
    let id = fixture.enqueue(None).unwrap().job.id;
    let cancel = || block_on(fixture.jobs.cancel(&fixture.admin, id));
    assert!(matches!(cancel(), Ok(Cancelled::Done(_))));
    assert!(matches!(cancel(), Err(JobsError::State(JobState::Cancelled))));
    block_on(fixture.jobs.retry(&fixture.admin, id)).unwrap();
    assert_eq!(fixture.claim().len(), 1);
    let Ok(Cancelled::Requested(view)) = cancel() else { unreachable!("it runs") };
    assert!(view.job.cancel_at.is_some());
}

#[test]
fn a_queue_is_changed_only_at_the_version_that_was_read() {
    let fixture = Fixture::new();
    let (jobs, admin) = (&fixture.jobs, &fixture.admin);
    let change = |name: &str, expected, paused| {
        let update = UpdateQueue { paused, concurrency: Patch::Set(3) };
        block_on(jobs.update_queue(admin, name.to_owned(), expected, update))
    };
    let changed = change("slow", Some(0), Some(true)).unwrap();
    assert_eq!((changed.paused, changed.concurrency, changed.version), (true, Some(3), 1));
    assert_eq!(change("slow", Some(1), None).unwrap(), changed, "a no-op");
    assert!(matches!(change("slow", Some(0), Some(false)), Err(JobsError::Stale(_))));
    assert!(matches!(change("none", None, None), Err(JobsError::QueueNotFound(_))));
    assert_eq!(block_on(jobs.queue(admin, "slow".to_owned())).unwrap(), changed);
    let missing = block_on(jobs.queue(admin, "none".to_owned()));
    assert!(matches!(missing, Err(JobsError::QueueNotFound(_))));
}

#[test]
fn ended_jobs_are_kept_for_a_while() {
    let fixture = Fixture::new();
    fixture.enqueue(None).unwrap();
    fixture.kill(&fixture.claim()[0]);
    fixture.clock.advance(Duration::from_secs(60));
    assert_eq!(block_on(fixture.jobs.prune()).unwrap(), 0);
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(block_on(fixture.jobs.prune()).unwrap(), 1);
}

#[test]
fn jobs_that_no_process_runs_are_counted_after_a_while() {
    let fixture = Fixture::new();
    let now = kernel::Clock::now(&*fixture.clock);
    let added: Result<_, kernel::StoreError> = block_on(
        fixture.work.write(move |tx| tx.jobs().enqueue(&kind("newer").job(json!({})), now)),
    );
    added.unwrap();
    assert_eq!(block_on(fixture.jobs.unknown()).unwrap(), []);
    fixture.clock.advance(Duration::from_secs(301));
    assert_eq!(block_on(fixture.jobs.unknown()).unwrap(), [("newer".to_owned(), 1)]);
    let stats = block_on(fixture.jobs.stats(&fixture.admin)).unwrap();
    assert_eq!(stats[0].oldest_due, Some(Duration::from_secs(301)));
}

#[test]
fn a_dead_job_looks_as_it_was_promised() {
    let fixture = Fixture::new();
    fixture.enqueue(None).unwrap();
    fixture.kill(&fixture.claim().remove(0));
    let read: Result<Vec<kernel::Event>, kernel::StoreError> = block_on(fixture.work.write(|tx| {
        tx.outbox().sequence(9)?;
        tx.outbox().after(None, 9)
    }));
    let event = read.unwrap().remove(0);
    assert_eq!((event.name.as_str(), event.actor), (kernel::job::DEAD, None));
    schedules::is_as_promised(&event);
}
