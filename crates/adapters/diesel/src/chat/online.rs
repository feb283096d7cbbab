//! `OnlineStore`.

use chat::OnlineStore;
use diesel::{prelude::*, sql_types::BigInt};
use kernel::{StoreError, Timestamp, UserId};

use super::numbers;
use crate::{
    columns::{RowRef, count},
    constraint::Attempt as _,
    db::on,
    statement::Statement,
    uow::DieselTx,
};

impl OnlineStore for DieselTx {
    fn see(&mut self, users: &[UserId], until: Timestamp) -> Result<(), StoreError> {
        if users.is_empty() {
            return Ok(());
        }
        // Two processes that write the same people take the rows in one order.
        let mut users = users.to_vec();
        users.sort_unstable();
        users.dedup();
        self.writing(|tx| {
            let mut write: Statement = Statement::new();
            write.not_kept().sql("INSERT INTO chat_online (user_id, until) VALUES ");
            for (index, user) in users.iter().enumerate() {
                write.sql(if index == 0 { "(" } else { ", (" }).number(user.get());
                write.sql(", ").number(until.micros()).sql(")");
            }
            write.sql(" ON CONFLICT (user_id) DO UPDATE SET until = excluded.until");
            on!(&mut tx.conn, |c| write.execute(c)).doing("chat.see").map(drop)
        })
    }

    fn online(&mut self, users: &[UserId], now: Timestamp) -> Result<Vec<UserId>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT user_id FROM chat_online WHERE until > ").number(now.micros());
            ask.sql(" AND user_id IN");
            numbers(&mut ask, users.iter().map(|user| user.get()));
            ask.sql(" ORDER BY user_id");
            let ids: Vec<i64> = on!(conn, |c| ask.load(c)).doing("chat.online")?;
            let read = |id| RowRef::new("chat_online", id).user("user_id", id);
            ids.into_iter().map(read).collect()
        })
    }

    fn online_count(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT count(*) FROM chat_online WHERE until > ").number(now.micros());
            on!(conn, |c| ask.get_result::<i64>(c)).doing("chat.online_count").map(count)
        })
    }

    fn forget_online(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut remove: Statement = Statement::new();
            remove.sql("DELETE FROM chat_online WHERE until <= ").number(now.micros());
            let gone = on!(&mut tx.conn, |c| remove.execute(c)).doing("chat.forget_online")?;
            Ok(gone as u64)
        })
    }
}
