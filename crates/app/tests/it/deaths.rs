//! Death at every commit: a process aborts before or after its n-th commit, n running through the scenario;
//! then another one goes on. What was answered is there, and what was promised was done, once.
//!
//! The scenario: events that were told by a caller, some with a job in the same unit; a consumer that
//! enqueues a job for each; a schedule that ticks; jobs whose effect is an event in the unit of their end.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapter_cron::CronCalendar;
use adapter_diesel::{Db, DbConfig};
use alveole::drivers::{
    Base, Replicas,
    consumers::{ConsumerDriver, Round},
    feed::{Feed, Told},
    workers::{Slots, Workers},
};
use alveole_tests::{Backend, backend::Database};
use jobs::{JobAdmin, service::JobPolicy};
use kernel::{
    Access, BoxFuture, Clock, CommonTx, Consumer, ConsumerError, Event, JobKind, NewEvent,
    Recurrence, Scheduler as _, StoreError, Timestamp, UnitOfWork, Work,
    consumer::StartAt,
    job::{JobContext, JobDone, JobError},
    time::FixedClock,
};
use serde_json::json;

const INTENDED: &str = "death.intended.v1";
const DONE: &str = "death.done.v1";
const MINUTE: Duration = Duration::from_secs(60);
const LEASE: Duration = Duration::from_secs(20);
/// What the caller tells: an event for each; every odd one enqueues a job, too.
const INTENTS: i64 = 3;
/// The subject of what is done for the job that the caller enqueued, and for the tick.
const DIRECT: i64 = 100;
const TICK: i64 = 1000;
/// How a child is told where to die.
const PLAN: &str = "ALVEOLE_TEST_DEATH";

/// Where in a commit the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// How a process works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// The effect of a job is in the unit of its end.
    Careful,
    /// It is in a unit before: the planted bug.
    Careless,
}

/// Where and how a process dies.
#[derive(Debug, Clone, Copy)]
struct Death {
    when: When,
    commit: usize,
}

/// A database whose process dies at a commit.
struct Mortal {
    db: Arc<Db>,
    commits: AtomicUsize,
    death: Option<Death>,
}

impl<Tx: ?Sized + 'static> UnitOfWork<Tx> for Mortal
where
    Db: UnitOfWork<Tx>,
{
    fn run(&self, access: Access, mut work: Work<Tx>) -> BoxFuture<'_, Result<(), StoreError>> {
        if access != Access::Write {
            return self.db.run(access, work);
        }
        let commit = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let dies = move |when| self.death.is_some_and(|it| it.when == when && it.commit == commit);
        if dies(When::Before) {
            work = Box::new(move |tx| {
                let _ = work(tx);
                std::process::abort()
            });
        }
        Box::pin(async move {
            let ended = self.db.run(access, work).await;
            if dies(When::After) {
                std::process::abort();
            }
            ended
        })
    }
}

fn event(name: &'static str, subject: i64, at: Timestamp) -> NewEvent {
    NewEvent {
        name,
        at,
        actor: None,
        subject,
        audience: Vec::new(),
        payload: json!({}),
        request_id: None,
    }
}

/// One process.
struct Process {
    base: Base,
    jobs: Arc<JobAdmin>,
    kind: JobKind,
    consumer: Consumer,
}

fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:30Z").unwrap()
}

impl Process {
    fn new(db: Arc<Db>, care: Care, death: Option<Death>, at: Timestamp) -> Self {
        let mortal = Arc::new(Mortal { db, commits: AtomicUsize::new(0), death });
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<Mortal>::clone(&mortal);
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(at));
        let effect = Arc::clone(&work);
        let run = move |context: JobContext| {
            let work = Arc::clone(&effect);
            async move {
                let subject = context.job.args["subject"].as_i64().unwrap_or(TICK);
                if care == Care::Careless {
                    let done = work.write(move |tx| tx.outbox().append(&event(DONE, subject, at)));
                    let done: Result<(), StoreError> = done.await;
                    return done
                        .map(|()| JobDone::Done)
                        .map_err(|error| JobError::Failed(error.to_string()));
                }
                let done = work.write(move |tx| {
                    tx.outbox().append(&event(DONE, subject, at))?;
                    context.finish(tx, at)
                });
                done.await.map_err(|error: StoreError| JobError::Failed(error.to_string()))
            }
        };
        let kind = JobKind {
            schedule: Some(Recurrence::utc("* * * * *")),
            ..JobKind::new("death.effect", run)
        };
        let (enqueues, of) = (Arc::clone(&work), kind.clone());
        let consumer = Consumer::exactly_once("death.consumer", &[INTENDED], move |delivery| {
            let (work, kind) = (Arc::clone(&enqueues), of.clone());
            async move {
                let done = work.write(move |tx| {
                    delivery.complete(tx)?;
                    let job = kind.job(json!({"subject": delivery.event.subject}));
                    tx.jobs().enqueue(&job, at)
                });
                let done = done.await.map(drop);
                done.map_err(|error: StoreError| ConsumerError::Retry(error.to_string()))
            }
        });
        let consumer = consumer.starting(StartAt::Beginning);
        let policy = JobPolicy { keep: Duration::from_hours(1), max_attempts: 3 };
        let calendar = Arc::new(CronCalendar);
        let jobs = Arc::new(JobAdmin::new(mortal, Arc::clone(&clock), calendar, policy));
        jobs.add_kinds([kind.clone()]);
        Self { base: Base::new(work, clock, Replicas::Several), jobs, kind, consumer }
    }

    /// What the caller does; it hears of each commit by a line.
    async fn tell(&self) {
        let at = self.base.clock.now();
        for subject in 0..INTENTS {
            let direct = self.kind.job(json!({"subject": DIRECT + subject}));
            let told: Result<(), StoreError> = self
                .base
                .work
                .write(move |tx| {
                    tx.outbox().append(&event(INTENDED, subject, at))?;
                    if subject % 2 == 1 {
                        tx.jobs().enqueue(&direct, at)?;
                    }
                    Ok(())
                })
                .await;
            told.unwrap();
            println!("answered {subject}");
        }
    }

    /// Does everything that is due.
    async fn run_what_is_due(&self) {
        let (feed, _head) = Feed::new(&self.base, Arc::default(), Arc::default());
        let mut consumer = ConsumerDriver::new(self.base.clone(), self.consumer.clone());
        let workers = Workers::new(self.base.clone(), self.jobs.kinds(), 1, LEASE);
        let mut told = Told::default();
        for _ in 0..2 {
            for ticked in self.jobs.tick().await.unwrap() {
                ticked.unwrap();
            }
            while feed.step(&mut told).await.unwrap() {}
            while consumer.round().await.unwrap() == Round::More {}
            let mut slots = Slots::default();
            loop {
                workers.fill(&mut slots).await.unwrap();
                if slots.is_empty() {
                    break;
                }
                slots.ended().await;
            }
        }
    }

    /// The subjects of the events of a name, in order.
    async fn ledger(&self, name: &str) -> Vec<i64> {
        let read = self.base.work.read(|tx| tx.outbox().after(None, 1000)).await;
        let events: Result<Vec<Event>, StoreError> = read;
        let events = events.unwrap();
        let mut of: Vec<i64> =
            events.iter().filter(|event| event.name == name).map(|event| event.subject).collect();
        of.sort_unstable();
        of
    }
}

/// The whole life of a process: it registers its schedule, is called, and works.
async fn live(db: Arc<Db>, care: Care, death: Death) {
    Process::new(Arc::clone(&db), care, None, start()).jobs.register().await.unwrap();
    // By then it has ticked once.
    let process = Process::new(db, care, Some(death), start().plus(MINUTE));
    process.tell().await;
    process.run_what_is_due().await;
}

/// What a child is told: its database, and where to die. None in the process that runs the tests.
async fn is_a_child() -> bool {
    let Ok(plan) = std::env::var(PLAN) else { return false };
    let words: Vec<&str> = plan.split_whitespace().collect();
    let [url, care, when, commit] = words[..] else { unreachable!("{plan}") };
    let care = if care == "Careful" { Care::Careful } else { Care::Careless };
    let when = if when == "Before" { When::Before } else { When::After };
    let death = Death { when, commit: commit.parse().unwrap() };
    live(Db::open(&DbConfig::new(url)).unwrap(), care, death).await;
    true
}

/// A process that dies; says which calls were answered, and whether it came to the commit at which it dies.
fn die(url: &str, care: Care, Death { when, commit }: Death) -> (Vec<i64>, bool) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "deaths::nothing_is_lost_or_done_twice_on_sqlite", "--nocapture"])
        .env(PLAN, format!("{url} {care:?} {when:?} {commit}"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let answered = said.lines().filter_map(|line| line.split_once("answered "));
    let answered = answered.map(|(_, subject)| subject.parse().unwrap()).collect();
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(!why.contains("panicked"), "the child must abort, not panic: {why}");
    }
    (answered, !output.status.success())
}

/// Another process goes on after the leases have ended and before the next tick; says how the ledgers differ.
async fn go_on(url: &str, care: Care, answered: &[i64]) -> Result<(), String> {
    let db = Db::open(&DbConfig::new(url)).unwrap();
    let later = start().plus(MINUTE + LEASE + Duration::from_secs(5));
    let process = Process::new(db, care, None, later);
    process.run_what_is_due().await;
    let intended = process.ledger(INTENDED).await;
    if let Some(lost) = answered.iter().find(|subject| !intended.contains(subject)) {
        return Err(format!("the answer to {lost} was lost"));
    }
    let direct =
        intended.iter().filter(|subject| *subject % 2 == 1).map(|subject| DIRECT + subject);
    let must: Vec<i64> = intended.iter().copied().chain(direct).chain([TICK]).collect();
    let is = process.ledger(DONE).await;
    if is == must { Ok(()) } else { Err(format!("done is {is:?}, must be {must:?}")) }
}

/// A migrated database of which others are copies.
struct Template {
    backend: Backend,
    database: Database,
    _folder: tempfile::TempDir,
}

impl Template {
    fn new(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut database = backend.fresh(folder.path());
        let db = Db::open(&DbConfig::new(database.url.as_str())).unwrap();
        db.migrate_up().unwrap();
        if backend == Backend::Sqlite {
            // One file, whose log nobody has to wait for.
            let copy = db.snapshot(folder.path()).unwrap();
            database.url = format!("sqlite://{}", copy.database.display());
        }
        Self { backend, database, _folder: folder }
    }

    /// Dies on a copy, and goes on; false when the process never came to that commit.
    async fn survive(&self, care: Care, death: Death) -> Result<bool, String> {
        let folder = tempfile::tempdir().unwrap();
        let database = self.backend.copy(&self.database, folder.path());
        let (answered, died) = die(&database.url, care, death);
        let survived = go_on(&database.url, care, &answered).await;
        survived.map(|()| died).map_err(|error| format!("{} {death:?}: {error}", self.backend))
    }
}

async fn die_at_every_commit(backend: Backend) {
    let template = Template::new(backend);
    for when in [When::Before, When::After] {
        let mut deaths = 0;
        while template.survive(Care::Careful, Death { when, commit: deaths + 1 }).await.unwrap() {
            deaths += 1;
        }
        assert!(deaths >= 15, "{backend}: {deaths} commits are too few for what happens");
    }
}

#[actix_web::test]
async fn nothing_is_lost_or_done_twice_on_sqlite() {
    if !is_a_child().await {
        die_at_every_commit(Backend::Sqlite).await;
    }
}

#[actix_web::test]
async fn nothing_is_lost_or_done_twice_on_postgresql() {
    if Backend::all().contains(&Backend::Postgres) {
        die_at_every_commit(Backend::Postgres).await;
    } else {
        eprintln!("SKIPPED: no PostgreSQL; set TEST_POSTGRES_URL");
    }
}

#[actix_web::test]
async fn an_effect_outside_of_the_unit_of_its_end_is_noticed() {
    let template = Template::new(Backend::Sqlite);
    let mut commit = 1;
    let noticed = loop {
        match template.survive(Care::Careless, Death { when: When::After, commit }).await {
            Ok(true) => commit += 1,
            Ok(false) => break None,
            Err(error) => break Some(error),
        }
    };
    let error = noticed.expect("some death must come between the effect and the end");
    assert!(error.contains("must be"), "{error}");
}
