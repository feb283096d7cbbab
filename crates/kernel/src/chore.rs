//! Chores: recurring maintenance. Each has its own timer and its own lease, so that a slow one
//! delays only itself.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use crate::{BoxFuture, StoreError, Timestamp};

/// Which processes run a chore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// One process at a time, under the lease in the chore's row. It may briefly run twice, when a
    /// process was asleep at the end of its lease, and must tolerate that.
    Once,
    /// Each process by itself; there is no row.
    EachProcess,
}

/// Recurring maintenance. Services return chores; the program runs them.
#[derive(Clone)]
pub struct Chore {
    /// `tasks.purge`. Permanent: it names the row and the metrics.
    pub name: &'static str,
    /// From one start to the next.
    pub every: Duration,
    /// Which processes run it.
    pub runs: Runs,
    /// Runs it once; returns how many things it did, or what failed.
    pub run: Arc<dyn Fn() -> BoxFuture<'static, Result<u64, String>> + Send + Sync>,
}

impl Chore {
    /// A chore that returns how many things it did.
    pub fn new<F, R, E>(name: &'static str, every: Duration, runs: Runs, run: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, E>> + Send + 'static,
        E: fmt::Display,
    {
        let run = move || -> BoxFuture<'static, Result<u64, String>> {
            let once = run();
            Box::pin(async move { once.await.map_err(|error| error.to_string()) })
        };
        Self { name, every, runs, run: Arc::new(run) }
    }

    /// A chore that uses a service: `run` is given the service each time.
    pub fn of<S, F, R, E>(
        service: &Arc<S>,
        name: &'static str,
        every: Duration,
        runs: Runs,
        run: F,
    ) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, E>> + Send + 'static,
        E: fmt::Display,
    {
        let service = Arc::clone(service);
        Self::new(name, every, runs, move || run(Arc::clone(&service)))
    }
}

impl fmt::Debug for Chore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, every, runs, .. } = self;
        write!(f, "{name} every {every:?} ({runs:?})")
    }
}

/// The row of a chore: schedule, lease and status in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoreStatus {
    /// The chore.
    pub name: String,
    /// When it is to be started next.
    pub due_at: Timestamp,
    /// The process that runs it and the end of its lease.
    pub lease: Option<(String, Timestamp)>,
    /// When it was last started.
    pub last_started: Option<Timestamp>,
    /// How long the last finished run took.
    pub last_duration: Option<Duration>,
    /// What failed in the last finished run.
    pub last_error: Option<String>,
}

/// How a run of a chore ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoreRun {
    /// How long it took.
    pub took: Duration,
    /// What failed.
    pub error: Option<String>,
    /// When it is to be started next.
    pub next: Timestamp,
}

/// The rows of the chores that one process at a time runs.
///
/// * Z1 a chore that is registered for the first time is due now; registering it again changes
///   nothing;
/// * Z2 `claim` succeeds when the chore is due and its lease is free, over, or the holder's own; it
///   notes the start; of many that claim at the same moment one succeeds;
/// * Z3 until the lease ends no other holder can claim it, however due it is; `renew` moves the end;
/// * Z4 `finish` notes duration, error and next start and frees the lease; it and `renew` report
///   `Stale` and change nothing when the lease belongs to another;
/// * Z5 `release` frees the lease and leaves the chore due; it never frees another's;
/// * Z6 a triggered chore is due now; a trigger during a run outlives the end of that run;
/// * Z7 `list` shows every row, by name, every field as given.
pub trait Chores {
    /// Makes the row of a chore.
    fn register(&mut self, name: &'static str, now: Timestamp) -> Result<(), StoreError>;
    /// True when `holder` may run the chore from `now` until `until`.
    fn claim(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Prolongs the lease. Errors: Stale (Z4).
    fn renew(
        &mut self,
        name: &'static str,
        holder: &str,
        until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Notes the end of a run. Errors: Stale (Z4).
    fn finish(
        &mut self,
        name: &'static str,
        holder: &str,
        run: &ChoreRun,
    ) -> Result<(), StoreError>;
    /// Hands a chore back that was not finished.
    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError>;
    /// Makes a chore due now; false when there is no such row.
    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError>;
    /// Every row.
    fn list(&mut self) -> Result<Vec<ChoreStatus>, StoreError>;
}
