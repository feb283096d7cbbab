//! `ChatFiles`, by the messages and members of the chat.

use chat::values::{MemberState, RoomKind};
use diesel::{RunQueryDsl as _, sql_types::BigInt};
use files::ChatFiles;
use kernel::{FileId, StoreError, UserId};

use crate::{constraint::Attempt as _, db::on, statement::Statement, uow::DieselTx};

impl ChatFiles for DieselTx {
    fn shows(&mut self, user: UserId, file: FileId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            // The primary keys of attachments, messages, rooms and members, in this order.
            let mut ask: Statement<'_, BigInt> = Statement::new();
            ask.sql("SELECT messages.id FROM message_attachments AS carried");
            ask.sql(" JOIN messages ON messages.id = carried.message_id");
            ask.sql(" JOIN rooms ON rooms.id = messages.room_id");
            ask.sql(" JOIN room_members AS reader ON reader.room_id = messages.room_id");
            ask.sql(" AND reader.user_id = ").number(user.get());
            ask.sql(" WHERE carried.file_id = ").number(file.get());
            ask.sql(" AND messages.deleted_at IS NULL");
            ask.sql(" AND reader.state = ").number(MemberState::Joined.rank().into());
            ask.sql(" AND (rooms.kind <> ").number(RoomKind::Private.rank().into());
            ask.sql(" OR messages.number > reader.joined_number) LIMIT 1");
            let found: Vec<i64> = on!(conn, |c| ask.load(c)).doing("files.chat_files")?;
            Ok(!found.is_empty())
        })
    }
}
