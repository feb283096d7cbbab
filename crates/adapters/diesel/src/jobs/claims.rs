//! Claims of jobs.

use std::{collections::BTreeMap, time::Duration};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use kernel::{
    Job, StoreError, Timestamp,
    job::{JobClaim, JobState, LOST, Priority, PriorityOrder, QueueSettings},
};

use super::{
    lifecycle::{End, Lock, end, lock},
    stored::{COLUMNS, Columns, JobRow},
};
use crate::{
    common::{
        claim::ClaimTable,
        floors::{Floors, Look},
    },
    constraint::Attempt,
    db::{AnyConnection, on},
    statement::Statement,
};

const QUEUE: ClaimTable = ClaimTable {
    name: "jobs",
    open: "state < 3",
    set: ", state = 2, attempt = attempt + 1, \
          unique_key = CASE WHEN unique_until = 0 THEN NULL ELSE unique_key END",
    columns: COLUMNS,
};

/// ` AND kind IN (…)`.
pub(super) fn of_kinds<'a, ST>(statement: &mut Statement<'a, ST>, kinds: &[&'a str]) {
    statement.sql(" AND kind IN (");
    for (index, kind) in kinds.iter().enumerate() {
        statement.sql(if index == 0 { "" } else { ", " }).text(*kind);
    }
    statement.sql(")");
}

/// How many jobs of the queue run.
fn live_in_queue(conn: &mut AnyConnection, queue: &str, now: Timestamp) -> Result<u32, StoreError> {
    let mut ask: Statement<'_, BigInt> = Statement::new();
    ask.sql("SELECT count(*) FROM jobs WHERE state = 2 AND due_at > ").number(now.micros());
    ask.sql(" AND queue = ").text(queue);
    let count: i64 = on!(conn, |c| ask.get_result(c)).doing("jobs.live_in_queue")?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many jobs of each kind run.
fn live_of_kinds(
    conn: &mut AnyConnection,
    now: Timestamp,
) -> Result<BTreeMap<String, u32>, StoreError> {
    let mut ask: Statement<'_, (Text, BigInt)> = Statement::new();
    ask.sql("SELECT kind, count(*) FROM jobs WHERE state = 2 AND due_at > ").number(now.micros());
    ask.sql(" GROUP BY kind");
    let rows: Vec<(String, i64)> = on!(conn, |c| ask.get_results(c)).doing("jobs.live_of_kinds")?;
    let count = |(kind, count)| (kind, u32::try_from(count).unwrap_or(u32::MAX));
    Ok(rows.into_iter().map(count).collect())
}

/// How long a transaction of another process may take from the moment it makes a job due to its commit before the
/// job has to wait for a look from the beginning.
const LATE: Duration = Duration::from_secs(2);

/// Names what is looked through: a range of the index, and which of its jobs may be taken.
pub(super) fn range(queue: &str, priority: i64, kinds: &[&str]) -> String {
    format!("{queue}/{priority}/{}", kinds.join(","))
}

/// ` AND due_at >= …`, where a look does not begin at the beginning.
pub(super) fn begin_at<ST>(statement: &mut Statement<'_, ST>, look: Option<&Look>) {
    if let Some(from) = look.and_then(Look::from) {
        statement.sql(" AND due_at >= ").number(from);
    }
}

/// What came of a claim.
#[derive(Default)]
pub(super) struct Claimed {
    /// Those that the worker runs.
    pub(super) jobs: Vec<Job>,
    /// Those that had no attempt left.
    pub(super) dead: Vec<Job>,
}

/// Claims as [`JobClaim`] says, within the limits of its kinds and its queue.
pub(super) fn claim(
    conn: &mut AnyConnection,
    floors: Option<&Floors>,
    claim: &JobClaim<'_>,
    settings: &QueueSettings,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let mut claimed = Claimed::default();
    if settings.paused || claim.limit == 0 {
        return Ok(claimed);
    }
    let is_limited = claim.kinds.iter().any(|kind| kind.limit.is_some());
    if is_limited || settings.concurrency.is_some() {
        // Those who count take turns, or two of them would both find the last place free.
        lock(conn, Lock::Limits, "")?;
    }
    let mut left = claim.limit;
    if let Some(most) = settings.concurrency {
        left = left.min(most.saturating_sub(live_in_queue(conn, claim.queue, now)?));
    }
    let mut room = BTreeMap::new();
    if is_limited {
        let live = live_of_kinds(conn, now)?;
        for kind in claim.kinds {
            if let Some(limit) = kind.limit {
                let taken = live.get(kind.name).copied().unwrap_or(0);
                room.insert(kind.name, limit.saturating_sub(taken));
            }
        }
    }
    let mut priorities = Priority::ALL.to_vec();
    if claim.order == PriorityOrder::LowestFirst {
        priorities.reverse();
    }
    let mut taken = Vec::new();
    for priority in priorities {
        while left > 0 {
            let has_room = |kind: &&str| room.get(kind).is_none_or(|room| *room > 0);
            let kinds: Vec<&str> =
                claim.kinds.iter().map(|kind| kind.name).filter(has_room).collect();
            if kinds.is_empty() {
                break;
            }
            // One by one where a claim may fill a limit.
            let most = if room.is_empty() { left } else { 1 };
            let range = range(claim.queue, priority.rank().into(), &kinds);
            let look = floors.map(|floors| floors.look(range));
            let rows = take(conn, claim, priority, &kinds, most, look.as_ref(), now)?;
            if let (Some(floors), Some(look)) = (floors, look) {
                let is_empty = rows.len() < most as usize;
                floors.looked(look, is_empty.then(|| now.minus(LATE).micros()));
            }
            if rows.is_empty() {
                break;
            }
            let mut begun = Vec::new();
            for row in rows {
                if let Some(row) = unless_over(conn, row, &mut claimed.dead, now)? {
                    left = left.saturating_sub(1);
                    if let Some(room) = room.get_mut(row.kind()) {
                        *room = room.saturating_sub(1);
                    }
                    begun.push(row);
                }
            }
            write_lines(conn, &begun, claim.worker, now)?;
            taken.extend(begun);
        }
    }
    // One that cannot be read must not keep the others waiting; its attempts run out.
    let readable = |row| match Job::try_from(row) {
        Ok(job) => Some(job),
        Err(error) => {
            tracing::error!(%error, "a job in the queue cannot be read");
            None
        }
    };
    claimed.jobs = taken.into_iter().filter_map(readable).collect();
    Ok(claimed)
}

/// The statement of a claim, and the end of the runs that it overtakes.
fn take(
    conn: &mut AnyConnection,
    claim: &JobClaim<'_>,
    priority: Priority,
    kinds: &[&str],
    limit: u32,
    look: Option<&Look>,
    now: Timestamp,
) -> Result<Vec<JobRow>, StoreError> {
    let statement: Statement<'_, Columns> = QUEUE.claim_where(
        conn.dialect(),
        (now, claim.until, limit),
        |statement| {
            statement.sql(" AND queue = ").text(claim.queue);
            statement.sql(" AND priority = ").number(priority.rank().into());
            of_kinds(statement, kinds);
            begin_at(statement, look);
        },
        |statement| {
            statement.sql(", worker = ").text(claim.worker);
            statement.sql(", started_at = ").number(now.micros());
        },
    );
    let rows: Vec<JobRow> = on!(conn, |c| statement.get_results(c)).doing("jobs.claim")?;
    let mut overtaken = rows.iter().filter(|row| row.run > 1).peekable();
    if overtaken.peek().is_some() {
        let mut update: Statement = Statement::new();
        update.not_kept().sql("UPDATE job_runs SET outcome = 5 WHERE outcome = 0 AND job_id IN (0");
        for row in overtaken {
            update.sql(", ").number(row.id);
        }
        update.sql(")");
        on!(conn, |c| update.execute(c)).doing("jobs.claim: lost runs")?;
    }
    Ok(rows)
}

/// The claimed row, unless it was cancelled while its lost worker ran it, or that was its last attempt.
fn unless_over(
    conn: &mut AnyConnection,
    row: JobRow,
    dead: &mut Vec<Job>,
    now: Timestamp,
) -> Result<Option<JobRow>, StoreError> {
    let (state, error) = if row.cancel_at.is_some() {
        (JobState::Cancelled, row.error.as_deref())
    } else if row.attempt > row.max_attempts {
        (JobState::Dead, Some(LOST))
    } else {
        return Ok(Some(row));
    };
    let attempt = row.attempt.min(row.max_attempts);
    let (lane, batch) = (row.lane.as_deref(), row.batch_id);
    end(conn, &End { id: row.id, state, attempt, error, lane, batch }, now)?;
    // One that cannot be read is dead nevertheless.
    if state == JobState::Dead
        && let Ok(job) = Job::try_from(row)
    {
        let attempt = job.attempt.min(job.max_attempts);
        dead.push(Job { state, attempt, error: Some(LOST.to_owned()), ..job });
    }
    Ok(None)
}

/// A line for each run that begins.
fn write_lines(
    conn: &mut AnyConnection,
    rows: &[JobRow],
    worker: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert: Statement = Statement::new();
    insert.sql("INSERT INTO job_runs (job_id, run, worker, started_at, outcome) VALUES ");
    for (index, row) in rows.iter().enumerate() {
        insert.sql(if index == 0 { "(" } else { ", (" }).number(row.id).sql(", ").number(row.run);
        insert.sql(", ").text(worker).sql(", ").number(now.micros()).sql(", 0)");
    }
    on!(conn, |c| insert.execute(c)).doing("jobs.claim: runs")?;
    Ok(())
}
