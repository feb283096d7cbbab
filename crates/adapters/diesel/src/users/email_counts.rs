//! `EmailCountStore`.

use diesel::{dsl::case_when, prelude::*, sql_types::BigInt};
use kernel::{StoreError, Timestamp};
use users::{EmailCountStore, values::Digest};

use crate::{
    columns::{RowRef, count},
    constraint::Attempt,
    db::on,
    schema::email_counts as table,
    statement::Statement,
    uow::DieselTx,
};

impl EmailCountStore for DieselTx {
    fn count(&mut self, key: &Digest, now: Timestamp, since: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let (now, over) = (now.micros(), table::began_at.le(since.micros()));
            // One statement, so that others that count under this key wait for each other.
            let counted: i64 =
                on!(&mut tx.conn, |c| {
                    diesel::insert_into(table::table)
                        .values((
                            table::key.eq(key.as_slice()),
                            table::began_at.eq(now),
                            table::count.eq(1),
                        ))
                        .on_conflict(table::key)
                        .do_update()
                        .set((
                            table::count
                                .eq(case_when(over, 1.into_sql::<BigInt>())
                                    .otherwise(table::count + 1)),
                            table::began_at.eq(case_when(over, now.into_sql::<BigInt>())
                                .otherwise(table::began_at)),
                        ))
                        .returning(table::count)
                        .get_result(c)
                })
                .doing("email_counts.count")?;
            Ok(count(counted))
        })
    }

    fn began_at(&mut self, key: &Digest) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(key.as_slice()).select(table::began_at);
            let began: Option<i64> =
                on!(conn, |c| row.get_result(c).optional()).doing("email_counts.began_at")?;
            RowRef::new("email_counts", 0).maybe_moment("began_at", began)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let before = before.micros();
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM email_counts WHERE began_at <= ").number(before);
            delete.sql(" AND key IN (SELECT key FROM email_counts WHERE began_at <= ");
            delete.number(before).sql(" ORDER BY began_at LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("email_counts.prune")?;
            Ok(gone as u64)
        })
    }
}
