//! `MessageStore`.

use std::collections::BTreeSet;

use chat::{
    Message, MessageId, MessageStore, RoomId,
    message::NewMessage,
    query::History,
    record::MessageRecord,
    values::{ClientId, Content},
};
use diesel::{prelude::*, sql_types::BigInt};
use kernel::{SearchQuery, StoreError, Timestamp, UserId, search::SearchDocument};

use super::{
    numbers,
    rows::{
        MessageRow, message_attachments as attachments, message_mentions as mentions,
        messages as table,
    },
};
use crate::{
    columns::{RowRef, unwritable},
    common::{
        claim::one as fenced,
        search_index::{Index, Reach::Beginnings, fts, joined, tsquery},
        search_words::{Searched, behind},
    },
    constraint::Attempt as _,
    db::{AnyConnection, Dialect, by_engine, locking, on},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// Stands before the number of a room in the index of words, so that a search looks at one room. No word has it,
/// because it is neither letter nor digit, and no tokenizer ends a word at it, because it is not ASCII.
const ROOM: char = '\u{b6}';

pub(crate) const SEARCHED: Searched = Searched { table: MessageRow::TABLE, renew };

/// Cuts the words of the next messages again.
fn renew(tx: &mut DieselTx, after: i64) -> Result<Option<i64>, StoreError> {
    let rows =
        behind!(tx, MessageRow, table::SqlType, MessageRow::COLUMNS, MessageRow::TABLE, after)?;
    let messages: Vec<Message> = all(rows)?;
    for message in &messages {
        let words = message.content.as_ref().map(|content| words(message.room, content));
        tx.write_message_words(message.id.get(), words)?;
    }
    Ok(messages.last().map(|message| message.id.get()))
}

/// What the index of words holds of a message.
fn words(room: RoomId, content: &Content) -> String {
    let words = joined(&SearchDocument::default().text(content.as_str()));
    // A message of signs has no word, and no word is empty.
    format!("{words} {ROOM}{room}").trim_start().to_owned()
}

/// Makes SQLite's index forget the messages of a room that is removed.
pub(super) fn forget_words(
    conn: &mut AnyConnection,
    index: Index,
    room: RoomId,
) -> Result<(), StoreError> {
    debug_assert_eq!(index, Index::Messages, "the only index with rooms");
    by_engine!(
        conn,
        |c| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM messages_words WHERE rowid IN \
                 (SELECT rowid FROM messages_words WHERE messages_words MATCH ",
            );
            delete.text(format!("\"{ROOM}{room}\"")).sql(")");
            delete.execute(c).doing("chat.remove_room: words").map(drop)
        },
        |_| Ok(())
    )
}

/// ` AND …`: with these words, in this room.
fn says<ST>(
    statement: &mut Statement<'_, ST>,
    room: RoomId,
    query: &SearchQuery,
    dialect: Dialect,
) {
    match dialect {
        Dialect::Sqlite => {
            statement
                .sql(" AND id IN (SELECT rowid FROM messages_words WHERE messages_words MATCH ");
            statement.text(format!("\"{ROOM}{room}\" AND {}", fts(query, Beginnings))).sql(")");
        }
        Dialect::Postgres => {
            statement.sql(" AND words IS NOT NULL AND words @@ CAST(");
            statement.text(format!("'{ROOM}{room}' & {}", tsquery(query, Beginnings)));
            statement.sql(" AS tsquery)");
        }
    }
}

/// A bound text, or NULL.
fn maybe_text<'a, ST>(statement: &mut Statement<'a, ST>, text: Option<&'a str>) {
    match text {
        Some(text) => statement.text(text),
        None => statement.sql("NULL"),
    };
}

fn select<'a>() -> Statement<'a, table::SqlType> {
    let mut ask = Statement::new();
    ask.sql("SELECT ").sql(MessageRow::COLUMNS).sql(" FROM messages WHERE ");
    ask
}

fn attach(conn: &mut AnyConnection, id: i64, message: &NewMessage) -> Result<(), StoreError> {
    if message.attachments.is_empty() {
        return Ok(());
    }
    let mut insert: Statement = Statement::new();
    insert.not_kept().sql("INSERT INTO message_attachments (file_id, message_id) VALUES ");
    for (index, file) in message.attachments.iter().enumerate() {
        insert.sql(if index == 0 { "(" } else { ", (" }).number(file.get());
        insert.sql(", ").number(id).sql(")");
    }
    insert.sql(" ON CONFLICT DO NOTHING");
    on!(conn, |c| insert.execute(c)).doing("chat.attach").map(drop)
}

/// The first message of a room from a number on: its number, and when it was written.
fn first_from(
    conn: &mut AnyConnection,
    room: RoomId,
    number: i64,
) -> Result<Option<(i64, i64)>, StoreError> {
    let mut ask: Statement<'_, (BigInt, BigInt)> = Statement::new();
    ask.sql("SELECT number, created_at FROM messages WHERE room_id = ").number(room.get());
    ask.sql(" AND number >= ").number(number).sql(" ORDER BY number LIMIT 1");
    on!(conn, |c| ask.get_result(c).optional()).doing("chat.number_at: probe")
}

/// The last message of a room before a number.
fn last_before(conn: &mut AnyConnection, room: RoomId, number: i64) -> Result<i64, StoreError> {
    let mut ask: Statement<'_, BigInt> = Statement::new();
    ask.sql("SELECT number FROM messages WHERE room_id = ").number(room.get());
    ask.sql(" AND number < ").number(number).sql(" ORDER BY number DESC LIMIT 1");
    let found = on!(conn, |c| ask.get_result::<i64>(c).optional());
    Ok(found.doing("chat.number_at: end")?.unwrap_or(0))
}

impl DieselTx {
    fn insert_message(&mut self, new: &NewMessage) -> Result<Message, StoreError> {
        let conn = &mut self.conn;
        let first = MessageId::parse(1).map_err(unwritable)?;
        // Every column but the id is that of the message that it becomes.
        let r = MessageRecord::from(&new.stored(first));
        let words = words(new.room, &new.content);
        let mut insert: Statement<'_, BigInt> = Statement::new();
        insert.sql(
            "INSERT INTO messages (room_id, number, seq, author_id, client_id, fingerprint, content, \
             reply_to, attachments, created_at, version",
        );
        if conn.dialect() == Dialect::Postgres {
            insert.sql(", words");
        }
        insert.sql(") VALUES (").number(r.room_id).sql(", ").number(r.number);
        insert.sql(", ").number(r.seq).sql(", ").number(r.author_id).sql(", ");
        maybe_text(&mut insert, r.client_id.as_deref());
        insert.sql(", ");
        maybe_text(&mut insert, r.fingerprint.as_deref());
        insert.sql(", ");
        maybe_text(&mut insert, r.content.as_deref());
        insert.sql(", ").maybe(r.reply_to).sql(", ").text(r.attachments.as_str());
        insert.sql(", ").number(r.created_at).sql(", ").number(r.version);
        if conn.dialect() == Dialect::Postgres {
            insert.sql(", array_to_tsvector(string_to_array(").text(words.as_str()).sql(", ' '))");
        }
        insert.sql(") RETURNING id");
        let id = on!(&mut *conn, |c| insert.get_result::<i64>(c)).doing("chat.insert_message")?;
        attach(conn, id, new)?;
        if conn.dialect() == Dialect::Sqlite {
            self.terms.add(Index::Messages, id, (words, String::new()));
        }
        Ok(new.stored(MessageId::parse(id).map_err(unwritable)?))
    }

    fn save_message(&mut self, message: &mut Message) -> Result<(), StoreError> {
        let conn = &mut self.conn;
        let r = MessageRecord::from(&*message);
        let row = table::table.find(r.id).filter(table::version.eq(r.version));
        let changed = on!(&mut *conn, |c| {
            diesel::update(row)
                .set((
                    table::content.eq(&r.content),
                    table::fingerprint.eq(&r.fingerprint),
                    table::attachments.eq(&r.attachments),
                    table::edited_at.eq(r.edited_at),
                    table::deleted_at.eq(r.deleted_at),
                    table::version.eq(table::version + 1),
                ))
                .execute(c)
        });
        fenced(changed.doing("chat.save_message")?)?;
        message.version += 1;
        if message.attachments.is_empty() {
            let files = attachments::table.filter(attachments::message_id.eq(r.id));
            on!(&mut *conn, |c| diesel::delete(files).execute(c))
                .doing("chat.save_message: files")?;
        }
        self.write_message_words(r.id, message.content.as_ref().map(|one| words(message.room, one)))
    }

    /// What an existing message is found by from now on.
    fn write_message_words(&mut self, id: i64, words: Option<String>) -> Result<(), StoreError> {
        by_engine!(
            &mut self.conn,
            |_| match words {
                Some(words) => self.terms.replace(Index::Messages, id, (words, String::new())),
                None => self.terms.remove(Index::Messages, id),
            },
            |c| {
                let mut update: Statement = Statement::new();
                update.sql("UPDATE messages SET words = ");
                match words {
                    Some(words) => {
                        update.sql("array_to_tsvector(string_to_array(").text(words).sql(", ' '))")
                    }
                    None => update.sql("NULL"),
                };
                update.sql(" WHERE id = ").number(id);
                update.execute(&mut **c).doing("chat.save_message: words")?;
            }
        );
        Ok(())
    }

    fn prune_messages(
        &mut self,
        room: RoomId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let conn = &mut self.conn;
        let mut delete: Statement<'_, (BigInt, BigInt)> = Statement::new();
        delete.sql(
            "DELETE FROM messages WHERE id IN (SELECT id FROM (SELECT id, created_at FROM messages WHERE room_id = ",
        );
        delete.number(room.get()).sql(" ORDER BY number LIMIT ").number(limit.into());
        delete.sql(") AS oldest WHERE created_at < ").number(before.micros());
        delete.sql(") RETURNING id, number");
        let gone: Vec<(i64, i64)> =
            on!(&mut *conn, |c| delete.load(c)).doing("chat.prune_messages")?;
        if gone.is_empty() {
            return Ok(0);
        }
        let numbers: Vec<i64> = gone.iter().map(|(_, number)| *number).collect();
        let named = mentions::table
            .filter(mentions::room_id.eq(room.get()))
            .filter(mentions::number.eq_any(&numbers));
        on!(&mut *conn, |c| diesel::delete(named).execute(c))
            .doing("chat.prune_messages: mentions")?;
        if conn.dialect() == Dialect::Sqlite {
            for (id, _) in &gone {
                self.terms.remove(Index::Messages, *id);
            }
        }
        Ok(gone.len() as u64)
    }
}

impl MessageStore for DieselTx {
    fn insert(&mut self, new: &NewMessage) -> Result<Message, StoreError> {
        self.writing(|tx| tx.insert_message(new))
    }

    fn get(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            let row = on!(conn, |c| row.get_result::<MessageRow>(c).optional());
            one(row.doing("chat.get_message")?)
        })
    }

    fn lock(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(locking!(conn, row, |c| row.get_result::<MessageRow>(c).optional())
                .doing("chat.lock_message")?)
        })
    }

    fn find(&mut self, room: RoomId, number: i64) -> Result<Option<Message>, StoreError> {
        self.reading(|conn| {
            let mut ask = select();
            ask.sql("room_id = ").number(room.get()).sql(" AND number = ").number(number);
            let row = on!(conn, |c| ask.get_result::<MessageRow>(c).optional());
            one(row.doing("chat.find_message")?)
        })
    }

    fn resent(&mut self, author: UserId, id: &ClientId) -> Result<Option<Message>, StoreError> {
        self.reading(|conn| {
            let mut ask = select();
            // The last condition is that of the index.
            ask.sql("author_id = ").number(author.get()).sql(" AND client_id = ");
            ask.text(id.as_str()).sql(" AND client_id IS NOT NULL");
            let row = on!(conn, |c| ask.get_result::<MessageRow>(c).optional());
            one(row.doing("chat.resent")?)
        })
    }

    fn save(&mut self, message: &mut Message) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_message(message))
    }

    fn history(&mut self, history: &History) -> Result<Vec<Message>, StoreError> {
        if history.query.is_some() {
            self.flush_search_index()?;
        }
        let History { room, above, before, query, limit } = history;
        self.reading(|conn| {
            let mut ask = select();
            ask.sql("room_id = ").number(room.get()).sql(" AND number > ").number(*above);
            if let Some(before) = before {
                ask.sql(" AND number < ").number(*before);
            }
            if let Some(query) = query {
                says(&mut ask, *room, query, conn.dialect());
            }
            ask.sql(" ORDER BY number DESC LIMIT ").number((*limit).into());
            all(on!(conn, |c| ask.load::<MessageRow>(c)).doing("chat.history")?)
        })
    }

    /// Times are in the order of numbers, so that a moment is found by halving, without an index of times.
    fn number_at(&mut self, room: RoomId, before: Timestamp) -> Result<i64, StoreError> {
        let before = before.micros();
        self.reading(|conn| {
            let (mut low, mut high) = (1, last_before(conn, room, i64::MAX)? + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                match first_from(conn, room, middle)? {
                    Some((number, at)) if at < before => low = number + 1,
                    _ => high = middle,
                }
            }
            last_before(conn, room, low)
        })
    }

    fn name(&mut self, message: &Message, users: &[UserId]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let (room, number) = (message.room.get(), message.number);
            let old = mentions::table
                .filter(mentions::room_id.eq(room))
                .filter(mentions::number.eq(number));
            on!(&mut tx.conn, |c| diesel::delete(old).execute(c)).doing("chat.name: before")?;
            if users.is_empty() {
                return Ok(());
            }
            let mut insert: Statement = Statement::new();
            insert.not_kept();
            insert.sql("INSERT INTO message_mentions (user_id, room_id, number) VALUES ");
            for (index, user) in users.iter().enumerate() {
                insert.sql(if index == 0 { "(" } else { ", (" }).number(user.get());
                insert.sql(", ").number(room).sql(", ").number(number).sql(")");
            }
            insert.sql(" ON CONFLICT DO NOTHING");
            on!(&mut tx.conn, |c| insert.execute(c)).doing("chat.name").map(drop)
        })
    }

    fn named(&mut self, message: &Message) -> Result<BTreeSet<UserId>, StoreError> {
        self.reading(|conn| {
            let of = mentions::table
                .filter(mentions::room_id.eq(message.room.get()))
                .filter(mentions::number.eq(message.number))
                .select(mentions::user_id);
            let ids = on!(conn, |c| of.load::<i64>(c)).doing("chat.named")?;
            let at = RowRef::new("message_mentions", message.id.get());
            ids.into_iter().map(|id| at.user("user_id", id)).collect()
        })
    }

    fn forget_mentions(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = mentions::table.filter(mentions::user_id.eq(user.get()));
            let gone = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c));
            Ok(gone.doing("chat.forget_mentions")? as u64)
        })
    }

    fn prune(&mut self, room: RoomId, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| tx.prune_messages(room, before, limit))
    }

    fn of_author(
        &mut self,
        author: UserId,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.reading(|conn| {
            let mut ask = select();
            ask.sql("deleted_at IS NULL AND author_id = ").number(author.get());
            ask.sql(" AND id > ").number(after.map_or(0, MessageId::get));
            ask.sql(" ORDER BY id LIMIT ").number(limit.into());
            all(on!(conn, |c| ask.load::<MessageRow>(c)).doing("chat.of_author")?)
        })
    }
}

/// The messages of these numbers that are there.
pub(super) fn by_id(
    conn: &mut AnyConnection,
    ids: &BTreeSet<i64>,
) -> Result<Vec<Message>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut ask = select();
    ask.sql("id IN");
    numbers(&mut ask, ids.iter().copied());
    all(on!(conn, |c| ask.load::<MessageRow>(c)).doing("chat.messages")?)
}
