//! What the statistics are made from.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt},
};
use kernel::{StoreError, Timestamp, UserId};
use tasks::{
    query::{Agenda, TaskCounts, TaskInterval, Visibility},
    values::Status,
};

use super::list::Scope;
use crate::{
    columns::{RowRef, count},
    constraint::Attempt,
    db::{AnyConnection, on},
    statement::Statement,
};

/// Both halves of what is in sight, one after the other.
fn each_half<'a, ST>(
    statement: &mut Statement<'a, ST>,
    visible: Visibility,
    select: &'static str,
    and: impl Fn(&mut Statement<'a, ST>),
) {
    let (first, second) = Scope::both(visible);
    statement.sql(select);
    first.condition(statement);
    and(statement);
    if let Some(second) = second {
        statement.sql(" UNION ALL ").sql(select);
        second.condition(statement);
        and(statement);
    }
}

/// Adds to what is counted under this rank.
fn add(counts: &mut [u64; 3], rank: i16, more: u64) {
    let place = usize::try_from(rank).ok().and_then(|rank| counts.get_mut(rank));
    if let Some(count) = place {
        *count += more;
    }
}

/// What a person is to do is in one of two indexes: what is assigned to them, and what is theirs alone.
pub(super) fn agenda(
    conn: &mut AnyConnection,
    person: UserId,
    now: Timestamp,
    end: Timestamp,
    since: Timestamp,
) -> Result<Agenda, StoreError> {
    let (now, end, since) = (now.micros(), end.micros(), since.micros());
    let mut ask: Statement<'_, (BigInt, BigInt, BigInt)> = Statement::new();
    ask.sql("SELECT count(CASE WHEN status < 2 AND due >= ").number(now);
    ask.sql(" AND due < ").number(end);
    ask.sql(" THEN 1 END), count(CASE WHEN status < 2 AND due < ").number(now);
    ask.sql(" THEN 1 END), count(CASE WHEN status = 2 AND completed_at >= ").number(since);
    ask.sql(" THEN 1 END) FROM (");
    for (index, whose) in
        ["assignee_id = ", "assignee_id IS NULL AND user_id = "].iter().enumerate()
    {
        ask.sql(if index == 0 { "" } else { " UNION ALL " });
        ask.sql("SELECT status, due, completed_at FROM tasks WHERE deleted_at IS NULL AND ");
        ask.sql(*whose).number(person.get());
    }
    ask.sql(") AS theirs");
    let (due, overdue, done): (i64, i64, i64) =
        on!(conn, |c| ask.get_result(c)).doing("tasks.agenda")?;
    Ok(Agenda { due: count(due), overdue: count(overdue), done: count(done) })
}

pub(super) fn counts(
    conn: &mut AnyConnection,
    visible: Visibility,
    now: Timestamp,
) -> Result<TaskCounts, StoreError> {
    let mut statement: Statement<'_, (SmallInt, SmallInt, BigInt, BigInt)> = Statement::new();
    statement.sql("SELECT status, priority, count(*), count(CASE WHEN status <> ");
    statement.number(Status::Completed.rank().into()).sql(" AND due < ").number(now.micros());
    statement.sql(" THEN 1 END) FROM (");
    each_half(&mut statement, visible, "SELECT status, priority, due FROM tasks", |_| ());
    statement.sql(") AS sight GROUP BY status, priority");
    let rows: Vec<(i16, i16, i64, i64)> = on!(conn, |c| statement.load(c)).doing("tasks.counts")?;
    let mut counts = TaskCounts::default();
    for (status, priority, all, overdue) in rows {
        add(&mut counts.by_status, status, count(all));
        add(&mut counts.by_priority, priority, count(all));
        counts.overdue += count(overdue);
    }
    Ok(counts)
}

pub(super) fn intervals(
    conn: &mut AnyConnection,
    visible: Visibility,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<TaskInterval>, StoreError> {
    let (from, to) = (from.micros(), to.micros());
    let mut statement: Statement<'_, (BigInt, BigInt, Nullable<BigInt>)> = Statement::new();
    let select = "SELECT id, created_at, completed_at FROM tasks";
    each_half(&mut statement, visible, select, |statement| {
        statement.sql(" AND ((created_at >= ").number(from);
        statement.sql(" AND created_at < ").number(to);
        statement.sql(") OR (completed_at >= ").number(from);
        statement.sql(" AND completed_at < ").number(to).sql("))");
    });
    let rows: Vec<(i64, i64, Option<i64>)> =
        on!(conn, |c| statement.load(c)).doing("tasks.intervals")?;
    let intervals = rows.into_iter().map(|(id, created_at, completed_at)| {
        let row_ref = RowRef::new("tasks", id);
        Ok(TaskInterval {
            created_at: row_ref.moment("created_at", created_at)?,
            completed_at: row_ref.maybe_moment("completed_at", completed_at)?,
        })
    });
    intervals.collect()
}
