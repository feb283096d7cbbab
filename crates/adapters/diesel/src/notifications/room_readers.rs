//! `RoomReaders`, by the members of the chat.

use chat::values::{MemberState, Notify};
use diesel::{RunQueryDsl as _, sql_types::BigInt};
use kernel::{RoomId, StoreError, UserId};
use notifications::{RoomReaders, ports::RoomReader};

use crate::{constraint::Attempt as _, db::on, statement::Statement, uow::DieselTx};

impl RoomReaders for DieselTx {
    fn reader(&mut self, room: RoomId, user: UserId) -> Result<Option<RoomReader>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
            ask.sql("SELECT reader.read_number, rooms.messages FROM room_members AS reader");
            ask.sql(" JOIN rooms ON rooms.id = reader.room_id WHERE reader.room_id = ");
            ask.number(room.get()).sql(" AND reader.user_id = ").number(user.get());
            ask.sql(" AND reader.state = ").number(MemberState::Joined.rank().into());
            ask.sql(" AND reader.notify = ").number(Notify::Mentions.rank().into());
            let rows: Vec<(i64, i64)> =
                on!(conn, |c| ask.load(c)).doing("notifications.room_reader")?;
            let reader = |(read_number, last_number)| RoomReader { read_number, last_number };
            Ok(rows.into_iter().next().map(reader))
        })
    }
}
