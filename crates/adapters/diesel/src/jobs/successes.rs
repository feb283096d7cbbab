//! Ends of runs that did their work, many in one unit: two statements for all jobs that have neither a lane nor
//! a batch, which are most.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use kernel::{JobId, StoreError, Timestamp, claim::Claim};

use super::{among, lifecycle::for_update};
use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{AnyConnection, on},
    statement::Statement,
};

/// A run that still holds its job. The job was not cancelled.
#[derive(Queryable)]
pub(super) struct Held {
    id: i64,
    run: i64,
    lane: Option<String>,
    batch_id: Option<i64>,
}

impl Held {
    /// True when no other job waits for the end of this one.
    pub(super) const fn is_alone(&self) -> bool {
        self.lane.is_none() && self.batch_id.is_none()
    }

    /// True when it is the run of this claim.
    pub(super) const fn is(&self, claim: Claim<JobId>) -> bool {
        self.id == claim.id.get() && self.run == claim.run
    }

    /// The claim.
    pub(super) fn claim(&self) -> Result<Claim<JobId>, StoreError> {
        let id = RowRef::new("jobs", self.id).read("id", JobId::parse(self.id))?;
        Ok(Claim { id, run: self.run })
    }
}

/// Those of the claims that hold, locked in the order of their jobs.
pub(super) fn held(
    conn: &mut AnyConnection,
    claims: &[Claim<JobId>],
) -> Result<Vec<Held>, StoreError> {
    let mut ask: Statement<'_, (BigInt, BigInt, Nullable<Text>, Nullable<BigInt>)> =
        Statement::new();
    ask.sql("SELECT id, run, lane, batch_id FROM jobs");
    among(&mut ask, claims);
    ask.sql(" AND cancel_at IS NULL ORDER BY id").sql(for_update(conn.dialect()));
    on!(conn, |c| ask.get_results(c)).doing("jobs.succeed: held")
}

/// Ends those that are alone.
pub(super) fn end_all(
    conn: &mut AnyConnection,
    held: &[Held],
    now: Timestamp,
) -> Result<(), StoreError> {
    let alone: Vec<&Held> = held.iter().filter(|row| row.is_alone()).collect();
    if alone.is_empty() {
        return Ok(());
    }
    let mut lines: Statement = Statement::new();
    lines.not_kept().sql("UPDATE job_runs SET outcome = 1, duration_us = CASE WHEN started_at < ");
    lines.number(now.micros()).sql(" THEN ").number(now.micros()).sql(" - started_at ELSE 0 END");
    // A job that runs has one run without an outcome. SQLite would read the whole table for pairs.
    lines.sql(" WHERE outcome = 0 AND job_id IN (0");
    for row in &alone {
        lines.sql(", ").number(row.id);
    }
    lines.sql(")");
    on!(&mut *conn, |c| lines.execute(c)).doing("jobs.succeed: runs")?;
    let mut update: Statement = Statement::new();
    update.not_kept().sql("UPDATE jobs SET state = 3, error = NULL, finished_at = ");
    update.number(now.micros());
    update.sql(", unique_key = CASE WHEN unique_until > 0 THEN unique_key END WHERE id IN (0");
    for row in &alone {
        update.sql(", ").number(row.id);
    }
    update.sql(")");
    on!(conn, |c| update.execute(c)).doing("jobs.succeed")?;
    Ok(())
}
