//! The two engines: threads that own connections, fed by bounded queues.

// Other places of a `cfg`: an engine is a file.
#[cfg_attr(not(feature = "postgres"), path = "no_hints.rs")]
mod hints;
mod observe;
#[cfg_attr(not(feature = "postgres"), path = "no_postgres.rs")]
mod postgres;
mod queue;
mod sqlite;
mod texts;

use std::{
    any::Any,
    hash::{BuildHasher as _, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use kernel::{Access, StoreError, Verdict};
use metrics::Histogram;
use tokio::sync::oneshot;
use tracing::Span;

pub(crate) use self::sqlite::connect as connect_sqlite;
pub use self::texts::HeardText;
use self::{
    observe::Meter,
    queue::{Queue, Queued},
    texts::Texts,
};
for_postgres! {
    pub(crate) use self::postgres::connect as connect_postgres;
}
use crate::{
    DbConfig, DbError,
    common::floors::Floors,
    config::Target,
    db::for_postgres,
    uow::{DieselTx, Signals},
};

/// The erased body of a unit of work.
pub(crate) type Body = Box<dyn FnMut(&mut DieselTx) -> Verdict + Send>;

type Notifier = Arc<dyn Fn() + Send + Sync>;

/// A unit of work that waits for its turn.
struct Job {
    body: Body,
    face: &'static str,
    reply: oneshot::Sender<Result<(), StoreError>>,
    since: Instant,
    meter: Arc<Meter>,
    span: Span,
    traceparent: Option<String>,
}

impl Queued for Job {
    fn owner(&self) -> &'static str {
        self.face
    }
}

impl Job {
    /// Answers; that nobody listens any more is no matter.
    fn answer(self, outcome: Result<(), StoreError>) {
        if outcome.is_err() {
            self.span.record("otel.status_code", "ERROR");
        }
        // A span ends when it was last left: so the unit's includes the commit.
        self.span.in_scope(|| {
            let _ = self.reply.send(outcome);
        });
    }

    /// Runs the body; a panic in it is its own failure and nobody else's (U3).
    fn run(&mut self, tx: &mut DieselTx) -> Result<Verdict, StoreError> {
        tx.traceparent.clone_from(&self.traceparent);
        let _inside = self.span.enter();
        let since = Instant::now();
        let whole = AssertUnwindSafe(|| {
            let verdict = (self.body)(tx);
            if verdict == Verdict::Commit && tx.failure().is_none() {
                // A failure is noted in the transaction, like that of any other call.
                let _ = tx.record();
            }
            verdict
        });
        let verdict = catch_unwind(whole)
            .map_err(|panic| StoreError::Internal(format!("panic: {}", panic_message(&*panic))));
        self.meter.run.record(since.elapsed());
        verdict
    }

    /// Notes how long the commit took that it is a part of.
    fn committed(&self, took: Duration) {
        if !took.is_zero() {
            self.span.record("commit_ms", took.as_secs_f64() * 1000.0);
        }
    }
}

/// What a panic said, if it said it in words.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

/// U4: a unit in which a store call failed does not commit.
fn failed_before(failure: &str) -> StoreError {
    StoreError::Internal(format!("rolled back, because a store call failed before: {failure}"))
}

/// A queue and the threads that take from it.
struct Lane {
    queue: Arc<Queue<Job>>,
    threads: Vec<JoinHandle<()>>,
    meter: Arc<Meter>,
}

impl Lane {
    /// `most` bounds the units of one face that run simultaneously.
    fn new(length: usize, most: usize, access: Access) -> Self {
        Self {
            queue: Arc::new(Queue::new(length, most)),
            threads: Vec::new(),
            meter: Arc::new(Meter::new(access)),
        }
    }

    /// Adds a thread.
    fn spawn(
        &mut self,
        name: &str,
        body: impl FnOnce(Arc<Queue<Job>>) + Send + 'static,
    ) -> Result<(), DbError> {
        let queue = Arc::clone(&self.queue);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || body(queue))?;
        self.threads.push(thread);
        Ok(())
    }

    /// Lets what waits be done, then ends the threads.
    fn close(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // The last owner may be let go of by one of the threads, in a bell.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// What the threads of an engine share.
struct Shared {
    /// Tells this database's hints from those of other processes.
    instance: String,
    notifiers: RwLock<Vec<(Signals, Notifier)>>,
    /// True when other processes have to be told that jobs are due.
    jobs_hint: AtomicBool,
    /// What domains say to those of other processes.
    texts: Texts,
    floors: Arc<Floors>,
    queue_wait: Duration,
    commits: Histogram,
}

impl Shared {
    /// Notifies this process, and has others told of jobs: by a hint of its own after the commit, never in
    /// the transaction of a unit. Events are told of by the sequencer.
    fn committed(&self, signals: Signals) {
        if signals.jobs {
            self.jobs_hint.store(true, Ordering::Release);
        }
        self.notify(signals);
    }

    fn notify(&self, signals: Signals) {
        if signals == Signals::default() {
            return;
        }
        let notifiers = self.notifiers.read().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, notifier) in notifiers.iter().filter(|(wanted, _)| wanted.meets(signals)) {
            // The commit stands, whatever happens to those who are told of it.
            let _ = catch_unwind(AssertUnwindSafe(|| notifier()));
        }
    }

    /// The job, unless it waited too long and was answered.
    fn in_time(&self, job: Job) -> Option<Job> {
        let waited = job.since.elapsed();
        job.meter.wait.record(waited);
        job.span.record("wait_ms", waited.as_secs_f64() * 1000.0);
        if waited <= self.queue_wait {
            return Some(job);
        }
        job.answer(Err(StoreError::Timeout("waited too long for its turn".to_owned())));
        None
    }
}

/// The lanes of an open database.
pub(crate) struct Engine {
    writes: Lane,
    reads: Lane,
    slow: Lane,
    shared: Arc<Shared>,
    traceparent: Option<fn() -> Option<String>>,
    pools: Option<postgres::Pools>,
    /// Where hints from other processes come from, until somebody listens.
    hints: Mutex<Option<String>>,
}

impl Engine {
    pub(crate) fn open(config: &DbConfig) -> Result<Self, DbError> {
        let target = Target::of(&config.url)?;
        let lane = |access| {
            let most = match target {
                // Nothing is waited for but the processor and the disk.
                Target::Sqlite(_) => usize::MAX,
                Target::Postgres(_) => postgres::most_of_one_face(config, access),
            };
            Lane::new(config.queue_length, most, access)
        };
        let mut engine = Self {
            writes: lane(Access::Write),
            reads: lane(Access::Read),
            slow: lane(Access::Slow),
            shared: Arc::new(Shared {
                instance: format!("{:x}", RandomState::new().hash_one(())),
                notifiers: RwLock::default(),
                jobs_hint: AtomicBool::new(false),
                texts: Texts::default(),
                floors: Arc::default(),
                queue_wait: config.queue_wait,
                commits: observe::commits(),
            }),
            traceparent: config.traceparent,
            pools: None,
            hints: Mutex::default(),
        };
        match target {
            Target::Sqlite(path) => sqlite::open(&mut engine, path, config)?,
            Target::Postgres(url) => postgres::open(&mut engine, url, config)?,
        }
        Ok(engine)
    }

    pub(crate) async fn turn(
        &self,
        access: Access,
        face: &'static str,
        body: Body,
    ) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let lane = match access {
            Access::Write => &self.writes,
            Access::Read => &self.reads,
            Access::Slow => &self.slow,
        };
        // Asked here, because the thread that works knows nothing of the caller. The last part says
        // whether somebody takes the trace; what nobody takes needs no spans.
        let traceparent = self.traceparent.and_then(|of_caller| of_caller());
        let taken = traceparent.as_deref().is_some_and(|parent| parent.ends_with("-01"));
        let span = if taken { lane.meter.span() } else { Span::none() };
        let meter = Arc::clone(&lane.meter);
        let job = Job { body, face, reply, since: Instant::now(), meter, span, traceparent };
        if !lane.queue.push(job) {
            return Err(StoreError::Unavailable("its queue is full".to_owned()));
        }
        match answer.await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Unavailable("its thread is gone".to_owned())),
        }
    }

    pub(crate) fn on(&self, wanted: Signals, notifier: Notifier) {
        let mut notifiers = self.shared.notifiers.write().unwrap_or_else(PoisonError::into_inner);
        notifiers.push((wanted, notifier));
        drop(notifiers);
        self.listen();
    }

    pub(crate) fn send_hint(&self, text: String) {
        self.shared.texts.push(text);
        // The thread that hears others also sends.
        self.listen();
    }

    pub(crate) fn on_hint(&self, heard: HeardText) {
        self.shared.texts.listen(heard);
        self.listen();
    }

    /// Begins to hear other processes, once.
    fn listen(&self) {
        let url = self.hints.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(url) = url
            && let Err(error) = hints::listen(&url, &self.shared)
        {
            tracing::warn!(%error, "hints of other processes are not heard");
        }
    }

    pub(crate) fn gauges(&self) -> Vec<(&'static str, f64)> {
        let mut gauges = vec![
            ("alveole_db_writes_waiting", self.writes.queue.len() as f64),
            ("alveole_db_reads_waiting", self.reads.queue.len() as f64),
            ("alveole_db_slow_reads_waiting", self.slow.queue.len() as f64),
        ];
        if let Some(pools) = &self.pools {
            let (connections, idle) = pools.connections();
            gauges.push(("alveole_db_connections", f64::from(connections)));
            gauges.push(("alveole_db_connections_idle", f64::from(idle)));
        }
        gauges
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
        self.slow.close();
    }
}
