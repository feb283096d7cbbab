//! Schedules: when jobs of a kind are enqueued by themselves. The rows belong to the domain of jobs; here is
//! what a kind says of the schedule that it begins with.

use crate::words;

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
