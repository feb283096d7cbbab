//! `Chores`. A claim is one statement, so that of many at the same moment one succeeds.

use std::time::Duration;

use diesel::prelude::*;
use kernel::{
    Chores, StoreError, Timestamp,
    chore::{ChoreRun, ChoreStatus},
};

use crate::{
    columns::RowRef, common::claim::one, constraint::Attempt, db::on, schema::chores as table,
    uow::DieselTx,
};

#[derive(Queryable)]
struct ChoreRow {
    name: String,
    due_at: i64,
    holder: Option<String>,
    until: Option<i64>,
    last_started: Option<i64>,
    /// In microseconds.
    last_duration: Option<i64>,
    last_error: Option<String>,
}

impl TryFrom<ChoreRow> for ChoreStatus {
    type Error = StoreError;

    fn try_from(row: ChoreRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("chores", row.due_at);
        let until = row_ref.maybe_moment("until", row.until)?;
        let took = row.last_duration.map(u64::try_from).transpose();
        Ok(Self {
            name: row.name,
            due_at: row_ref.moment("due_at", row.due_at)?,
            lease: row.holder.zip(until),
            last_started: row_ref.maybe_moment("last_started", row.last_started)?,
            last_duration: row_ref.read("last_duration", took)?.map(Duration::from_micros),
            last_error: row.last_error,
        })
    }
}

impl Chores for DieselTx {
    fn register(&mut self, name: &'static str, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((table::name.eq(name), table::due_at.eq(now.micros())))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("chores.register")?;
            Ok(())
        })
    }

    fn claim(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let is_free = table::holder
                .is_null()
                .or(table::until.le(now.micros()))
                .or(table::holder.eq(holder));
            let row =
                table::table.find(name).filter(table::due_at.le(now.micros())).filter(is_free);
            let claimed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::holder.eq(holder),
                        table::until.eq(until.micros()),
                        table::last_started.eq(now.micros()),
                    ))
                    .execute(c)
            })
            .doing("chores.claim")?;
            Ok(claimed > 0)
        })
    }

    fn renew(
        &mut self,
        name: &'static str,
        holder: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(name).filter(table::holder.eq(holder));
            one(on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::until.eq(until.micros())).execute(c)
            })
            .doing("chores.renew")?)
        })
    }

    fn finish(
        &mut self,
        name: &'static str,
        holder: &str,
        run: &ChoreRun,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let took = i64::try_from(run.took.as_micros()).unwrap_or(i64::MAX);
            let error = run.error.as_ref().map(|error| error.replace('\0', "\u{fffd}"));
            let row = table::table.find(name).filter(table::holder.eq(holder));
            one(on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::holder.eq(None::<String>),
                        table::until.eq(None::<i64>),
                        table::last_duration.eq(took),
                        table::last_error.eq(&error),
                    ))
                    .execute(c)
            })
            .doing("chores.finish")?)?;
            // Unless it was triggered since it started.
            let untriggered =
                table::table.find(name).filter(table::last_started.ge(table::due_at.nullable()));
            on!(&mut tx.conn, |c| {
                diesel::update(untriggered).set(table::due_at.eq(run.next.micros())).execute(c)
            })
            .doing("chores.finish: next")?;
            Ok(())
        })
    }

    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(name).filter(table::holder.eq(holder));
            on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((table::holder.eq(None::<String>), table::until.eq(None::<i64>)))
                    .execute(c)
            })
            .doing("chores.release")?;
            Ok(())
        })
    }

    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(name);
            let triggered = on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::due_at.eq(now.micros())).execute(c)
            })
            .doing("chores.trigger")?;
            Ok(triggered > 0)
        })
    }

    fn list(&mut self) -> Result<Vec<ChoreStatus>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<ChoreRow> =
                on!(conn, |c| table::table.order(table::name).load(c)).doing("chores.list")?;
            rows.into_iter().map(ChoreStatus::try_from).collect()
        })
    }
}
