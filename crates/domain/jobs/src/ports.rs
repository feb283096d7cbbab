//! What this domain needs of a store, beside the queue itself ([`kernel::Jobs`]).

use kernel::{CommonTx, Job, JobId, Page, PageRequest, SortKey, StoreError, Timestamp};

use crate::{
    commands::Ended,
    query::{Depth, JobFilter, JobSort, Ran},
    schedule::Schedule,
};

/// Jobs as administrators look at them.
///
/// * V1 `list` returns the jobs that match every field of the filter, in the order asked for, by number
///   and by cursor;
/// * V2 `ended` returns the jobs of a state and a kind that ended first, at most `limit`;
/// * V3 `depths` counts the jobs of each queue in each state but succeeded and cancelled, with the time
///   when the first is due;
/// * V4 `ran` returns how long the last jobs took that succeeded since a time, at most `limit`;
/// * V5 `prune` removes jobs that ended before a time, with their runs, at most `limit`; it removes no
///   other job;
/// * V6 `unknown` counts, by kind, the jobs due before a time whose kind is not named and which have not
///   ended;
/// * V7 `failed_since` counts the dead jobs that ended at or after a time, at most `most`; `backed_up_at` is
///   when the last job of the kind `backup` succeeded.
pub trait JobStore {
    /// A page of jobs.
    fn list(
        &mut self,
        filter: &JobFilter,
        order: &[SortKey<JobSort>],
        page: &PageRequest,
    ) -> Result<Page<Job>, StoreError>;
    /// Jobs that did not succeed.
    fn ended(
        &mut self,
        state: Ended,
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobId>, StoreError>;
    /// How many jobs there are.
    fn depths(&mut self) -> Result<Vec<Depth>, StoreError>;
    /// How long jobs took.
    fn ran(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Ran>, StoreError>;
    /// Removes old jobs; returns how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// Jobs that no worker with these kinds will claim.
    fn unknown(
        &mut self,
        known: &[&str],
        before: Timestamp,
    ) -> Result<Vec<(String, u64)>, StoreError>;
    /// How many jobs were given up lately.
    fn failed_since(&mut self, since: Timestamp, most: u32) -> Result<u64, StoreError>;
    /// When a back-up was last made.
    fn backed_up_at(&mut self) -> Result<Option<Timestamp>, StoreError>;
}

/// Schedules.
///
/// * S1 `register` inserts a schedule with every field as given; one with the name of another that is there
///   changes nothing;
/// * S2 `list` returns every schedule by name, `get` one, `due` those whose next tick is not later than now;
/// * S3 `save` writes what administrators change and the next tick, only over the version that was read, and
///   raises it; it writes neither the last tick nor the count of missed ones;
/// * S4 `trigger` makes a schedule due now, whether it is enabled or not, unless it is due already;
/// * J13 of many that serve one tick at the same moment one succeeds; the others report `Stale`, so that
///   their jobs do not exist;
/// * J14 the ticks that were missed are counted with the tick that serves them.
pub trait ScheduleStore {
    /// Adds a schedule; false when there is one of this name.
    fn register(&mut self, schedule: &Schedule) -> Result<bool, StoreError>;
    /// Every schedule.
    fn list(&mut self) -> Result<Vec<Schedule>, StoreError>;
    /// A schedule.
    fn get(&mut self, name: &str) -> Result<Option<Schedule>, StoreError>;
    /// The same, which nobody else changes until the end of the unit.
    fn lock(&mut self, name: &str) -> Result<Option<Schedule>, StoreError>;
    /// Schedules that have to tick.
    fn due(&mut self, now: Timestamp) -> Result<Vec<Schedule>, StoreError>;
    /// Moves a schedule on from the tick `expected`, only if that is its next one and nobody has changed it
    /// since `schedule` was read. Errors: Stale (J13).
    fn tick(&mut self, schedule: &Schedule, tick: &Tick) -> Result<(), StoreError>;
    /// Writes a change. Errors: Stale (S3).
    fn save(&mut self, schedule: &mut Schedule) -> Result<(), StoreError>;
    /// Makes a schedule due now; false when there is none of this name.
    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError>;
}

/// A step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The next tick until now.
    pub expected: Timestamp,
    /// The next tick from now on.
    pub next: Option<Timestamp>,
    /// The last tick that enqueued a job; none when none did.
    pub served: Option<Timestamp>,
    /// Ticks that were missed.
    pub missed: u64,
}

/// Why a pattern or a zone means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The pattern, and what is wrong with it in words that follow the field's name.
    #[error("{0}")]
    Pattern(String),
    /// The zone.
    #[error("must be a zone of the IANA database, such as Europe/Paris or UTC")]
    Zone,
}

/// What a pattern means in a zone. Pure arithmetic, without a clock.
///
/// * J15 a fixed time inside the spring gap ticks at its end, and one inside the autumn overlap once; a
///   pattern of intervals follows elapsed time.
pub trait Calendar: Send + Sync {
    /// Reads a pattern of five fields (minute, hour, day of the month, month, day of the week) or a name
    /// such as `@daily`. Errors: Pattern, Zone.
    fn read(&self, cron: &str, zone: &str) -> Result<Box<dyn Ticks>, CalendarError>;
}

/// The ticks of a pattern in a zone.
pub trait Ticks: Send + Sync {
    /// The first tick later than `at`.
    fn after(&self, at: Timestamp) -> Option<Timestamp>;
    /// The last tick that is not later than `at`.
    fn before(&self, at: Timestamp) -> Option<Timestamp>;
    /// A time as the clocks of the zone show it, in RFC 3339.
    fn local(&self, at: Timestamp) -> String;
}

/// What this domain sees of a transaction.
pub trait JobsTx: CommonTx {
    /// Jobs as administrators look at them.
    fn job_store(&mut self) -> &mut dyn JobStore;
    /// Schedules.
    fn schedules(&mut self) -> &mut dyn ScheduleStore;
}
