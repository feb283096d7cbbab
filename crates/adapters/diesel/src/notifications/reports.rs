//! `ReportStore`.

use diesel::{prelude::*, sql_types::BigInt};
use kernel::{StoreError, Timestamp, UserId};
use notifications::{Kind, ReportStore, report::PlannedReport};

use super::rows::notification_reports as table;
use crate::{columns::RowRef, constraint::Attempt, db::on, statement::Statement, uow::DieselTx};

impl ReportStore for DieselTx {
    fn plan(&mut self, report: &PlannedReport) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let planned = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(report.owner.get()),
                        table::kind.eq(report.kind.rank()),
                        table::due_at.eq(report.due_at.micros()),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("reports.plan")?;
            Ok(planned > 0)
        })
    }

    fn planned(
        &mut self,
        kind: Kind,
        until: Timestamp,
        after: Option<&PlannedReport>,
        limit: u32,
    ) -> Result<Vec<PlannedReport>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
            ask.sql("SELECT user_id, due_at FROM notification_reports WHERE kind = ")
                .number(kind.rank().into());
            ask.sql(" AND due_at <= ").number(until.micros());
            if let Some(after) = after {
                ask.sql(" AND (due_at, user_id) > (").number(after.due_at.micros());
                ask.sql(", ").number(after.owner.get()).sql(")");
            }
            ask.sql(" ORDER BY due_at, user_id LIMIT ").number(limit.into());
            let rows: Vec<(i64, i64)> = on!(conn, |c| ask.load(c)).doing("reports.planned")?;
            let planned = |(owner, due_at): (i64, i64)| {
                let row = RowRef::new("notification_reports", owner);
                let due_at = row.moment("due_at", due_at)?;
                Ok(PlannedReport { owner: row.user("user_id", owner)?, kind, due_at })
            };
            rows.into_iter().map(planned).collect()
        })
    }

    fn advance(
        &mut self,
        report: &PlannedReport,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table
                .find((report.owner.get(), report.kind.rank()))
                .filter(table::due_at.eq(report.due_at.micros()));
            let changed = on!(&mut tx.conn, |c| match next {
                Some(next) => {
                    diesel::update(row).set(table::due_at.eq(next.micros())).execute(c)
                }
                None => diesel::delete(row).execute(c),
            })
            .doing("reports.advance")?;
            Ok(changed > 0)
        })
    }

    fn reschedule(&mut self, owner: UserId, due_at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            on!(&mut tx.conn, |c| {
                diesel::update(theirs).set(table::due_at.eq(due_at.micros())).execute(c)
            })
            .doing("reports.reschedule")?;
            Ok(())
        })
    }

    fn forget_reports(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c)).doing("reports.forget")?;
            Ok(())
        })
    }
}
