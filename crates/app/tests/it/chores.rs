//! Recurring maintenance: jobs that schedules enqueue, with a clock that the tests move; and timers.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapter_cron::CronCalendar;
use alveole::drivers::{
    Base, Replicas,
    chores::{job_kind, run_timers},
    workers::{Slots, Workers},
};
use jobs::{JobAdmin, JobsTx, commands::UpdateSchedule, service::JobPolicy};
use kernel::{
    Actor, Chore, Clock, CommonTx, Job, Role, Runs, Scheduler as _, SystemClock, Timestamp,
    UnitOfWork, UserId, job::JobState, time::FixedClock,
};
use memory::MemoryDb;
use tokio::sync::watch;

use crate::stores::ReadOnly;

const MINUTE: Duration = Duration::from_mins(1);
const EACH_MINUTE: Runs = Runs::at("* * * * *");

struct Fixture {
    db: Arc<MemoryDb>,
    clock: Arc<FixedClock>,
}

/// What ticks and runs jobs.
struct Process {
    jobs: JobAdmin,
    workers: Workers,
}

fn admin(
    work: Arc<dyn UnitOfWork<dyn JobsTx>>,
    clock: &Arc<FixedClock>,
    chores: &[Chore],
) -> JobAdmin {
    let policy = JobPolicy { keep: MINUTE, max_attempts: 2 };
    let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(clock);
    let jobs = JobAdmin::new(work, Arc::clone(&clock), Arc::new(CronCalendar), policy);
    jobs.add_kinds(chores.iter().filter_map(|chore| job_kind(chore, &clock)));
    jobs
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-23T12:00:00Z").unwrap()));
        Self { db: MemoryDb::new(), clock }
    }

    /// A process with these chores.
    async fn process(&self, chores: Vec<Chore>) -> Process {
        let db = Arc::clone(&self.db);
        let jobs = admin(db, &self.clock, &chores);
        jobs.register().await.unwrap();
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<MemoryDb>::clone(&self.db);
        let clock = Arc::<FixedClock>::clone(&self.clock);
        let base = Base::new(work, clock, Replicas::Several);
        let workers = Workers::new(base, jobs.kinds(), 3, MINUTE);
        Process { jobs, workers }
    }
}

impl Process {
    /// Serves the ticks that are due and runs the jobs that are.
    async fn look(&self) {
        for outcome in self.jobs.tick().await.unwrap() {
            assert!(outcome.is_ok(), "{outcome:?}");
        }
        let mut slots = Slots::default();
        self.workers.fill(&mut slots).await.unwrap();
        while !slots.is_empty() {
            slots.ended().await;
        }
    }

    /// The last job of the only schedule.
    async fn last(&self) -> Option<Job> {
        self.jobs.schedules_with_jobs().await.unwrap().remove(0).1
    }
}

/// A chore that counts its runs.
fn counting(runs: &Arc<AtomicUsize>) -> Chore {
    Chore::of(runs, "kit.count", EACH_MINUTE, |runs| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        Ok::<_, String>(1)
    })
}

#[actix_web::test]
async fn a_chore_runs_once_a_tick_however_many_processes_there_are() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(fixture.process(vec![counting(&runs)]).await);
    }
    for minute in 0..4 {
        for _ in 0..2 {
            for process in &processes {
                process.look().await;
            }
        }
        assert_eq!(runs.load(Ordering::SeqCst), minute);
        fixture.clock.advance(MINUTE);
    }
    let job = processes[0].last().await.unwrap();
    assert_eq!((job.schedule.as_deref(), job.state), (Some("kit.count"), JobState::Succeeded));
}

#[actix_web::test]
async fn a_paused_chore_does_not_run_until_it_is_enabled_again() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    let process = fixture.process(vec![counting(&runs)]).await;
    let root = Actor::new(UserId::parse(1).unwrap(), Role::Admin);
    let set = |enabled| {
        let update = UpdateSchedule { enabled: Some(enabled), ..UpdateSchedule::default() };
        process.jobs.update_schedule(&root, "kit.count".to_owned(), None, update)
    };
    set(false).await.unwrap();
    for _ in 0..5 {
        fixture.clock.advance(MINUTE);
        process.look().await;
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    let enabled = set(true).await.unwrap();
    process.look().await;
    assert_eq!((runs.load(Ordering::SeqCst), enabled.missed_count), (0, 0), "nothing was missed");
    fixture.clock.advance(MINUTE);
    process.look().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_failure_is_shown_and_the_chore_runs_again() {
    let fixture = Fixture::new();
    let outcomes = Arc::new(Mutex::new(vec![Ok(3), Err("it's broken")]));
    let chore = Chore::of(&outcomes, "kit.fail", EACH_MINUTE, |outcomes| async move {
        let outcome = outcomes.lock().unwrap().pop();
        outcome.unwrap_or_else(|| panic!("no more outcomes"))
    });
    let process = fixture.process(vec![chore]).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        fixture.clock.advance(MINUTE);
        process.look().await;
        let job = process.last().await.unwrap();
        seen.push((job.state, job.error));
    }
    let broken = || Some("it's broken".to_owned());
    let panicked = Some("it panicked: no more outcomes".to_owned());
    assert_eq!(seen[0], (JobState::Retrying, broken()));
    assert_eq!(seen[1].0, JobState::Succeeded);
    assert_eq!(seen[2], (JobState::Retrying, panicked));
}

#[actix_web::test]
async fn looking_for_ticks_that_are_not_due_writes_nothing() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    fixture.process(vec![counting(&runs)]).await;
    let work: Arc<dyn UnitOfWork<dyn JobsTx>> = Arc::<MemoryDb>::clone(&fixture.db);
    let jobs = admin(Arc::new(ReadOnly(work)), &fixture.clock, &[counting(&runs)]);
    jobs.register().await.unwrap();
    assert!(jobs.tick().await.unwrap().is_empty());
    assert_eq!(jobs.intervals().await.unwrap(), [("kit.count".to_owned(), Some(MINUTE))]);
}

#[actix_web::test]
async fn a_schedule_of_a_kind_that_this_process_does_not_have_is_left_to_others() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    let knows = fixture.process(vec![counting(&runs)]).await;
    let knows_not = fixture.process(Vec::new()).await;
    fixture.clock.advance(MINUTE);
    knows_not.look().await;
    assert_eq!(knows.last().await, None);
    knows.look().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn what_each_process_does_for_itself_has_a_timer_until_it_stops() {
    let runs = Arc::new(AtomicUsize::new(0));
    let every = Runs::EachProcess(Duration::from_millis(5));
    let own = Chore::of(&runs, "kit.own", every, |runs| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        Ok::<_, String>(0)
    });
    let (stop, stopping) = watch::channel(false);
    let timers = run_timers(vec![own, counting(&runs)], Arc::new(SystemClock), stopping);
    let timers = tokio::spawn(timers);
    while runs.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send_replace(true);
    timers.await.unwrap();
    let ended = runs.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(runs.load(Ordering::SeqCst) <= ended + 1, "one may have been under way");
}
