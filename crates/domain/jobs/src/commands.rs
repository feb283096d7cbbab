//! What callers can ask for.

use kernel::{MissedTicks, Overlap, Patch, Timestamp, job::Priority};
use serde_json::Value;

/// Bytes of the arguments of a job.
pub const ARGS_MAX: usize = 64 * 1024;

kernel::text!(
    /// A key that at most one unfinished job of a kind has.
    UniqueKey, trimmed, 1, 200
);

/// A job of a manual kind.
#[derive(Debug, Clone, PartialEq)]
pub struct EnqueueJob {
    /// The name of the kind.
    pub kind: String,
    /// What its handler is given.
    pub args: Value,
    /// Not before this; none: now.
    pub run_at: Option<Timestamp>,
    /// None: the one of the kind.
    pub priority: Option<Priority>,
    /// At most one unfinished job of the kind has this key.
    pub unique_key: Option<UniqueKey>,
}

/// Which of the jobs that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Given up.
    Dead,
    /// Cancelled by hand.
    Cancelled,
}

/// The most jobs of one [`RetryJobs`].
pub const RETRY_MAX: u32 = 1000;

/// A retry of many jobs by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryJobs {
    /// Which.
    pub state: Ended,
    /// Of this kind; none: of all.
    pub kind: Option<String>,
    /// At most so many, up to [`RETRY_MAX`].
    pub limit: u32,
}

/// A change of the settings of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateQueue {
    /// Whether nothing of it is claimed.
    pub paused: Option<bool>,
    /// How many of its jobs run at a time, over all workers.
    pub concurrency: Patch<u32>,
}

/// A change of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateSchedule {
    /// Five fields, or a name such as `@daily`.
    pub cron: Option<String>,
    /// A zone of the IANA database.
    pub zone: Option<String>,
    /// Whether it ticks.
    pub enabled: Option<bool>,
    /// What becomes of missed ticks.
    pub missed: Option<MissedTicks>,
    /// What a tick does while the job of an earlier one has not ended.
    pub overlap: Option<Overlap>,
}

/// The most ticks of a [`PreviewSchedule`].
pub const PREVIEW_MAX: u32 = 100;

/// A look at the next ticks, of the schedule as it is or as it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewSchedule {
    /// Another pattern.
    pub cron: Option<String>,
    /// Another zone.
    pub zone: Option<String>,
    /// How many, up to [`PREVIEW_MAX`].
    pub count: u32,
}
