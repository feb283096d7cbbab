//! What the dispatcher asks of endpoints, in as few statements as possible.

use diesel::{
    prelude::*,
    sql_types::{BigInt, SmallInt, Text},
};
use kernel::{Position, StoreError, Timestamp};
use webhooks::{EndpointId, ports::Follower, record::place, values::Patterns};

use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    statement::Statement,
};

/// With the numbers in it: a bound value would hide the index from SQLite.
const FOLLOWS: &str = "state = 0 AND behind_at IS NULL";

/// `(…)`: the ids.
fn ids_of<ST>(statement: &mut Statement<'_, ST>, ids: &[EndpointId]) {
    statement.not_kept().sql("(0");
    for id in ids {
        statement.sql(", ").number(id.get());
    }
    statement.sql(")");
}

/// Who follows.
pub(super) fn all(conn: &mut AnyConnection) -> Result<Vec<Follower>, StoreError> {
    let mut ask: Statement<'_, (BigInt, BigInt, Text, SmallInt)> = Statement::new();
    ask.sql("SELECT id, user_id, patterns, ordered FROM webhook_endpoints WHERE ").sql(FOLLOWS);
    let rows: Vec<(i64, i64, String, i16)> =
        on!(conn, |c| ask.load(c)).doing("webhooks.followers")?;
    let follower = |(id, owner, patterns, ordered): (i64, i64, String, i16)| {
        let at = RowRef::new("webhook_endpoints", id);
        Ok(Follower {
            id: at.read("id", EndpointId::parse(id))?,
            owner: at.user("user_id", owner)?,
            patterns: at.read("patterns", Patterns::parse(&patterns))?,
            ordered: ordered != 0,
        })
    };
    rows.into_iter().map(follower).collect()
}

/// Locks those of these that follow, in one order, and counts what they have open.
pub(super) fn lock(
    conn: &mut AnyConnection,
    ids: &[EndpointId],
) -> Result<Vec<(EndpointId, u32)>, StoreError> {
    let mut lock: Statement<'_, BigInt> = Statement::new();
    lock.sql("SELECT id FROM webhook_endpoints WHERE ").sql(FOLLOWS).sql(" AND id IN ");
    ids_of(&mut lock, ids);
    lock.sql(" ORDER BY id");
    if conn.dialect() == Dialect::Postgres {
        lock.sql(" FOR UPDATE");
    }
    let locked: Vec<i64> =
        on!(&mut *conn, |c| lock.load(c)).doing("webhooks.lock_followers: lock")?;
    // A statement of its own, so that it sees what was committed before the lock was ours.
    let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
    ask.sql(
        "SELECT endpoint_id, count(*) FROM webhook_deliveries \
         WHERE state = 0 AND cause = 0 AND endpoint_id IN ",
    );
    ids_of(&mut ask, ids);
    ask.sql(" GROUP BY endpoint_id");
    let open: Vec<(i64, i64)> =
        on!(conn, |c| ask.load(c)).doing("webhooks.lock_followers: open")?;
    let of = |id: i64| {
        let found = open.iter().find(|(endpoint, _)| *endpoint == id).map_or(0, |(_, n)| *n);
        let at = RowRef::new("webhook_endpoints", id);
        Ok((at.read("id", EndpointId::parse(id))?, u32::try_from(found).unwrap_or(u32::MAX)))
    };
    locked.into_iter().map(of).collect()
}

/// Makes those due that no one holds.
pub(super) fn wake(
    conn: &mut AnyConnection,
    ids: &[EndpointId],
    now: Timestamp,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut wake: Statement = Statement::new();
    wake.sql("UPDATE webhook_endpoints SET due_at = ").number(now.micros());
    wake.sql(" WHERE held = 0 AND (due_at IS NULL OR due_at > ").number(now.micros());
    wake.sql(") AND id IN ");
    ids_of(&mut wake, ids);
    on!(conn, |c| wake.execute(c)).doing("webhooks.wake")?;
    Ok(())
}

/// Puts endpoints back.
pub(super) fn rewind(
    conn: &mut AnyConnection,
    to: Position,
    enabled_before: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut rewind: Statement = Statement::new();
    rewind.sql("UPDATE webhook_endpoints SET behind_at = ").number(place(to));
    rewind.sql(", due_at = CASE WHEN held = 1 OR due_at <= ").number(now.micros());
    rewind.sql(" THEN due_at ELSE ").number(now.micros());
    rewind.sql(" END WHERE state = 0 AND (behind_at IS NULL OR behind_at > ").number(place(to));
    rewind.sql(") AND enabled_at <= ").number(enabled_before.micros());
    let count = on!(conn, |c| rewind.execute(c)).doing("webhooks.rewind")?;
    Ok(count as u64)
}
