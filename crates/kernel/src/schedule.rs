//! Schedules: when jobs of a kind are enqueued by themselves. The rows belong to the domain of jobs; here is
//! what a kind says of the schedule that it begins with, and what a program runs.

use std::time::Duration;

use crate::{BoxFuture, JobId, StoreError, Timestamp, words};

words!(
    /// What becomes of ticks that came while no process ran.
    MissedTicks {
        /// They are left out; only a tick that comes in time enqueues a job.
        Skip = 0 "skip",
        /// The last of them enqueues a job.
        Last = 1 "last",
        /// Each of them enqueues a job, the last 100 at most.
        All = 2 "all",
    }
);

words!(
    /// What a tick does while the job of an earlier one has not ended.
    Overlap {
        /// It enqueues no other.
        Skip = 0 "skip",
        /// Its job waits for the end of the earlier one.
        Queue = 1 "queue",
        /// Its job may run simultaneously.
        Allow = 2 "allow",
    }
);

/// The schedule that a kind begins with. It has the name of the kind, and an administrator may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    /// Five fields (minute, hour, day of the month, month, day of the week), or a name such as `@daily`.
    pub cron: &'static str,
    /// A zone of the IANA database, in which the pattern is read.
    pub zone: &'static str,
    /// What becomes of ticks that came while no process ran.
    pub missed: MissedTicks,
    /// What a tick does while the job of an earlier one has not ended.
    pub overlap: Overlap,
    /// False for one that ticks only when an administrator enables it.
    pub enabled: bool,
}

impl Recurrence {
    /// In UTC; one job for all missed ticks, and none beside one that has not ended.
    pub const fn utc(cron: &'static str) -> Self {
        Self { cron, zone: "UTC", missed: MissedTicks::Last, overlap: Overlap::Skip, enabled: true }
    }

    /// The same, until an administrator enables it without ticks.
    #[must_use]
    pub const fn disabled(self) -> Self {
        Self { enabled: false, ..self }
    }
}

/// What a schedule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticked {
    /// The schedule.
    pub schedule: String,
    /// The jobs that it enqueued.
    pub jobs: Vec<JobId>,
    /// Ticks that enqueued none, because the job of an earlier one had not ended.
    pub overlapped: u64,
    /// Ticks that were missed.
    pub missed: u64,
}

/// Serves the ticks of schedules. Any number of processes may do so simultaneously: each tick enqueues once.
pub trait Scheduler: Send + Sync {
    /// Adds the schedules that the kinds of this program begin with; those that are there stay as they are.
    fn register(&self) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Serves the ticks that are due. Looking when nothing is due is a read. Returns what each schedule did,
    /// or its name and why it could do nothing; one delays no other.
    fn tick(&self) -> BoxFuture<'_, Result<Vec<Result<Ticked, (String, String)>>, StoreError>>;
    /// The time from each schedule's next tick to the one after, by name; none of those that are paused.
    fn intervals(&self) -> BoxFuture<'_, Result<Vec<(String, Option<Duration>)>, StoreError>>;
    /// When the last job of each schedule ended, by name; none of those whose last job has not succeeded.
    fn successes(&self) -> BoxFuture<'_, Result<Vec<(String, Option<Timestamp>)>, StoreError>>;
}
