//! Jobs, their runs and queues as they are read.

use std::time::Duration;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt, Text},
};
use kernel::{
    Job, JobId, StoreError,
    claim::Claim,
    job::{JobRun, JobState, Priority, RunOutcome},
};

use crate::columns::RowRef;

/// The columns of [`JobRow`].
pub(super) const COLUMNS: &str = "id, kind, queue, priority, state, args, due_at, enqueued_at, attempt, \
     max_attempts, run, worker, started_at, finished_at, lane, unique_key, merged, batch_id, pending, \
     cancel_at, error, schedule, tick_at, traceparent";

/// Their types.
pub(super) type Columns = (
    BigInt,
    Text,
    Text,
    SmallInt,
    SmallInt,
    Text,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    BigInt,
    Nullable<BigInt>,
    BigInt,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
);

#[derive(Queryable)]
pub(super) struct JobRow {
    pub(super) id: i64,
    kind: String,
    queue: String,
    priority: i16,
    state: i16,
    args: String,
    due_at: i64,
    enqueued_at: i64,
    pub(super) attempt: i64,
    pub(super) max_attempts: i64,
    pub(super) run: i64,
    worker: Option<String>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    pub(super) lane: Option<String>,
    unique_key: Option<String>,
    merged: i64,
    pub(super) batch_id: Option<i64>,
    pending: i64,
    pub(super) cancel_at: Option<i64>,
    pub(super) error: Option<String>,
    schedule: Option<String>,
    tick_at: Option<i64>,
    traceparent: Option<String>,
}

impl JobRow {
    /// The name of its kind.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// How far it has come.
    pub(super) fn state(&self) -> Result<JobState, StoreError> {
        RowRef::new("jobs", self.id).known("state", JobState::from_rank(self.state))
    }

    /// True when the claim still holds.
    pub(super) fn is_held(&self, claim: Claim<JobId>) -> bool {
        self.state == JobState::Running.rank() && self.run == claim.run
    }
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        let at = RowRef::new("jobs", row.id);
        let id = |column, raw| at.read(column, JobId::parse(raw));
        Ok(Self {
            id: id("id", row.id)?,
            kind: row.kind,
            queue: row.queue,
            priority: at.known("priority", Priority::from_rank(row.priority))?,
            state: at.known("state", JobState::from_rank(row.state))?,
            args: at.read("args", serde_json::from_str(&row.args))?,
            due_at: at.moment("due_at", row.due_at)?,
            enqueued_at: at.moment("enqueued_at", row.enqueued_at)?,
            attempt: at.read("attempt", u32::try_from(row.attempt))?,
            max_attempts: at.read("max_attempts", u32::try_from(row.max_attempts))?,
            run: row.run,
            worker: row.worker,
            started_at: at.maybe_moment("started_at", row.started_at)?,
            finished_at: at.maybe_moment("finished_at", row.finished_at)?,
            lane: row.lane,
            unique_key: row.unique_key,
            merged: row.merged,
            batch: row.batch_id.map(|raw| id("batch_id", raw)).transpose()?,
            pending: row.pending,
            cancel_at: at.maybe_moment("cancel_at", row.cancel_at)?,
            error: row.error,
            schedule: row.schedule,
            tick_at: at.maybe_moment("tick_at", row.tick_at)?,
            traceparent: row.traceparent,
        })
    }
}

#[derive(Queryable)]
pub(super) struct RunRow {
    job_id: i64,
    run: i64,
    worker: String,
    started_at: i64,
    duration_us: Option<i64>,
    outcome: i16,
    error: Option<String>,
}

impl TryFrom<RunRow> for JobRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let at = RowRef::new("job_runs", row.job_id);
        let duration = row.duration_us.map(u64::try_from).transpose();
        Ok(Self {
            run: row.run,
            worker: row.worker,
            started_at: at.moment("started_at", row.started_at)?,
            duration: at.read("duration_us", duration)?.map(Duration::from_micros),
            outcome: at.known("outcome", RunOutcome::from_rank(row.outcome))?,
            error: row.error,
        })
    }
}
