//! `JobStore`.

use std::time::Duration;

use ::jobs::{
    JobStore,
    commands::Ended,
    query::{DEFAULT_ORDER, Depth, JobFilter, JobSort, Ran},
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt, Text},
};
use kernel::{
    Job, JobId, Page, PageRequest, SortKey, StoreError, Timestamp, job::JobState, page::order_text,
};

use super::stored::{COLUMNS, Columns, JobRow};
use crate::{
    columns::{RowRef, count},
    constraint::Attempt,
    db::{Dialect, on},
    list::{self, Column, Holds, Keys},
    statement::Statement,
    uow::DieselTx,
};

const fn column(field: JobSort) -> Column {
    let name = match field {
        JobSort::Id => "id",
        JobSort::DueAt => "due_at",
        JobSort::EnqueuedAt => "enqueued_at",
    };
    Column { name, holds: Holds::Number }
}

/// ` FROM jobs WHERE …`.
fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a JobFilter) {
    let JobFilter { state, kind, queue, lane, schedule, batch, due_before } = filter;
    statement.sql(" FROM jobs WHERE 1 = 1");
    if let Some(state) = state {
        // As text, so that the index of dead jobs serves.
        statement.sql(format!(" AND state = {}", state.rank()));
    }
    for (name, text) in [
        (" AND kind = ", kind),
        (" AND queue = ", queue),
        (" AND lane = ", lane),
        (" AND schedule = ", schedule),
    ] {
        if let Some(text) = text {
            statement.sql(name).text(text.as_str());
        }
    }
    if let Some(batch) = batch {
        statement.sql(" AND batch_id = ").number(batch.get());
    }
    if let Some(before) = due_before {
        statement.sql(" AND due_at < ").number(before.micros());
    }
}

fn id_of(id: i64) -> Result<JobId, StoreError> {
    RowRef::new("jobs", id).read("id", JobId::parse(id))
}

impl JobStore for DieselTx {
    fn list(
        &mut self,
        filter: &JobFilter,
        order: &[SortKey<JobSort>],
        page: &PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::new(order, order_text(order, &JobSort::ALL), column);
            let is_usual = *filter == JobFilter::default() && order == DEFAULT_ORDER.as_slice();
            let mut ask: Statement<'_, Columns> = Statement::new();
            if !is_usual {
                ask.not_kept();
            }
            ask.sql(format!("SELECT {COLUMNS}"));
            conditions(&mut ask, filter);
            keys.finish(&mut ask, page, conn.dialect())?;
            let rows: Vec<JobRow> = on!(&mut *conn, |c| ask.get_results(c)).doing("jobs.list")?;
            let jobs: Result<Vec<Job>, StoreError> = rows.into_iter().map(Job::try_from).collect();
            let at = |job: &Job| {
                (order.iter().map(|key| key.field.sort_value(job)).collect(), job.id.get())
            };
            list::page(&keys, jobs?, page, at, || {
                let mut ask: Statement<'_, BigInt> = Statement::new();
                ask.not_kept();
                list::count_rows(&mut ask, |rows| conditions(rows, filter));
                let total: i64 = on!(conn, |c| ask.get_result(c)).doing("jobs.list: count")?;
                Ok(count(total))
            })
        })
    }

    fn ended(
        &mut self,
        state: Ended,
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobId>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql(match state {
                Ended::Dead => "SELECT id FROM jobs WHERE state = 4",
                Ended::Cancelled => "SELECT id FROM jobs WHERE state = 5",
            });
            if let Some(kind) = kind {
                ask.sql(" AND kind = ").text(kind);
            }
            ask.sql(" ORDER BY finished_at, id LIMIT ").number(limit.into());
            let ids: Vec<i64> = on!(conn, |c| ask.get_results(c)).doing("jobs.ended")?;
            ids.into_iter().map(id_of).collect()
        })
    }

    fn depths(&mut self) -> Result<Vec<Depth>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (Text, SmallInt, BigInt, Nullable<BigInt>)> =
                Statement::new();
            // One part for each partial index.
            for (index, open) in ["state < 3", "state = 4", "state = 6"].into_iter().enumerate() {
                ask.sql(if index == 0 { "" } else { " UNION ALL " });
                ask.sql(format!(
                    "SELECT queue, state, count(*), min(due_at) FROM jobs WHERE {open} \
                     GROUP BY queue, state"
                ));
            }
            let rows: Vec<(String, i16, i64, Option<i64>)> =
                on!(conn, |c| ask.get_results(c)).doing("jobs.depths")?;
            let depth = |(queue, state, number, due): (String, i16, i64, Option<i64>)| {
                let at = RowRef::new("jobs", 0);
                Ok(Depth {
                    queue,
                    state: at.known("state", JobState::from_rank(state))?,
                    count: count(number),
                    first_due: at.maybe_moment("due_at", due)?,
                })
            };
            let mut depths: Vec<Depth> =
                rows.into_iter().map(depth).collect::<Result<_, StoreError>>()?;
            depths.sort_by(|a, b| (&a.queue, a.state).cmp(&(&b.queue, b.state)));
            Ok(depths)
        })
    }

    fn ran(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Ran>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (Text, BigInt)> = Statement::new();
            ask.sql(
                "SELECT queue, finished_at - started_at FROM jobs WHERE finished_at IS NOT NULL",
            );
            ask.sql(" AND finished_at >= ").number(since.micros());
            ask.sql(" AND state = 3 AND started_at IS NOT NULL ORDER BY finished_at DESC LIMIT ");
            ask.number(limit.into());
            let rows: Vec<(String, i64)> = on!(conn, |c| ask.get_results(c)).doing("jobs.ran")?;
            let ran = |(queue, micros)| Ran { queue, took: Duration::from_micros(count(micros)) };
            Ok(rows.into_iter().map(ran).collect())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut old: Statement<'_, BigInt> = Statement::new();
            old.sql("SELECT id FROM jobs WHERE finished_at IS NOT NULL AND finished_at < ");
            old.number(before.micros()).sql(" ORDER BY finished_at LIMIT ").number(limit.into());
            let ids: Vec<i64> =
                on!(&mut tx.conn, |c| old.get_results(c)).doing("jobs.prune: old")?;
            if ids.is_empty() {
                return Ok(0);
            }
            let among = |statement: &mut Statement| {
                statement.not_kept().sql("(0");
                for id in &ids {
                    statement.sql(", ").number(*id);
                }
                statement.sql(")");
            };
            // One that was retried by hand since then stays.
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM jobs WHERE finished_at IS NOT NULL AND id IN ");
            among(&mut delete);
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("jobs.prune")?;
            let mut runs: Statement = Statement::new();
            runs.sql("DELETE FROM job_runs WHERE job_id IN ");
            among(&mut runs);
            runs.sql(" AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_runs.job_id)");
            on!(&mut tx.conn, |c| runs.execute(c)).doing("jobs.prune: runs")?;
            Ok(gone as u64)
        })
    }

    fn failed_since(&mut self, since: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            // Dead ones are few, and have an index of their own.
            ask.sql("SELECT count(*) FROM (SELECT 1 FROM jobs");
            if conn.dialect() == Dialect::Sqlite {
                ask.sql(" INDEXED BY jobs_dead");
            }
            ask.sql(" WHERE state = 4 AND finished_at >= ").number(since.micros());
            ask.sql(" LIMIT ").number(most.into()).sql(") AS found");
            let failed: i64 = on!(conn, |c| ask.get_result(c)).doing("jobs.failed_since")?;
            Ok(count(failed))
        })
    }

    fn backed_up_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, Nullable<BigInt>> = Statement::new();
            // Literal, as in the index of back-ups.
            ask.sql("SELECT max(finished_at) FROM jobs WHERE kind = 'backup' AND state = 3");
            let at: Option<i64> = on!(conn, |c| ask.get_result(c)).doing("jobs.backed_up_at")?;
            RowRef::new("jobs", 0).maybe_moment("finished_at", at)
        })
    }

    fn unknown(
        &mut self,
        known: &[&str],
        before: Timestamp,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (Text, BigInt)> = Statement::new();
            ask.sql("SELECT kind, count(*) FROM jobs WHERE state < 3 AND due_at < ");
            ask.number(before.micros()).sql(" AND kind NOT IN (''");
            for kind in known {
                ask.sql(", ").text(*kind);
            }
            ask.sql(") GROUP BY kind");
            let rows: Vec<(String, i64)> =
                on!(conn, |c| ask.get_results(c)).doing("jobs.unknown")?;
            let mut counts: Vec<(String, u64)> =
                rows.into_iter().map(|(kind, number)| (kind, count(number))).collect();
            counts.sort_unstable();
            Ok(counts)
        })
    }
}
