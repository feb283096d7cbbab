//! Death at every commit: a process aborts before or after its n-th commit, n running through the scenario;
//! then another one goes on. What was answered is there, and what was promised was done, once.
//!
//! `work`: events that were told by a caller, some with a job in the same unit; a consumer that enqueues a
//! job for each; a schedule that ticks; jobs whose effect is an event in the unit of their end. `digest`:
//! notifications that are collected and go out together. `inbound`: deliveries of other programs. `webhooks`: events
//! that are sent to endpoints.

mod digest;
mod inbound;
mod webhooks;
mod work;

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
use alveole_tests::{
    Backend,
    backend::{Database, wait_for_drops},
};
use jobs::{JobAdmin, service::JobPolicy};
use kernel::{
    Access, BoxFuture, Clock, CommonTx, Consumer, Event, JobKind, NewEvent, Scheduler as _,
    StoreError, Timestamp, UnitOfWork, Work, time::FixedClock,
};
use serde_json::json;

/// What a caller tells.
const INTENDED: &str = "death.intended.v1";
const MINUTE: Duration = Duration::from_secs(60);
const LEASE: Duration = Duration::from_secs(20);
/// How a child is told where to die.
const PLAN: &str = "ALVEOLE_TEST_DEATH";

/// Where in a commit the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// What processes do, one of which dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    /// Jobs whose effect is in the unit of their end.
    Work,
    /// Jobs whose effect is in a unit before: the planted bug.
    CarelessWork,
    /// Digests of notifications.
    Digest,
    /// Deliveries of other programs.
    Inbound,
    /// Events on their way to endpoints.
    Webhooks,
}

impl Scenario {
    const ALL: [Self; 5] =
        [Self::Work, Self::CarelessWork, Self::Digest, Self::Inbound, Self::Webhooks];

    /// The whole life of a process that dies.
    async fn live(self, db: Arc<Db>, death: Death) {
        match self {
            Self::Work | Self::CarelessWork => work::live(db, self, death).await,
            Self::Digest => digest::live(db, death).await,
            Self::Inbound => inbound::live(db, death).await,
            Self::Webhooks => webhooks::live(db, death).await,
        }
    }

    /// Another process goes on, after the first one answered these calls; says how the ledgers differ.
    async fn go_on(self, db: Arc<Db>, answered: &[i64]) -> Result<(), String> {
        match self {
            Self::Work | Self::CarelessWork => work::go_on(db, self, answered).await,
            Self::Digest => digest::go_on(db, answered).await,
            Self::Inbound => inbound::go_on(db, answered).await,
            Self::Webhooks => webhooks::go_on(db, answered).await,
        }
    }
}

/// Where and how a process dies.
#[derive(Debug, Clone, Copy)]
struct Death {
    when: When,
    commit: usize,
}

/// A database whose process dies at a commit, or never.
struct Mortal {
    db: Arc<Db>,
    commits: AtomicUsize,
    death: Option<Death>,
}

impl Mortal {
    fn new(db: Arc<Db>, death: Option<Death>) -> Arc<Self> {
        Arc::new(Self { db, commits: AtomicUsize::new(0), death })
    }
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

fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:30Z").unwrap()
}

/// One process.
struct Process {
    base: Base,
    clock: Arc<FixedClock>,
    jobs: Arc<JobAdmin>,
    consumer: Consumer,
}

impl Process {
    fn new(
        mortal: Arc<Mortal>,
        clock: Arc<FixedClock>,
        consumer: Consumer,
        kinds: Vec<JobKind>,
    ) -> Self {
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<Mortal>::clone(&mortal);
        let time: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let policy = JobPolicy { keep: Duration::from_hours(1), max_attempts: 3 };
        let calendar = Arc::new(CronCalendar);
        let jobs = Arc::new(JobAdmin::new(mortal, Arc::clone(&time), calendar, policy));
        jobs.add_kinds(kinds);
        Self { base: Base::new(work, time, Replicas::Several), clock, jobs, consumer }
    }

    /// What a caller does; it hears of the commit by a line.
    async fn tell(
        &self,
        subject: i64,
        also: impl Fn(&mut dyn CommonTx) -> Result<(), StoreError> + Send + 'static,
    ) {
        let at = self.base.clock.now();
        let told: Result<(), StoreError> = self
            .base
            .work
            .write(move |tx| {
                tx.outbox().append(&event(INTENDED, subject, at))?;
                also(tx)
            })
            .await;
        told.unwrap();
        println!("answered {subject}");
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

    /// The subjects of what was told, if nothing is missing that was answered.
    async fn intended(&self, answered: &[i64]) -> Result<Vec<i64>, String> {
        let intended = self.ledger(INTENDED).await;
        match answered.iter().find(|subject| !intended.contains(subject)) {
            Some(lost) => Err(format!("the answer to {lost} was lost")),
            None => Ok(intended),
        }
    }
}

/// What a child is told: its database, and where to die. None in the process that runs the tests.
async fn is_a_child() -> bool {
    let Ok(plan) = std::env::var(PLAN) else { return false };
    let words: Vec<&str> = plan.split_whitespace().collect();
    let [url, scenario, when, commit] = words[..] else { unreachable!("{plan}") };
    let named = |it: &Scenario| format!("{it:?}") == scenario;
    let scenario = Scenario::ALL.into_iter().find(named).unwrap();
    let when = if when == "Before" { When::Before } else { When::After };
    let death = Death { when, commit: commit.parse().unwrap() };
    scenario.live(Db::open(&DbConfig::new(url)).unwrap(), death).await;
    true
}

/// A process that dies; says which calls were answered, and whether it came to the commit at which it dies.
fn die(url: &str, scenario: Scenario, Death { when, commit }: Death) -> (Vec<i64>, bool) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "deaths::nothing_is_lost_or_done_twice_on_sqlite", "--nocapture"])
        .env(PLAN, format!("{url} {scenario:?} {when:?} {commit}"))
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
    async fn survive(&self, scenario: Scenario, death: Death) -> Result<bool, String> {
        let folder = tempfile::tempdir().unwrap();
        let database = self.backend.copy(&self.database, folder.path());
        let (answered, died) = die(&database.url, scenario, death);
        let db = Db::open(&DbConfig::new(database.url.as_str())).unwrap();
        let survived = scenario.go_on(db, &answered).await;
        survived.map(|()| died).map_err(|error| format!("{} {death:?}: {error}", self.backend))
    }
}

async fn die_at_every_commit(backend: Backend, scenario: Scenario) {
    if !Backend::all().contains(&backend) {
        eprintln!("SKIPPED: no PostgreSQL; set TEST_POSTGRES_URL");
        return;
    }
    let template = Template::new(backend);
    for when in [When::Before, When::After] {
        let mut deaths = 0;
        while template.survive(scenario, Death { when, commit: deaths + 1 }).await.unwrap() {
            deaths += 1;
        }
        assert!(deaths >= 15, "{backend}: {deaths} commits are too few for what happens");
    }
    drop(template);
    // The process of these tests ends without asking.
    wait_for_drops();
}

#[actix_web::test]
async fn nothing_is_lost_or_done_twice_on_sqlite() {
    if !is_a_child().await {
        die_at_every_commit(Backend::Sqlite, Scenario::Work).await;
    }
}

#[actix_web::test]
async fn nothing_is_lost_or_done_twice_on_postgresql() {
    die_at_every_commit(Backend::Postgres, Scenario::Work).await;
}

#[actix_web::test]
async fn a_digest_has_everything_once_on_sqlite() {
    die_at_every_commit(Backend::Sqlite, Scenario::Digest).await;
}

#[actix_web::test]
async fn a_digest_has_everything_once_on_postgresql() {
    die_at_every_commit(Backend::Postgres, Scenario::Digest).await;
}

#[actix_web::test]
async fn a_delivery_is_applied_once_on_sqlite() {
    die_at_every_commit(Backend::Sqlite, Scenario::Inbound).await;
}

#[actix_web::test]
async fn a_delivery_is_applied_once_on_postgresql() {
    die_at_every_commit(Backend::Postgres, Scenario::Inbound).await;
}

#[actix_web::test]
async fn every_event_reaches_its_endpoints_on_sqlite() {
    die_at_every_commit(Backend::Sqlite, Scenario::Webhooks).await;
}

#[actix_web::test]
async fn every_event_reaches_its_endpoints_on_postgresql() {
    die_at_every_commit(Backend::Postgres, Scenario::Webhooks).await;
}

#[actix_web::test]
async fn an_effect_outside_of_the_unit_of_its_end_is_noticed() {
    let template = Template::new(Backend::Sqlite);
    let mut commit = 1;
    let noticed = loop {
        match template.survive(Scenario::CarelessWork, Death { when: When::After, commit }).await {
            Ok(true) => commit += 1,
            Ok(false) => break None,
            Err(error) => break Some(error),
        }
    };
    let error = noticed.expect("some death must come between the effect and the end");
    assert!(error.contains("must be"), "{error}");
}
