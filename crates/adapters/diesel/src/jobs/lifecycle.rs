//! The steps that several methods of the queue share: locks, the end of a job, its lane and its batch.

use diesel::{prelude::*, sql_types::BigInt};
use kernel::{JobId, StoreError, Timestamp, job::JobState};

use super::stored::{COLUMNS, Columns, JobRow};
use crate::{
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    statement::Statement,
};

/// What an advisory lock is about; part of its number.
#[derive(Clone, Copy)]
pub(super) enum Lock {
    /// Who enters or leaves a lane.
    Lane = 1_471_001,
    /// Who claims within limits.
    Limits = 1_471_002,
}

/// Holds off others until the end of the unit. SQLite has one writer at a time.
pub(super) fn lock(conn: &mut AnyConnection, lock: Lock, name: &str) -> Result<(), StoreError> {
    if conn.dialect() == Dialect::Postgres {
        let mut turn: Statement = Statement::new();
        turn.sql("SELECT pg_advisory_xact_lock(hashtextextended(").text(name).sql(", ");
        turn.number(lock as i64).sql("))");
        on!(conn, |c| turn.execute(c)).doing("jobs.lock")?;
    }
    Ok(())
}

/// `FOR UPDATE` where rows are locked.
pub(super) const fn for_update(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => " FOR UPDATE",
        Dialect::Sqlite => "",
    }
}

/// `text`, or NULL.
pub(super) fn maybe_text<'a, ST>(statement: &mut Statement<'a, ST>, text: Option<&'a str>) {
    match text {
        Some(text) => statement.text(text),
        None => statement.sql("NULL"),
    };
}

/// A row that nobody else changes until the end of the unit.
pub(super) fn locked(conn: &mut AnyConnection, id: JobId) -> Result<Option<JobRow>, StoreError> {
    let mut ask: Statement<'_, Columns> = Statement::new();
    ask.sql(format!("SELECT {COLUMNS} FROM jobs WHERE id = ")).number(id.get());
    ask.sql(for_update(conn.dialect()));
    on!(conn, |c| ask.get_result(c).optional()).doing("jobs.locked")
}

/// Whether a lane has a job that runs or may run. The caller holds the lock of the lane.
pub(super) fn lane_is_taken(conn: &mut AnyConnection, lane: &str) -> Result<bool, StoreError> {
    let mut ask: Statement<'_, BigInt> = Statement::new();
    ask.sql("SELECT id FROM jobs WHERE lane IS NOT NULL AND state < 3 AND lane = ").text(lane);
    let head: Option<i64> =
        on!(conn, |c| ask.get_result(c).optional()).doing("jobs.lane_is_taken")?;
    Ok(head.is_some())
}

/// How a job ends.
pub(super) struct End<'a> {
    pub(super) id: i64,
    pub(super) state: JobState,
    pub(super) attempt: i64,
    pub(super) error: Option<&'a str>,
    pub(super) lane: Option<&'a str>,
    pub(super) batch: Option<i64>,
}

/// Ends a job whose row is locked: frees its key, its lane and what its batch waits for.
pub(super) fn end(
    conn: &mut AnyConnection,
    end: &End<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update: Statement = Statement::new();
    update.sql("UPDATE jobs SET state = ").number(end.state.rank().into());
    update.sql(", attempt = ").number(end.attempt);
    update.sql(", finished_at = ").number(now.micros()).sql(", error = ");
    maybe_text(&mut update, end.error);
    // A key until a time outlives the job; one until the start does not outlive a job that never began.
    update.sql(", unique_key = CASE WHEN unique_until > 0 THEN unique_key END");
    update.sql(" WHERE id = ").number(end.id);
    on!(conn, |c| update.execute(c)).doing("jobs.end")?;
    if let Some(lane) = end.lane {
        lock(conn, Lock::Lane, lane)?;
        promote(conn, lane)?;
    }
    if let Some(follow_up) = end.batch {
        let mut count: Statement = Statement::new();
        let last = "CASE WHEN state = 6 AND pending = 1 THEN";
        count.sql(format!("UPDATE jobs SET state = {last} 0 ELSE state END, due_at = {last} "));
        count.sql("CASE WHEN due_at < ").number(now.micros()).sql(" THEN ").number(now.micros());
        count.sql(" ELSE due_at END ELSE due_at END, pending = pending - 1 WHERE id = ");
        count.number(follow_up);
        on!(conn, |c| count.execute(c)).doing("jobs.end: batch")?;
    }
    Ok(())
}

/// Queues the first waiting job of a lane that is free. The caller holds the lock of the lane, so that
/// a job that is being enqueued behind this one is seen.
fn promote(conn: &mut AnyConnection, lane: &str) -> Result<(), StoreError> {
    if lane_is_taken(conn, lane)? {
        return Ok(());
    }
    let mut update: Statement = Statement::new();
    update.sql(
        "UPDATE jobs SET state = 0 WHERE id = (SELECT id FROM jobs WHERE state = 6 AND lane = ",
    );
    update.text(lane).sql(" ORDER BY enqueued_at, id LIMIT 1)");
    on!(conn, |c| update.execute(c)).doing("jobs.promote")?;
    Ok(())
}
