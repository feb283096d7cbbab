//! Chores: recurring maintenance. What one process at a time does is a job that a schedule enqueues; what
//! each process does for itself has a timer.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use crate::{BoxFuture, Recurrence};

/// Which processes run a chore, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// One process at a time, as a job of the kind with the chore's name. It may briefly run twice, when a
    /// process was asleep at the end of its lease, and must tolerate that.
    Scheduled(Recurrence),
    /// Each process by itself, from one start to the next after this time.
    EachProcess(Duration),
}

impl Runs {
    /// One process at a time, at these times in UTC.
    pub const fn at(cron: &'static str) -> Self {
        Self::Scheduled(Recurrence::utc(cron))
    }
}

/// Recurring maintenance. Services return chores; the program runs them.
#[derive(Clone)]
pub struct Chore {
    /// `tasks.purge`. Permanent: it names the schedule, the kind of its jobs, and the metrics.
    pub name: &'static str,
    /// Which processes run it, and when.
    pub runs: Runs,
    /// How long one run may take, where a job runs it.
    pub timeout: Duration,
    /// Runs it once; returns how many things it did, or what failed.
    pub run: Arc<dyn Fn() -> BoxFuture<'static, Result<u64, String>> + Send + Sync>,
}

impl Chore {
    /// A chore that returns how many things it did.
    pub fn new<F, R, E>(name: &'static str, runs: Runs, run: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, E>> + Send + 'static,
        E: fmt::Display,
    {
        let run = move || -> BoxFuture<'static, Result<u64, String>> {
            let once = run();
            Box::pin(async move { once.await.map_err(|error| error.to_string()) })
        };
        Self { name, runs, timeout: Duration::from_hours(1), run: Arc::new(run) }
    }

    /// The same, with this time for one run.
    #[must_use]
    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A chore that uses a service: `run` is given the service each time.
    pub fn of<S, F, R, E>(service: &Arc<S>, name: &'static str, runs: Runs, run: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, E>> + Send + 'static,
        E: fmt::Display,
    {
        let service = Arc::clone(service);
        Self::new(name, runs, move || run(Arc::clone(&service)))
    }
}

impl fmt::Debug for Chore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, runs, .. } = self;
        write!(f, "{name} ({runs:?})")
    }
}
