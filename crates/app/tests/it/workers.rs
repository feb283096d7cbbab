//! The driver of jobs, with a clock that the tests move.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alveole::drivers::{
    Base, Replicas,
    workers::{Slots, Workers},
};
use kernel::{
    Clock as _, CommonTx, Job, JobId, JobKind, StoreError, Timestamp, UnitOfWork,
    job::{
        Cancellation, JobContext, JobDone, JobError, JobRun, JobState, QueueSettings, RunOutcome,
    },
    time::FixedClock,
};
use memory::MemoryDb;
use serde_json::json;
use tokio::sync::{Notify, watch};

use crate::stores::ReadOnly;

const LEASE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_hours(1);

struct Fixture {
    db: Arc<MemoryDb>,
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
}

/// What the handlers of a test note.
#[derive(Default)]
struct Seen {
    starts: AtomicUsize,
    wakes: Notify,
}

impl Seen {
    fn starts(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }
}

/// A kind whose handler does what its jobs say in `do`.
fn kind(seen: &Arc<Seen>, work: &Arc<dyn UnitOfWork<dyn CommonTx>>) -> JobKind {
    let (seen, work) = (Arc::clone(seen), Arc::clone(work));
    let kind = JobKind::new("test.job", move |context: JobContext| {
        let (seen, work) = (Arc::clone(&seen), Arc::clone(&work));
        async move {
            seen.starts.fetch_add(1, Ordering::SeqCst);
            match context.job.args["do"].as_str().unwrap() {
                "wait" => {
                    seen.wakes.notified().await;
                    Ok(JobDone::Done)
                }
                "fail" => Err(JobError::Failed("planned".to_owned())),
                "discard" => Err(JobError::Discard("hopeless".to_owned())),
                "panic" => kernel::kit::planned_panic("planned"),
                "hang" => std::future::pending().await,
                "later" => Ok(JobDone::RetryAt(context.job.due_at.plus(HOUR))),
                "inside" => {
                    let at = context.job.due_at;
                    let done = work.write(move |tx| context.finish(tx, at)).await;
                    done.map_err(|error: StoreError| JobError::Failed(error.to_string()))
                }
                _ => Ok(JobDone::Done),
            }
        }
    });
    JobKind { max_attempts: Some(2), timeout: Duration::from_millis(100), ..kind }
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-23T12:00:00Z").unwrap()));
        let db = MemoryDb::new();
        Self { work: Arc::<MemoryDb>::clone(&db), db, clock }
    }

    fn process(&self, kinds: Vec<JobKind>, slots: usize) -> Workers {
        let clock = Arc::<FixedClock>::clone(&self.clock);
        let base = Base::new(Arc::clone(&self.work), clock, Replicas::Several);
        Workers::new(base, kinds, slots, LEASE)
    }

    async fn enqueue(&self, kind: &JobKind, what: &str) -> JobId {
        let (job, now) = (kind.job(json!({ "do": what })), self.clock.now());
        let enqueued: Result<_, StoreError> =
            self.work.write(move |tx| tx.jobs().enqueue(&job, now)).await;
        enqueued.unwrap().id()
    }

    async fn job(&self, id: JobId) -> Job {
        let job: Result<_, StoreError> = self.work.read(move |tx| tx.jobs().job(id)).await;
        job.unwrap().unwrap()
    }

    async fn runs(&self, id: JobId) -> Vec<JobRun> {
        let runs: Result<_, StoreError> = self.work.read(move |tx| tx.jobs().runs(id, 50)).await;
        runs.unwrap()
    }

    /// Runs everything that is due.
    async fn round(&self, process: &Workers) {
        let mut slots = Slots::default();
        loop {
            process.fill(&mut slots).await.unwrap();
            if slots.is_empty() {
                break;
            }
            slots.ended().await;
        }
    }
}

#[actix_web::test]
async fn what_is_due_runs_once_and_leaves_a_line() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let process = fixture.process(vec![kind.clone()], 3);
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(fixture.enqueue(&kind, "work").await);
    }
    fixture.round(&process).await;
    fixture.round(&process).await;
    assert_eq!(seen.starts(), 10);
    for id in ids {
        let runs = fixture.runs(id).await;
        assert_eq!(fixture.job(id).await.state, JobState::Succeeded);
        assert_eq!((runs.len(), runs[0].outcome), (1, RunOutcome::Succeeded));
    }
}

#[actix_web::test]
async fn failures_panics_and_long_runs_are_tried_again_and_then_dead() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let process = fixture.process(vec![kind.clone()], 3);
    for (what, error) in [
        ("fail", "planned"),
        ("panic", "it panicked: planned"),
        ("hang", "it took longer than 0.1 seconds"),
    ] {
        let id = fixture.enqueue(&kind, what).await;
        fixture.round(&process).await;
        let job = fixture.job(id).await;
        assert_eq!((job.state, job.error.as_deref()), (JobState::Retrying, Some(error)));
        assert!(job.due_at > fixture.clock.now(), "a pause");
        fixture.clock.advance(HOUR);
        fixture.round(&process).await;
        assert_eq!(fixture.job(id).await.state, JobState::Dead);
        assert_eq!(fixture.runs(id).await.len(), 2);
    }
    let id = fixture.enqueue(&kind, "discard").await;
    fixture.round(&process).await;
    assert_eq!((fixture.job(id).await.state, fixture.runs(id).await.len()), (JobState::Dead, 1));
}

#[actix_web::test]
async fn a_handler_may_finish_in_its_own_unit_or_ask_for_another_time() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let process = fixture.process(vec![kind.clone()], 3);
    let inside = fixture.enqueue(&kind, "inside").await;
    let later = fixture.enqueue(&kind, "later").await;
    fixture.round(&process).await;
    assert_eq!(fixture.job(inside).await.state, JobState::Succeeded);
    let job = fixture.job(later).await;
    assert_eq!((job.state, job.attempt), (JobState::Queued, 0));
    assert_eq!(job.due_at, fixture.clock.now().plus(LEASE).plus(HOUR));
}

#[actix_web::test]
async fn a_slow_job_holds_up_no_other_and_slots_are_the_limit() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = JobKind { timeout: HOUR, ..kind(&seen, &fixture.work) };
    let process = fixture.process(vec![kind.clone()], 2);
    let slow = fixture.enqueue(&kind, "wait").await;
    let mut slots = Slots::default();
    process.fill(&mut slots).await.unwrap();
    for _ in 0..3 {
        fixture.enqueue(&kind, "work").await;
    }
    for _ in 0..3 {
        process.fill(&mut slots).await.unwrap();
        slots.ended().await;
    }
    assert_eq!((seen.starts(), fixture.job(slow).await.state), (4, JobState::Running));
    seen.wakes.notify_one();
    slots.ended().await;
    assert_eq!(fixture.job(slow).await.state, JobState::Succeeded);
}

#[actix_web::test]
async fn a_job_of_a_dead_process_is_taken_over_after_its_lease() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = JobKind { timeout: HOUR, ..kind(&seen, &fixture.work) };
    let (first, second) =
        (fixture.process(vec![kind.clone()], 1), fixture.process(vec![kind.clone()], 1));
    let id = fixture.enqueue(&kind, "wait").await;
    let mut slots = Slots::default();
    first.fill(&mut slots).await.unwrap();
    tokio::task::yield_now().await;
    let mut others = Slots::default();
    second.fill(&mut others).await.unwrap();
    assert!(others.is_empty(), "the lease holds");
    drop(slots);
    fixture.clock.advance(LEASE);
    second.fill(&mut others).await.unwrap();
    assert!(!others.is_empty());
    seen.wakes.notify_one();
    others.ended().await;
    let (job, runs) = (fixture.job(id).await, fixture.runs(id).await);
    assert_eq!((job.state, job.attempt), (JobState::Succeeded, 2));
    assert_eq!((runs[0].outcome, runs[1].outcome), (RunOutcome::Succeeded, RunOutcome::Lost));
    assert_ne!(runs[0].worker, runs[1].worker);
}

#[actix_web::test]
async fn a_cancelled_job_is_stopped_at_the_next_heartbeat() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = JobKind { timeout: HOUR, ..kind(&seen, &fixture.work) };
    let process = fixture.process(vec![kind.clone()], 1);
    let id = fixture.enqueue(&kind, "wait").await;
    let mut slots = Slots::default();
    process.fill(&mut slots).await.unwrap();
    let now = fixture.clock.now();
    let asked: Result<_, StoreError> =
        fixture.work.write(move |tx| tx.jobs().cancel(id, now)).await;
    assert_eq!(asked.unwrap(), Some(Cancellation::Requested));
    process.beat(&mut slots).await;
    slots.ended().await;
    process.beat(&mut slots).await;
    assert_eq!(fixture.job(id).await.state, JobState::Cancelled);
    assert_eq!(fixture.runs(id).await[0].outcome, RunOutcome::Cancelled);
}

#[actix_web::test]
async fn a_process_that_stops_hands_back_what_it_cannot_finish() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = JobKind { timeout: HOUR, ..kind(&seen, &fixture.work) };
    let id = fixture.enqueue(&kind, "wait").await;
    let (stop, stopping) = watch::channel(false);
    let process = fixture.process(vec![kind.clone()], 1);
    let running = tokio::spawn(process.run(stopping, Duration::from_millis(50)));
    while seen.starts() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    let job = fixture.job(id).await;
    assert_eq!((job.state, job.attempt, job.run), (JobState::Queued, 0, 1));
    assert_eq!((job.due_at, fixture.runs(id).await[0].outcome), {
        (fixture.clock.now(), RunOutcome::HandedBack)
    });
}

#[actix_web::test]
async fn a_paused_queue_and_unknown_kinds_are_left_alone() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let process = fixture.process(vec![kind.clone()], 2);
    let other = JobKind { name: "test.newer", ..kind.clone() };
    fixture.enqueue(&other, "work").await;
    fixture.enqueue(&kind, "work").await;
    let pause = |paused| {
        fixture.work.write(move |tx| {
            let read = tx.jobs().queue_settings("default")?;
            tx.jobs().save_queue(&mut QueueSettings { paused, ..read })
        })
    };
    let paused: Result<(), StoreError> = pause(true).await;
    paused.unwrap();
    fixture.round(&process).await;
    assert_eq!(seen.starts(), 0);
    let resumed: Result<(), StoreError> = pause(false).await;
    resumed.unwrap();
    fixture.round(&process).await;
    assert_eq!(seen.starts(), 1);
}

#[actix_web::test]
async fn looking_at_an_idle_queue_writes_nothing() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let read_only: Arc<dyn UnitOfWork<dyn CommonTx>> =
        Arc::new(ReadOnly(Arc::clone(&fixture.work)));
    let clock = Arc::<FixedClock>::clone(&fixture.clock);
    let base = Base::new(read_only, clock, Replicas::Several);
    let process = Workers::new(base, vec![kind], 2, LEASE);
    let mut slots = Slots::default();
    process.fill(&mut slots).await.unwrap();
    process.beat(&mut slots).await;
    assert!(slots.is_empty());
}

#[actix_web::test]
async fn an_idle_worker_is_woken_by_the_commit_of_a_job() {
    let (fixture, seen) = (Fixture::new(), Arc::new(Seen::default()));
    let kind = kind(&seen, &fixture.work);
    let enqueued = Arc::new(Notify::new());
    let notified = Arc::clone(&enqueued);
    fixture.db.on_jobs(move || notified.notify_one());
    // By itself it would look again in an hour.
    let process = fixture.process(vec![kind.clone()], 3).looking_every(HOUR).woken_by(enqueued);
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(process.run(stopping, Duration::ZERO));
    tokio::time::sleep(Duration::from_millis(50)).await;
    for started in 1..=3 {
        let job = fixture.enqueue(&kind, "work").await;
        for _ in 0..500 {
            if fixture.job(job).await.state == JobState::Succeeded {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!((fixture.job(job).await.state, seen.starts()), (JobState::Succeeded, started));
    }
    stop.send_replace(true);
    running.await.unwrap();
}
