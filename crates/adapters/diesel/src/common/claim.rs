//! The statements of `kernel::claim`, written once for every queue.

use kernel::{StoreError, Timestamp};

use crate::{
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    statement::Statement,
};

/// A table of rows that are due at a time. It has the columns `id`, `run` and `due_at`, and an index
/// on `due_at` that has `open` as its condition.
pub(crate) struct ClaimTable {
    pub(crate) name: &'static str,
    /// Which rows may ever be claimed. Text of the statement, not bound: SQLite takes a partial index
    /// only when a query repeats its condition.
    pub(crate) open: &'static str,
    /// What a claim sets, apart from `run` and `due_at`: `, attempts = attempts + 1`.
    pub(crate) set: &'static str,
    /// The columns that a claim returns.
    pub(crate) columns: &'static str,
}

impl ClaimTable {
    /// Claims rows and returns their columns.
    pub(crate) fn claim<'a, ST>(
        &self,
        dialect: Dialect,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Statement<'a, ST> {
        self.claim_where(dialect, (now, until, limit), |_| {}, |_| {})
    }

    /// The same among the rows that also meet a condition (` AND …`); the claim sets more than its table
    /// says (`, …`). `SKIP LOCKED`: of two claims at the same moment neither waits for the other.
    /// `MATERIALIZED`: a planner that ran the inner query more than once would exceed its limit.
    pub(crate) fn claim_where<'a, ST>(
        &self,
        dialect: Dialect,
        (now, until, limit): (Timestamp, Timestamp, u32),
        condition: impl FnOnce(&mut Statement<'a, ST>),
        set_more: impl FnOnce(&mut Statement<'a, ST>),
    ) -> Statement<'a, ST> {
        let Self { name, open, set, columns } = self;
        let mut claim: Statement<'a, ST> = Statement::new();
        let update = format!("UPDATE {name} SET run = run + 1{set}, due_at = ");
        let due = format!("SELECT id AS claimed FROM {name} WHERE {open} AND due_at <= ");
        match dialect {
            Dialect::Postgres => {
                claim.sql("WITH c AS MATERIALIZED (").sql(due).number(now.micros());
                condition(&mut claim);
                claim.sql(" ORDER BY due_at, id LIMIT ").number(limit.into());
                claim.sql(" FOR UPDATE SKIP LOCKED) ").sql(update).number(until.micros());
                set_more(&mut claim);
                claim.sql(" FROM c WHERE id = c.claimed");
            }
            Dialect::Sqlite => {
                claim.sql(update).number(until.micros());
                set_more(&mut claim);
                claim.sql(" WHERE id IN (").sql(due).number(now.micros());
                condition(&mut claim);
                claim.sql(" ORDER BY due_at, id LIMIT ").number(limit.into()).sql(")");
            }
        }
        claim.sql(format!(" RETURNING {columns}"));
        claim
    }

    /// Makes a claimed row due at another time.
    pub(crate) fn postpone(
        &self,
        conn: &mut AnyConnection,
        (id, run): (i64, i64),
        due: Timestamp,
        doing: &'static str,
    ) -> Result<(), StoreError> {
        let Self { name, open, .. } = self;
        let mut postpone: Statement = Statement::new();
        postpone.sql(format!("UPDATE {name} SET due_at = ")).number(due.micros());
        postpone.sql(" WHERE id = ").number(id).sql(" AND run = ").number(run);
        postpone.sql(format!(" AND {open}"));
        one(on!(conn, |c| diesel::RunQueryDsl::execute(postpone, c)).doing(doing)?)
    }

    /// When the first row is due.
    pub(crate) fn next_due(&self) -> Statement<'static, diesel::sql_types::BigInt> {
        let Self { name, open, .. } = self;
        let mut next: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
        // Not `min`: this reads one entry of the partial index.
        next.sql(format!("SELECT due_at FROM {name} WHERE {open} ORDER BY due_at LIMIT 1"));
        next
    }
}

/// A statement with a fence changed its row, or the caller is too late.
pub(crate) fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Stale) } else { Ok(()) }
}
