//! `PhoneChangeStore`.

use diesel::prelude::*;
use kernel::{PhoneNumber, StoreError, Timestamp, UserId};
use users::{PhoneChangeStore, phone::PhoneChange, values::Digest};

use super::one_time_tokens::missing;
use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{locking, on},
    schema::phone_changes as table,
    statement::Statement,
    uow::DieselTx,
};

/// `user_id, phone, code, failed, asked_at, expires_at`
type Row = (i64, String, Option<Vec<u8>>, i64, i64, i64);

fn change(row: Row) -> Result<PhoneChange, StoreError> {
    let (user, phone, code, failed, asked_at, expires_at) = row;
    let row_ref = RowRef::new("phone_changes", user);
    Ok(PhoneChange {
        user: row_ref.user("user_id", user)?,
        phone: row_ref.read("phone", PhoneNumber::parse(&phone))?,
        code: code.map(|code| row_ref.bytes32("code", code)).transpose()?,
        failed: row_ref.read("failed", u32::try_from(failed))?,
        asked_at: row_ref.moment("asked_at", asked_at)?,
        expires_at: row_ref.moment("expires_at", expires_at)?,
    })
}

impl PhoneChangeStore for DieselTx {
    fn get(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError> {
        self.reading(|conn| {
            let row: Option<Row> =
                on!(conn, |c| table::table.find(user.get()).get_result(c).optional())
                    .doing("phone_changes.get")?;
            row.map(change).transpose()
        })
    }

    fn lock(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(user.get());
            let row: Option<Row> = locking!(&mut tx.conn, row, |c| row.get_result(c).optional())
                .doing("phone_changes.lock")?;
            row.map(change).transpose()
        })
    }

    fn put(&mut self, change: &PhoneChange) -> Result<(), StoreError> {
        self.writing(|tx| {
            let PhoneChange { user, phone, code, failed, asked_at, expires_at } = change;
            let values = (
                table::phone.eq(phone.as_str()),
                table::code.eq(code.as_ref().map(Digest::as_slice)),
                table::failed.eq(i64::from(*failed)),
                table::asked_at.eq(asked_at.micros()),
                table::expires_at.eq(expires_at.micros()),
            );
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((table::user_id.eq(user.get()), values))
                    .on_conflict(table::user_id)
                    .do_update()
                    .set(values)
                    .execute(c)
            })
            .doing("phone_changes.put")
            .map_err(missing("phone_changes.user"))?;
            Ok(())
        })
    }

    fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let gone = on!(&mut tx.conn, |c| diesel::delete(table::table.find(user.get()))
                .execute(c))
            .doing("phone_changes.remove")?;
            Ok(gone > 0)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM phone_changes WHERE expires_at < ").number(before.micros());
            delete.sql(" AND user_id IN (SELECT user_id FROM phone_changes WHERE expires_at < ");
            delete.number(before.micros()).sql(" LIMIT ").number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("phone_changes.prune")?;
            Ok(gone as u64)
        })
    }
}
