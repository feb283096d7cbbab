//! `RoomLog`.

use std::collections::{BTreeMap, BTreeSet};

use chat::{
    Message, MessageId, RoomId, RoomLog,
    log::{Entry, Told},
    record::EntryRecord,
};
use diesel::prelude::*;
use kernel::{StoreError, Timestamp};

use super::{
    messages::by_id,
    rows::{EntryRow, room_log as table},
};
use crate::{
    constraint::Attempt as _,
    db::on,
    row::{Row as _, all},
    statement::Statement,
    uow::DieselTx,
};

impl RoomLog for DieselTx {
    fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.writing(|tx| {
            let r = EntryRecord::from(entry);
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::room_id.eq(r.room_id),
                        table::seq.eq(r.seq),
                        table::change.eq(r.change),
                        table::at.eq(r.at),
                        table::actor_id.eq(r.actor_id),
                        table::message_id.eq(r.message_id),
                        table::number.eq(r.number),
                        table::user_id.eq(r.user_id),
                        table::detail.eq(&r.detail),
                    ))
                    .execute(c)
            })
            .doing("chat.append")
            .map(drop)
        })
    }

    fn after(&mut self, room: RoomId, seq: i64, limit: u32) -> Result<Vec<Told>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, table::SqlType> = Statement::new();
            ask.sql("SELECT ").sql(EntryRow::COLUMNS).sql(" FROM room_log WHERE room_id = ");
            ask.number(room.get()).sql(" AND seq > ").number(seq);
            ask.sql(" ORDER BY seq LIMIT ").number(limit.into());
            let rows: Vec<EntryRow> = on!(&mut *conn, |c| ask.load(c)).doing("chat.log")?;
            let entries: Vec<Entry> = all(rows)?;
            let ids = entries.iter().filter_map(|entry| entry.message.map(|(id, _)| id.get()));
            let found = by_id(conn, &ids.collect::<BTreeSet<i64>>())?;
            let found: BTreeMap<MessageId, Message> =
                found.into_iter().map(|message| (message.id, message)).collect();
            let told = |entry: Entry| Told {
                message: entry.message.and_then(|(id, _)| found.get(&id).cloned()),
                entry,
            };
            Ok(entries.into_iter().map(told).collect())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM room_log WHERE (room_id, seq) IN (SELECT room_id, seq FROM room_log WHERE at < ",
            );
            delete.number(before.micros()).sql(" ORDER BY at, room_id, seq LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("chat.prune_log")?;
            Ok(gone as u64)
        })
    }
}
