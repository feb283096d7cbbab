//! `LoginThrottleStore`.

use diesel::prelude::*;
use kernel::{StoreError, Timestamp};
use users::{LoginThrottleStore, login_throttle::LoginThrottle, values::Digest};

use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{locking, on},
    schema::tries as table,
    statement::Statement,
    uow::DieselTx,
};

/// Everything but the key.
type Row = (i64, i64, Option<i64>);

fn throttle((failed, last_at, blocked_until): Row) -> Result<LoginThrottle, StoreError> {
    let row_ref = RowRef::new("tries", 0);
    Ok(LoginThrottle {
        failed: row_ref.read("failed", u32::try_from(failed))?,
        last_at: row_ref.moment("last_at", last_at)?,
        blocked_until: row_ref.maybe_moment("blocked_until", blocked_until)?,
    })
}

impl LoginThrottleStore for DieselTx {
    fn get(&mut self, key: &Digest) -> Result<Option<LoginThrottle>, StoreError> {
        self.reading(|conn| {
            let row: Option<Row> = on!(conn, |c| {
                table::table
                    .find(key.as_slice())
                    .select((table::failed, table::last_at, table::blocked_until))
                    .get_result(c)
                    .optional()
            })
            .doing("login_throttle.get")?;
            row.map(throttle).transpose()
        })
    }

    /// A row is made where there is none, so that there is one to be locked.
    fn lock(&mut self, key: &Digest, now: Timestamp) -> Result<LoginThrottle, StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::key.eq(key.as_slice()),
                        table::failed.eq(0),
                        table::last_at.eq(now.micros()),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("login_throttle.lock: make")?;
            let row = table::table.find(key.as_slice()).select((
                table::failed,
                table::last_at,
                table::blocked_until,
            ));
            let row: Option<Row> = locking!(&mut tx.conn, row, |c| row.get_result(c).optional())
                .doing("login_throttle.lock")?;
            // Cleared or swept between the two statements: whoever asks again makes it anew.
            throttle(row.ok_or(StoreError::Contention)?)
        })
    }

    fn put(&mut self, key: &Digest, throttle: &LoginThrottle) -> Result<(), StoreError> {
        self.writing(|tx| {
            let values = (
                table::failed.eq(i64::from(throttle.failed)),
                table::last_at.eq(throttle.last_at.micros()),
                table::blocked_until.eq(throttle.blocked_until.map(Timestamp::micros)),
            );
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((table::key.eq(key.as_slice()), values))
                    .on_conflict(table::key)
                    .do_update()
                    .set(values)
                    .execute(c)
            })
            .doing("login_throttle.put")?;
            Ok(())
        })
    }

    fn clear(&mut self, key: &Digest) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(key.as_slice());
            on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("login_throttle.clear")?;
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM tries WHERE last_at < ").number(before.micros());
            delete.sql(" AND key IN (SELECT key FROM tries WHERE last_at < ");
            delete.number(before.micros()).sql(" ORDER BY last_at LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("login_throttle.prune")?;
            Ok(gone as u64)
        })
    }
}
